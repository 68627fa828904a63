// SPDX-License-Identifier: GPL-2.0-or-later
// The formulas of timing/statistics on few values, against what they give by hand.
#include "unit/timing_table.h"

#include "timing/evidence.h"
#include "timing/onset.h"
#include "timing/season.h"
#include "timing/statistics/noise.h"
#include "timing/evaluate/exact.h"
#include "timing/evaluate/offset.h"
#include "timing/statistics/order.h"
#include "timing/statistics/inference.h"

// ---- rank ----------------------------------------------------------------------------------

// One group of three: U, and the normal approximation with its correction for ties.
static void ties_shrink_the_variance(void **state)
{
	(void)state;
	const double a[] = {1, 2, 2}, b[] = {2, 3, 4, 5};
	struct rank_test t = rank_mann_whitney(a, 3, b, 4);
	assert_false(t.exact);
	assert_close(t.u, 1); // two halves
	double sd = sqrt(3 * 4 / 12.0 * (8 - 24.0 / (7 * 6)));
	assert_close(t.p_greater, 0.5 * erfc((6 - 1 - 0.5) / sd / sqrt(2)));
	assert_close(t.p_less, 0.5 * erfc((1 - 6 - 0.5) / sd / sqrt(2)));
	assert_close(t.p_both, 2 * t.p_greater);
}

// Up to 20 a side every order is counted, from 21 on the normal takes over.
static void twenty_a_side_are_the_most_that_are_counted(void **state)
{
	(void)state;
	double a[21], b[21];
	for (int i = 0; i < 21; i++) {
		a[i] = 2 * i;
		b[i] = 2 * i + 1;
	}
	struct rank_test t = rank_mann_whitney(a, 20, b, 20);
	assert_true(t.exact);
	assert_close(t.u, 190);
	assert_true(t.p_greater > 0.39 && t.p_greater < 0.41);
	assert_close(t.p_both, 2 * t.p_greater);
	assert_false(rank_mann_whitney(a, 21, b, 20).exact);
	assert_false(rank_mann_whitney(a, 20, b, 21).exact);
	// The largest of each: one order in C(40,20) has all b above all a.
	for (int i = 0; i < 20; i++)
		b[i] = 100 + i;
	assert_close(rank_mann_whitney(a, 20, b, 20).p_greater * 137846528820, 1);
	assert_close(rank_mann_whitney(a, 20, b, 20).p_less, 1);
}

// Two against two: of six orders U = 0, 1, 2, 2, 3, 4.
static void two_against_two_can_be_counted_by_hand(void **state)
{
	(void)state;
	static const struct {
		double a[2], b[2], u, greater, less;
	} cases[] = {{{1, 2}, {3, 4}, 0, 1 / 6.0, 1},
		     {{1, 3}, {2, 4}, 1, 2 / 6.0, 5 / 6.0},
		     {{1, 4}, {2, 3}, 2, 4 / 6.0, 4 / 6.0},
		     {{2, 4}, {1, 3}, 3, 5 / 6.0, 2 / 6.0},
		     {{3, 4}, {1, 2}, 4, 1, 1 / 6.0}};
	for (int i = 0; i < 5; i++) {
		struct rank_test t = rank_mann_whitney(cases[i].a, 2, cases[i].b, 2);
		assert_close(t.u, cases[i].u);
		assert_close(t.p_greater, cases[i].greater);
		assert_close(t.p_less, cases[i].less);
		assert_close(t.p_both, fmin(1, 2 * fmin(cases[i].greater, cases[i].less)));
	}
}

