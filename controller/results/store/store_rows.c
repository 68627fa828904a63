// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/store/store_rows.h"
#include "results/store/store_open.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "results/store/store_ask.h"

struct store_rows {
	sqlite3_stmt *statement; // owned
	const char *what;        // in errors
};

struct error *store_rows_new(struct store *s, const char *sql, const char *what,
			     struct store_rows **out)
{
	sqlite3_stmt *statement;
	TRY(database_prepare(store_database(s), sql, &statement));
	struct store_rows *r = memory_new(1, sizeof(*r));
	*r = (struct store_rows){statement, what};
	*out = r;
	return NULL;
}

void store_rows_close(struct store_rows *r)
{
	if (!r)
		return;
	sqlite3_finalize(r->statement);
	free(r);
}

void store_rows_bind_text(struct store_rows *r, int parameter, const char *text)
{
	sqlite3_bind_text(r->statement, parameter, text, -1, SQLITE_TRANSIENT);
}

void store_rows_bind_integer(struct store_rows *r, int parameter, int64_t value)
{
	sqlite3_bind_int64(r->statement, parameter, value);
}

struct error *store_rows_next(struct store_rows *r, bool *row)
{
	return database_step(r->statement, r->what, row);
}

size_t store_rows_columns(const struct store_rows *r)
{
	return (size_t)sqlite3_column_count(r->statement);
}

const char *store_rows_name(const struct store_rows *r, size_t column)
{
	return sqlite3_column_name(r->statement, (int)column);
}

enum store_kind store_rows_kind(const struct store_rows *r, size_t column)
{
	switch (sqlite3_column_type(r->statement, (int)column)) {
	case SQLITE_NULL:
		return STORE_NOTHING;
	case SQLITE_INTEGER:
		return STORE_INTEGER;
	case SQLITE_FLOAT:
		return STORE_NUMBER;
	default:
		return STORE_TEXT;
	}
}

const char *store_rows_text(const struct store_rows *r, size_t column)
{
	return (const char *)sqlite3_column_text(r->statement, (int)column);
}

int64_t store_rows_integer(const struct store_rows *r, size_t column)
{
	return sqlite3_column_int64(r->statement, (int)column);
}

double store_rows_number(const struct store_rows *r, size_t column)
{
	return sqlite3_column_type(r->statement, (int)column) == SQLITE_NULL
		   ? NAN
		   : sqlite3_column_double(r->statement, (int)column);
}

const char *store_rows_keep(const struct store_rows *r, size_t column, struct arena *arena)
{
	const char *text = store_rows_text(r, column);
	return text ? arena_strndup(arena, text, strlen(text)) : NULL;
}
