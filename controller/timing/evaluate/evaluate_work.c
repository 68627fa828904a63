// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/evaluate/evaluate_work.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "timing/evidence.h"
#include "timing/statistics/order.h"
#include "timing/statistics/inference.h"

const struct point *work_point(const struct evaluate_work *w, size_t i)
{
	return &w->out->points.points[w->out->valid[i]];
}

struct place work_place(const struct evaluate_work *w, size_t i)
{
	const struct point *p = work_point(w, i);
	return (struct place){p->position, p->time_ns};
}

size_t work_index(const struct evaluate_work *w, struct place place)
{
	size_t low = 0, high = w->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (place_compare(work_place(w, middle), place) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool work_sees(const struct evaluate_work *w, struct place place)
{
	return w->n > 0 && place_compare(place, work_place(w, 0)) >= 0;
}

bool work_is_cut(const struct evaluate_work *w)
{
	bool cut = w->in->older_runs;
	for (size_t i = 0; w->n > 0 && i < w->out->valid[0] && !cut; i++)
		cut = !w->out->points.points[i].flags;
	return cut;
}

const char *work_commit(const struct evaluate_work *w, size_t i)
{
	const struct timing_run *run = w->out->points.order[work_point(w, i)->first_run];
	return run->commit ? run->commit : "";
}

int work_worse(const struct evaluate_work *w)
{
	switch (w->in->metric.direction) {
	case DIRECTION_LOWER:
		return 1;
	case DIRECTION_HIGHER:
		return -1;
	default:
		return 0;
	}
}

enum alert_effect work_effect(const struct evaluate_work *w, double shift)
{
	int worse = work_worse(w);
	if (worse == 0)
		return EFFECT_CHANGE;
	return (shift > 0) == (worse > 0) ? EFFECT_REGRESSION : EFFECT_IMPROVEMENT;
}

static bool marks_a_level(const struct alert *a)
{
	return (a->kind == ALERT_STEP || a->kind == ALERT_ENVIRONMENT) &&
	       a->state != STATE_WITHDRAWN && a->state != STATE_RECOVERED &&
	       a->state != STATE_CANDIDATE;
}

size_t work_level_start(const struct evaluate_work *w)
{
	size_t start = 0;
	if (w->out->changes_count > 0)
		start = w->out->changes[w->out->changes_count - 1].at;
	for (size_t i = 0; i < w->state->alerts_count; i++) {
		const struct alert *a = &w->state->alerts[i];
		size_t at = work_index(w, a->place);
		if (marks_a_level(a) && at < w->n && at > start)
			start = at;
	}
	return start;
}

void work_note(struct evaluate_work *w, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	struct note note = {0};
	if (vasprintf(&note.text, fmt, args) < 0)
		note.text = memory_strdup("");
	va_end(args);
	ARRAY_APPEND(w->out->notes, w->out->notes_count, note);
}

struct wish *work_wish(struct evaluate_work *w, enum wish_kind kind)
{
	const struct wish wish = {.kind = kind, .run = "", .board = ""};
	ARRAY_APPEND(w->out->wishes, w->out->wishes_count, wish);
	return &w->out->wishes[w->out->wishes_count - 1];
}

struct alert *work_open_alert(const struct evaluate_work *w, enum alert_kind kind,
			      const char *board)
{
	for (size_t i = 0; i < w->state->alerts_count; i++) {
		struct alert *a = &w->state->alerts[i];
		if (a->kind == kind && (alert_is_open(a) || a->state == STATE_ACKED) &&
		    (!board || strcmp(a->board, board) == 0))
			return a;
	}
	return NULL;
}

// The nearest changes or other live alerts around c, between which its level is measured.
static void neighbours(const struct evaluate_work *w, const struct alert *self, size_t c, size_t *a,
		       size_t *e)
{
	*a = 0;
	*e = w->n;
	for (size_t i = 0; i < w->state->alerts_count; i++) {
		const struct alert *other = &w->state->alerts[i];
		size_t at = work_index(w, other->place);
		if (other == self || !marks_a_level(other))
			continue;
		if (at < c && at > *a)
			*a = at;
		if (at > c && at < *e)
			*e = at;
	}
	for (size_t i = 0; i < w->out->changes_count; i++) {
		size_t at = w->out->changes[i].at;
		if (at + (size_t)w->p.min_segment <= c && at > *a)
			*a = at;
		if (at >= c + (size_t)w->p.min_segment && at < *e)
			*e = at;
	}
}

double work_level(const struct evaluate_work *w, size_t from, size_t to)
{
	double *copy = memory_new(to - from, sizeof(*copy));
	memcpy(copy, w->x + from, (to - from) * sizeof(*copy));
	double middle = order_median(copy, to - from);
	free(copy);
	return middle;
}

static double level_value(const struct evaluate_work *w, size_t from, size_t to)
{
	double *copy = memory_new(to - from, sizeof(*copy));
	memcpy(copy, w->out->values + from, (to - from) * sizeof(*copy));
	double middle = order_median(copy, to - from);
	free(copy);
	return middle;
}

static void set_text(char **field, const char *text)
{
	free(*field);
	*field = memory_strdup(text);
}

void work_measure(const struct evaluate_work *w, struct alert *alert, size_t c, double shift,
		  double t)
{
	size_t a, e, side = evidence_side(&w->out->dependence, &w->p);
	neighbours(w, alert, c, &a, &e);
	size_t once = alert->proof.before_points > 0 ? alert->proof.before_points : side;
	// What was measured with more points in front keeps its measure; a new one has these alone.
	bool measured = fabs(alert->shift) > 0;
	if (measured && a == 0 && c < once && work_is_cut(w))
		return;
	double inflate = w->out->dependence.inflate;
	struct rank_shift s = change_size(w->x, a, c, e, side, inflate < 1 ? 1 : inflate);
	double sigma = w->out->sigma > 0 ? w->out->sigma : w->out->scale.floor;
	struct change_range range = change_range(w->x, a, c, e, sigma, w->p.range_thr);
	alert->place = work_place(w, c);
	alert->shift = shift;
	alert->relative = scale_fraction(&w->out->scale, s.shift);
	alert->low = scale_fraction(&w->out->scale, s.low);
	alert->high = scale_fraction(&w->out->scale, s.high);
	alert->before = level_value(w, c - a > side ? c - side : a, c);
	alert->after = level_value(w, c, e - c > side ? c + side : e);
	alert->t = t;
	alert->sigma = sigma;
	alert->confidence = confidence_of(t, &w->p);
	alert->effect = work_effect(w, shift);
	alert->from = work_place(w, range.first - 1);
	alert->to = work_place(w, range.last);
	set_text(&alert->commit_from, work_commit(w, range.first - 1));
	set_text(&alert->commit_to, work_commit(w, range.last));
}

void work_prove(const struct evaluate_work *w, struct alert *alert)
{
	size_t a, e, side = evidence_side(&w->out->dependence, &w->p),
		     c = work_index(w, alert->place);
	neighbours(w, alert, c, &a, &e);
	alert->proof = (struct proof){
	    .before = alert->before,
	    .after = alert->after,
	    .relative = alert->relative,
	    .low = alert->low,
	    .high = alert->high,
	    .t = alert->t,
	    .sigma = alert->sigma,
	    .before_points = (unsigned)(c - a > side ? side : c - a),
	    .after_points = (unsigned)(e - c > side ? side : e - c),
	};
}

double alert_level_before(const struct alert *a)
{
	return a->proof.before_points > 0 ? a->proof.before : a->before;
}

struct alert *work_raise_step(struct evaluate_work *w, enum alert_kind kind, enum alert_state state,
			      size_t c, double shift, double t, const char *reason)
{
	struct alert *a =
	    alert_raise(w->state, w->key, kind, state, work_place(w, c), w->in->now_ns, reason);
	work_measure(w, a, c, shift, t);
	a->shift_raised = shift;
	work_prove(w, a);
	return a;
}

static bool close_to(double a, double b, double tolerance)
{
	return fabs(a - b) <= tolerance * fmax(fabs(a), fabs(b));
}

#define BACK_ERRORS 3   // standard errors that a level which is back may be off
#define BACK_SHARE  0.5 // of the old change's size that may be left, whatever the noise

// Whether the new alert's level is the one that the old alert left: as near as what matters, or as
// the noise lets one say, but not half way.
static bool is_back(const struct evaluate_work *w, const struct alert *old, const struct alert *a,
		    double tolerance)
{
	double was = alert_level_before(old);
	if (close_to(was, a->after, tolerance))
		return true;
	if (a->exact || a->proof.before_points == 0)
		return false;
	size_t before =
	    old->proof.before_points > 0 ? old->proof.before_points : (size_t)w->p.min_segment;
	double error =
	    1 / evidence_medians(1, a->sigma, &w->out->dependence, before, a->proof.after_points);
	double left =
	    w->out->scale.log && was > 0 && a->after > 0 ? log(a->after / was) : a->after - was;
	return fabs(left) <= fmin(BACK_ERRORS * error, BACK_SHARE * fabs(old->shift_raised));
}

void work_relate(struct evaluate_work *w, struct alert *a, double tolerance)
{
	for (size_t i = 0; i < w->state->alerts_count; i++) {
		struct alert *old = &w->state->alerts[i];
		if (old == a || old->kind != ALERT_STEP || place_compare(old->place, a->place) >= 0)
			continue;
		bool opposite = (old->shift > 0) != (a->shift > 0);
		bool live =
		    alert_is_open(old) || old->state == STATE_ACKED || old->state == STATE_WONTFIX;
		// An improvement that is lost again is the new alert's story, not "fixed".
		live = live && old->effect != EFFECT_IMPROVEMENT;
		if (opposite && live && is_back(w, old, a, tolerance)) {
			alert_move(old, STATE_FIXED, w->in->now_ns,
				   "level back at %.6g (was %.6g before) with %s", a->after,
				   alert_level_before(old), a->commit_to);
			memcpy(a->linked, old->id, sizeof(a->linked));
		}
		if (!opposite && old->state == STATE_FIXED &&
		    close_to(old->after, a->after, tolerance)) {
			memcpy(a->linked, old->id, sizeof(a->linked));
			alert_move(a, a->state, w->in->now_ns,
				   "reintroduced: level %.6g was fixed before (alert %s)", a->after,
				   old->id);
		}
	}
}
