// SPDX-License-Identifier: GPL-2.0-or-later
// A night's work on a series that is made by hand: points, changes and alerts as a test wants them.
#ifndef UNIT_TIMING_WORKBENCH_H
#define UNIT_TIMING_WORKBENCH_H

#include "unit/timing_table.h"

#include "base/memory.h"
#include "timing/evaluate/evaluate_work.h"
#include "timing/statistics/order.h"

#define BENCH_POINTS 60

struct bench {
	struct evaluate_work w;
	struct series_input in;
	struct series_state state;
	struct evaluation out;
	double x[BENCH_POINTS], values[BENCH_POINTS], raw[BENCH_POINTS];
	size_t valid[BENCH_POINTS], board[BENCH_POINTS];
	struct point points[BENCH_POINTS];
	struct timing_run runs[BENCH_POINTS];
	const struct timing_run *order[BENCH_POINTS];
	struct change changes[8];
	char commits[BENCH_POINTS][8];
};

// Where the point of an index lies.
static inline struct place bench_place(size_t i)
{
	return (struct place){100 + 2 * (int64_t)i, 7 * (int64_t)i};
}

static inline void bench_set(struct bench *b, size_t from, size_t to, double v)
{
	for (size_t i = from; i < to; i++)
		b->x[i] = b->values[i] = b->raw[i] = v;
}

// Values are their indices: a median tells which points it is of. The scale is linear, 100 is its
// unit, the noise is 1; a side has ten points.
static inline struct bench *bench_new(void)
{
	struct bench *b = memory_new(1, sizeof(*b));
	for (size_t i = 0; i < BENCH_POINTS; i++) {
		size_t run = BENCH_POINTS - 1 - i;
		bench_set(b, i, i + 1, (double)i);
		snprintf(b->commits[i], sizeof(b->commits[i]), "c%02zu", i);
		b->valid[i] = i;
		b->points[i] = (struct point){.position = bench_place(i).position,
					      .time_ns = bench_place(i).time_ns,
					      .first_run = run,
					      .runs_count = 1};
		b->runs[i].commit = b->commits[i];
		b->order[run] = &b->runs[i];
	}
	b->in.batch = "night";
	b->in.now_ns = 77;
	b->in.metric.direction = DIRECTION_LOWER;
	b->out.points = (struct series_points){.points = b->points,
					       .count = BENCH_POINTS,
					       .boards_count = 1,
					       .order = b->order,
					       .order_count = BENCH_POINTS};
	b->out.valid = b->valid;
	b->out.values = b->values;
	b->out.valid_count = BENCH_POINTS;
	b->out.changes = b->changes;
	b->out.scale = (struct scale){.middle = 100, .unit = 100, .floor = 0.25};
	b->out.dependence = (struct dependence){.inflate = 1, .sigma = 1};
	b->out.sigma = 1;
	b->out.standing = STANDING_OK;
	b->w = (struct evaluate_work){.in = &b->in,
				      .p = timing_params_default(),
				      .state = &b->state,
				      .out = &b->out,
				      .key = b->commits[0],
				      .x = b->x,
				      .raw = b->raw,
				      .board = b->board,
				      .n = BENCH_POINTS};
	b->w.p.side = b->w.p.side_most = 10;
	return b;
}

static inline void bench_free(struct bench *b)
{
	series_state_deinit(&b->state);
	for (size_t i = 0; i < b->out.notes_count; i++)
		free(b->out.notes[i].text);
	free(b->out.notes);
	free(b->out.wishes);
	free(b);
}

// Valid until the next one is added.
static inline struct alert *bench_alert(struct bench *b, enum alert_kind kind,
					enum alert_state state, size_t i, double shift)
{
	struct alert *a = alert_raise(&b->state, "k", kind, state, bench_place(i), 5, "raised");
	a->shift = a->shift_raised = shift;
	return a;
}

static inline void bench_change(struct bench *b, size_t at, double shift)
{
	struct change *c = &b->changes[b->out.changes_count++];
	*c = (struct change){.at = at, .shift = shift, .t = 7, .confidence = CONFIDENCE_ALERT};
}

static inline const char *bench_reason(const struct alert *a)
{
	return a->transitions[a->transitions_count - 1].reason;
}

static inline double bench_median(const double *x, size_t from, size_t to)
{
	double copy[BENCH_POINTS];
	memcpy(copy, x + from, (to - from) * sizeof(*x));
	return order_median(copy, to - from);
}

#endif
