// SPDX-License-Identifier: GPL-2.0-or-later
// The run directory, RESULTS/runs/ID/: the hand-over between the scheduler, the worker and the
// results. It is complete when run.json is there; until then its lock tells whether a worker lives.
//
//   job.yaml, board.yaml   what is to be done, as it was when the run was made
//   console.raw, .idx      every byte the board said, and when (capture/capture.h)
//   events.jsonl           what happened, as it happened
//   run.json               verdict and findings, written last, by rename
//   worker.log, qemu.log   what the worker and the emulator themselves complained about
#ifndef RUN_DIRECTORY_H
#define RUN_DIRECTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "config/boards.h"
#include "config/job.h"
#include "record/layout.h"

// The id of a run: BATCH~BOARD~VARIANT~ATTEMPT. No name holds a '~' (config_name), so that two runs
// never share an id; it needs no escape in file names, URLs (RFC 3986 section 2.3) and KCIDB ids.
// The caller frees.
char *directory_run_id(const char *batch, const char *board, const char *variant, int64_t attempt);

// Creates RESULTS/runs/ID with both snapshots and room for the verdict (see directory_reserve). It
// appears by rename, complete or not at all; what a death leaves (runs/.ID) is taken away by the
// next try, or by directory_forget.
struct error *directory_create(const char *results_dir, const struct job_config *job,
			       const struct variant_config *variant,
			       const struct board_config *board,
			       const struct run_identity *run) ERROR_RESULT;

// Creates RESULTS/runs/ID, by rename, with nothing but this run.json in it.
struct error *directory_create_finished(const char *results_dir, const char *run_id,
					const char *run_json, size_t len) ERROR_RESULT;

// Takes away what a death left of a directory in the making.
void directory_forget(const char *results_dir, const char *run_id);

// Takes away what dead processes left in a directory: *.PID.tmp, and of a finished run the space set
// aside and the count of its recoveries.
void directory_tidy(const char *dir);

// Whether the run has its verdict.
bool directory_is_finished(const char *run_dir);

// Takes the run's lock without waiting; *fd stays -1 when somebody else holds it. The lock dies
// with the process that holds it.
struct error *directory_lock(const char *run_dir, int *fd) ERROR_RESULT;

// RESULTS/active/ID exists while batch ID is being carried out; its lock (*fd) lives as long as the
// scheduler does. A file whose lock is free is the trace of a scheduler that died. *fd stays -1 when
// somebody else holds it.
struct error *directory_mark_active(const char *results_dir, const char *batch_id,
				    int *fd) ERROR_RESULT;
void directory_unmark_active(const char *results_dir, const char *batch_id);

// A verdict must fit also when the console has filled the disk: space is set aside in a file when the
// run is made, and that file becomes run.json.
#define DIRECTORY_RESERVE_BYTES ((size_t)256 * 1024)
struct error *directory_reserve(const char *run_dir) ERROR_RESULT;

// Makes `text` the directory's run.json, by rename: in a file of its own, or where that finds no room
// and `text` is no longer than DIRECTORY_RESERVE_BYTES, in the space set aside.
struct error *directory_write_verdict(const char *run_dir, const char *text,
				      size_t len) ERROR_RESULT;

#endif
