// SPDX-License-Identifier: GPL-2.0-or-later
// The executor's world as it is: batches of real boards, carried out by night/, and farm.sqlite.
#ifndef DAEMON_WORLD_H
#define DAEMON_WORLD_H

#include <poll.h>

#include "daemon/configuration.h"
#include "daemon/executor.h"
#include "run/batch_run.h"
#include "schedule/state.h"

struct world;

struct world_options {
	const char *results, *boards_dir;
	const char *farm_file;    // NULL: the usual one
	const char *program;      // as in struct worker_order
	unsigned parallel;        // CPUs of emulated boards at once
	struct farm_state *state; // NULL: nothing outlives this process (mmfarm run)
	struct planner *planner;
	// A line for people, from whichever batch.
	void (*tell)(void *arg, bool trouble, const char *line);
	// The progress of a batch's runs; may be NULL.
	void (*progress)(void *arg, const char *batch, enum batch_event event,
			 const struct batch_run *runs, size_t count, const struct batch_run *run);
	// A batch has its results; `code` as of `mmfarm run`. `interrupted`: somebody ended it.
	void (*finished)(void *arg, const char *batch, int code, bool interrupted);
	// A batch cannot be made, or cannot go on; takes the error over.
	void (*refused)(void *arg, const char *batch, struct error *e);
	// Where a batch's summary goes; NULL: nowhere.
	FILE *(*summary)(void *arg, const char *batch);
	void *arg;     // of them all
	bool recovers; // each batch brings to its end what other schedulers left that died
};

// `o` is copied; what it names outlives the world. The configuration is shared: a batch keeps the one
// that it began with.
struct world *world_new(const struct world_options *o, struct configuration *c);
void world_free(struct world *w);
CLEANUP_DEFINE(cleanup_world, struct world *, world_free)
#define CLEANUP_WORLD CLEANUP(cleanup_world)

// For executor_new.
struct executor_world world_executor(struct world *w);
// From now on, for batches that have not begun.
void world_configure(struct world *w, struct configuration *c);

// What wakes a batch before its time: appends to `fds` (at most `max`), returns how many.
size_t world_fds(const struct world *w, struct pollfd *fds, size_t max);
int64_t world_wake_ns(const struct world *w); // monotonic

// Batches that are not the farm's own, and must not be brought to an end by another: whether `id` is
// being carried out here or waits in the queue.
bool world_owns(const struct world *w, const char *id);

#endif
