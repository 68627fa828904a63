// SPDX-License-Identifier: GPL-2.0-or-later
// What an alert holds when it is raised: every field and the whole sentence, each against the points.
#include "unit/timing_table.h"

#include "timing/evidence.h"
#include "timing/statistics/noise.h"
#include "timing/statistics/inference.h"
#include "timing/evaluate/fresh.h"
#include "unit/timing_nights.h"

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

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median_of(const double *x, size_t n)
{
	double copy[NIGHTS_MAX];
	memcpy(copy, x, n * sizeof(*x));
	qsort(copy, n, sizeof(*copy), by_value);
	return (copy[(n - 1) / 2] + copy[n / 2]) / 2;
}

static const struct transition *last_transition(const struct alert *a)
{
	return &a->transitions[a->transitions_count - 1];
}

static void assert_reason(const struct alert *a, enum alert_state to, int64_t when,
			  const char *reason)
{
	const struct transition *t = last_transition(a);
	assert_int_equal(t->to, to);
	assert_int_equal(t->time_ns, when);
	assert_string_equal(t->reason, reason);
	assert_int_equal(a->state, to);
}

// Sizes are of the points [from, c) against [c, to), on the log scale.
static void assert_size(const struct lab *l, const struct alert *a, size_t from, size_t c,
			size_t to)
{
	const struct evaluation *e = &l->last;
	double x[NIGHTS_MAX];
	for (size_t i = from; i < to; i++)
		x[i] = log(e->values[i]);
	struct rank_shift s =
	    rank_hodges_lehmann(x + from, c - from, x + c, to - c, e->dependence.inflate);
	assert_close(a->relative, expm1(s.shift));
	assert_close(a->low, expm1(s.low));
	assert_close(a->high, expm1(s.high));
	assert_close(a->before, median_of(e->values + from, c - from));
	assert_close(a->after, median_of(e->values + c, to - c));
}

// The first night that raises the step at night 60.
static struct alert *first_pending(struct lab *l, double from, double to, size_t *night)
{
	for (size_t i = 0; i < 60; i++)
		lab_night(l, i, lab_noise(l, from, 0.01));
	for (size_t i = 60; i < 90; i++) {
		lab_night(l, i, lab_noise(l, to, 0.01));
		*night = i;
		if (lab_alert(l, ALERT_STEP))
			return lab_alert(l, ALERT_STEP);
	}
	return NULL;
}

static void a_step_holds_its_numbers_and_their_proof(void **state)
{
	struct lab *l = *state;
	size_t night;
	const struct alert *a = first_pending(l, 100, 103, &night);
	assert_non_null(a);
	assert_false(a->same_night);
	assert_int_equal(l->last.changes_count, 1);
	const struct change *c = &l->last.changes[0];
	size_t n = night + 1, at = c->at;
	assert_int_equal(l->last.valid_count, n);
	char reason[96];
	int seen = (int)night - (int)a->transitions[0].time_ns + 1;
	snprintf(reason, sizeof(reason), "t = %.2f (%s), seen %d nights in a row", c->t,
		 confidence_name(c->confidence), seen);
	assert_true(seen >= 2);
	assert_reason(a, STATE_PENDING, (int64_t)night, reason);
	assert_int_equal(a->transitions[0].to, STATE_CANDIDATE);
	assert_non_null(strstr(a->transitions[0].reason, "), seen once"));
	assert_int_equal(a->place.position, at);
	assert_int_equal(a->effect, EFFECT_REGRESSION);
	assert_int_equal(a->confidence, c->confidence);
	assert_close(a->shift, c->shift);
	assert_close(a->shift_raised, c->shift);
	assert_close(a->t, c->t);
	assert_close(a->sigma, l->last.sigma);
	// Forty points in front are all that is looked at.
	assert_size(l, a, at - 40, at, n);
	assert_true(a->from.position < (int64_t)at && a->to.position >= (int64_t)at);
	assert_string_equal(a->commit_from, l->names[a->from.position]);
	assert_string_equal(a->commit_to, l->names[a->to.position]);
	const struct proof *p = &a->proof;
	assert_int_equal(p->before_points, 40);
	assert_int_equal(p->after_points, n - at);
	const double kept[] = {p->before, p->after, p->relative, p->low, p->high, p->t, p->sigma};
	const double now[] = {a->before, a->after, a->relative, a->low, a->high, a->t, a->sigma};
	assert_memory_equal(kept, now, sizeof(kept));
	// The proof stays what it was; the alert follows its change.
	lab_night(l, night + 1, lab_noise(l, 103, 0.01));
	a = lab_alert(l, ALERT_STEP);
	assert_memory_equal(kept, &a->proof, sizeof(kept));
	assert_size(l, a, (size_t)a->place.position - 40, (size_t)a->place.position, n + 1);
	assert_close(a->t, l->last.changes[0].t);
}

