// SPDX-License-Identifier: GPL-2.0-or-later
// Fills a history from the store.
#ifndef TRIAGE_LOAD_H
#define TRIAGE_LOAD_H

#include "base/error.h"
#include "triage/history.h"

struct store;

#define LOAD_BATCHES 31     // of the job, the one that is asked about among them
#define LOAD_RUNS    40000  // no further batch once there are so many
#define LOAD_ARCHIVE 200000 // the same for all jobs

// Adds the batch and what came before it of the same job, so that it says the same whenever it is asked,
// and completes the history. ERROR_USAGE: the store has no such batch.
struct error *history_load(struct history *h, struct store *s, const char *batch) ERROR_RESULT;

// Adds the batches of all jobs, the newest first: what follows from an order of batches does not hold.
struct error *history_load_archive(struct history *h, struct store *s) ERROR_RESULT;

#endif
