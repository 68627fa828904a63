// SPDX-License-Identifier: GPL-2.0-or-later
// The life of exact series and of steps that come back, with the sentences that tell it.
#include "unit/timing_table.h"

#include "timing/ab.h"
#include "unit/timing_nights.h"

static int set_up_noisy(void **state)
{
	*state = lab_new();
	return 0;
}

static int set_up(void **state)
{
	struct lab *l = lab_new();
	l->input.metric.model = MODEL_EXACT;
	l->input.key.cpu.platform = PLATFORM_ICOUNT;
	*state = l;
	return 0;
}

static int tear_down(void **state)
{
	lab_free(*state);
	return 0;
}

static void assert_last(const struct alert *a, enum alert_state to, const char *reason)
{
	const struct transition *t = &a->transitions[a->transitions_count - 1];
	assert_int_equal(t->to, to);
	assert_int_equal(a->state, to);
	assert_string_equal(t->reason, reason);
}

// ---- exact series --------------------------------------------------------------------------

static void an_exact_step_holds_both_values(void **state)
{
	struct lab *l = *state;
	for (size_t i = 0; i < 5; i++)
		lab_night(l, i, 1000);
	assert_int_equal(l->last.standing, STANDING_OK);
	lab_night(l, 5, 1030);
	const struct wish *w = lab_wish(l, WISH_RERUN);
	assert_string_equal(w->run, l->names[5]);
	assert_string_equal(w->board, "a");
	assert_true(isinf(w->size));
	lab_run(l, 5, "a", 1030)->purpose = PURPOSE_RERUN;
	lab_evaluate(l, 5);
	const struct alert *a = lab_alert(l, ALERT_STEP);
	assert_last(a, STATE_CONFIRMED,
		    "1000 became 1030 (+3.0000 %, normal); a re-run gave the same");
	assert_true(a->exact);
	assert_close(a->before, 1000);
	assert_close(a->after, 1030);
	assert_close(a->shift, log(1.03));
	assert_close(a->shift_raised, log(1.03));
	assert_close(a->low, 0.03);
	assert_close(a->high, 0.03);
	assert_int_equal(a->effect, EFFECT_REGRESSION);
	assert_int_equal(a->confidence, CONFIDENCE_ALERT);
	assert_int_equal(a->place.position, 5);
	assert_string_equal(a->commit_from, l->names[4]);
	assert_string_equal(a->commit_to, l->names[5]);
	const struct change *c = &l->last.changes[0];
	assert_close(c->shift, log(1.03));
	assert_close(c->relative, 0.03);
}

static void an_exact_step_weighs_by_its_size(void **state)
{
	(void)state;
	static const double to[] = {1000.5, 1030, 1050, 940};
	static const enum confidence wanted[] = {CONFIDENCE_CANDIDATE, CONFIDENCE_ALERT,
						 CONFIDENCE_STRONG, CONFIDENCE_STRONG};
	static const char *const reasons[] = {
	    "1000 became 1000.5 (+0.0500 %, minor); a re-run gave the same; the image is the same",
	    "1000 became 1030 (+3.0000 %, normal); a re-run gave the same; the image is the same",
	    "1000 became 1050 (+5.0000 %, major); a re-run gave the same; the image is the same",
	    "1000 became 940 (-6.0000 %, major); a re-run gave the same; the image is the same"};
	for (int i = 0; i < 4; i++) {
		struct lab *l;
		set_up((void **)&l);
		lab_night(l, 0, 1000);
		lab_run(l, 1, "a", to[i]);
		lab_run(l, 1, "a", to[i])->purpose = PURPOSE_RERUN;
		for (size_t k = 0; k < 3; k++)
			l->runs[k].build = "image";
		lab_evaluate(l, 1);
		const struct alert *a = lab_alert(l, ALERT_ENVIRONMENT);
		assert_non_null(a);
		assert_int_equal(a->confidence, wanted[i]);
		assert_int_equal(a->effect, EFFECT_CHANGE);
		assert_last(a, STATE_CONFIRMED, reasons[i]);
		lab_free(l);
	}
}

static void the_next_night_is_a_reproduction_only_on_the_same_board(void **state)
{
	(void)state;
	for (int same = 0; same < 2; same++) {
		struct lab *l;
		set_up((void **)&l);
		for (size_t i = 0; i < 3; i++)
			lab_night(l, i, 1000);
		lab_night(l, 3, 1030);
		lab_run(l, 4, same ? "a" : "b", 1030);
		lab_evaluate(l, 4);
		const struct alert *a = lab_alert(l, ALERT_STEP);
		assert_int_equal(a != NULL, same);
		if (a)
			assert_last(
			    a, STATE_CONFIRMED,
			    "1000 became 1030 (+3.0000 %, normal); the next run gave the same");
		lab_free(l);
	}
}

