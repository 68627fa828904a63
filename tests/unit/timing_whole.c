// SPDX-License-Identifier: GPL-2.0-or-later
// Whole series, night by night: values of a coarse counter, on which limits are hit exactly, with steps,
// drifts, spikes, weeks, boards that differ, runs that say nothing, re-runs, confirmations and people's
// answers. Whatever they are, some things must hold each night; and what is said of each of them stands
// in tests/data/timing/whole.txt, which was written by this test: that part only says that nothing
// changed. After a change of the rules, look at what changed:
//     TIMING_WHOLE=/tmp/whole.txt build/san/tests/unit/timing_whole; diff tests/data/timing/whole.txt /tmp/whole.txt
// TIMING_WHOLE_ALL=FILE gets every night in full.
#include "unit/timing_nights.h"

#include <inttypes.h>

#include "base/buffer.h"
#include "base/file.h"
#include "timing/ab.h"

#define SERIES 36
#define NIGHTS 64

// What happens in a series; each is drawn from its number.
struct story {
	unsigned boards, spread; // of the noise, in steps of the counter
	int step[3];             // steps of the counter
	size_t at[3];
	bool week, drift, exact, spikes, gaps, reruns, people, release, short_view;
	double level, unit;
};

static unsigned draw(struct lab *l, unsigned n)
{
	return (unsigned)(random_next(&l->random) % n);
}

static struct story tell(struct lab *l, unsigned number)
{
	struct story s = {.boards = 1 + number % 3, .level = 100 + 100 * (number % 5), .unit = 1};
	s.spread = number % 4 == 3 ? 0 : 1 + draw(l, 4);
	for (size_t i = 0; i < 3; i++) {
		s.at[i] = 8 + draw(l, NIGHTS - 8);
		bool happens = i < number % 4;
		s.step[i] =
		    happens ? (draw(l, 2) ? 1 : -1) * (int)(1 + draw(l, 6) * (1 + s.spread)) : 0;
	}
	s.week = number % 7 == 5;
	s.drift = number % 9 == 4;
	s.exact = s.spread == 0 && number % 8 == 3;
	if (s.exact)
		s.boards = 1;
	s.spikes = number % 5 == 2;
	s.gaps = number % 6 == 1;
	s.reruns = number % 2;
	s.people = number % 3 == 1;
	s.release = number % 4 == 1;
	s.short_view = number % 11 == 7;
	return s;
}

// The level that a board has in a night.
static double level_of(const struct story *s, size_t night, unsigned board)
{
	static const int week[7] = {0, 2, -1, 1, 0, -4, 6};
	double v = s->level + 2 * board;
	for (size_t i = 0; i < 3; i++) {
		bool alone = i == 2 && s->boards > 1; // the third moves one board
		if (night >= s->at[i] && (!alone || board == 0))
			v += s->step[i];
	}
	v += s->week ? week[night % 7] : 0;
	return v + (s->drift ? (double)(night / 6) : 0);
}

static double value_of(struct lab *l, const struct story *s, size_t night, unsigned board)
{
	double v = level_of(s, night, board);
	if (s->spread)
		v += (int)draw(l, s->spread + 1) - (int)draw(l, s->spread + 1);
	if (s->spikes && draw(l, 20) == 0)
		v += 10 + draw(l, 40);
	return v * s->unit;
}

static struct timing_run *add(struct lab *l, const struct story *s, size_t night, unsigned board)
{
	static const char *const names[] = {"a", "b", "c"};
	struct timing_run *r = lab_run(l, night, names[board], value_of(l, s, night, board));
	if (s->gaps) {
		r->invalid = draw(l, 16) == 0;
		r->absent = !r->invalid && draw(l, 20) == 0;
		r->canary_start = 1000;
		r->canary_end = 1000 + 30 * (draw(l, 12) / 10);
		r->frequency = 1e9 + 2e6 * draw(l, 6);
		r->summary_count = 4 + draw(l, 9);
	}
	return r;
}

// ---- text ---------------------------------------------------------------------------------------

static void put_alert(struct buffer *out, const struct alert *a, bool whole)
{
	buffer_printf(
	    out,
	    "  %s %s %s %s%s%s at %" PRId64
	    " (%s, %s] %s %.5g (%.5g %.5g) t=%.5g raised %.5g ab=%s %.4g %u",
	    alert_kind_name(a->kind), alert_state_name(a->state), alert_effect_name(a->effect),
	    alert_class_name(a), a->same_night ? " same-night" : "", a->exact ? " exact" : "",
	    a->place.position, a->commit_from, a->commit_to, a->board, a->relative, a->low, a->high,
	    a->t, a->shift_raised, ab_state_name(a->ab), a->ab_p, a->ab_runs);
	buffer_printf(out, " proof %u %u%s%s%s\n", a->proof.before_points, a->proof.after_points,
		      *a->linked ? " linked" : "", alert_is_failure(a) ? " failure" : "",
		      alert_wants_telling(a) ? " telling" : "");
	for (size_t i = whole ? 0 : a->transitions_count - 1; i < a->transitions_count; i++)
		buffer_printf(out, "    %" PRId64 " %s: %s\n", a->transitions[i].time_ns,
			      alert_state_name(a->transitions[i].to), a->transitions[i].reason);
}

