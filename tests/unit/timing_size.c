// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <math.h>

#include "timing/statistics/noise.h"
#include "timing/evaluate/offset.h"
#include "timing/evaluate/simulate.h"
#include "timing/statistics/inference.h"

#define N  80
#define AT 40

static void stepped(struct random *r, enum noise_kind kind, double step, double x[N])
{
	simulate_noise(kind, r, x, N);
	for (size_t i = 0; i < N; i++)
		x[i] = log(x[i] * (i >= AT ? 1 + step : 1));
}

static void the_interval_holds_the_true_size_as_often_as_it_says(void **state)
{
	(void)state;
	struct random r = {17};
	unsigned held = 0;
	for (int i = 0; i < 1000; i++) {
		double x[N];
		stepped(&r, NOISE_NORMAL, 0.03, x);
		struct rank_shift s = change_size(x, 0, AT, N, 40, 1);
		held += expm1(s.low) <= 0.03 && 0.03 <= expm1(s.high);
	}
	assert_true(held >= 930 && held <= 975);
}

static void the_range_holds_the_true_place_and_is_short(void **state)
{
	(void)state;
	struct random r = {18};
	unsigned held = 0, width = 0;
	for (int i = 0; i < 500; i++) {
		double x[N];
		stepped(&r, NOISE_NORMAL, 0.04, x);
		struct change_range range = change_range(x, 0, AT, N, 0.01, 9);
		held += range.first <= AT && AT <= range.last;
		width += (unsigned)(range.last - range.first + 1);
	}
	assert_true(held >= 480);
	assert_true(width <= 4 * 500);
}

static void the_range_stays_between_the_neighbours(void **state)
{
	(void)state;
	double x[N] = {0};
	for (size_t c = 1; c + 1 < N; c++) {
		struct change_range r =
		    change_range(x, c > 3 ? c - 3 : 0, c, c + 2 < N ? c + 2 : N, 1, 9);
		assert_true(r.first >= 1 && r.first <= c && r.last >= c && r.last < N);
		assert_true(r.first > (c > 3 ? c - 3 : 0) && r.last < (c + 2 < N ? c + 2 : N));
	}
}

// Two boards that take turns: the case where a running median of all follows each in turn.
static void offsets_of_boards_that_take_turns_are_found(void **state)
{
	(void)state;
	struct random r = {19};
	double x[N], offsets[2];
	size_t boards[N];
	stepped(&r, NOISE_NORMAL, 0.05, x);
	for (size_t i = 0; i < N; i++) {
		boards[i] = i % 2;
		x[i] += i % 2 ? 0.2 : 0;
	}
	offset_remove(x, boards, N, 2, 0, NULL, 0, offsets);
	assert_true(fabs(offsets[1] - offsets[0] - 0.2) < 0.01);
	assert_true(fabs(offsets[0] + offsets[1]) < 1e-9);
	struct rank_shift s = change_size(x, 0, AT, N, 40, 1);
	assert_true(fabs(expm1(s.shift) - 0.05) < 0.01);
}

static void a_step_belongs_to_the_board_that_moved_alone(void **state)
{
	(void)state;
	double x[N];
	size_t boards[N], board = 99;
	for (size_t i = 0; i < N; i++) {
		boards[i] = i % 3;
		x[i] = i >= AT && i % 3 == 1 ? 0.03 : 0;
	}
	assert_int_equal(step_attribute(x, boards, N, 3, AT, 40, 0.01, &board), STEP_BOARD);
	assert_int_equal(board, 1);
	for (size_t i = AT; i < N; i++)
		x[i] = 0.03;
	assert_int_equal(step_attribute(x, boards, N, 3, AT, 40, 0.03, &board), STEP_COMMIT);
}

static void noise_without_trend_hardly_ever_drifts(void **state)
{
	(void)state;
	struct timing_params p = timing_params_default();
	struct random r = {20};
	unsigned found = 0;
	for (int i = 0; i < 1500; i++) {
		double x[200], scratch[400];
		simulate_noise((enum noise_kind)(i % NOISE_KINDS), &r, x, 200);
		for (size_t k = 0; k < 200; k++)
			x[k] = log(x[k]);
		found += drift_find(x, 200, noise_sigma(x, 200, 1e-4, scratch), &p).found;
	}
	assert_true(found <= 2);
}

static void a_budget_is_exceeded_only_towards_the_worse(void **state)
{
	(void)state;
	struct timing_params p = timing_params_default();
	double anchor[BUDGET_POINTS], now[BUDGET_POINTS];
	for (int i = 0; i < BUDGET_POINTS; i++) {
		anchor[i] = log(100 + 0.1 * i);
		now[i] = log(107 + 0.1 * i);
	}
	assert_true(budget_check(anchor, 10, now, 10, true, 1, 1, &p).exceeded);
	assert_false(budget_check(anchor, 10, now, 10, true, -1, 1, &p).exceeded);
	assert_true(budget_check(now, 10, anchor, 10, true, -1, 1, &p).exceeded);
	assert_false(budget_check(anchor, 9, now, 10, true, 1, 1, &p).known);
}

static void noise_that_doubles_is_no_news_and_threefold_is(void **state)
{
	(void)state;
	struct timing_params p = timing_params_default();
	struct random r = {21};
	double x[90], ratio;
	for (size_t i = 0; i < 90; i++)
		x[i] = random_normal(&r) * (i < 60 ? 1 : 1.5);
	assert_int_equal(noise_change_find(x, 90, 1e-4, &p, &ratio), NOISE_SAME);
	for (size_t i = 60; i < 90; i++)
		x[i] *= 3;
	assert_int_equal(noise_change_find(x, 90, 1e-4, &p, &ratio), NOISE_RISEN);
	assert_true(ratio > 2.5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_interval_holds_the_true_size_as_often_as_it_says),
	    cmocka_unit_test(the_range_holds_the_true_place_and_is_short),
	    cmocka_unit_test(the_range_stays_between_the_neighbours),
	    cmocka_unit_test(offsets_of_boards_that_take_turns_are_found),
	    cmocka_unit_test(a_step_belongs_to_the_board_that_moved_alone),
	    cmocka_unit_test(noise_without_trend_hardly_ever_drifts),
	    cmocka_unit_test(a_budget_is_exceeded_only_towards_the_worse),
	    cmocka_unit_test(noise_that_doubles_is_no_news_and_threefold_is),
	};
	return cmocka_run_group_tests_name("timing/size, offset and drift", tests, NULL, NULL);
}
