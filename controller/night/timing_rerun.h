// SPDX-License-Identifier: GPL-2.0-or-later
// Makes a run once more, from the snapshots that its directory keeps: job, arguments, image, board.
#ifndef NIGHT_TIMING_RERUN_H
#define NIGHT_TIMING_RERUN_H

#include "base/error.h"

// As a batch of its own under the job name `job`; the caller frees *batch_id, and closes the batch
// (batch_close) when its results are taken. An image that is no longer what the run booted is
// ERROR_LAB, and so is what an operator ended (EINTR). `farm` (may be NULL) names the lab's settings.
struct error *timing_rerun(const char *results, const char *farm, const char *run_id,
			   const char *job, char **batch_id) ERROR_RESULT;

#endif
