// SPDX-License-Identifier: GPL-2.0-or-later
// Series of the timing room, read from the store: one for each (job, variant, board type, CPU,
// metric), its runs as they were measured.
#ifndef RESULTS_SERIES_H
#define RESULTS_SERIES_H

#include <stdint.h>

#include "base/buffer.h"
#include "config/job.h"
#include "base/arena.h"
#include "results/store/store_query.h"
#include "timing/evaluate/evaluate.h"

// How the clock of boards of a type relates to real time; asked of whoever knows the boards.
typedef enum platform (*series_platform)(void *context, const char *board_type);

// What names a series in the store. Strings belong to the list's arena.
struct series_id {
	const char *job, *variant, *board_type, *metric;
	uint64_t midr;
	bool bbml2;
	const char *emulator; // what played the boards; NULL: real ones, or not told
};

struct series_list {
	struct arena arena;
	struct series_id *ids; // sorted
	size_t count;
};

void series_list_deinit(struct series_list *l);
#define CLEANUP_SERIES_LIST CLEANUP(series_list_deinit)

// Those of confirmations are none. Every series that a run of `batch` (NULL: any run) belongs to and that any of the last runs of
// its kind brought a number for, `metric` being a glob on its path (NULL: all).
struct error *series_list_load(struct store *s, const char *batch, const char *metric,
			       struct series_list *out) ERROR_RESULT;

// Of a series whose runs say what played their boards by that, else as `ask` says.
enum platform series_id_platform(const struct series_id *id, series_platform ask, void *context);

// The key that series_key_print() gives the series.
void series_id_print(const struct series_id *id, enum platform platform, struct buffer *out);

struct stored_series {
	struct arena arena;
	struct series_input input; // borrows from the arena; batch and now_ns are the caller's
	struct timing_run *runs;   // owned; input.runs
	char *key;                 // owned; printed
};

void stored_series_deinit(struct stored_series *s);
#define CLEANUP_STORED_SERIES CLEANUP(stored_series_deinit)

// The newest `most` runs of a series, newest first. Runs without the metric count as absent where it
// was to be expected: not those with other arguments than the last that brought it, nor those that
// ended before their payload did. A commit's position is the time its first batch started, so
// that it stays when older runs leave the view; runs without a commit stand at their own batch.
// What the metric is follows from its unit and the platform.
struct error *series_load(struct store *s, const struct series_id *id, enum platform platform,
			  size_t most, struct stored_series *out) ERROR_RESULT;

// What the job says of the metric goes before what its unit tells, and its baseline pins the
// release that budgets are held against; one that no batch tested is none. Strings of the job are
// borrowed.
struct error *series_declare(struct store *s, const struct job_config *job,
			     struct stored_series *series) ERROR_RESULT;

// The job as a run carried it out; NULL when the run's directory is gone.
struct error *series_job(const char *results_dir, const char *run,
			 struct job_config **out) ERROR_RESULT;

// Whether the last run that brought the metric read it off its console because the job said so, and
// `job` no longer does.
struct error *series_is_closed(const char *results_dir, const struct job_config *job,
			       const struct stored_series *s, bool *out) ERROR_RESULT;

// What is known of a metric by its unit: seconds are times, bytes sizes, "/s" is better when
// higher; on instruction-counting boards everything is exact.
struct metric_spec series_metric(const char *path, const char *unit, enum platform platform);

#endif
