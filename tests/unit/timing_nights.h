// SPDX-License-Identifier: GPL-2.0-or-later
// A lab in a test: runs are added and nights evaluated.
#ifndef UNIT_TIMING_NIGHTS_H
#define UNIT_TIMING_NIGHTS_H

#include "unit/unit.h"

#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "timing/evaluate/evaluate.h"
#include "timing/evaluate/simulate.h"

#define NIGHTS_MAX 2000

struct lab {
	struct evaluator evaluator;
	struct series_state state;
	struct evaluation last;
	struct series_input input;
	struct timing_run runs[NIGHTS_MAX];
	size_t runs_count;
	char names[NIGHTS_MAX][16];
	struct random random;
};

static inline struct lab *lab_new(void)
{
	struct lab *l = memory_new(1, sizeof(*l));
	struct timing_params p = timing_params_default();
	evaluator_init(&l->evaluator, &p);
	l->random.state = 1;
	l->input = (struct series_input){
	    .key = {"job", "variant", "class", "metric", {0}},
	    .metric = {.name = "metric", .unit = "ns", .aggregate = AGGREGATE_MEDIAN},
	    .usual = AGGREGATE_MEDIAN,
	};
	for (int i = 0; i < NIGHTS_MAX; i++)
		snprintf(l->names[i], sizeof(l->names[i]), "n%04d", i);
	return l;
}

static inline void lab_free(struct lab *l)
{
	evaluator_deinit(&l->evaluator);
	evaluation_deinit(&l->last);
	series_state_deinit(&l->state);
	free(l);
}

static inline struct timing_run *lab_run(struct lab *l, size_t night, const char *board, double v)
{
	assert_true(l->runs_count < NIGHTS_MAX);
	struct timing_run *r = &l->runs[l->runs_count];
	*r = (struct timing_run){.id = l->names[l->runs_count],
				 .batch = l->names[night],
				 .board = board,
				 .commit = l->names[night],
				 .build = l->names[night],
				 .time_ns = (int64_t)l->runs_count,
				 .position = (int64_t)night,
				 .min = v,
				 .median = v,
				 .p90 = v,
				 .max = v,
				 .summary_count = 9};
	l->runs_count++;
	return r;
}

static inline void lab_evaluate(struct lab *l, size_t night)
{
	evaluation_deinit(&l->last);
	l->input.runs = l->runs;
	l->input.runs_count = l->runs_count;
	l->input.batch = l->names[night];
	l->input.now_ns = (int64_t)night;
	series_evaluate(&l->evaluator, &l->input, &l->state, &l->last);
}

// One run of `v` on one board, then the night's evaluation.
static inline void lab_night(struct lab *l, size_t night, double v)
{
	lab_run(l, night, "a", v);
	lab_evaluate(l, night);
}

static inline double lab_noise(struct lab *l, double level, double relative)
{
	return level * (1 + relative * random_normal(&l->random));
}

static inline size_t lab_count(const struct lab *l, enum alert_kind kind, enum alert_state state)
{
	size_t count = 0;
	for (size_t i = 0; i < l->state.alerts_count; i++)
		count += l->state.alerts[i].kind == kind && l->state.alerts[i].state == state;
	return count;
}

// All alerts but candidates, of any kind.
static inline size_t lab_alerts(const struct lab *l)
{
	size_t count = 0;
	for (size_t i = 0; i < l->state.alerts_count; i++)
		count += l->state.alerts[i].state != STATE_CANDIDATE;
	return count;
}

static inline struct alert *lab_alert(struct lab *l, enum alert_kind kind)
{
	for (size_t i = 0; i < l->state.alerts_count; i++)
		if (l->state.alerts[i].kind == kind && l->state.alerts[i].state != STATE_CANDIDATE)
			return &l->state.alerts[i];
	return NULL;
}

static inline const struct wish *lab_wish(const struct lab *l, enum wish_kind kind)
{
	for (size_t i = 0; i < l->last.wishes_count; i++)
		if (l->last.wishes[i].kind == kind)
			return &l->last.wishes[i];
	return NULL;
}

#endif