static void a_demoted_series_is_trusted_after_twenty_equal_points(void **state)
{
	struct lab *l = *state;
	for (size_t i = 0; i < 5; i++)
		lab_night(l, i, 1000);
	lab_run(l, 5, "a", 1030);
	lab_run(l, 5, "a", 1000)->purpose = PURPOSE_RERUN;
	lab_evaluate(l, 5);
	const struct alert *a = lab_alert(l, ALERT_NONDETERMINISM);
	assert_last(a, STATE_PENDING,
		    "a re-run of one image gave another value; the series is treated as noisy "
		    "until 20 points in a row are equal");
	assert_int_equal(a->effect, EFFECT_CHANGE);
	assert_int_equal(a->place.position, 5);
	for (size_t i = 6; i < 26; i++) {
		assert_true(l->state.demoted);
		lab_night(l, i, 1000);
	}
	assert_false(l->state.demoted);
	assert_last(lab_alert(l, ALERT_NONDETERMINISM), STATE_RECOVERED,
		    "20 points in a row are equal");
	assert_int_equal(lab_alerts(l), 1);
}

static void one_exact_point_is_learning_nothing_and_two_are_compared(void **state)
{
	struct lab *l = *state;
	lab_evaluate(l, 0);
	assert_int_equal(l->last.standing, STANDING_LEARNING);
	lab_night(l, 0, 1000);
	assert_int_equal(l->last.standing, STANDING_OK);
	assert_int_equal(l->last.wishes_count, 0);
	lab_night(l, 1, 1001);
	assert_non_null(lab_wish(l, WISH_RERUN));
	assert_int_equal(l->last.changes_count, 1);
	assert_int_equal(l->last.changes[0].at, 1);
}

// ---- steps that come back ------------------------------------------------------------------

static void play(struct lab *l, size_t from, size_t to, double level)
{
	for (size_t i = from; i < to; i++)
		lab_night(l, i, lab_noise(l, level, 0.01));
}

static void an_exact_level_that_returns_names_its_levels(void **state)
{
	struct lab *l = *state;
	static const double values[] = {1000, 1000, 1030, 1030, 1000, 1000, 1030};
	for (size_t i = 0; i < 7; i++) {
		lab_run(l, i, "a", values[i]);
		lab_run(l, i, "a", values[i])->purpose = PURPOSE_RERUN;
		lab_evaluate(l, i);
	}
	const struct alert *first = &l->state.alerts[0], *back = &l->state.alerts[1],
			   *again = &l->state.alerts[2];
	char reason[128];
	snprintf(reason, sizeof(reason), "level back at 1000 (was 1000 before) with %s",
		 back->commit_to);
	assert_last(first, STATE_FIXED, reason);
	assert_string_equal(back->linked, first->id);
	snprintf(reason, sizeof(reason), "reintroduced: level 1030 was fixed before (alert %s)",
		 first->id);
	assert_last(again, STATE_CONFIRMED, reason);
}

// Back by 3 % within twenty nights: too slowly for a change.
static void a_level_that_fades_is_fixed_with_how_long_it_held(void **state)
{
	struct lab *l = *state;
	l->random.state = 4;
	play(l, 0, 60, 100);
	play(l, 60, 69, 104);
	for (size_t i = 69; i < 110; i++)
		lab_night(l, i, lab_noise(l, fmax(100, 103 - 0.15 * (double)(i - 69)), 0.01));
	const struct alert *a = lab_alert(l, ALERT_STEP);
	assert_int_equal(a->state, STATE_FIXED);
	double raised = a->shift_raised;
	const char *reason = a->transitions[a->transitions_count - 1].reason;
	double shift = 0, when_raised = 0;
	int over = 0, held = 0;
	if (sscanf(reason,
		   "level back: shift %lg over the last %d points, %lg when raised; it "
		   "held for %d points",
		   &shift, &over, &when_raised, &held) != 4)
		fail_msg("%s", reason);
	assert_true(fabs(when_raised - raised) <= 5e-5);
	assert_true(shift < 0.5 * raised);
	assert_true(over >= 1 && held >= 8);
	// Up to the night of the fix there were as many points as held and fell back.
	int64_t night = a->transitions[a->transitions_count - 1].time_ns;
	assert_int_equal(over + held, night + 1 - a->place.position);
}

