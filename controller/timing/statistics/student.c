// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/statistics/inference.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

// Continued fraction of the incomplete beta function (Abramowitz and Stegun 26.5.8) by Lentz's
// method. Converges in O(sqrt(max(a, b))) terms where x < (a + 1)/(a + b + 2).
static double beta_fraction(double a, double b, double x)
{
	const double tiny = 1e-300;
	double c = 1, d = 1 - (a + b) * x / (a + 1);
	d = 1 / (fabs(d) < tiny ? tiny : d);
	double h = d;
	for (int m = 1; m < 10000; m++) {
		double k = m;
		double even = k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k));
		d = 1 + even * d;
		c = 1 + even / c;
		d = 1 / (fabs(d) < tiny ? tiny : d);
		c = fabs(c) < tiny ? tiny : c;
		h *= d * c;
		double odd = -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1));
		d = 1 + odd * d;
		c = 1 + odd / c;
		d = 1 / (fabs(d) < tiny ? tiny : d);
		c = fabs(c) < tiny ? tiny : c;
		h *= d * c;
		if (fabs(d * c - 1) < 4 * DBL_EPSILON)
			break;
	}
	return h;
}

// lgamma() writes the global signgam; the arguments here are positive, its sign is known.
static double log_gamma(double x)
{
	int sign;
	return lgamma_r(x, &sign);
}

// Regularized incomplete beta function I_x(a, b).
static double beta_regularized(double a, double b, double x)
{
	if (x <= 0)
		return 0;
	if (x >= 1)
		return 1;
	double front =
	    exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log1p(-x));
	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(a, b, x) / a;
	return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

// P(|T| > |t|)
static double two_tails(double t, double df)
{
	return beta_regularized(df / 2, 0.5, df / (df + t * t));
}

double student_cdf(double t, double df)
{
	double tail = two_tails(t, df) / 2;
	return t > 0 ? 1 - tail : tail;
}

double student_quantile(double p, double df)
{
	bool lower = p < 0.5;
	double tail = lower ? p : 1 - p, low = 0, high = 1;
	while (two_tails(high, df) / 2 > tail && high < 1e300)
		high *= 2;
	for (int i = 0; i < 200 && high - low > DBL_EPSILON * high; i++) {
		double middle = low + (high - low) / 2;
		if (two_tails(middle, df) / 2 > tail)
			low = middle;
		else
			high = middle;
	}
	double t = low + (high - low) / 2;
	return lower ? -t : t;
}

struct sample sample_of(const double *x, size_t n)
{
	double mean = 0, squares = 0;
	for (size_t i = 0; i < n; i++)
		mean += (x[i] - mean) / (double)(i + 1);
	for (size_t i = 0; i < n; i++)
		squares += (x[i] - mean) * (x[i] - mean);
	return (struct sample){mean, n > 1 ? squares / (double)(n - 1) : 0, n};
}

struct welch welch_test(const struct sample *a, const struct sample *b)
{
	double va = a->variance / (double)a->n, vb = b->variance / (double)b->n;
	struct welch w = {.difference = b->mean - a->mean, .error = sqrt(va + vb)};
	if (!(w.error > 0)) {
		w.df = (double)(a->n + b->n - 2);
		w.p = fabs(w.difference) > 0 ? 0 : 1;
		return w;
	}
	w.t = -w.difference / w.error;
	w.df =
	    (va + vb) * (va + vb) / (va * va / (double)(a->n - 1) + vb * vb / (double)(b->n - 1));
	w.p = two_tails(w.t, w.df);
	return w;
}
