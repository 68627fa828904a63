// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <math.h>

#include "timing/statistics/noise.h"
#include "timing/evaluate/simulate.h"

#define N 60

static double level_cost(const double *z, size_t from, size_t to)
{
	double mean = 0, cost = 0;
	for (size_t i = from; i < to; i++)
		mean += z[i] / (double)(to - from);
	for (size_t i = from; i < to; i++)
		cost += (z[i] - mean) * (z[i] - mean);
	return cost;
}

// The cheapest segmentation by trying every last level, without pruning.
static double cheapest(const double *z, size_t n, double penalty, size_t shortest)
{
	double best[N + 1];
	best[0] = -penalty;
	for (size_t t = 1; t <= n; t++) {
		best[t] = INFINITY;
		for (size_t s = 0; s + shortest <= t; s++)
			best[t] = fmin(best[t], best[s] + level_cost(z, s, t) + penalty);
	}
	return best[n];
}

static double cost_of(const double *z, size_t n, size_t *bounds, size_t count, double penalty)
{
	double cost = 0;
	size_t from = 0;
	for (size_t i = 0; i <= count; i++) {
		size_t to = i < count ? bounds[i] : n;
		cost += level_cost(z, from, to);
		from = to;
	}
	return cost + penalty * (double)count;
}

static void the_segmentation_is_the_cheapest_of_all(void **state)
{
	(void)state;
	struct random r = {42};
	struct segmenter s;
	segmenter_init(&s, N);
	for (int round = 0; round < 400; round++) {
		double z[N], level = 0, penalty = 1 + 12 * random_uniform(&r);
		size_t n = 10 + (size_t)(random_next(&r) % (N - 9));
		size_t shortest = 2 + (size_t)(random_next(&r) % 5);
		for (size_t i = 0; i < n; i++) {
			if (random_uniform(&r) < 0.08)
				level = 6 * random_normal(&r);
			z[i] = level + random_normal(&r);
		}
		size_t *bounds;
		size_t count = segment(&s, z, n, 0, 1, penalty, shortest, &bounds);
		for (size_t i = 0; i <= count; i++) {
			size_t from = i ? bounds[i - 1] : 0, to = i < count ? bounds[i] : n;
			assert_true(to >= from + shortest);
		}
		double found = cost_of(z, n, bounds, count, penalty);
		assert_true(fabs(found - cheapest(z, n, penalty, shortest)) < 1e-9 * (1 + found));
	}
	segmenter_deinit(&s);
}

static void too_few_points_for_two_levels_are_one(void **state)
{
	(void)state;
	struct segmenter s;
	segmenter_init(&s, N);
	const double z[9] = {0, 0, 0, 0, 90, 90, 90, 90, 90};
	size_t *bounds;
	assert_int_equal(segment(&s, z, 9, 0, 1, 3, 5, &bounds), 0);
	segmenter_deinit(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_segmentation_is_the_cheapest_of_all),
	    cmocka_unit_test(too_few_points_for_two_levels_are_one),
	};
	return cmocka_run_group_tests_name("timing/segment", tests, NULL, NULL);
}