// The second of two steps is held against the points behind the first, thirty of them.
static void a_step_is_measured_from_the_one_before(void **state)
{
	struct lab *l = *state;
	for (size_t i = 0; i < 100; i++)
		lab_night(l, i, lab_noise(l, i < 60 ? 100 : i < 90 ? 110 : 125, 0.01));
	assert_int_equal(lab_alerts(l), 2);
	const struct alert *a = &l->state.alerts[l->state.alerts_count - 1];
	assert_int_equal(a->place.position, 90);
	assert_int_equal(l->state.alerts[0].place.position, 60);
	assert_size(l, a, 60, 90, 100);
	assert_int_equal(a->proof.before_points, 30);
}

static void the_direction_of_the_metric_makes_the_effect(void **state)
{
	(void)state;
	static const struct {
		enum metric_direction direction;
		double to;
		enum alert_effect effect;
	} cases[] = {
	    {DIRECTION_LOWER, 110, EFFECT_REGRESSION},   {DIRECTION_LOWER, 90, EFFECT_IMPROVEMENT},
	    {DIRECTION_HIGHER, 110, EFFECT_IMPROVEMENT}, {DIRECTION_HIGHER, 90, EFFECT_REGRESSION},
	    {DIRECTION_NONE, 110, EFFECT_CHANGE},        {DIRECTION_NONE, 90, EFFECT_CHANGE}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lab *l = lab_new();
		l->input.metric.direction = cases[i].direction;
		size_t night;
		const struct alert *a = first_pending(l, 100, cases[i].to, &night);
		assert_non_null(a);
		assert_int_equal(a->effect, cases[i].effect);
		lab_free(l);
	}
}

// A fresh point off by a tenth, and three re-runs of which `last` is the third.
static struct fresh play_fresh(struct lab *l, double value, double last)
{
	double values[40];
	for (size_t i = 0; i < 40; i++) {
		lab_night(l, i, lab_noise(l, 100, 0.01));
		values[i] = l->runs[i].median;
	}
	lab_night(l, 40, value);
	struct fresh f = fresh_baseline(values, 40, l->last.dependence.rho, &l->evaluator.params);
	const struct wish *w = lab_wish(l, WISH_RERUN);
	assert_non_null(w);
	assert_string_equal(w->run, l->names[40]);
	assert_string_equal(w->board, "a");
	assert_int_equal(w->times, 3);
	assert_close(w->size, fabs(fresh_z(&f, value)));
	for (int i = 0; i < 3; i++)
		lab_run(l, 40, "a", i < 2 ? value : last)->purpose = PURPOSE_RERUN;
	lab_evaluate(l, 40);
	return f;
}

static void a_same_night_alert_holds_what_its_runs_said(void **state)
{
	(void)state;
	for (int up = 0; up < 2; up++) {
		struct lab *l = lab_new();
		double value = up ? 110 : 90, values[] = {value, value, value, value};
		struct fresh f = play_fresh(l, value, value);
		const struct alert *a = lab_alert(l, ALERT_STEP);
		assert_non_null(a);
		assert_true(a->same_night);
		assert_reason(a, STATE_PENDING, 40,
			      up ? "same night: 4 runs at +3.0 noise units or more from the level"
				 : "same night: 4 runs at -3.0 noise units or more from the level");
		struct rank_shift s = fresh_size(&f, values, 4);
		assert_close(a->relative, expm1(s.shift));
		assert_close(a->low, expm1(s.low));
		assert_close(a->high, expm1(s.high));
		assert_close(a->t, fabs(fresh_z(&f, value)));
		assert_close(a->sigma, f.sigma);
		assert_close(a->shift, log(value) - f.level);
		assert_close(a->proof.low, a->low);
		assert_close(a->proof.sigma, f.sigma);
		assert_int_equal(a->proof.after_points, 1);
		assert_int_equal(a->confidence, confidence_of(a->t, &l->evaluator.params));
		assert_string_equal(a->commit_from, l->names[39]);
		assert_string_equal(a->commit_to, l->names[40]);
		lab_free(l);
	}
}

