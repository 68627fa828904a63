// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/store/store.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"
#include "record/layout.h"
#include "text/format.h"
#include "results/store/store_insert.h"
#include "results/store/store_open.h"
#include "results/store/store_schema.h"

struct store {
	sqlite3 *db;
	struct store_insert *insert; // prepared statements, made at the first insertion
	bool in_transaction;
};

// ---- opening ------------------------------------------------------------------------------------

static struct error *open_file(const char *path, bool durable, struct store **out)
{
	TRY(database_check_file(path));
	struct store *s = memory_new(1, sizeof(*s));
	// A connection is used by the thread that opened it alone: no locks around each column read.
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	if (sqlite3_open_v2(path, &s->db, flags, NULL) != SQLITE_OK) {
		struct error *e = error_new(ERROR_SYSTEM, "%s: %s", path,
					    s->db ? sqlite3_errmsg(s->db) : "out of memory");
		store_close(s);
		return e;
	}
	sqlite3_busy_timeout(s->db, DATABASE_BUSY_MS);
	struct error *e = NULL;
	// What a power cut takes from the WAL comes back with `mmfarm reindex`: no fsync per
	// commit.
	e = database_execute(s->db, durable
					? "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
					: "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;");
	if (!e)
		e = database_execute(s->db,
				     "PRAGMA foreign_keys = ON; PRAGMA cache_size = -16384;");
	if (!e)
		e = store_migrate(s->db);
	if (e) {
		store_close(s);
		return e;
	}
	*out = s;
	return NULL;
}

struct error *store_open(const char *results_dir, struct store **out)
{
	CLEANUP_FREE char *path = path_join(results_dir, LAYOUT_STORE);
	return open_file(path, true, out);
}

struct store *store_from_database(sqlite3 *db)
{
	struct store *s = memory_new(1, sizeof(*s));
	s->db = db;
	sqlite3_busy_timeout(db, DATABASE_BUSY_MS);
	return s;
}

struct error *store_open_new(const char *path, struct store **out)
{
	return open_file(path, false, out);
}

void store_close(struct store *s)
{
	if (!s)
		return;
	store_insert_free(s->insert);
	sqlite3_close(s->db);
	free(s);
}

sqlite3 *store_database(struct store *s)
{
	return s->db;
}

// ---- transactions -------------------------------------------------------------------------------

struct error *store_begin(struct store *s)
{
	TRY(database_execute(s->db, "BEGIN IMMEDIATE"));
	s->in_transaction = true;
	return NULL;
}

struct error *store_commit(struct store *s)
{
	s->in_transaction = false;
	struct error *e = database_execute(s->db, "COMMIT");
	if (e)
		store_abandon(s);
	return e;
}

void store_abandon(struct store *s)
{
	s->in_transaction = false;
	sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
}

// Ends what one call began when the caller has no transaction of its own.
static struct error *end_own(struct store *s, bool own, struct error *e)
{
	if (!own)
		return e;
	if (!e)
		return store_commit(s);
	store_abandon(s);
	return e;
}

static struct error *start_own(struct store *s, bool *own)
{
	*own = !s->in_transaction;
	if (*own)
		TRY(store_begin(s));
	return s->insert ? NULL : store_insert_new(s->db, &s->insert);
}

struct error *store_add_run(struct store *s, const struct run *r)
{
	bool own;
	struct error *e = start_own(s, &own);
	if (!e)
		e = store_insert_run(s->insert, r);
	return error_wrap(end_own(s, own, e), "run %s", r->id);
}

struct error *store_add_batch(struct store *s, const struct batch_record *b)
{
	bool own;
	struct error *e = start_own(s, &own);
	if (!e)
		e = store_insert_batch(s->insert, b);
	return error_wrap(end_own(s, own, e), "batch %s", b->id);
}

struct error *store_remove_run(struct store *s, const char *id)
{
	bool own;
	struct error *e = start_own(s, &own);
	if (!e)
		e = store_delete_run(s->insert, id);
	return error_wrap(end_own(s, own, e), "run %s", id);
}

struct error *store_remove_batch(struct store *s, const char *id)
{
	bool own;
	struct error *e = start_own(s, &own);
	if (!e)
		e = store_delete_batch(s->insert, id);
	return error_wrap(end_own(s, own, e), "batch %s", id);
}

struct error *store_add_unheard(struct store *s, const char *results_dir,
				const struct batch_record *b)
{
	CLEANUP_ARENA struct arena arena = {0};
	const struct run **runs;
	size_t count;
	model_unheard_runs(results_dir, b, &arena, &runs, &count);
	for (size_t i = 0; i < count; i++)
		TRY(store_add_run(s, runs[i]));
	return NULL;
}
