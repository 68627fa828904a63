// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/timing_table.h"

#include "timing/statistics/inference.h"

static void check_quantile(const struct table_row *row)
{
	double df = row->column[0][0], p = row->column[1][0], t = row->column[2][0];
	// The table's quantiles are good to 1e-8 only: for df = 2 and p = .99 the closed form,
	// (2p-1) sqrt(2 / (1 - (2p-1)^2)), gives 6.964556734, the table 6.964556719.
	assert_true(fabs(student_quantile(p, df) - t) <= 1e-8 * t);
	assert_close(student_cdf(t, df), p);
	assert_close(student_quantile(1 - p, df), -student_quantile(p, df));
	assert_close(student_cdf(student_quantile(p, df), df), p);
}

static void quantiles_agree_with_the_table_and_invert_the_distribution(void **state)
{
	(void)state;
	table_each("tquantile", check_quantile);
}

static void two_degrees_of_freedom_follow_the_closed_form(void **state)
{
	(void)state;
	for (double p = 0.5; p < 0.9999; p = 1 - (1 - p) * 0.7) {
		double c = 2 * p - 1;
		assert_close(student_quantile(p, 2), c * sqrt(2 / (1 - c * c)));
	}
}

static void many_degrees_of_freedom_approach_the_normal(void **state)
{
	(void)state;
	assert_true(fabs(student_quantile(0.975, 1e7) - 1.959964) < 1e-5);
}

static void check_welch(const struct table_row *row)
{
	struct sample a = sample_of(row->column[0], row->count[0]);
	struct sample b = sample_of(row->column[1], row->count[1]);
	struct welch w = welch_test(&a, &b);
	assert_close(w.t, row->column[2][0]);
	assert_close(w.df, row->column[3][0]);
	assert_close(w.p, row->column[4][0]);
}

static void welch_agrees_with_the_table(void **state)
{
	(void)state;
	table_each("welch", check_welch);
}

static void samples_without_variance_differ_surely_or_not_at_all(void **state)
{
	(void)state;
	const double five[] = {5, 5, 5}, six[] = {6, 6, 6};
	struct sample a = sample_of(five, 3), b = sample_of(six, 3);
	assert_close(welch_test(&a, &a).p, 1);
	assert_close(welch_test(&a, &b).p, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(quantiles_agree_with_the_table_and_invert_the_distribution),
	    cmocka_unit_test(two_degrees_of_freedom_follow_the_closed_form),
	    cmocka_unit_test(many_degrees_of_freedom_approach_the_normal),
	    cmocka_unit_test(welch_agrees_with_the_table),
	    cmocka_unit_test(samples_without_variance_differ_surely_or_not_at_all),
	};
	return cmocka_run_group_tests_name("timing/student", tests, NULL, NULL);
}
