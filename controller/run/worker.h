// SPDX-License-Identifier: GPL-2.0-or-later
// One job on one board, from power-on to verdict: plain sequential code with deadlines over
// poll(2). It is a process of its own (run/worker_process.h, or `mmfarm worker RUN_DIR`); everything it learns is in the
// run directory.
#ifndef RUN_WORKER_H
#define RUN_WORKER_H

#include <stddef.h>

#include "base/error.h"

// Carries the run out and writes run.json, whatever happens to the board. An error means that not
// even that was possible. Changes the working directory to `run_dir`; takes over SIGINT and
// SIGTERM, which end the run as MISS with its board powered off. `handed`: so many
// descriptors from number 3 on are the lease of the board (lease/lease.h), and the worker's from now on;
// 0: it asks for the board itself, and waits for it.
struct error *worker_run(const char *run_dir, size_t handed) ERROR_RESULT;

// Finishes a run whose worker died: switches its board off, judges what the console shows and
// writes run.json with verdict MISS (or FAIL, if the console proves it). Does nothing when run.json
// is there; fails when a worker still holds the run.
struct error *worker_recover(const char *run_dir, const char *reason) ERROR_RESULT;

#endif
