// SPDX-License-Identifier: GPL-2.0-or-later
// The run as it was written down when it was made: job.yaml and board.yaml of its directory.
#ifndef RUN_PLAN_H
#define RUN_PLAN_H

#include "config/boards.h"
#include "config/job.h"

struct plan {
	struct job_config *job;
	struct boards_config *boards;
	const struct variant_config *variant; // the one of the job, the one of the boards
	const struct board_config *board;
};

struct error *plan_load(const char *run_dir, struct plan *p) ERROR_RESULT;
// The detector for the run's console: with what farm, job and board type add to its rules.
struct error *plan_detector(const struct plan *p, struct detect **out) ERROR_RESULT;
void plan_deinit(struct plan *p);
#define CLEANUP_PLAN CLEANUP(plan_deinit)

#endif
