// SPDX-License-Identifier: GPL-2.0-or-later
// What an alert was raised upon stays true when its points leave the view.
#include "unit/timing_nights.h"

// The view is short, so that the nights are few.
static struct lab *short_view(void)
{
	struct lab *l = lab_new();
	l->evaluator.params.tail = 80;
	return l;
}

static void play(struct lab *l, size_t from, size_t to, double level)
{
	for (size_t i = from; i < to; i++)
		lab_night(l, i, lab_noise(l, level, 0.01));
}

static void an_alert_whose_place_leaves_the_view_stands(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++) {
		struct lab *l = short_view();
		l->random.state = seed;
		play(l, 0, 30, 100);
		for (size_t night = 30; night < 200; night++) {
			lab_night(l, night, lab_noise(l, seed % 2 ? 150 : 96, 0.01));
			if (night > 50)
				assert_int_equal(lab_alert(l, ALERT_STEP)->state, STATE_PENDING);
		}
		assert_int_equal(lab_alerts(l), 1);
		const struct alert *a = lab_alert(l, ALERT_STEP);
		assert_true(fabs(a->before - 100) < 1);
		assert_true(llabs((long long)a->place.position - 30) <= 1);
		lab_free(l);
	}
}

static void a_level_that_comes_back_out_of_view_is_fixed(void **state)
{
	(void)state;
	struct lab *l = short_view();
	play(l, 0, 30, 100);
	play(l, 30, 200, 120);
	play(l, 200, 230, 100.3);
	struct alert *a = lab_alert(l, ALERT_STEP);
	assert_int_equal(a->place.position, 30);
	assert_int_equal(a->state, STATE_FIXED);
	lab_free(l);
}

static void the_proof_is_that_of_the_night_of_raising(void **state)
{
	(void)state;
	struct lab *l = short_view();
	play(l, 0, 50, 100);
	while (lab_alerts(l) == 0) {
		assert_true(l->runs_count < 60);
		play(l, l->runs_count, l->runs_count + 1, 110);
	}
	const struct proof then = lab_alert(l, ALERT_STEP)->proof;
	assert_int_equal(then.before_points, 40);
	assert_true(then.after_points >= 3 && then.after_points <= 6);
	assert_true(then.low > 0 && then.low <= then.relative && then.relative <= then.high);
	assert_true(fabs(then.before - 100) < 1 && fabs(then.after - 110) < 2);
	play(l, l->runs_count, 100, 110);
	assert_memory_equal(&lab_alert(l, ALERT_STEP)->proof, &then, sizeof(then));
	lab_free(l);
}

// Takes `"proof":{...},` out of the text, as a farm wrote it before proofs were kept.
static void forget_proofs(char *text)
{
	for (char *at; (at = strstr(text, "\"proof\":{"));) {
		char *end = strchr(at, '}') + 2;
		memmove(at, end, strlen(end) + 1);
	}
}

static void states_without_proofs_are_read_and_their_alerts_followed(void **state)
{
	(void)state;
	struct lab *l = short_view();
	play(l, 0, 30, 100);
	play(l, 30, 60, 120);
	CLEANUP_BUFFER struct buffer text = {0};
	series_state_print(&l->state, &text);
	CLEANUP_FREE char *old = memory_strdup(buffer_str(&text));
	assert_non_null(strstr(old, "\"proof\":{"));
	forget_proofs(old);
	assert_null(strstr(old, "\"proof\""));
	series_state_deinit(&l->state);
	assert_null(series_state_parse(old, strlen(old), &l->state));
	assert_int_equal(lab_alert(l, ALERT_STEP)->proof.before_points, 0);
	play(l, 60, 180, 120);
	assert_int_equal(lab_alert(l, ALERT_STEP)->state, STATE_PENDING);
	play(l, 180, 210, 100);
	assert_int_equal(lab_alert(l, ALERT_STEP)->state, STATE_FIXED);
	lab_free(l);
}

static void a_change_at_the_edge_is_not_taken_for_an_alert_out_of_view(void **state)
{
	(void)state;
	struct lab *l = short_view();
	play(l, 0, 30, 100);
	play(l, 30, 130, 120);
	play(l, 130, 205, 150); // by now 130 is at the edge of the view, and 30 long gone
	assert_int_equal(l->state.alerts[0].place.position, 30);
	assert_int_equal(lab_count(l, ALERT_STEP, STATE_PENDING), 2);
	lab_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_alert_whose_place_leaves_the_view_stands),
	    cmocka_unit_test(a_level_that_comes_back_out_of_view_is_fixed),
	    cmocka_unit_test(the_proof_is_that_of_the_night_of_raising),
	    cmocka_unit_test(states_without_proofs_are_read_and_their_alerts_followed),
	    cmocka_unit_test(a_change_at_the_edge_is_not_taken_for_an_alert_out_of_view),
	};
	return cmocka_run_group_tests_name("timing/proof", tests, NULL, NULL);
}
