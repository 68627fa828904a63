// SPDX-License-Identifier: GPL-2.0-or-later
// What the parts of a night's work share: places, levels, an alert's numbers, how alerts are related.
#include "unit/timing_workbench.h"

#include "timing/evidence.h"
#include "timing/statistics/inference.h"

// ---- places ----------------------------------------------------------------------------------

static void an_index_is_of_the_first_point_at_or_behind_a_place(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	for (size_t n = 0; n <= BENCH_POINTS; n++) {
		b->w.n = n;
		for (size_t i = 0; i < n; i++) {
			struct place p = bench_place(i);
			assert_int_equal(work_index(&b->w, p), i);
			p.time_ns++;
			assert_int_equal(work_index(&b->w, p), i + 1);
			p.position--;
			assert_int_equal(work_index(&b->w, p), i);
		}
		assert_int_equal(work_index(&b->w, bench_place(n)), n);
		struct place first = bench_place(0);
		assert_int_equal(work_sees(&b->w, first), n > 0);
		first.time_ns--;
		assert_false(work_sees(&b->w, first));
	}
	bench_free(b);
}

static void a_view_is_cut_where_there_are_older_points(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	assert_false(work_is_cut(&b->w));
	b->in.older_runs = true;
	assert_true(work_is_cut(&b->w));
	b->in.older_runs = false;
	for (unsigned flagged = 0; flagged < 8; flagged++) {
		for (size_t i = 0; i < 3; i++)
			b->points[i].flags = flagged >> i & 1 ? POINT_SHORT : 0;
		b->valid[0] = 2;
		assert_int_equal(work_is_cut(&b->w), (flagged & 3) != 3);
		b->valid[0] = 0;
		assert_false(work_is_cut(&b->w));
	}
	b->points[0].flags = 0;
	b->valid[0] = 2;
	b->w.n = 0;
	assert_false(work_is_cut(&b->w));
	bench_free(b);
}

static void a_points_commit_is_its_first_runs(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	b->valid[3] = 5;
	assert_ptr_equal(work_point(&b->w, 3), &b->points[5]);
	assert_string_equal(work_commit(&b->w, 3), "c05");
	b->runs[5].commit = NULL;
	assert_string_equal(work_commit(&b->w, 3), "");
	bench_free(b);
}

static void the_metrics_direction_says_what_is_worse(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	assert_int_equal(work_worse(&b->w), 1);
	assert_int_equal(work_effect(&b->w, 2), EFFECT_REGRESSION);
	assert_int_equal(work_effect(&b->w, -2), EFFECT_IMPROVEMENT);
	b->in.metric.direction = DIRECTION_HIGHER;
	assert_int_equal(work_worse(&b->w), -1);
	assert_int_equal(work_effect(&b->w, 2), EFFECT_IMPROVEMENT);
	assert_int_equal(work_effect(&b->w, -2), EFFECT_REGRESSION);
	b->in.metric.direction = DIRECTION_NONE;
	assert_int_equal(work_worse(&b->w), 0);
	assert_int_equal(work_effect(&b->w, 2), EFFECT_CHANGE);
	assert_int_equal(work_effect(&b->w, -2), EFFECT_CHANGE);
	bench_free(b);
}

// ---- levels ----------------------------------------------------------------------------------

// An alert of a step or of the environment parts levels, unless it is a guess or was none.
static bool marks(unsigned kind, unsigned s)
{
	return (kind == ALERT_STEP || kind == ALERT_ENVIRONMENT) &&
	       (s == STATE_PENDING || s == STATE_CONFIRMED || s == STATE_ACKED ||
		s == STATE_FIXED || s == STATE_WONTFIX);
}

static void a_level_starts_at_the_last_change_or_alert(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < ALERT_KINDS; kind++) {
		for (unsigned s = 0; s < ALERT_STATES; s++) {
			struct bench *b = bench_new();
			bench_alert(b, (enum alert_kind)kind, (enum alert_state)s, 30, 1);
			size_t start = marks(kind, s) ? 30 : 0;
			assert_int_equal(work_level_start(&b->w), start);
			bench_change(b, 10, 1);
			bench_change(b, 20, 1);
			assert_int_equal(work_level_start(&b->w), start ? start : 20);
			b->changes[1].at = 40;
			assert_int_equal(work_level_start(&b->w), 40);
			b->out.changes_count = 1;
			b->w.n = 30; // behind the newest point
			assert_int_equal(work_level_start(&b->w), 10);
			bench_free(b);
		}
	}
}