// As many differences as there are U with P(U <= u) <= 0.025: of five against five 0, 1 and 2, as
// P(U <= 2) is 4/252 and P(U <= 3) 7/252.
static void how_many_differences_are_dropped_follows_the_ranks(void **state)
{
	(void)state;
	double a[40], b[40];
	for (int i = 0; i < 40; i++) {
		a[i] = i;
		b[i] = 100 + i;
	}
	static const struct {
		size_t n, m, dropped;
	} cases[] = {{1, 1, 0}, {2, 2, 0}, {3, 3, 0}, {4, 4, 1},  {5, 5, 3},
		     {4, 5, 2}, {6, 6, 6}, {7, 7, 9}, {8, 8, 14}, {10, 10, 24}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rank_shift s = rank_hodges_lehmann(a, cases[i].n, b, cases[i].m, 1);
		assert_int_equal(s.dropped, cases[i].dropped);
		assert_close(s.shift, 100 + ((double)cases[i].m - (double)cases[i].n) / 2);
	}
	// Of large samples n m / 2 - 1.96 sqrt(n m (n + m + 1) / 12), rounded down.
	assert_int_equal(rank_hodges_lehmann(a, 40, b, 40, 1).dropped,
			 (size_t)floor(800 - 1.96 * sqrt(1600 * 81 / 12.0)));
	assert_int_equal(rank_hodges_lehmann(a, 40, b, 30, 1).dropped,
			 (size_t)floor(600 - 1.96 * sqrt(1200 * 71 / 12.0)));
	// One value against many: the normal gives less than none.
	assert_int_equal(rank_hodges_lehmann(a, 1, b, 40, 1).dropped, 0);
}

// Ranks of 1, 3, 2, 4: five rises, one fall; the slopes are -1, 1/2, 1/2, 1, 2, 2.
static void a_short_trend_by_hand(void **state)
{
	(void)state;
	const double y[] = {1, 3, 2, 4}, down[] = {4, 2, 3, 1}, flat[] = {5, 5, 5};
	struct rank_trend t = rank_mann_kendall(y, 4);
	double deviation = sqrt(4 * 3 * 13 / 18.0);
	assert_close(t.s, 4);
	assert_close(t.z, 3 / deviation);
	assert_close(t.slope, 0.75);
	assert_close(t.low, -1); // (6 - 1.96 * 2.94) / 2 is 0: the ends
	assert_close(t.high, 2);
	t = rank_mann_kendall(down, 4);
	assert_close(t.s, -4);
	assert_close(t.z, -3 / deviation);
	assert_close(t.low, -2);
	assert_close(t.high, 1);
	assert_close(rank_mann_kendall(flat, 3).z, 0);
	assert_close(rank_mann_kendall(y, 2).slope, 2);
	double line[30];
	for (int i = 0; i < 30; i++)
		line[i] = i + (i % 2 ? 5 : 0);
	t = rank_mann_kendall(line, 30);
	double slopes[435];
	size_t n = 0;
	for (int i = 0; i < 30; i++)
		for (int j = i + 1; j < 30; j++)
			slopes[n++] = (line[j] - line[i]) / (j - i);
	order_sort(slopes, n);
	size_t dropped = (size_t)((435 - 1.96 * sqrt(30 * 29 * 65 / 18.0)) / 2);
	assert_close(t.low, slopes[dropped]);
	assert_close(t.high, slopes[n - 1 - dropped]);
}

// ---- Student's t ---------------------------------------------------------------------------

// Of one degree: 1/2 + atan(t) / pi. Of two and four with s = t / sqrt(df + t^2): 1/2 + s / 2 and
// 1/2 + s (3 - s^2) / 4.
static void small_degrees_follow_their_closed_forms(void **state)
{
	(void)state;
	for (double t = -40; t <= 40; t += 0.37) {
		double s2 = t / sqrt(2 + t * t), s4 = t / sqrt(4 + t * t);
		assert_close(student_cdf(t, 1), 0.5 + atan(t) / acos(-1));
		assert_close(student_cdf(t, 2), 0.5 + s2 / 2);
		assert_close(student_cdf(t, 4), 0.5 + s4 * (3 - s4 * s4) / 4);
	}
	assert_close(student_cdf(0, 3), 0.5);
	assert_close(student_quantile(0.5, 3), 0);
	assert_close(student_quantile(0.75, 1), 1);
	assert_close(student_quantile(0.25, 1), -1);
	// Far out: the tail of one degree is 1 / (pi t).
	assert_close(student_cdf(-1e9, 1) * 1e9 * acos(-1), 1);
	assert_close(student_quantile(1e-9, 1) / (-1e9 / acos(-1)), 1);
}

