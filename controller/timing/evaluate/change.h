// SPDX-License-Identifier: GPL-2.0-or-later
// Finds the places where a noisy series changes its level, and says how sure each is.
#ifndef TIMING_CHANGE_H
#define TIMING_CHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "timing/statistics/noise.h"
#include "timing/params.h"

enum confidence {
	CONFIDENCE_NONE,
	CONFIDENCE_CANDIDATE,
	CONFIDENCE_ALERT,
	CONFIDENCE_STRONG,
};

const char *confidence_name(enum confidence c);

struct change {
	size_t at;       // index of the first point of the new level
	double shift;    // new level - old level, on the scale (logarithms: relative)
	double relative; // the same as a signed fraction of the old level
	double t;        // evidence: the shift in standard errors
	enum confidence confidence;
};

struct detection {
	struct change *changes; // owned by the detector; ascending; valid until its next use
	size_t count;
	struct scale scale; // of the last window
	size_t season;      // period of a pattern taken out, in points; 0: none
	double sigma;       // noise, corrected for dependence, on the scale
	struct dependence dependence;
};

struct detector {
	struct segmenter segmenter;
	double *x, *z, *scratch; // CHANGE_WHOLE_MAX each, scratch twice
	struct change *window, *changes;
	size_t changes_count;
};

void detector_init(struct detector *d);
void detector_deinit(struct detector *d);

// Changes of values[0..n) with evidence of at least p->tau_cand; none below p->min_points. All
// values are finite. Memory: O(CHANGE_WHOLE_MAX) plus the changes found.
struct detection detector_run(struct detector *d, const double *values, size_t n,
			      const struct timing_params *p);

// The class that evidence t belongs to.
enum confidence confidence_of(double t, const struct timing_params *p);

#endif
