// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/onset.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "timing/statistics/order.h"

#define AROUND_HALF 5   // running median that excursions of up to five points leave alone
#define ONE_IN      100 // points in an excursion that make excursions a habit: bursts, heavy tails
#define FAR         0.7 // of the change: what makes an excursion
#define REACH       2   // points that may be old ones

static double median(const double *x, size_t n, double *scratch)
{
	memcpy(scratch, x, n * sizeof(*x));
	return order_median(scratch, n);
}

static bool is_habit(const double *x, size_t c, double shift, double *around)
{
	size_t count = 0;
	order_running_median(x, c, AROUND_HALF, around);
	for (size_t i = 0; i < c; i++)
		count += (x[i] - around[i]) / shift >= FAR;
	return count > 1 && count > c / ONE_IN;
}

size_t onset_place(const double *x, size_t n, size_t a, size_t c, size_t side, double *scratch)
{
	size_t from = c - a > side ? c - side : a, best = c;
	double before = median(x + from, c - from, scratch), least = INFINITY;
	double shift = median(x + c, n - c, scratch) - before;
	if (!(fabs(shift) > 0) || is_habit(x, c, shift, scratch))
		return c;
	for (size_t q = c; q <= c + REACH && q + ONSET_MIN <= n; q++) {
		double after = median(x + q, n - q, scratch), cost = 0;
		for (size_t i = c; i < n; i++)
			cost += fabs(x[i] - (i < q ? before : after));
		if (cost < least) {
			least = cost;
			best = q;
		}
	}
	return best;
}
