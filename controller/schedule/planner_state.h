// SPDX-License-Identifier: GPL-2.0-or-later
// The planner from inside: planner_config.c (configuration, rows), planner_queue.c (batches and runs),
// planner_fire.c (schedules), planner_health.c (boards), planner_pick.c (whose turn it is), planner_explain.c (why it is not).
#ifndef SCHEDULE_PLANNER_STATE_H
#define SCHEDULE_PLANNER_STATE_H

#include "base/clock.h"
#include "base/random.h"
#include "schedule/planner.h"

struct planned_board {
	struct board_row row; // row.name is its identity
	bool known;           // boards/ still has it
	char *type, *health_check;
	unsigned power_cap, erase_cap;
	bool erases;
	bool dirty;
	bool checked;                  // a health check of it is in the queue
	const struct queued_run *user; // while runs are picked: who has it
};

// What a run waits for, in numbers: most are never read, so that the words are made when somebody asks.
enum hold_kind {
	HOLD_NONE,
	HOLD_DRAINING,
	HOLD_STUCK,
	HOLD_BOARD, // another run (`by`) has its board
	HOLD_LEASE, // somebody else has it
	HOLD_HEALTH,
	HOLD_RESERVED,
	HOLD_POWER_CAP,
	HOLD_ERASE_CAP,
	HOLD_CPUS,  // `cpus` are in use
	HOLD_BEHIND // there is no room for a run ahead of it (`by`)
};

struct hold {
	enum hold_kind kind;
	char batch[PLANNER_ID_SIZE]; // of the run that is in the way
	size_t by;                   // its place there
	unsigned cpus;
};

struct queued_run {
	struct queued_batch *batch;
	size_t index;
	struct planned_board *board;
	char *pool, *variant, *id, *of, *waits;
	int64_t attempt;
	unsigned cpus;
	int64_t need_s;
	enum plan_state state;
	enum plan_why why;
	enum status verdict;
	char *code;
	bool left_out; // not among boards_per_pool
	bool granted;  // it may begin
	bool taken;    // its end has been taken in
	bool weighed;  // whether that wants another run is decided
	char *skip;    // why it is not to be run; NULL: it is
	bool skip_asked;
	struct hold hold;
	char *hold_text; // as it was asked for last
};

struct planned_candidate {
	char *pool;
	struct planned_board *board;
};

struct queued_batch {
	struct batch_row row;
	struct plan_rules rules; // without the candidates, which are here:
	struct planned_candidate *candidates;
	size_t candidates_count;
	struct queued_run *runs;
	size_t count;
	bool expanded, expand_asked;
	bool begin_asked; // by this process; row.begun is by any
	char *stopped;    // owned: by whom it was cancelled; NULL: nobody
	bool stop_asked;
	bool dirty;
	bool gone;   // to be dropped once that is saved
	char **seen; // runs whose end was saved as taken in, of a batch that is not expanded yet
	size_t seen_count;
	struct planner_action *adds; // runs to be added
	size_t adds_count;
};

struct planned_schedule {
	struct schedule_row row;
	bool known;
	char *job;
	const struct calendar *calendar;
	int64_t window_s;
	enum catch_up catch_up;
	enum backlog backlog;
	unsigned every;
	int priority;
	int64_t next_s;
	bool dirty;
};

struct planned_reservation {
	struct reservation_row row;
	bool dirty, gone;
};

// Why a batch left the queue, for the one who waits for it.
struct refusal {
	char batch[PLANNER_ID_SIZE];
	char *why;
};
#define REFUSALS_KEPT 64

struct planner {
	struct planner_limits limits;
	char *stuck; // limits.stuck
	struct random random;
	int64_t picked_s;              // when planner_pick was called last
	struct planned_board **boards; // sorted by name
	size_t boards_count;
	struct queued_batch **batches; // in the order of submission
	size_t batches_count;
	struct planned_schedule **schedules;
	size_t schedules_count;
	struct planned_reservation *reservations;
	size_t reservations_count;
	int64_t last_reservation;
	// What is only ever added: kept until it is saved.
	struct fire_row *fires;
	size_t fires_count;
	struct seen_row *seen;
	size_t seen_count;
	struct audit_row *audits;
	size_t audits_count;
	struct refusal refusals[REFUSALS_KEPT]; // the latest ones, in a ring
	size_t refusals_next;
	struct planner_change *changes; // of planner_unsaved
	size_t changes_count;
	struct queued_run **order; // pending runs, as they are served
	size_t order_count;
};

// ---- planner_config.c ---------------------------------------------------------------------------

struct planned_board *planner_board_find(const struct planner *p, const char *name);
struct planned_board *planner_board_need(struct planner *p, const char *name); // makes its row
__attribute__((format(printf, 4, 5))) void planner_note(struct planner *p, int64_t now_s,
							const char *who, const char *fmt, ...);
// Replaces an owned string by a copy of `value` (may be NULL).
void planner_text(char **owned, const char *value);

// ---- planner_queue.c ----------------------------------------------------------------------------

struct queued_batch *planner_batch_find(const struct planner *p, const char *id);
void planner_batch_free(struct queued_batch *b);
// A batch of the farm's own; what `row` holds is copied. Its id is made.
struct queued_batch *planner_batch_add(struct planner *p, int64_t now_s,
				       const struct batch_row *row);
// Asks for runs that the ends of others want (retries, confirmations); when boards are picked, so that all
// that is known of them counts.
void planner_batch_weigh(struct queued_batch *b);
size_t planner_waiting(const struct planner *p); // batches that have not begun
void planner_drop_gone(struct planner *p);
void planner_queue_load(struct planner *p, const struct batch_row *row);
void planner_queue_load_seen(struct planner *p, const struct seen_row *row);
// The runs of all batches that have not begun are to be told anew.
void planner_queue_forget(struct planner *p);

// ---- planner_fire.c -----------------------------------------------------------------------------

// False: no schedule was due.
bool planner_fire_all(struct planner *p, int64_t now_s);
void planner_fire_note(struct planner *p, int64_t now_s, const struct batch_row *batch,
		       enum fire_outcome outcome, const char *reason);

// ---- planner_health.c ---------------------------------------------------------------------------

// The end of a run, once: what it says of its board.
void planner_health_take(struct planner *p, int64_t now_s, struct queued_run *run);
// Puts health checks into the queue that are due. False: none was.
bool planner_health_check(struct planner *p, int64_t now_s);
int64_t planner_health_wake(const struct planner *p);
// Whether its health keeps the board from a run of this batch, and why; the caller frees.
bool planner_health_holds(const struct planned_board *b, const struct queued_batch *batch);
char *planner_health_explain(const struct planned_board *b);
// A health check of the board cannot even be made.
void planner_health_refuse(struct planner *p, int64_t now_s, struct planned_board *b,
			   const char *why);
bool planner_health_usable(const struct planned_board *b);
int64_t planner_night(int64_t now_s);

// ---- planner_pick.c -----------------------------------------------------------------------------

int64_t planner_rank(const struct queued_batch *b, int64_t now_s); // with its age

// ---- planner_explain.c --------------------------------------------------------------------------

// What the run waits for, in words; NULL: for nothing. The caller frees.
char *planner_explain(const struct planner *p, const struct queued_run *r);
// "2026-12-01T02:30:00Z"
void planner_clock_text(int64_t at_s, char out[CLOCK_RFC3339_SIZE]);

#endif
