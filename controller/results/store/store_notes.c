// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/store/store_notes.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/database.h"

struct store_notes {
	sqlite3 *db;
	bool in_transaction;
};

// Called "series" since timing.sqlite was the only one.
#define TABLE                                 \
	"CREATE TABLE IF NOT EXISTS series (" \
	" key TEXT PRIMARY KEY NOT NULL,"     \
	" state TEXT NOT NULL"                \
	") WITHOUT ROWID"

void store_notes_close(struct store_notes *n)
{
	if (!n)
		return;
	if (n->in_transaction)
		sqlite3_exec(n->db, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(n->db);
	free(n);
}

static struct error *open_database(const char *path, sqlite3 **out)
{
	TRY(database_check_file(path));
	if (sqlite3_open(path, out) != SQLITE_OK)
		return error_new(ERROR_SYSTEM, "%s: %s", path,
				 *out ? sqlite3_errmsg(*out) : "out of memory");
	sqlite3_busy_timeout(*out, DATABASE_BUSY_MS);
	return NULL;
}

struct error *store_notes_open(const char *results_dir, const char *file, struct store_notes **out)
{
	CLEANUP_FREE char *path = path_join(results_dir, file);
	CLEANUP_STORE_NOTES struct store_notes *n = memory_new(1, sizeof(*n));
	TRY(open_database(path, &n->db));
	TRY(database_execute(n->db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;" TABLE));
	*out = STEAL(n);
	return NULL;
}

struct error *store_notes_open_reader(const char *results_dir, const char *file,
				      struct store_notes **out)
{
	CLEANUP_FREE char *path = path_join(results_dir, file);
	if (file_exists(path) && database_is_writable(results_dir, path))
		return store_notes_open(results_dir, file, out);
	CLEANUP_STORE_NOTES struct store_notes *n = memory_new(1, sizeof(*n));
	if (file_exists(path)) {
		TRY(database_read_only(path, &n->db));
	} else {
		TRY(open_database(":memory:", &n->db));
		TRY(database_execute(n->db, TABLE));
	}
	*out = STEAL(n);
	return NULL;
}

struct error *store_notes_begin(struct store_notes *n)
{
	TRY(database_execute(n->db, "BEGIN IMMEDIATE"));
	n->in_transaction = true;
	return NULL;
}

struct error *store_notes_commit(struct store_notes *n)
{
	n->in_transaction = false;
	return database_execute(n->db, "COMMIT");
}

struct error *store_notes_set(struct store_notes *n, const char *key, const char *text, size_t len)
{
	CLEANUP_STATEMENT sqlite3_stmt *s = NULL;
	bool row;
	TRY(database_prepare(n->db, "INSERT OR REPLACE INTO series VALUES (?, ?)", &s));
	sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 2, text, (int)len, SQLITE_STATIC);
	return database_step(s, "saving the state of a series", &row);
}

static struct error *visit_row(sqlite3_stmt *s, store_notes_visit visit, void *context)
{
	const char *text = (const char *)sqlite3_column_text(s, 1);
	return visit(context, (const char *)sqlite3_column_text(s, 0), text ? text : "",
		     (size_t)sqlite3_column_bytes(s, 1));
}

struct error *store_notes_get(struct store_notes *n, const char *key, store_notes_visit visit,
			      void *context)
{
	CLEANUP_STATEMENT sqlite3_stmt *s = NULL;
	bool row;
	TRY(database_prepare(n->db, "SELECT key, state FROM series WHERE key = ?", &s));
	sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
	TRY(database_step(s, "reading the state of a series", &row));
	return row ? visit_row(s, visit, context) : NULL;
}

struct error *store_notes_each(struct store_notes *n, store_notes_visit visit, void *context)
{
	CLEANUP_STATEMENT sqlite3_stmt *s = NULL;
	TRY(database_prepare(n->db, "SELECT key, state FROM series ORDER BY key", &s));
	for (bool row = true;;) {
		TRY(database_step(s, "reading the series", &row));
		if (!row)
			return NULL;
		TRY(visit_row(s, visit, context));
	}
}
