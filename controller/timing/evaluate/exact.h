// SPDX-License-Identifier: GPL-2.0-or-later
// Compares exact values, which the same code reproduces to the digit: instruction counts, sizes, table
// counts.
#ifndef TIMING_EXACT_H
#define TIMING_EXACT_H

#include <stdbool.h>

#include "timing/points.h"

// Whether two runs gave the same vector of repetitions (or the same summary): each repetition, and
// the median, the same as its fellow by metric_same(). Repetitions inside one run may differ.
bool exact_equal(const struct timing_run *a, const struct timing_run *b, double tick);

enum exact_size {
	EXACT_MINOR, // below 0.1 %
	EXACT_NORMAL,
	EXACT_MAJOR, // 5 % and more
};

enum exact_size exact_size_of(double relative);
const char *exact_size_name(enum exact_size s);

#endif
