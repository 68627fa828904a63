// SPDX-License-Identifier: GPL-2.0-or-later
// Gathers from the store what two classes of boards measured, for the timing room to compare.
#ifndef RESULTS_COMPARISON_H
#define RESULTS_COMPARISON_H

#include <stdint.h>

#include "base/arena.h"
#include "results/series/series.h"
#include "timing/compare.h"

enum comparison_by {
	COMPARE_CPU, // name as declared (a beginning of it will do) or MIDR_EL1 as 0x...
	COMPARE_POOL,
	COMPARE_BOARD,
	COMPARE_VARIANT,
	COMPARE_COMMIT, // beginnings of hashes
	COMPARE_WEEK,   // "this", "last", or weeks ago
};

bool comparison_by_parse(const char *word, enum comparison_by *out);

struct comparison_query {
	enum comparison_by by;
	const char *names[2];                // of the classes
	const char *job, *variant, *metric;  // NULL: the newest run's job, all, all; metric: a glob
	const char *old_commit, *new_commit; // both or none: what a change did
	const char *results;                 // directory of the runs
	int64_t days;                        // how far back from the newest run
	int64_t now_ns;                      // for weeks
	series_platform platform;
	void *platform_context;
};

struct comparison_data {
	struct arena arena;
	struct compare_input input; // everything borrowed from the arena and the declarations
	struct job_config
	    *declared;            // owned; what the newest run's job says of its metrics, or NULL
	const char *job, *commit; // that the runs belong to; "" several or none
	bool emulated[2];         // host time of an emulator is among the numbers
};

void comparison_data_deinit(struct comparison_data *d);
#define CLEANUP_COMPARISON CLEANUP(comparison_data_deinit)

// Valid runs only. Unless commits or weeks are compared, those of the newest run's commit. What the
// newest run's job says of a metric holds here too. Classes that share a run are ERROR_USAGE.
struct error *comparison_load(struct store *s, const struct comparison_query *q,
			      struct comparison_data *out) ERROR_RESULT;

#endif
