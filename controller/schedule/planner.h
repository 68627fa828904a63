// SPDX-License-Identifier: GPL-2.0-or-later
// The planner: what the farm does next, on which board, and why the rest waits.
//
// It is pure: it knows no file, process or clock. Its owner tells it what happened and when (seconds of
// UTC), saves what has changed (schedule/state.h), and only then carries out what planner_pick asks for.
// So a farm that dies at any point goes on from what it had saved, and asks again for what was not done:
// everything it asks for may be asked twice.
//
// A batch waits in the queue from the moment at which it is triggered. It begins when the first of its
// runs may start; until then it is a row and no folder. Which of its runs exist is the world's to say
// (a job's variants on the boards of its pools): planner_pick asks (ACTION_EXPAND) and planner_set_runs
// answers.
#ifndef SCHEDULE_PLANNER_H
#define SCHEDULE_PLANNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "record/batch_id.h"
#include "record/status.h"
#include "calendar/calendar.h"

#define PLANNER_ID_SIZE       BATCH_ID_SIZE
#define PLANNER_QUEUE_MAX     10000 // batches that wait; one more is refused
#define PLANNER_BACKLOG_MAX   100   // the same of one schedule; the oldest gives way
#define PLANNER_PRIORITY_MAX  100
#define PLANNER_RETRIES       2         // of one run, after trouble of the lab
#define PLANNER_STREAK        3         // such runs in a row that make a board Bad
#define PLANNER_CHECKS_MAX    6         // failed health checks in a row; then a person must look
#define PLANNER_NO_TIME       INT64_MAX // never
#define PLANNER_AGE_STEP_S    600       // a waiting run gains a point of priority in this time ...
#define PLANNER_AGED_OUT      (PLANNER_PRIORITY_MAX + 1) // ... until it goes before all others
#define PLANNER_CHECK_FIRST_S (15 * 60) // before a Bad board is checked again; doubles each time
#define PLANNER_CHECK_LAST_S  (24 * 3600)
#define PLANNER_RESERVE_S     (366 * 24 * 3600) // from now on, that a reservation may reach
#define PLANNER_ON_TIME_S     120               // so much later a schedule still counts as on time

// ---- what is configured -------------------------------------------------------------------------

struct planner_board {
	const char *name, *type;
	const char *health_check; // job; NULL: boards of its type have none
	unsigned power_cap;       // power cycles a night; 0: as many as it takes
	unsigned erase_cap;       // the same of its flash
	bool erases;              // each run writes its flash
};

enum catch_up {
	CATCH_UP_ONCE, // of those that were missed, the newest one that is still in its window
	CATCH_UP_NONE, // only what is on time
	CATCH_UP_ALL,  // each that is still in its window
};

// What becomes of an older batch of the same schedule that has not begun when a new one comes.
enum backlog {
	BACKLOG_LATEST, // it is superseded
	BACKLOG_ALL,    // it stays
	BACKLOG_EVERY,  // every N-th stays
};

struct planner_schedule {
	const char *name; // of the job, or JOB/2 of its second schedule: its identity for ever
	const char *job;
	const char *text; // as it was written; another text is another schedule, that starts now
	const struct calendar *calendar; // outlives its use
	int64_t window_s; // from the nominal time: what cannot finish in it is not started
	enum catch_up catch_up;
	enum backlog backlog;
	unsigned every; // of BACKLOG_EVERY
	int priority;
};

struct planner_limits {
	unsigned cpus; // of emulated boards at once
	uint64_t seed; // of the ids of batches; another one in each process
	bool draining; // nothing more is begun
	const char
	    *stuck; // why nothing may start ("disk: 12 MB free"); NULL: nothing stands against it
};

// ---- what is saved ------------------------------------------------------------------------------

enum trigger { TRIGGER_SCHEDULE, TRIGGER_PERSON, TRIGGER_CHANGE, TRIGGER_HEALTH, TRIGGER_KERNELCI };
const char *trigger_name(enum trigger t);
bool trigger_from_name(const char *name, enum trigger *out);

enum health { HEALTH_GOOD, HEALTH_UNKNOWN, HEALTH_BAD, HEALTH_MAINTENANCE, HEALTH_RETIRED };
const char *health_name(enum health h); // "Good", ...
bool health_from_name(const char *name, enum health *out);

enum fire_outcome { FIRE_FIRED, FIRE_MISSED, FIRE_SUPERSEDED, FIRE_SKIPPED };
const char *fire_outcome_name(enum fire_outcome o);
bool fire_outcome_from_name(const char *name, enum fire_outcome *out);

// What became of a nominal time, or of `count` of them that were missed in a row.
struct fire_row {
	char *schedule; // owned, as all strings of rows
	int64_t first_s, last_s, count;
	enum fire_outcome outcome;
	char *reason;
	char batch[PLANNER_ID_SIZE]; // "" none
	int64_t decided_s;
};

