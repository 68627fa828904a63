// SPDX-License-Identifier: GPL-2.0-or-later
// Tells in the same night whether the newest point is so far off that it should be run again at once.
#ifndef TIMING_FRESH_H
#define TIMING_FRESH_H

#include <stdbool.h>
#include <stddef.h>

#include "timing/statistics/noise.h"
#include "timing/statistics/inference.h"

// Valid points since the last change that a fresh one is held against: at least, at most.
#define FRESH_MIN 12
#define FRESH_MAX 40

struct fresh {
	bool known; // enough points to say anything
	double level, sigma;
	struct scale scale;
	double x[FRESH_MAX]; // the points themselves, on the scale
	size_t count;
};

// What the newest point is held against: the last up to FRESH_MAX of values[0..n), all valid
// points since the last change without the newest.
struct fresh fresh_baseline(const double *values, size_t n, double rho,
			    const struct timing_params *p);

// How far off a value is, in noise units; 0 when the baseline is not known.
double fresh_z(const struct fresh *f, double value);

// Signed relative distance from the level.
double fresh_relative(const struct fresh *f, double value);

// What values[0..n) are off by, on the scale, with an interval of 95 %. n >= 1.
struct rank_shift fresh_size(const struct fresh *f, const double *values, size_t n);

// Whether a value is to be run again: it is far off, and unlike the values seen since the last change.
// The second condition is for series with two modes, whose rarer mode is always far off.
bool fresh_is_suspicious(const struct fresh *f, double value, const struct timing_params *p);

// After the re-runs: values[0..n) are the aggregates of the suspicious run and its re-runs. True:
// at least three quarters of them, as many as 3 of 4, are off to the same side.
bool fresh_is_reproduced(const struct fresh *f, const double *values, size_t n,
			 const struct timing_params *p);

#endif
