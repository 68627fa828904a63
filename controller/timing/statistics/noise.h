// SPDX-License-Identifier: GPL-2.0-or-later
// What one series of numbers is made of: its noise, its slow drift, and the levels it is cut into.
#ifndef TIMING_NOISE_H
#define TIMING_NOISE_H

#include <stdbool.h>
#include <stddef.h>

#include "timing/params.h"

// ---- noise --------------------------------------------------------------------------------------

// Estimates the noise of a series whose changes of level are not known.

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

// ---- drift --------------------------------------------------------------------------------------

// Finds slow changes: drift inside a level, distance from a pinned release, and a change of the noise.

struct drift {
	bool found;
	double z;         // Mann and Kendall's
	double total;     // what the level moved over its length, on the scale of x
	double low, high; // its interval of 95 %
};

// Drift of the level x[0..n) with noise sigma. None below p->drift_points.
struct drift drift_find(const double *x, size_t n, double sigma, const struct timing_params *p);

struct budget {
	bool known, exceeded;
	double relative;  // level / anchor - 1
	double low, high; // its interval of 95 %
};

// Points that make the level of today and the anchor.
#define BUDGET_POINTS 10

// Holds the last points of x (n of them, valid, a logarithmic or plain scale as `log` says) against
// the anchor's. `worse` is +1 where more is worse, -1 where less is; 0: both ways.
struct budget budget_check(const double *anchor, size_t anchor_count, const double *x, size_t n,
			   bool log, int worse, double inflate, const struct timing_params *p);

enum noise_change {
	NOISE_SAME,
	NOISE_RISEN,
	NOISE_FALLEN,
};

// Noise of the last 30 points against that of the 60 before; *ratio when both are known.
enum noise_change noise_change_find(const double *x, size_t n, double floor,
				    const struct timing_params *p, double *ratio);

// ---- segment ------------------------------------------------------------------------------------

// Cuts a series into levels: the exact optimum of penalized least squares.

// What a segmentation of up to `capacity` points needs; owned, see segmenter_init().
struct segmenter {
	size_t capacity;
	double *memory; // all arrays below point into it
	double *sum, *squares, *best;
	double *open_place, *open_sum, *open_cost;
	size_t *last, *bounds;
};

void segmenter_init(struct segmenter *s, size_t capacity);
void segmenter_deinit(struct segmenter *s);

// The segmentation of z[0..n), in units of `sigma`, that minimizes the squared distance to the
// level means plus `penalty` per boundary, no level shorter than `shortest`. Returns the number of
// boundaries; (*bounds)[i] is the first index of a new level, ascending, valid until the next call.
// `center` is a value near the data (its median), to keep the sums small. n <= capacity.
//
// The method is dynamic programming with pruning (Killick, Fearnhead and Eckley 2012).
size_t segment(struct segmenter *s, const double *z, size_t n, double center, double sigma,
	       double penalty, size_t shortest, size_t **bounds);

#endif
