// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include "base/clock.h"
#include "run/attempt.h"
#include "run/batch.h"

static struct batch_run run_in(const char *phase, int64_t phase_s, int64_t power_on_s)
{
	struct batch_run run = {
	    .start_ns = NS_PER_S,
	    .phase_ns = phase_s * NS_PER_S,
	    .power_on_ns = power_on_s * NS_PER_S,
	    .limit_ns = 60 * NS_PER_S,
	};
	strcpy(run.phase, phase);
	return run;
}

static void waiting_for_a_board_has_no_limit(void **state)
{
	(void)state;
	struct batch_run run = run_in("waiting", 1, 0);
	assert_false(batch_run_is_late(&run, 100000 * NS_PER_S));
}

static void a_run_that_waited_long_gets_its_whole_time_to_prepare(void **state)
{
	(void)state;
	struct batch_run run = run_in("prepare", 5000, 0);
	assert_false(batch_run_is_late(&run, 5001 * NS_PER_S));
	assert_false(batch_run_is_late(&run, 5120 * NS_PER_S));
	assert_true(batch_run_is_late(&run, 5200 * NS_PER_S));
}

static void a_worker_that_never_says_a_word_is_late(void **state)
{
	(void)state;
	struct batch_run run = run_in("", 1, 0);
	assert_false(batch_run_is_late(&run, 60 * NS_PER_S));
	assert_true(batch_run_is_late(&run, 200 * NS_PER_S));
}

static void from_power_on_the_runs_own_limit_and_ten_seconds_hold(void **state)
{
	(void)state;
	struct batch_run run = run_in("boot", 1000, 1000);
	assert_false(batch_run_is_late(&run, 1060 * NS_PER_S));
	assert_true(batch_run_is_late(&run, 1070 * NS_PER_S));
}

// A worker has its own limit and 8 s to write down what it knows; not a nanosecond more.
static void a_worker_is_late_eight_seconds_behind_its_limit(void **state)
{
	(void)state;
	static const struct {
		int64_t power_on_s, late_s; // the first second at whose end it may still run
	} cases[] = {{1000, 1000 + 60 + 8}, {0, 900 + 120 + 30 + 8}};
	for (size_t i = 0; i < 2; i++) {
		struct batch_run run = run_in("boot", 900, cases[i].power_on_s);
		run.start_limit_s = 30;
		assert_false(batch_run_is_late(&run, cases[i].late_s * NS_PER_S));
		assert_true(batch_run_is_late(&run, cases[i].late_s * NS_PER_S + 1));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_worker_is_late_eight_seconds_behind_its_limit),
	    cmocka_unit_test(waiting_for_a_board_has_no_limit),
	    cmocka_unit_test(a_run_that_waited_long_gets_its_whole_time_to_prepare),
	    cmocka_unit_test(a_worker_that_never_says_a_word_is_late),
	    cmocka_unit_test(from_power_on_the_runs_own_limit_and_ten_seconds_hold),
	};
	return cmocka_run_group_tests_name("run/batch", tests, NULL, NULL);
}