static void samples_have_the_mean_and_the_unbiased_variance(void **state)
{
	(void)state;
	const double x[] = {1, 2, 6};
	struct sample s = sample_of(x, 3);
	assert_close(s.mean, 3);
	assert_close(s.variance, 7);
	assert_int_equal(s.n, 3);
	s = sample_of(x, 1);
	assert_close(s.mean, 1);
	assert_close(s.variance, 0);
	s = sample_of(x, 2);
	assert_close(s.variance, 0.5);
	s = sample_of(x, 0);
	assert_close(s.mean, 0);
	assert_close(s.variance, 0);
}

static void welch_keeps_its_parts(void **state)
{
	(void)state;
	const struct sample a = {1, 2, 4}, b = {4, 6, 3}, still = {4, 0, 3}, one = {1, 0, 4};
	struct welch w = welch_test(&a, &b);
	assert_close(w.difference, 3);
	assert_close(w.error, sqrt(0.5 + 2));
	assert_close(w.t, -3 / sqrt(2.5));
	assert_close(w.df, 2.5 * 2.5 / (0.25 / 3 + 4 / 2.0));
	assert_close(w.p, 2 * student_cdf(w.t, w.df));
	w = welch_test(&one, &still);
	assert_close(w.difference, 3);
	assert_close(w.df, 5);
	assert_close(w.p, 0);
	assert_close(welch_test(&still, &still).p, 1);
	assert_close(welch_test(&still, &still).df, 4);
}

// ---- order ---------------------------------------------------------------------------------

static void equal_values_end_a_selection_at_once(void **state)
{
	(void)state;
	for (size_t n = 1; n < 40; n++) {
		double x[40];
		for (size_t i = 0; i < n; i++)
			x[i] = (double)(i % 3);
		for (size_t k = 0; k < n; k++)
			assert_close(order_select(x, n, k), k < (n + 2) / 3                 ? 0
							    : k < (n + 2) / 3 + (n + 1) / 3 ? 1
											    : 2);
	}
}

static void quantiles_interpolate_and_end_at_the_ends(void **state)
{
	(void)state;
	double x[] = {4, 1, 3, 2};
	assert_close(order_quantile(x, 4, 0), 1);
	assert_close(order_quantile(x, 4, 0.1), 1.3);
	assert_close(order_quantile(x, 4, 1.0 / 3), 2);
	assert_close(order_quantile(x, 4, 1), 4);
	assert_close(order_quantile(x, 1, 0.7), x[0]);
}

// ---- scales and noise ----------------------------------------------------------------------

static void a_scale_is_logarithmic_only_of_positive_values(void **state)
{
	(void)state;
	struct timing_params p = timing_params_default();
	double x[4], scratch[8];
	const double good[] = {1, 4, 2, 8}, zero[] = {0, 4, 2, 8}, around[] = {-4, -1, 1, 4};
	struct scale s = scale_values(good, 4, &p, x, scratch);
	assert_true(s.log);
	assert_close(s.middle, 3);
	assert_close(s.unit, 3);
	assert_close(s.floor, 1e-4);
	assert_close(x[1], log(4));
	assert_close(scale_relative(&s, -log(2)), 1);
	assert_close(scale_fraction(&s, -log(2)), -0.5);
	assert_close(scale_absolute(&s, -log(2)), 3);
	s = scale_values(zero, 4, &p, x, scratch);
	assert_false(s.log);
	assert_close(x[1], 4);
	assert_close(s.floor, 3e-4);
	assert_close(scale_relative(&s, -6), 2);
	assert_close(scale_fraction(&s, -6), -2);
	assert_close(scale_absolute(&s, -6), 6);
	// Around nothing the mean magnitude is the unit.
	s = scale_values(around, 4, &p, x, scratch);
	assert_close(s.middle, 0);
	assert_close(s.unit, 2.5);
	const double none[] = {0, 0, 0, 0};
	s = scale_values(none, 4, &p, x, scratch);
	assert_close(s.unit, 0);
	assert_close(scale_relative(&s, 5), 0);
	assert_close(s.floor, 1e-4);
	// The error of rounding to a tick, tick / sqrt 12, relative to the middle.
	p.tick = 0.3;
	s = scale_values(good, 4, &p, x, scratch);
	assert_close(s.floor, 0.1 / sqrt(12));
	s = scale_values(none, 4, &p, x, scratch);
	assert_close(s.floor, 0.3 / sqrt(12));
}

