// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/timing_nights.h"

#include "timing/ab.h"

static int set_up(void **state)
{
	*state = lab_new();
	return 0;
}

static int tear_down(void **state)
{
	lab_free(*state);
	return 0;
}

// Nights [from, to) at a level with 1 % of noise.
static void play(struct lab *l, size_t from, size_t to, double level)
{
	for (size_t i = from; i < to; i++)
		lab_night(l, i, lab_noise(l, level, 0.01));
}

static void a_step_is_raised_once_and_followed(void **state)
{
	struct lab *l = *state;
	play(l, 0, 60, 100);
	assert_int_equal(lab_alerts(l), 0);
	play(l, 60, 90, 106);
	assert_int_equal(lab_alerts(l), 1);
	const struct alert *a = lab_alert(l, ALERT_STEP);
	assert_int_equal(a->state, STATE_PENDING);
	assert_int_equal(a->effect, EFFECT_REGRESSION);
	assert_true(llabs((long long)a->place.position - 60) <= 1);
	assert_true(fabs(a->relative - 0.06) < 0.01);
	assert_true(a->low < a->relative && a->relative < a->high);
	assert_true(a->from.position < 60 && a->to.position >= 60);
	assert_true(a->to.position - a->from.position <= 3);
}

static double median_delay(double step, size_t series)
{
	struct simulation s = {
	    .kind = NOISE_NORMAL, .series = series, .points = 120, .step = step, .seed = 1};
	struct timing_params p = timing_params_default();
	return simulate(&s, &p).median_delay;
}

static void large_steps_are_raised_within_few_runs(void **state)
{
	(void)state;
	assert_true(median_delay(0.10, 25) <= 3);
	assert_true(median_delay(0.06, 25) <= 4);
	assert_true(median_delay(0.04, 100) <= 6);
}

static void a_fresh_outlier_is_run_again_and_dropped_when_alone(void **state)
{
	struct lab *l = *state;
	play(l, 0, 40, 100);
	lab_night(l, 40, 110);
	const struct wish *w = lab_wish(l, WISH_RERUN);
	assert_non_null(w);
	assert_string_equal(w->run, l->names[40]);
	assert_int_equal(w->times, 3);
	for (int i = 0; i < 3; i++)
		lab_run(l, 40, "a", lab_noise(l, 100, 0.01))->purpose = PURPOSE_RERUN;
	lab_evaluate(l, 40);
	assert_null(lab_wish(l, WISH_RERUN));
	assert_int_equal(lab_alerts(l), 0);
	assert_true(l->last.outliers[40]);
}

static void a_mode_that_was_seen_before_is_not_run_again(void **state)
{
	struct lab *l = *state;
	for (size_t i = 0; i < 30; i++) // two modes, of which the slower one is rare
		lab_night(l, i, lab_noise(l, i % 12 == 5 ? 104 : 100, 0.002));
	lab_night(l, 30, 104);
	assert_null(lab_wish(l, WISH_RERUN));
	lab_night(l, 31, 109); // but what is beyond both is
	assert_non_null(lab_wish(l, WISH_RERUN));
}

static void a_fresh_step_is_pending_the_same_night_and_asks_for_an_ab(void **state)
{
	struct lab *l = *state;
	play(l, 0, 40, 100);
	lab_night(l, 40, 108);
	for (int i = 0; i < 3; i++)
		lab_run(l, 40, "a", lab_noise(l, 108, 0.01))->purpose = PURPOSE_RERUN;
	lab_evaluate(l, 40);
	struct alert *a = lab_alert(l, ALERT_STEP);
	assert_non_null(a);
	assert_true(a->same_night);
	assert_int_equal(a->state, STATE_PENDING);
	const struct wish *w = lab_wish(l, WISH_AB);
	assert_non_null(w);
	assert_string_equal(w->alert, a->id);
	assert_string_equal(w->commit_from, l->names[39]);
	assert_string_equal(w->commit_to, l->names[40]);
	// Wished until somebody takes it on.
	lab_evaluate(l, 40);
	assert_non_null(lab_wish(l, WISH_AB));
	alert_ab_booked(lab_alert(l, ALERT_STEP));
	lab_evaluate(l, 40);
	assert_null(lab_wish(l, WISH_AB));
	play(l, 41, 70, 108);
	assert_int_equal(lab_alerts(l), 1);
}

