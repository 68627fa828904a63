// SPDX-License-Identifier: GPL-2.0-or-later
// Finds the first point of a level that has just begun. The segmentation makes no level of fewer than
// p->min_segment points, so the first points of such a level may belong to the one before.
#ifndef TIMING_ONSET_H
#define TIMING_ONSET_H

#include <stddef.h>

// Fewest points that make a new level.
#define ONSET_MIN 3

// The boundary c, the last of x[0..n), moved to where the new level begins; a < c is the boundary in
// front, `side` how many points before measure the old level. It stays where it is when excursions
// this far are nothing new in x: then as few points prove nothing. `scratch` holds n doubles.
size_t onset_place(const double *x, size_t n, size_t a, size_t c, size_t side, double *scratch);

#endif
