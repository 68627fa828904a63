// SPDX-License-Identifier: GPL-2.0-or-later
// Reads series for the timing room from the store: one for each (job, variant, board type, CPU,
// metric), with its runs as they were measured.
#ifndef RESULTS_SERIES_H
#define RESULTS_SERIES_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "config/job.h"
#include "results/store/store_query.h"
#include "timing/compare.h"
#include "timing/evaluate/alert.h"
#include "timing/evaluate/evaluate.h"

// How the clock of boards of a type relates to real time; asked of whoever knows the boards.
typedef enum platform (*series_platform)(const void *context, const char *board_type);

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

// Lists every series that a run of `batch` (NULL: any run) belongs to and that any run of its kind
// brought a number for. `metric` is a glob on its path (NULL: all). Confirmations are left out.
struct error *series_list_load(struct store *s, const char *batch, const char *metric,
			       struct series_list *out) ERROR_RESULT;

// The platform of a series: by the emulator that its runs name, else as `ask` says.
enum platform series_id_platform(const struct series_id *id, series_platform ask,
				 const void *context);

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

// Applies what the job declares: its words about the metric replace what the unit tells, and its
// baseline is the release that budgets are held against. A baseline that no batch tested is none.
// Strings of the job are borrowed.
struct error *series_declare(struct store *s, const struct job_config *job,
			     struct stored_series *series) ERROR_RESULT;

// The job as a run carried it out; NULL when the run's directory is gone.
struct error *series_job(const char *results_dir, const char *run,
			 struct job_config **out) ERROR_RESULT;

// Whether the last run that brought the metric read it off its console because the job said so, and
// `job` no longer does.
struct error *series_is_closed(const char *results_dir, const struct job_config *job,
			       const struct stored_series *s, bool *out) ERROR_RESULT;

// Describes a metric by its unit: seconds are times, bytes are sizes, "/s" is better when higher. On
// boards that count instructions everything is exact, up to `step`: the resolution of its numbers as
// the payload told it, in `unit`; 0: it did not.
struct metric_spec series_metric(const char *path, const char *unit, double step,
				 enum platform platform);

// ---- series state -------------------------------------------------------------------------------

// RESULTS/timing.sqlite: what the farm remembers of its series between nights. Unlike the store it
// is not derived: people's answers to alerts are in it, so it is kept apart and never rebuilt.

struct series_states;

bool series_states_exist(const char *results_dir);

// Opens it, creating it when there is none.
struct error *series_states_open(const char *results_dir, struct series_states **out) ERROR_RESULT;

// For questions only: where there is none nothing is remembered, and nothing is written into a results
// directory that is read-only.
struct error *series_states_open_reader(const char *results_dir,
					struct series_states **out) ERROR_RESULT;
void series_states_close(struct series_states *s);
CLEANUP_DEFINE(cleanup_series_states, struct series_states *, series_states_close)
#define CLEANUP_SERIES_STATES CLEANUP(cleanup_series_states)

// All changes of a night appear at once.
struct error *series_states_begin(struct series_states *s) ERROR_RESULT;
struct error *series_states_commit(struct series_states *s) ERROR_RESULT;

// An empty state for a series never seen.
struct error *series_states_load(struct series_states *s, const char *key,
				 struct series_state *out) ERROR_RESULT;
struct error *series_states_save(struct series_states *s, const char *key,
				 const struct series_state *state) ERROR_RESULT;

// Calls `visit` for every series in the order of their keys, until it fails.
struct error *series_states_each(struct series_states *s,
				 struct error *(*visit)(void *context, const char *key,
							struct series_state *state),
				 void *context) ERROR_RESULT;

// ---- comparison ---------------------------------------------------------------------------------

// Gathers from the store what two classes of boards measured, for the timing room to compare.

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
	const void *platform_context;
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

// Loads the numbers of both classes, of valid runs only. Unless commits or weeks are compared, runs are
// those of the newest run's commit. What the newest run's job says of a metric holds here too. Classes
// that share a run are ERROR_USAGE.
struct error *comparison_load(struct store *s, const struct comparison_query *q,
			      struct comparison_data *out) ERROR_RESULT;

#endif
