// SPDX-License-Identifier: GPL-2.0-or-later
// Tells every night whether the level of each open alert still stands, without looking for changes again.
//
// The level in front of the place is held against, as it is while its points are in view and as the
// alert's proof says once they leave it: where the view ends proves nothing. A level that held and
// then came back is FIXED; one that was gone at once RECOVERED; one that never was, WITHDRAWN.
#include "timing/evaluate/evaluate_work.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "timing/evaluate/change.h"
#include "timing/evidence.h"
#include "timing/statistics/order.h"

#define HELD     0.5 // of the size at raising: what is less is gone
#define VOTE_CAP 1.0 // of the size at raising: what one point can say about where a level ended

static int sign_of(double v)
{
	return (v > 0) - (v < 0);
}

static bool counts_as_level(const struct alert *a)
{
	bool step = a->kind == ALERT_STEP || a->kind == ALERT_ENVIRONMENT;
	return step && (alert_is_open(a) || a->state == STATE_ACKED || a->state == STATE_WONTFIX);
}

// First index behind c of a later alert's level, where this alert's level ends.
static size_t level_end(const struct evaluate_work *w, const struct alert *self, size_t c)
{
	size_t end = w->n;
	for (size_t i = 0; i < w->state->alerts_count; i++) {
		const struct alert *a = &w->state->alerts[i];
		size_t at = work_index(w, a->place);
		if (a != self && counts_as_level(a) && at > c && at < end)
			end = at;
	}
	return end;
}

// The same in front of c: the latest alert's place behind `from`.
static size_t level_begin(const struct evaluate_work *w, const struct alert *self, size_t c,
			  size_t from)
{
	for (size_t i = 0; i < w->state->alerts_count; i++) {
		const struct alert *a = &w->state->alerts[i];
		size_t at = work_index(w, a->place);
		bool step = a->kind == ALERT_STEP || a->kind == ALERT_ENVIRONMENT;
		if (a != self && step && a->state != STATE_CANDIDATE && at > from && at < c)
			from = at;
	}
	return from;
}

static double on_scale(const struct evaluate_work *w, double value)
{
	return w->out->scale.log ? log(value) : value;
}

struct stand {
	size_t c, end; // where its level is in view
	bool seen;     // from its beginning
	double before; // level in front, on the scale
	unsigned before_points;
	double now; // level of its newest points
};

static struct stand look(const struct evaluate_work *w, const struct alert *a)
{
	size_t side = (size_t)w->p.side, c = work_index(w, a->place);
	struct stand s = {.c = c, .seen = work_sees(w, a->place), .end = level_end(w, a, c)};
	size_t from = level_begin(w, a, c, c > side ? c - side : 0);
	double before = alert_level_before(a);
	bool proven = w->out->scale.log ? before > 0 : a->proof.before_points > 0;
	if (c > from && !(proven && work_is_cut(w) && from == 0 && c < side)) {
		s.before = work_level(w, from, c);
		s.before_points = (unsigned)(c - from);
	} else if (proven) {
		s.before = on_scale(w, before);
		s.before_points = a->proof.before_points ? a->proof.before_points : 1;
	}
	if (s.end > c)
		s.now = work_level(w, s.end - c > side ? s.end - side : c, s.end);
	return s;
}

static bool holds(const struct alert *a, double shift)
{
	return sign_of(shift) == sign_of(a->shift_raised) &&
	       fabs(shift) >= HELD * fabs(a->shift_raised);
}

// Where the level came back: up to there its points spoke for it, in sum, behind it against it.
static size_t level_return(const struct evaluate_work *w, const struct alert *a,
			   const struct stand *s)
{
	double size = fabs(a->shift_raised), sum = 0, most = 0;
	size_t end = s->c;
	for (size_t i = s->c; i < s->end; i++) {
		double d = (w->x[i] - s->before) * sign_of(a->shift_raised) - HELD * size;
		sum += fmax(-VOTE_CAP * size, fmin(VOTE_CAP * size, d));
		if (sum > most) {
			most = sum;
			end = i + 1;
		}
	}
	return end;
}

// Evidence of the level [s->c, end) against the one in front.
static double level_evidence(const struct evaluate_work *w, const struct stand *s, size_t end)
{
	size_t side = (size_t)w->p.side, to = end - s->c > side ? s->c + side : end;
	double shift = work_level(w, s->c, to) - s->before;
	return evidence_medians(fabs(shift), w->out->sigma, &w->out->dependence, s->before_points,
				to - s->c);
}

static void retest(struct evaluate_work *w, struct alert *a)
{
	const struct stand s = look(w, a);
	if (s.before_points == 0 || s.end - s.c < (size_t)w->p.retest_points ||
	    holds(a, s.now - s.before))
		return;
	size_t end = level_return(w, a, &s), length = end - s.c;
	bool real = length > 0 && holds(a, work_level(w, s.c, end) - s.before);
	bool proven = a->state == STATE_CONFIRMED || !s.seen ||
		      (real && length >= (size_t)w->p.min_segment &&
		       level_evidence(w, &s, end) >= w->p.tau_alert);
	if (proven)
		alert_move(a, STATE_FIXED, w->in->now_ns,
			   "level back: shift %.4g over the last %zu points, %.4g when raised; "
			   "it held for %s%zu points",
			   s.now - s.before, s.end - end, a->shift_raised,
			   s.seen ? "" : "more than ", length);
	else if (real && level_evidence(w, &s, end) >= w->p.tau_cand)
		alert_move(a, STATE_RECOVERED, w->in->now_ns, "level back after %zu points",
			   length);
	else
		alert_move(a, STATE_WITHDRAWN, w->in->now_ns,
			   "re-test against %u points: shift %.4g over %zu, was %.4g when raised",
			   s.before_points, s.now - s.before, s.end - s.c, a->shift_raised);
}

void evaluate_retest(struct evaluate_work *w)
{
	for (size_t i = 0; i < w->state->alerts_count; i++) {
		struct alert *a = &w->state->alerts[i];
		if (a->kind == ALERT_STEP && alert_is_open(a) && !a->exact)
			retest(w, a);
	}
}
