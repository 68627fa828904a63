// SPDX-License-Identifier: GPL-2.0-or-later
// One run as an object: it takes its board, starts its worker, follows what the worker tells, ends it
// when it overruns its limits, and lets another process finish the run when the worker died.
//
// Nothing here waits. The owner calls attempt_poll when the epoll set of the plan is readable, and at
// attempt_wake_ns at the latest. The owner decides when an attempt may begin (attempt_begin).
#ifndef RUN_ATTEMPT_H
#define RUN_ATTEMPT_H

#include "config/boards.h"
#include "config/job.h"
#include "run/batch_run.h"

struct payload_file; // kernel/payload.h

// Whether its worker has overrun every limit and is to be ended, at monotonic time `now_ns`.
bool batch_run_is_late(const struct batch_run *run, int64_t now_ns);

// What all attempts of a batch have in common; borrowed, outlives them.
struct attempt_plan {
	const char *results_dir;
	const char *program; // as in struct worker_order
	const char *batch;   // id
	const struct job_config *job;
	const struct payload_file *payload;
	int epoll; // shows that attempt_poll has something to do
};

// What became of an attempt in one call.
enum attempt_news {
	ATTEMPT_NO_NEWS,
	ATTEMPT_WAITS,   // its board is somebody else's: told once
	ATTEMPT_STARTS,  // a process carries it out
	ATTEMPT_FINISHES // it has its end; told once
};

struct attempt;

// `run` is copied; it has no strings of its own yet.
struct attempt *attempt_new(const struct attempt_plan *plan, const struct batch_run *run);
// A worker that still runs is ended.
void attempt_free(struct attempt *a);
CLEANUP_DEFINE(cleanup_attempt, struct attempt *, attempt_free)
#define CLEANUP_ATTEMPT CLEANUP(cleanup_attempt)

// Gives it its id, or with NULL one from its batch, board, variant and attempt; and the name of its
// directory.
void attempt_name(struct attempt *a, const char *id);

// For an attempt of a batch whose scheduler died, named and pending: finds out how far it came. Finished:
// it has its verdict. Not begun: it stays pending. Else it runs from now on: its worker is followed
// (attempt_poll) by its directory, or, when it is dead too, another process finishes the run.
void attempt_resume(struct attempt *a);

// For a pending attempt that will never run: it is finished, as MISS for `reason`.
void attempt_miss(struct attempt *a, const char *reason);

// For a pending attempt that is left out on purpose: it is finished, as SKIP for `reason`. An error when
// that could not be written down.
struct error *attempt_skip(struct attempt *a, const char *reason) ERROR_RESULT;

// Its worker goes on without us, for whoever resumes the batch; what is left of it is to be freed.
void attempt_leave(struct attempt *a);

// Whether a pending attempt has asked for its board, and so has to ask again before long.
bool attempt_has_asked(const struct attempt *a);

// How it stands, valid until the next call.
const struct batch_run *attempt_run(const struct attempt *a);

// For an attempt that is pending: takes its board and starts its worker. While somebody else has the
// board nothing happens, until the job's `board_wait` is over: then the run starts to become a MISS
// that says who has it. A run that cannot even be started finishes at once.
enum attempt_news attempt_begin(struct attempt *a);

// An attempt that waits for its board leaves the queue for it, and asks anew when it begins: one that
// could not begin now must not hold up those behind it.
void attempt_yield(struct attempt *a);

// For an attempt that runs: takes what its process told, ends what is late, and has the run of a
// worker that died finished by another process.
enum attempt_news attempt_poll(struct attempt *a);

// When attempt_poll is to be called at the latest (monotonic); INT64_MAX: never.
int64_t attempt_wake_ns(const struct attempt *a);

// Asks a worker that runs to end its run now; one that does not is ended ten seconds later.
void attempt_stop(struct attempt *a);

#endif
