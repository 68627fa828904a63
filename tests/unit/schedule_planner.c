// SPDX-License-Identifier: GPL-2.0-or-later
// The planner's rules, one by one: order, holds, windows, reservations, caps, health, retries,
// confirmations, schedules; and that what it saves is what it is.
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "calendar/calendar.h"
#include "schedule/planner.h"
#include "schedule/state.h"

#define T0 INT64_C(1774656000) // noon or midnight does not matter: 2026-03-28T00:00:00Z

static const char *const names[] = {"b0", "b1", "b2", "b3"};
#define BOARDS 4

struct bench {
	struct planner *p;
	struct planner_board boards[BOARDS];
};

static void set_boards(struct bench *b)
{
	planner_set_boards(b->p, b->boards, BOARDS);
}

static int set_up(void **state)
{
	struct bench *b = memory_new(1, sizeof(*b));
	const struct planner_limits limits = {.cpus = 8, .seed = 7};
	b->p = planner_new(&limits);
	for (size_t i = 0; i < BOARDS; i++)
		b->boards[i] = (struct planner_board){.name = names[i], .type = i < 2 ? "x" : "y"};
	set_boards(b);
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;
	planner_free(b->p);
	free(b);
	return 0;
}

// ---- helpers ------------------------------------------------------------------------------------

static struct plan_run run_on(const char *board, const char *variant)
{
	return (struct plan_run){.board = board,
				 .pool = "all",
				 .variant = variant,
				 .attempt = 1,
				 .cpus = 2,
				 .need_s = 100};
}

static void submit(struct bench *b, int64_t now_s, const char *job, int priority,
		   char id[PLANNER_ID_SIZE])
{
	const struct planner_request r = {
	    .job = job, .priority = priority, .trigger = TRIGGER_CHANGE};
	assert_null(planner_submit(b->p, now_s, &r, id));
}

static void set_runs(struct bench *b, int64_t now_s, const char *id, unsigned per_pool,
		     const struct plan_run *runs, size_t count)
{
	struct plan_candidate all[BOARDS];
	for (size_t i = 0; i < BOARDS; i++)
		all[i] = (struct plan_candidate){"all", names[i]};
	const struct plan_rules rules = {.boards_per_pool = per_pool,
					 .confirm = true,
					 .retries = PLANNER_RETRIES,
					 .candidates = all,
					 .candidates_count = BOARDS};
	planner_set_runs(b->p, now_s, id, &rules, runs, count);
}

// Picks, and says how many actions of the kind came, and the first of them in *out.
static size_t pick(struct bench *b, int64_t now_s, enum action_kind kind,
		   struct planner_action *out)
{
	struct planner_action *actions;
	size_t count = planner_pick(b->p, now_s, &actions), found = 0;
	for (size_t i = 0; i < count; i++) {
		if (actions[i].kind == kind && !found++ && out)
			*out = actions[i];
		else
			planner_action_deinit(&actions[i]);
	}
	free(actions);
	return found;
}

static const char *why(struct bench *b, const char *id, size_t i)
{
	const char *text;
	(void)planner_run(b->p, id, i, &text);
	return text;
}

static void news(struct bench *b, int64_t now_s, const char *id, size_t i, struct plan_run run,
		 const char *run_id, enum plan_state state, enum status verdict)
{
	struct plan_run all[BOARDS * 4];
	const char *text;
	size_t count = planner_runs(b->p, id);
	assert_true(i < count && count <= BOARDS * 4);
	for (size_t j = 0; j < count; j++)
		all[j] = planner_run(b->p, id, j, &text);
	run.id = run_id;
	run.state = state;
	run.verdict = verdict;
	all[i] = run;
	planner_news(b->p, now_s, id, all, count);
}

// A batch of one run that ends so.
static void run_once(struct bench *b, int64_t now_s, const char *job, const char *board,
		     enum status verdict)
{
	char id[PLANNER_ID_SIZE];
	submit(b, now_s, job, 10, id);
	const struct plan_run run = run_on(board, "v");
	set_runs(b, now_s, id, 0, &run, 1);
	pick(b, now_s, ACTION_BEGIN, NULL);
	CLEANUP_FREE char *run_id = memory_printf("%s~run", id);
	news(b, now_s, id, 0, run, run_id, PLAN_RUNNING, STATUS_NONE);
	news(b, now_s, id, 0, run, run_id, PLAN_ENDED, verdict);
	planner_batch_ended(b->p, now_s, id);
	planner_saved(b->p);
}