struct schedule_row {
	char *name, *text;
	int64_t cursor_s; // all nominal times up to here are accounted for
	int64_t fired;    // how many have been
};

struct batch_row {
	char id[PLANNER_ID_SIZE];
	char *job;
	char *request; // what a person asked for, in his words (JSON); NULL: the job as it is
	char *schedule;
	int64_t nominal_s;
	int64_t ordinal; // among the fires of its schedule
	enum trigger trigger;
	char *board; // of a health check; NULL
	int priority;
	int64_t submitted_s;
	int64_t window_end_s; // PLANNER_NO_TIME: none
	char *submitter;      // a user's name; NULL: the farm itself
	bool begun;
};

struct board_row {
	char *name;
	enum health health;
	char *reason, *who, *link; // of the last change; `who` NULL: the farm; `link`: a run
	int64_t since_s;
	int64_t streak;         // runs in a row that ended by trouble of the lab
	char *streak_job;       // of the first of them
	bool streak_two_jobs;   // not all were of that job
	int64_t checks_failed;  // health checks, in a row
	int64_t next_check_s;   // of a Bad board
	int64_t used_s;         // when its last run ended
	int64_t night;          // day number (UTC, from noon to noon) that is counted:
	int64_t cycles, erases; // in it
	int64_t all_cycles, all_erases;
};

struct reservation_row {
	int64_t id;
	char *board, *who, *why;
	int64_t from_s, until_s;
};

// A run whose end the board's health has taken in.
struct seen_row {
	char batch[PLANNER_ID_SIZE];
	char *run;
};

// What somebody did to the farm, for people.
struct audit_row {
	int64_t at_s;
	char *who, *what;
};

enum row_kind {
	ROW_FIRE,
	ROW_SCHEDULE,
	ROW_BATCH,
	ROW_BOARD,
	ROW_RESERVATION,
	ROW_SEEN,
	ROW_AUDIT
};

// One change: the row as it is now, or (gone) no longer. A batch that is gone takes its seen rows along.
struct planner_change {
	enum row_kind kind;
	bool gone;
	union {
		const struct fire_row *fire;
		const struct schedule_row *schedule;
		const struct batch_row *batch;
		const struct board_row *board;
		const struct reservation_row *reservation;
		const struct seen_row *seen;
		const struct audit_row *audit;
	} row;
};

// ---- what happens -------------------------------------------------------------------------------

enum plan_state { PLAN_PENDING, PLAN_WAITING, PLAN_RUNNING, PLAN_ENDED };
enum plan_why { PLAN_FIRST, PLAN_RETRY, PLAN_CONFIRM };

// A run as the world sees it.
struct plan_run {
	const char *board, *pool, *variant;
	int64_t attempt;
	unsigned cpus;
	int64_t need_s; // at most, from its start to its end
	enum plan_state state;
	const char *id;    // NULL while the batch has not begun
	enum plan_why why; // ... and of which run (`of`), when it is not of the job's own
	const char *of;
	const char *waits;   // PLAN_WAITING: for whom
	enum status verdict; // PLAN_ENDED
	const char *code;    // of the trouble of a MISS; NULL or ""
};

struct plan_candidate {
	const char *pool, *board;
};

// What the job says of all its runs.
struct plan_rules {
	unsigned boards_per_pool; // 0: all
	bool confirm;             // failed tests are run again, here and elsewhere
	unsigned retries;         // at most PLANNER_RETRIES
	const struct plan_candidate
	    *candidates; // all boards of its pools, where a run may be added
	size_t candidates_count;
};

enum action_kind {
	ACTION_EXPAND, // tell the batch's runs: planner_set_runs, or planner_refuse
	ACTION_BEGIN,  // make the batch, with the boards of planner_batch_boards alone
	ACTION_SKIP,   // end the pending run `run` as SKIP: `text`
	ACTION_ADD,    // add a run: `board`, `pool`, `variant`, `why`, `of`
	ACTION_STOP,   // end the batch: `text`
};

struct planner_action {
	enum action_kind kind;
	char batch[PLANNER_ID_SIZE];
	size_t run;                               // its place in planner_set_runs
	char *text, *board, *pool, *variant, *of; // owned
	enum plan_why why;
};

void planner_action_deinit(struct planner_action *a);

struct planner;

struct planner *planner_new(const struct planner_limits *limits);
void planner_free(struct planner *p);
CLEANUP_DEFINE(cleanup_planner, struct planner *, planner_free)
#define CLEANUP_PLANNER CLEANUP(cleanup_planner)

// Rows that were saved, before anything else is told. Copied.
void planner_load(struct planner *p, const struct planner_change *row);

