// SPDX-License-Identifier: GPL-2.0-or-later
// SQLite with the error convention. Only files of results/store/ include this: no other room knows
// what a table or a statement is.
#ifndef RESULTS_STORE_SQLITE_H
#define RESULTS_STORE_SQLITE_H

#include <sqlite3.h>
#include <stdbool.h>

#include "base/error.h"

#define STORE_BUSY_MS 10000 // how long a writer waits for another one

struct store;

// The store's connection; owned by the store.
sqlite3 *store_database(struct store *s);

// ERROR_SYSTEM with the database's path, `what` and SQLite's own words.
struct error *store_error(sqlite3 *db, const char *what) ERROR_RESULT;

// Carries out statements that yield no rows.
struct error *store_execute(sqlite3 *db, const char *sql) ERROR_RESULT;

// A statement that the caller finalizes (CLEANUP_STATEMENT).
struct error *store_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out) ERROR_RESULT;

static inline void store_finalize(sqlite3_stmt **s)
{
	sqlite3_finalize(*s);
	*s = NULL;
}
#define CLEANUP_STATEMENT CLEANUP(store_finalize)

// Goes to the next row; `*row` false: there is none. `what` is said in an error.
struct error *store_step(sqlite3_stmt *s, const char *what, bool *row) ERROR_RESULT;

// What stands where a database is to be opened is a plain file, or nothing yet. SQLite would wait for
// ever for somebody who writes into a pipe.
struct error *store_check_file(const char *path) ERROR_RESULT;

// Whether this process may write a database of a results directory: itself, and beside it its WAL.
bool store_is_writable(const char *results_dir, const char *path);

// Opens a database for reading only, whether or not somebody else writes it meanwhile. The caller
// closes it.
struct error *store_database_read_only(const char *path, sqlite3 **out) ERROR_RESULT;

#endif
