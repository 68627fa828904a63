// SPDX-License-Identifier: GPL-2.0-or-later
// The farm as a pull lab of KernelCI: jobs of theirs become batches of ours, whose results are told. For
// a loop that has other work (the daemon), beside its planner and its farm.sqlite.
#ifndef PULL_PULL_H
#define PULL_PULL_H

#include <poll.h>

#include "config/farm.h"
#include "results/publish/publish_config.h"
#include "schedule/state.h"

struct pull;

struct pull_options {
	const struct kernelci_config *config;
	const struct publish_config *publish; // NULL: `kcidb` is not done
	const char *results;
	const char *farm_file; // of the process that publishes; NULL: the usual one
	struct farm_state *state;
	struct planner *planner;
	void (*tell)(void *arg, bool trouble, const char *line); // a line for people
	void *arg;
};

// Takes up what was stored. `o` is copied; what it names outlives the lab.
struct error *pull_new(const struct pull_options *o, struct pull **out) ERROR_RESULT;
void pull_free(struct pull *p);
CLEANUP_DEFINE(cleanup_pull, struct pull *, pull_free)
#define CLEANUP_PULL CLEANUP(cleanup_pull)

// Goes on as far as it can without waiting: when one of its fds is readable, when its time has come, and
// when a batch of its own has ended. True: the planner has a batch that it had not.
bool pull_step(struct pull *p);

// What it waits for: appends to `fds` (at most `max`), returns how many.
size_t pull_fds(const struct pull *p, struct pollfd *fds, size_t max);
int64_t pull_due_ns(const struct pull *p); // monotonic

// The batch could not be made, for `why`: its job ends with that. False: it is none of these.
bool pull_refused(struct pull *p, const char *batch, const char *why);

// How many jobs are at each stage (enum kernelci_stage), for figures.
void pull_count(const struct pull *p, size_t counts[]);

// What the machine of a configuration is told; `platforms` (one for each of its own) outlives it.
struct kernelci_options;
struct kernelci_platform;
void pull_machine_options(const struct kernelci_config *c, struct kernelci_platform *platforms,
			  struct kernelci_options *out);

#endif