static void an_alert_is_open_for_its_kind_and_board(void **state)
{
	(void)state;
	for (unsigned s = 0; s < ALERT_STATES; s++) {
		struct bench *b = bench_new();
		struct alert *a = bench_alert(b, ALERT_BOARD, (enum alert_state)s, 30, 1);
		free(a->board);
		a->board = memory_strdup("a");
		bool open = s == STATE_PENDING || s == STATE_CONFIRMED || s == STATE_ACKED;
		assert_ptr_equal(work_open_alert(&b->w, ALERT_BOARD, NULL), open ? a : NULL);
		assert_ptr_equal(work_open_alert(&b->w, ALERT_BOARD, "a"), open ? a : NULL);
		assert_null(work_open_alert(&b->w, ALERT_BOARD, "b"));
		assert_null(work_open_alert(&b->w, ALERT_DRIFT, NULL));
		bench_free(b);
	}
}

static void check_sides(struct bench *b, size_t a, size_t e)
{
	struct alert *alert = &b->state.alerts[0];
	size_t from = 30 - a > 10 ? 20 : a, to = e - 30 > 10 ? 40 : e;
	work_measure(&b->w, alert, 30, 3, 7);
	assert_close(alert->before, (double)(from + 29) / 2);
	assert_close(alert->after, (double)(30 + to - 1) / 2);
	work_prove(&b->w, alert);
	assert_int_equal(alert->proof.before_points, 30 - from);
	assert_int_equal(alert->proof.after_points, to - 30);
	struct rank_shift s = rank_hodges_lehmann(b->x + from, 30 - from, b->x + 30, to - 30, 1);
	assert_close(alert->relative, s.shift / 100);
	assert_close(alert->low, s.low / 100);
	assert_close(alert->high, s.high / 100);
}

// Levels reach to the next alert, and to the next change that leaves room for a segment.
static void levels_end_at_their_neighbours(void **state)
{
	(void)state;
	for (size_t k = 0; k < BENCH_POINTS; k++) {
		struct bench *b = bench_new();
		bench_alert(b, ALERT_STEP, STATE_PENDING, 30, 3);
		struct alert *other = bench_alert(b, ALERT_STEP, STATE_PENDING, k, 3);
		check_sides(b, k < 30 ? k : 0, k > 30 ? k : BENCH_POINTS);
		other->state = STATE_WITHDRAWN;
		check_sides(b, 0, BENCH_POINTS);
		bench_change(b, k, 3);
		check_sides(b, k <= 25 ? k : 0, k >= 35 ? k : BENCH_POINTS);
		bench_free(b);
	}
	static const size_t places[][4] = {{22, 24, 38, 36}, {24, 22, 36, 38}};
	for (size_t k = 0; k < 2; k++) {
		struct bench *b = bench_new();
		bench_alert(b, ALERT_STEP, STATE_PENDING, 30, 3);
		for (size_t i = 0; i < 4; i++)
			bench_change(b, places[k][i], 3);
		check_sides(b, 24, 36);
		for (size_t i = 0; i < 4; i++)
			b->changes[i].at = places[1 - k][i];
		check_sides(b, 24, 36);
		b->out.changes_count = 0;
		for (size_t i = 0; i < 4; i++)
			bench_alert(b, ALERT_ENVIRONMENT, STATE_FIXED, places[k][i], 3);
		check_sides(b, 24, 36);
		bench_free(b);
	}
}

