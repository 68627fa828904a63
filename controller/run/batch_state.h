// SPDX-License-Identifier: GPL-2.0-or-later
// A batch from inside, for batch.c (plan, record, steps) and batch_start.c (whose turn it is).
#ifndef RUN_BATCH_STATE_H
#define RUN_BATCH_STATE_H

#include "base/arena.h"
#include "run/attempt.h"
#include "run/batch_plan.h"
#include "run/batch_run.h"
#include "run/revision.h"

// A run of the batch, with what the host's load means for it.
struct slot {
	struct attempt *attempt;
	int64_t repeat_ns; // until then it is to be repeated once the load is down; 0 = it is not
};

struct batch {
	const struct batch_options *options;
	const struct job_config *job;
	const struct boards_config *boards;
	const struct payload_file *payload;
	char id[32];
	char *dir;
	struct attempt_plan plan; // of all attempts
	struct batch_plan
	    planned; // what the job wanted at the beginning; empty when it was resumed
	struct slot *slots;
	size_t count;
	struct batch_run *view; // of each attempt, as batch_runs made it; borrowed strings
	struct revision revision;
	int64_t start_realtime_ns;
	int epoll;       // shows which worker has ended
	int signals;     // of batch_run; -1 = nobody asked for them
	int active;      // lock on RESULTS/active/ID: says that this scheduler lives
	int64_t stop_ns; // 0 = nobody asked to stop
	int64_t tick_ns; // when people are told next how it goes
	// Of one that was resumed:
	bool resumed;       // its record stands but for its runs
	bool unpublished;   // as its record said
	bool over;          // its runs had ended, and nothing was added since
	bool closed;        // its results were out
	struct arena arena; // its record, and what stands in for boards and variants that are gone
};

static inline const struct batch_run *batch_run_at(const struct batch *b, size_t i)
{
	return attempt_run(b->slots[i].attempt);
}

// ---- batch.c ------------------------------------------------------------------------------------

// One without id and runs; batch_open_epoll must follow before a run is begun.
struct batch *batch_alloc(const struct batch_options *options, const struct job_config *job,
			  const struct boards_config *boards, const struct payload_file *payload);
struct error *batch_open_epoll(struct batch *b) ERROR_RESULT;

// Becomes the batch's one scheduler. ERROR_LAB: another process is.
struct error *batch_take(struct batch *b) ERROR_RESULT;

// Adds a run, which is taken over; it has no name yet.
void batch_add_run(struct batch *b, struct batch_run run);

// Writes batch.json anew; finish_realtime_ns: 0 while the batch goes on.
struct error *batch_write_record(struct batch *b, int64_t finish_realtime_ns) ERROR_RESULT;

// ---- batch_start.c ------------------------------------------------------------------------------

size_t batch_count(const struct batch *b, enum batch_run_state state);

// Starts what may go on now: in the order of the plan, as far as there is room and boards are free.
void batch_start_more(struct batch *b, batch_fn *progress, void *arg);

// Tells that a run has ended. When the host was too busy for it, it is kept in mind, and told that a
// quieter host is waited for.
void batch_tell_end(struct batch *b, size_t i, batch_fn *progress, void *arg);

// Adds one more attempt of what run `i` ran, because of it.
void batch_add_attempt(struct batch *b, size_t i, enum batch_why why);

// The same with what `like` says of board and variant; `like`'s id is the run because of which.
void batch_add_like(struct batch *b, const struct batch_run *like, enum batch_why why);

// Keeps in mind that run `i`, which has ended, is owed a repetition because the host was too busy for it;
// false: it is not.
bool batch_owes_repetition(struct batch *b, size_t i);

// Adds an attempt of one run that the host was too busy for, once the load is down; true while one
// waits for that.
bool batch_repeat_starved(struct batch *b);

#endif