static enum health health_of(struct bench *b, const char *board)
{
	return planner_find_board(b->p, board)->health;
}

// ---- order --------------------------------------------------------------------------------------

static void the_higher_priority_goes_first(void **state)
{
	struct bench *b = *state;
	char low[PLANNER_ID_SIZE], high[PLANNER_ID_SIZE];
	const struct plan_run run = run_on("b0", "v");
	submit(b, T0, "low", 10, low);
	submit(b, T0 + 1, "high", 11, high);
	set_runs(b, T0 + 1, low, 0, &run, 1);
	set_runs(b, T0 + 1, high, 0, &run, 1);
	pick(b, T0 + 1, ACTION_BEGIN, NULL);
	assert_true(planner_may_begin(b->p, high, 0));
	assert_false(planner_may_begin(b->p, low, 0));
	assert_non_null(strstr(why(b, low, 0), "b0 runs v of high"));
	assert_string_equal(why(b, high, 0), "");
}

// A point of priority each ten minutes: 40 points are 400 minutes.
static void what_waits_long_enough_goes_before_what_is_more_important(void **state)
{
	struct bench *b = *state;
	char old[PLANNER_ID_SIZE], fresh[PLANNER_ID_SIZE];
	const struct plan_run run = run_on("b0", "v");
	for (int64_t gap = 399 * 60; gap <= 401 * 60; gap += 120) {
		struct bench own = *b;
		const struct planner_limits limits = {.cpus = 8, .seed = 1};
		own.p = planner_new(&limits);
		set_boards(&own);
		submit(&own, T0, "old", 10, old);
		submit(&own, T0 + gap, "fresh", 50, fresh);
		set_runs(&own, T0 + gap, old, 0, &run, 1);
		set_runs(&own, T0 + gap, fresh, 0, &run, 1);
		pick(&own, T0 + gap, ACTION_BEGIN, NULL);
		assert_int_equal(planner_may_begin(own.p, old, 0), gap > 400 * 60);
		planner_free(own.p);
	}
}

static void a_small_run_does_not_slip_past_one_that_needs_more_cpus(void **state)
{
	struct bench *b = *state;
	char id[PLANNER_ID_SIZE];
	struct plan_run runs[] = {run_on("b0", "v"), run_on("b1", "v"), run_on("b2", "v")};
	runs[0].cpus = 6;
	runs[1].cpus = 4;
	submit(b, T0, "j", 10, id);
	set_runs(b, T0, id, 0, runs, 3);
	pick(b, T0, ACTION_BEGIN, NULL);
	assert_true(planner_may_begin(b->p, id, 0));
	assert_false(planner_may_begin(b->p, id, 1));
	assert_false(planner_may_begin(b->p, id, 2));
	assert_string_equal(why(b, id, 1), "6 of 8 CPUs are in use, board b1 needs 4");
	assert_string_equal(why(b, id, 2), "v of j on b1 goes first, and needs 4 CPUs");
}

static void a_run_with_more_cpus_than_there_are_runs_alone(void **state)
{
	struct bench *b = *state;
	char id[PLANNER_ID_SIZE];
	struct plan_run run = run_on("b0", "v");
	run.cpus = 100;
	submit(b, T0, "j", 10, id);
	set_runs(b, T0, id, 0, &run, 1);
	pick(b, T0, ACTION_BEGIN, NULL);
	assert_true(planner_may_begin(b->p, id, 0));
}

// ---- holds --------------------------------------------------------------------------------------

static void nothing_begins_while_the_farm_drains(void **state)
{
	struct bench *b = *state;
	char id[PLANNER_ID_SIZE];
	const struct planner_limits drained = {.cpus = 8, .seed = 7, .draining = true};
	const struct plan_run run = run_on("b0", "v");
	submit(b, T0, "j", 10, id);
	set_runs(b, T0, id, 0, &run, 1);
	planner_set_limits(b->p, &drained);
	assert_int_equal(pick(b, T0, ACTION_BEGIN, NULL), 0);
	assert_non_null(strstr(why(b, id, 0), "draining"));
}

