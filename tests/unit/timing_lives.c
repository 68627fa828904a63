// SPDX-License-Identifier: GPL-2.0-or-later
// The life of a step alert, rule by rule: sighted, raised, followed, re-tested, closed.
#include "unit/timing_workbench.h"

#include "timing/evidence.h"

// ---- re-tests ----------------------------------------------------------------------------------

// A level of 100 with an alert at 30 that was raised by `shift`, and another level behind it.
static struct bench *raised(enum alert_state state, double shift, double behind)
{
	struct bench *b = bench_new();
	bench_set(b, 0, 30, 100);
	bench_set(b, 30, 60, behind);
	bench_alert(b, ALERT_STEP, state, 30, shift);
	return b;
}

// Re-tests, checks the first alert's state and last reason, and frees the bench.
static void check_retest(struct bench *b, enum alert_state state, const char *reason)
{
	evaluate_retest(&b->w);
	const struct alert *a = &b->state.alerts[0];
	assert_string_equal(bench_reason(a), reason);
	assert_int_equal(a->state, state);
	if (a->transitions_count > 1)
		assert_int_equal(a->transitions[1].time_ns, 77);
	bench_free(b);
}

static void a_level_that_is_not_half_there_is_withdrawn(void **state)
{
	(void)state;
	check_retest(raised(STATE_PENDING, 4, 102), STATE_PENDING, "raised");
	check_retest(raised(STATE_PENDING, -4, 98), STATE_PENDING, "raised");
	check_retest(raised(STATE_PENDING, 4, 101.99), STATE_WITHDRAWN,
		     "re-test against 10 points: shift 1.99 over 30, was 4 when raised");
	check_retest(raised(STATE_PENDING, -4, 98.01), STATE_WITHDRAWN,
		     "re-test against 10 points: shift -1.99 over 30, was -4 when raised");
	check_retest(raised(STATE_PENDING, 4, 96), STATE_WITHDRAWN,
		     "re-test against 10 points: shift -4 over 30, was 4 when raised");
	check_retest(raised(STATE_PENDING, 4, 100), STATE_WITHDRAWN,
		     "re-test against 10 points: shift 0 over 30, was 4 when raised");
	check_retest(raised(STATE_CONFIRMED, 4, 101.99), STATE_FIXED,
		     "level back: shift 1.99 over the last 30 points, 4 when raised; "
		     "it held for 0 points");
	struct bench *b = raised(STATE_PENDING, 4, 100);
	b->w.n = 39; // one point less than a re-test needs
	check_retest(b, STATE_PENDING, "raised");
	b = raised(STATE_PENDING, 4, 100);
	b->w.n = 30; // none of its points is valid any more
	check_retest(b, STATE_PENDING, "raised");
	b = raised(STATE_PENDING, 4, 100);
	b->w.n = 40;
	check_retest(b, STATE_WITHDRAWN,
		     "re-test against 10 points: shift 0 over 10, was 4 when raised");
}

static void only_open_noisy_steps_are_tested_again(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < ALERT_KINDS; kind++) {
		for (unsigned s = 0; s < ALERT_STATES; s++) {
			for (int exact = 0; exact < 2; exact++) {
				struct bench *b = raised((enum alert_state)s, 4, 100);
				b->state.alerts[0].kind = (enum alert_kind)kind;
				b->state.alerts[0].exact = exact;
				evaluate_retest(&b->w);
				bool tested = kind == ALERT_STEP && !exact &&
					      (s == STATE_PENDING || s == STATE_CONFIRMED);
				assert_int_equal(b->state.alerts[0].transitions_count,
						 tested ? 2 : 1);
				bench_free(b);
			}
		}
	}
}

