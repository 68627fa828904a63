// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/statistics/inference.h"

#include <math.h>
#include <string.h>

#include "timing/statistics/order.h"

#define REACH      15   // points a change may be away from where it was found
#define RANGE_SIDE 40   // points on each side that vote
#define COST_CAP   16.0 // squared noise units one point can cost: an excursion has one vote

struct rank_shift change_size(const double *x, size_t a, size_t c, size_t e, size_t side,
			      double inflate)
{
	size_t from = c - a > side ? c - side : a, to = e - c > side ? c + side : e;
	return rank_hodges_lehmann(x + from, c - from, x + c, to - c, inflate);
}

static double level_cost(const double *x, size_t from, size_t to, double sigma)
{
	double copy[RANGE_SIDE + REACH + 1];
	memcpy(copy, x + from, (to - from) * sizeof(*x));
	double level = order_median(copy, to - from), cost = 0;
	for (size_t i = from; i < to; i++) {
		double d = (x[i] - level) / sigma;
		cost += fmin(d * d, COST_CAP);
	}
	return cost;
}

struct change_range change_range(const double *x, size_t a, size_t c, size_t e, double sigma,
				 double threshold)
{
	size_t from = c - a > RANGE_SIDE ? c - RANGE_SIDE : a;
	size_t to = e - c > RANGE_SIDE ? c + RANGE_SIDE : e;
	size_t first = c - from > REACH ? c - REACH : from + 1;
	size_t last = to - c > REACH + 1 ? c + REACH : to - 1;
	double costs[2 * REACH + 1], least = INFINITY;
	for (size_t q = first; q <= last; q++) {
		costs[q - first] = level_cost(x, from, q, sigma) + level_cost(x, q, to, sigma);
		least = fmin(least, costs[q - first]);
	}
	struct change_range r = {c, c};
	for (size_t q = first; q <= last; q++) {
		if (costs[q - first] > least + threshold)
			continue;
		r.first = q < r.first ? q : r.first;
		r.last = q > r.last ? q : r.last;
	}
	return r;
}