static void a_measured_alert_has_every_number(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	bench_set(b, 0, 30, 100);
	bench_set(b, 30, 60, 104);
	bench_set(b, 29, 30, 102);
	bench_set(b, 30, 31, 102);
	b->values[20] = 1; // values are not on the scale
	for (size_t i = 20; i < 30; i++)
		b->values[i] += 50;
	bench_alert(b, ALERT_STEP, STATE_PENDING, 12, 3);
	for (int round = 0; round < 2; round++) {
		struct alert *a = &b->state.alerts[0];
		b->out.sigma = round ? 0 : 1.5;
		b->out.dependence.inflate = round ? 0.5 : 1;
		double sigma = round ? 0.25 : 1.5;
		work_measure(&b->w, a, 30, 3.5, round ? 8 : 6);
		struct change_range r = change_range(b->x, 0, 30, 60, sigma, b->w.p.range_thr);
		assert_int_equal(place_compare(a->place, bench_place(30)), 0);
		assert_int_equal(place_compare(a->from, bench_place(r.first - 1)), 0);
		assert_int_equal(place_compare(a->to, bench_place(r.last)), 0);
		assert_string_equal(a->commit_from, b->commits[r.first - 1]);
		assert_string_equal(a->commit_to, b->commits[r.last]);
		assert_close(a->shift, 3.5);
		assert_close(a->t, round ? 8 : 6);
		assert_int_equal(a->confidence, round ? CONFIDENCE_STRONG : CONFIDENCE_ALERT);
		assert_close(a->sigma, sigma);
		assert_int_equal(a->effect, EFFECT_REGRESSION);
		assert_close(a->before, 150);
		assert_close(a->after, 104);
		struct rank_shift s = rank_hodges_lehmann(b->x + 20, 10, b->x + 30, 10, 1);
		assert_close(a->relative, s.shift / 100);
		assert_close(a->low, s.low / 100);
		assert_close(a->high, s.high / 100);
		work_prove(&b->w, a);
		assert_close(a->proof.before, a->before);
		assert_close(a->proof.after, a->after);
		assert_close(a->proof.relative, a->relative);
		assert_close(a->proof.low, a->low);
		assert_close(a->proof.high, a->high);
		assert_close(a->proof.t, a->t);
		assert_close(a->proof.sigma, sigma);
		assert_close(alert_level_before(a), 150);
	}
	// Dependence widens the interval.
	b->out.dependence.inflate = 2;
	work_measure(&b->w, &b->state.alerts[0], 30, 3.5, 6);
	struct rank_shift wide = rank_hodges_lehmann(b->x + 20, 10, b->x + 30, 10, 2);
	assert_close(b->state.alerts[0].low, wide.low / 100);
	assert_close(b->state.alerts[0].high, wide.high / 100);
	bench_free(b);
}

// What left the view can no longer be measured: the alert keeps what it was raised upon.
static void an_alert_is_left_alone_when_its_old_level_leaves_the_view(void **state)
{
	(void)state;
	static const struct {
		bool older;
		unsigned proof;
		size_t c, other;
		bool measured;
	} cases[] = {
	    {false, 0, 5, 0, true},   {true, 0, 9, 0, false},  {true, 0, 10, 0, true},
	    {true, 20, 19, 0, false}, {true, 20, 20, 0, true}, {true, 0, 9, 2, true},
	    {true, 20, 9, 2, true},   {true, 6, 6, 0, true},   {true, 6, 5, 0, false},
	};
	for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		struct bench *b = bench_new();
		b->in.older_runs = cases[k].older;
		bench_alert(b, ALERT_STEP, STATE_PENDING, 30, 3);
		if (cases[k].other)
			bench_alert(b, ALERT_STEP, STATE_ACKED, cases[k].other, 1);
		struct alert *a = &b->state.alerts[0];
		a->proof.before_points = cases[k].proof;
		work_measure(&b->w, a, cases[k].c, 4, 9);
		assert_close(a->shift, cases[k].measured ? 4 : 3);
		size_t at = cases[k].measured ? cases[k].c : 30;
		assert_int_equal(place_compare(a->place, bench_place(at)), 0);
		bench_free(b);
	}
}

static void a_raised_step_is_measured_and_proven(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	struct alert *a =
	    work_raise_step(&b->w, ALERT_ENVIRONMENT, STATE_CANDIDATE, 30, 4.5, 7, "why");
	assert_ptr_equal(a, &b->state.alerts[0]);
	assert_int_equal(a->kind, ALERT_ENVIRONMENT);
	assert_int_equal(a->state, STATE_CANDIDATE);
	assert_int_equal(a->transitions[0].time_ns, 77);
	assert_string_equal(bench_reason(a), "why");
	assert_close(a->shift, 4.5);
	assert_close(a->shift_raised, 4.5);
	assert_close(a->before, 24.5);
	assert_close(a->after, 34.5);
	assert_int_equal(a->proof.before_points, 10);
	assert_close(a->proof.before, 24.5);
	assert_close(work_level(&b->w, 3, 8), 5);
	bench_free(b);
}

// ---- notes and wishes ------------------------------------------------------------------------