// Held for some points, back behind them. `first` of its points are measured: a side at most.
static void check_held(int sign, size_t held, double factor, enum alert_state wanted)
{
	struct bench *b = raised(STATE_PENDING, 4 * sign, 100);
	bench_set(b, 30, 30 + held, 100 + 4 * sign);
	double t = 4 / (1.2533 * sqrt(1 / 10.0 + 1 / (double)(held < 10 ? held : 10)));
	// What is asked for lies just below or above what there is.
	b->w.p.tau_alert = t * (wanted == STATE_FIXED ? 0.9999 : factor);
	b->w.p.tau_cand = t * (wanted == STATE_WITHDRAWN ? 1.0001 : 0.9999);
	char reason[160];
	if (wanted == STATE_FIXED)
		snprintf(reason, sizeof(reason),
			 "level back: shift 0 over the last %zu points, %d when raised; "
			 "it held for %zu points",
			 30 - held, 4 * sign, held);
	else if (wanted == STATE_RECOVERED)
		snprintf(reason, sizeof(reason), "level back after %zu points", held);
	else
		snprintf(reason, sizeof(reason),
			 "re-test against 10 points: shift 0 over 30, was %d when raised",
			 4 * sign);
	check_retest(b, wanted, reason);
}

static void a_level_that_held_is_fixed_by_its_evidence(void **state)
{
	(void)state;
	for (int sign = -1; sign <= 1; sign += 2) {
		for (size_t held = 3; held <= 14; held++) {
			if (held >= 5)
				check_held(sign, held, 0, STATE_FIXED);
			else // shorter than a segment
				check_held(sign, held, 0.9999, STATE_RECOVERED);
			check_held(sign, held, 1.0001, STATE_RECOVERED);
			check_held(sign, held, 1.0001, STATE_WITHDRAWN);
		}
	}
}

// One point says no more of where a level ended than its size: a spike is not a level.
static void one_point_has_one_vote_about_a_levels_end(void **state)
{
	(void)state;
	static const struct {
		double x[7];
		int held;
	} cases[] = {
	    {{2000, 100, 100, 104, 104, 100, 100}, 1}, {{2000, 100, 100, 104, 104, 104, 100}, 6},
	    {{104, 104, -900, 104, 104, 100, 100}, 2}, {{104, 104, -900, 104, 104, 104, 100}, 6},
	    {{104, 104, 104, -900, 104, 100, 100}, 3}, {{100, 100, 106, 106, 104, 100, 100}, 5},
	    {{102, 102, 100, 104, 104, 100, 100}, 5},  {{102, 102, 102, 102, 102, 102, 102}, 0},
	};
	for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		for (int sign = -1; sign <= 1; sign += 2) {
			struct bench *b = raised(STATE_CONFIRMED, 4 * sign, 100);
			for (size_t i = 0; i < 7; i++)
				b->x[30 + i] = 100 + sign * (cases[k].x[i] - 100);
			char reason[160];
			snprintf(reason, sizeof(reason),
				 "level back: shift 0 over the last %d points, %d when raised; "
				 "it held for %d points",
				 30 - cases[k].held, 4 * sign, cases[k].held);
			check_retest(b, STATE_FIXED, reason);
		}
	}
}

static bool parts(unsigned kind, unsigned s)
{
	return (kind == ALERT_STEP || kind == ALERT_ENVIRONMENT) &&
	       (s == STATE_PENDING || s == STATE_CONFIRMED || s == STATE_ACKED ||
		s == STATE_WONTFIX);
}

// Behind: what stands ends the level. In front: what was ever more than a guess begins it.
static void a_level_lies_between_its_neighbours(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < ALERT_KINDS; kind++) {
		for (unsigned s = 0; s < ALERT_STATES; s++) {
			struct bench *b = raised(STATE_PENDING, 4, 100);
			bench_set(b, 30, 45, 104);
			bench_alert(b, (enum alert_kind)kind, (enum alert_state)s, 45, -4);
			evaluate_retest(&b->w);
			assert_int_equal(b->state.alerts[0].transitions_count,
					 parts(kind, s) ? 1 : 2);
			bench_free(b);
			b = raised(STATE_PENDING, 4, 100);
			bench_alert(b, (enum alert_kind)kind, (enum alert_state)s, 25, 4);
			bool begins = (kind == ALERT_STEP || kind == ALERT_ENVIRONMENT) &&
				      s != STATE_CANDIDATE;
			check_retest(b, STATE_WITHDRAWN,
				     begins ? "re-test against 5 points: shift 0 over 30, was 4 "
					      "when raised"
					    : "re-test against 10 points: shift 0 over 30, was 4 "
					      "when raised");
		}
	}
}

