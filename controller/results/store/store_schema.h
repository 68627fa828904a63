// SPDX-License-Identifier: GPL-2.0-or-later
// The tables of store.sqlite and how an older file becomes a newer one.
//
// runs.key      = start in milliseconds since 1970 << 20 | 20 bits of SHA-256 of the run's id: sorts
//                 by time, so that the history of anything is a range of one index.
// paths.key     = 48 bits of SHA-256 of the path: six bytes instead of the text in every row.
// status        = enum status: 0 FAIL, 1 ERROR, 2 MISS, 3 PASS, 4 DONE, 5 SKIP.
#ifndef RESULTS_STORE_SCHEMA_H
#define RESULTS_STORE_SCHEMA_H

#include <stddef.h>
#include <stdint.h>

#include "base/database.h"

// The version that this program writes: older files are brought to it.
size_t store_schema_current(void);

// The version that a database has; 0 for a new one.
struct error *store_schema_version(sqlite3 *db, size_t *out) ERROR_RESULT;

// Brings the schema up to date; one of a newer mmfarm is ERROR_CONFIG.
struct error *store_migrate(sqlite3 *db) ERROR_RESULT;

// paths.key of a path.
int64_t store_path_key(const char *path);
// runs.key of a run; `start_time` as in run.json.
int64_t store_run_key(const char *id, const char *start_time);
// The smallest key of a run that began at `ms` (since 1970) or later; a time out of reach is taken as
// the end of it.
int64_t store_first_key(int64_t ms);
// The same for a time as in run.json.
int64_t store_first_key_of(const char *start_time);

#endif
