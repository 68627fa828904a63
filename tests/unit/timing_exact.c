// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/timing_nights.h"

#include "timing/evaluate/exact.h"

static int set_up(void **state)
{
	struct lab *l = lab_new();
	l->input.metric.model = MODEL_EXACT;
	l->input.metric.tick = 1;
	l->input.key.cpu.platform = PLATFORM_ICOUNT;
	*state = l;
	return 0;
}

static int tear_down(void **state)
{
	lab_free(*state);
	return 0;
}

static void a_tick_inside_the_tolerance_is_no_difference(void **state)
{
	(void)state;
	const double a[] = {100, 101, 100}, b[] = {101, 100, 100}, c[] = {102, 100, 100};
	struct timing_run x = {.reps = a, .reps_count = 3}, y = {.reps = b, .reps_count = 3};
	assert_true(exact_equal(&x, &y, 1));
	assert_false(exact_equal(&x, &y, 0));
	y.reps = c;
	assert_false(exact_equal(&x, &y, 1));
	y.reps_count = 2;
	assert_false(exact_equal(&x, &y, 1000));
}

static void seconds_of_one_tick_are_one_tick(void **state)
{
	(void)state;
	const double a[] = {12345 / 62.5e6}, b[] = {12346 / 62.5e6};
	struct timing_run x = {.reps = a, .reps_count = 1}, y = {.reps = b, .reps_count = 1};
	assert_true(exact_equal(&x, &y, 1 / 62.5e6));
	assert_false(exact_equal(&x, &y, 0.5 / 62.5e6));
}

static void a_change_is_confirmed_by_one_rerun(void **state)
{
	struct lab *l = *state;
	for (size_t i = 0; i < 5; i++)
		lab_night(l, i, 1000);
	lab_night(l, 5, 1030);
	assert_int_equal(lab_alerts(l), 0);
	const struct wish *w = lab_wish(l, WISH_RERUN);
	assert_non_null(w);
	assert_int_equal(w->times, 1);
	lab_run(l, 5, "a", 1030)->purpose = PURPOSE_RERUN;
	lab_evaluate(l, 5);
	const struct alert *a = lab_alert(l, ALERT_STEP);
	assert_non_null(a);
	assert_int_equal(a->state, STATE_CONFIRMED);
	assert_true(fabs(a->relative - 0.03) < 1e-9);
	assert_int_equal(a->from.position, 4);
	assert_int_equal(a->to.position, 5);
	assert_true(alert_is_failure(a));
	assert_int_equal(l->last.changes_count, 1);
	assert_int_equal(l->last.changes[0].at, 5);
	for (size_t i = 6; i < 40; i++)
		lab_night(l, i, 1030);
	assert_int_equal(lab_alerts(l), 1);
	assert_null(lab_wish(l, WISH_RERUN));
}

static void a_change_of_one_part_in_a_million_counts(void **state)
{
	struct lab *l = *state;
	l->input.metric.tick = 0;
	for (size_t i = 0; i < 3; i++)
		lab_night(l, i, 1000000);
	lab_run(l, 3, "a", 1000001);
	lab_run(l, 3, "a", 1000001)->purpose = PURPOSE_RERUN;
	lab_evaluate(l, 3);
	assert_non_null(lab_alert(l, ALERT_STEP));
}

static void without_a_rerun_the_next_night_reproduces(void **state)
{
	struct lab *l = *state;
	for (size_t i = 0; i < 5; i++)
		lab_night(l, i, 1000);
	lab_run(l, 5, "a", 1030);
	lab_evaluate(l, 5);
	assert_non_null(lab_wish(l, WISH_RERUN));
	assert_null(lab_alert(l, ALERT_STEP));
	lab_run(l, 6, "a", 1030);
	lab_evaluate(l, 6);
	const struct alert *a = lab_alert(l, ALERT_STEP);
	assert_non_null(a);
	assert_int_equal(a->state, STATE_CONFIRMED);
	assert_int_equal(a->from.position, 4);
	assert_int_equal(a->to.position, 5);
	assert_null(lab_wish(l, WISH_RERUN));
}

static void a_rerun_that_differs_demotes_the_series_until_it_is_steady(void **state)
{
	struct lab *l = *state;
	for (size_t i = 0; i < 5; i++)
		lab_night(l, i, 1000);
	lab_run(l, 5, "a", 1030);
	lab_run(l, 5, "a", 1000)->purpose = PURPOSE_RERUN;
	lab_evaluate(l, 5);
	assert_int_equal(lab_count(l, ALERT_NONDETERMINISM, STATE_PENDING), 1);
	assert_null(lab_alert(l, ALERT_STEP));
	assert_true(l->state.demoted);
	for (size_t i = 6; i < 30; i++)
		lab_night(l, i, 1000);
	assert_false(l->state.demoted);
	assert_int_equal(lab_count(l, ALERT_NONDETERMINISM, STATE_RECOVERED), 1);
}

static void the_same_image_with_another_value_is_the_environment(void **state)
{
	struct lab *l = *state;
	for (size_t i = 0; i < 5; i++) {
		lab_run(l, i, "a", 1000)->build = "image";
		lab_evaluate(l, i);
	}
	lab_run(l, 5, "a", 1030)->build = "image";
	struct timing_run *again = lab_run(l, 5, "a", 1030);
	again->build = "image";
	again->purpose = PURPOSE_RERUN;
	lab_evaluate(l, 5);
	assert_null(lab_alert(l, ALERT_STEP));
	const struct alert *a = lab_alert(l, ALERT_ENVIRONMENT);
	assert_non_null(a);
	assert_false(alert_is_failure(a));
}

static void a_value_that_returns_fixes_the_change(void **state)
{
	struct lab *l = *state;
	static const double values[] = {1000, 1000, 1030, 1030, 1000, 1000, 1030};
	for (size_t i = 0; i < 7; i++) {
		lab_run(l, i, "a", values[i]);
		lab_run(l, i, "a", values[i])->purpose = PURPOSE_RERUN;
		lab_evaluate(l, i);
	}
	assert_int_equal(l->state.alerts_count, 3);
	assert_int_equal(l->state.alerts[0].state, STATE_FIXED);
	assert_int_equal(l->state.alerts[1].effect, EFFECT_IMPROVEMENT);
	assert_string_equal(l->state.alerts[2].linked, l->state.alerts[0].id);
}

static void sizes_fall_into_three_classes(void **state)
{
	(void)state;
	assert_int_equal(exact_size_of(0.0009), EXACT_MINOR);
	assert_int_equal(exact_size_of(-0.001), EXACT_NORMAL);
	assert_int_equal(exact_size_of(0.05), EXACT_MAJOR);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    T(a_tick_inside_the_tolerance_is_no_difference),
	    T(seconds_of_one_tick_are_one_tick),
	    T(a_change_is_confirmed_by_one_rerun),
	    T(a_change_of_one_part_in_a_million_counts),
	    T(without_a_rerun_the_next_night_reproduces),
	    T(a_rerun_that_differs_demotes_the_series_until_it_is_steady),
	    T(the_same_image_with_another_value_is_the_environment),
	    T(a_value_that_returns_fixes_the_change),
	    T(sizes_fall_into_three_classes),
	};
#undef T
	return cmocka_run_group_tests_name("timing/exact", tests, NULL, NULL);
}