// Alternating by 1: neighbours differ by 1, points two apart by nothing.
static void lagged_variance_takes_noise_and_leaves_steps(void **state)
{
	(void)state;
	double x[20];
	for (int i = 0; i < 20; i++)
		x[i] = i % 2;
	assert_close(noise_lagged(x, 20, 1, 1), 0.5);
	assert_close(noise_lagged(x, 20, 2, 1), 0);
	assert_close(noise_lagged(x, 20, 1, 1 / 4.25),
		     0.5); // up to three noise units of a difference
	assert_close(noise_lagged(x, 20, 1, 0.99 / 4.25), 0);
	assert_close(noise_lagged(x, 3, 3, 1), 0);
	x[19] = 3; // by 3: once in 19
	assert_close(noise_lagged(x, 20, 1, 1), (18 + 9) / 38.0);
}

static void dependence_is_the_ratio_of_lagged_variances(void **state)
{
	(void)state;
	struct timing_params p = timing_params_default();
	double x[40], scratch[40];
	// Rises of 1 and falls of 1 by turns of two: neighbours differ by 1, points two apart by
	// 2, 0, -2, 0: twice the square, so rho is 1, which is capped.
	static const double turn[] = {0, 1, 2, 1};
	for (int i = 0; i < 40; i++)
		x[i] = turn[i % 4];
	struct dependence d = noise_dependence(x, 40, 1, &p, scratch);
	assert_close(d.rho, 0.8);
	assert_close(d.inflate, 3);
	assert_close(d.sigma, 1.4826 / sqrt(0.4));
	p.rho_cap = 0.5;
	d = noise_dependence(x, 40, 3, &p, scratch);
	assert_close(d.rho, 0.5);
	assert_close(d.inflate, sqrt(3));
	assert_close(d.sigma, 3);
	assert_close(noise_dependence(x, 11, 1, &p, scratch).rho, 0);
	assert_close(noise_dependence(x, 12, 1, &p, scratch).rho, 0.5);
	// The gate is in units of 1/sqrt(40).
	p.rho_gate = 0.999 * sqrt(40);
	assert_close(noise_dependence(x, 40, 1, &p, scratch).rho, 0.5);
	p.rho_gate = 1.001 * sqrt(40);
	d = noise_dependence(x, 40, 1, &p, scratch);
	assert_close(d.rho, 0);
	assert_close(d.inflate, 1);
	const double still[12] = {0};
	d = noise_dependence(still, 12, 0.5, &p, scratch);
	assert_close(d.rho, 0);
	assert_close(d.sigma, 0.5);
}

static void clipping_holds_points_near_their_median(void **state)
{
	(void)state;
	double x[] = {0, 0, 9, 0, 0, -9, 0, 0, 2}, z[9];
	noise_clip(x, 9, 2.5, 1, z);
	const double clipped[] = {0, 0, 2.5, 0, 0, -2.5, 0, 0, 2};
	for (int i = 0; i < 9; i++)
		assert_close(z[i], clipped[i]);
	noise_despike(x, 9, 4, 1, z);
	const double despiked[] = {0, 0, 0, 0, 0, 0, 0, 0, 2};
	for (int i = 0; i < 9; i++)
		assert_close(z[i], despiked[i]);
	noise_despike(x, 9, 9, 1, z); // just as far as it may be
	for (int i = 0; i < 9; i++)
		assert_close(z[i], x[i]);
}

