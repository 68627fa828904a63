// SPDX-License-Identifier: GPL-2.0-or-later
// Rows of one run or batch; for store.c only.
#ifndef RESULTS_STORE_INSERT_H
#define RESULTS_STORE_INSERT_H

#include <sqlite3.h>

#include "base/error.h"
#include "record/model.h"

struct store_insert; // prepared statements

struct error *store_insert_new(sqlite3 *db, struct store_insert **out) ERROR_RESULT;
void store_insert_free(struct store_insert *i);

// Within the caller's transaction. A run that is there is replaced.
struct error *store_insert_run(struct store_insert *i, const struct run *r) ERROR_RESULT;
struct error *store_insert_batch(struct store_insert *i, const struct batch_record *b) ERROR_RESULT;
struct error *store_delete_run(struct store_insert *i, const char *id) ERROR_RESULT;
struct error *store_delete_batch(struct store_insert *i, const char *id) ERROR_RESULT;

#endif
