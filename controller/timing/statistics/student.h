// SPDX-License-Identifier: GPL-2.0-or-later
// Student's t distribution and Welch's test.
#ifndef TIMING_STUDENT_H
#define TIMING_STUDENT_H

#include <stddef.h>

// P(T <= t) with df > 0 degrees of freedom (need not be whole).
double student_cdf(double t, double df);

// The t with P(T <= t) = p, 0 < p < 1.
double student_quantile(double p, double df);

struct sample {
	double mean;
	double variance; // unbiased; 0 when n = 1
	size_t n;
};

struct sample sample_of(const double *x, size_t n); // n >= 1

struct welch {
	double difference; // mean b - mean a
	double error;      // its standard error
	double t, df;      // (mean a - mean b) / error; Welch and Satterthwaite's
	double p; // two-sided; 1 when both means agree and nothing varies, 0 when they differ
};

// Both samples need n >= 2.
struct welch welch_test(const struct sample *a, const struct sample *b);

#endif
