// SPDX-License-Identifier: GPL-2.0-or-later
// A pattern of the week is taken out, and nothing else.
#include "unit/timing_table.h"

#include "timing/season.h"
#include "timing/statistics/order.h"

#define POINTS 70

static const double week[2][7] = {{0, 1, 2, -1, -2, 3, -3}, {0, 2, -1, 3, -3}};

// A level with a pattern of `period` points and something of each point's own.
static void fill(double *x, size_t n, size_t period, double own)
{
	for (size_t i = 0; i < n; i++)
		x[i] = 10 + week[period == 5][i % period] + own * (double)(i * i % 23) / 23;
}

static void a_pure_pattern_leaves_its_level(void **state)
{
	(void)state;
	for (size_t period = 5; period <= 7; period += 2) {
		for (size_t n = 6 * period - 1; n <= POINTS; n++) {
			double x[POINTS], scratch[POINTS];
			fill(x, n, period, 0);
			size_t found = season_remove(x, n, 3, scratch);
			// Six periods are the least; few points must be the more alike.
			assert_int_equal(found, n >= 6 * period && n > 36 ? period : 0);
			for (size_t i = 0; i < n; i++)
				assert_close(x[i], found ? 10 : 10 + week[period == 5][i % period]);
		}
	}
}

// By the definition: of each day the median of what it differs from the days around it.
static void each_day_loses_its_median(void **state)
{
	(void)state;
	for (size_t period = 5; period <= 7; period += 2) {
		double x[POINTS], wanted[POINTS], around[POINTS], scratch[POINTS];
		double pattern[7], sorted[7];
		fill(x, POINTS, period, 0.5);
		order_running_median(x, POINTS, period / 2, around);
		for (size_t day = 0; day < period; day++) {
			double d[POINTS];
			size_t count = 0;
			for (size_t i = 0; i < POINTS; i++)
				if (i % period == day)
					d[count++] = x[i] - around[i];
			pattern[day] = sorted[day] = order_median(d, count);
		}
		double middle = order_median(sorted, period);
		for (size_t i = 0; i < POINTS; i++)
			wanted[i] = x[i] - pattern[i % period] + middle;
		assert_int_equal(season_remove(x, POINTS, 3, scratch), period);
		for (size_t i = 0; i < POINTS; i++)
			assert_close(x[i], wanted[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_pure_pattern_leaves_its_level),
	    cmocka_unit_test(each_day_loses_its_median),
	};
	return cmocka_run_group_tests_name("timing/season", tests, NULL, NULL);
}
