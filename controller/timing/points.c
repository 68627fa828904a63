// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/points.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "timing/statistics/noise.h"
#include "timing/statistics/order.h"

#define RECENT     20   // valid values a frequency or canary is held against
#define RECENT_MIN 5    // fewer say nothing
#define AUTO_AFTER 20   // points before another aggregate is tried
#define AUTO_GAIN  0.75 // and the noise it must come down to

static size_t valid_reps(const struct timing_run *run, const struct metric_spec *m, double *out)
{
	bool positive = m->kind == KIND_TIME || m->kind == KIND_CYCLES;
	size_t count = 0;
	for (size_t i = 0; i < run->reps_count; i++)
		if (isfinite(run->reps[i]) && (!positive || run->reps[i] > 0))
			out[count++] = run->reps[i];
	return count;
}

bool run_aggregate(const struct timing_run *run, const struct metric_spec *m,
		   enum metric_aggregate aggregate, const struct timing_params *p, double *out)
{
	size_t needed = m->model == MODEL_EXACT ? 1 : (size_t)p->min_reps;
	if (!run->reps) {
		double v = aggregate == AGGREGATE_MIN ? run->min : run->median;
		*out = isfinite(v) ? v : 0;
		return isfinite(v) && run->summary_count >= needed;
	}
	CLEANUP_FREE double *reps = memory_new(run->reps_count, sizeof(*reps));
	size_t count = valid_reps(run, m, reps);
	*out = 0;
	if (count > 0)
		*out = aggregate == AGGREGATE_MIN ? order_select(reps, count, 0)
						  : order_median(reps, count);
	return count >= needed;
}