// The configuration, at the start and whenever it is read anew. A board that is gone keeps its row; a
// batch that has not begun is expanded anew.
void planner_set_boards(struct planner *p, const struct planner_board *boards, size_t count);
void planner_set_schedules(struct planner *p, int64_t now_s,
			   const struct planner_schedule *schedules, size_t count);
void planner_set_limits(struct planner *p, const struct planner_limits *limits);

struct planner_request {
	const char *job, *request, *submitter; // as in struct batch_row
	enum trigger trigger;
	int priority;
	int64_t window_s; // from now on; 0: none
};

// Puts a batch into the queue; its id goes to `id`. ERROR_LAB: the queue is full.
struct error *planner_submit(struct planner *p, int64_t now_s, const struct planner_request *r,
			     char id[PLANNER_ID_SIZE]) ERROR_RESULT;
// False: there is no such batch.
bool planner_cancel(struct planner *p, int64_t now_s, const char *batch, const char *who);

// The batch's runs, in the world's order: what it would run, or once it has begun what it has. May be
// told again whenever their number has changed.
void planner_set_runs(struct planner *p, int64_t now_s, const char *batch,
		      const struct plan_rules *rules, const struct plan_run *runs, size_t count);
// The batch cannot be made (its job is wrong, its payload missing): it leaves the queue, on record.
void planner_refuse(struct planner *p, int64_t now_s, const char *batch, const char *why);
// Why a batch left the queue without having begun, as long as that is remembered; "" it is not.
const char *planner_refusal(const struct planner *p, const char *batch);
// How its runs stand now, in the order of planner_set_runs. What is said of an end is taken once. False:
// nothing of it was new.
bool planner_news(struct planner *p, int64_t now_s, const char *batch, const struct plan_run *runs,
		  size_t count);
void planner_batch_ended(struct planner *p, int64_t now_s, const char *batch);

// A person's word on a board; `health` Good ends a quarantine. False: no such board.
bool planner_set_health(struct planner *p, int64_t now_s, const char *board, enum health health,
			const char *who, const char *reason);
// The board was left in an unknown state: a lease whose holder died, a power-off that failed.
void planner_doubt_board(struct planner *p, int64_t now_s, const char *board, const char *reason);

// ERROR_USAGE: no such board, or it overlaps with somebody else's.
struct error *planner_reserve(struct planner *p, const struct reservation_row *r, int64_t now_s,
			      int64_t *id) ERROR_RESULT;
// Ends what `who` reserved of the board (NULL: whoever did). False: there was nothing.
bool planner_release(struct planner *p, int64_t now_s, const char *board, const char *who);

// ---- what is to be done -------------------------------------------------------------------------

// Takes in that it is `now_s`: schedules fire, reservations end, health checks fall due. False: nothing
// did.
bool planner_tick(struct planner *p, int64_t now_s);

// What has changed since planner_saved; the planner's own. Nothing that planner_pick returns may be
// carried out before these are saved.
const struct planner_change *planner_unsaved(struct planner *p, size_t *count);
void planner_saved(struct planner *p);

// What is to be carried out now; the caller frees each and the array. Decides also which runs may begin
// (planner_may_begin), and why each other one waits.
size_t planner_pick(struct planner *p, int64_t now_s, struct planner_action **out);
bool planner_may_begin(const struct planner *p, const char *batch, size_t i);
// When planner_tick has something to do by itself at the latest.
int64_t planner_wake_s(const struct planner *p);

// ---- questions ----------------------------------------------------------------------------------

size_t
planner_batches(const struct planner *p); // that wait or run, in the order in which they are served
const struct batch_row *planner_batch(const struct planner *p, size_t i);
const struct batch_row *planner_find_batch(const struct planner *p, const char *id);
size_t planner_runs(const struct planner *p, const char *batch);
// Valid until the next call that changes something. `why`: what it waits for, as planner_pick found
// last; "" it does not wait.
struct plan_run planner_run(const struct planner *p, const char *batch, size_t i, const char **why);
// Whether the batch is to run on this board (boards_per_pool).
bool planner_uses_board(const struct planner *p, const char *batch, const char *pool,
			const char *board);

size_t planner_boards(const struct planner *p);
const struct board_row *planner_board_row(const struct planner *p, size_t i);
const struct board_row *planner_find_board(const struct planner *p, const char *name);
// The batch whose run the board has; NULL: none of the farm's.
const struct batch_row *planner_user(const struct planner *p, const char *board);
size_t planner_reservations(const struct planner *p);
const struct reservation_row *planner_reservation(const struct planner *p, size_t i);
// The reservation that holds now, or the next one; NULL: none.
const struct reservation_row *planner_reserved(const struct planner *p, const char *board,
					       int64_t now_s);

#endif