static void a_reserved_board_is_for_the_one_who_reserved_it(void **state)
{
	struct bench *b = *state;
	char other[PLANNER_ID_SIZE], own[PLANNER_ID_SIZE];
	int64_t number;
	const struct reservation_row r = {.board = (char *)(uintptr_t) "b0",
					  .who = (char *)(uintptr_t) "alice",
					  .why = (char *)(uintptr_t) "bisect",
					  .from_s = T0 + 99,
					  .until_s = T0 + 1000};
	assert_null(planner_reserve(b->p, &r, T0, &number));
	struct error *e = planner_reserve(b->p, &r, T0, &number);
	assert_non_null(e);
	error_free(e);
	const int64_t ends[] = {T0 + PLANNER_RESERVE_S + 1, INT64_MAX};
	for (size_t i = 0; i < 2; i++) { // nor for longer than anybody can mean
		struct reservation_row long_one = r;
		long_one.from_s = T0 + 2000;
		long_one.until_s = ends[i];
		e = planner_reserve(b->p, &long_one, T0, &number);
		assert_non_null(e);
		error_free(e);
	}
	const struct plan_run run = run_on("b0", "v"); // needs 100 s, 99 are left
	submit(b, T0, "j", 90, other);
	set_runs(b, T0, other, 0, &run, 1);
	const struct planner_request mine = {
	    .job = "k", .submitter = "alice", .trigger = TRIGGER_PERSON, .priority = 1};
	assert_null(planner_submit(b->p, T0, &mine, own));
	set_runs(b, T0, own, 0, &run, 1);
	pick(b, T0, ACTION_BEGIN, NULL);
	assert_false(planner_may_begin(b->p, other, 0));
	assert_true(planner_may_begin(b->p, own, 0));
	assert_non_null(strstr(why(b, other, 0), "b0")); // reserved, or by then alice's
	planner_cancel(b->p, T0, own, "alice");
	planner_saved(b->p);
	planner_tick(b->p, T0 + 1000);
	pick(b, T0 + 1000, ACTION_BEGIN, NULL);
	assert_true(planner_may_begin(b->p, other, 0));
}

static void what_cannot_end_in_its_window_is_skipped_on_record(void **state)
{
	struct bench *b = *state;
	char id[PLANNER_ID_SIZE];
	const struct plan_run runs[] = {run_on("b0", "v"), run_on("b0", "w")};
	const struct planner_request r = {.job = "j", .trigger = TRIGGER_CHANGE, .window_s = 150};
	assert_null(planner_submit(b->p, T0, &r, id));
	set_runs(b, T0, id, 0, runs, 2);
	pick(b, T0 + 50, ACTION_BEGIN, NULL);
	assert_true(planner_may_begin(b->p, id, 0));
	news(b, T0 + 50, id, 0, runs[0], "r0", PLAN_RUNNING, STATUS_NONE);
	news(b, T0 + 50, id, 1, runs[1], "r1", PLAN_PENDING, STATUS_NONE);
	struct planner_action skip;
	assert_int_equal(pick(b, T0 + 51, ACTION_SKIP, &skip), 1);
	assert_int_equal(skip.run, 1);
	assert_non_null(strstr(skip.text, "the window ends at 2026-03-28T00:02:30Z"));
	assert_non_null(strstr(skip.text, "b0 runs v of j"));
	planner_action_deinit(&skip);
}

static void a_batch_of_which_nothing_can_run_does_not_begin(void **state)
{
	struct bench *b = *state;
	char id[PLANNER_ID_SIZE];
	const struct plan_run run = run_on("b0", "v");
	const struct planner_request r = {.job = "j", .trigger = TRIGGER_CHANGE, .window_s = 99};
	assert_null(planner_submit(b->p, T0, &r, id));
	set_runs(b, T0, id, 0, &run, 1);
	assert_int_equal(pick(b, T0, ACTION_BEGIN, NULL), 0);
	assert_null(planner_find_batch(b->p, id));
	assert_non_null(strstr(planner_refusal(b->p, id), "the window ends"));
}

