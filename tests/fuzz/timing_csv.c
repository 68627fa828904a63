// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as a CSV file: refused with a place, or series of finite numbers that are judged.
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "timing/csv.h"
#include "timing/evaluate/evaluate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const struct csv_series *s, struct detector *d)
{
	struct timing_params p = timing_params_default();
	for (size_t i = 0; i < s->count; i++)
		if (!isfinite(s->values[i]))
			abort();
	if (s->rows_count < s->count ||
	    (s->rows && s->count && s->rows[s->count - 1] >= s->rows_count))
		abort();
	struct detection found = detector_run(d, s->values, s->count, &p);
	for (size_t i = 0; i < found.count; i++)
		if (found.changes[i].at == 0 || found.changes[i].at >= s->count)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct csv_options o = {.name = "fuzz", .file = "fuzz.csv"};
	CLEANUP_CSV struct csv_file file = {0};
	CLEANUP_ERROR struct error *e = csv_parse((const char *)data, size, &o, &file);
	if (e && strncmp(error_text(e), "fuzz.csv:", 9) != 0)
		abort();
	struct detector d;
	detector_init(&d);
	for (size_t i = 0; i < file.count; i++)
		use(&file.series[i], &d);
	detector_deinit(&d);
	return 0;
}
