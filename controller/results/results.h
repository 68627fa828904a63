// SPDX-License-Identifier: GPL-2.0-or-later
// What is done with a finished batch: its run directories are read, and the store, the KCIDB document
// and a summary are made from them. All of it can be made again from the run directories.
#ifndef RESULTS_RESULTS_H
#define RESULTS_RESULTS_H

#include <stdio.h>

#include "base/error.h"

struct publish_config;
struct store; // results/store/store.h

// Takes the runs of a batch into the store of RESULTS_DIR and does nothing else. Used where numbers are
// looked at before the results are made. May be called again.
struct error *results_store_batch(struct store *store, const char *results_dir,
				  const char *batch_id) ERROR_RESULT;

// To be called once all runs of `batch_id` have their run.json and batches/ID/batch.json has its
// finish_time. Takes the runs into RESULTS_DIR/store.sqlite, writes batches/ID/kcidb.json
// (validated before it gets its name), points RESULTS_DIR/latest at batches/ID and prints the
// summary to `summary` (NULL: prints nothing). `store` is the open store; NULL: it is opened here.
//
// `*exit_code` becomes 0 (all as wanted), 1 (a FAIL) or 3 (lab trouble only: MISS or ERROR), see
// enum exit_code in cmd/cmd.h. May be called again for the same batch: same rows, same document.
//
// A planned run that left no run.json is a MISS in all of them. `latest` that cannot be linked is only
// told. On error as much as possible was done: the document does not depend on the store.
struct error *results_finish_batch(const char *results_dir, const char *batch_id,
				   struct store *store, FILE *summary, int *exit_code) ERROR_RESULT;

// Puts a finished batch into the spool of every destination that takes its job, and starts a process
// that sends in the background: nothing here waits for a network. Without destinations it does
// nothing. `farm_path` as in publish_in_background.
struct error *results_publish_batch(const char *results_dir, const struct publish_config *publish,
				    const char *farm_path, const char *batch_id) ERROR_RESULT;

#endif
