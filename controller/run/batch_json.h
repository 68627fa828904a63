// SPDX-License-Identifier: GPL-2.0-or-later
// batch.json: what a batch is made of; format "mmfarm-batch/1", docs/run-directory.md.
#ifndef RUN_BATCH_JSON_H
#define RUN_BATCH_JSON_H

#include "base/error.h"
#include "run/batch_run.h"

struct payload_file; // kernel/payload.h

struct batch_facts {
	const struct batch_options *options;
	const struct job_config *job;
	const struct payload_file *payload;
	const char *id;
	int64_t start_realtime_ns;
	int64_t finish_realtime_ns; // 0 = not finished
	const struct batch_run *runs;
	size_t runs_count;
	const char *commit; // that the payload proves it was built from; NULL = it does not
	const char *commit_name;
	bool interrupted;               // an operator ended it
	bool publish;                   // its results are for others too
	const char *const *empty_pools; // of the job, that no board of boards/ is in
	size_t empty_pools_count;
};

// Writes BATCH_DIR/batch.json by rename. `plan` names every run that was ever meant to be; `runs` those
// that were begun, or may still begin while the batch is not finished.
struct error *batch_json_write(const char *batch_dir, const struct batch_facts *r) ERROR_RESULT;

// Writes anew what changes while a batch goes on (runs, plan, finish time, interrupted, unpublished), and
// leaves the rest as it is.
struct error *batch_json_update(const char *results_dir, const struct batch_facts *r) ERROR_RESULT;

// Sets the finish time in the batch.json of a scheduler that died, if it had not done so.
struct error *batch_json_close(const char *results_dir, const char *batch_id,
			       int64_t finish_realtime_ns) ERROR_RESULT;

// Gives a run of which nothing else can be told its verdict, MISS for `reason`: writes its run.json
// from what batch.json says of it, into its directory or with a directory of its own. One that has a
// run.json keeps it.
struct error *batch_json_miss(const char *results_dir, const char *batch_id, const char *run_id,
			      const char *reason) ERROR_RESULT;

// The same for a run that was not begun on purpose: SKIP for `reason`.
struct error *batch_json_skip(const char *results_dir, const char *batch_id, const char *run_id,
			      const char *reason) ERROR_RESULT;

// Run ids of batches/ID/batch.json; the caller frees each and the array.
struct error *batch_json_runs(const char *results_dir, const char *batch_id, char ***ids,
			      size_t *count) ERROR_RESULT;

#endif
