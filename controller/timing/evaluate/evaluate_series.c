// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/evaluate/evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "timing/evaluate/evaluate_work.h"
#include "timing/evaluate/offset.h"

const char *series_standing_name(enum series_standing s)
{
	static const char *const names[] = {"learning", "ok", "unstable", "informational",
					    "closed"};
	return names[s];
}

void evaluator_init(struct evaluator *e, const struct timing_params *params)
{
	e->params = *params;
	detector_init(&e->detector);
}

void evaluator_deinit(struct evaluator *e)
{
	detector_deinit(&e->detector);
}

void evaluation_deinit(struct evaluation *e)
{
	series_points_deinit(&e->points);
	for (size_t i = 0; i < e->wishes_count; i++) {
		free(e->wishes[i].commit_from);
		free(e->wishes[i].commit_to);
	}
	for (size_t i = 0; i < e->notes_count; i++)
		free(e->notes[i].text);
	free(e->wishes);
	free(e->notes);
	free(e->valid);
	free(e->values);
	free(e->offsets);
	free(e->changes);
	free(e->outliers);
	*e = (struct evaluation){0};
}

// The newest valid points, as many as a night looks at.
static void collect_valid(struct evaluate_work *w)
{
	struct evaluation *out = w->out;
	size_t total = 0, tail = (size_t)w->p.tail;
	for (size_t i = 0; i < out->points.count; i++)
		total += out->points.points[i].flags == 0;
	w->n = out->valid_count = total < tail ? total : tail;
	out->valid = memory_new(w->n, sizeof(*out->valid));
	size_t k = w->n;
	for (size_t i = out->points.count; k > 0; i--)
		if (!out->points.points[i - 1].flags)
			out->valid[--k] = i - 1;
}

static void collect_values(struct evaluate_work *w)
{
	size_t n = w->n;
	double *scratch = memory_new(n, sizeof(*scratch));
	w->out->values = memory_new(n, sizeof(double));
	w->out->offsets = memory_new(w->out->points.boards_count, sizeof(double));
	w->x = memory_new(n, sizeof(double));
	w->raw = memory_new(n, sizeof(double));
	w->board = memory_new(n, sizeof(size_t));
	for (size_t i = 0; i < n; i++) {
		w->out->values[i] = work_point(w, i)->value;
		w->board[i] = work_point(w, i)->board;
	}
	if (n > 0)
		w->out->scale = scale_values(w->out->values, n, &w->p, w->raw, scratch);
	memcpy(w->x, w->raw, n * sizeof(double));
	free(scratch);
}

// Where offsets are estimated from: the last change that somebody proved or answered for.
static size_t last_settled_change(const struct evaluate_work *w)
{
	size_t since = 0;
	for (size_t i = 0; i < w->state->alerts_count; i++) {
		const struct alert *a = &w->state->alerts[i];
		bool settled = a->state == STATE_CONFIRMED || a->state == STATE_ACKED ||
			       a->state == STATE_FIXED || a->state == STATE_WONTFIX;
		size_t at = work_index(w, a->place);
		if (a->kind == ALERT_STEP && settled && at > since && at < w->n)
			since = at;
	}
	return since;
}

static void remove_offsets(struct evaluate_work *w)
{
	size_t boards = w->out->points.boards_count, count = 0;
	if (boards < 2 || w->n == 0 || !w->out->scale.log)
		return;
	struct board_event *events = memory_new(w->state->alerts_count, sizeof(*events));
	// Alerts are kept in the order raised; events must ascend by place.
	for (size_t i = 0; i < w->state->alerts_count; i++) {
		const struct alert *a = &w->state->alerts[i];
		if (a->kind != ALERT_BOARD || a->state == STATE_WITHDRAWN)
			continue;
		for (size_t b = 0; b < boards; b++) {
			if (strcmp(w->out->points.boards[b], a->board) != 0)
				continue;
			size_t k = count++, at = work_index(w, a->place);
			for (; k > 0 && events[k - 1].at > at; k--)
				events[k] = events[k - 1];
			events[k] = (struct board_event){b, at};
		}
	}
	offset_remove(w->x, w->board, w->n, boards, last_settled_change(w), events, count,
		      w->out->offsets);
	free(events);
	for (size_t i = 0; i < w->n; i++)
		w->out->values[i] = exp(w->x[i]);
}

static void detect(struct evaluate_work *w)
{
	struct evaluation *out = w->out;
	struct detection found = detector_run(&w->evaluator->detector, out->values, w->n, &w->p);
	out->changes = memory_new(found.count, sizeof(*out->changes));
	if (found.count > 0)
		memcpy(out->changes, found.changes, found.count * sizeof(*out->changes));
	out->changes_count = found.count;
	if (w->n < (size_t)w->p.min_points)
		return;
	// What repeats with the week is no change to anybody who measures later on.
	if (found.season > 0)
		memcpy(w->x, w->evaluator->detector.x, w->n * sizeof(*w->x));
	out->season = found.season;
	out->scale = found.scale;
	out->dependence = found.dependence;
	out->sigma = found.sigma;
	double three = scale_relative(&found.scale, 3 * found.sigma);
	out->standing = three > w->p.unstable ? STANDING_UNSTABLE : STANDING_OK;
}

