// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/statistics.h"

static void one_sample_is_everything(void **state)
{
	(void)state;
	uint64_t samples[] = {7};
	struct statistics s;
	statistics_of(&s, samples, 1);
	assert_int_equal(s.min, 7);
	assert_int_equal(s.median, 7);
	assert_int_equal(s.p90, 7);
	assert_int_equal(s.max, 7);
	assert_int_equal(s.mad, 0);
}

static void order_does_not_matter(void **state)
{
	(void)state;
	// 1 to 10, shuffled: the lower median is 5, nine of ten do not exceed 9, deviations
	// 4 3 2 1 0 1 2 3 4 5 have 2 in the middle.
	uint64_t samples[] = {4, 9, 1, 10, 3, 7, 5, 8, 2, 6};
	struct statistics s;
	statistics_of(&s, samples, 10);
	assert_int_equal(s.min, 1);
	assert_int_equal(s.median, 5);
	assert_int_equal(s.p90, 9);
	assert_int_equal(s.max, 10);
	assert_int_equal(s.mad, 2);
}

static void an_outlier_moves_the_maximum_only(void **state)
{
	(void)state;
	uint64_t samples[] = {10, 11, 10, UINT64_MAX, 11, 10, 11, 10, 11, 10, 11};
	struct statistics s;
	statistics_of(&s, samples, 11);
	assert_int_equal(s.median, 11);
	assert_int_equal(s.p90, 11);
	assert_int_equal(s.mad, 1);
	assert_int_equal(s.max, UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_sample_is_everything),
	    cmocka_unit_test(order_does_not_matter),
	    cmocka_unit_test(an_outlier_moves_the_maximum_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