static void notes_and_wishes_are_appended(void **state)
{
	(void)state;
	struct bench *b = bench_new();
	work_note(&b->w, "one %d", 1);
	work_note(&b->w, "two");
	assert_int_equal(b->out.notes_count, 2);
	assert_string_equal(b->out.notes[0].text, "one 1");
	assert_string_equal(b->out.notes[1].text, "two");
	work_wish(&b->w, WISH_BISECT);
	struct wish *w = work_wish(&b->w, WISH_AB);
	assert_int_equal(b->out.wishes_count, 2);
	assert_ptr_equal(w, &b->out.wishes[1]);
	assert_int_equal(b->out.wishes[0].kind, WISH_BISECT);
	assert_int_equal(w->kind, WISH_AB);
	assert_string_equal(w->run, "");
	assert_string_equal(w->board, "");
	bench_free(b);
}

// A bisection is wished for what was proven between commits that have others in between, until somebody
// has booked it; an A/B for what is strong or was seen again, once.
static void each_wish_has_its_conditions(void **state)
{
	(void)state;
	static const struct {
		enum alert_kind kind;
		enum alert_state state;
		int apart;
		enum alert_effect effect;
		bool booked, strong, again, exact;
		int wish; // -1: none
	} cases[] = {
	    {ALERT_STEP, STATE_CONFIRMED, 2, EFFECT_REGRESSION, .wish = WISH_BISECT},
	    {ALERT_STEP, STATE_CONFIRMED, 1, EFFECT_REGRESSION, .wish = -1},
	    {ALERT_STEP, STATE_CONFIRMED, 2, EFFECT_IMPROVEMENT, .wish = -1},
	    {ALERT_STEP, STATE_CONFIRMED, 2, EFFECT_REGRESSION, .booked = true, .wish = -1},
	    {ALERT_STEP, STATE_FIXED, 2, EFFECT_REGRESSION, .wish = -1},
	    {ALERT_DRIFT, STATE_CONFIRMED, 2, EFFECT_REGRESSION, .wish = -1},
	    {ALERT_STEP, STATE_PENDING, 2, EFFECT_REGRESSION, .wish = -1},
	    {ALERT_STEP, STATE_PENDING, 2, EFFECT_REGRESSION, .strong = true, .wish = WISH_AB},
	    {ALERT_STEP, STATE_PENDING, 2, EFFECT_REGRESSION, .again = true, .wish = WISH_AB},
	    {ALERT_STEP, STATE_PENDING, 2, EFFECT_IMPROVEMENT, .again = true, .wish = -1},
	    {ALERT_STEP, STATE_PENDING, 2, EFFECT_REGRESSION, .again = true, .exact = true,
	     .wish = -1},
	    {ALERT_STEP, STATE_PENDING, 2, EFFECT_REGRESSION, .booked = true, .again = true,
	     .wish = -1},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bench *b = bench_new();
		struct alert *a = bench_alert(b, cases[i].kind, cases[i].state, 30, 3);
		a->to.position = a->from.position + cases[i].apart;
		a->effect = cases[i].effect;
		a->confidence = cases[i].strong ? CONFIDENCE_STRONG : CONFIDENCE_ALERT;
		a->same_night = cases[i].again;
		a->exact = cases[i].exact;
		if (cases[i].booked && cases[i].state == STATE_PENDING)
			alert_ab_booked(a);
		else if (cases[i].booked)
			alert_bisect_booked(a);
		evaluate_wishes(&b->w);
		int wish = b->out.wishes_count ? (int)b->out.wishes[0].kind : -1;
		if (wish != cases[i].wish || b->out.wishes_count > 1)
			fail_msg("case %zu: wish %d, wanted %d", i, wish, cases[i].wish);
		for (size_t k = 0; k < b->out.wishes_count; k++) {
			assert_string_equal(b->out.wishes[k].alert, a->id);
			free(b->out.wishes[k].commit_from);
			free(b->out.wishes[k].commit_to);
		}
		bench_free(b);
	}
}

// ---- how alerts are related ------------------------------------------------------------------

// An alert at 10 and, of `shift`, a new one at 30; returns the old one behind work_relate().
static struct alert *relate(struct bench *b, const struct alert *old, const struct alert *fresh,
			    double tolerance)
{
	struct alert *o = bench_alert(b, ALERT_STEP, old->state, 10, old->shift);
	o->kind = old->kind;
	o->effect = old->effect;
	o->before = old->before;
	o->after = old->after;
	o->proof = old->proof;
	struct alert *a = bench_alert(b, ALERT_STEP, STATE_PENDING, 30, fresh->shift);
	a->after = fresh->after;
	a->sigma = fresh->sigma;
	a->exact = fresh->exact;
	a->proof = fresh->proof;
	free(a->commit_to);
	a->commit_to = memory_strdup("abc");
	work_relate(&b->w, a, tolerance);
	return &b->state.alerts[0];
}

