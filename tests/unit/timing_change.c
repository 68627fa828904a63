// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <math.h>

#include "timing/evaluate/change.h"
#include "timing/evaluate/simulate.h"

static struct detector detector;

static int set_up(void **state)
{
	(void)state;
	detector_init(&detector);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	detector_deinit(&detector);
	return 0;
}

static struct detection run(const double *values, size_t n)
{
	struct timing_params p = timing_params_default();
	return detector_run(&detector, values, n, &p);
}

static void fill(double *x, size_t from, size_t to, double v)
{
	for (size_t i = from; i < to; i++)
		x[i] = v;
}

static void a_series_is_measured_from_twelve_points_on(void **state)
{
	(void)state;
	double x[12];
	for (size_t i = 0; i < 12; i++)
		x[i] = 100 + (double)(i % 3);
	struct detection d = run(x, 11);
	assert_int_equal(d.count, 0);
	assert_true(!(d.sigma > 0) && !(d.scale.unit > 0));
	d = run(x, 12);
	assert_int_equal(d.count, 0);
	assert_true(d.sigma > 0 && d.scale.unit > 0);
}

static void a_constant_series_has_no_change(void **state)
{
	(void)state;
	double x[80];
	fill(x, 0, 80, 100);
	assert_int_equal(run(x, 80).count, 0);
	fill(x, 0, 80, 0);
	assert_int_equal(run(x, 80).count, 0);
	fill(x, 0, 80, -3);
	assert_int_equal(run(x, 80).count, 0);
}

static void a_step_of_a_constant_series_is_found_at_its_place(void **state)
{
	(void)state;
	double x[60];
	fill(x, 0, 50, 100);
	fill(x, 50, 60, 103);
	struct detection d = run(x, 60);
	assert_int_equal(d.count, 1);
	assert_int_equal(d.changes[0].at, 50);
	assert_true(fabs(d.changes[0].relative - 0.03) < 1e-9);
	assert_int_equal(d.changes[0].confidence, CONFIDENCE_STRONG);
}

static void excursions_of_one_and_two_points_are_no_change(void **state)
{
	(void)state;
	double x[60];
	fill(x, 0, 60, 100);
	x[30] = 250;
	assert_int_equal(run(x, 60).count, 0);
	x[31] = 240;
	assert_int_equal(run(x, 60).count, 0);
	x[58] = x[59] = 250;
	assert_int_equal(run(x, 60).count, 0);
}

static void too_few_points_are_not_judged(void **state)
{
	(void)state;
	double x[11];
	fill(x, 0, 5, 100);
	fill(x, 5, 11, 900);
	for (size_t n = 0; n <= 11; n++)
		assert_int_equal(run(x, n).count, 0);
}

static void zeros_and_negative_values_are_judged_on_their_own_scale(void **state)
{
	(void)state;
	double x[60];
	fill(x, 0, 30, 0);
	fill(x, 30, 60, 7);
	struct detection d = run(x, 60);
	assert_int_equal(d.count, 1);
	assert_int_equal(d.changes[0].at, 30);
	assert_false(d.scale.log);
	fill(x, 0, 30, -100);
	fill(x, 30, 60, -50);
	d = run(x, 60);
	assert_int_equal(d.count, 1);
	assert_true(d.changes[0].shift > 0);
}

static void steps_below_the_smallest_relative_size_are_left_alone(void **state)
{
	(void)state;
	double x[100];
	fill(x, 0, 50, 100);
	fill(x, 50, 100, 100.9);
	assert_int_equal(run(x, 100).count, 0);
	fill(x, 50, 100, 101.1);
	assert_int_equal(run(x, 100).count, 1);
}

static void a_metric_may_declare_its_smallest_absolute_step(void **state)
{
	(void)state;
	double x[100];
	fill(x, 0, 50, 10);
	fill(x, 50, 100, 12);
	struct timing_params p = timing_params_default();
	p.min_abs = 3;
	assert_int_equal(detector_run(&detector, x, 100, &p).count, 0);
	p.min_abs = 1.5;
	assert_int_equal(detector_run(&detector, x, 100, &p).count, 1);
}

