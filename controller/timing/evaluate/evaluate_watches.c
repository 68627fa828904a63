// SPDX-License-Identifier: GPL-2.0-or-later
// What is watched beside steps: drift, budget, missing metrics, noise that changed.
#include "timing/evaluate/evaluate_work.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "timing/statistics/noise.h"

#define CONSTANT_POINTS 20 // equal points of a noisy series that ask for the exact model

// A staircase whose steps are each too small to matter is no drift: its level starts at the last
// step that is real, however small.
static size_t drift_start(const struct evaluate_work *w)
{
	struct timing_params any_size = w->p;
	any_size.min_rel = any_size.min_abs = 0;
	struct detection found =
	    detector_run(&w->evaluator->detector, w->out->values, w->n, &any_size);
	size_t start = work_level_start(w);
	if (found.count > 0 && found.changes[found.count - 1].at > start)
		start = found.changes[found.count - 1].at;
	return start;
}

static void watch_drift(struct evaluate_work *w)
{
	size_t start = work_level_start(w);
	if (w->n - start < (size_t)w->p.drift_points)
		return;
	struct drift d = drift_find(w->x + start, w->n - start, w->out->sigma, &w->p);
	if (!d.found)
		return;
	start = drift_start(w);
	d = drift_find(w->x + start, w->n - start, w->out->sigma, &w->p);
	if (!d.found)
		return;
	struct series_state *s = w->state;
	// Once in a level, and again when the total has doubled.
	size_t told = work_index(w, s->drift_place);
	bool same_level = s->drift_told > 0 && (told >= start || told == 0);
	if (same_level && fabs(d.total) < 2 * s->drift_told)
		return;
	s->drift_told = fabs(d.total);
	s->drift_place = work_place(w, w->n - 1);
	double size = scale_relative(&w->out->scale, d.total);
	CLEANUP_FREE char *reason = memory_printf("Z = %.2f, %+.2f %% over %zu points", d.z,
						  100 * copysign(size, d.total), w->n - start);
	struct alert *a = alert_raise(s, w->key, ALERT_DRIFT, STATE_PENDING, work_place(w, start),
				      w->in->now_ns, reason);
	a->shift = a->shift_raised = d.total;
	a->relative = copysign(size, d.total);
	a->low = scale_fraction(&w->out->scale, d.low);
	a->high = scale_fraction(&w->out->scale, d.high);
	a->t = fabs(d.z);
	a->confidence = CONFIDENCE_ALERT;
	a->sigma = w->out->sigma;
	a->effect = work_effect(w, d.total);
	a->to = work_place(w, w->n - 1);
}

// The release's level: the first points at or behind the pinned one, or behind the last change
// that somebody answered for.
static struct place anchor_place(const struct evaluate_work *w)
{
	struct place anchor = {w->in->baseline, INT64_MIN};
	for (size_t i = 0; i < w->state->alerts_count; i++) {
		const struct alert *a = &w->state->alerts[i];
		bool answered = a->state == STATE_ACKED || a->state == STATE_WONTFIX;
		bool moved = a->effect == EFFECT_IMPROVEMENT && a->state == STATE_CONFIRMED;
		if ((a->kind == ALERT_STEP || a->kind == ALERT_BUDGET) && (answered || moved) &&
		    place_compare(a->place, anchor) > 0)
			anchor = a->place;
	}
	return anchor;
}

// Whether what stood at this place has left the view: then the oldest points in it are not the
// release's.
static bool is_out_of_view(const struct evaluate_work *w, struct place place)
{
	return !work_sees(w, place) && work_is_cut(w);
}

static void raise_budget(struct evaluate_work *w, const struct budget *b, size_t from)
{
	CLEANUP_FREE char *reason =
	    memory_printf("level is %+.2f %% from the pinned release (budget %.3g %%)",
			  100 * b->relative, 100 * w->p.budget_rel);
	size_t first = w->n > BUDGET_POINTS ? w->n - BUDGET_POINTS : 0;
	struct alert *a = alert_raise(w->state, w->key, ALERT_BUDGET, STATE_PENDING,
				      work_place(w, first), w->in->now_ns, reason);
	a->confidence = CONFIDENCE_ALERT;
	a->relative = b->relative;
	a->low = b->low;
	a->high = b->high;
	a->shift = a->shift_raised = w->out->scale.log ? log1p(b->relative) : b->relative;
	a->effect = work_effect(w, a->shift);
	a->from = work_place(w, from);
	free(a->commit_from);
	free(a->commit_to);
	a->commit_from = memory_strdup(work_commit(w, from));
	a->commit_to = memory_strdup(work_commit(w, w->n - 1));
}

static void watch_budget(struct evaluate_work *w)
{
	if (!w->in->has_baseline || w->n < (size_t)2 * BUDGET_POINTS)
		return;
	struct place anchor = anchor_place(w);
	bool lost = is_out_of_view(w, anchor);
	if (lost && !w->state->baseline_lost)
		work_note(
		    w, "%s: the pinned release is older than the %zu points looked at: no budget",
		    w->key, w->n);
	w->state->baseline_lost = lost;
	if (lost)
		return;
	size_t from = work_index(w, anchor);
	if (from + 2 * BUDGET_POINTS > w->n)
		return;
	double inflate = fmax(1, w->out->dependence.inflate);
	struct budget b = budget_check(w->x + from, BUDGET_POINTS, w->x + from, w->n - from,
				       w->out->scale.log, work_worse(w), inflate, &w->p);
	struct alert *open = work_open_alert(w, ALERT_BUDGET, NULL);
	if (b.known && b.exceeded && !open)
		raise_budget(w, &b, from);
	if (b.known && !b.exceeded && open && open->state != STATE_ACKED)
		alert_move(open, STATE_RECOVERED, w->in->now_ns,
			   "level is %+.2f %% from the pinned release", 100 * b.relative);
}

