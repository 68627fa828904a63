// SPDX-License-Identifier: GPL-2.0-or-later
// Reads the numbers that a job declares off console lines (config/metrics.h): boot phases by the
// kernel's stamps, initcall_debug, KTAP diagnostics, KEY=NUMBER UNIT. Pure: lines in, numbers out.
#ifndef RUN_MEASURE_H
#define RUN_MEASURE_H

#include "config/metrics.h"
#include "detect/detect.h"

#define MEASURE_PATHS_MAX   4000
#define MEASURE_SAMPLES_MAX 4096 // of one metric

struct measured {
	char *path;      // KCIDB path; owned
	char *unit;      // owned; times are in "s" whatever the console said
	double *samples; // as they came; owned
	size_t count;    // of samples, at least 1
	uint64_t line;   // of the first
};

struct measure;

// `metrics` must outlive it. NULL when it declares nothing to be read off a console.
struct measure *measure_new(const struct metrics_config *metrics);
void measure_free(struct measure *m);

void measure_line(struct measure *m, const struct detect_line *line);

// The numbers so far, in the order of their first lines; valid until the next line.
const struct measured *measure_results(const struct measure *m, size_t *count);

// The name of the i-th declaration, from 0, that is to be read off the console and for which no line
// had a number (in a unit that can be its own) so far; NULL behind the last.
const char *measure_absent(const struct measure *m, size_t i);

// Numbers that were left out because there were too many.
size_t measure_dropped(const struct measure *m);

#endif
