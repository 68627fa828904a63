// SPDX-License-Identifier: GPL-2.0-or-later
// A batch from inside, for batch.c (plan, record, following) and batch_start.c (whose turn it is,
// beginning and end of a run).
#ifndef RUN_BATCH_STATE_H
#define RUN_BATCH_STATE_H

#include "base/buffer.h"
#include "base/clock.h"
#include "base/process.h"
#include "run/batch.h"
#include "run/revision.h"

// What only the batch itself needs of a run.
struct slot {
	struct process worker;
	int events;           // events.jsonl, as far as it was read
	struct buffer unread; // of an unfinished line
	const char *killed;   // why we ended it; NULL = we did not
	char *died;           // owned: what became of it when it left no verdict; NULL = nothing
	int64_t recover_ns;   // until then its run may be finished in its stead; 0 = it is not
	unsigned recoveries;  // that were begun
	int board_lock;       // from before its directory is made until the worker has it; else -1
	int64_t wait_ns;      // since then its board is somebody else's; 0 = it is not
	bool is_repeat;       // of a run that the host was too busy for
	int64_t repeat_ns; // until then it is to be repeated once the load is down; 0 = it is not
};

struct batch {
	const struct batch_options *options;
	const struct job_config *job;
	const struct boards_config *boards;
	const struct payload_file *payload;
	char id[32];
	char *dir;
	struct batch_run *runs;
	struct slot *slots; // as many as runs
	size_t count;
	struct revision revision;
	int64_t start_realtime_ns;
	int signals;
	int active;               // lock on RESULTS/active/ID: says that this scheduler lives
	int64_t stop_ns;          // 0 = nobody asked to stop
	const char **empty_pools; // of the job; borrowed names
	size_t empty_pools_count;
};

static inline int64_t batch_deadline_ns(const struct batch *b)
{
	return (int64_t)(b->job->deadline_s * (double)NS_PER_S);
}

// ---- batch.c ------------------------------------------------------------------------------------

// Gives the run its id and directory.
void batch_name_run(const struct batch *b, struct batch_run *run);

// Adds a run, which is taken over, with a slot of its own.
void batch_add_run(struct batch *b, struct batch_run run);

// Writes batch.json anew; finish_realtime_ns: 0 while the batch goes on.
struct error *batch_write_record(const struct batch *b, int64_t finish_realtime_ns) ERROR_RESULT;

// ---- batch_start.c ------------------------------------------------------------------------------

size_t batch_count(const struct batch *b, enum batch_run_state state);

// Starts what may go on now: in the order of the plan, as far as there is room and boards are free.
void batch_start_more(struct batch *b, batch_fn *progress, void *arg);

// Run `i`'s process has ended; false: another one finishes the run.
bool batch_finish_run(struct batch *b, size_t i);

// Adds one more attempt of what run `i` ran.
void batch_add_attempt(struct batch *b, size_t i);

// Adds an attempt of one run that the host was too busy for, once the load is down; true while one
// waits for that.
bool batch_repeat_starved(struct batch *b);

#endif
