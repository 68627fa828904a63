// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/season.h"

#include <math.h>
#include <string.h>

#include "timing/params.h"
#include "timing/statistics/noise.h"
#include "timing/statistics/order.h"

#define PERIODS_MIN 6 // whole periods below which no pattern is believed
// How much more alike, in units of 1/sqrt(points): of independent noise the ratio varies by about 1.6
// of them, so chance makes no pattern.
#define SURE 6.0
#define PAYS 0.8 // variance that is left, at most

// Median over the periods of what each day differs from the days around it.
static void find_pattern(const double *x, size_t n, size_t period, double *around, double *pattern)
{
	double day[CHANGE_WHOLE_MAX / 5 + 1];
	order_running_median(x, n, period / 2, around);
	for (size_t phase = 0; phase < period; phase++) {
		size_t count = 0;
		for (size_t i = phase; i < n && count < sizeof(day) / sizeof(day[0]); i += period)
			day[count++] = x[i] - around[i];
		pattern[phase] = order_median(day, count);
	}
	// What stays is the middle day's level.
	double sorted[SEASON_MAX];
	memcpy(sorted, pattern, period * sizeof(*pattern));
	double middle = order_median(sorted, period);
	for (size_t phase = 0; phase < period; phase++)
		pattern[phase] -= middle;
}

size_t season_remove(double *x, size_t n, double sigma, double *scratch)
{
	static const size_t periods[] = {7, 5};
	size_t best = 0;
	if (n < periods[1] * PERIODS_MIN)
		return 0;
	// Values a period apart against those half a period apart.
	double others = (noise_lagged(x, n, 2, sigma) + noise_lagged(x, n, 3, sigma)) / 2;
	double least = fmin(PAYS, 1 - SURE / sqrt((double)n));
	for (size_t k = 0; k < sizeof(periods) / sizeof(periods[0]); k++) {
		if (n < periods[k] * PERIODS_MIN)
			continue;
		double alike = others > 0 ? noise_lagged(x, n, periods[k], sigma) / others : 1;
		if (alike < least) {
			least = alike;
			best = periods[k];
		}
	}
	if (best == 0)
		return 0;
	double pattern[SEASON_MAX] = {0};
	find_pattern(x, n, best, scratch, pattern);
	for (size_t i = 0; i < n; i++)
		x[i] -= pattern[i % best];
	return best;
}
