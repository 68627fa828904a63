// SPDX-License-Identifier: GPL-2.0-or-later
// Slow changes that no single step shows: drift inside a level, distance from a pinned release,
// and noise that itself has changed.
#ifndef TIMING_DRIFT_H
#define TIMING_DRIFT_H

#include <stdbool.h>
#include <stddef.h>

#include "timing/params.h"

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

#endif