static void what_was_gone_at_once_says_for_how_many_points_it_was_there(void **state)
{
	struct lab *l = *state;
	play(l, 0, 40, 100);
	lab_night(l, 40, 108);
	for (int i = 0; i < 3; i++)
		lab_run(l, 40, "a", lab_noise(l, 108, 0.01))->purpose = PURPOSE_RERUN;
	lab_evaluate(l, 40);
	play(l, 41, 60, 100);
	assert_last(lab_alert(l, ALERT_STEP), STATE_RECOVERED, "level back after 1 points");
	// It took ten points behind the place to say so.
	const struct alert *a = lab_alert(l, ALERT_STEP);
	assert_int_equal(a->transitions[a->transitions_count - 1].time_ns, 49);
}

// ---- answers and A/Bs ----------------------------------------------------------------------

static struct alert *pending_alert(struct lab *l)
{
	play(l, 0, 60, 100);
	play(l, 60, 80, 108);
	struct alert *a = lab_alert(l, ALERT_STEP);
	assert_int_equal(a->state, STATE_PENDING);
	return a;
}

static void an_answer_names_who_gave_it(void **state)
{
	struct lab *l = *state;
	struct alert *a = pending_alert(l);
	assert_null(alert_acknowledge(a, "eve", "bug 7", 99));
	assert_last(a, STATE_ACKED, "acknowledged by eve: bug 7");
	assert_int_equal(a->transitions[a->transitions_count - 1].time_ns, 99);
	assert_string_equal(a->by, "eve");
	assert_string_equal(a->bug, "bug 7");
	assert_null(alert_wontfix(a, "bob", "", 100));
	assert_last(a, STATE_WONTFIX, "will not be fixed, says by bob");
	assert_string_equal(a->by, "bob");
	CLEANUP_ERROR struct error *e = alert_acknowledge(a, "eve", "", 101);
	char message[96];
	snprintf(message, sizeof(message), "alert %s is wontfix: nothing to answer for", a->id);
	assert_string_equal(error_text(e), message);
	assert_string_equal(a->by, "bob");
}