static void the_nearest_neighbours_count(void **state)
{
	(void)state;
	static const size_t places[][4] = {{22, 26, 50, 46}, {26, 22, 46, 50}, {26, 30, 30, 46}};
	for (size_t k = 0; k < 3; k++) {
		struct bench *b = raised(STATE_PENDING, 4, 100);
		for (size_t i = 0; i < 4; i++)
			bench_alert(b, ALERT_ENVIRONMENT, STATE_ACKED, places[k][i], 1);
		check_retest(b, STATE_WITHDRAWN,
			     "re-test against 4 points: shift 0 over 16, was 4 when raised");
	}
}

// Its newest points tell where a level is: a side of them, and none in front of it.
static void the_newest_side_of_a_level_is_what_it_is_now(void **state)
{
	(void)state;
	struct bench *b = raised(STATE_CONFIRMED, 4, 104);
	bench_set(b, 50, 55, 100);
	bench_set(b, 55, 60, 101); // median of the last ten: 100.5
	check_retest(b, STATE_FIXED,
		     "level back: shift 0.5 over the last 10 points, 4 when raised; "
		     "it held for 20 points");
	b = raised(STATE_PENDING, 4, 104);
	b->w.p.side = 40;
	b->w.p.retest_points = 20;
	b->w.n = 50; // the median of forty would be of both levels
	check_retest(b, STATE_PENDING, "raised");
}

static struct bench *proven(size_t at, bool older, bool logs, double before, unsigned points)
{
	struct bench *b = bench_new();
	b->in.older_runs = older;
	b->out.scale.log = logs;
	bench_set(b, 0, at, 90);
	bench_set(b, at, 60, 100);
	for (size_t i = 0; logs && i < 60; i++)
		b->x[i] = log(b->x[i]);
	struct alert *a = bench_alert(b, ALERT_STEP, STATE_PENDING, at, logs ? 0.08 : 8);
	a->before = before;
	a->proof = (struct proof){.before = before, .before_points = points};
	return b;
}

// Where the view is cut, the proof says what was in front.
static void a_cut_view_is_held_against_the_proof(void **state)
{
	(void)state;
	static const char against_8[] =
	    "re-test against 8 points: shift 0 over 54, was 8 when raised";
	check_retest(proven(6, true, false, 100, 8), STATE_WITHDRAWN, against_8);
	check_retest(proven(6, false, false, 100, 8), STATE_PENDING, "raised");
	check_retest(proven(6, true, false, 100, 0), STATE_PENDING, "raised");
	check_retest(proven(10, true, false, 100, 8), STATE_PENDING, "raised");
	check_retest(proven(9, true, false, 100, 8), STATE_WITHDRAWN,
		     "re-test against 8 points: shift 0 over 51, was 8 when raised");
	struct bench *b = proven(6, true, false, 100, 8);
	bench_alert(b, ALERT_ENVIRONMENT, STATE_FIXED, 2, 1); // its points are all in view
	check_retest(b, STATE_PENDING, "raised");
	// In logarithms a level above zero is enough; old alerts count as one point.
	check_retest(proven(6, true, true, 100, 8), STATE_WITHDRAWN,
		     "re-test against 8 points: shift 0 over 54, was 0.08 when raised");
	check_retest(proven(6, true, true, 100, 0), STATE_WITHDRAWN,
		     "re-test against 1 points: shift 0 over 54, was 0.08 when raised");
	check_retest(proven(6, true, true, 0, 8), STATE_PENDING, "raised");
	check_retest(proven(6, true, true, 1, 8), STATE_PENDING, "raised");
}

static void an_alert_in_front_of_the_view_held_for_more(void **state)
{
	(void)state;
	for (unsigned points = 0; points < 2; points++) {
		struct bench *b = raised(STATE_PENDING, 4, 100);
		struct alert *a = &b->state.alerts[0];
		a->place = (struct place){50, 0};
		a->proof = (struct proof){.before = 100, .before_points = points};
		bench_set(b, 0, 20, 104);
		check_retest(b, points ? STATE_FIXED : STATE_PENDING,
			     points ? "level back: shift 0 over the last 40 points, 4 when "
				      "raised; it held for more than 20 points"
				    : "raised");
	}
}

// ---- new steps -----------------------------------------------------------------------------------

// 100, and 110 from 30 on, where a change is found tonight.
static struct bench *stepped(void)
{
	struct bench *b = bench_new();
	bench_set(b, 0, 30, 100);
	bench_set(b, 30, 60, 110);
	bench_change(b, 30, 10);
	return b;
}

