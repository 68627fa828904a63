// SPDX-License-Identifier: GPL-2.0-or-later
// The evidence for one change of level, in standard errors: the larger of two measures.
//
// Medians: how many standard errors the two levels are apart. It finds a large change after few points.
// Ranks: how often a later point lies beyond an earlier one (Mann and Whitney's test). It assumes
// nothing about the noise, so spikes and modes do not weaken it, but it needs more points.
#ifndef TIMING_EVIDENCE_H
#define TIMING_EVIDENCE_H

#include <stddef.h>

#include "timing/statistics/noise.h"
#include "timing/params.h"

// Points on each side of a change that measure it: as many as tell what p->side independent ones do,
// but at most p->side_most.
size_t evidence_side(const struct dependence *d, const struct timing_params *p);

// How many standard errors a shift of `size` between the medians of nl and nr points is.
double evidence_medians(double size, double sigma, const struct dependence *d, size_t nl,
			size_t nr);

// What t standard errors by a noise that was estimated from n points are worth in standard errors by
// a noise that is known: Wallace's normal approximation of Student's t. A few points say less of
// their noise than their number: n^2/20 degrees of freedom, with which series of 12 to 40 points
// without any change stay as quiet as longer ones (timing simulate, all kinds of noise).
double evidence_known(double t, size_t n);

struct step_evidence {
	double shift;   // of the medians, on the scale
	double medians; // in standard errors by the noise as estimated
	double share; // of the pairs whose later point lies beyond the earlier one; ties count half
	double ranks; // what that share is worth, in standard errors
	double t;     // the surer of both
	double enough; // the share that levels of these lengths must have
};

// The change at c of x[0..n) (of which `sigma` and `d` are the noise), between levels of which the
// points from..c and c..to measure it. `scratch` holds n doubles.
struct step_evidence evidence_weigh(const double *x, size_t n, size_t from, size_t c, size_t to,
				    double sigma, const struct dependence *d,
				    const struct timing_params *p, double *scratch);

#endif
