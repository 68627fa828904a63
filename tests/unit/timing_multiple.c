// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/timing_table.h"

#include "timing/statistics/inference.h"

static void check_adjusted(const struct table_row *row)
{
	size_t n = row->count[0];
	double *adjusted = memory_new(n, sizeof(*adjusted));
	multiple_holm(row->column[0], n, adjusted);
	for (size_t i = 0; i < n; i++)
		assert_close(adjusted[i], row->column[1][i]);
	multiple_benjamini_hochberg(row->column[0], n, adjusted);
	for (size_t i = 0; i < n; i++)
		assert_close(adjusted[i], row->column[2][i]);
	free(adjusted);
}

static void holm_and_benjamini_hochberg_agree_with_the_table(void **state)
{
	(void)state;
	table_each("holm_bh", check_adjusted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(holm_and_benjamini_hochberg_agree_with_the_table),
	};
	return cmocka_run_group_tests_name("timing/multiple", tests, NULL, NULL);
}
