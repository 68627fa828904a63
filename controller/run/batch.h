// SPDX-License-Identifier: GPL-2.0-or-later
// One triggering of one job: every variant on every chosen board, each run in a worker process of
// its own, several boards at once.
#ifndef RUN_BATCH_H
#define RUN_BATCH_H

#include "config/boards.h"
#include "config/job.h"
#include "run/attempt.h"
#include "record/status.h"

struct batch_options {
	const char *results_dir;
	const char *lab;     // name of the lab in the results
	const char *origin;  // KCIDB origin
	const char *pool;    // only this pool of the job; NULL = all
	const char *board;   // only this board; NULL = all
	const char *variant; // what was chosen of the job's variants, for the record; NULL = all
	const char *changed; // what of the job was made different, for the record; NULL = nothing
	unsigned repeat;     // how often every board runs every variant; 0 = once
	unsigned
	    parallel;     // CPUs of emulated boards at once, at least 1; a real board counts as one
	bool no_publish;  // its results are for nobody else
	bool ask_publish; // they are, also of a batch that was narrowed or interrupted
	const char *program; // this program, to be run as `PROGRAM worker RUN_DIR`
};

enum batch_event { BATCH_EVENT_START, BATCH_EVENT_TICK, BATCH_EVENT_FINISH, BATCH_EVENT_WAIT };

// Called when a run starts, finishes or begins to wait for its board, and about five times a second
// (run == NULL).
typedef void batch_fn(enum batch_event event, const struct batch_run *runs, size_t count,
		      const struct batch_run *run, void *arg);

struct batch;

// Chooses boards, checks them, makes the batch directory. Nothing is started.
// `job`, `boards`, `payload` and the options' strings must outlive the batch.
struct error *batch_new(const struct batch_options *options, const struct job_config *job,
			const struct boards_config *boards, const struct payload_file *payload,
			struct batch **out) ERROR_RESULT;
void batch_free(struct batch *b);
CLEANUP_DEFINE(cleanup_batch, struct batch *, batch_free)
#define CLEANUP_BATCH CLEANUP(cleanup_batch)

const char *batch_id(const struct batch *b);

// A batch is carried out in steps, of which none waits. The next one is due when batch_fd is readable,
// at batch_wake_ns (monotonic), or after batch_stop. Every run ends with a run.json: a worker that dies is replaced by a verdict, and so
// is one that could not be started. A run whose board somebody else has waits for it as long as the
// job allows, and holds up no other meanwhile. A run that the host was too busy for (docs/results.md)
// is made once more when the load is down. *done: all is over, and batch.json says so.
struct error *batch_step(struct batch *b, batch_fn *progress, void *arg, bool *done) ERROR_RESULT;
// An epoll set, the batch's own.
int batch_fd(const struct batch *b);
int64_t batch_wake_ns(const struct batch *b);
// Running boards are switched off and judged; what had not begun is a MISS.
void batch_stop(struct batch *b);
bool batch_is_stopped(const struct batch *b);

// Carries out the steps until the batch is done, waiting in between. SIGINT and SIGTERM stop it;
// *interrupted tells.
struct error *batch_run(struct batch *b, batch_fn *progress, void *arg,
			bool *interrupted) ERROR_RESULT;

// Adds `times` more runs of what run `id` ran: the same board, variant and image, as its next
// attempts. The batch is unfinished until its steps carry them out. `id` must be one of its runs.
struct error *batch_repeat(struct batch *b, const char *id, unsigned times) ERROR_RESULT;

// Whether the results of the batch are for others too, as far as it has come.
bool batch_publishes(const struct batch *b);

// Says that the results of batch `id` are out: until then a scheduler that dies is followed by one
// that finishes them. Does nothing while one of its runs has no run.json: the next scheduler tries
// again to make it.
void batch_close(const char *results_dir, const char *id);

#endif
