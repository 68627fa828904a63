// SPDX-License-Identifier: GPL-2.0-or-later
// Makes a run once more, from the snapshots that its directory keeps: job, arguments, image, board.
#ifndef NIGHT_TIMING_RERUN_H
#define NIGHT_TIMING_RERUN_H

#include "run/batch.h"

// One such run, and the files that its batch borrows.
struct timing_rerun;

struct timing_rerun_options {
	const char *results;
	const char *farm;              // the lab's settings; NULL: the usual ones
	const char *run;               // id
	const char *job;               // name of the batch's job
	const struct batch_gate *gate; // NULL: none
};

// Lays it down as a batch of its own, ready for its steps (run/batch.h). An image that is no longer what
// the run booted is ERROR_LAB. The job's name and the gate outlive it.
struct error *timing_rerun_new(const struct timing_rerun_options *o,
			       struct timing_rerun **out) ERROR_RESULT;
void timing_rerun_free(struct timing_rerun *r);
CLEANUP_DEFINE(cleanup_timing_rerun, struct timing_rerun *, timing_rerun_free)
#define CLEANUP_TIMING_RERUN CLEANUP(cleanup_timing_rerun)

// The caller carries it out, and closes it (batch_close) when its results are taken.
struct batch *timing_rerun_batch(const struct timing_rerun *r);

#endif