static void a_cap_of_power_cycles_holds_for_the_night(void **state)
{
	struct bench *b = *state;
	char id[PLANNER_ID_SIZE];
	b->boards[0].power_cap = 2;
	set_boards(b);
	run_once(b, T0, "j", "b0", STATUS_PASS);
	run_once(b, T0 + 1, "j", "b0", STATUS_PASS);
	const struct plan_run run = run_on("b0", "v");
	submit(b, T0 + 2, "j", 10, id);
	set_runs(b, T0 + 2, id, 0, &run, 1);
	pick(b, T0 + 2, ACTION_BEGIN, NULL);
	assert_false(planner_may_begin(b->p, id, 0));
	assert_string_equal(why(b, id, 0), "board b0 has had its 2 power cycles of this night");
	pick(b, T0 + 86400, ACTION_BEGIN, NULL);
	assert_true(planner_may_begin(b->p, id, 0));
}

// ---- boards of a pool ---------------------------------------------------------------------------

static void a_job_of_two_boards_a_pool_takes_the_least_recently_used(void **state)
{
	struct bench *b = *state;
	char id[PLANNER_ID_SIZE];
	run_once(b, T0, "j", "b0", STATUS_PASS);
	run_once(b, T0 + 1, "j", "b2", STATUS_PASS);
	const struct plan_run runs[] = {run_on("b0", "v"), run_on("b1", "v"), run_on("b2", "v"),
					run_on("b3", "v")};
	submit(b, T0 + 2, "j", 10, id);
	set_runs(b, T0 + 2, id, 2, runs, 4);
	assert_false(planner_uses_board(b->p, id, "all", "b0"));
	assert_true(planner_uses_board(b->p, id, "all", "b1"));
	assert_false(planner_uses_board(b->p, id, "all", "b2"));
	assert_true(planner_uses_board(b->p, id, "all", "b3"));
	planner_set_health(b->p, T0 + 2, "b1", HEALTH_RETIRED, "alice", "broken");
	set_runs(b, T0 + 2, id, 2, runs, 4);
	assert_true(planner_uses_board(b->p, id, "all", "b0"));
	assert_false(planner_uses_board(b->p, id, "all", "b1"));
}

// ---- health -------------------------------------------------------------------------------------

static void trouble_in_a_row_of_two_jobs_makes_a_board_bad(void **state)
{
	struct bench *b = *state;
	run_once(b, T0, "j", "b0", STATUS_MISS);
	run_once(b, T0 + 1, "j", "b0", STATUS_MISS);
	run_once(b, T0 + 2, "j", "b0", STATUS_MISS);
	run_once(b, T0 + 3, "j", "b0", STATUS_MISS);
	assert_int_equal(health_of(b, "b0"), HEALTH_UNKNOWN); // all of one job
	run_once(b, T0 + 4, "k", "b0", STATUS_MISS);
	assert_int_equal(health_of(b, "b0"), HEALTH_BAD);
	assert_non_null(planner_find_board(b->p, "b0")->link);
	run_once(b, T0 + 5, "j", "b1", STATUS_MISS);
	run_once(b, T0 + 6, "k", "b1", STATUS_MISS);
	run_once(b, T0 + 7, "k", "b1", STATUS_FAIL); // the code's fault: the board is well
	run_once(b, T0 + 8, "k", "b1", STATUS_MISS);
	assert_int_equal(health_of(b, "b1"), HEALTH_UNKNOWN);
}

static void a_bad_board_gets_no_job_until_its_probation(void **state)
{
	struct bench *b = *state;
	char id[PLANNER_ID_SIZE];
	for (int i = 0; i < 3; i++)
		run_once(b, T0 + i, i ? "j" : "k", "b0", STATUS_MISS);
	assert_int_equal(health_of(b, "b0"), HEALTH_BAD);
	const struct plan_run run = run_on("b0", "v");
	submit(b, T0 + 4, "j", 10, id);
	set_runs(b, T0 + 4, id, 0, &run, 1);
	assert_int_equal(pick(b, T0 + 4, ACTION_BEGIN, NULL), 0);
	assert_non_null(strstr(planner_refusal(b->p, id), "b0 is Bad"));
	assert_true(planner_wake_s(b->p) <= T0 + 3 + PLANNER_CHECK_FIRST_S);
	planner_tick(b->p, T0 + 4 + PLANNER_CHECK_FIRST_S);
	assert_int_equal(health_of(b, "b0"), HEALTH_UNKNOWN);
	run_once(b, T0 + 5 + PLANNER_CHECK_FIRST_S, "j", "b0", STATUS_PASS);
	assert_int_equal(health_of(b, "b0"), HEALTH_GOOD);
}

