// SPDX-License-Identifier: GPL-2.0-or-later
// Starts the process that carries a run out, or finishes it when that one died.
#ifndef RUN_WORKER_PROCESS_H
#define RUN_WORKER_PROCESS_H

#include "base/process.h"

struct worker_order {
	// Called as `PROGRAM worker RUN_DIR [--lease N | --recover REASON]`; NULL: this program, which
	// goes on as the worker. That costs a third of a new start; ps shows the same words.
	const char *program;
	const char *run_dir;
	const int *lease; // its descriptors (borrowed), which the worker takes over
	size_t lease_count;
	const char *
	    recover; // finishes the run of a worker that died for this reason; NULL: carries it out
};

// What it complains about goes to LAYOUT_WORKER_LOG.
struct error *worker_start(const struct worker_order *order, struct process *out) ERROR_RESULT;

#endif
