// SPDX-License-Identifier: GPL-2.0-or-later
// The rows of a pull lab (remote/kernelci_state.h) as entries of farm.sqlite, saved in one transaction with
// what the planner decided.
#ifndef PULL_PULL_STORE_H
#define PULL_PULL_STORE_H

#include "base/arena.h"
#include "remote/kernelci.h"
#include "schedule/state.h"

struct pull_store {
	struct farm_state *state;
	struct planner *planner;
};

// For kernelci_new; `s` outlives the machine. A job that is taken gets no batch yet: its definition is
// kept as work (below), of which a batch is made when all that it needs is here.
struct kernelci_store pull_store_rows(struct pull_store *s);

// Hands the machine all that is stored.
struct error *pull_store_load(struct pull_store *s, struct kernelci *k) ERROR_RESULT;

// A job of ours that has no outcome yet.
struct pull_work_row {
	const char *node, *platform;
	const char *definition; // text
	const char *batch;      // NULL: not submitted yet
};

// Calls `take` for each; what it is given lives until it returns.
struct error *pull_store_works(struct pull_store *s,
			       void (*take)(void *arg, const struct pull_work_row *row),
			       void *arg) ERROR_RESULT;

// Submits a batch for the work and stores that it was, at once or not at all; its id goes to `batch`.
struct error *pull_store_submit(struct pull_store *s, const struct pull_work_row *work,
				const struct planner_request *request, int64_t now_s,
				char batch[PLANNER_ID_SIZE]) ERROR_RESULT;

// The work is over: its outcome is stored elsewhere.
struct error *pull_store_end(struct pull_store *s, const char *node) ERROR_RESULT;

#endif