static void a_step_back_fixes_what_is_alive_in_front(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < ALERT_KINDS; kind++) {
		for (unsigned s = 0; s < ALERT_STATES; s++) {
			for (unsigned effect = 0; effect < ALERT_EFFECTS; effect++) {
				struct bench *b = bench_new();
				const struct alert old = {.kind = (enum alert_kind)kind,
							  .state = (enum alert_state)s,
							  .effect = (enum alert_effect)effect,
							  .shift = 5,
							  .before = 100,
							  .after = 105},
						   fresh = {.shift = -5, .after = 100};
				struct alert *o = relate(b, &old, &fresh, 0.01);
				bool live = s == STATE_PENDING || s == STATE_CONFIRMED ||
					    s == STATE_ACKED || s == STATE_WONTFIX;
				live = live && kind == ALERT_STEP && effect != EFFECT_IMPROVEMENT;
				assert_int_equal(o->state, live ? STATE_FIXED : s);
				assert_int_equal(o->transitions_count, live ? 2 : 1);
				assert_string_equal(o[1].linked, live ? o->id : "");
				assert_int_equal(o[1].transitions_count, 1);
				if (live) {
					assert_string_equal(bench_reason(o),
							    "level back at 100 (was 100 before) "
							    "with abc");
					assert_int_equal(o->transitions[1].time_ns, 77);
				}
				bench_free(b);
			}
		}
	}
}

static bool fixed_at(double was, double after, double tolerance, bool exact)
{
	struct bench *b = bench_new();
	const struct alert old = {.kind = ALERT_STEP,
				  .state = STATE_CONFIRMED,
				  .shift = 5,
				  .before = was},
			   fresh = {.shift = -5, .after = after, .exact = exact};
	bool fixed = relate(b, &old, &fresh, tolerance)->state == STATE_FIXED;
	bench_free(b);
	return fixed;
}

static void a_level_is_back_within_the_tolerance_of_the_larger(void **state)
{
	(void)state;
	for (int exact = 0; exact < 2; exact++) {
		assert_true(fixed_at(100, 99, 0.01, exact));
		assert_false(fixed_at(100, 98.99, 0.01, exact));
		assert_true(fixed_at(99, 100, 0.01, exact));
		assert_false(fixed_at(98.99, 100, 0.01, exact));
		assert_true(fixed_at(-100, -99, 0.01, exact));
		assert_false(fixed_at(-100, 100, 0.01, exact));
	}
}

struct noisy {
	bool log, exact;
	double was, after, shift, sigma;
	unsigned before, proof, behind; // points
};

static bool fixed_by_noise(const struct noisy *n)
{
	struct bench *b = bench_new();
	b->out.scale.log = n->log;
	const struct alert old = {.kind = ALERT_STEP,
				  .state = STATE_CONFIRMED,
				  .shift = n->shift,
				  .before = n->was,
				  .proof = {.before = n->was, .before_points = n->before}},
			   fresh = {
			       .shift = -n->shift,
			       .after = n->after,
			       .exact = n->exact,
			       .sigma = n->sigma,
			       .proof = {.before_points = n->proof, .after_points = n->behind}};
	bool fixed = relate(b, &old, &fresh, 0)->state == STATE_FIXED;
	bench_free(b);
	return fixed;
}

// Three standard errors of both medians, but not half of the step.
static void a_level_is_back_as_far_as_the_noise_can_tell(void **state)
{
	(void)state;
	double three = 3 * 1.2533 * 2 * sqrt(1 / 25.0 + 1 / 16.0);
	double few = 3 * 1.2533 * 2 * sqrt(1 / 5.0 + 1 / 16.0);
	for (int sign = -1; sign <= 1; sign += 2) {
		struct noisy n = {
		    .was = 100, .shift = 50, .sigma = 2, .before = 25, .proof = 3, .behind = 16};
		n.after = 100 + sign * three * 0.9999;
		assert_true(fixed_by_noise(&n));
		n.exact = true;
		assert_false(fixed_by_noise(&n));
		n.exact = false;
		n.proof = 0;
		assert_false(fixed_by_noise(&n));
		n.proof = 3;
		n.after = 100 + sign * three * 1.0001;
		assert_false(fixed_by_noise(&n));
		n.before = 0; // an alert without proof: as few as a segment has
		assert_true(fixed_by_noise(&n));
		n.after = 100 + sign * few * 0.9999;
		assert_true(fixed_by_noise(&n));
		n.after = 100 + sign * few * 1.0001;
		assert_false(fixed_by_noise(&n));
		n.shift = 2;
		n.after = 100 + sign;
		assert_true(fixed_by_noise(&n));
		n.after = 100 + 1.001 * sign;
		assert_false(fixed_by_noise(&n));
		// In logarithms where there are some.
		n = (struct noisy){.log = true,
				   .was = 100,
				   .shift = 0.2,
				   .sigma = 2,
				   .before = 25,
				   .proof = 3,
				   .behind = 16};
		n.after = 100 * exp(0.0999 * sign);
		assert_true(fixed_by_noise(&n));
		n.after = 100 * exp(0.1001 * sign);
		assert_false(fixed_by_noise(&n));
		n.was = -100;
		n.after = -100.09;
		assert_true(fixed_by_noise(&n));
		n.was = 0.04;
		n.after = -0.04;
		assert_true(fixed_by_noise(&n));
		n.was = 0;
		assert_true(fixed_by_noise(&n));
		n.was = 0.04;
		n.after = 0;
		assert_true(fixed_by_noise(&n));
	}
}