static void night(struct bench *b, const char *name)
{
	b->in.batch = name;
	evaluate_steps(&b->w);
}

static void a_step_is_a_candidate_first_and_pending_when_it_stays(void **state)
{
	(void)state;
	struct bench *b = stepped();
	night(b, "one");
	assert_int_equal(b->state.alerts_count, 1);
	struct alert *a = &b->state.alerts[0];
	assert_int_equal(a->kind, ALERT_STEP);
	assert_int_equal(a->state, STATE_CANDIDATE);
	assert_string_equal(bench_reason(a), "t = 7.00 (alert), seen once");
	assert_int_equal(b->state.sightings_count, 1);
	assert_int_equal(b->state.sightings[0].nights, 1);
	assert_int_equal(b->state.sightings[0].sign, 1);
	assert_string_equal(b->state.sightings[0].batch, "one");
	night(b, "one"); // the same night again
	assert_int_equal(b->state.alerts_count, 1);
	assert_int_equal(a->transitions_count, 1);
	assert_int_equal(b->state.sightings[0].nights, 1);
	b->changes[0].at = 31;
	b->changes[0].shift = 9;
	night(b, "two");
	a = &b->state.alerts[0];
	assert_int_equal(b->state.alerts_count, 1);
	assert_int_equal(a->state, STATE_PENDING);
	assert_string_equal(bench_reason(a), "t = 7.00 (alert), seen 2 nights in a row");
	assert_int_equal(a->transitions[1].time_ns, 77);
	assert_close(a->shift, 9);
	assert_close(a->shift_raised, 9);
	assert_int_equal(place_compare(a->place, bench_place(31)), 0);
	assert_int_equal(a->proof.before_points, 10);
	assert_close(a->proof.after, 110);
	assert_int_equal(place_compare(b->state.sightings[0].place, bench_place(31)), 0);
	assert_int_equal(b->state.sightings[0].nights, 2);
	assert_string_equal(b->state.sightings[0].batch, "two");
	bench_free(b);
}

// Raised at once where one night is enough; it is related to earlier alerts then.
static void a_pending_step_fixes_what_it_brings_back(void **state)
{
	(void)state;
	for (int guessed = 0; guessed < 2; guessed++) {
		struct bench *b = stepped();
		b->w.p.confirm = 1;
		struct alert *old = bench_alert(b, ALERT_STEP, STATE_ACKED, 10, -10);
		old->before = 110;
		if (guessed)
			bench_alert(b, ALERT_STEP, STATE_CANDIDATE, 30, 10);
		night(b, "one");
		assert_int_equal(b->state.alerts_count, 2);
		assert_int_equal(b->state.alerts[0].state, STATE_FIXED);
		assert_int_equal(b->state.alerts[1].state, STATE_PENDING);
		assert_string_equal(bench_reason(&b->state.alerts[1]),
				    "t = 7.00 (alert), seen 1 nights in a row");
		bench_free(b);
	}
}

static void a_step_of_long_ago_is_no_news(void **state)
{
	(void)state;
	for (int late = 0; late < 2; late++) {
		struct bench *b = stepped();
		b->w.p.age = 30 - late;
		night(b, "one");
		assert_int_equal(b->state.alerts_count, !late);
		bench_free(b);
	}
}

static void the_evidence_asked_for_depends_on_the_series(void **state)
{
	(void)state;
	static const struct {
		enum confidence found;
		enum series_standing standing;
		enum alert_state wanted;
	} cases[] = {
	    {CONFIDENCE_CANDIDATE, STANDING_OK, STATE_CANDIDATE},
	    {CONFIDENCE_ALERT, STANDING_OK, STATE_PENDING},
	    {CONFIDENCE_ALERT, STANDING_UNSTABLE, STATE_CANDIDATE},
	    {CONFIDENCE_STRONG, STANDING_UNSTABLE, STATE_PENDING},
	};
	for (size_t k = 0; k < 4; k++) {
		struct bench *b = stepped();
		b->w.p.confirm = 1;
		b->changes[0].confidence = cases[k].found;
		b->out.standing = cases[k].standing;
		night(b, "one");
		night(b, "two");
		assert_int_equal(b->state.alerts_count, 1);
		assert_int_equal(b->state.alerts[0].state, cases[k].wanted);
		assert_int_equal(b->state.alerts[0].transitions_count, 1);
		bench_free(b);
	}
}