// Neighbours differ by 1: 1.4826 / sqrt 2 by the differences. Of eleven points six are the others, so
// that each is 1 away from their median.
static void noise_is_the_larger_of_two_views(void **state)
{
	(void)state;
	double x[41], scratch[82];
	for (int i = 0; i < 41; i++)
		x[i] = i % 2;
	assert_close(noise_sigma(x, 41, 1e-4, scratch), 1.4826 / sqrt(2));
	struct noise n = noise_measure(x, 41, 1e-4, scratch);
	assert_close(n.sigma, 1.4826 / sqrt(2));
	assert_close(n.bulk, 1.4826);
	assert_close(noise_sigma(x, 41, 7, scratch), 7);
	assert_close(noise_measure(x, 41, 7, scratch).bulk, 7);
	// Two apart in pairs: most neighbours are equal, and the spread around the median is all.
	for (int i = 0; i < 41; i++)
		x[i] = i / 4 % 2;
	double around[41];
	order_running_median(x, 41, 5, around);
	for (int i = 0; i < 41; i++)
		around[i] = x[i] - around[i];
	order_sort(around, 41);
	assert_close(noise_sigma(x, 41, 1e-4, scratch), (around[38] - around[2]) / 3.29);
	n = noise_measure(x, 41, 1e-4, scratch);
	assert_close(n.sigma, (around[34] - around[6]) / 2.0729);
	assert_close(noise_sigma(x, 1, 0.25, scratch), 0.25);
	const double two[] = {0, 3};
	assert_close(noise_sigma(two, 2, 1e-4, scratch), 1.4826 * 3 / sqrt(2));
}

// ---- evidence ------------------------------------------------------------------------------

static void evidence_follows_its_formulas(void **state)
{
	(void)state;
	struct timing_params p = timing_params_default();
	const struct dependence d = {.rho = 0, .inflate = 1.5, .sigma = 1};
	assert_int_equal(evidence_side(&d, &p), 90);
	const struct dependence none = {.rho = 0, .inflate = 1, .sigma = 1};
	assert_int_equal(evidence_side(&none, &p), 40);
	const struct dependence much = {.rho = 0, .inflate = 3, .sigma = 1};
	assert_int_equal(evidence_side(&much, &p), 100);
	assert_close(evidence_medians(2, 0.5, &d, 4, 16),
		     2 / (1.2533 * 0.5 * 1.5 * sqrt(0.25 + 0.0625)));
	double df = 400 / 20.0;
	assert_close(evidence_known(6, 20),
		     (8 * df + 1) / (8 * df + 3) * sqrt(df * log(1 + 36 / df)));
	// Five at 0 to 4, five 3 higher: of 25 pairs 22 and two halves lie beyond.
	const double x[] = {0, 1, 2, 3, 4, 3, 4, 5, 6, 7};
	double scratch[10];
	struct step_evidence e = evidence_weigh(x, 10, 0, 5, 10, 0.1, &none, &p, scratch);
	assert_close(e.shift, 3);
	assert_close(e.share, 23 / 25.0);
	assert_close(e.ranks, (e.share - 0.5) * sqrt(12 * 25 / 11.0));
	assert_close(e.medians, 3 / (1.2533 * 0.1 * sqrt(0.4)));
	assert_close(e.t, evidence_known(e.medians, 10));
	assert_close(e.enough, 0.98);
	// A step that the noise dwarfs: 5 times what is left of 1.5 noise units.
	e = evidence_weigh(x, 10, 0, 5, 10, 4, &none, &p, scratch);
	assert_close(e.t, fmax(e.ranks, fmin(evidence_known(e.medians, 10), 5 * 3 / (1.5 * 4))));
	p.c_min = 0;
	p.young = 2;
	e = evidence_weigh(x, 10, 0, 5, 10, 4, &d, &p, scratch);
	assert_close(e.t, fmax(e.ranks, evidence_known(e.medians, 10)));
	assert_close(e.ranks, (e.share - 0.5) * sqrt(12 * 25 / 11.0) / 1.5);
	assert_close(e.enough, 0.75 + 0.23 * 2 / 5);
}

// ---- exact runs and drift ------------------------------------------------------------------

