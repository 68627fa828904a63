// SPDX-License-Identifier: GPL-2.0-or-later
// What is done with a batch's numbers: looks at their series, measures again what looks
// wrong, proves on the boards what stayed so, and writes it all down (results/series/night_record.h).
#ifndef NIGHT_TIMING_NIGHT_H
#define NIGHT_TIMING_NIGHT_H

#include <stdio.h>

#include "config/boards.h"
#include "config/farm.h"
#include "config/job.h"
#include "run/batch.h"

struct timing_night {
	const char *results, *boards_dir;
	const struct boards_config *boards; // from there
	const char *farm_file;              // NULL: the usual one
	const struct farm_config *farm;
	const struct job_config *job;
	struct batch *batch;           // carried out; its runs are in the store
	const struct batch_gate *gate; // of confirmations; NULL: none
	FILE *out;                     // for people; NULL: nobody reads
};

struct store; // results/store/store.h

// The work in progress: it names what is to be run next, and the caller carries it out.
struct timing_work;

// `n` is copied; what it names outlives the work.
struct error *timing_work_new(const struct timing_night *n, struct timing_work **out) ERROR_RESULT;
void timing_work_free(struct timing_work *w);
CLEANUP_DEFINE(cleanup_timing_work, struct timing_work *, timing_work_free)
#define CLEANUP_TIMING_WORK CLEANUP(cleanup_timing_work)

// Takes the results of the batch that it named last, which has been carried out, and names the next
// one in *batch: the night's own with re-runs added to it, or a confirmation's. NULL: the work is done
// and written down. One that an operator ended is the last; what was found so far is written down.
// Computes and writes; waits for nothing.
// `store` is the open store of the results directory.
struct error *timing_work_next(struct timing_work *w, struct store *store,
			       struct batch **batch) ERROR_RESULT;

// Of a work that is done: an alert holds the tested code guilty.
bool timing_work_failed(const struct timing_work *w);
// An operator ended it.
bool timing_work_interrupted(const struct timing_work *w);

#endif