static void evaluating_twice_changes_nothing(void **state)
{
	struct lab *l = *state;
	play(l, 0, 40, 100);
	play(l, 40, 50, 108);
	CLEANUP_BUFFER struct buffer once = {0}, twice = {0};
	series_state_print(&l->state, &once);
	lab_evaluate(l, 49);
	series_state_print(&l->state, &twice);
	assert_string_equal(buffer_str(&once), buffer_str(&twice));
}

static void a_shift_that_held_and_fades_is_fixed(void **state)
{
	struct lab *l = *state;
	play(l, 0, 60, 100);
	play(l, 60, 68, 107);
	assert_non_null(lab_alert(l, ALERT_STEP));
	for (size_t i = 68; i < 110; i++)
		lab_night(l, i, lab_noise(l, fmax(100.5, 107 - 0.7 * (double)(i - 68)), 0.01));
	assert_int_equal(lab_alert(l, ALERT_STEP)->state, STATE_FIXED);
}

static void what_one_night_showed_and_no_later_one_has_recovered(void **state)
{
	struct lab *l = *state;
	play(l, 0, 40, 100);
	lab_night(l, 40, 108);
	for (int i = 0; i < 3; i++)
		lab_run(l, 40, "a", lab_noise(l, 108, 0.01))->purpose = PURPOSE_RERUN;
	lab_evaluate(l, 40);
	assert_int_equal(lab_alert(l, ALERT_STEP)->state, STATE_PENDING);
	play(l, 41, 60, 100);
	assert_int_equal(lab_alert(l, ALERT_STEP)->state, STATE_RECOVERED);
}

static void a_bump_of_eight_to_fifteen_points_is_no_noise(void **state)
{
	(void)state;
	for (size_t length = 8; length <= 15; length++) {
		for (uint64_t seed = 1; seed <= 3; seed++) {
			struct lab *l = lab_new();
			l->random.state = 100 * seed + length;
			play(l, 0, 60, 100);
			play(l, 60, 60 + length, 106);
			play(l, 60 + length, 120, 100);
			const struct alert *a = lab_alert(l, ALERT_STEP);
			assert_non_null(a);
			if (a->state != STATE_FIXED && a->state != STATE_RECOVERED)
				fail_msg("%zu points, seed %d: %s", length, (int)seed,
					 alert_state_name(a->state));
			lab_free(l);
		}
	}
}

static void an_excursion_of_five_points_leaves_no_open_alert(void **state)
{
	struct lab *l = *state;
	play(l, 0, 60, 100);
	play(l, 60, 65, 110);
	assert_int_equal(lab_count(l, ALERT_STEP, STATE_PENDING), 1);
	play(l, 65, 90, 100);
	assert_int_equal(lab_alerts(l), 1);
	enum alert_state gone = lab_alert(l, ALERT_STEP)->state;
	assert_true(gone == STATE_RECOVERED || gone == STATE_WITHDRAWN);
}

static struct alert *step_alert_at(struct lab *l, int64_t position)
{
	for (size_t i = 0; i < l->state.alerts_count; i++) {
		struct alert *a = &l->state.alerts[i];
		if (a->kind == ALERT_STEP && llabs((long long)(a->place.position - position)) <= 2)
			return a;
	}
	return NULL;
}

static void a_level_that_comes_back_is_fixed_and_a_relapse_linked(void **state)
{
	struct lab *l = *state;
	play(l, 0, 60, 100);
	play(l, 60, 90, 110);
	struct alert *a = step_alert_at(l, 60);
	assert_non_null(a);
	assert_null(alert_acknowledge(a, "eve", "bug 7", 90));
	play(l, 90, 120, 100);
	a = step_alert_at(l, 60);
	assert_int_equal(a->state, STATE_FIXED);
	const struct alert *back = step_alert_at(l, 90);
	assert_int_equal(back->effect, EFFECT_IMPROVEMENT);
	assert_string_equal(back->linked, a->id);
	play(l, 120, 150, 110);
	const struct alert *again = step_alert_at(l, 120);
	assert_non_null(again);
	assert_string_equal(again->linked, step_alert_at(l, 60)->id);
	const struct transition *t = &again->transitions[again->transitions_count - 1];
	assert_non_null(strstr(t->reason, "reintroduced"));
}

