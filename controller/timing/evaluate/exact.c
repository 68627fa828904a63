// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/evaluate/exact.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "timing/statistics/order.h"

static double median_of(const double *x, size_t n)
{
	double *copy = memory_new(n, sizeof(*copy));
	memcpy(copy, x, n * sizeof(*x));
	double middle = order_median(copy, n);
	free(copy);
	return middle;
}

static bool equal_reps(const struct timing_run *a, const struct timing_run *b, double tick)
{
	if (a->reps_count != b->reps_count || a->reps_count == 0)
		return false;
	for (size_t i = 0; i < a->reps_count; i++)
		if (!metric_same(a->reps[i], b->reps[i], tick))
			return false;
	return metric_same(median_of(a->reps, a->reps_count), median_of(b->reps, b->reps_count),
			   tick);
}

bool exact_equal(const struct timing_run *a, const struct timing_run *b, double tick)
{
	if (a->reps && b->reps)
		return equal_reps(a, b, tick);
	if (a->reps || b->reps)
		return false;
	return a->summary_count == b->summary_count && metric_same(a->min, b->min, tick) &&
	       metric_same(a->median, b->median, tick) && metric_same(a->p90, b->p90, tick) &&
	       metric_same(a->max, b->max, tick);
}

enum exact_size exact_size_of(double relative)
{
	if (fabs(relative) >= 0.05)
		return EXACT_MAJOR;
	return fabs(relative) < 0.001 ? EXACT_MINOR : EXACT_NORMAL;
}

const char *exact_size_name(enum exact_size s)
{
	static const char *const names[] = {"minor", "normal", "major"};
	return names[s];
}