// The one batch of the queue, a health check, ends so.
static void end_check(struct bench *b, int64_t now_s, enum status verdict)
{
	assert_int_equal(planner_batches(b->p), 1);
	const struct batch_row *row = planner_batch(b->p, 0);
	assert_int_equal(row->trigger, TRIGGER_HEALTH);
	char id[PLANNER_ID_SIZE];
	memcpy(id, row->id, sizeof(id));
	const struct plan_run run = run_on(row->board, "check");
	set_runs(b, now_s, id, 0, &run, 1);
	pick(b, now_s, ACTION_BEGIN, NULL);
	assert_true(planner_may_begin(b->p, id, 0));
	CLEANUP_FREE char *run_id = memory_printf("%s~check", id);
	news(b, now_s, id, 0, run, run_id, PLAN_ENDED, verdict);
	planner_batch_ended(b->p, now_s, id);
	planner_saved(b->p);
}

static void a_board_is_checked_before_its_first_job_and_after_trouble(void **state)
{
	struct bench *b = *state;
	for (size_t i = 0; i < BOARDS; i++)
		b->boards[i].health_check = i == 0 ? "check" : NULL;
	set_boards(b);
	planner_tick(b->p, T0);
	end_check(b, T0, STATUS_PASS);
	assert_int_equal(health_of(b, "b0"), HEALTH_GOOD);
	planner_tick(b->p, T0 + 1);
	assert_int_equal(planner_batches(b->p), 0);
	run_once(b, T0 + 2, "j", "b0", STATUS_MISS);
	assert_int_equal(health_of(b, "b0"), HEALTH_UNKNOWN);
	planner_tick(b->p, T0 + 3);
	end_check(b, T0 + 3, STATUS_FAIL);
	assert_int_equal(health_of(b, "b0"), HEALTH_BAD);
}

// 15, 15, 30, 60 minutes, and after the sixth failure no more.
static void failed_checks_are_repeated_ever_later_and_then_left_to_a_person(void **state)
{
	struct bench *b = *state;
	b->boards[0].health_check = "check";
	set_boards(b);
	int64_t now = T0;
	for (int i = 0; i < PLANNER_CHECKS_MAX; i++) {
		planner_tick(b->p, now);
		end_check(b, now, STATUS_MISS);
		int64_t next = planner_find_board(b->p, "b0")->next_check_s;
		int64_t wanted = i + 1 == PLANNER_CHECKS_MAX
				     ? PLANNER_NO_TIME
				     : now + (PLANNER_CHECK_FIRST_S << (i > 0 ? i : 0));
		assert_int_equal(next, wanted);
		if (next == PLANNER_NO_TIME)
			break;
		planner_tick(b->p, next - 1);
		assert_int_equal(planner_batches(b->p), 0);
		now = next;
	}
	planner_tick(b->p, now + INT64_C(86400) * 365);
	assert_int_equal(planner_batches(b->p), 0);
	assert_true(planner_set_health(b->p, now, "b0", HEALTH_GOOD, "alice", "new cable"));
	assert_int_equal(health_of(b, "b0"), HEALTH_GOOD);
}

