// SPDX-License-Identifier: GPL-2.0-or-later
// The life of step alerts: seen, raised, followed; evaluate_retest.c says when they are gone.
#include "timing/evaluate/evaluate_work.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "timing/evaluate/offset.h"

#define SIGHTING_REACH 2   // points a change may move between nights and still be the same
#define UNSURE         2   // points on each side of a young change that may belong to the other
#define TOGETHER       0.8 // share of a young level's points that must be nearer to it
#define HELD           0.5 // of the size at raising: what is left of less has recovered

static int sign_of(double v)
{
	return (v > 0) - (v < 0);
}

static size_t distance(size_t a, size_t b)
{
	return a > b ? a - b : b - a;
}

static bool is_step(const struct alert *a)
{
	return a->kind == ALERT_STEP || a->kind == ALERT_ENVIRONMENT;
}

// The step alert nearest to index c within the reach of a duplicate, of this sign.
static struct alert *alert_near(const struct evaluate_work *w, size_t c, int sign)
{
	struct alert *best = NULL;
	size_t nearest = (size_t)w->p.duplicate + 1;
	for (size_t i = 0; i < w->state->alerts_count; i++) {
		struct alert *a = &w->state->alerts[i];
		size_t at = work_index(w, a->place);
		if (is_step(a) && sign_of(a->shift) == sign && at < w->n &&
		    work_sees(w, a->place) && distance(at, c) < nearest) {
			nearest = distance(at, c);
			best = a;
		}
	}
	return best;
}

// How many nights have seen this change in a row, tonight included.
static unsigned nights_seen(struct evaluate_work *w, size_t c, int sign)
{
	for (size_t i = 0; i < w->state->sightings_count; i++) {
		struct step_sighting *s = &w->state->sightings[i];
		if (s->sign != sign || distance(work_index(w, s->place), c) > SIGHTING_REACH)
			continue;
		if (strcmp(s->batch, w->in->batch) != 0) {
			s->nights++;
			free(s->batch);
			s->batch = memory_strdup(w->in->batch);
		}
		s->place = work_place(w, c);
		return s->nights;
	}
	const struct step_sighting s = {work_place(w, c), sign, 1, memory_strdup(w->in->batch)};
	ARRAY_APPEND(w->state->sightings, w->state->sightings_count, s);
	return 1;
}

// "In a row": what tonight did not see starts over.
static void forget_unseen(struct evaluate_work *w)
{
	struct step_sighting *old = w->state->sightings;
	size_t count = w->state->sightings_count;
	w->state->sightings = NULL;
	w->state->sightings_count = 0;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(old[i].batch, w->in->batch) == 0)
			ARRAY_APPEND(w->state->sightings, w->state->sightings_count, old[i]);
		else
			free(old[i].batch);
	}
	free(old);
}

// Whether most points of a young level are nearer to it than to the one before: three spikes among
// five points have a median too.
static bool holds_together(const struct evaluate_work *w, const struct change *c, size_t end)
{
	double middle = work_level(w, c->at, end) - c->shift / 2;
	size_t beyond = 0, first = c->at + UNSURE;
	for (size_t i = first; i < end; i++)
		beyond += (w->x[i] - middle) * c->shift > 0;
	return (double)beyond >= TOGETHER * (double)(end - first);
}

// Whether a level is more than a run of luck among values that were seen before, such as the slower
// of two modes: the chance that one of its points lies beyond one of the old level.
static bool stands_apart(const struct evaluate_work *w, const struct change *c)
{
	size_t side = (size_t)w->p.side, start = 0, end = w->n;
	for (size_t i = 0; i < w->out->changes_count; i++) {
		size_t at = w->out->changes[i].at;
		if (at < c->at)
			start = at;
		if (at > c->at && at < end)
			end = at;
	}
	bool young = end - c->at < (size_t)w->p.young;
	if (c->at - start > side)
		start = c->at - side;
	if (end - c->at > side)
		end = c->at + side;
	if (young && !holds_together(w, c, end))
		return false;
	size_t last = c->at - UNSURE, first = c->at + UNSURE;
	double beyond = 0;
	for (size_t i = start; i < last; i++)
		for (size_t j = first; j < end; j++)
			beyond += (w->x[j] - w->x[i]) * c->shift > 0;
	double enough = young ? w->p.apart : w->p.apart_grown;
	return beyond >= enough * (double)((last - start) * (end - first));
}