static void an_answered_alert_stays_silent(void **state)
{
	struct lab *l = *state;
	play(l, 0, 60, 100);
	play(l, 60, 75, 110);
	struct alert *a = step_alert_at(l, 60);
	assert_true(alert_wants_telling(a));
	alert_told(a);
	assert_false(alert_wants_telling(a));
	assert_null(alert_wontfix(a, "eve", "wanted", 75));
	play(l, 75, 120, 110);
	assert_int_equal(lab_alerts(l), 1);
	assert_int_equal(step_alert_at(l, 60)->state, STATE_WONTFIX);
}

static void a_closed_alert_cannot_be_answered(void **state)
{
	struct lab *l = *state;
	play(l, 0, 60, 100);
	play(l, 60, 75, 110);
	struct alert *a = step_alert_at(l, 60);
	alert_move(a, STATE_WITHDRAWN, 75, "test");
	CLEANUP_ERROR struct error *e = alert_acknowledge(a, "eve", "", 76);
	assert_non_null(e);
	assert_int_equal(error_kind(e), ERROR_USAGE);
}

static void ab_results_move_the_alert(void **state)
{
	struct lab *l = *state;
	play(l, 0, 60, 100);
	play(l, 60, 75, 110);
	struct alert *a = step_alert_at(l, 60);
	struct ab_outcome o = {.verdict = AB_VERDICT_INCONCLUSIVE, .boards = 1, .runs = 16};
	alert_ab_result(a, &o, 76);
	assert_int_equal(a->state, STATE_PENDING);
	assert_int_equal(a->ab, AB_INCONCLUSIVE);
	o.verdict = AB_VERDICT_CONFIRMED;
	alert_ab_result(a, &o, 77);
	assert_int_equal(a->state, STATE_CONFIRMED);
	assert_true(alert_is_failure(a));
	o.boards_disagree = true;
	alert_ab_result(a, &o, 78);
	assert_int_equal(a->state, STATE_WITHDRAWN);
	assert_int_equal(a->ab, AB_BOARD);
}

static void emulated_host_time_never_alerts(void **state)
{
	struct lab *l = *state;
	l->input.key.cpu.platform = PLATFORM_TCG;
	play(l, 0, 60, 100);
	play(l, 60, 120, 200);
	assert_int_equal(l->state.alerts_count, 0);
	assert_int_equal(l->last.standing, STANDING_INFORMATIONAL);
	assert_null(lab_wish(l, WISH_RERUN));
	assert_true(l->last.changes_count > 0);
}

static void a_release_that_left_the_view_gives_no_budget_and_is_told_once(void **state)
{
	struct lab *l = *state;
	size_t told = 0;
	l->input.has_baseline = true;
	l->input.baseline = 5;
	// What stands at the beginning of the view by then is 8 % above the release.
	for (size_t night = 0; night < 450; night++) {
		lab_night(l, night, lab_noise(l, night < 20 ? 100 : 108, 0.001));
		for (size_t i = 0; i < l->last.notes_count; i++)
			told += strstr(l->last.notes[i].text, "pinned release") != NULL;
		if (night == 60)
			assert_int_equal(lab_count(l, ALERT_BUDGET, STATE_PENDING), 1);
	}
	assert_int_equal(told, 1);
	// Nobody says that the level is back: it is not.
	assert_int_equal(lab_count(l, ALERT_BUDGET, STATE_PENDING), 1);
	assert_int_equal(lab_count(l, ALERT_BUDGET, STATE_RECOVERED), 0);
}

// Twice the points of a level are needed: before, a pinned release is no reason for a word.
static void a_budget_is_watched_from_its_points_on(void **state)
{
	struct lab *l = *state;
	l->input.has_baseline = true;
	l->input.baseline = -5;
	l->input.older_runs = true;
	for (size_t night = 0; night < 2 * BUDGET_POINTS; night++) {
		assert_false(l->state.baseline_lost);
		lab_night(l, night, lab_noise(l, 100, 0.001));
	}
	assert_true(l->state.baseline_lost);
}

static void a_staircase_of_small_steps_exceeds_the_budget_and_nothing_else(void **state)
{
	struct lab *l = *state;
	l->input.has_baseline = true;
	l->input.baseline = 0;
	double level = 100;
	for (size_t i = 0; i < 280; i++) {
		if (i >= 40 && i % 40 == 0)
			level *= 1.009;
		lab_night(l, i, lab_noise(l, level, 0.001));
	}
	assert_int_equal(lab_alerts(l), 1);
	const struct alert *a = lab_alert(l, ALERT_BUDGET);
	assert_non_null(a);
	assert_int_equal(a->effect, EFFECT_REGRESSION);
	assert_true(a->low > 0);
}

