// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <math.h>

#include "timing/statistics/noise.h"
#include "timing/evaluate/simulate.h"

#define N 4000

static double x[N], values[N], z[N], scratch[2 * N];

static double sigma_of(enum noise_kind kind)
{
	struct random r = {5};
	struct timing_params p = timing_params_default();
	simulate_noise(kind, &r, values, N);
	struct scale s = scale_values(values, N, &p, x, scratch);
	return noise_sigma(x, N, s.floor, scratch);
}

static void sigma_is_the_standard_deviation_of_normal_noise(void **state)
{
	(void)state;
	assert_true(fabs(sigma_of(NOISE_NORMAL) / 0.01 - 1) < 0.06);
	assert_true(fabs(sigma_of(NOISE_LOGNORMAL) / 0.02 - 1) < 0.06);
}

static void a_step_does_not_raise_sigma(void **state)
{
	(void)state;
	double before = sigma_of(NOISE_NORMAL);
	for (size_t i = N / 2; i < N; i++)
		x[i] += 0.5;
	assert_true(noise_sigma(x, N, 1e-4, scratch) < 1.02 * before);
}

static void coarse_ticks_are_noise_even_where_neighbours_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < N; i++)
		x[i] = i % 10 == 0 ? 0.02 : 0;
	assert_true(noise_sigma(x, N, 1e-4, scratch) > 0.003);
}

static void sigma_never_falls_below_its_floor(void **state)
{
	(void)state;
	struct timing_params p = timing_params_default();
	for (size_t i = 0; i < 50; i++)
		values[i] = 1000;
	struct scale s = scale_values(values, 50, &p, x, scratch);
	assert_true(noise_sigma(x, 50, s.floor, scratch) >= 1e-4);
	p.tick = 16; // nanoseconds of a 62.5 MHz counter
	s = scale_values(values, 50, &p, x, scratch);
	assert_true(fabs(s.floor - 16 / (1000 * sqrt(12))) < 1e-12);
}

static void despiking_takes_three_points_and_leaves_four(void **state)
{
	(void)state;
	for (size_t i = 0; i < 60; i++)
		x[i] = 0;
	x[20] = x[21] = x[22] = 1;
	x[40] = x[41] = x[42] = x[43] = 1;
	noise_despike(x, 60, 4, 0.01, z);
	for (size_t i = 0; i < 38; i++)
		assert_true(fabs(z[i]) < 0.5);
	assert_true(z[41] > 0.5 && z[42] > 0.5);
}

static void dependence_is_measured_and_independence_is_zero(void **state)
{
	(void)state;
	struct timing_params p = timing_params_default();
	double s = sigma_of(NOISE_AR5);
	assert_true(fabs(noise_dependence(x, N, s, &p, scratch).rho - 0.5) < 0.12);
	s = sigma_of(NOISE_NORMAL);
	struct dependence d = noise_dependence(x, N, s, &p, scratch);
	assert_true(d.rho < 0.1);
	assert_true(d.inflate >= 1 && d.inflate < 1.15);
}

static void a_step_is_not_taken_for_dependence(void **state)
{
	(void)state;
	struct timing_params p = timing_params_default();
	double s = sigma_of(NOISE_NORMAL);
	for (size_t i = N / 2; i < N; i++)
		x[i] += 1;
	assert_true(noise_dependence(x, N, s, &p, scratch).rho < 0.1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sigma_is_the_standard_deviation_of_normal_noise),
	    cmocka_unit_test(a_step_does_not_raise_sigma),
	    cmocka_unit_test(coarse_ticks_are_noise_even_where_neighbours_agree),
	    cmocka_unit_test(sigma_never_falls_below_its_floor),
	    cmocka_unit_test(despiking_takes_three_points_and_leaves_four),
	    cmocka_unit_test(dependence_is_measured_and_independence_is_zero),
	    cmocka_unit_test(a_step_is_not_taken_for_dependence),
	};
	return cmocka_run_group_tests_name("timing/noise", tests, NULL, NULL);
}