static void exact_runs_are_equal_in_every_number(void **state)
{
	(void)state;
	const struct timing_run a = {
	    .min = 10, .median = 11, .p90 = 12, .max = 13, .summary_count = 5};
	const double reps[] = {10, 11};
	struct timing_run b = a;
	assert_true(exact_equal(&a, &b, 0));
	double *fields[] = {&b.min, &b.median, &b.p90, &b.max};
	for (int i = 0; i < 4; i++) {
		b = a;
		*fields[i] += 2;
		assert_true(exact_equal(&a, &b, 2));
		assert_false(exact_equal(&a, &b, 1.9));
		assert_false(exact_equal(&b, &a, 1.9));
	}
	b = a;
	b.summary_count = 6;
	assert_false(exact_equal(&a, &b, 9));
	b.summary_count = 5;
	b.reps = reps;
	b.reps_count = 2;
	assert_false(exact_equal(&a, &b, 9));
	assert_false(exact_equal(&b, &a, 9));
	struct timing_run none = {.reps = reps, .reps_count = 0};
	assert_false(exact_equal(&none, &none, 9));
	static const double sizes[] = {0, 0.00099, 0.001, 0.0499, 0.05, -0.05, -0.001, -0.0009};
	static const char *const names[] = {"minor", "minor", "normal", "normal",
					    "major", "major", "normal", "minor"};
	for (int i = 0; i < 8; i++)
		assert_string_equal(exact_size_name(exact_size_of(sizes[i])), names[i]);
}

// Blocks of five: a straight line drifts by its whole length, the oldest points over are left out.
static void a_drift_is_the_slope_over_its_blocks(void **state)
{
	(void)state;
	struct timing_params p = timing_params_default();
	double x[64];
	for (int i = 0; i < 64; i++)
		x[i] = i < 4 ? 99 : 0.01 * i;
	assert_false(drift_find(x, 59, 0.001, &p).found);
	struct drift d = drift_find(x, 64, 0.001, &p);
	assert_true(d.found);
	assert_close(d.total, 12 * 0.05);
	assert_close(d.low, 0.6);
	assert_close(d.high, 0.6);
	assert_close(d.z, (66 - 1) / sqrt(12 * 11 * 29 / 18.0));
	// Twice the noise, and twice the least relative step, at least.
	assert_true(drift_find(x, 64, 0.29, &p).found);
	assert_false(drift_find(x, 64, 0.31, &p).found);
	p.min_rel = 0.31;
	assert_false(drift_find(x, 64, 0.001, &p).found);
	p.min_rel = 0.29;
	assert_true(drift_find(x, 64, 0.001, &p).found);
	p.drift_z = 4.5;
	assert_false(drift_find(x, 64, 0.001, &p).found);
	p.drift_z = 4.4;
	for (int i = 0; i < 64; i++)
		x[i] = -x[i];
	d = drift_find(x, 64, 0.001, &p);
	assert_true(d.found);
	assert_close(d.total, -0.6);
}

static void noise_is_compared_between_its_last_and_earlier_points(void **state)
{
	(void)state;
	struct timing_params p = timing_params_default();
	double x[92], ratio;
	for (int k = 0; k < 3; k++) {
		static const double recent[] = {3, 0.3, 1};
		for (int i = 0; i < 92; i++)
			x[i] = (i < 2 ? 1000 : 1) * (i >= 62 ? recent[k] : 1) * (i % 2);
		assert_int_equal(noise_change_find(x, 92, 1e-4, &p, &ratio), k == 0   ? NOISE_RISEN
									     : k == 1 ? NOISE_FALLEN
										      : NOISE_SAME);
		assert_close(ratio, recent[k]);
		assert_int_equal(noise_change_find(x, 89, 1e-4, &p, &ratio), NOISE_SAME);
		assert_close(ratio, 1);
	}
	p.noise_high = 3;
	p.noise_low = 0.3;
	for (int i = 0; i < 92; i++)
		x[i] = (i >= 62 ? 4 : 1) * (i % 2);
	p.noise_high = 4;
	assert_int_equal(noise_change_find(x, 92, 1e-4, &p, &ratio), NOISE_RISEN);
	for (int i = 0; i < 92; i++)
		x[i] = (i >= 62 ? 1 : 4) * (i % 2);
	p.noise_low = 0.25;
	assert_int_equal(noise_change_find(x, 92, 1e-4, &p, &ratio), NOISE_FALLEN);
}

