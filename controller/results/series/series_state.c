// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/series/series_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "results/store/store.h"

#define BUSY_MS 10000

struct series_states {
	sqlite3 *db;
	bool in_transaction;
};

void series_states_close(struct series_states *s)
{
	if (!s)
		return;
	if (s->in_transaction)
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(s->db);
	free(s);
}

#define TABLE                                 \
	"CREATE TABLE IF NOT EXISTS series (" \
	" key TEXT PRIMARY KEY NOT NULL,"     \
	" state TEXT NOT NULL"                \
	") WITHOUT ROWID"

static struct error *open_database(const char *path, sqlite3 **out)
{
	TRY(store_check_file(path));
	if (sqlite3_open(path, out) != SQLITE_OK)
		return error_new(ERROR_SYSTEM, "%s: %s", path,
				 *out ? sqlite3_errmsg(*out) : "out of memory");
	sqlite3_busy_timeout(*out, BUSY_MS);
	return NULL;
}

bool series_states_exist(const char *results_dir)
{
	CLEANUP_FREE char *path = path_join(results_dir, "timing.sqlite");
	return file_exists(path);
}

struct error *series_states_open(const char *results_dir, struct series_states **out)
{
	CLEANUP_FREE char *path = path_join(results_dir, "timing.sqlite");
	CLEANUP_SERIES_STATES struct series_states *s = memory_new(1, sizeof(*s));
	TRY(open_database(path, &s->db));
	TRY(store_execute(s->db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;" TABLE));
	*out = STEAL(s);
	return NULL;
}

struct error *series_states_open_reader(const char *results_dir, struct series_states **out)
{
	CLEANUP_FREE char *path = path_join(results_dir, "timing.sqlite");
	if (file_exists(path) && store_is_writable(results_dir, path))
		return series_states_open(results_dir, out);
	CLEANUP_SERIES_STATES struct series_states *s = memory_new(1, sizeof(*s));
	if (file_exists(path)) {
		TRY(store_database_read_only(path, &s->db));
	} else {
		TRY(open_database(":memory:", &s->db));
		TRY(store_execute(s->db, TABLE));
	}
	*out = STEAL(s);
	return NULL;
}

struct error *series_states_begin(struct series_states *s)
{
	TRY(store_execute(s->db, "BEGIN IMMEDIATE"));
	s->in_transaction = true;
	return NULL;
}

struct error *series_states_commit(struct series_states *s)
{
	s->in_transaction = false;
	return store_execute(s->db, "COMMIT");
}

static struct error *parse(sqlite3_stmt *row, int column, const char *key, struct series_state *out)
{
	const char *text = (const char *)sqlite3_column_text(row, column);
	size_t len = (size_t)sqlite3_column_bytes(row, column);
	return error_wrap(series_state_parse(text ? text : "", len, out), "%s", key);
}

struct error *series_states_load(struct series_states *s, const char *key, struct series_state *out)
{
	CLEANUP_STATEMENT sqlite3_stmt *row = NULL;
	TRY(store_prepare(s->db, "SELECT state FROM series WHERE key = ?", &row));
	sqlite3_bind_text(row, 1, key, -1, SQLITE_STATIC);
	int rc = sqlite3_step(row);
	if (rc == SQLITE_ROW)
		return parse(row, 0, key, out);
	if (rc != SQLITE_DONE)
		return store_error(s->db, "reading the state of a series");
	*out = (struct series_state){0};
	return NULL;
}

struct error *series_states_save(struct series_states *s, const char *key,
				 const struct series_state *state)
{
	CLEANUP_BUFFER struct buffer text = {0};
	series_state_print(state, &text);
	CLEANUP_STATEMENT sqlite3_stmt *row = NULL;
	TRY(store_prepare(s->db, "INSERT OR REPLACE INTO series VALUES (?, ?)", &row));
	sqlite3_bind_text(row, 1, key, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 2, buffer_str(&text), (int)text.len, SQLITE_STATIC);
	if (sqlite3_step(row) != SQLITE_DONE)
		return store_error(s->db, "saving the state of a series");
	return NULL;
}

struct error *series_states_each(struct series_states *s,
				 struct error *(*visit)(void *context, const char *key,
							struct series_state *state),
				 void *context)
{
	CLEANUP_STATEMENT sqlite3_stmt *row = NULL;
	TRY(store_prepare(s->db, "SELECT key, state FROM series ORDER BY key", &row));
	int rc;
	while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
		const char *key = (const char *)sqlite3_column_text(row, 0);
		CLEANUP_SERIES_STATE struct series_state state = {0};
		TRY(parse(row, 1, key, &state));
		TRY(visit(context, key, &state));
	}
	return rc == SQLITE_DONE ? NULL : store_error(s->db, "reading the series");
}
