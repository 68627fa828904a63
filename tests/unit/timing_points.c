// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <math.h>

#include "base/memory.h"
#include "timing/points.h"
#include "timing/evaluate/simulate.h"

static struct timing_run run(const char *board, int64_t position, const double *reps, size_t count)
{
	return (struct timing_run){.id = "r",
				   .batch = "b",
				   .board = board,
				   .commit = "c",
				   .build = "i",
				   .time_ns = position,
				   .position = position,
				   .reps = reps,
				   .reps_count = count};
}

static struct series_points build(const struct timing_run *runs, size_t count,
				  const struct metric_spec *m, enum metric_aggregate usual)
{
	struct timing_params p = timing_params_default();
	struct series_points s;
	series_points_build(runs, count, m, usual, &p, &s);
	return s;
}

static const double five[] = {5, 4, 3, 2, 100};

static void the_usual_aggregate_is_the_payloads(void **state)
{
	(void)state;
	const struct metric_spec m = {.name = "m"};
	struct timing_run r = run("a", 1, five, 5);
	struct series_points s = build(&r, 1, &m, AGGREGATE_MIN);
	assert_true(fabs(s.points[0].value - 2) < 1e-12);
	series_points_deinit(&s);
	s = build(&r, 1, &m, AGGREGATE_MEDIAN);
	assert_true(fabs(s.points[0].value - 4) < 1e-12);
	series_points_deinit(&s);
}

static void dead_counters_are_dropped_and_too_few_repetitions_flagged(void **state)
{
	(void)state;
	const struct metric_spec m = {.name = "m", .aggregate = AGGREGATE_MIN};
	const double reps[] = {0, 4, -1, 5, 6, 7};
	struct timing_run r = run("a", 1, reps, 6);
	struct series_points s = build(&r, 1, &m, AGGREGATE_MIN);
	assert_true(fabs(s.points[0].value - 4) < 1e-12);
	assert_int_equal(s.points[0].flags, POINT_SHORT);
	series_points_deinit(&s);
}

static void runs_of_one_commit_board_and_batch_are_one_point(void **state)
{
	(void)state;
	const struct metric_spec m = {.name = "m", .aggregate = AGGREGATE_MEDIAN};
	const double a[] = {1, 1, 1, 1, 1}, b[] = {2, 2, 2, 2, 2}, c[] = {9, 9, 9, 9, 9};
	struct timing_run runs[] = {run("x", 7, a, 5), run("x", 7, b, 5), run("x", 7, c, 5),
				    run("y", 7, c, 5), run("x", 8, a, 5)};
	struct series_points s = build(runs, 5, &m, AGGREGATE_MEDIAN);
	assert_int_equal(s.count, 3);
	assert_int_equal(s.boards_count, 2);
	double sum = s.points[0].value + s.points[1].value + s.points[2].value;
	assert_true(fabs(sum - (2 + 9 + 1)) < 1e-12);
	series_points_deinit(&s);
}

static void late_results_are_inserted_at_their_place(void **state)
{
	(void)state;
	const struct metric_spec m = {.name = "m", .aggregate = AGGREGATE_MEDIAN};
	struct timing_run runs[] = {run("x", 9, five, 5), run("x", 3, five, 5),
				    run("x", 6, five, 5)};
	struct series_points s = build(runs, 3, &m, AGGREGATE_MEDIAN);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(s.points[i].position, 3 * (int64_t)(i + 1));
	series_points_deinit(&s);
}

static void runs_of_a_confirmation_and_absent_ones_are_no_points(void **state)
{
	(void)state;
	const struct metric_spec m = {.name = "m", .aggregate = AGGREGATE_MEDIAN};
	struct timing_run runs[] = {run("x", 1, five, 5), run("x", 2, five, 5),
				    run("x", 3, five, 5)};
	runs[1].purpose = PURPOSE_AB;
	runs[2].absent = true;
	struct series_points s = build(runs, 3, &m, AGGREGATE_MEDIAN);
	assert_int_equal(s.count, 1);
	series_points_deinit(&s);
}

#define MANY 30

static void a_slow_clock_flags_times_but_not_cycles(void **state)
{
	(void)state;
	struct metric_spec m = {.name = "m", .aggregate = AGGREGATE_MEDIAN};
	struct timing_run runs[MANY];
	for (int i = 0; i < MANY; i++) {
		runs[i] = run("x", i, five, 5);
		runs[i].frequency = i == 20 ? 1.2e9 : 1.5e9 * (1 + 0.001 * (i % 3));
	}
	struct series_points s = build(runs, MANY, &m, AGGREGATE_MEDIAN);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(s.points[i].flags, i == 20 ? POINT_FREQUENCY : 0);
	series_points_deinit(&s);
	m.kind = KIND_CYCLES;
	s = build(runs, MANY, &m, AGGREGATE_MEDIAN);
	assert_int_equal(s.points[20].flags, 0);
	series_points_deinit(&s);
}