static void a_creeping_level_is_a_drift_once(void **state)
{
	struct lab *l = *state;
	for (size_t i = 0; i < 150; i++)
		lab_night(l, i, lab_noise(l, 100 * (1 + 0.0003 * (double)i), 0.01));
	assert_int_equal(lab_count(l, ALERT_DRIFT, STATE_PENDING), 1);
	assert_true(lab_alert(l, ALERT_DRIFT)->relative > 0.02);
}

static void a_board_swap_is_the_boards_event(void **state)
{
	struct lab *l = *state;
	for (size_t i = 0; i < 200; i++) {
		lab_run(l, i, "a", lab_noise(l, 100, 0.004));
		lab_run(l, i, "b", lab_noise(l, i < 120 ? 102 : 105, 0.004));
		lab_evaluate(l, i);
	}
	assert_int_equal(lab_alerts(l), 1);
	const struct alert *a = lab_alert(l, ALERT_BOARD);
	assert_non_null(a);
	assert_string_equal(a->board, "b");
	assert_true(llabs((long long)a->place.position - 120) <= 2);
	assert_true(fabs(a->relative - 0.03) < 0.01);
}

static void a_step_on_all_boards_is_the_commits(void **state)
{
	struct lab *l = *state;
	for (size_t i = 0; i < 100; i++) {
		lab_run(l, i, "a", lab_noise(l, i < 70 ? 100 : 103, 0.004));
		lab_run(l, i, "b", lab_noise(l, i < 70 ? 110 : 113.3, 0.004));
		lab_evaluate(l, i);
	}
	assert_int_equal(lab_alerts(l), 1);
	assert_int_equal(lab_count(l, ALERT_STEP, STATE_PENDING), 1);
	assert_true(fabs(l->last.offsets[1] - l->last.offsets[0] - log(1.1)) < 0.01);
}

static void late_results_do_not_move_an_alert(void **state)
{
	struct lab *l = *state;
	for (size_t i = 0; i < 60; i++)
		if (i % 7 != 3)
			lab_night(l, i, lab_noise(l, 100, 0.01));
	play(l, 60, 75, 110);
	char id[ALERT_ID_SIZE];
	memcpy(id, step_alert_at(l, 60)->id, sizeof(id));
	for (size_t i = 3; i < 60; i += 7)
		lab_run(l, i, "a", lab_noise(l, 100, 0.01));
	play(l, 75, 80, 110);
	assert_int_equal(lab_alerts(l), 1);
	assert_string_equal(step_alert_at(l, 60)->id, id);
}

static void a_metric_that_no_longer_comes_is_missed_and_welcomed_back(void **state)
{
	struct lab *l = *state;
	play(l, 0, 30, 100);
	lab_run(l, 30, "a", 0)->absent = true;
	lab_evaluate(l, 30);
	assert_int_equal(lab_alerts(l), 0);
	lab_run(l, 31, "a", 0)->absent = true;
	lab_evaluate(l, 31);
	assert_int_equal(lab_count(l, ALERT_MISSING, STATE_PENDING), 1);
	assert_true(alert_is_failure(lab_alert(l, ALERT_MISSING)));
	play(l, 32, 33, 100);
	assert_int_equal(lab_count(l, ALERT_MISSING, STATE_RECOVERED), 1);
}

static void a_board_that_keeps_failing_its_gate_is_unstable(void **state)
{
	struct lab *l = *state;
	play(l, 0, 30, 100);
	for (size_t i = 30; i < 34; i++) {
		lab_run(l, i, "a", 150)->invalid = true;
		lab_evaluate(l, i);
	}
	assert_int_equal(lab_alerts(l), 1);
	assert_int_equal(lab_count(l, ALERT_BOARD_UNSTABLE, STATE_PENDING), 1);
	assert_false(alert_is_failure(lab_alert(l, ALERT_BOARD_UNSTABLE)));
	play(l, 34, 35, 100);
	assert_int_equal(lab_count(l, ALERT_BOARD_UNSTABLE, STATE_RECOVERED), 1);
}

