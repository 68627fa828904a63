// SPDX-License-Identifier: GPL-2.0-or-later
// The key `trigger:` of jobs, carried out: what a job watches is looked at by a child process, for a file's
// digest, a server and git all take their time. When it is another one than before, the job is submitted.
// What was seen last is saved with the batch, in one step.
#ifndef DAEMON_TRIGGERS_H
#define DAEMON_TRIGGERS_H

#include <poll.h>

#include "daemon/configuration.h"
#include "schedule/state.h"

struct triggers;

struct triggers_options {
	struct farm_state *state;
	struct planner *planner;
	void (*tell)(void *arg, bool trouble, const char *line);
	void *arg;
};

// Of all jobs of the configuration, which it keeps. `o` is copied; what it names outlives the triggers.
struct error *triggers_new(const struct triggers_options *o, struct configuration *c,
			   struct triggers **out) ERROR_RESULT;
void triggers_free(struct triggers *t);

// Begins looks that are due and takes those that have ended; never waits. True: a job was submitted.
bool triggers_step(struct triggers *t);
// What it waits for: appends to `fds` (at most `max`), returns how many.
size_t triggers_fds(const struct triggers *t, struct pollfd *fds, size_t max);
int64_t triggers_wake_ns(const struct triggers *t); // monotonic; INT64_MAX: never

#endif
