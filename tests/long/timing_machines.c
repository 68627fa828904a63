// SPDX-License-Identifier: GPL-2.0-or-later
// What the timing room says of made-up series and of CSV files, for tests/long/timing_machines.sh:
// every machine must say the same bytes.
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "timing/csv.h"
#include "timing/evaluate/evaluate.h"
#include "timing/evaluate/simulate.h"
#include "timing/statistics/inference.h"

enum { POINTS = 300, SERIES = 10 };

static void print_series(struct evaluator *e, const char *name, const double *values, size_t n)
{
	struct detection found = detector_run(&e->detector, values, n, &e->params);
	for (size_t i = 0; i < found.count; i++) {
		const struct change *c = &found.changes[i];
		printf("%s\t%zu\t%.6g %%\tt %.6g\n", name, c->at, 100 * c->relative, c->t);
	}
	struct series_state state = {0};
	replay_nights(e, values, n, &state);
	for (size_t i = 0; i < state.alerts_count; i++) {
		const struct alert *a = &state.alerts[i];
		printf("%s\tnight %zu\t%lld\t%.6g (%.6g to %.6g)\t%s\n", name, replay_raised(a),
		       (long long)a->place.position, a->relative, a->low, a->high,
		       alert_state_name(a->state));
	}
	series_state_deinit(&state);
}

static void print_made_up(struct evaluator *e)
{
	for (unsigned k = 0; k < NOISE_KINDS; k++)
		for (unsigned s = 0; s < SERIES; s++) {
			struct random r = {.state = 1000 * k + s};
			double values[POINTS];
			simulate_noise((enum noise_kind)k, &r, values, POINTS);
			for (size_t i = POINTS / 2; i < POINTS; i++)
				values[i] *= 1 + 0.01 * s;
			print_series(e, noise_kind_name((enum noise_kind)k), values, POINTS);
		}
}

static bool print_file(struct evaluator *e, const char *path)
{
	CLEANUP_BUFFER struct buffer text = {0};
	char chunk[65536];
	FILE *f = fopen(path, "rb");
	if (!f)
		return false;
	for (size_t n; (n = fread(chunk, 1, sizeof(chunk), f)) > 0;)
		buffer_append(&text, chunk, n);
	fclose(f);
	CLEANUP_CSV struct csv_file file = {0};
	const struct csv_options options = {.name = path, .file = path};
	CLEANUP_ERROR struct error *error = csv_parse(text.data, text.len, &options, &file);
	for (size_t i = 0; !error && i < file.count; i++)
		print_series(e, file.series[i].name, file.series[i].values, file.series[i].count);
	return !error;
}

int main(int argc, char **argv)
{
	struct timing_params p = timing_params_default();
	struct evaluator e;
	evaluator_init(&e, &p);
	print_made_up(&e);
	int code = 0;
	for (int i = 1; i < argc; i++)
		if (!print_file(&e, argv[i])) {
			fprintf(stderr, "%s: not read\n", argv[i]);
			code = 1;
		}
	evaluator_deinit(&e);
	return code;
}
