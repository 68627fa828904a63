// SPDX-License-Identifier: GPL-2.0-or-later
// How noisy a series is, without being told where it changes.
#ifndef TIMING_NOISE_H
#define TIMING_NOISE_H

#include <stdbool.h>
#include <stddef.h>

#include "timing/params.h"

// The scale a stretch of values is judged on: logarithms when all are positive, so that a
// difference of x is a relative change, else the values themselves.
struct scale {
	bool log;
	double middle; // median of the values
	// What a relative change refers to when not logarithmic: |median|, or the mean of |value|
	// when the median is 0.
	double unit;
	double floor; // least noise believed: 1e-4, or the counter's resolution, on this scale
};

// Fills x[0..n) with the values on their scale. `scratch` holds n doubles. n >= 1.
struct scale scale_values(const double *values, size_t n, const struct timing_params *p, double *x,
			  double *scratch);

// Relative size (>= 0) and absolute size, in the metric's unit, of a difference on the scale.
double scale_relative(const struct scale *s, double difference);
double scale_fraction(const struct scale *s, double difference); // relative, with its sign
double scale_absolute(const struct scale *s, double difference);

// Standard deviation of the noise in x[0..n): the larger of what neighbours differ by and of the
// spread around a running median of 11, never below `floor`. The second keeps series quiet whose
// neighbours often agree exactly (two modes, coarse ticks). `scratch` holds 2 n doubles. n >= 1.
double noise_sigma(const double *x, size_t n, double floor, double *scratch);

struct noise {
	double sigma; // like noise_sigma(), but blind for up to 15 % of spikes: medians are, too
	// Of most points, whatever the rarer of two modes does: a step must stand out from it to be
	// looked at.
	double bulk;
};

// `scratch` holds 2 n doubles. n >= 1.
struct noise noise_measure(const double *x, size_t n, double floor, double *scratch);

// z = x, but no farther than most * sigma from the running median of 7.
void noise_clip(const double *x, size_t n, double most, double sigma, double *z);

// z = x without excursions of up to three points: what lies beyond hampel * sigma from the running
// median of 7 becomes that median.
void noise_despike(const double *x, size_t n, double hampel, double sigma, double *z);

// Half the mean square of what points `lag` apart differ by: the variance of independent noise.
// Differences too large for noise of this sigma, steps and spikes, are left out.
double noise_lagged(const double *x, size_t n, size_t lag, double sigma);

struct dependence {
	double rho;     // correlation of neighbours, 0 .. rho_cap
	double inflate; // K: factor on the standard error of a mean
	double sigma;   // noise corrected for the dependence
};

// Dependence between neighbours of the despiked z. Robust against steps, which touch only a few
// differences. `scratch` holds n doubles.
struct dependence noise_dependence(const double *z, size_t n, double sigma,
				   const struct timing_params *p, double *scratch);

#endif
