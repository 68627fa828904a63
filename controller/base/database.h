// SPDX-License-Identifier: GPL-2.0-or-later
// SQLite with the error convention. Only results/store/ and schedule/ include this: no other room knows
// what a table or a statement is.
#ifndef BASE_DATABASE_H
#define BASE_DATABASE_H

#include <sqlite3.h>
#include <stdbool.h>

#include "base/error.h"

#define DATABASE_BUSY_MS 10000 // how long a writer waits for another one

// ERROR_SYSTEM with the database's path, `what` and SQLite's own words.
struct error *database_error(sqlite3 *db, const char *what) ERROR_RESULT;

// Carries out statements that yield no rows.
struct error *database_execute(sqlite3 *db, const char *sql) ERROR_RESULT;

// A statement that the caller finalizes (CLEANUP_STATEMENT).
struct error *database_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out) ERROR_RESULT;

static inline void database_finalize(sqlite3_stmt **s)
{
	sqlite3_finalize(*s);
	*s = NULL;
}
#define CLEANUP_STATEMENT CLEANUP(database_finalize)

// Goes to the next row; `*row` false: there is none. `what` is said in an error.
struct error *database_step(sqlite3_stmt *s, const char *what, bool *row) ERROR_RESULT;

// What stands where a database is to be opened is a plain file, or nothing yet. SQLite would wait for
// ever for somebody who writes into a pipe.
struct error *database_check_file(const char *path) ERROR_RESULT;

// Whether this process may write a database in `dir`: itself, and beside it its WAL.
bool database_is_writable(const char *dir, const char *path);

// Opens a database for reading only, whether or not somebody else writes it meanwhile. The caller
// closes it.
struct error *database_read_only(const char *path, sqlite3 **out) ERROR_RESULT;

#endif