static void raise_candidate(struct evaluate_work *w, const struct change *c)
{
	CLEANUP_FREE char *reason =
	    memory_printf("t = %.2f (%s), seen once", c->t, confidence_name(c->confidence));
	work_raise_step(w, ALERT_STEP, STATE_CANDIDATE, c->at, c->shift, c->t, reason);
}

static void raise_pending(struct evaluate_work *w, struct alert *candidate, const struct change *c,
			  unsigned nights)
{
	CLEANUP_FREE char *reason = memory_printf("t = %.2f (%s), seen %u nights in a row", c->t,
						  confidence_name(c->confidence), nights);
	struct alert *a = candidate;
	if (a) {
		work_measure(w, a, c->at, c->shift, c->t);
		a->shift_raised = c->shift;
		work_prove(w, a);
		alert_move(a, STATE_PENDING, w->in->now_ns, "%s", reason);
	} else {
		a = work_raise_step(w, ALERT_STEP, STATE_PENDING, c->at, c->shift, c->t, reason);
	}
	work_relate(w, a, w->p.min_rel);
}

// A change back, right behind an open alert, takes it with it.
static bool settles_as_recovery(struct evaluate_work *w, const struct change *c)
{
	struct alert *a = alert_near(w, c->at, -sign_of(c->shift));
	if (!a || work_index(w, a->place) >= c->at)
		return false;
	if (fabs(a->shift_raised + c->shift) >= HELD * fabs(a->shift_raised))
		return false;
	// The end of an excursion that was dealt with is no news either.
	if (a->state == STATE_RECOVERED || a->state == STATE_WITHDRAWN)
		return true;
	if (!alert_is_open(a))
		return false;
	alert_move(a, STATE_RECOVERED, w->in->now_ns, "level back after %zu points",
		   c->at - work_index(w, a->place));
	return true;
}

// evaluate_boards() follows boards that move alone.
static bool is_one_boards(const struct evaluate_work *w, const struct change *c)
{
	size_t board, boards = w->out->points.boards_count;
	return boards > 1 && step_attribute(w->raw, w->board, w->n, boards, c->at,
					    (size_t)w->p.side, c->shift, &board) == STEP_BOARD;
}

// An alert of a state that was written before proofs were kept gets its proof now.
static void follow_known(struct evaluate_work *w, struct alert *a, const struct change *c)
{
	work_measure(w, a, c->at, c->shift, c->t);
	if (a->proof.before_points == 0 && c->at >= (size_t)w->p.side)
		work_prove(w, a);
}

static void settle(struct evaluate_work *w, const struct change *c)
{
	struct alert *known = alert_near(w, c->at, sign_of(c->shift));
	if (known && known->state != STATE_CANDIDATE) {
		if (alert_is_open(known) || known->state == STATE_ACKED)
			follow_known(w, known, c);
		return;
	}
	if (c->at + (size_t)w->p.age < w->n || settles_as_recovery(w, c))
		return;
	enum confidence needed =
	    w->out->standing == STANDING_UNSTABLE ? CONFIDENCE_STRONG : CONFIDENCE_ALERT;
	if (!stands_apart(w, c) || is_one_boards(w, c))
		return;
	// A night that saw it as a candidate already counts: what matters is that it stays.
	unsigned nights = nights_seen(w, c->at, sign_of(c->shift));
	if (c->confidence >= needed && nights >= (unsigned)w->p.confirm)
		raise_pending(w, known, c, nights);
	else if (!known)
		raise_candidate(w, c);
}

void evaluate_steps(struct evaluate_work *w)
{
	for (size_t i = 0; i < w->out->changes_count; i++)
		settle(w, &w->out->changes[i]);
	forget_unseen(w);
}
