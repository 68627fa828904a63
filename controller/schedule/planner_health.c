// SPDX-License-Identifier: GPL-2.0-or-later
// The health of boards: what runs, health checks and people say of them.
#include <string.h>

#include "base/memory.h"
#include "schedule/planner_state.h"

#define DAY_S  INT64_C(86400)
#define NOON_S (DAY_S / 2)

// From noon to noon, so that a night is one.
int64_t planner_night(int64_t now_s)
{
	int64_t since = now_s - NOON_S;
	return since >= 0 ? since / DAY_S : -((DAY_S - 1 - since) / DAY_S);
}

// What a person said stands until a person says something else; his "Good" is a beginning.
static bool is_held_by_person(const struct planned_board *b)
{
	return b->row.who && b->row.health != HEALTH_GOOD;
}

static void set_health(struct planner *p, int64_t now_s, struct planned_board *b,
		       enum health health, const char *who, const char *reason)
{
	if (b->row.health != health)
		planner_note(p, now_s, who, "%s is %s: %s", b->row.name, health_name(health),
			     reason);
	b->row.health = health;
	b->row.since_s = now_s;
	planner_text(&b->row.reason, reason);
	planner_text(&b->row.who, who);
	b->dirty = true;
}

// ---- what the farm finds out --------------------------------------------------------------------

static void make_good(struct planner *p, int64_t now_s, struct planned_board *b, const char *reason)
{
	b->row.streak = b->row.checks_failed = 0;
	b->row.streak_two_jobs = false;
	b->row.next_check_s = PLANNER_NO_TIME;
	planner_text(&b->row.streak_job, NULL);
	planner_text(&b->row.link, NULL);
	set_health(p, now_s, b, HEALTH_GOOD, NULL, reason);
}

// Doubles with each failure; after the last one a person must look.
static int64_t next_check(const struct planned_board *b, int64_t now_s)
{
	if (b->row.checks_failed >= PLANNER_CHECKS_MAX)
		return PLANNER_NO_TIME;
	int64_t wait_s = PLANNER_CHECK_FIRST_S;
	for (int64_t i = 1; i < b->row.checks_failed && wait_s < PLANNER_CHECK_LAST_S; i++)
		wait_s *= 2;
	return now_s + (wait_s < PLANNER_CHECK_LAST_S ? wait_s : PLANNER_CHECK_LAST_S);
}

static void make_bad(struct planner *p, int64_t now_s, struct planned_board *b, const char *run,
		     const char *reason)
{
	b->row.checks_failed++;
	b->row.next_check_s = next_check(b, now_s);
	planner_text(&b->row.link, run);
	set_health(p, now_s, b, HEALTH_BAD, NULL, reason);
}

static void doubt(struct planner *p, int64_t now_s, struct planned_board *b, const char *run,
		  const char *reason)
{
	if (b->row.health != HEALTH_GOOD && b->row.health != HEALTH_UNKNOWN)
		return;
	planner_text(&b->row.link, run);
	set_health(p, now_s, b, HEALTH_UNKNOWN, NULL, reason);
}

void planner_doubt_board(struct planner *p, int64_t now_s, const char *board, const char *reason)
{
	struct planned_board *b = planner_board_find(p, board);
	if (b && !is_held_by_person(b))
		doubt(p, now_s, b, NULL, reason);
}

static void take_check(struct planner *p, int64_t now_s, const struct queued_run *run)
{
	struct planned_board *b = run->board;
	if (run->verdict == STATUS_SKIP)
		return; // it was not carried out
	if (run->verdict == STATUS_PASS || run->verdict == STATUS_DONE) {
		make_good(p, now_s, b, "its health check passed");
		return;
	}
	CLEANUP_FREE char *reason =
	    memory_printf("its health check ended as %s", status_name(run->verdict));
	make_bad(p, now_s, b, run->id, reason);
}

// A busy host and a wrong file are not the board's fault.
static bool is_boards_trouble(const struct queued_run *run)
{
	const char *code = run->code ? run->code : "";
	return run->verdict == STATUS_MISS && strcmp(code, "HostBusy") != 0 &&
	       strcmp(code, "Configuration") != 0;
}

static void count_trouble(struct planner *p, int64_t now_s, const struct queued_run *run)
{
	struct planned_board *b = run->board;
	const char *job = run->batch->row.job;
	if (!b->row.streak)
		planner_text(&b->row.streak_job, job);
	b->row.streak++;
	b->row.streak_two_jobs |= b->row.streak_job && strcmp(b->row.streak_job, job) != 0;
	b->dirty = true;
	if (b->row.streak < PLANNER_STREAK || !b->row.streak_two_jobs) {
		doubt(p, now_s, b, run->id, "its last run was trouble of the lab");
		return;
	}
	CLEANUP_FREE char *reason =
	    memory_printf("%lld runs in a row, of several jobs, were trouble of the lab",
			  (long long)b->row.streak);
	make_bad(p, now_s, b, run->id, reason);
}

static void count_use(struct planned_board *b, int64_t now_s)
{
	int64_t night = planner_night(now_s);
	if (b->row.night != night) {
		b->row.night = night;
		b->row.cycles = b->row.erases = 0;
	}
	b->row.used_s = now_s;
	b->row.cycles++;
	b->row.all_cycles++;
	b->row.erases += b->erases;
	b->row.all_erases += b->erases;
	b->dirty = true;
}