static void an_ab_says_what_it_measured(void **state)
{
	struct lab *l = *state;
	static const struct {
		enum ab_verdict verdict;
		bool disagree;
		enum alert_state to;
		enum ab_state ab;
		const char *words;
	} cases[] = {
	    {AB_VERDICT_CONFIRMED, false, STATE_CONFIRMED, AB_CONFIRMED, "confirmed"},
	    {AB_VERDICT_EQUIVALENT, false, STATE_WITHDRAWN, AB_EQUIVALENT, "found both alike"},
	    {AB_VERDICT_INCONCLUSIVE, false, STATE_PENDING, AB_INCONCLUSIVE, "inconclusive"},
	    {AB_VERDICT_FAILED, false, STATE_PENDING, AB_INCONCLUSIVE, "had too few valid runs"},
	    {AB_VERDICT_CONFIRMED, true, STATE_WITHDRAWN, AB_BOARD,
	     "boards disagree, the board's doing"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct alert *a = alert_raise(&l->state, "key", ALERT_STEP, STATE_PENDING,
					      (struct place){(int64_t)i, 0}, 0, "r");
		const struct ab_outcome o = {.verdict = cases[i].verdict,
					     .boards = 1 + cases[i].disagree,
					     .runs = 8,
					     .boards_disagree = cases[i].disagree,
					     .p = 0.00025,
					     .relative = 0.1,
					     .low = -0.02,
					     .high = 0.3};
		alert_ab_result(a, &o, 77);
		char reason[192];
		snprintf(reason, sizeof(reason),
			 "A/B %s: +10.00 %% (-2.00 to +30.00 %%), p = 0.00025, 8 runs of each "
			 "image, %u board%s",
			 cases[i].words, o.boards, o.boards == 1 ? "" : "s");
		assert_last(a, cases[i].to, reason);
		assert_int_equal(a->ab, cases[i].ab);
		assert_close(a->ab_p, 0.00025);
		assert_int_equal(a->ab_runs, 8);
		assert_int_equal(a->ab_boards, o.boards);
	}
	// What somebody answered for stays answered, whatever the boards say.
	struct alert *a =
	    alert_raise(&l->state, "key", ALERT_STEP, STATE_ACKED, (struct place){99, 0}, 0, "r");
	for (size_t i = 0; i < 3; i++) {
		const struct ab_outcome o = {.verdict = cases[i].verdict, .boards = 1};
		alert_ab_result(a, &o, 80);
		assert_int_equal(a->state, STATE_ACKED);
		assert_int_equal(a->ab, cases[i].ab);
	}
	size_t told = a->transitions_count;
	const struct ab_outcome running = {.verdict = AB_VERDICT_RUNNING};
	alert_ab_result(a, &running, 81);
	assert_int_equal(a->transitions_count, told);
}

static void alerts_at_one_place_have_ids_of_their_own(void **state)
{
	struct lab *l = *state;
	const struct place place = {5, 6}, later = {5, 7}, next = {6, 6};
	char ids[6][ALERT_ID_SIZE];
	const struct place places[] = {place, place, place, later, next, place};
	for (int i = 0; i < 6; i++) {
		const struct alert *a = alert_raise(&l->state, i == 5 ? "other" : "key", ALERT_STEP,
						    STATE_PENDING, places[i], 0, "r");
		assert_int_equal(strlen(a->id), 16);
		memcpy(ids[i], a->id, sizeof(ids[i]));
		for (int k = 0; k < i; k++)
			assert_string_not_equal(ids[i], ids[k]);
	}
	for (int i = 0; i < 6; i++)
		assert_string_equal(alert_find(&l->state, ids[i])->id, ids[i]);
	assert_null(alert_find(&l->state, "0000000000000000"));
	// FNV-1a of "key|step|5|6|0": the same on every machine.
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (const char *s = "key|step|5|6|0"; *s; s++)
		hash = (hash ^ (uint64_t)(unsigned char)*s) * UINT64_C(0x100000001b3);
	char wanted[ALERT_ID_SIZE];
	snprintf(wanted, sizeof(wanted), "%016llx", (unsigned long long)hash);
	assert_string_equal(ids[0], wanted);
}

static void places_are_ordered_by_commit_and_then_by_time(void **state)
{
	(void)state;
	static const struct place places[] = {{1, 9}, {2, 3}, {2, 4}, {3, 0}};
	for (int i = 0; i < 4; i++)
		for (int k = 0; k < 4; k++)
			assert_int_equal(place_compare(places[i], places[k]), (i > k) - (i < k));
}

// A/Bs for the proven strong or repeated, bisections for what is confirmed between far commits.
static void wishes_name_their_alert_and_its_commits(void **state)
{
	struct lab *l = *state;
	struct alert *a = pending_alert(l);
	const struct wish *w = lab_wish(l, WISH_AB);
	assert_non_null(w);
	assert_string_equal(w->alert, a->id);
	assert_string_equal(w->commit_from, a->commit_from);
	assert_string_equal(w->commit_to, a->commit_to);
	assert_string_equal(w->run, l->names[a->place.position]);
	assert_string_equal(w->board, "a");
	assert_close(w->size, a->t);
	assert_null(lab_wish(l, WISH_BISECT));
	a->confidence = CONFIDENCE_ALERT; // not strong, and not of the same night
	struct transition *t = &a->transitions[a->transitions_count - 1];
	assert_int_equal(t->to, STATE_PENDING);
	const struct ab_outcome o = {.verdict = AB_VERDICT_CONFIRMED, .boards = 1, .runs = 8};
	alert_ab_result(a, &o, 80);
	a->from.position = a->to.position - 2;
	lab_evaluate(l, 79);
	assert_null(lab_wish(l, WISH_AB));
	int64_t apart =
	    lab_alert(l, ALERT_STEP)->to.position - lab_alert(l, ALERT_STEP)->from.position;
	assert_int_equal(lab_wish(l, WISH_BISECT) != NULL, apart > 1);
	alert_bisect_booked(lab_alert(l, ALERT_STEP));
	lab_evaluate(l, 79);
	assert_null(lab_wish(l, WISH_BISECT));
}

int main(void)
{
#define EXACT(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define NOISY(name) cmocka_unit_test_setup_teardown(name, set_up_noisy, tear_down)
	const struct CMUnitTest tests[] = {
	    EXACT(an_exact_step_holds_both_values),
	    cmocka_unit_test(an_exact_step_weighs_by_its_size),
	    cmocka_unit_test(the_next_night_is_a_reproduction_only_on_the_same_board),
	    EXACT(a_demoted_series_is_trusted_after_twenty_equal_points),
	    EXACT(one_exact_point_is_learning_nothing_and_two_are_compared),
	    EXACT(an_exact_level_that_returns_names_its_levels),
	    NOISY(a_level_that_fades_is_fixed_with_how_long_it_held),
	    NOISY(what_was_gone_at_once_says_for_how_many_points_it_was_there),
	    NOISY(an_answer_names_who_gave_it),
	    NOISY(an_ab_says_what_it_measured),
	    NOISY(alerts_at_one_place_have_ids_of_their_own),
	    cmocka_unit_test(places_are_ordered_by_commit_and_then_by_time),
	    NOISY(wishes_name_their_alert_and_its_commits),
	};
	return cmocka_run_group_tests_name("timing/sentences", tests, NULL, NULL);
}
