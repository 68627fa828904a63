// SPDX-License-Identifier: GPL-2.0-or-later
// How large a change is, and where it may have happened.
#ifndef TIMING_SIZE_H
#define TIMING_SIZE_H

#include <stddef.h>

#include "timing/statistics/rank.h"

// Shift between the up to `side` points before index c of x[0..n) (not before a, the change in
// front) and those from c on (not behind e, the next change), with an interval of 95 % widened by
// `inflate` >= 1 for dependent points. a < c < e <= n.
struct rank_shift change_size(const double *x, size_t a, size_t c, size_t e, size_t side,
			      double inflate);

// Where the change at c may as well be: the first and last index q, within 15 points of c and
// between a and e, whose two-level fit costs at most `threshold` more than the best. The change is
// in a commit behind that of point first-1 and up to that of point last.
struct change_range {
	size_t first, last;
};
struct change_range change_range(const double *x, size_t a, size_t c, size_t e, double sigma,
				 double threshold);

#endif
