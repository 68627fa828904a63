// SPDX-License-Identifier: GPL-2.0-or-later
// The ids of batches, and which one a command means.
#ifndef RECORD_BATCH_ID_H
#define RECORD_BATCH_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define BATCH_ID_SIZE 32

// A new id: the time to the second, and what chance adds: "20260604T011000Z-0123456789". Ids sort by
// time.
void batch_id_make(int64_t realtime_ns, char out[BATCH_ID_SIZE]);
// The same with the caller's own chance, of which 40 bits count.
void batch_id_form(int64_t realtime_ns, uint64_t chance, char out[BATCH_ID_SIZE]);
// Whether it has the form of one.
bool batch_id_is_valid(const char *id);

// `word`, or with NULL or "latest" the batch that RESULTS/latest points to. The caller frees.
struct error *batch_id_resolve(const char *results_dir, const char *word, char **out) ERROR_RESULT;

#endif
