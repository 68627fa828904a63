// SPDX-License-Identifier: GPL-2.0-or-later
// One triggering of one job: every variant on every chosen board, each run in a worker process of
// its own, several boards at once.
#ifndef RUN_BATCH_H
#define RUN_BATCH_H

#include "config/boards.h"
#include "config/job.h"
#include "record/status.h"
#include "run/batch_run.h"

struct batch;
struct payload_file; // kernel/payload.h

// Chooses boards, checks them, makes the batch directory. Nothing is started.
// `job`, `boards`, `payload` and the options' strings must outlive the batch.
struct error *batch_new(const struct batch_options *options, const struct job_config *job,
			const struct boards_config *boards, const struct payload_file *payload,
			struct batch **out) ERROR_RESULT;
void batch_free(struct batch *b);
CLEANUP_DEFINE(cleanup_batch, struct batch *, batch_free)
#define CLEANUP_BATCH CLEANUP(cleanup_batch)

// Whether a batch of this id was ever laid down (batch_resume is for it; else batch_new, also behind a
// begin that was cut short).
bool batch_is_begun(const char *results_dir, const char *id);

// Goes on with batch `id`, whose scheduler died; all else as in batch_new. Runs that have ended keep
// their verdict. One whose worker lives is followed to its end. One whose worker is dead is finished
// from its directory. What was never begun is still to be begun, unless job, payload or board are no
// longer as they were: then it is a MISS that says so. A batch that is over is done with its first step.
// ERROR_LAB: another process has it in hand; it was never laid down (error_code ENOENT).
struct error *batch_resume(const struct batch_options *options, const struct job_config *job,
			   const struct boards_config *boards, const struct payload_file *payload,
			   const char *id, struct batch **out) ERROR_RESULT;
// Of a resumed batch: its results had been out already.
bool batch_is_closed(const struct batch *b);

// The payload of batch `id` as it was begun: the farm's own copy, or the job's file if that is
// unchanged. ERROR_LAB: it is gone.
struct error *batch_payload(const char *results_dir, const char *id, const struct job_config *job,
			    struct payload_file *out) ERROR_RESULT;

const char *batch_id(const struct batch *b);

// All runs in a row, as they stand now; the batch's own, until the next call on it.
const struct batch_run *batch_runs(struct batch *b, size_t *count);

// A batch is carried out in steps, of which none waits. The next one is due when batch_fd is readable,
// at batch_wake_ns (monotonic), or after batch_stop. Every run ends with a run.json: a worker that dies is replaced by a verdict, and so
// is one that could not be started. A run whose board somebody else has waits for it as long as the
// job allows, and holds up no other meanwhile. A run that the host was too busy for (docs/results.md)
// is made once more when the load is down. With a gate (struct batch_options) no run begins that it does
// not let; a batch of which nothing runs and nothing is let has no time of its own to wake, the owner
// steps it when the gate may answer differently. *done: all is over, and batch.json says so.
struct error *batch_step(struct batch *b, batch_fn *progress, void *arg, bool *done) ERROR_RESULT;
// An epoll set, the batch's own.
int batch_fd(const struct batch *b);
int64_t batch_wake_ns(const struct batch *b);
// Running boards are switched off and judged; what had not begun is a MISS.
void batch_stop(struct batch *b);
bool batch_is_stopped(const struct batch *b);

// Workers that run go on without their scheduler, for whoever resumes the batch. Then it is to be freed.
void batch_leave(struct batch *b);

// Carries out the steps until the batch is done, waiting in between. SIGINT and SIGTERM stop it;
// *interrupted tells.
struct error *batch_run(struct batch *b, batch_fn *progress, void *arg,
			bool *interrupted) ERROR_RESULT;

// Adds `times` more runs of what run `id` ran: the same board, variant and image, as its next
// attempts. The batch is unfinished until its steps carry them out. `id` must be one of its runs.
struct error *batch_repeat(struct batch *b, const char *id, unsigned times) ERROR_RESULT;

struct batch_addition {
	const char *of;     // id of the run because of which it is made: its pool and variant
	enum batch_why why; // BATCH_RETRY or BATCH_CONFIRM
	const char *board;  // NULL: the same one; any other is of the same pool
};

// Adds one more run; *id (may be NULL) is its id, the batch's own. On record before anything begins. To
// be called before the batch is done, also from its progress function. ERROR_USAGE: no such board in the
// pool; ERROR_BUG: no such run.
struct error *batch_add(struct batch *b, const struct batch_addition *a,
			const char **id) ERROR_RESULT;

// Run `i` of batch_runs, which is pending, is never begun: its verdict is SKIP for `reason` ("skipped: the
// window ends 08:00, the run needs 300 s"). An error when that could not be written down; the run is
// pending still. The progress function is not called.
struct error *batch_skip(struct batch *b, size_t i, const char *reason) ERROR_RESULT;

// Whether the results of the batch are for others too, as far as it has come.
bool batch_publishes(const struct batch *b);

// Says that the results of batch `id` are out: until then a scheduler that dies is followed by one
// that finishes them. Does nothing while one of its runs has no run.json: the next scheduler tries
// again to make it.
void batch_close(const char *results_dir, const char *id);

#endif