static void a_persons_word_stands(void **state)
{
	struct bench *b = *state;
	char id[PLANNER_ID_SIZE], own[PLANNER_ID_SIZE];
	const struct plan_run run = run_on("b0", "v");
	planner_set_health(b->p, T0, "b0", HEALTH_MAINTENANCE, "alice", "new fan");
	submit(b, T0, "j", 10, id);
	set_runs(b, T0, id, 0, &run, 1);
	pick(b, T0, ACTION_BEGIN, NULL);
	assert_non_null(strstr(planner_refusal(b->p, id), "Maintenance: new fan, says alice"));
	const struct planner_request mine = {
	    .job = "k", .submitter = "alice", .trigger = TRIGGER_PERSON, .priority = 1};
	assert_null(planner_submit(b->p, T0, &mine, own));
	set_runs(b, T0, own, 0, &run, 1);
	pick(b, T0, ACTION_BEGIN, NULL);
	assert_true(planner_may_begin(b->p, own, 0));
	news(b, T0, own, 0, run, "x", PLAN_ENDED, STATUS_PASS);
	planner_doubt_board(b->p, T0, "b0", "a lease whose holder died");
	assert_int_equal(health_of(b, "b0"), HEALTH_MAINTENANCE);
}

// ---- retries and confirmations ------------------------------------------------------------------

static void trouble_of_the_lab_is_retried_on_another_board_at_most_twice(void **state)
{
	struct bench *b = *state;
	char id[PLANNER_ID_SIZE];
	struct plan_run runs[3] = {run_on("b0", "v")};
	submit(b, T0, "j", 10, id);
	set_runs(b, T0, id, 1, runs, 1);
	pick(b, T0, ACTION_BEGIN, NULL);
	struct planner_action add;
	static const char *const ids[] = {"r0", "r1", "r2"};
	for (size_t n = 0; n < 3; n++) {
		news(b, T0, id, n, runs[n], ids[n], PLAN_RUNNING, STATUS_NONE);
		news(b, T0, id, n, runs[n], ids[n], PLAN_ENDED, STATUS_MISS);
		size_t found = pick(b, T0, ACTION_ADD, &add);
		assert_int_equal(found, n < 2);
		if (!found)
			break;
		assert_int_equal(add.why, PLAN_RETRY);
		assert_string_equal(add.of, ids[n]);
		// Of the same type first.
		assert_string_equal(add.board, n == 0 ? "b1" : "b2");
		runs[n + 1] = run_on(n == 0 ? "b1" : "b2", "v");
		runs[n + 1].why = PLAN_RETRY;
		runs[n + 1].of = ids[n];
		struct plan_run all[3];
		memcpy(all, runs, sizeof(all));
		for (size_t i = 0; i <= n; i++) {
			all[i].id = ids[i];
			all[i].state = PLAN_ENDED;
			all[i].verdict = STATUS_MISS;
		}
		all[n + 1].id = ids[n + 1];
		set_runs(b, T0, id, 1, all, n + 2);
		planner_action_deinit(&add);
	}
}

static void a_failed_test_is_run_again_here_and_elsewhere(void **state)
{
	struct bench *b = *state;
	char id[PLANNER_ID_SIZE];
	const struct plan_run run = run_on("b0", "v");
	submit(b, T0, "j", 10, id);
	set_runs(b, T0, id, 0, &run, 1);
	pick(b, T0, ACTION_BEGIN, NULL);
	news(b, T0, id, 0, run, "r0", PLAN_ENDED, STATUS_FAIL);
	struct planner_action *actions;
	size_t count = planner_pick(b->p, T0, &actions), here = 0, there = 0;
	for (size_t i = 0; i < count; i++) {
		if (actions[i].kind == ACTION_ADD && actions[i].why == PLAN_CONFIRM) {
			here += strcmp(actions[i].board, "b0") == 0;
			there += strcmp(actions[i].board, "b1") == 0;
		}
		planner_action_deinit(&actions[i]);
	}
	free(actions);
	assert_int_equal(here, 1);
	assert_int_equal(there, 1);
}

// ---- schedules ----------------------------------------------------------------------------------

struct fired {
	struct planner_schedule s;
	struct zone *zone;
	struct calendar *calendar;
};

static void make_schedule(struct fired *f, const char *text, enum catch_up catch_up)
{
	*f = (struct fired){.zone = zone_new_utc()};
	assert_null(calendar_parse(text, f->zone, &f->calendar));
	f->s = (struct planner_schedule){.name = "night",
					 .job = "j",
					 .text = text,
					 .calendar = f->calendar,
					 .window_s = 6 * 3600,
					 .catch_up = catch_up,
					 .priority = 5};
}

static void end_schedule(struct fired *f)
{
	calendar_free(f->calendar);
	zone_free(f->zone);
}