static void put_night(struct buffer *out, const struct evaluation *e, size_t night)
{
	buffer_printf(out, " night %zu %s %zu of %zu sigma=%.5g rho=%.4g season=%zu", night,
		      series_standing_name(e->standing), e->valid_count, e->points.count, e->sigma,
		      e->dependence.rho, e->season);
	for (size_t i = 0; i < e->points.boards_count && e->offsets; i++)
		buffer_printf(out, " %s%+.4g", e->points.boards[i], e->offsets[i]);
	for (size_t i = 0; i < e->points.count && e->outliers; i++)
		if (e->outliers[i])
			buffer_printf(out, " outlier %zu", i);
	for (size_t i = 0; i < e->changes_count; i++)
		buffer_printf(out, " [%zu %.5g t=%.5g]", e->changes[i].at, e->changes[i].relative,
			      e->changes[i].t);
	buffer_append_str(out, "\n");
	for (size_t i = 0; i < e->wishes_count; i++)
		buffer_printf(out, "  wish %d %s %u %.4g\n", (int)e->wishes[i].kind,
			      e->wishes[i].board ? e->wishes[i].board : "", e->wishes[i].times,
			      e->wishes[i].size);
	for (size_t i = 0; i < e->notes_count; i++)
		buffer_printf(out, "  note %s\n", e->notes[i].text);
}

// ---- what holds each night ----------------------------------------------------------------------

static void copy_state(const struct series_state *from, struct series_state *to)
{
	CLEANUP_BUFFER struct buffer text = {0};
	series_state_print(from, &text);
	struct error *e = series_state_parse(text.data, text.len, to);
	assert_null(e);
}

static void assert_same_state(const struct series_state *a, const struct series_state *b,
			      const char *what)
{
	CLEANUP_BUFFER struct buffer x = {0}, y = {0};
	series_state_print(a, &x);
	series_state_print(b, &y);
	const char *p = buffer_str(&x), *q = buffer_str(&y);
	size_t at = 0;
	while (p[at] && p[at] == q[at])
		at++;
	size_t from = at > 100 ? at - 100 : 0;
	if (p[at] != q[at])
		for (size_t i = 0; i < a->alerts_count; i++)
			print_error("%s %s %" PRId64 ":%" PRId64 " %s: %s\n",
				    alert_kind_name(a->alerts[i].kind),
				    alert_state_name(a->alerts[i].state),
				    a->alerts[i].place.position, a->alerts[i].place.time_ns,
				    a->alerts[i].board, a->alerts[i].transitions[0].reason);
	if (p[at] != q[at])
		fail_msg("%s:\n%.300s\n%.300s", what, p + from, q + from);
}

// Ascending and inside; no two alerts have one id; what is kept reads back the same.
static void check_order(const struct lab *l)
{
	const struct evaluation *e = &l->last;
	for (size_t i = 0; i < e->valid_count; i++)
		assert_true(e->valid[i] < e->points.count &&
			    (i == 0 || e->valid[i - 1] < e->valid[i]));
	for (size_t i = 0; i < e->changes_count; i++)
		assert_true(e->changes[i].at > (i ? e->changes[i - 1].at : 0) &&
			    e->changes[i].at < e->valid_count);
	for (size_t i = 0; i < l->state.alerts_count; i++)
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(l->state.alerts[i].id, l->state.alerts[k].id);
	CLEANUP_SERIES_STATE struct series_state copy = {0};
	copy_state(&l->state, &copy);
	assert_same_state(&l->state, &copy, "read back");
}

// Nothing new changes nothing; and in which order runs are read does not matter.
static void check_again(struct lab *l)
{
	CLEANUP_SERIES_STATE struct series_state before = {0};
	copy_state(&l->state, &before);
	static struct timing_run reversed[NIGHTS_MAX];
	for (size_t i = 0; i < l->runs_count; i++)
		reversed[i] = l->runs[l->runs_count - 1 - i];
	struct series_input in = l->input;
	in.runs = reversed;
	CLEANUP_EVALUATION struct evaluation again = {0};
	series_evaluate(&l->evaluator, &in, &l->state, &again);
	assert_same_state(&l->state, &before, "evaluated again");
	for (size_t i = 0; i < again.changes_count; i++)
		assert_int_equal(again.changes[i].at, l->last.changes[i].at);
	assert_int_equal(again.changes_count, l->last.changes_count);
	assert_int_equal(again.valid_count, l->last.valid_count);
}

// ---- a series -----------------------------------------------------------------------------------