static void few_points_are_learning_and_many_wild_ones_unstable(void **state)
{
	struct lab *l = *state;
	play(l, 0, 11, 100);
	assert_int_equal(l->last.standing, STANDING_LEARNING);
	for (size_t i = 11; i < 60; i++)
		lab_night(l, i, lab_noise(l, 100, 0.08));
	assert_int_equal(l->last.standing, STANDING_UNSTABLE);
}

static void an_improvement_is_recorded_without_telling(void **state)
{
	struct lab *l = *state;
	play(l, 0, 60, 100);
	play(l, 60, 80, 90);
	const struct alert *a = step_alert_at(l, 60);
	assert_int_equal(a->effect, EFFECT_IMPROVEMENT);
	assert_false(alert_wants_telling(a));
	assert_false(alert_is_failure(a));
}

static void the_night_affords_two_reruns_a_board_largest_first(void **state)
{
	(void)state;
	struct timing_params p = timing_params_default();
	const struct wish wishes[] = {
	    {.kind = WISH_RERUN, .run = "r1", .board = "a", .size = 4},
	    {.kind = WISH_RERUN, .run = "r2", .board = "a", .size = 9},
	    {.kind = WISH_RERUN, .run = "r3", .board = "a", .size = 6},
	    {.kind = WISH_RERUN, .run = "r4", .board = "b", .size = 4},
	    {.kind = WISH_RERUN, .run = "r2", .board = "a", .size = 5}, // another metric of r2
	    {.kind = WISH_AB, .run = "r9", .board = "a", .size = 1},
	};
	const struct wish *list[6];
	bool chosen[6];
	for (int i = 0; i < 6; i++)
		list[i] = &wishes[i];
	wishes_choose(list, 6, &p, chosen);
	const bool wanted[6] = {false, true, true, true, true, true};
	assert_memory_equal(chosen, wanted, sizeof(wanted));
}

static void an_aggregate_that_switched_does_not_go_to_and_fro(void **state)
{
	(void)state;
	struct lab *l = lab_new();
	l->input.metric.aggregate = AGGREGATE_AUTO;
	for (size_t night = 0; night < 200; night++) {
		struct timing_run *r = lab_run(l, night, "a", lab_noise(l, 100, 0.01));
		r->min = lab_noise(l, 90, night < 40 ? 0.004 : 0.009);
		lab_evaluate(l, night);
		for (size_t i = 0; i < l->last.notes_count && night > 40; i++)
			assert_null(strstr(l->last.notes[i].text, "repetitions"));
		if (night >= 40)
			assert_int_equal(l->last.points.aggregate, AGGREGATE_MIN);
	}
	lab_free(l);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    T(a_step_is_raised_once_and_followed),
	    T(large_steps_are_raised_within_few_runs),
	    T(a_fresh_outlier_is_run_again_and_dropped_when_alone),
	    T(a_mode_that_was_seen_before_is_not_run_again),
	    T(a_fresh_step_is_pending_the_same_night_and_asks_for_an_ab),
	    T(evaluating_twice_changes_nothing),
	    T(a_shift_that_held_and_fades_is_fixed),
	    T(what_one_night_showed_and_no_later_one_has_recovered),
	    T(a_bump_of_eight_to_fifteen_points_is_no_noise),
	    T(an_excursion_of_five_points_leaves_no_open_alert),
	    T(a_level_that_comes_back_is_fixed_and_a_relapse_linked),
	    T(an_answered_alert_stays_silent),
	    T(a_closed_alert_cannot_be_answered),
	    T(ab_results_move_the_alert),
	    T(emulated_host_time_never_alerts),
	    T(a_release_that_left_the_view_gives_no_budget_and_is_told_once),
	    T(a_budget_is_watched_from_its_points_on),
	    T(a_staircase_of_small_steps_exceeds_the_budget_and_nothing_else),
	    T(a_creeping_level_is_a_drift_once),
	    T(a_board_swap_is_the_boards_event),
	    T(a_step_on_all_boards_is_the_commits),
	    T(late_results_do_not_move_an_alert),
	    T(a_metric_that_no_longer_comes_is_missed_and_welcomed_back),
	    T(a_board_that_keeps_failing_its_gate_is_unstable),
	    T(few_points_are_learning_and_many_wild_ones_unstable),
	    T(an_improvement_is_recorded_without_telling),
	    T(the_night_affords_two_reruns_a_board_largest_first),
	    T(an_aggregate_that_switched_does_not_go_to_and_fro),
	};
#undef T
	return cmocka_run_group_tests_name("timing/evaluate", tests, NULL, NULL);
}
