// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/evaluate/exact.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "timing/statistics/order.h"

// Numbers reach us in units that a counter's tick need not divide (seconds), so one tick may come
// out as one and a rounding error.
static bool within(double a, double b, double tolerance)
{
	return fabs(a - b) <= tolerance * (1 + 1e-6) + 1e-12 * fmax(fabs(a), fabs(b));
}

static double median_of(const double *x, size_t n)
{
	double *copy = memory_new(n, sizeof(*copy));
	memcpy(copy, x, n * sizeof(*x));
	double middle = order_median(copy, n);
	free(copy);
	return middle;
}

static bool equal_reps(const struct timing_run *a, const struct timing_run *b, double tolerance)
{
	if (a->reps_count != b->reps_count || a->reps_count == 0)
		return false;
	for (size_t i = 0; i < a->reps_count; i++)
		if (!within(a->reps[i], b->reps[i], tolerance))
			return false;
	return within(median_of(a->reps, a->reps_count), median_of(b->reps, b->reps_count),
		      tolerance);
}

bool exact_equal(const struct timing_run *a, const struct timing_run *b, double tolerance)
{
	if (a->reps && b->reps)
		return equal_reps(a, b, tolerance);
	if (a->reps || b->reps)
		return false;
	return a->summary_count == b->summary_count && within(a->min, b->min, tolerance) &&
	       within(a->median, b->median, tolerance) && within(a->p90, b->p90, tolerance) &&
	       within(a->max, b->max, tolerance);
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
