// SPDX-License-Identifier: GPL-2.0-or-later
// batch.json: what a batch is made of; format "mmfarm-batch/1", docs/run-directory.md.
#ifndef RUN_BATCH_JSON_H
#define RUN_BATCH_JSON_H

#include "run/batch.h"

struct batch_record {
	const struct batch_options *options;
	const struct job_config *job;
	const struct payload_file *payload;
	const char *id;
	int64_t start_realtime_ns;
	int64_t finish_realtime_ns; // 0 = not finished
	const struct batch_run *runs;
	size_t runs_count;
	const char *commit; // of the tree the payload was built in; NULL = unknown
	const char *branch;
};

// Writes BATCH_DIR/batch.json by rename. Runs that were never started are left out.
struct error *batch_json_write(const char *batch_dir, const struct batch_record *r) ERROR_RESULT;

// Ends the batch.json of a scheduler that died: drops the runs that were never made (no directory
// below RESULTS_DIR/runs) and sets the finish time.
struct error *batch_json_close(const char *results_dir, const char *batch_id,
			       int64_t finish_realtime_ns) ERROR_RESULT;

// Run ids of batches/ID/batch.json; the caller frees each and the array.
struct error *batch_json_runs(const char *results_dir, const char *batch_id, char ***ids,
			      size_t *count) ERROR_RESULT;

#endif
