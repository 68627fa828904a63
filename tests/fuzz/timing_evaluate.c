// SPDX-License-Identifier: GPL-2.0-or-later
// Any history of runs, with wild numbers, boards, flags and late results, night by night: nothing
// breaks, evaluating twice changes nothing, and the state survives its store.
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "timing/evaluate/evaluate.h"

#define RUNS_MAX 40

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};

// Four bytes a run: board and purpose, position, value, what went wrong.
static void make_run(const uint8_t *d, size_t i, struct timing_run *r)
{
	static const double odd[] = {0, -1, 1e300, 1e-300, 5e-324, -1e300};
	double v = d[2] < 6 ? odd[d[2]] : 100 + d[2];
	*r = (struct timing_run){.id = names[i % 8],
				 .batch = names[i / 4 % 8],
				 .board = names[d[0] % 3],
				 .commit = names[d[1] % 8],
				 .build = names[d[1] % 5],
				 .time_ns = (int64_t)i,
				 .position = d[1] / 4,
				 .purpose = (enum run_purpose)(d[0] / 64 % 3),
				 .min = v,
				 .median = v,
				 .p90 = v,
				 .max = v,
				 .summary_count = d[3] & 1 ? 1 : 9,
				 .invalid = d[3] & 2,
				 .absent = d[3] & 4,
				 .canary_start = d[3] & 8 ? 100 + d[2] : 0,
				 .canary_end = d[3] & 16 ? 101 : 0,
				 .frequency = d[3] & 32 ? 1e9 + d[2] : 0};
}

static void evaluate(struct evaluator *e, const struct series_input *in, struct series_state *state)
{
	CLEANUP_EVALUATION struct evaluation out = {0};
	series_evaluate(e, in, state, &out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	// One for all inputs: it keeps nothing between series, and to make it costs more than to use it.
	static struct evaluator e;
	if (!e.detector.x) {
		struct timing_params p = timing_params_default();
		evaluator_init(&e, &p);
	}
	CLEANUP_SERIES_STATE struct series_state state = {0};
	struct timing_run runs[RUNS_MAX];
	struct series_input in = {
	    .key = {"job", "variant", "class", "metric", {0}},
	    .metric = {.name = "m",
		       .unit = "s",
		       .direction = (enum metric_direction)(data[0] % 3),
		       .model = data[0] & 4 ? MODEL_EXACT : MODEL_NOISY},
	    .usual = AGGREGATE_MEDIAN,
	    .runs = runs,
	    .has_baseline = data[0] & 8,
	    .baseline = 2,
	};
	for (size_t i = 0; i < RUNS_MAX && 4 * i + 5 <= size; i++) {
		make_run(data + 1 + 4 * i, i, &runs[i]);
		in.runs_count = i + 1;
		in.batch = runs[i].batch;
		evaluate(&e, &in, &state);
	}
	CLEANUP_BUFFER struct buffer text = {0};
	series_state_print(&state, &text);
	CLEANUP_SERIES_STATE struct series_state again = {0};
	CLEANUP_ERROR struct error *bad = series_state_parse(text.data, text.len, &again);
	if (bad)
		abort();
	return 0;
}