static size_t count_fires(struct bench *b, enum fire_outcome outcome)
{
	size_t count, n = 0;
	const struct planner_change *c = planner_unsaved(b->p, &count);
	for (size_t i = 0; i < count; i++)
		if (c[i].kind == ROW_FIRE && c[i].row.fire->outcome == outcome)
			n += (size_t)c[i].row.fire->count;
	return n;
}

static void a_nominal_time_fires_once_whatever_the_clock_does(void **state)
{
	struct bench *b = *state;
	struct fired f;
	make_schedule(&f, "30 2 * * *", CATCH_UP_ONCE);
	planner_set_schedules(b->p, T0, &f.s, 1);
	int64_t at = T0 + 2 * 3600 + 1800;
	assert_int_equal(planner_wake_s(b->p), at);
	static const int64_t clocks[] = {0, -3600, 10, -10800, 0, 3600, 1};
	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++)
		planner_tick(b->p, at + clocks[i]);
	assert_int_equal(count_fires(b, FIRE_FIRED), 1);
	assert_int_equal(planner_batches(b->p), 1);
	assert_int_equal(planner_batch(b->p, 0)->nominal_s, at);
	assert_int_equal(planner_batch(b->p, 0)->window_end_s, at + 6 * 3600);
	end_schedule(&f);
}

static void missed_times_are_caught_up_as_the_schedule_says(void **state)
{
	struct bench *b = *state;
	const struct {
		enum catch_up catch_up;
		size_t fired, missed;
	} cases[] = {{CATCH_UP_ONCE, 1, 11}, {CATCH_UP_ALL, 6, 6}, {CATCH_UP_NONE, 1, 11}};
	for (size_t i = 0; i < 3; i++) {
		struct bench own = *b;
		const struct planner_limits limits = {.cpus = 8, .seed = 1};
		own.p = planner_new(&limits);
		struct fired f;
		make_schedule(&f, "0 * * * *", cases[i].catch_up);
		f.s.backlog = BACKLOG_ALL;
		planner_set_schedules(own.p, T0, &f.s, 1);
		planner_tick(own.p, T0 + 12 * 3600 + 60);
		assert_int_equal(count_fires(&own, FIRE_FIRED), cases[i].fired);
		assert_int_equal(count_fires(&own, FIRE_MISSED), cases[i].missed);
		planner_free(own.p);
		end_schedule(&f);
	}
}

static void a_batch_that_waits_gives_way_to_the_next_one(void **state)
{
	struct bench *b = *state;
	struct fired f;
	make_schedule(&f, "0 * * * *", CATCH_UP_ONCE);
	planner_set_schedules(b->p, T0, &f.s, 1);
	for (int i = 1; i <= 3; i++)
		planner_tick(b->p, T0 + i * 3600);
	assert_int_equal(count_fires(b, FIRE_SUPERSEDED), 2);
	planner_saved(b->p);
	assert_int_equal(planner_batches(b->p), 1);
	assert_int_equal(planner_batch(b->p, 0)->nominal_s, T0 + 3 * 3600);
	end_schedule(&f);
}

static void another_text_is_another_schedule_that_begins_now(void **state)
{
	struct bench *b = *state;
	struct fired f, g;
	make_schedule(&f, "30 2 * * *", CATCH_UP_ONCE);
	make_schedule(&g, "0 1 * * *", CATCH_UP_ONCE);
	planner_set_schedules(b->p, T0, &f.s, 1);
	planner_set_schedules(b->p, T0 + 2 * 3600, &g.s, 1); // 01:00 is past
	planner_tick(b->p, T0 + 3 * 3600);
	assert_int_equal(planner_batches(b->p), 0);
	end_schedule(&f);
	end_schedule(&g);
}

// ---- what is saved ------------------------------------------------------------------------------