static void a_canary_that_slows_down_flags_the_run_on_its_board_only(void **state)
{
	(void)state;
	const struct metric_spec m = {.name = "m", .aggregate = AGGREGATE_MEDIAN};
	struct timing_run runs[MANY];
	for (int i = 0; i < MANY; i++) {
		runs[i] = run(i % 2 ? "x" : "y", i, five, 5);
		// The boards' own canaries differ by half: that is no fault.
		runs[i].canary_start = i % 2 ? 1000 : 1500;
		runs[i].canary_end = runs[i].canary_start * (i == 15 ? 1.03 : 1.001);
	}
	for (int i = 23; i < MANY; i += 2)
		runs[i].canary_start = runs[i].canary_end = 1100;
	struct series_points s = build(runs, MANY, &m, AGGREGATE_MEDIAN);
	for (size_t i = 0; i < MANY; i++) {
		bool bad = i == 15 || (i >= 23 && i % 2);
		assert_int_equal(s.points[i].flags, bad ? POINT_THERMAL : 0);
	}
	assert_int_equal(board_flagged_run(&s, s.points[29].board), 4);
	assert_int_equal(board_flagged_run(&s, s.points[28].board), 0);
	series_points_deinit(&s);
}

static void a_good_run_saves_the_point_of_a_bad_one(void **state)
{
	(void)state;
	const struct metric_spec m = {.name = "m", .aggregate = AGGREGATE_MEDIAN};
	struct timing_run runs[] = {run("x", 1, five, 5), run("x", 1, five, 5)};
	runs[0].invalid = true;
	struct series_points s = build(runs, 2, &m, AGGREGATE_MEDIAN);
	assert_int_equal(s.points[0].flags, 0);
	series_points_deinit(&s);
	runs[1].invalid = true;
	s = build(runs, 2, &m, AGGREGATE_MEDIAN);
	assert_int_equal(s.points[0].flags, POINT_INVALID);
	series_points_deinit(&s);
}

static void auto_switches_only_for_much_less_noise(void **state)
{
	(void)state;
	const struct metric_spec m = {.name = "m", .aggregate = AGGREGATE_AUTO};
	struct random r = {1};
	struct timing_run runs[40];
	double reps[40][7];
	for (int wild = 0; wild < 2; wild++) {
		for (int i = 0; i < 40; i++) {
			double base = 100 * (1 + 0.002 * random_normal(&r));
			// Interference only adds: the minimum escapes it, the median does not.
			for (int k = 0; k < 7; k++)
				reps[i][k] = base + (wild && k ? 20 * random_uniform(&r) : 0);
			runs[i] = run("x", i, reps[i], 7);
		}
		struct series_points s = build(runs, 40, &m, AGGREGATE_MEDIAN);
		assert_int_equal(s.aggregate_switched, wild);
		assert_int_equal(s.aggregate, wild ? AGGREGATE_MIN : AGGREGATE_MEDIAN);
		series_points_deinit(&s);
	}
}

static void a_summary_serves_where_no_repetitions_are_sent(void **state)
{
	(void)state;
	const struct metric_spec m = {.name = "m", .aggregate = AGGREGATE_MIN};
	struct timing_run r = run("x", 1, NULL, 0);
	r.min = 3;
	r.median = 4;
	r.summary_count = 31;
	struct series_points s = build(&r, 1, &m, AGGREGATE_MIN);
	assert_int_equal(s.points[0].flags, 0);
	assert_true(fabs(s.points[0].value - 3) < 1e-12);
	series_points_deinit(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_usual_aggregate_is_the_payloads),
	    cmocka_unit_test(dead_counters_are_dropped_and_too_few_repetitions_flagged),
	    cmocka_unit_test(runs_of_one_commit_board_and_batch_are_one_point),
	    cmocka_unit_test(late_results_are_inserted_at_their_place),
	    cmocka_unit_test(runs_of_a_confirmation_and_absent_ones_are_no_points),
	    cmocka_unit_test(a_slow_clock_flags_times_but_not_cycles),
	    cmocka_unit_test(a_canary_that_slows_down_flags_the_run_on_its_board_only),
	    cmocka_unit_test(a_good_run_saves_the_point_of_a_bad_one),
	    cmocka_unit_test(auto_switches_only_for_much_less_noise),
	    cmocka_unit_test(a_summary_serves_where_no_repetitions_are_sent),
	};
	return cmocka_run_group_tests_name("timing/points", tests, NULL, NULL);
}
