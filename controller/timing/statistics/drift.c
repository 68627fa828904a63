// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/statistics/noise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "timing/statistics/order.h"
#include "timing/statistics/inference.h"

#define BLOCK        5 // points averaged before the trend test: takes out most dependence
#define NOISE_RECENT 30
#define NOISE_BEFORE 60

struct drift drift_find(const double *x, size_t n, double sigma, const struct timing_params *p)
{
	struct drift d = {.found = false};
	if (n < (size_t)p->drift_points)
		return d;
	double blocks[RANK_TREND_MAX];
	size_t count = n / BLOCK, skipped = 0;
	if (count > RANK_TREND_MAX)
		count = RANK_TREND_MAX;
	skipped = n - count * BLOCK; // the oldest
	for (size_t k = 0; k < count; k++) {
		double sum = 0;
		for (size_t i = 0; i < BLOCK; i++)
			sum += x[skipped + k * BLOCK + i];
		blocks[k] = sum / BLOCK;
	}
	struct rank_trend t = rank_mann_kendall(blocks, count);
	d.z = t.z;
	d.total = t.slope * (double)count;
	d.low = t.low * (double)count;
	d.high = t.high * (double)count;
	d.found = fabs(t.z) >= p->drift_z && (d.low > 0 || d.high < 0) &&
		  fabs(d.total) >= fmax(2 * p->min_rel, 2 * sigma);
	return d;
}

static double median_of(const double *x, size_t n)
{
	double *copy = memory_new(n, sizeof(*copy));
	memcpy(copy, x, n * sizeof(*x));
	double middle = order_median(copy, n);
	free(copy);
	return middle;
}

struct budget budget_check(const double *anchor, size_t anchor_count, const double *x, size_t n,
			   bool log, int worse, double inflate, const struct timing_params *p)
{
	struct budget b = {.known = anchor_count >= BUDGET_POINTS && n >= BUDGET_POINTS};
	if (!b.known)
		return b;
	x += n - BUDGET_POINTS;
	double release = median_of(anchor, anchor_count);
	struct rank_shift s = rank_hodges_lehmann(anchor, anchor_count, x, BUDGET_POINTS, inflate);
	double unit = !log && fabs(release) > 0 ? fabs(release) : 1;
	b.relative = log ? expm1(s.shift) : s.shift / unit;
	b.low = log ? expm1(s.low) : s.low / unit;
	b.high = log ? expm1(s.high) : s.high / unit;
	bool above = b.relative > p->budget_rel && b.low > 0;
	bool below = b.relative < -p->budget_rel && b.high < 0;
	b.exceeded = (worse >= 0 && above) || (worse <= 0 && below);
	return b;
}

enum noise_change noise_change_find(const double *x, size_t n, double floor,
				    const struct timing_params *p, double *ratio)
{
	*ratio = 1;
	if (n < NOISE_RECENT + NOISE_BEFORE)
		return NOISE_SAME;
	double scratch[2 * NOISE_BEFORE];
	x += n - NOISE_RECENT - NOISE_BEFORE;
	double before = noise_sigma(x, NOISE_BEFORE, floor, scratch);
	double recent = noise_sigma(x + NOISE_BEFORE, NOISE_RECENT, floor, scratch);
	*ratio = recent / before;
	if (*ratio >= p->noise_high)
		return NOISE_RISEN;
	return *ratio <= p->noise_low ? NOISE_FALLEN : NOISE_SAME;
}