static void announce(struct evaluate_work *w)
{
	if (!w->state->announced) {
		w->state->announced = true;
		work_note(w, "new-series: %s", w->key);
	}
	const struct series_points *points = &w->out->points;
	bool switched = w->in->metric.aggregate == AGGREGATE_AUTO && points->count > 0 &&
			points->aggregate != w->in->usual;
	if (switched == w->state->aggregate_told)
		return;
	w->state->aggregate_told = switched;
	work_note(w,
		  "%s: uses the %s of the repetitions from now on (noise %.2f %% against %.2f %%)",
		  w->key, metric_aggregate_name(points->aggregate),
		  100 * fmin(points->noise_min, points->noise_median),
		  100 * fmax(points->noise_min, points->noise_median));
}

static void judge_noisy(struct evaluate_work *w)
{
	evaluate_boards(w);
	remove_offsets(w);
	detect(w);
	if (w->in->key.cpu.platform == PLATFORM_TCG) {
		w->out->standing = STANDING_INFORMATIONAL;
		return;
	}
	if (w->out->standing == STANDING_LEARNING)
		return;
	evaluate_steps(w);
	evaluate_retest(w);
	evaluate_fresh(w);
}

static void judge(struct evaluate_work *w)
{
	collect_valid(w);
	collect_values(w);
	announce(w);
	if (w->in->metric.model == MODEL_EXACT)
		evaluate_exact(w);
	if (w->in->metric.model == MODEL_NOISY || w->state->demoted)
		judge_noisy(w);
	else
		w->out->standing = w->n ? STANDING_OK : STANDING_LEARNING;
	if (w->out->standing != STANDING_INFORMATIONAL)
		evaluate_watches(w);
	evaluate_wishes(w);
}

// Nobody asks for the metric any more, so nobody misses it.
static void close_series(struct evaluate_work *w)
{
	w->out->standing = STANDING_CLOSED;
	for (size_t i = 0; i < w->state->alerts_count; i++) {
		struct alert *a = &w->state->alerts[i];
		if (a->kind == ALERT_MISSING && (alert_is_open(a) || a->state == STATE_ACKED))
			alert_move(a, STATE_WITHDRAWN, w->in->now_ns,
				   "the job no longer declares the metric");
	}
	if (!w->state->closed_told)
		work_note(w, "%s: closed, the job no longer declares the metric", w->key);
	w->state->closed_told = true;
}

// What AUTO starts from: where it once switched to, so that a series whose two noises are alike does
// not go to and fro.
static enum metric_aggregate current_aggregate(const struct series_input *in,
					       const struct series_state *state)
{
	if (!state->aggregate_told)
		return in->usual;
	return in->usual == AGGREGATE_MIN ? AGGREGATE_MEDIAN : AGGREGATE_MIN;
}

void series_evaluate(struct evaluator *e, const struct series_input *in, struct series_state *state,
		     struct evaluation *out)
{
	struct evaluation result = {.standing = STANDING_LEARNING};
	struct evaluate_work w = {.evaluator = e,
				  .in = in,
				  .p = metric_params(&in->metric, &e->params),
				  .state = state,
				  .out = &result};
	CLEANUP_BUFFER struct buffer key = {0};
	series_key_print(&in->key, &key);
	w.key = key.data;
	series_points_build(in->runs, in->runs_count, &in->metric, current_aggregate(in, state),
			    &w.p, &result.points);
	result.outliers = memory_new(result.points.count, sizeof(*result.outliers));
	if (in->closed) {
		close_series(&w);
	} else {
		state->closed_told = false;
		judge(&w);
	}
	free(w.x);
	free(w.raw);
	free(w.board);
	free(state->batch);
	state->batch = memory_strdup(in->batch);
	*out = result;
}

static int compare_wishes(const void *a, const void *b)
{
	const struct wish *x = *(const struct wish *const *)a;
	const struct wish *y = *(const struct wish *const *)b;
	if (x->size > y->size || x->size < y->size)
		return x->size > y->size ? -1 : 1;
	return strcmp(x->run, y->run);
}

struct chosen_run {
	const char *run, *board;
};

// Whether one more run of this board fits, or the run is repeated already.
static bool affordable(const struct chosen_run *chosen, size_t count, const struct wish *wish,
		       size_t most)
{
	size_t on_board = 0;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(chosen[i].run, wish->run) == 0)
			return true;
		on_board += strcmp(chosen[i].board, wish->board) == 0;
	}
	return on_board < most;
}

void wishes_choose(const struct wish *const *wishes, size_t count, const struct timing_params *p,
		   bool *chosen)
{
	const struct wish **order = memory_new(count, sizeof(*order));
	struct chosen_run *runs = memory_new(count, sizeof(*runs));
	size_t reruns = 0, runs_count = 0;
	for (size_t i = 0; i < count; i++) {
		chosen[i] = wishes[i]->kind != WISH_RERUN;
		if (!chosen[i])
			order[reruns++] = wishes[i];
	}
	qsort(order, reruns, sizeof(*order), compare_wishes);
	for (size_t i = 0; i < reruns; i++)
		if (affordable(runs, runs_count, order[i], (size_t)p->rerun_budget))
			runs[runs_count++] = (struct chosen_run){order[i]->run, order[i]->board};
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < runs_count && !chosen[i]; k++)
			chosen[i] = strcmp(runs[k].run, wishes[i]->run) == 0;
	free(order);
	free(runs);
}