static void sighted(struct bench *b, size_t at, int sign)
{
	const struct step_sighting s = {bench_place(at), sign, 1, memory_strdup("before")};
	ARRAY_APPEND(b->state.sightings, b->state.sightings_count, s);
}

// Two points to either side it is the same change; what is not seen tonight is forgotten.
static void a_sighting_may_move_by_two_points(void **state)
{
	(void)state;
	for (size_t at = 26; at <= 34; at++) {
		for (int sign = -1; sign <= 1; sign += 2) {
			struct bench *b = stepped();
			sighted(b, 5, 1);
			sighted(b, at, sign);
			sighted(b, 50, -1);
			night(b, "one");
			bool same = sign > 0 && at >= 28 && at <= 32;
			assert_int_equal(b->state.sightings_count, 1);
			assert_int_equal(b->state.sightings[0].nights, same ? 2 : 1);
			assert_int_equal(
			    place_compare(b->state.sightings[0].place, bench_place(30)), 0);
			assert_int_equal(b->state.alerts[0].state,
					 same ? STATE_PENDING : STATE_CANDIDATE);
			b->out.changes_count = 0;
			night(b, "two");
			assert_int_equal(b->state.sightings_count, 0);
			bench_free(b);
		}
	}
}

// ---- steps that are known ------------------------------------------------------------------------

static void a_step_near_a_known_one_is_the_same(void **state)
{
	(void)state;
	for (size_t at = 23; at <= 37; at++) {
		for (int sign = -1; sign <= 1; sign += 2) {
			struct bench *b = stepped();
			bench_alert(b, ALERT_STEP, STATE_PENDING, at, sign * 2);
			night(b, "one");
			bool same = sign > 0 && at >= 25 && at <= 35;
			struct alert *a = &b->state.alerts[0];
			assert_int_equal(b->state.alerts_count, same ? 1 : 2);
			assert_close(a->shift, same ? 10 : sign * 2);
			assert_close(a->shift_raised, sign * 2);
			assert_int_equal(place_compare(a->place, bench_place(same ? 30 : at)), 0);
			bench_free(b);
		}
	}
}

static void a_known_step_is_followed_while_it_lives(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < ALERT_KINDS; kind++) {
		for (unsigned s = 0; s < ALERT_STATES; s++) {
			struct bench *b = stepped();
			bench_alert(b, (enum alert_kind)kind, (enum alert_state)s, 29, 2);
			night(b, "one");
			bool step = kind == ALERT_STEP || kind == ALERT_ENVIRONMENT;
			bool live = step && (s == STATE_PENDING || s == STATE_CONFIRMED ||
					     s == STATE_ACKED);
			assert_int_equal(b->state.alerts_count, step ? 1 : 2);
			assert_close(b->state.alerts[0].shift, live ? 10 : 2);
			assert_int_equal(b->state.alerts[0].transitions_count, 1);
			assert_int_equal(b->state.alerts[0].proof.before_points, live ? 10 : 0);
			bench_free(b);
		}
	}
}

static void the_nearest_known_step_is_followed(void **state)
{
	(void)state;
	static const size_t places[][3] = {{28, 31, 31}, {31, 28, 31}, {29, 31, 29}, {31, 29, 31}};
	for (size_t k = 0; k < 4; k++) {
		struct bench *b = stepped();
		bench_alert(b, ALERT_STEP, STATE_ACKED, places[k][0], 2);
		bench_alert(b, ALERT_STEP, STATE_ACKED, places[k][1], 2);
		night(b, "one");
		size_t near = places[k][0] == places[k][2] ? 0 : 1;
		assert_close(b->state.alerts[near].shift, 10);
		assert_close(b->state.alerts[1 - near].shift, 2);
		bench_free(b);
	}
}

// What left the view in front of the first point is not the change found there.
static void a_step_outside_the_view_is_not_known(void **state)
{
	(void)state;
	for (int seen = 0; seen < 2; seen++) {
		struct bench *b = stepped();
		b->changes[0].at = 4;
		b->w.p.side = b->w.p.side_most = 5;
		struct alert *a = bench_alert(b, ALERT_STEP, STATE_PENDING, 0, 2);
		a->place.position -= !seen;
		night(b, "one");
		assert_close(b->state.alerts[0].shift, seen ? 10 : 2);
		bench_free(b);
	}
}