static void a_board_that_moves_alone_holds_its_own_points_numbers(void **state)
{
	struct lab *l = *state;
	size_t night = 0;
	for (size_t i = 0; i < 150 && !lab_alert(l, ALERT_BOARD); i++) {
		lab_run(l, i, "a", lab_noise(l, 100, 0.004));
		lab_run(l, i, "b", lab_noise(l, i < 100 ? 102 : 105, 0.004));
		lab_evaluate(l, i);
		night = i;
	}
	const struct alert *a = lab_alert(l, ALERT_BOARD);
	assert_non_null(a);
	assert_string_equal(a->board, "b");
	assert_int_equal(a->effect, EFFECT_CHANGE);
	assert_false(alert_is_failure(a));
	assert_int_equal(a->place.position, 100);
	double x[NIGHTS_MAX];
	size_t n = 0;
	for (size_t i = 0; i < l->runs_count; i++)
		if (strcmp(l->runs[i].board, "b") == 0)
			x[n++] = l->runs[i].median;
	struct dependence d =
	    detector_run(&l->evaluator.detector, x, n, &l->evaluator.params).dependence;
	size_t side = evidence_side(&d, &l->evaluator.params);
	for (size_t i = 0; i < n; i++)
		x[i] = log(x[i]);
	struct rank_shift s =
	    rank_hodges_lehmann(x + 100 - side, side, x + 100, n - 100, d.inflate);
	assert_close(a->shift, s.shift);
	assert_close(a->shift_raised, s.shift);
	assert_close(a->relative, expm1(s.shift));
	assert_close(a->low, expm1(s.low));
	assert_close(a->high, expm1(s.high));
	assert_true(a->t >= l->evaluator.params.tau_alert);
	assert_int_equal(a->confidence, confidence_of(a->t, &l->evaluator.params));
	char reason[96];
	snprintf(reason, sizeof(reason), "board b moved alone by %+.2f %% (t = %.2f)",
		 100 * a->relative, a->t);
	assert_reason(a, STATE_PENDING, (int64_t)night, reason);
}

static void an_unstable_board_is_named_with_its_points(void **state)
{
	struct lab *l = *state;
	for (size_t i = 0; i < 40; i++) {
		lab_run(l, i, "a", 100);
		lab_run(l, i, "b", 100)->invalid = i >= 30;
		lab_evaluate(l, i);
		assert_int_equal(lab_alert(l, ALERT_BOARD_UNSTABLE) != NULL,
				 i >= 30 + BOARD_UNSTABLE_AFTER);
	}
	const struct alert *a = lab_alert(l, ALERT_BOARD_UNSTABLE);
	assert_int_equal(lab_alerts(l), 1);
	assert_string_equal(a->board, "b");
	assert_int_equal(a->effect, EFFECT_CHANGE);
	assert_int_equal(a->place.position, 30 + BOARD_UNSTABLE_AFTER);
	assert_int_equal(a->place.time_ns, 2 * a->place.position + 1);
	char reason[96];
	snprintf(reason, sizeof(reason), "%d points of board b in a row failed the validity gate",
		 BOARD_UNSTABLE_AFTER + 1);
	assert_reason(a, STATE_PENDING, 30 + BOARD_UNSTABLE_AFTER, reason);
	lab_run(l, 40, "b", 100);
	lab_evaluate(l, 40);
	assert_reason(lab_alert(l, ALERT_BOARD_UNSTABLE), STATE_RECOVERED, 40,
		      "board b gave a valid point");
}

