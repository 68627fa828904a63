// SPDX-License-Identifier: GPL-2.0-or-later
// Rank statistics: Mann-Whitney, Hodges-Lehmann, Mann-Kendall, Theil-Sen.
//
// They assume no distribution, so that one wild run cannot decide; all values must be finite.
#ifndef TIMING_RANK_H
#define TIMING_RANK_H

#include <stdbool.h>
#include <stddef.h>

// Largest sample on either side for which the exact null distribution of U is used.
#define RANK_EXACT_MAX 20

struct rank_test {
	double u;         // pairs with a > b, ties counting half
	double p_greater; // chance of so small a U if both are alike: small when b > a
	double p_less;    // the same the other way: small when b < a
	double p_both;    // two-sided
	bool exact;       // exact counts; false: normal, corrected for ties and continuity
};

// Mann and Whitney's test of b against a. n, m >= 1. Exact without ties up to RANK_EXACT_MAX a
// side. All values of both samples equal: every p is 1.
struct rank_test rank_mann_whitney(const double *a, size_t n, const double *b, size_t m);

// Largest samples on both sides for which the interval of a shift is exact.
#define HL_EXACT_MAX 12

struct rank_shift {
	double low, shift, high; // b - a with its two-sided interval of 95 %
	size_t dropped;          // ordered differences left out on each side
};

// Hodges and Lehmann's shift of b against a: the median of all differences b_j - a_i. The interval
// is exact up to 12 values a side, normal beyond; both half-widths are multiplied by `widen` >= 1
// (dependent points carry less information than their number says). Memory O(n m).
struct rank_shift rank_hodges_lehmann(const double *a, size_t n, const double *b, size_t m,
				      double widen);

struct rank_trend {
	double s;         // Mann and Kendall's S: rising minus falling pairs
	double z;         // S in standard deviations, corrected for continuity; 0 when k < 2
	double slope;     // Theil and Sen's: median of the pairwise slopes per step
	double low, high; // its interval of 95 % (Sen's, of the normal approximation)
};

// Trend of y[0..k) in its order. Memory O(k^2); k <= RANK_TREND_MAX.
#define RANK_TREND_MAX 512
struct rank_trend rank_mann_kendall(const double *y, size_t k);

#endif
