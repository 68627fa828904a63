// SPDX-License-Identifier: GPL-2.0-or-later
// Exact series: any difference is a change, proven by one re-run.
#include "timing/evaluate/evaluate_work.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "timing/evaluate/exact.h"

#define TRUSTED_AFTER 20 // equal points that end a demotion

static const struct timing_run *run_of(const struct evaluate_work *w, size_t i, size_t k)
{
	return w->out->points.order[work_point(w, i)->first_run + k];
}

static bool equal(const struct evaluate_work *w, const struct timing_run *a,
		  const struct timing_run *b)
{
	return exact_equal(a, b, w->p.tick);
}

static bool change_known(const struct evaluate_work *w, size_t i)
{
	for (size_t k = 0; k < w->state->alerts_count; k++) {
		const struct alert *a = &w->state->alerts[k];
		bool about_value = a->kind == ALERT_STEP || a->kind == ALERT_ENVIRONMENT ||
				   a->kind == ALERT_NONDETERMINISM;
		if (about_value && place_compare(a->place, work_place(w, i)) == 0)
			return true;
	}
	return false;
}

static void wish_rerun(struct evaluate_work *w, size_t i)
{
	const struct timing_run *run = run_of(w, i, 0);
	struct wish *wish = work_wish(w, WISH_RERUN);
	wish->run = run->id ? run->id : "";
	wish->board = run->board ? run->board : "";
	wish->times = 1;
	// One re-run decides for good, so it goes before any doubt about noise.
	wish->size = INFINITY;
}

static void raise_change(struct evaluate_work *w, size_t i)
{
	const struct timing_run *before = run_of(w, i - 1, 0), *after = run_of(w, i, 0);
	bool same_image = before->build && after->build && strcmp(before->build, after->build) == 0;
	double old = w->out->values[i - 1], new = w->out->values[i];
	double shift = w->x[i] - w->x[i - 1];
	double size = scale_fraction(&w->out->scale, shift);
	enum exact_size class = exact_size_of(size);
	CLEANUP_FREE char *reason = memory_printf(
	    "%.10g became %.10g (%+.4f %%, %s); %s gave the same%s", old, new, 100 * size,
	    exact_size_name(class), work_point(w, i)->runs_count > 1 ? "a re-run" : "the next run",
	    same_image ? "; the image is the same" : "");
	struct alert *a = alert_raise(w->state, w->key, same_image ? ALERT_ENVIRONMENT : ALERT_STEP,
				      STATE_CONFIRMED, work_place(w, i), w->in->now_ns, reason);
	a->exact = true;
	a->shift = a->shift_raised = shift;
	a->relative = a->low = a->high = size;
	a->before = old;
	a->after = new;
	a->effect = same_image ? EFFECT_CHANGE : work_effect(w, shift);
	a->confidence = class == EXACT_MINOR   ? CONFIDENCE_CANDIDATE
			: class == EXACT_MAJOR ? CONFIDENCE_STRONG
					       : CONFIDENCE_ALERT;
	a->from = work_place(w, i - 1);
	a->to = work_place(w, i);
	free(a->commit_from);
	free(a->commit_to);
	a->commit_from = memory_strdup(work_commit(w, i - 1));
	a->commit_to = memory_strdup(work_commit(w, i));
	work_relate(w, a, 1e-9);
}

static void demote(struct evaluate_work *w, size_t i)
{
	w->state->demoted = true;
	struct alert *a = alert_raise(
	    w->state, w->key, ALERT_NONDETERMINISM, STATE_PENDING, work_place(w, i), w->in->now_ns,
	    "a re-run of one image gave another value; the series is treated "
	    "as noisy until 20 points in a row are equal");
	a->effect = EFFECT_CHANGE;
}

// A night that could not afford the re-run leaves it to the next one: the same value again, of the
// same board, is a reproduction as well.
static void catch_up(struct evaluate_work *w, size_t i)
{
	if (!change_known(w, i) && work_point(w, i)->runs_count == 1 &&
	    !equal(w, run_of(w, i - 1, 0), run_of(w, i, 0)) &&
	    work_point(w, i)->board == work_point(w, i + 1)->board &&
	    equal(w, run_of(w, i, 0), run_of(w, i + 1, 0)))
		raise_change(w, i);
}

static void follow(struct evaluate_work *w, size_t i)
{
	if (change_known(w, i))
		return;
	const struct point *point = work_point(w, i);
	const struct timing_run *before = run_of(w, i - 1, 0);
	bool differs = !equal(w, before, run_of(w, i, 0)), reproduced = true;
	for (size_t k = 1; k < point->runs_count; k++)
		reproduced = reproduced && equal(w, run_of(w, i, 0), run_of(w, i, k));
	if (!reproduced)
		demote(w, i);
	else if (differs && point->runs_count > 1)
		raise_change(w, i);
	else if (differs)
		wish_rerun(w, i);
}

static void trust_again(struct evaluate_work *w)
{
	size_t run = 1;
	while (run < w->n && equal(w, run_of(w, w->n - run - 1, 0), run_of(w, w->n - run, 0)))
		run++;
	if (run < TRUSTED_AFTER)
		return;
	w->state->demoted = false;
	struct alert *a = work_open_alert(w, ALERT_NONDETERMINISM, NULL);
	if (a)
		alert_move(a, STATE_RECOVERED, w->in->now_ns, "%zu points in a row are equal", run);
}

// The levels between differences, for whoever draws the series.
static void note_changes(struct evaluate_work *w)
{
	for (size_t i = 1; i < w->n; i++) {
		double shift = w->x[i] - w->x[i - 1];
		const struct change c = {
		    .at = i, .shift = shift, .relative = scale_fraction(&w->out->scale, shift)};
		if (!equal(w, run_of(w, i - 1, 0), run_of(w, i, 0)))
			ARRAY_APPEND(w->out->changes, w->out->changes_count, c);
	}
}

void evaluate_exact(struct evaluate_work *w)
{
	if (w->n < 2)
		return;
	if (w->state->demoted) {
		trust_again(w);
		return;
	}
	size_t first = w->n;
	while (first > 1) {
		const char *batch = run_of(w, first - 1, 0)->batch;
		if (!batch || strcmp(batch, w->in->batch) != 0)
			break;
		first--;
	}
	if (first > 1 && first < w->n)
		catch_up(w, first - 1);
	for (size_t i = first; i < w->n && !w->state->demoted; i++)
		follow(w, i);
	if (!w->state->demoted)
		note_changes(w);
}
