// SPDX-License-Identifier: GPL-2.0-or-later
// Statistical inference: what can be concluded from samples. Tests and intervals by ranks, Student's t,
// many tests at once, the size of a change, and the random numbers for it.
#ifndef TIMING_INFERENCE_H
#define TIMING_INFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/random.h"

// ---- rank ---------------------------------------------------------------------------------------

// Rank statistics: Mann-Whitney, Hodges-Lehmann, Mann-Kendall, Theil-Sen.
//
// They assume no distribution, so that one wild run cannot decide; all values must be finite.

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

// ---- student ------------------------------------------------------------------------------------

// Student's t distribution and Welch's test.

// P(T <= t) with df > 0 degrees of freedom (need not be whole).
double student_cdf(double t, double df);

// The t with P(T <= t) = p, 0 < p < 1.
double student_quantile(double p, double df);

struct sample {
	double mean;
	double variance; // unbiased; 0 when n = 1
	size_t n;
};

struct sample sample_of(const double *x, size_t n); // n >= 1

struct welch {
	double difference; // mean b - mean a
	double error;      // its standard error
	double t, df;      // (mean a - mean b) / error; Welch and Satterthwaite's
	double p; // two-sided; 1 when both means agree and nothing varies, 0 when they differ
};

// Both samples need n >= 2.
struct welch welch_test(const struct sample *a, const struct sample *b);

// ---- multiple -----------------------------------------------------------------------------------

// Many tests on one page: adjusted p values.

// Holm's step-down adjustment: rejecting where adjusted[i] <= alpha keeps the chance of any false
// claim on the page below alpha.
void multiple_holm(const double *p, size_t n, double *adjusted);

// Benjamini and Hochberg's: rejecting where adjusted[i] <= q keeps the expected share of false
// claims below q.
void multiple_benjamini_hochberg(const double *p, size_t n, double *adjusted);

// ---- size ---------------------------------------------------------------------------------------

// How large a change is, and where it may have happened.

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

// ---- random -------------------------------------------------------------------------------------

double random_normal(struct random *r); // mean 0, standard deviation 1

#endif
