// SPDX-License-Identifier: GPL-2.0-or-later
// Finds changes that one board alone shows: events of the lab, not of the code.
#include "timing/evaluate/evaluate_work.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "timing/evidence.h"
#include "timing/evaluate/offset.h"
#include "timing/statistics/inference.h"

static bool event_known(const struct evaluate_work *w, const char *board, size_t at)
{
	for (size_t i = 0; i < w->state->alerts_count; i++) {
		const struct alert *a = &w->state->alerts[i];
		if (a->kind != ALERT_BOARD || strcmp(a->board, board) != 0)
			continue;
		size_t known = work_index(w, a->place);
		// The board's own points are a share of all.
		size_t reach = (size_t)w->p.duplicate * w->out->points.boards_count;
		if ((known > at ? known - at : at - known) <= reach)
			return true;
	}
	return false;
}

// `size`: the shift among the board's own points, with its interval.
static void raise_event(struct evaluate_work *w, size_t board, size_t at,
			const struct rank_shift *size, double t)
{
	const struct scale *scale = &w->out->scale;
	double relative = scale_fraction(scale, size->shift);
	const char *name = w->out->points.boards[board];
	if (event_known(w, name, at))
		return;
	CLEANUP_FREE char *reason =
	    memory_printf("board %s moved alone by %+.2f %% (t = %.2f)", name, 100 * relative, t);
	struct alert *a = alert_raise(w->state, w->key, ALERT_BOARD, STATE_PENDING,
				      work_place(w, at), w->in->now_ns, reason);
	free(a->board);
	a->board = memory_strdup(name);
	a->shift = a->shift_raised = size->shift;
	a->relative = relative;
	a->low = scale_fraction(scale, size->low);
	a->high = scale_fraction(scale, size->high);
	a->t = t;
	a->confidence = confidence_of(t, &w->p);
	a->effect = EFFECT_CHANGE;
}

static void follow_board(struct evaluate_work *w, size_t board, double *values, size_t *places)
{
	size_t count = 0;
	for (size_t i = 0; i < w->n; i++) {
		if (w->board[i] != board)
			continue;
		places[count] = i;
		values[count++] = w->out->values[i];
	}
	struct detector *detector = &w->evaluator->detector;
	struct detection found = detector_run(detector, values, count, &w->p);
	size_t side = evidence_side(&found.dependence, &w->p);
	for (size_t i = 0; i < found.count; i++) {
		const struct change *c = &found.changes[i];
		size_t at = places[c->at], mover;
		if (c->confidence < CONFIDENCE_ALERT || at + (size_t)w->p.age < w->n)
			continue;
		if (step_attribute(w->raw, w->board, w->n, w->out->points.boards_count, at,
				   (size_t)w->p.side, c->shift, &mover) == STEP_BOARD &&
		    mover == board) {
			size_t a = i ? found.changes[i - 1].at : 0;
			size_t e = i + 1 < found.count ? found.changes[i + 1].at : count;
			struct rank_shift size =
			    change_size(detector->x, a, c->at, e, side, found.dependence.inflate);
			raise_event(w, board, at, &size, c->t);
		}
	}
}

static void follow_stability(struct evaluate_work *w, size_t board)
{
	const char *name = w->out->points.boards[board];
	size_t flagged = board_flagged_run(&w->out->points, board);
	struct alert *open = work_open_alert(w, ALERT_BOARD_UNSTABLE, name);
	if (open && flagged == 0) {
		alert_move(open, STATE_RECOVERED, w->in->now_ns, "board %s gave a valid point",
			   name);
		return;
	}
	if (open || flagged <= BOARD_UNSTABLE_AFTER)
		return;
	CLEANUP_FREE char *reason = memory_printf(
	    "%zu points of board %s in a row failed the validity gate", flagged, name);
	const struct point *last = &w->out->points.points[w->out->points.count - 1];
	struct alert *a =
	    alert_raise(w->state, w->key, ALERT_BOARD_UNSTABLE, STATE_PENDING,
			(struct place){last->position, last->time_ns}, w->in->now_ns, reason);
	free(a->board);
	a->board = memory_strdup(name);
	a->effect = EFFECT_CHANGE;
}

void evaluate_boards(struct evaluate_work *w)
{
	size_t boards = w->out->points.boards_count;
	for (size_t b = 0; b < boards; b++)
		follow_stability(w, b);
	if (boards < 2 || w->n == 0)
		return;
	double *values = memory_new(w->n, sizeof(*values));
	size_t *places = memory_new(w->n, sizeof(*places));
	for (size_t b = 0; b < boards; b++)
		follow_board(w, b, values, places);
	free(values);
	free(places);
}