// An alert of an old state gets its proof when a whole side is in view; one that has it keeps it.
static void a_followed_step_is_proven_once(void **state)
{
	(void)state;
	for (size_t at = 9; at <= 10; at++) {
		for (unsigned points = 0; points <= 7; points += 7) {
			struct bench *b = stepped();
			b->changes[0].at = at;
			bench_alert(b, ALERT_STEP, STATE_PENDING, at, 2)->proof.before_points =
			    points;
			night(b, "one");
			unsigned wanted = points ? points : at >= 10 ? 10 : 0;
			assert_int_equal(b->state.alerts[0].proof.before_points, wanted);
			bench_free(b);
		}
	}
}

// ---- steps back ----------------------------------------------------------------------------------

static void a_step_back_takes_an_open_alert_with_it(void **state)
{
	(void)state;
	for (unsigned s = 0; s < ALERT_STATES; s++) {
		for (size_t at = 24; at <= 31; at++) {
			struct bench *b = stepped();
			bench_alert(b, ALERT_STEP, (enum alert_state)s, at, -10);
			night(b, "one");
			bool near = at >= 25 && at < 30;
			bool open = s == STATE_PENDING || s == STATE_CONFIRMED;
			bool gone = s == STATE_RECOVERED || s == STATE_WITHDRAWN;
			assert_int_equal(b->state.alerts_count, near && (open || gone) ? 1 : 2);
			assert_int_equal(b->state.alerts[0].transitions_count,
					 near && open ? 2 : 1);
			if (near && open) {
				char reason[60];
				snprintf(reason, sizeof(reason), "level back after %zu points",
					 30 - at);
				assert_string_equal(bench_reason(&b->state.alerts[0]), reason);
				assert_int_equal(b->state.alerts[0].state, STATE_RECOVERED);
			}
			bench_free(b);
		}
	}
}

static void more_than_half_of_a_step_must_come_back(void **state)
{
	(void)state;
	static const double shifts[] = {5, 5.01, 14.99, 15};
	for (size_t k = 0; k < 4; k++) {
		struct bench *b = stepped();
		b->changes[0].shift = shifts[k];
		bench_alert(b, ALERT_STEP, STATE_PENDING, 28, -10);
		night(b, "one");
		bool back = k == 1 || k == 2;
		assert_int_equal(b->state.alerts[0].state, back ? STATE_RECOVERED : STATE_PENDING);
		bench_free(b);
	}
}

// ---- levels that are more than luck ----------------------------------------------------------------

static bool is_raised(struct bench *b)
{
	night(b, "one");
	bool found = false;
	for (size_t i = 0; i < b->state.alerts_count; i++)
		found |= place_compare(b->state.alerts[i].place, bench_place(30)) == 0;
	bench_free(b);
	return found;
}

// Eight points on each side are compared: two beside the change may belong to the other level. With
// each stray of the old level eight pairs of 64 are lost.
static bool raised_with(size_t n, size_t strays, double enough)
{
	struct bench *b = stepped();
	b->w.n = n;
	b->w.p.apart_grown = enough;
	bench_set(b, 0, 20, 300); // beyond the side
	bench_set(b, 28, 30, 300);
	bench_set(b, 30, 32, 50);
	bench_set(b, 40, 60, 50);
	bench_set(b, 20, 20 + strays, 300);
	return is_raised(b);
}

static void a_grown_level_lies_beyond_most_of_the_old(void **state)
{
	(void)state;
	assert_true(raised_with(60, 1, 0.85));
	assert_false(raised_with(60, 2, 0.85));
	assert_true(raised_with(60, 2, 0.75));
	assert_false(raised_with(60, 2, 0.7501));
	assert_true(raised_with(60, 0, 1));
	// Of a level of less than ten points 0.9 is asked, whatever of a grown one.
	assert_true(raised_with(40, 1, 0.85));
	assert_false(raised_with(39, 1, 0.85));
	assert_true(raised_with(39, 0, 0.85));
	// Equal points lie not beyond.
	struct bench *b = stepped();
	bench_set(b, 20, 22, 110);
	assert_false(is_raised(b));
	// Downwards it is the same.
	b = stepped();
	bench_set(b, 30, 60, 90);
	b->changes[0].shift = -10;
	assert_true(is_raised(b));
}

