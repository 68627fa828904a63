// SPDX-License-Identifier: GPL-2.0-or-later
// Rows of one run or batch; for store.c and store_reindex.c only.
#ifndef RESULTS_STORE_INSERT_H
#define RESULTS_STORE_INSERT_H

#include <sqlite3.h>

#include "base/error.h"
#include "record/model.h"

struct store;
struct store_insert; // prepared statements

struct error *store_insert_new(sqlite3 *db, struct store_insert **out) ERROR_RESULT;
void store_insert_free(struct store_insert *i);

// Within the caller's transaction. A run that is there is replaced.
struct error *store_insert_run(struct store_insert *i, const struct run *r) ERROR_RESULT;
struct error *store_insert_batch(struct store_insert *i, const struct batch_record *b) ERROR_RESULT;
struct error *store_delete_run(struct store_insert *i, const char *id) ERROR_RESULT;
struct error *store_delete_batch(struct store_insert *i, const char *id) ERROR_RESULT;

// A store at any path, without journal: for one that is built to replace another. "": a temporary
// one of this process.
struct error *store_open_new(const char *path, struct store **out) ERROR_RESULT;
// From an open handle, which it owns from now on.
struct store *store_from_database(sqlite3 *db);
// Brings the schema up to date; one of a newer mmfarm is ERROR_CONFIG.
struct error *store_migrate(sqlite3 *db) ERROR_RESULT;
// The version its schema has.
struct error *store_schema_version(sqlite3 *db, size_t *out) ERROR_RESULT;

#endif
