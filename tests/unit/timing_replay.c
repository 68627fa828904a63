// SPDX-License-Identifier: GPL-2.0-or-later
// A recorded series is played as if each value were a night's only run.
#include "unit/timing_nights.h"
#include "unit/timing_table.h"

#define NIGHTS 90

// The same by hand: each night sees the tail, and knows whether there is more.
static void by_hand(struct lab *l, const double *values, size_t n)
{
	size_t tail = (size_t)l->evaluator.params.tail;
	l->input.key = (struct series_key){"replay", "", "", "value", {0}};
	l->input.metric =
	    (struct metric_spec){.name = "value", .unit = "", .aggregate = AGGREGATE_MEDIAN};
	for (size_t i = 0; i < n; i++) {
		lab_run(l, i, "", values[i]);
		size_t from = l->runs_count > tail ? l->runs_count - tail : 0;
		l->input.runs = l->runs + from;
		l->input.runs_count = l->runs_count - from;
		l->input.older_runs = from > 0;
		l->input.batch = l->names[i];
		l->input.now_ns = (int64_t)i;
		evaluation_deinit(&l->last);
		series_evaluate(&l->evaluator, &l->input, &l->state, &l->last);
	}
}

static void assert_same_alert(const struct alert *a, const struct alert *b)
{
	assert_string_equal(a->id, b->id);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->state, b->state);
	assert_int_equal(place_compare(a->place, b->place), 0);
	assert_int_equal(place_compare(a->from, b->from), 0);
	assert_int_equal(place_compare(a->to, b->to), 0);
	assert_int_equal(atoi(a->commit_from), atoi(b->commit_from + 1));
	assert_int_equal(atoi(a->commit_to), atoi(b->commit_to + 1));
	assert_close(a->shift, b->shift);
	assert_close(a->before, b->before);
	assert_close(a->after, b->after);
	assert_close(a->t, b->t);
	assert_int_equal(a->transitions_count, b->transitions_count);
	for (size_t i = 0; i < a->transitions_count; i++) {
		assert_int_equal(a->transitions[i].to, b->transitions[i].to);
		assert_int_equal(a->transitions[i].time_ns, b->transitions[i].time_ns);
	}
}

static void a_replay_is_what_the_nights_would_have_made(void **state)
{
	(void)state;
	static const double tails[] = {400, NIGHTS, 40};
	for (size_t k = 0; k < 3; k++) {
		struct lab *l = lab_new();
		l->evaluator.params.tail = tails[k];
		double values[NIGHTS];
		for (size_t i = 0; i < NIGHTS; i++)
			values[i] = lab_noise(l, i < 30 ? 100 : i < 60 ? 106 : 100, 0.005);
		by_hand(l, values, NIGHTS);
		CLEANUP_SERIES_STATE struct series_state played = {0};
		replay_nights(&l->evaluator, values, NIGHTS, &played);
		assert_true(played.alerts_count >= 2);
		assert_int_equal(played.alerts_count, l->state.alerts_count);
		for (size_t i = 0; i < played.alerts_count; i++)
			assert_same_alert(&played.alerts[i], &l->state.alerts[i]);
		assert_int_equal(played.alerts[0].place.position, 30);
		assert_in_range(replay_raised(&played.alerts[0]), 31, 40);
		lab_free(l);
	}
}

static void an_alert_is_raised_when_it_is_more_than_a_candidate(void **state)
{
	(void)state;
	CLEANUP_SERIES_STATE struct series_state s = {0};
	const struct alert none = {0};
	assert_true(replay_raised(&none) == SIZE_MAX);
	struct alert *a =
	    alert_raise(&s, "k", ALERT_STEP, STATE_CANDIDATE, (struct place){1, 2}, 3, "");
	assert_true(replay_raised(a) == SIZE_MAX);
	alert_move(a, STATE_PENDING, 5, "p");
	alert_move(a, STATE_CONFIRMED, 7, "c");
	assert_int_equal(replay_raised(a), 5);
}

static void an_exact_change_is_one_that_the_next_run_repeats(void **state)
{
	(void)state;
	static const double runs[][2] = {{1, 2}, {1, 2}, {3, 2}, {3, 2}, {1, 2},
					 {5, 2}, {5, 4}, {5, 4}, {9, 4}};
	size_t out[9];
	assert_int_equal(replay_exact(runs[0], 9, 2, 0, out), 2);
	assert_int_equal(out[0], 2);
	assert_int_equal(out[1], 6);
	assert_int_equal(replay_exact(runs[0], 8, 2, 0, out), 2);
	assert_int_equal(replay_exact(runs[0], 7, 2, 0, out), 1); // nothing repeats the last
	assert_int_equal(replay_exact(runs[0], 3, 2, 0, out), 0);
	assert_int_equal(replay_exact(runs[0], 4, 2, 0, out), 1);
	assert_int_equal(replay_exact(runs[0], 1, 2, 0, out), 0);
	assert_int_equal(replay_exact(runs[0], 0, 2, 0, out), 0);
	assert_int_equal(replay_exact(runs[0], 9, 2, 100, out), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_replay_is_what_the_nights_would_have_made),
	    cmocka_unit_test(an_alert_is_raised_when_it_is_more_than_a_candidate),
	    cmocka_unit_test(an_exact_change_is_one_that_the_next_run_repeats),
	};
	return cmocka_run_group_tests_name("timing/replay", tests, NULL, NULL);
}
