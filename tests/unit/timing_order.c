// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/timing_table.h"

#include "timing/statistics/order.h"

static void check_quantiles(const struct table_row *row)
{
	static const double p[] = {0.05, 0.25, 0.5, 0.75, 0.95};
	size_t n = row->count[0];
	double *x = memory_new(n, sizeof(*x));
	for (size_t i = 0; i < 5; i++) {
		memcpy(x, row->column[0], n * sizeof(*x));
		assert_close(order_quantile(x, n, p[i]), row->column[1 + i][0]);
	}
	assert_close(order_median(x, n), row->column[3][0]);
	assert_close(order_mad(x, n), row->column[6][0]);
	free(x);
}

static void quantiles_and_mad_agree_with_the_table(void **state)
{
	(void)state;
	table_each("quantile7_mad", check_quantiles);
}

// A small generator with many ties, the hard case for a partition.
static size_t fill_with_ties(uint32_t *seed, double *x)
{
	*seed = *seed * 1664525 + 1013904223;
	size_t n = 1 + (*seed >> 8) % 40;
	uint32_t distinct = 1 + (*seed >> 16) % 30;
	for (size_t i = 0; i < n; i++) {
		*seed = *seed * 1664525 + 1013904223;
		x[i] = (double)((*seed >> 10) % distinct);
	}
	return n;
}

static void selection_partitions_around_the_kth_smallest(void **state)
{
	(void)state;
	uint32_t seed = 1;
	for (int round = 0; round < 20000; round++) {
		double x[64], sorted[64];
		size_t n = fill_with_ties(&seed, x), k = seed % n;
		memcpy(sorted, x, sizeof(sorted));
		order_sort(sorted, n);
		double v = order_select(x, n, k);
		assert_true(v >= sorted[k] && v <= sorted[k]);
		for (size_t i = 0; i < n; i++)
			assert_true(i < k ? x[i] <= v : x[i] >= v);
	}
}

static void running_median_is_the_median_of_each_window(void **state)
{
	(void)state;
	uint32_t seed = 7;
	for (int round = 0; round < 5000; round++) {
		double x[64], out[64], window[64];
		size_t n = fill_with_ties(&seed, x), half = seed % (ORDER_HALF_MAX + 1);
		order_running_median(x, n, half, out);
		for (size_t i = 0; i < n; i++) {
			size_t from = i > half ? i - half : 0;
			size_t to = i + half < n ? i + half + 1 : n;
			memcpy(window, x + from, (to - from) * sizeof(*x));
			assert_close(out[i], order_median(window, to - from));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(quantiles_and_mad_agree_with_the_table),
	    cmocka_unit_test(selection_partitions_around_the_kth_smallest),
	    cmocka_unit_test(running_median_is_the_median_of_each_window),
	};
	return cmocka_run_group_tests_name("timing/order", tests, NULL, NULL);
}