void planner_health_take(struct planner *p, int64_t now_s, struct queued_run *run)
{
	struct planned_board *b = run->board;
	if (run->verdict == STATUS_SKIP)
		return;
	count_use(b, now_s);
	if (is_held_by_person(b) || run->batch->stopped)
		return;
	if (run->code && strcmp(run->code, "HookQuarantine") == 0) {
		make_bad(p, now_s, b, run->id, "a hook of its lease failed");
		return;
	}
	if (run->batch->row.trigger == TRIGGER_HEALTH) {
		take_check(p, now_s, run);
		return;
	}
	if (is_boards_trouble(run)) {
		count_trouble(p, now_s, run);
		return;
	}
	b->row.streak = 0;
	b->row.streak_two_jobs = false;
	if (b->row.health == HEALTH_UNKNOWN && !b->health_check)
		make_good(p, now_s, b, "a run came to its end");
}

// ---- health checks ------------------------------------------------------------------------------

static bool wants_check(const struct planned_board *b, int64_t now_s)
{
	if (!b->known || b->checked || is_held_by_person(b))
		return false;
	if (b->row.health == HEALTH_UNKNOWN)
		return b->health_check != NULL;
	return b->row.health == HEALTH_BAD && b->row.next_check_s <= now_s;
}

static void queue_check(struct planner *p, int64_t now_s, struct planned_board *b)
{
	const struct batch_row row = {
	    .job = b->health_check,
	    .board = b->row.name,
	    .nominal_s = now_s,
	    .trigger = TRIGGER_HEALTH,
	    .priority = PLANNER_PRIORITY_MAX,
	    .window_end_s = PLANNER_NO_TIME,
	};
	planner_batch_add(p, now_s, &row);
	b->checked = true;
}

// A board without a health check is tried with the next job instead.
bool planner_health_check(struct planner *p, int64_t now_s)
{
	bool changed = false;
	for (size_t i = 0; i < p->boards_count; i++) {
		struct planned_board *b = p->boards[i];
		if (!wants_check(b, now_s))
			continue;
		changed = true;
		if (b->health_check)
			queue_check(p, now_s, b);
		else
			set_health(p, now_s, b, HEALTH_UNKNOWN, NULL,
				   "on probation: its next run tells");
	}
	return changed;
}

int64_t planner_health_wake(const struct planner *p)
{
	int64_t wake = PLANNER_NO_TIME;
	for (size_t i = 0; i < p->boards_count; i++) {
		const struct planned_board *b = p->boards[i];
		if (b->known && !b->checked && !is_held_by_person(b) &&
		    b->row.health == HEALTH_BAD && b->row.next_check_s < wake)
			wake = b->row.next_check_s;
	}
	return wake;
}

void planner_health_refuse(struct planner *p, int64_t now_s, struct planned_board *b,
			   const char *why)
{
	CLEANUP_FREE char *reason = memory_printf("its health check cannot be made: %s", why);
	make_bad(p, now_s, b, NULL, reason);
}

// ---- people -------------------------------------------------------------------------------------

bool planner_set_health(struct planner *p, int64_t now_s, const char *board, enum health health,
			const char *who, const char *reason)
{
	struct planned_board *b = planner_board_find(p, board);
	if (!b)
		return false;
	if (health == HEALTH_GOOD)
		make_good(p, now_s, b, reason);
	else
		set_health(p, now_s, b, health, who, reason);
	planner_text(&b->row.who, who);
	planner_note(p, now_s, who, "says that %s is %s: %s", board, health_name(health), reason);
	return true;
}

// ---- who may have a board -----------------------------------------------------------------------

bool planner_health_usable(const struct planned_board *b)
{
	return b->known && (b->row.health == HEALTH_GOOD || b->row.health == HEALTH_UNKNOWN);
}

// A board in maintenance is for the one who said so.
static bool is_maintainer(const struct planned_board *b, const struct queued_batch *batch)
{
	return b->row.health == HEALTH_MAINTENANCE && b->row.who && batch->row.submitter &&
	       strcmp(b->row.who, batch->row.submitter) == 0;
}

bool planner_health_holds(const struct planned_board *b, const struct queued_batch *batch)
{
	bool check = batch->row.trigger == TRIGGER_HEALTH;
	return b->row.health != HEALTH_GOOD && !is_maintainer(b, batch) &&
	       !(check && (b->row.health == HEALTH_UNKNOWN || b->row.health == HEALTH_BAD)) &&
	       !(b->row.health == HEALTH_UNKNOWN && !b->health_check);
}

char *planner_health_explain(const struct planned_board *b)
{
	if (b->row.health == HEALTH_UNKNOWN)
		return memory_printf("board %s waits for its health check (%s)", b->row.name,
				     b->row.reason ? b->row.reason : "it is new");
	return memory_printf("board %s is %s: %s%s%s", b->row.name, health_name(b->row.health),
			     b->row.reason ? b->row.reason : "", b->row.who ? ", says " : "",
			     b->row.who ? b->row.who : "");
}
