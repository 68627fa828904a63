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

#include "config/boards.h"
#include "config/job.h"

#define RUN_JSON "run.json"

// Creates RESULTS/runs/ID with both snapshots and room for the verdict (see directory_reserve).
struct error *directory_create(const char *results_dir, const struct job_config *job,
			       const struct variant_config *variant,
			       const struct board_config *board,
			       const struct run_identity *run) ERROR_RESULT;

// RESULTS/runs/ID; the caller frees.
char *directory_path(const char *results_dir, const char *run_id);

// Takes the run's lock without waiting; *fd stays -1 when somebody else holds it. The lock dies
// with the process that holds it.
struct error *directory_lock(const char *run_dir, int *fd) ERROR_RESULT;

// The locks lie in MMFARM_LOCK_DIR or /run/lock/mmfarm-UID: they hold among the farms of one user.
// Takes the lock of a board, for as long as *fd is open: one holder at a time on this host, in
// whatever results directory. Does not wait; *fd stays -1 when the board is taken.
struct error *directory_lock_board(const struct board_config *board, int *fd) ERROR_RESULT;

// Writes into a board's lock who holds it: the run directory (absolute), for people and for
// `mmfarm board NAME console`.
void directory_name_holder(int lock, const char *run_dir);
// The run directory of whoever holds the board; the caller frees. NULL: nobody said.
char *directory_board_holder(const struct board_config *board);

// Keeps beside a board's lock why it may still be on (a power-off that failed), or with `why` NULL
// forgets it: it has been switched off.
void directory_note_power(const struct board_config *board, const char *why);
// The same for readers; the caller frees. NULL: nothing says so.
char *directory_board_may_be_on(const struct board_config *board);

// RESULTS/active/ID exists while batch ID is being carried out; its lock (*fd) lives as long as the
// scheduler does. A file whose lock is free is the trace of a scheduler that died.
struct error *directory_mark_active(const char *results_dir, const char *batch_id,
				    int *fd) ERROR_RESULT;
void directory_unmark_active(const char *results_dir, const char *batch_id);

// A verdict must fit also when the console has filled the disk: space is set aside when the run is
// made and given back just before run.json is written.
struct error *directory_reserve(const char *run_dir) ERROR_RESULT;
void directory_release_reserve(const char *run_dir);

#endif
