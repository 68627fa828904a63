// SPDX-License-Identifier: GPL-2.0-or-later
// Which runs a job makes: every variant on every chosen board. Nothing is made on disk.
#ifndef RUN_BATCH_PLAN_H
#define RUN_BATCH_PLAN_H

#include "run/batch_run.h"

struct batch_plan {
	// In the order in which they are begun, each with its longest time (limit_ns); without id and
	// directory. The strings are those of job and boards.
	struct batch_run *runs;
	size_t count;
	const char **empty_pools; // of the job, that no board is in; borrowed names
	size_t empty_pools_count;
};

// What batch_new would make of the same arguments; job and boards outlive the plan. Boards' drivers
// check their keys. A filter that names nothing is ERROR_USAGE, a job without boards ERROR_CONFIG.
struct error *batch_plan_make(const struct batch_options *options, const struct job_config *job,
			      const struct boards_config *boards,
			      struct batch_plan *out) ERROR_RESULT;
void batch_plan_deinit(struct batch_plan *p);
#define CLEANUP_BATCH_PLAN CLEANUP(batch_plan_deinit)

#endif
