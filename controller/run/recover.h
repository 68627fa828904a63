// SPDX-License-Identifier: GPL-2.0-or-later
// What a dead scheduler left behind is brought to its end, beside whatever else goes on: each run
// without a living worker in a process of its own (`mmfarm worker RUN_DIR --recover REASON`), for a
// power switch that does not answer takes its time.
#ifndef RUN_RECOVER_H
#define RUN_RECOVER_H

#include "base/process.h"

// Why a run is a MISS that nobody was left to finish.
#define RECOVER_DEATH_REASON "the worker and its scheduler died"

// How long a recovery may take before it is ended.
#define RECOVER_LIMIT_NS (INT64_C(120) * 1000 * 1000 * 1000)
// A recovery can die as its worker did. How often one scheduler tries a run ...
#define RECOVER_TRIES 3
// ... and how often all of them together: then the run is given up as MISS.
#define RECOVER_TRIES_EVER 9

// Starts to finish the run in `run_dir`, whose worker died for `reason`. Counts in the directory how
// often that was begun. `program` as in struct worker_order, here and below.
struct error *recover_run_start(const char *program, const char *run_dir, const char *reason,
				struct process *out) ERROR_RESULT;

// Whether the run in `run_dir` can be finished by a recovery: it has its plan and was not tried too
// often.
bool recover_run_is_possible(const char *run_dir);

struct recovery;

// Batches that are somebody's own to go on with (batch_resume), whatever became of their scheduler.
struct recovery_filter {
	bool (*is_owned)(void *arg, const char *batch); // NULL: none is
	void *arg;
};

// Starts to finish the runs of every batch in `results_dir` whose scheduler died, but for those that
// `filter` (may be NULL) leaves alone.
struct recovery *recovery_start(const char *results_dir, const char *program,
				const struct recovery_filter *filter);
// Begins a recovery that died again. Never waits; true when none is under way.
bool recovery_poll(struct recovery *r);
// Waits for them as recovery_poll looks after them. `*ids` (the caller frees each and the array)
// names the batches whose runs all have a verdict now, oldest first; each is to be closed with
// batch_close once its results are out. The others are left to the next scheduler.
void recovery_finish(struct recovery *r, char ***ids, size_t *count);
// Also ends what has not been waited for.
void recovery_free(struct recovery *r);
CLEANUP_DEFINE(cleanup_recovery, struct recovery *, recovery_free)
#define CLEANUP_RECOVERY CLEANUP(cleanup_recovery)

#endif
