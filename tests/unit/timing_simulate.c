// SPDX-License-Identifier: GPL-2.0-or-later
// The noises are what their names say, and a simulation counts what it saw.
#include "unit/unit.h"

#include <math.h>
#include <stdlib.h>

#include "timing/statistics/order.h"
#include "timing/evaluate/simulate.h"

#define N 40000

// Middle and deviation of the quantiles that spikes and tails do not reach, and of neighbours.
static void each_noise_has_its_shape(void **state)
{
	(void)state;
	static const struct {
		double median, spread; // half of what lies between the quantiles of +-1 sigma
		double far, above;     // shares beyond 5 %, and above 103
		double neighbours;     // correlation
	} wanted[NOISE_KINDS] = {
	    [NOISE_NORMAL] = {100, 1, 0, 0.00135, 0},
	    [NOISE_LOGNORMAL] = {100, 2, 0.0133, 0.0697, 0},
	    [NOISE_T3] = {100, 1.197, 0.0154, 0.0288, 0},
	    [NOISE_AR5] = {100, 1, 0, 0.00135, 0.5},
	    [NOISE_AR8] = {100, 1, 0, 0.00135, 0.8},
	    [NOISE_SPIKES] = {100.04, 1.05, 0.03, 0.0313, 0},
	    [NOISE_BIMODAL] = {100.28, 2.17, 0.0082, 0.292, 0},
	    [NOISE_TICKS] = {50, 1, 1, 0, 0},
	};
	double *x = malloc(N * sizeof(*x)), *sorted = malloc(N * sizeof(*x));
	assert_true(x && sorted);
	for (unsigned k = 0; k < NOISE_KINDS; k++) {
		struct random r = {5};
		double far = 0, above = 0, mean = 0, both = 0, square = 0;
		simulate_noise((enum noise_kind)k, &r, x, N);
		for (size_t i = 0; i < N; i++) {
			sorted[i] = x[i];
			mean += x[i] / N;
			far += (fabs(x[i] - 100) > 5) / (double)N;
			above += (x[i] > 103) / (double)N;
		}
		order_sort(sorted, N);
		double spread = (sorted[(size_t)(0.8413 * N)] - sorted[(size_t)(0.1587 * N)]) / 2;
		for (size_t i = 0; i + 1 < N; i++) {
			both += (x[i] - mean) * (x[i + 1] - mean);
			square += (x[i] - mean) * (x[i] - mean);
		}
		bool good = fabs(sorted[N / 2] - wanted[k].median) < 0.1 &&
			    fabs(spread - wanted[k].spread) < 0.08 &&
			    fabs(far - wanted[k].far) < 0.004 &&
			    fabs(above - wanted[k].above) < 0.008 &&
			    fabs(both / square - wanted[k].neighbours) < 0.03;
		if (!good)
			fail_msg(
			    "%s: median %.3f, spread %.3f, far %.4f, above %.4f, neighbours %.3f",
			    noise_kind_name((enum noise_kind)k), sorted[N / 2], spread, far, above,
			    both / square);
	}
	free(x);
	free(sorted);
}

static void a_simulation_counts_each_step_once(void **state)
{
	(void)state;
	struct timing_params p = timing_params_default();
	for (int reruns = 0; reruns < 2; reruns++) {
		struct simulation s = {.kind = NOISE_NORMAL,
				       .series = 4,
				       .points = 80,
				       .step = 0.2,
				       .seed = 3,
				       .reruns = reruns};
		struct simulation_result r = simulate(&s, &p);
		assert_int_equal(r.series, 4);
		assert_int_equal(r.points, 4 * 80);
		assert_int_equal(r.found, 4);
		assert_int_equal(r.found_whole, 4);
		assert_int_equal(r.false_whole, 0);
		assert_int_equal(r.pending, 0);
		assert_int_equal(r.confirmed_falsely, 0);
		assert_int_equal(r.withdrawn, 0);
		assert_in_range((unsigned)r.median_delay, 0, 3);
		s.step = 0;
		r = simulate(&s, &p);
		assert_int_equal(r.found, 0);
		assert_int_equal(r.found_whole, 0);
		assert_int_equal(r.pending, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_noise_has_its_shape),
	    cmocka_unit_test(a_simulation_counts_each_step_once),
	};
	return cmocka_run_group_tests_name("timing/simulate", tests, NULL, NULL);
}
