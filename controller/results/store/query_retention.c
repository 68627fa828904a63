// SPDX-License-Identifier: GPL-2.0-or-later
// What results/retention/ asks: which runs may go, and what goes with them.
#include "results/store/store_ask.h"
#include "results/store/store_open.h"
#include "results/store/store_query.h"

// Temporary tables are this connection's alone: nothing of it comes into the store.
struct error *query_marks_begin(struct store *s)
{
	return database_execute(store_database(s),
				"CREATE TEMP TABLE gone (id TEXT PRIMARY KEY);"
				"CREATE TEMP TABLE needed (id TEXT PRIMARY KEY)");
}

struct error *query_mark(struct store *s, enum query_mark mark, const char *run)
{
	static const struct {
		const char *sql, *what;
	} tables[] = {
	    [QUERY_NEEDED] = {"INSERT OR IGNORE INTO temp.needed VALUES (?)", "needed"},
	    [QUERY_GONE] = {"INSERT OR IGNORE INTO temp.gone VALUES (?)", "gone"},
	};
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	bool row;
	TRY(store_rows_new(s, tables[mark].sql, tables[mark].what, &r));
	store_rows_bind_text(r, 1, run);
	return store_rows_next(r, &row);
}

struct error *query_keep_all(struct store *s, struct store_rows **out)
{
	static const char sql[] =
	    "SELECT id, batch, status, splats > 0, key >> 20,"
	    " row_number() OVER (PARTITION BY job, variant, board ORDER BY key DESC),"
	    " id IN temp.needed"
	    " FROM runs ORDER BY key";
	return store_rows_new(s, sql, "runs", out);
}

struct error *query_keep_next(struct store_rows *r, struct query_keep *out, bool *row)
{
	TRY(store_rows_next(r, row));
	if (!*row)
		return NULL;
	*out = (struct query_keep){
	    .id = store_rows_text(r, 0),
	    .batch = store_rows_text(r, 1),
	    .status = (enum status)store_rows_integer(r, 2),
	    .splat = store_rows_integer(r, 3) != 0,
	    .start_ms = store_rows_integer(r, 4),
	    .rank = store_rows_integer(r, 5),
	    .needed = store_rows_integer(r, 6) != 0,
	};
	return NULL;
}

struct error *query_emptied(struct store *s, void (*visit)(void *context, const char *batch),
			    void *context)
{
	static const char sql[] =
	    "SELECT DISTINCT batch FROM runs WHERE id IN temp.gone AND batch NOT IN"
	    " (SELECT batch FROM runs WHERE id NOT IN temp.gone)";
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	TRY(store_rows_new(s, sql, "batches", &r));
	for (bool row = true;;) {
		TRY(store_rows_next(r, &row));
		if (!row)
			return NULL;
		visit(context, store_rows_text(r, 0));
	}
}

struct error *query_payload_used(struct store *s, const char *sha256, bool *out)
{
	static const char sql[] =
	    "SELECT 1 FROM runs WHERE payload_sha256 = ? AND id NOT IN temp.gone";
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	TRY(store_rows_new(s, sql, "payloads", &r));
	store_rows_bind_text(r, 1, sha256);
	return store_rows_next(r, out);
}
