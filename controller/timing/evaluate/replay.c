// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/evaluate/evaluate.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/memory.h"
#include "timing/evaluate/exact.h"

#define NAME_SIZE 24

static void play(struct evaluator *e, struct timing_run *runs, size_t count, size_t night,
		 struct series_state *state)
{
	size_t most = (size_t)e->params.tail, from = count > most ? count - most : 0;
	const struct series_input in = {
	    .key = {"replay", "", "", "value", {0}},
	    .metric = {.name = "value", .unit = "", .aggregate = AGGREGATE_MEDIAN},
	    .usual = AGGREGATE_MEDIAN,
	    .runs = runs + from,
	    .runs_count = count - from,
	    .older_runs = from > 0,
	    .batch = runs[count - 1].batch,
	    .now_ns = (int64_t)night,
	};
	CLEANUP_EVALUATION struct evaluation result = {0};
	series_evaluate(e, &in, state, &result);
}

void replay_nights(struct evaluator *e, const double *values, size_t n, struct series_state *state)
{
	struct timing_run *runs = memory_new(n, sizeof(*runs));
	char(*names)[NAME_SIZE] = memory_new(n, sizeof(*names));
	for (size_t i = 0; i < n; i++) {
		snprintf(names[i], NAME_SIZE, "%zu", i);
		runs[i] = (struct timing_run){.id = names[i],
					      .batch = names[i],
					      .board = "",
					      .commit = names[i],
					      .build = names[i],
					      .time_ns = (int64_t)i,
					      .position = (int64_t)i,
					      .min = values[i],
					      .median = values[i],
					      .p90 = values[i],
					      .max = values[i],
					      .summary_count = (size_t)e->params.min_reps};
		play(e, runs, i + 1, i, state);
	}
	free(runs);
	free(names);
}

size_t replay_raised(const struct alert *a)
{
	for (size_t i = 0; i < a->transitions_count; i++)
		if (a->transitions[i].to != STATE_CANDIDATE)
			return (size_t)a->transitions[i].time_ns;
	return SIZE_MAX;
}

size_t replay_exact(const double *runs, size_t n, size_t width, double tick, size_t *out)
{
	size_t count = 0;
	for (size_t i = 1; i + 1 < n; i++) {
		struct timing_run before = {.reps = runs + (i - 1) * width, .reps_count = width};
		struct timing_run now = {.reps = runs + i * width, .reps_count = width};
		struct timing_run next = {.reps = runs + (i + 1) * width, .reps_count = width};
		if (!exact_equal(&before, &now, tick) && exact_equal(&now, &next, tick))
			out[count++] = i;
	}
	return count;
}