static int compare_names(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

// Pools: runs of one commit, board and batch stand together, pools in the order of their first run.
static int compare_runs(const void *a, const void *b)
{
	const struct timing_run *x = *(const struct timing_run *const *)a;
	const struct timing_run *y = *(const struct timing_run *const *)b;
	if (x->position != y->position)
		return x->position < y->position ? -1 : 1;
	int c = compare_names(x->batch, y->batch);
	if (c == 0)
		c = compare_names(x->board, y->board);
	if (c != 0)
		return c;
	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return compare_names(x->id, y->id);
}

static bool same_pool(const struct timing_run *a, const struct timing_run *b)
{
	return a->position == b->position && compare_names(a->board, b->board) == 0 &&
	       compare_names(a->batch, b->batch) == 0;
}

static int compare_points(const void *a, const void *b)
{
	const struct point *x = a, *y = b;
	if (x->position != y->position)
		return x->position < y->position ? -1 : 1;
	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return (x->first_run > y->first_run) - (x->first_run < y->first_run);
}

static size_t board_index(struct series_points *s, const char *name)
{
	for (size_t i = 0; i < s->boards_count; i++)
		if (compare_names(s->boards[i], name) == 0)
			return i;
	ARRAY_APPEND(s->boards, s->boards_count, name ? name : "");
	return s->boards_count - 1;
}

// A remembered quantity of one board: the last few valid values.
struct recent {
	double values[RECENT];
	size_t count;
};

static void recent_add(struct recent *r, double v)
{
	r->values[r->count++ % RECENT] = v;
}

static bool recent_is_off(const struct recent *r, double v, double tolerance)
{
	if (r->count < RECENT_MIN)
		return false;
	double copy[RECENT];
	size_t n = r->count < RECENT ? r->count : RECENT;
	memcpy(copy, r->values, n * sizeof(*copy));
	return fabs(v / order_median(copy, n) - 1) > tolerance;
}

struct board_history {
	struct recent frequency, canary;
};

static unsigned gate_run(const struct timing_run *run, const struct metric_spec *m,
			 const struct timing_params *p, struct board_history *h)
{
	unsigned flags = run->invalid ? POINT_INVALID : 0;
	if (run->frequency > 0) {
		if (recent_is_off(&h->frequency, run->frequency, p->freq_tol)) {
			// A count of cycles does not care how long each took.
			if (m->kind == KIND_TIME)
				flags |= POINT_FREQUENCY;
		} else {
			recent_add(&h->frequency, run->frequency);
		}
	}
	if (run->canary_start > 0) {
		bool off = recent_is_off(&h->canary, run->canary_start, p->canary_tol);
		if (!off)
			recent_add(&h->canary, run->canary_start);
		if (run->canary_end > 0 &&
		    fabs(run->canary_end / run->canary_start - 1) > p->canary_tol)
			off = true;
		if (off)
			flags |= POINT_THERMAL;
	}
	return flags;
}

// One point from the runs of a pool. Runs that fail a gate are left out as long as another
// passes; else the point carries their flags.
static void pool_runs(struct series_points *s, struct point *point, const struct metric_spec *m,
		      const struct timing_params *p, struct board_history *history)
{
	double *good = memory_new(2 * point->runs_count, sizeof(*good));
	double *flagged = good + point->runs_count;
	size_t good_count = 0, flagged_count = 0;
	unsigned flags = 0;
	for (size_t i = 0; i < point->runs_count; i++) {
		const struct timing_run *run = s->order[point->first_run + i];
		double v;
		unsigned f = gate_run(run, m, p, &history[point->board]);
		if (!run_aggregate(run, m, s->aggregate, p, &v))
			f |= POINT_SHORT;
		if (f)
			flagged[flagged_count++] = v;
		else
			good[good_count++] = v;
		flags |= f;
	}
	point->flags = good_count ? 0 : flags;
	point->value =
	    good_count ? order_median(good, good_count) : order_median(flagged, flagged_count);
	free(good);
}

static void pool_all(struct series_points *s, const struct metric_spec *m,
		     const struct timing_params *p)
{
	struct board_history *history =
	    memory_new(s->boards_count ? s->boards_count : 1, sizeof(*history));
	for (size_t i = 0; i < s->count; i++)
		pool_runs(s, &s->points[i], m, p, history);
	free(history);
}

// Relative noise of the valid points under the aggregate in use; 0 when too few.
static double aggregate_noise(const struct series_points *s, const struct timing_params *p)
{
	double *memory = memory_new(4 * s->count + 1, sizeof(*memory));
	double *values = memory, *x = memory + s->count, *scratch = x + s->count, noise = 0;
	size_t n = 0;
	for (size_t i = 0; i < s->count; i++)
		if (!s->points[i].flags)
			values[n++] = s->points[i].value;
	if (n >= AUTO_AFTER) {
		struct scale scale = scale_values(values, n, p, x, scratch);
		noise = scale_relative(&scale, noise_sigma(x, n, scale.floor, scratch));
	}
	free(memory);
	return noise;
}

static void choose_aggregate(struct series_points *s, const struct metric_spec *m,
			     enum metric_aggregate usual, const struct timing_params *p)
{
	enum metric_aggregate other = usual == AGGREGATE_MIN ? AGGREGATE_MEDIAN : AGGREGATE_MIN;
	s->aggregate = other;
	pool_all(s, m, p);
	double noise_other = aggregate_noise(s, p);
	s->aggregate = usual;
	pool_all(s, m, p);
	double noise_usual = aggregate_noise(s, p);
	s->noise_min = usual == AGGREGATE_MIN ? noise_usual : noise_other;
	s->noise_median = usual == AGGREGATE_MIN ? noise_other : noise_usual;
	if (noise_usual > 0 && noise_other > 0 && noise_other <= AUTO_GAIN * noise_usual) {
		s->aggregate = other;
		s->aggregate_switched = true;
		pool_all(s, m, p);
	}
}

static void sort_unless_sorted(void *base, size_t count, size_t size,
			       int (*compare)(const void *, const void *))
{
	const char *items = base;
	size_t i = 1;
	while (i < count && compare(items + (i - 1) * size, items + i * size) <= 0)
		i++;
	if (i < count)
		qsort(base, count, size, compare);
}

// Fills order and points, without values.
static void group_runs(struct series_points *s, const struct timing_run *runs, size_t count)
{
	s->order = memory_new(count ? count : 1, sizeof(*s->order));
	s->points = memory_new(count ? count : 1, sizeof(*s->points));
	// The store gives the newest first: this way round they are nearly always in order.
	for (size_t i = count; i-- > 0;)
		if (!runs[i].absent && runs[i].purpose != PURPOSE_AB)
			s->order[s->order_count++] = &runs[i];
	sort_unless_sorted(s->order, s->order_count, sizeof(*s->order), compare_runs);
	for (size_t i = 0, j; i < s->order_count; i = j) {
		for (j = i + 1; j < s->order_count && same_pool(s->order[i], s->order[j]);)
			j++;
		s->points[s->count++] = (struct point){.position = s->order[i]->position,
						       .time_ns = s->order[i]->time_ns,
						       .first_run = i,
						       .runs_count = j - i};
	}
	sort_unless_sorted(s->points, s->count, sizeof(*s->points), compare_points);
	for (size_t i = 0; i < s->count; i++)
		s->points[i].board = board_index(s, s->order[s->points[i].first_run]->board);
}

void series_points_build(const struct timing_run *runs, size_t count, const struct metric_spec *m,
			 enum metric_aggregate usual, const struct timing_params *p,
			 struct series_points *out)
{
	struct series_points s = {.aggregate = m->aggregate};
	group_runs(&s, runs, count);
	if (m->aggregate == AGGREGATE_AUTO)
		choose_aggregate(&s, m, usual, p);
	else
		pool_all(&s, m, p);
	*out = s;
}

void series_points_deinit(struct series_points *s)
{
	free(s->points);
	free(s->boards);
	free(s->order);
	*s = (struct series_points){0};
}

size_t board_flagged_run(const struct series_points *s, size_t board)
{
	size_t run = 0;
	for (size_t i = s->count; i-- > 0;) {
		if (s->points[i].board != board)
			continue;
		if (!s->points[i].flags)
			break;
		run++;
	}
	return run;
}
