// SPDX-License-Identifier: GPL-2.0-or-later
// What a batch is told, and what each of its runs looks like from outside.
#ifndef RUN_BATCH_RUN_H
#define RUN_BATCH_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/boards.h"
#include "config/job.h"

struct batch;
struct batch_run;

// The owner of several batches decides which of their runs begins: it knows the other ones, the queue
// and the boards.
struct batch_gate {
	// Asked of a pending run with every step. A run that may not begin now has no place in the queue
	// for its board.
	bool (*may_begin)(void *arg, const struct batch *b, const struct batch_run *run);
	void *arg;
};

struct batch_options {
	const char *results_dir;
	const char *id;      // of the batch, from batch_id_make; NULL = one is made
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
	const char *program;           // as in struct worker_order
	const struct batch_gate *gate; // NULL = in the order of the plan, as far as `parallel` goes
};

// Why a run is in the batch.
enum batch_why {
	BATCH_PLANNED, // the job wants it
	BATCH_RETRY,   // the lab failed another run
	BATCH_CONFIRM, // another run's test failed
	BATCH_RERUN    // another run's numbers look wrong
};

enum batch_run_state { BATCH_PENDING, BATCH_RUNNING, BATCH_FINISHED };

// One run as the progress display sees it.
struct batch_run {
	char *id;  // owned
	char *dir; // owned
	const char *pool;
	const struct board_config *board;
	const struct variant_config *variant;
	unsigned cpus;   // of the host that the board keeps busy: an emulator's; a real one's is 1
	int64_t attempt; // from 1; re-runs of the same board, variant and image count on
	enum batch_why why;
	char *of; // owned; id of that other run; NULL: it is planned
	enum batch_run_state state;
	int64_t start_ns;     // monotonic; of its worker
	int64_t power_on_ns;  // 0 = not yet
	double start_limit_s; // what its boot driver may take to bring the payload to run
	int64_t limit_ns;     // from power_on_ns on, before the worker counts as stuck
	char phase[24];       // "prepare", "boot", ...: newest state in events.jsonl
	int64_t phase_ns;     // when that phase was entered
	char verdict[8];      // when finished; "" = it left no verdict
	char error_code[32];  // of what kept it from a result (error.code in run.json); "" none
	char *reason;         // owned
	char *waits;          // owned; what it waits for, as BATCH_EVENT_WAIT told it
};

enum batch_event { BATCH_EVENT_START, BATCH_EVENT_TICK, BATCH_EVENT_FINISH, BATCH_EVENT_WAIT };

// Called when a run starts, finishes or begins to wait for its board, and about five times a second
// (run == NULL).
typedef void batch_fn(enum batch_event event, const struct batch_run *runs, size_t count,
		      const struct batch_run *run, void *arg);

// The longest that a run may take from power-on: its job's deadline, and its board's start.
int64_t batch_limit_ns(const struct job_config *job, double start_limit_s);

#endif