static bool confirm(struct lab *l, const struct story *s, const struct wish *w)
{
	struct alert *a = alert_find(&l->state, w->alert);
	if (!a)
		return false;
	struct ab_setup setup = {
	    .sign = a->shift > 0 ? 1 : -1, .params = l->evaluator.params, .boards = 1};
	struct ab ab;
	ab_init(&ab, &setup);
	unsigned board;
	enum ab_image image;
	size_t place = (size_t)a->place.position;
	while (ab_next(&ab, &board, &image))
		ab_add(&ab, value_of(l, s, image == AB_NEW || place == 0 ? place : place - 1, 0),
		       true);
	const struct ab_outcome outcome = ab_outcome(&ab);
	alert_ab_result(a, &outcome, l->input.now_ns);
	return true;
}

// Carries wishes out; true: there is something new to be looked at.
static bool grant(struct lab *l, const struct story *s, size_t night)
{
	bool again = false;
	for (size_t i = 0; i < l->last.wishes_count && s->reruns; i++) {
		const struct wish *w = &l->last.wishes[i];
		for (unsigned k = 0; w->kind == WISH_RERUN && k < w->times; k++, again = true)
			add(l, s, night, w->board ? (unsigned)(*w->board - 'a') : 0)->purpose =
			    PURPOSE_RERUN;
		if (w->kind == WISH_AB)
			again |= confirm(l, s, w);
	}
	return again;
}

static void answer(struct lab *l, size_t night)
{
	for (size_t i = 0; i < l->state.alerts_count; i++) {
		struct alert *a = &l->state.alerts[i];
		if (alert_wants_telling(a))
			alert_told(a);
		if (!alert_is_open(a) || draw(l, 6))
			continue;
		struct error *e = draw(l, 2) ? alert_acknowledge(a, "me", "#1", (int64_t)night)
					     : alert_wontfix(a, "me", "so be it", (int64_t)night);
		assert_null(e);
	}
}

static void play(struct lab *l, const struct story *s, struct buffer *all)
{
	for (size_t night = 0; night < NIGHTS; night++) {
		for (unsigned board = 0; board < s->boards; board++)
			if (board == 0 || draw(l, 4))
				add(l, s, night, board);
		for (int round = 0; round < 3; round++) {
			lab_evaluate(l, night);
			check_order(l);
			put_night(all, &l->last, night);
			if (round == 2 || !grant(l, s, night))
				break;
		}
		if (night % 4 == 3)
			check_again(l);
		for (size_t i = 0; i < l->state.alerts_count; i++)
			put_alert(all, &l->state.alerts[i], true);
		if (s->people)
			answer(l, night);
	}
}

static void play_series(unsigned number, double unit, struct buffer *all, struct buffer *end)
{
	struct lab *l = lab_new();
	l->random.state = 1000 + number;
	struct story s = tell(l, number);
	s.unit = unit;
	l->input.metric.direction = (enum metric_direction)(number % 3);
	l->input.has_baseline = s.release;
	l->input.baseline = 5;
	if (s.exact) {
		l->input.metric.model = MODEL_EXACT;
		l->input.metric.tick = unit;
		l->input.key.cpu.platform = PLATFORM_ICOUNT;
	}
	if (s.short_view)
		l->evaluator.params.tail = 40;
	play(l, &s, all);
	for (size_t i = 0; i < l->state.alerts_count; i++)
		put_alert(end, &l->state.alerts[i], false);
	lab_free(l);
}

static void keep(const char *variable, const struct buffer *text)
{
	const char *path = getenv(variable);
	if (!path)
		return;
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fwrite(text->data, 1, text->len, f);
	fclose(f);
}

static void every_night_of_every_series_is_as_it_was(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer found = {0}, whole = {0}, wanted = {0};
	for (unsigned number = 0; number < SERIES; number++) {
		CLEANUP_BUFFER struct buffer all = {0}, end = {0};
		play_series(number, 1, &all, &end);
		buffer_printf(&whole, "series %u\n%s", number, buffer_str(&all));
		buffer_printf(&found, "series %u %016" PRIx64 "\n%s", number,
			      name_hash(buffer_str(&all)), buffer_str(&end));
	}
	keep("TIMING_WHOLE", &found);
	keep("TIMING_WHOLE_ALL", &whole);
	struct error *e = file_read("tests/data/timing/whole.txt", 1 << 24, ERROR_SYSTEM, &wanted);
	assert_null(e);
	const char *a = buffer_str(&wanted), *b = buffer_str(&found);
	for (unsigned line = 1; *a || *b; line++) {
		size_t n = strcspn(a, "\n"), m = strcspn(b, "\n");
		if (n != m || memcmp(a, b, n) != 0)
			fail_msg("whole.txt:%u: wanted\n%.*s\nfound\n%.*s", line, (int)n, a, (int)m,
				 b);
		a += n + (a[n] != 0);
		b += m + (b[m] != 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_night_of_every_series_is_as_it_was),
	};
	return cmocka_run_group_tests_name("timing/whole", tests, NULL, NULL);
}
