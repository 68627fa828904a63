// SPDX-License-Identifier: GPL-2.0-or-later
// What `mmfarm run` does with a batch's numbers: looks at their series, measures again what looks
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
	const char *farm_file; // NULL: the usual one
	const struct farm_config *farm;
	const struct job_config *job;
	struct batch *batch; // carried out; its runs are in the store
	batch_fn *progress;
	void *progress_arg;
	FILE *out; // for people; NULL: nobody reads
};

// Re-runs become runs of the batch; the caller makes the batch's results afterwards. *failure: an
// alert holds the tested code guilty. *interrupted: an operator ended it; what was found so far is
// written down.
struct error *timing_night(const struct timing_night *n, bool *failure,
			   bool *interrupted) ERROR_RESULT;

#endif