static void a_step_that_comes_again_is_linked_to_the_fixed_one(void **state)
{
	(void)state;
	static const double levels[] = {105, 104, 103.9, 106, 106.1};
	for (size_t k = 0; k < 5; k++) {
		for (unsigned s = 0; s < ALERT_STATES; s++) {
			struct bench *b = bench_new();
			const struct alert old = {.kind = ALERT_STEP,
						  .state = (enum alert_state)s,
						  .shift = 5,
						  .before = 100,
						  .after = 105},
					   fresh = {.shift = 4, .after = levels[k]};
			struct alert *o = relate(b, &old, &fresh, 0.0096), *a = o + 1;
			bool again = s == STATE_FIXED && fabs(levels[k] - 105) < 1.05;
			assert_int_equal(o->state, s);
			assert_int_equal(a->state, STATE_PENDING);
			assert_string_equal(a->linked, again ? o->id : "");
			assert_int_equal(a->transitions_count, again ? 2 : 1);
			if (again) {
				char wanted[120];
				snprintf(wanted, sizeof(wanted),
					 "reintroduced: level %.6g was fixed before (alert %s)",
					 levels[k], o->id);
				assert_string_equal(bench_reason(a), wanted);
			}
			bench_free(b);
		}
	}
}

// Only what lies in front is related; what is behind, or at the same place, is not.
static void only_alerts_in_front_are_related(void **state)
{
	(void)state;
	for (size_t at = 29; at <= 31; at++) {
		struct bench *b = bench_new();
		struct alert *o = bench_alert(b, ALERT_STEP, STATE_CONFIRMED, at, 5);
		o->before = 100;
		struct alert *a = bench_alert(b, ALERT_STEP, STATE_PENDING, 30, -5);
		a->after = 100;
		work_relate(&b->w, a, 0.01);
		assert_int_equal(b->state.alerts[0].state, at < 30 ? STATE_FIXED : STATE_CONFIRMED);
		bench_free(b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_index_is_of_the_first_point_at_or_behind_a_place),
	    cmocka_unit_test(a_view_is_cut_where_there_are_older_points),
	    cmocka_unit_test(a_points_commit_is_its_first_runs),
	    cmocka_unit_test(the_metrics_direction_says_what_is_worse),
	    cmocka_unit_test(a_level_starts_at_the_last_change_or_alert),
	    cmocka_unit_test(an_alert_is_open_for_its_kind_and_board),
	    cmocka_unit_test(levels_end_at_their_neighbours),
	    cmocka_unit_test(a_measured_alert_has_every_number),
	    cmocka_unit_test(an_alert_is_left_alone_when_its_old_level_leaves_the_view),
	    cmocka_unit_test(a_raised_step_is_measured_and_proven),
	    cmocka_unit_test(notes_and_wishes_are_appended),
	    cmocka_unit_test(each_wish_has_its_conditions),
	    cmocka_unit_test(a_step_back_fixes_what_is_alive_in_front),
	    cmocka_unit_test(a_level_is_back_within_the_tolerance_of_the_larger),
	    cmocka_unit_test(a_level_is_back_as_far_as_the_noise_can_tell),
	    cmocka_unit_test(a_step_that_comes_again_is_linked_to_the_fixed_one),
	    cmocka_unit_test(only_alerts_in_front_are_related),
	};
	return cmocka_run_group_tests_name("timing/work", tests, NULL, NULL);
}
