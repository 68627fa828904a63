// SPDX-License-Identifier: GPL-2.0-or-later
// What dead schedulers left is brought to its results and published, beside whatever else goes on.
#ifndef NIGHT_OLD_BATCHES_H
#define NIGHT_OLD_BATCHES_H

#include "run/recover.h"

struct publish_config;

struct old_batches_options {
	const char *results;
	const char *farm_file; // NULL: the usual one
	const char *program;   // this program, to be run as `PROGRAM worker RUN_DIR`
	const struct publish_config *publish;
	struct recovery_filter filter; // batches that are somebody's to resume
	// As in carry_out_options.
	void (*tell)(void *arg, bool trouble, const char *line);
	void *tell_arg;
};

struct old_batches;

// Takes every batch whose scheduler died, and begins to finish its runs. `o` is copied; what it names
// outlives the work.
struct old_batches *old_batches_new(const struct old_batches_options *o);
// What is not finished is left to the next scheduler.
void old_batches_free(struct old_batches *c);
CLEANUP_DEFINE(cleanup_old_batches, struct old_batches *, old_batches_free)
#define CLEANUP_OLD_BATCHES CLEANUP(cleanup_old_batches)

// Looks after the recoveries, which are processes; never waits. True: none goes on any more.
bool old_batches_poll(struct old_batches *c);
// To be called once, then: makes the results of the batches whose runs all have a verdict, publishes
// them as they were meant to be, and closes them. A batch of which a worker lives is left as it is.
void old_batches_finish(struct old_batches *c);

#endif
