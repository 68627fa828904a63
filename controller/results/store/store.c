// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/store/store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/memory.h"
#include "record/layout.h"
#include "results/format.h"
#include "results/store/store_insert.h"
#include "results/store/store_schema.h"

#define BUSY_MS 10000

struct store {
	sqlite3 *db;
	struct store_insert *insert; // prepared statements, made at the first insertion
	bool in_transaction;
};

// ---- SQLite with the error convention -----------------------------------------------------------

struct error *store_error(sqlite3 *db, const char *what)
{
	const char *file = sqlite3_db_filename(db, "main");
	return error_new(ERROR_SYSTEM, "%s: %s: %s", file && file[0] ? file : "store", what,
			 sqlite3_errmsg(db));
}

struct error *store_check_file(const char *path)
{
	struct stat st;
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return error_new(ERROR_SYSTEM, "%s: no plain file", path);
	return NULL;
}

struct error *store_execute(sqlite3 *db, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return NULL;
	char what[48];
	snprintf(what, sizeof(what), "%.40s", sql);
	return store_error(db, what);
}

struct error *store_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out)
{
	sqlite3_stmt *statement;
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		return store_error(db, sql);
	*out = statement;
	return NULL;
}

// ---- keys ---------------------------------------------------------------------------------------

static uint64_t hash_bits(const char *s, int hex_digits)
{
	char hex[DIGEST_HEX_SIZE];
	digest_bytes(s, strlen(s), hex);
	hex[hex_digits] = '\0';
	return strtoull(hex, NULL, 16);
}

int64_t store_path_key(const char *path)
{
	return (int64_t)hash_bits(path, 12);
}

int64_t store_run_key(const char *id, const char *start_time)
{
	long long ns = 0;
	format_parse_time(start_time, &ns);
	uint64_t ms = ns > 0 ? (uint64_t)ns / 1000000u : 0;
	return (int64_t)(ms << 20 | hash_bits(id, 5));
}

int64_t store_first_key(int64_t ms)
{
	const int64_t limit = INT64_MAX >> 20;
	return (ms > limit ? limit : ms < -limit ? -limit : ms) * (1 << 20);
}

// ---- opening ------------------------------------------------------------------------------------

struct error *store_schema_version(sqlite3 *db, size_t *out)
{
	CLEANUP_STATEMENT sqlite3_stmt *statement = NULL;
	TRY(store_prepare(db, "PRAGMA user_version", &statement));
	if (sqlite3_step(statement) != SQLITE_ROW)
		return store_error(db, "PRAGMA user_version");
	*out = (size_t)sqlite3_column_int64(statement, 0);
	return NULL;
}

// Inside one transaction, so that two processes opening a new store do not both create it.
static struct error *migrate_locked(sqlite3 *db)
{
	size_t version;
	TRY(store_schema_version(db, &version));
	if (version > store_migrations_count)
		return error_new(ERROR_CONFIG,
				 "%s: written by a newer mmfarm (schema %zu, this one knows %zu)",
				 sqlite3_db_filename(db, "main"), version, store_migrations_count);
	for (; version < store_migrations_count; version++) {
		TRY(store_execute(db, store_migrations[version]));
		CLEANUP_FREE char *set = memory_printf("PRAGMA user_version = %zu", version + 1);
		TRY(store_execute(db, set));
	}
	return NULL;
}

struct error *store_migrate(sqlite3 *db)
{
	size_t version;
	TRY(store_schema_version(db, &version));
	if (version == store_migrations_count)
		return NULL;
	TRY(store_execute(db, "BEGIN IMMEDIATE"));
	struct error *e = migrate_locked(db);
	if (!e)
		e = store_execute(db, "COMMIT");
	if (e)
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return e;
}

static struct error *open_file(const char *path, bool durable, struct store **out)
{
	TRY(store_check_file(path));
	struct store *s = memory_new(1, sizeof(*s));
	// A connection is used by the thread that opened it alone: no locks around each column read.
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	if (sqlite3_open_v2(path, &s->db, flags, NULL) != SQLITE_OK) {
		struct error *e = error_new(ERROR_SYSTEM, "%s: %s", path,
					    s->db ? sqlite3_errmsg(s->db) : "out of memory");
		store_close(s);
		return e;
	}
	sqlite3_busy_timeout(s->db, BUSY_MS);
	struct error *e = NULL;
	// What a power cut takes from the WAL comes back with `mmfarm reindex`: no fsync per
	// commit.
	e = store_execute(s->db, durable ? "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
					 : "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;");
	if (!e)
		e = store_execute(s->db, "PRAGMA foreign_keys = ON; PRAGMA cache_size = -16384;");
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
	sqlite3_busy_timeout(db, BUSY_MS);
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
	TRY(store_execute(s->db, "BEGIN IMMEDIATE"));
	s->in_transaction = true;
	return NULL;
}

struct error *store_commit(struct store *s)
{
	s->in_transaction = false;
	struct error *e = store_execute(s->db, "COMMIT");
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