// Anchors around 100, then around 110: off a logarithmic scale a fraction of the release.
static void a_budget_is_a_fraction_of_the_release(void **state)
{
	(void)state;
	struct timing_params p = timing_params_default();
	double anchor[10], now[12];
	for (int i = 0; i < 10; i++)
		anchor[i] = 100 + i % 3 - 1;
	for (int i = 0; i < 12; i++)
		now[i] = i < 2 ? 1000 : 110 + i % 3 - 1;
	struct rank_shift s = rank_hodges_lehmann(anchor, 10, now + 2, 10, 2);
	struct budget b = budget_check(anchor, 10, now, 12, false, 1, 2, &p);
	assert_true(b.known && b.exceeded);
	assert_close(b.relative, s.shift / 100);
	assert_close(b.low, s.low / 100);
	assert_close(b.high, s.high / 100);
	p.budget_rel = b.relative;
	assert_false(budget_check(anchor, 10, now, 12, false, 1, 2, &p).exceeded);
	assert_false(budget_check(anchor, 10, now, 9, false, 1, 2, &p).known);
	double zero[10] = {0};
	p.budget_rel = 0.05;
	b = budget_check(zero, 10, now, 12, false, 0, 1, &p);
	assert_true(b.exceeded);
	assert_close(b.relative, 110);
	b = budget_check(now + 2, 10, zero, 10, false, 0, 1, &p);
	assert_true(b.exceeded);
	assert_close(b.relative, -1);
}

// ---- random --------------------------------------------------------------------------------

// SplitMix64's published first outputs of seed 0 and of seed 1234567.
static void the_generator_is_splitmix64(void **state)
{
	(void)state;
	struct random r = {0};
	assert_true(random_next(&r) == UINT64_C(0xe220a8397b1dcdaf));
	assert_true(random_next(&r) == UINT64_C(0x6e789e6aa1b965f4));
	struct random s = {1234567};
	assert_true(random_next(&s) == UINT64_C(6457827717110365317));
	assert_true(random_next(&s) == UINT64_C(3203168211198807973));
	struct random u = {0};
	assert_close(random_uniform(&u), (double)(UINT64_C(0xe220a8397b1dcdaf) >> 11) / 0x1p53);
	struct random a = {9}, b = {9};
	double first = random_uniform(&a), second = random_uniform(&a);
	assert_close(random_normal(&b), sqrt(-2 * log(1 - first)) * cos(2 * acos(-1) * second));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ties_shrink_the_variance),
	    cmocka_unit_test(twenty_a_side_are_the_most_that_are_counted),
	    cmocka_unit_test(two_against_two_can_be_counted_by_hand),
	    cmocka_unit_test(how_many_differences_are_dropped_follows_the_ranks),
	    cmocka_unit_test(a_short_trend_by_hand),
	    cmocka_unit_test(small_degrees_follow_their_closed_forms),
	    cmocka_unit_test(samples_have_the_mean_and_the_unbiased_variance),
	    cmocka_unit_test(welch_keeps_its_parts),
	    cmocka_unit_test(equal_values_end_a_selection_at_once),
	    cmocka_unit_test(quantiles_interpolate_and_end_at_the_ends),
	    cmocka_unit_test(a_scale_is_logarithmic_only_of_positive_values),
	    cmocka_unit_test(lagged_variance_takes_noise_and_leaves_steps),
	    cmocka_unit_test(dependence_is_the_ratio_of_lagged_variances),
	    cmocka_unit_test(clipping_holds_points_near_their_median),
	    cmocka_unit_test(noise_is_the_larger_of_two_views),
	    cmocka_unit_test(evidence_follows_its_formulas),
	    cmocka_unit_test(exact_runs_are_equal_in_every_number),
	    cmocka_unit_test(a_drift_is_the_slope_over_its_blocks),
	    cmocka_unit_test(noise_is_compared_between_its_last_and_earlier_points),
	    cmocka_unit_test(a_budget_is_a_fraction_of_the_release),
	    cmocka_unit_test(the_generator_is_splitmix64),
	};
	return cmocka_run_group_tests_name("timing/formulas", tests, NULL, NULL);
}
