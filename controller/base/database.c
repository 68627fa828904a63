// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/database.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/url.h"

struct error *database_error(sqlite3 *db, const char *what)
{
	const char *file = sqlite3_db_filename(db, "main");
	return error_new(ERROR_SYSTEM, "%s: %s: %s", file && file[0] ? file : "database", what,
			 sqlite3_errmsg(db));
}

struct error *database_check_file(const char *path)
{
	struct stat st;
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return error_new(ERROR_SYSTEM, "%s: no plain file", path);
	return NULL;
}

struct error *database_execute(sqlite3 *db, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return NULL;
	char what[48];
	snprintf(what, sizeof(what), "%.40s", sql);
	return database_error(db, what);
}

struct error *database_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out)
{
	sqlite3_stmt *statement;
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		return database_error(db, sql);
	*out = statement;
	return NULL;
}

struct error *database_step(sqlite3_stmt *s, const char *what, bool *row)
{
	int rc = sqlite3_step(s);
	*row = rc == SQLITE_ROW;
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? NULL
						     : database_error(sqlite3_db_handle(s), what);
}

bool database_is_writable(const char *dir, const char *path)
{
	return access(dir, W_OK) == 0 && (!file_exists(path) || access(path, W_OK) == 0);
}

// Looks at the file once: SQLite opens it no earlier than that.
static struct error *look(sqlite3 *db)
{
	CLEANUP_STATEMENT sqlite3_stmt *s = NULL;
	bool row;
	TRY(database_prepare(db, "PRAGMA user_version", &s));
	return database_step(s, "PRAGMA user_version", &row);
}

static struct error *open_uri(const char *path, const char *how, sqlite3 **out)
{
	TRY(database_check_file(path));
	CLEANUP_BUFFER struct buffer uri = {0};
	buffer_append_str(&uri, "file:");
	url_escape_path(path, &uri);
	buffer_printf(&uri, "?%s", how);
	sqlite3 *db = NULL;
	struct error *e = NULL;
	if (sqlite3_open_v2(buffer_str(&uri), &db,
			    SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK)
		e = error_new(ERROR_SYSTEM, "%s: %s", path, sqlite3_errmsg(db));
	if (!e)
		e = look(db);
	if (e) {
		sqlite3_close(db);
		return e;
	}
	*out = db;
	return NULL;
}

// A WAL that somebody has open is read with it. Where there is none, SQLite would have to make one
// before it reads, unless it is told that nobody writes.
struct error *database_read_only(const char *path, sqlite3 **out)
{
	struct error *e = open_uri(path, "mode=ro", out);
	if (!e)
		return NULL;
	error_free(e);
	return open_uri(path, "immutable=1", out);
}