static void levels_are_compared_up_to_the_changes_beside_them(void **state)
{
	(void)state;
	struct bench *b = stepped();
	b->w.p.young = 0;
	b->w.p.apart_grown = 1;
	b->out.changes_count = 0;
	static const size_t places[] = {22, 25, 30, 36, 50};
	for (size_t i = 0; i < 5; i++)
		bench_change(b, places[i], 10);
	bench_set(b, 0, 25, 300);
	bench_set(b, 36, 60, 50);
	assert_true(is_raised(b));
}

// Four of five points of a young level must be nearer to it than to the old one.
static void a_young_level_holds_together(void **state)
{
	(void)state;
	static const struct {
		double strays[2];
		bool raised;
	} cases[] = {
	    {{110, 110}, true},  {{104, 110}, true},   {{104, 104}, false},
	    {{104, 105}, false}, {{104, 105.1}, true},
	};
	for (size_t k = 0; k < 5; k++) {
		struct bench *b = stepped();
		b->w.n = 37;
		b->w.p.apart = 0.5;
		bench_set(b, 33, 34, cases[k].strays[0]);
		bench_set(b, 35, 36, cases[k].strays[1]);
		assert_int_equal(is_raised(b), cases[k].raised);
		b = stepped(); // the points beside the change are not asked
		b->w.n = 37;
		bench_set(b, 30, 32, 104);
		assert_true(is_raised(b));
		b = stepped(); // a grown level need not
		b->w.n = 40;
		b->w.p.apart_grown = 0.5;
		bench_set(b, 33, 36, 104);
		assert_true(is_raised(b));
	}
}

static void a_step_of_one_board_is_left_to_its_boards(void **state)
{
	(void)state;
	for (size_t boards = 1; boards <= 2; boards++) {
		struct bench *b = stepped();
		b->out.points.boards_count = boards;
		for (size_t i = 0; i < BENCH_POINTS; i++) {
			b->board[i] = boards > 1 ? i % 2 : 0;
			b->raw[i] = i % 2 && i >= 30 ? 120 : 100;
		}
		assert_int_equal(is_raised(b), boards == 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_level_that_is_not_half_there_is_withdrawn),
	    cmocka_unit_test(only_open_noisy_steps_are_tested_again),
	    cmocka_unit_test(a_level_that_held_is_fixed_by_its_evidence),
	    cmocka_unit_test(one_point_has_one_vote_about_a_levels_end),
	    cmocka_unit_test(a_level_lies_between_its_neighbours),
	    cmocka_unit_test(the_nearest_neighbours_count),
	    cmocka_unit_test(the_newest_side_of_a_level_is_what_it_is_now),
	    cmocka_unit_test(a_cut_view_is_held_against_the_proof),
	    cmocka_unit_test(an_alert_in_front_of_the_view_held_for_more),
	    cmocka_unit_test(a_step_is_a_candidate_first_and_pending_when_it_stays),
	    cmocka_unit_test(a_pending_step_fixes_what_it_brings_back),
	    cmocka_unit_test(a_step_of_long_ago_is_no_news),
	    cmocka_unit_test(the_evidence_asked_for_depends_on_the_series),
	    cmocka_unit_test(a_sighting_may_move_by_two_points),
	    cmocka_unit_test(a_step_near_a_known_one_is_the_same),
	    cmocka_unit_test(a_known_step_is_followed_while_it_lives),
	    cmocka_unit_test(the_nearest_known_step_is_followed),
	    cmocka_unit_test(a_step_outside_the_view_is_not_known),
	    cmocka_unit_test(a_followed_step_is_proven_once),
	    cmocka_unit_test(a_step_back_takes_an_open_alert_with_it),
	    cmocka_unit_test(more_than_half_of_a_step_must_come_back),
	    cmocka_unit_test(a_grown_level_lies_beyond_most_of_the_old),
	    cmocka_unit_test(levels_are_compared_up_to_the_changes_beside_them),
	    cmocka_unit_test(a_young_level_holds_together),
	    cmocka_unit_test(a_step_of_one_board_is_left_to_its_boards),
	};
	return cmocka_run_group_tests_name("timing/lives", tests, NULL, NULL);
}
