// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/timing_table.h"

#include "timing/statistics/inference.h"

static void check_exact(const struct table_row *row)
{
	struct rank_test t =
	    rank_mann_whitney(row->column[0], row->count[0], row->column[1], row->count[1]);
	assert_true(t.exact);
	assert_close(t.u, row->column[2][0]);
	assert_close(t.p_both, row->column[3][0]);
	assert_close(t.p_greater, row->column[4][0]);
}

static void mann_whitney_is_exact_without_ties(void **state)
{
	(void)state;
	table_each("mannwhitney", check_exact);
}

static void check_ties(const struct table_row *row)
{
	struct rank_test t =
	    rank_mann_whitney(row->column[0], row->count[0], row->column[1], row->count[1]);
	assert_false(t.exact);
	assert_close(t.u, row->column[2][0]);
	assert_close(t.p_both, row->column[3][0]);
}

static void mann_whitney_corrects_for_ties_and_continuity(void **state)
{
	(void)state;
	table_each("mannwhitney_ties", check_ties);
}

static void seven_against_seven_is_the_least_that_reaches_one_in_a_thousand(void **state)
{
	(void)state;
	const double a[] = {1, 2, 3, 4, 5, 6, 7}, b[] = {11, 12, 13, 14, 15, 16, 17};
	assert_true(rank_mann_whitney(a, 7, b, 7).p_greater <= 0.001);
	assert_true(rank_mann_whitney(a, 6, b, 6).p_greater > 0.001);
	assert_close(rank_mann_whitney(b, 7, a, 7).p_less, rank_mann_whitney(a, 7, b, 7).p_greater);
}

static void all_values_equal_is_no_evidence(void **state)
{
	(void)state;
	const double a[] = {5, 5, 5, 5, 5, 5, 5, 5};
	struct rank_test t = rank_mann_whitney(a, 8, a, 8);
	assert_close(t.p_greater, 1);
	assert_close(t.p_less, 1);
	assert_close(t.p_both, 1);
}

static void constant_samples_at_different_levels_are_evidence(void **state)
{
	(void)state;
	const double a[] = {5, 5, 5, 5, 5, 5, 5, 5}, b[] = {6, 6, 6, 6, 6, 6, 6, 6};
	struct rank_test t = rank_mann_whitney(a, 8, b, 8);
	assert_true(t.p_greater <= 0.001);
	assert_true(t.p_less > 0.99);
}

static void check_shift(const struct table_row *row)
{
	struct rank_shift s =
	    rank_hodges_lehmann(row->column[0], row->count[0], row->column[1], row->count[1], 1);
	assert_int_equal(s.dropped, (size_t)row->column[3][0]);
	assert_close(s.low, row->column[4][0]);
	assert_close(s.shift, row->column[5][0]);
	assert_close(s.high, row->column[6][0]);
}

static void hodges_lehmann_agrees_with_the_table(void **state)
{
	(void)state;
	table_each("hodges_lehmann", check_shift);
}

static void widening_stretches_both_halves_of_the_interval(void **state)
{
	(void)state;
	const double a[] = {1, 2, 3, 4, 5, 6, 7, 9}, b[] = {4, 5, 6, 7, 8, 9, 10, 19};
	struct rank_shift plain = rank_hodges_lehmann(a, 8, b, 8, 1);
	struct rank_shift wide = rank_hodges_lehmann(a, 8, b, 8, 3);
	assert_close(wide.shift, plain.shift);
	assert_close(wide.shift - wide.low, 3 * (plain.shift - plain.low));
	assert_close(wide.high - wide.shift, 3 * (plain.high - plain.shift));
}

static void one_value_a_side_gives_the_difference(void **state)
{
	(void)state;
	const double a = 2, b = 5;
	struct rank_shift s = rank_hodges_lehmann(&a, 1, &b, 1, 1);
	assert_close(s.low, 3);
	assert_close(s.high, 3);
}

static void check_trend(const struct table_row *row)
{
	struct rank_trend t = rank_mann_kendall(row->column[0], row->count[0]);
	assert_close(t.s, row->column[1][0]);
	assert_close(t.z, row->column[2][0]);
}

static void mann_kendall_agrees_with_the_table(void **state)
{
	(void)state;
	table_each("mann_kendall", check_trend);
}

static void theil_sen_ignores_a_wild_value(void **state)
{
	(void)state;
	double y[20];
	for (int i = 0; i < 20; i++)
		y[i] = 3 * i;
	y[7] = 1e6;
	assert_close(rank_mann_kendall(y, 20).slope, 3);
}

static void one_point_has_no_trend(void **state)
{
	(void)state;
	const double y = 1;
	assert_close(rank_mann_kendall(&y, 1).z, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(mann_whitney_is_exact_without_ties),
	    cmocka_unit_test(mann_whitney_corrects_for_ties_and_continuity),
	    cmocka_unit_test(seven_against_seven_is_the_least_that_reaches_one_in_a_thousand),
	    cmocka_unit_test(all_values_equal_is_no_evidence),
	    cmocka_unit_test(constant_samples_at_different_levels_are_evidence),
	    cmocka_unit_test(hodges_lehmann_agrees_with_the_table),
	    cmocka_unit_test(widening_stretches_both_halves_of_the_interval),
	    cmocka_unit_test(one_value_a_side_gives_the_difference),
	    cmocka_unit_test(mann_kendall_agrees_with_the_table),
	    cmocka_unit_test(theil_sen_ignores_a_wild_value),
	    cmocka_unit_test(one_point_has_no_trend),
	};
	return cmocka_run_group_tests_name("timing/rank", tests, NULL, NULL);
}