static void a_drift_holds_its_total_and_its_interval(void **state)
{
	struct lab *l = *state;
	size_t night = 0;
	for (size_t i = 0; i < 200 && !lab_alert(l, ALERT_DRIFT); i++, night = i - 1)
		lab_night(l, i, lab_noise(l, 100 * (1 + 0.0003 * (double)i), 0.01));
	const struct alert *a = lab_alert(l, ALERT_DRIFT);
	assert_non_null(a);
	assert_int_equal(a->place.position, 0);
	size_t n = night + 1;
	double x[NIGHTS_MAX];
	for (size_t i = 0; i < n; i++)
		x[i] = log(l->runs[i].median);
	struct drift d = drift_find(x, n, l->last.sigma, &l->evaluator.params);
	assert_true(d.found);
	assert_close(a->shift, d.total);
	assert_close(a->shift_raised, d.total);
	assert_close(a->relative, expm1(d.total));
	assert_close(a->low, expm1(d.low));
	assert_close(a->high, expm1(d.high));
	assert_close(a->t, d.z);
	assert_close(a->sigma, l->last.sigma);
	assert_int_equal(a->confidence, CONFIDENCE_ALERT);
	assert_int_equal(a->effect, EFFECT_REGRESSION);
	assert_int_equal(a->to.position, night);
	assert_close(l->state.drift_told, d.total);
	assert_int_equal(l->state.drift_place.position, night);
	assert_true(alert_is_failure(a));
	char reason[96];
	snprintf(reason, sizeof(reason), "Z = %.2f, %+.2f %% over %zu points", d.z,
		 100 * a->relative, n);
	assert_reason(a, STATE_PENDING, (int64_t)night, reason);
}

// Ten points at 100 are the release, the last ten at 107.
static void a_budget_holds_how_far_the_level_is(void **state)
{
	struct lab *l = *state;
	l->input.has_baseline = true;
	for (size_t i = 0; i < 40; i++)
		lab_night(l, i, 100 + (double)(i % 2));
	assert_null(lab_alert(l, ALERT_BUDGET));
	size_t night = 0;
	for (size_t i = 40; i < 70 && !lab_alert(l, ALERT_BUDGET); i++, night = i - 1)
		lab_night(l, i, 107 + (double)(i % 2));
	const struct alert *a = lab_alert(l, ALERT_BUDGET);
	assert_non_null(a);
	size_t n = night + 1;
	double x[NIGHTS_MAX];
	for (size_t i = 0; i < n; i++)
		x[i] = log(l->runs[i].median);
	struct rank_shift s =
	    rank_hodges_lehmann(x, BUDGET_POINTS, x + n - BUDGET_POINTS, BUDGET_POINTS,
				fmax(1, l->last.dependence.inflate));
	assert_close(a->relative, expm1(s.shift));
	assert_close(a->low, expm1(s.low));
	assert_close(a->high, expm1(s.high));
	assert_close(a->shift, s.shift);
	assert_close(a->shift_raised, s.shift);
	assert_int_equal(a->confidence, CONFIDENCE_ALERT);
	assert_int_equal(a->effect, EFFECT_REGRESSION);
	assert_int_equal(a->place.position, n - BUDGET_POINTS);
	assert_int_equal(a->from.position, 0);
	assert_string_equal(a->commit_from, l->names[0]);
	assert_string_equal(a->commit_to, l->names[night]);
	char reason[96];
	snprintf(reason, sizeof(reason), "level is %+.2f %% from the pinned release (budget 5 %%)",
		 100 * a->relative);
	assert_reason(a, STATE_PENDING, (int64_t)night, reason);
	for (size_t i = n; i < n + 30 && a->state == STATE_PENDING; i++) {
		lab_night(l, i, 100 + (double)(i % 2));
		a = lab_alert(l, ALERT_BUDGET);
	}
	assert_int_equal(a->state, STATE_RECOVERED);
	assert_non_null(strstr(last_transition(a)->reason, " % from the pinned release"));
}

static void a_missing_metric_is_counted_from_the_newest_run(void **state)
{
	struct lab *l = *state;
	for (size_t i = 0; i < 5; i++)
		lab_night(l, i, 100);
	lab_run(l, 5, "a", 0)->absent = true;
	lab_evaluate(l, 5);
	assert_null(lab_alert(l, ALERT_MISSING));
	// Re-runs are not scheduled: they neither count nor end it.
	struct timing_run *again = lab_run(l, 5, "a", 0);
	again->absent = true;
	again->purpose = PURPOSE_RERUN;
	lab_evaluate(l, 5);
	assert_null(lab_alert(l, ALERT_MISSING));
	lab_run(l, 6, "a", 0)->absent = true;
	lab_evaluate(l, 6);
	const struct alert *a = lab_alert(l, ALERT_MISSING);
	assert_non_null(a);
	assert_reason(a, STATE_PENDING, 6, "absent from 2 scheduled runs in a row");
	assert_int_equal(a->place.position, 6);
	assert_int_equal(a->place.time_ns, 7);
	assert_int_equal(a->effect, EFFECT_REGRESSION);
	assert_string_equal(a->commit_from, "");
	assert_string_equal(a->commit_to, l->names[6]);
	assert_true(alert_is_failure(a));
	lab_run(l, 7, "a", 0)->absent = true;
	lab_evaluate(l, 7);
	assert_int_equal(lab_alerts(l), 1);
	lab_night(l, 8, 100);
	assert_reason(lab_alert(l, ALERT_MISSING), STATE_RECOVERED, 8, "the metric came again");
}

