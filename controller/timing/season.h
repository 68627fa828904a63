// SPDX-License-Identifier: GPL-2.0-or-later
// Finds and removes a pattern that repeats every 5 or 7 points, such as the days of the week. It would
// be taken for changes of level otherwise.
#ifndef TIMING_SEASON_H
#define TIMING_SEASON_H

#include <stddef.h>

// The longest pattern looked for, in points.
#define SEASON_MAX 7

// Takes a repeating pattern out of x[0..n) when values a period apart are so much more alike than
// others that it pays; returns its period, or 0: x is as it was. The levels stay. `sigma` is the
// noise of x; `scratch` holds n doubles.
size_t season_remove(double *x, size_t n, double sigma, double *scratch);

#endif