static void a_planner_that_is_loaded_goes_on_where_the_old_one_was(void **state)
{
	struct bench *b = *state;
	CLEANUP_STATE struct farm_state *s = NULL;
	struct fired f;
	char id[PLANNER_ID_SIZE];
	int64_t number;
	assert_null(state_open("", &s));
	make_schedule(&f, "30 2 * * *", CATCH_UP_ONCE);
	planner_set_schedules(b->p, T0, &f.s, 1);
	planner_tick(b->p, T0 + 3 * 3600);
	submit(b, T0, "j", 77, id);
	planner_set_health(b->p, T0, "b1", HEALTH_MAINTENANCE, "alice", "new fan");
	const struct reservation_row r = {.board = (char *)(uintptr_t) "b2",
					  .who = (char *)(uintptr_t) "bob",
					  .why = (char *)(uintptr_t) "x",
					  .from_s = T0,
					  .until_s = T0 + 99999};
	assert_null(planner_reserve(b->p, &r, T0, &number));
	assert_null(state_save(s, b->p, NULL, 0));
	size_t unsaved;
	planner_unsaved(b->p, &unsaved);
	assert_int_equal(unsaved, 0);
	const struct planner_limits limits = {.cpus = 8, .seed = 9};
	CLEANUP_PLANNER struct planner *again = planner_new(&limits);
	assert_null(state_load(s, again));
	planner_set_boards(again, b->boards, BOARDS);
	planner_set_schedules(again, T0 + 4 * 3600, &f.s, 1);
	planner_tick(again, T0 + 4 * 3600);
	assert_int_equal(planner_batches(again), 2);
	assert_int_equal(planner_find_batch(again, id)->priority, 77);
	assert_int_equal(planner_find_board(again, "b1")->health, HEALTH_MAINTENANCE);
	assert_string_equal(planner_find_board(again, "b1")->who, "alice");
	assert_string_equal(planner_reserved(again, "b2", T0)->who, "bob");
	end_schedule(&f);
}

static void take_entry(void *arg, const char *key, const char *value)
{
	char **text = arg;
	char *longer = memory_printf("%s%s=%s;", *text ? *text : "", key, value);
	free(*text);
	*text = longer;
}

static void entries_are_saved_with_the_rows_or_not_at_all(void **state)
{
	struct bench *b = *state;
	CLEANUP_STATE struct farm_state *s = NULL;
	CLEANUP_FREE char *text = NULL;
	const struct state_entry first[] = {{"k", "a", "1"}, {"k", "b", "2"}, {"l", "a", "3"}};
	const struct state_entry second[] = {{"k", "a", NULL}, {"k", "b", "4"}};
	assert_null(state_open("", &s));
	assert_null(state_save(s, b->p, first, 3));
	assert_null(state_save(s, b->p, second, 2));
	assert_null(state_entries(s, "k", take_entry, &text));
	assert_string_equal(text, "b=4;");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(the_higher_priority_goes_first),
	    TEST(what_waits_long_enough_goes_before_what_is_more_important),
	    TEST(a_small_run_does_not_slip_past_one_that_needs_more_cpus),
	    TEST(a_run_with_more_cpus_than_there_are_runs_alone),
	    TEST(nothing_begins_while_the_farm_drains),
	    TEST(a_reserved_board_is_for_the_one_who_reserved_it),
	    TEST(what_cannot_end_in_its_window_is_skipped_on_record),
	    TEST(a_batch_of_which_nothing_can_run_does_not_begin),
	    TEST(a_cap_of_power_cycles_holds_for_the_night),
	    TEST(a_job_of_two_boards_a_pool_takes_the_least_recently_used),
	    TEST(trouble_in_a_row_of_two_jobs_makes_a_board_bad),
	    TEST(a_bad_board_gets_no_job_until_its_probation),
	    TEST(a_board_is_checked_before_its_first_job_and_after_trouble),
	    TEST(failed_checks_are_repeated_ever_later_and_then_left_to_a_person),
	    TEST(a_persons_word_stands),
	    TEST(trouble_of_the_lab_is_retried_on_another_board_at_most_twice),
	    TEST(a_failed_test_is_run_again_here_and_elsewhere),
	    TEST(a_nominal_time_fires_once_whatever_the_clock_does),
	    TEST(missed_times_are_caught_up_as_the_schedule_says),
	    TEST(a_batch_that_waits_gives_way_to_the_next_one),
	    TEST(another_text_is_another_schedule_that_begins_now),
	    TEST(a_planner_that_is_loaded_goes_on_where_the_old_one_was),
	    TEST(entries_are_saved_with_the_rows_or_not_at_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
