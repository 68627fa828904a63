// SPDX-License-Identifier: GPL-2.0-or-later
// No word is stronger than the numbers beside it.
#include "unit/timing_nights.h"

#include "timing/statistics/noise.h"
#include "timing/evidence.h"
#include "timing/statistics/inference.h"

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

// Every change of x has a size whose interval lies on its own side of 0.
static size_t check_signs(const double *x, size_t n, const char *what)
{
	struct timing_params p = timing_params_default();
	struct detection d = detector_run(&detector, x, n, &p);
	for (size_t i = 0; i < d.count; i++) {
		size_t a = i ? d.changes[i - 1].at : 0;
		size_t e = i + 1 < d.count ? d.changes[i + 1].at : n;
		struct rank_shift s =
		    change_size(detector.x, a, d.changes[i].at, e, evidence_side(&d.dependence, &p),
				d.dependence.inflate);
		if (!(d.changes[i].shift > 0 ? s.low > 0 : s.high < 0))
			fail_msg("%s: change at %zu, t %.2f, interval %g to %g", what,
				 d.changes[i].at, d.changes[i].t, s.low, s.high);
	}
	return d.count;
}

static void a_change_has_a_sign(void **state)
{
	(void)state;
	size_t found = 0;
	for (unsigned k = 0; k < NOISE_KINDS; k++) {
		for (uint64_t seed = 1; seed <= 40; seed++) {
			struct random r = {1000 * k + seed};
			double x[150];
			simulate_noise((enum noise_kind)k, &r, x, 150);
			for (size_t i = 0; i < 150; i++)
				x[i] *= 1 + 0.01 * (double)(seed % 8) * (double)((i / 37) % 2);
			found += check_signs(x, 150, noise_kind_name((enum noise_kind)k));
		}
	}
	assert_true(found > 300);
}

static void spikes_at_the_beginning_are_no_strong_change(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 50; seed++) {
		struct random r = {seed};
		double x[60];
		simulate_noise(NOISE_NORMAL, &r, x, 60);
		size_t first = seed % 3, spikes = 2 + seed % 2;
		for (size_t i = first; i < first + spikes; i++)
			x[i] *= 1.3;
		check_signs(x, 60, "spikes");
		struct timing_params p = timing_params_default();
		struct detection d = detector_run(&detector, x, 60, &p);
		for (size_t i = 0; i < d.count; i++)
			assert_true(d.changes[i].confidence < CONFIDENCE_STRONG);
	}
}

static void a_drift_has_an_interval_around_its_size(void **state)
{
	(void)state;
	struct timing_params p = timing_params_default();
	struct random r = {3};
	double x[150];
	for (size_t i = 0; i < 150; i++)
		x[i] = 0.0004 * (double)i + 0.01 * random_normal(&r);
	struct drift d = drift_find(x, 150, 0.01, &p);
	assert_true(d.found);
	assert_true(0 < d.low && d.low < d.total && d.total < d.high);
	assert_true(d.low < 0.06 && 0.06 < d.high);
}

static void a_board_that_moved_alone_has_an_interval_and_a_budget_lies_in_its_own(void **state)
{
	(void)state;
	struct lab *l = lab_new();
	for (size_t i = 0; i < 150; i++) {
		lab_run(l, i, "a", lab_noise(l, 100, 0.004));
		lab_run(l, i, "b", lab_noise(l, i < 120 ? 102 : 105, 0.004));
		lab_evaluate(l, i);
	}
	const struct alert *a = lab_alert(l, ALERT_BOARD);
	assert_non_null(a);
	assert_true(0 < a->low && a->low < a->relative && a->relative < a->high);
	lab_free(l);
	struct timing_params p = timing_params_default();
	for (uint64_t seed = 1; seed < 30; seed++) {
		struct random r = {seed};
		double anchor[BUDGET_POINTS], x[BUDGET_POINTS];
		for (size_t i = 0; i < BUDGET_POINTS; i++) {
			anchor[i] = 0.05 * random_normal(&r);
			x[i] = 0.05 * random_normal(&r) + (random_uniform(&r) < 0.5 ? 0.1 : 0);
		}
		struct budget b =
		    budget_check(anchor, BUDGET_POINTS, x, BUDGET_POINTS, true, 1, 1, &p);
		assert_true(b.low <= b.relative && b.relative <= b.high);
	}
}

// Three of four re-runs agree, the fourth lies on the other side.
static void re_runs_that_disagree_are_no_strong_alert(void **state)
{
	(void)state;
	struct lab *l = lab_new();
	for (size_t i = 0; i < 40; i++)
		lab_night(l, i, lab_noise(l, 100, 0.01));
	lab_night(l, 40, 120);
	const double again[] = {120, 121, 80};
	for (int i = 0; i < 3; i++)
		lab_run(l, 40, "a", again[i])->purpose = PURPOSE_RERUN;
	lab_evaluate(l, 40);
	const struct alert *a = lab_alert(l, ALERT_STEP);
	assert_non_null(a);
	assert_true(a->low <= a->relative && a->relative <= a->high);
	if (a->low <= 0)
		assert_true(a->confidence < CONFIDENCE_STRONG);
	lab_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_change_has_a_sign),
	    cmocka_unit_test(spikes_at_the_beginning_are_no_strong_change),
	    cmocka_unit_test(a_drift_has_an_interval_around_its_size),
	    cmocka_unit_test(a_board_that_moved_alone_has_an_interval_and_a_budget_lies_in_its_own),
	    cmocka_unit_test(re_runs_that_disagree_are_no_strong_alert),
	};
	return cmocka_run_group_tests_name("timing/words", tests, set_up, tear_down);
}