static bool has_note(const struct lab *l, const char *text)
{
	for (size_t i = 0; i < l->last.notes_count; i++)
		if (strcmp(l->last.notes[i].text, text) == 0)
			return true;
	return false;
}

#define KEY "job|variant|class|0x00:0x000:0:0 bbm hw|metric"

static void notes_are_told_once(void **state)
{
	struct lab *l = *state;
	lab_night(l, 0, 100);
	assert_int_equal(l->last.notes_count, 1);
	assert_true(has_note(l, "new-series: " KEY));
	for (size_t i = 1; i < 40; i++) {
		lab_night(l, i, 100);
		assert_int_equal(l->last.notes_count, i == 19);
		if (i == 19)
			assert_true(has_note(l, KEY ": 20 equal points; consider model: exact"));
	}
	l->input.closed = true;
	lab_evaluate(l, 39);
	assert_int_equal(l->last.standing, STANDING_CLOSED);
	assert_true(has_note(l, KEY ": closed, the job no longer declares the metric"));
	lab_evaluate(l, 39);
	assert_int_equal(l->last.notes_count, 0);
	l->input.closed = false;
	lab_evaluate(l, 39);
	l->input.closed = true;
	lab_evaluate(l, 39);
	assert_int_equal(l->last.notes_count, 1);
}

// Nobody misses what nobody asks for; other alerts stay.
static void a_closed_series_withdraws_what_it_missed(void **state)
{
	struct lab *l = *state;
	for (size_t i = 0; i < 3; i++)
		lab_night(l, i, 100);
	for (size_t i = 3; i < 6; i++) {
		lab_run(l, i, "a", 0)->absent = true;
		lab_evaluate(l, i);
	}
	l->input.closed = true;
	lab_evaluate(l, 6);
	assert_reason(lab_alert(l, ALERT_MISSING), STATE_WITHDRAWN, 6,
		      "the job no longer declares the metric");
}

static void noise_that_rises_is_noted(void **state)
{
	struct lab *l = *state;
	bool told = false;
	for (size_t i = 0; i < 200; i++) {
		lab_night(l, i, lab_noise(l, 100, i < 120 ? 0.001 : 0.01));
		for (size_t k = 0; k < l->last.notes_count; k++) {
			const char *t = l->last.notes[k].text;
			const char *begin = "noise-change: " KEY ": noise is ";
			if (strncmp(t, begin, strlen(begin)) == 0) {
				assert_true(strtod(t + strlen(begin), NULL) >= 2.4);
				assert_string_equal(strstr(t, " times"), " times what it was");
				told = true;
			}
		}
	}
	assert_true(told);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(a_step_holds_its_numbers_and_their_proof),
	    TEST(a_step_is_measured_from_the_one_before),
	    cmocka_unit_test(the_direction_of_the_metric_makes_the_effect),
	    cmocka_unit_test(a_same_night_alert_holds_what_its_runs_said),
	    TEST(a_board_that_moves_alone_holds_its_own_points_numbers),
	    TEST(an_unstable_board_is_named_with_its_points),
	    TEST(a_drift_holds_its_total_and_its_interval),
	    TEST(a_budget_holds_how_far_the_level_is),
	    TEST(a_missing_metric_is_counted_from_the_newest_run),
	    TEST(notes_are_told_once),
	    TEST(a_closed_series_withdraws_what_it_missed),
	    TEST(noise_that_rises_is_noted),
	};
	return cmocka_run_group_tests_name("timing/fields", tests, NULL, NULL);
}