// Whether `a` is the newer of two runs.
static bool is_newer(const struct timing_run *a, const struct timing_run *b)
{
	if (!b || a->time_ns != b->time_ns)
		return !b || a->time_ns > b->time_ns;
	return strcmp(a->id ? a->id : "", b->id ? b->id : "") > 0;
}

// Scheduled runs in a row, up to the newest, that were to bring the metric and did not.
static size_t absent_run(const struct evaluate_work *w, const struct timing_run **last)
{
	const struct timing_run *brought = NULL;
	size_t absent = 0;
	*last = NULL;
	for (size_t i = 0; i < w->in->runs_count; i++) {
		const struct timing_run *run = &w->in->runs[i];
		if (run->purpose != PURPOSE_SCHEDULED)
			continue;
		if (is_newer(run, *last))
			*last = run;
		if (!run->absent && is_newer(run, brought))
			brought = run;
	}
	for (size_t i = 0; i < w->in->runs_count; i++) {
		const struct timing_run *run = &w->in->runs[i];
		absent +=
		    run->purpose == PURPOSE_SCHEDULED && run->absent && is_newer(run, brought);
	}
	return absent;
}

static void watch_missing(struct evaluate_work *w)
{
	const struct timing_run *last;
	size_t absent = absent_run(w, &last);
	struct alert *open = work_open_alert(w, ALERT_MISSING, NULL);
	if (open && absent == 0)
		alert_move(open, STATE_RECOVERED, w->in->now_ns, "the metric came again");
	if (open || absent < (size_t)w->p.missing)
		return;
	CLEANUP_FREE char *reason =
	    memory_printf("absent from %zu scheduled runs in a row", absent);
	struct alert *a =
	    alert_raise(w->state, w->key, ALERT_MISSING, STATE_PENDING,
			(struct place){last->position, last->time_ns}, w->in->now_ns, reason);
	a->effect = EFFECT_REGRESSION;
	free(a->commit_to);
	a->commit_to = memory_strdup(last->commit ? last->commit : "");
}

static void watch_noise(struct evaluate_work *w)
{
	double ratio;
	size_t start = work_level_start(w);
	enum noise_change change =
	    noise_change_find(w->x + start, w->n - start, w->out->scale.floor, &w->p, &ratio);
	if (change != NOISE_SAME && (int)change != w->state->noise_told)
		work_note(w, "noise-change: %s: noise is %.2g times what it was", w->key, ratio);
	w->state->noise_told = (int)change;
}

static void watch_constancy(struct evaluate_work *w)
{
	if (w->state->suggested_exact || w->n < CONSTANT_POINTS || w->state->demoted)
		return;
	for (size_t i = w->n - CONSTANT_POINTS; i < w->n; i++)
		if (fabs(w->x[i] - w->x[w->n - 1]) > 0)
			return;
	w->state->suggested_exact = true;
	work_note(w, "%s: %d equal points; consider model: exact", w->key, CONSTANT_POINTS);
}

void evaluate_watches(struct evaluate_work *w)
{
	watch_missing(w);
	if (w->n > 0)
		watch_budget(w);
	if (w->in->metric.model == MODEL_EXACT && !w->state->demoted)
		return;
	if (w->out->standing == STANDING_OK || w->out->standing == STANDING_UNSTABLE) {
		watch_drift(w);
		watch_noise(w);
		watch_constancy(w);
	}
}

// A/B confirmations for what re-runs or strong evidence raised, bisections for what was proven.
// Wishes are repeated every night until somebody says that they were booked.
void evaluate_wishes(struct evaluate_work *w)
{
	for (size_t i = 0; i < w->state->alerts_count; i++) {
		const struct alert *a = &w->state->alerts[i];
		if (a->kind != ALERT_STEP)
			continue;
		bool ab = !a->exact && a->state == STATE_PENDING && a->ab == AB_NONE &&
			  (a->same_night || a->confidence >= CONFIDENCE_STRONG) &&
			  a->effect != EFFECT_IMPROVEMENT;
		bool bisect = a->state == STATE_CONFIRMED && !a->bisect_booked &&
			      a->effect != EFFECT_IMPROVEMENT &&
			      a->to.position > a->from.position + 1;
		if (!ab && !bisect)
			continue;
		struct wish *wish = work_wish(w, ab ? WISH_AB : WISH_BISECT);
		size_t at = work_index(w, a->place);
		if (at < w->n) {
			const struct timing_run *run =
			    w->out->points.order[work_point(w, at)->first_run];
			wish->run = run->id ? run->id : "";
			wish->board = run->board ? run->board : "";
		}
		memcpy(wish->alert, a->id, sizeof(wish->alert));
		wish->commit_from = memory_strdup(a->commit_from);
		wish->commit_to = memory_strdup(a->commit_to);
		wish->size = a->t;
	}
}
