// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/evidence.h"

#include <math.h>
#include <string.h>

#include "timing/statistics/order.h"

#define MEDIAN_ERROR 1.2533 // standard error of a median / that of a mean, normal
#define FEW_POINTS   20.0   // see evidence_known()

size_t evidence_side(const struct dependence *d, const struct timing_params *p)
{
	double side = p->side * d->inflate * d->inflate;
	return (size_t)fmax(p->side, fmin(side, p->side_most));
}

double evidence_medians(double size, double sigma, const struct dependence *d, size_t nl, size_t nr)
{
	double error = MEDIAN_ERROR * sigma * d->inflate * sqrt(1 / (double)nl + 1 / (double)nr);
	return size / error;
}

double evidence_known(double t, size_t n)
{
	double df = (double)n * (double)n / FEW_POINTS;
	return (8 * df + 1) / (8 * df + 3) * sqrt(df * log1p(t * t / df));
}

static double median_between(const double *x, size_t from, size_t to, double *scratch)
{
	memcpy(scratch, x + from, (to - from) * sizeof(*x));
	return order_median(scratch, to - from);
}

static double share_beyond(const double *x, size_t from, size_t c, size_t to, double shift)
{
	size_t above = 0, below = 0;
	for (size_t i = from; i < c; i++) {
		double v = x[i];
		for (size_t k = c; k < to; k++) {
			above += x[k] > v;
			below += x[k] < v;
		}
	}
	double pairs = (double)(c - from) * (double)(to - c);
	double up = ((double)above + (pairs - (double)above - (double)below) / 2) / pairs;
	return shift < 0 ? 1 - up : up;
}

struct step_evidence evidence_weigh(const double *x, size_t n, size_t from, size_t c, size_t to,
				    double sigma, const struct dependence *d,
				    const struct timing_params *p, double *scratch)
{
	struct step_evidence e;
	size_t nl = c - from, nr = to - c;
	double l = (double)nl, r = (double)nr;
	double before = median_between(x, from, c, scratch);
	e.shift = median_between(x, c, to, scratch) - before;
	e.medians = evidence_medians(fabs(e.shift), sigma, d, nl, nr);
	e.share = share_beyond(x, from, c, to, e.shift);
	e.ranks = (e.share - 0.5) * sqrt(12 * l * r / (l + r + 1)) / d->inflate;
	double t = evidence_known(e.medians, n);
	// Medians of a step that the noise dwarfs are not to be trusted, however many they are of.
	if (p->c_min > 0)
		t = fmin(t, p->tau_cand * fabs(e.shift) / (p->c_min * sigma));
	e.t = fmax(t, e.ranks);
	double young = fmin(1, p->young / fmin(l, r));
	e.enough = p->beyond + (p->beyond_young - p->beyond) * young;
	return e;
}