static void long_histories_are_found_through_windows(void **state)
{
	(void)state;
	static double x[12345];
	struct random r = {3};
	simulate_noise(NOISE_NORMAL, &r, x, 12345);
	for (size_t i = 0; i < 12345; i++)
		x[i] *= (i / 1111) % 2 ? 1.1 : 1;
	struct detection d = run(x, 12345);
	assert_int_equal(d.count, 11);
	for (size_t i = 0; i < d.count; i++)
		assert_true(llabs((long long)d.changes[i].at - 1111 * (long long)(i + 1)) <= 1);
}

// A window's share ends where its neighbour's begins, so nothing is found twice.
static void a_change_on_a_window_seam_is_found_once(void **state)
{
	(void)state;
	static double x[3000];
	for (size_t at = 740; at <= 760; at++) {
		struct random r = {at};
		simulate_noise(NOISE_NORMAL, &r, x, 3000);
		for (size_t i = at; i < 3000; i++)
			x[i] *= 1.2;
		assert_int_equal(run(x, 3000).count, 1);
	}
}

static double false_alarms_per_thousand(enum noise_kind kind)
{
	struct random r = {20260603 + kind};
	struct timing_params p = timing_params_default();
	double x[300];
	size_t found = 0;
	p.tau_cand = 6;
	for (int i = 0; i < 200; i++) {
		simulate_noise(kind, &r, x, 300);
		found += detector_run(&detector, x, 300, &p).count;
	}
	return (double)found / 60;
}

static void noise_without_change_stays_quiet(void **state)
{
	(void)state;
	static const double most[NOISE_KINDS] = {
	    [NOISE_AR5] = 0.05, [NOISE_AR8] = 0.4, [NOISE_BIMODAL] = 0.05};
	for (unsigned k = 0; k < NOISE_KINDS; k++) {
		double found = false_alarms_per_thousand((enum noise_kind)k);
		if (found > most[k])
			fail_msg("%s: %g false alarms per 1,000 points, at most %g wanted",
				 noise_kind_name((enum noise_kind)k), found, most[k]);
	}
}

static void two_runs_give_the_same_bits(void **state)
{
	(void)state;
	double x[500];
	struct random r = {11};
	simulate_noise(NOISE_AR5, &r, x, 500);
	for (size_t i = 200; i < 500; i++)
		x[i] *= 1.08;
	struct detection d = run(x, 500);
	assert_int_equal(d.count, 1);
	struct change first = d.changes[0];
	d = run(x, 500);
	assert_memory_equal(&first.t, &d.changes[0].t, sizeof(first.t));
	assert_memory_equal(&first.shift, &d.changes[0].shift, sizeof(first.shift));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_series_is_measured_from_twelve_points_on),
	    cmocka_unit_test(a_constant_series_has_no_change),
	    cmocka_unit_test(a_step_of_a_constant_series_is_found_at_its_place),
	    cmocka_unit_test(excursions_of_one_and_two_points_are_no_change),
	    cmocka_unit_test(too_few_points_are_not_judged),
	    cmocka_unit_test(zeros_and_negative_values_are_judged_on_their_own_scale),
	    cmocka_unit_test(steps_below_the_smallest_relative_size_are_left_alone),
	    cmocka_unit_test(a_metric_may_declare_its_smallest_absolute_step),
	    cmocka_unit_test(long_histories_are_found_through_windows),
	    cmocka_unit_test(a_change_on_a_window_seam_is_found_once),
	    cmocka_unit_test(noise_without_change_stays_quiet),
	    cmocka_unit_test(two_runs_give_the_same_bits),
	};
	return cmocka_run_group_tests_name("timing/change", tests, set_up, tear_down);
}
