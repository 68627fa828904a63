// SPDX-License-Identifier: GPL-2.0-or-later
// Reads series of numbers from comma-separated text (RFC 4180: quotes, CR LF; a byte order mark is
// skipped). The first line names the columns:
//
//     value               the numbers; one series, named after the file
//     series              if present, rows of equal names form a series each
//     metric, cpu, rep0.. repetitions of a run in place of a value; one series for each cpu and
//                         metric, the run's aggregate as its value
//
// Other columns are ignored. An empty cell is a missing point: it keeps its place.
#ifndef TIMING_CSV_H
#define TIMING_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct csv_series {
	char *name;
	double *values; // finite
	size_t count;
	size_t *rows;      // rows[i]: 0-based place of values[i] in its series; NULL: i
	size_t rows_count; // places, missing points included
	double *reps;      // reps_per_run a value, of a file of repetitions; else NULL
	size_t reps_per_run;
};

struct csv_file {
	struct csv_series *series; // in order of appearance
	size_t count;
};

struct csv_options {
	const char *name;   // of the series, when the file has one
	const char *file;   // for messages
	const char *column; // of the values; NULL: "value"
	const char *metric; // glob on the metric column; NULL: all
	bool median;        // aggregate repetitions by their median, not their minimum
};

// Parses `len` bytes. On failure the error names file, line and column and `out` is untouched;
// otherwise the caller owns `out`.
struct error *csv_parse(const char *bytes, size_t len, const struct csv_options *options,
			struct csv_file *out) ERROR_RESULT;
void csv_file_deinit(struct csv_file *f);
#define CLEANUP_CSV CLEANUP(csv_file_deinit)

#endif
