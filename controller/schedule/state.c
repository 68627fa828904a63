// SPDX-License-Identifier: GPL-2.0-or-later
#include "schedule/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/database.h"
#include "base/memory.h"
#include "schedule/state_rows.h"

#define SCHEMA_VERSION 1

struct farm_state {
	sqlite3 *db;
	struct state_statements statements;
	sqlite3_stmt *begin, *commit; // kept, as a night saves thousands of times
};

// Each brings a farm.sqlite from the version before to its own.
static const char *const migrations[SCHEMA_VERSION] = {
    "CREATE TABLE fire (schedule TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,"
    " count INTEGER NOT NULL, outcome TEXT NOT NULL, reason TEXT NOT NULL, batch TEXT NOT NULL,"
    " decided INTEGER NOT NULL, PRIMARY KEY (schedule, first)) WITHOUT ROWID;"
    "CREATE TABLE schedule (name TEXT PRIMARY KEY, text TEXT NOT NULL, cursor INTEGER NOT NULL,"
    " fired INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE batch (id TEXT PRIMARY KEY, job TEXT NOT NULL, request TEXT, schedule TEXT,"
    " nominal INTEGER NOT NULL, ordinal INTEGER NOT NULL, cause TEXT NOT NULL, board TEXT,"
    " priority INTEGER NOT NULL, submitted INTEGER NOT NULL, window_end INTEGER NOT NULL,"
    " submitter TEXT, begun INTEGER NOT NULL) WITHOUT ROWID;"
    // At most one batch for a nominal time, whatever the planner thinks.
    "CREATE UNIQUE INDEX batch_nominal ON batch (schedule, nominal) WHERE schedule IS NOT NULL;"
    "CREATE TABLE board (name TEXT PRIMARY KEY, health TEXT NOT NULL, reason TEXT, who TEXT,"
    " link TEXT, since INTEGER NOT NULL, streak INTEGER NOT NULL, streak_job TEXT,"
    " streak_two INTEGER NOT NULL, checks_failed INTEGER NOT NULL, next_check INTEGER NOT NULL,"
    " used INTEGER NOT NULL, night INTEGER NOT NULL, cycles INTEGER NOT NULL,"
    " erases INTEGER NOT NULL, all_cycles INTEGER NOT NULL, all_erases INTEGER NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE reservation (id INTEGER PRIMARY KEY, board TEXT NOT NULL, who TEXT NOT NULL,"
    " why TEXT NOT NULL, from_s INTEGER NOT NULL, until_s INTEGER NOT NULL);"
    "CREATE TABLE seen (batch TEXT NOT NULL, run TEXT NOT NULL, PRIMARY KEY (batch, run))"
    " WITHOUT ROWID;"
    "CREATE TABLE audit (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT, what TEXT NOT "
    "NULL);"
    "CREATE TABLE entry (kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,"
    " PRIMARY KEY (kind, key)) WITHOUT ROWID;"};

// ---- opening ------------------------------------------------------------------------------------

static struct error *read_version(sqlite3 *db, int64_t *version)
{
	CLEANUP_STATEMENT sqlite3_stmt *s = NULL;
	bool row;
	TRY(database_prepare(db, "PRAGMA user_version", &s));
	TRY(database_step(s, "reading its version", &row));
	*version = row ? sqlite3_column_int64(s, 0) : 0;
	return NULL;
}

static struct error *migrate_step(sqlite3 *db, int64_t version)
{
	char pragma[48];
	snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %d", (int)version + 1);
	TRY(database_execute(db, migrations[version]));
	return database_execute(db, pragma);
}

static struct error *migrate(sqlite3 *db, const char *path)
{
	int64_t version;
	TRY(read_version(db, &version));
	if (version > SCHEMA_VERSION)
		return error_new(ERROR_SYSTEM,
				 "%s: written by a newer mmfarm (version %lld, this one knows %d)",
				 path, (long long)version, SCHEMA_VERSION);
	for (; version < SCHEMA_VERSION; version++) {
		TRY(database_execute(db, "BEGIN IMMEDIATE"));
		struct error *e = migrate_step(db, version);
		if (e) {
			error_free(database_execute(db, "ROLLBACK"));
			return e;
		}
		TRY(database_execute(db, "COMMIT"));
	}
	return NULL;
}

static struct error *set_up(sqlite3 *db, const char *path)
{
	sqlite3_busy_timeout(db, DATABASE_BUSY_MS);
	TRY(database_execute(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"));
	return migrate(db, path);
}

static struct error *open_database(const char *path, int flags, sqlite3 **out)
{
	if (path[0])
		TRY(database_check_file(path));
	sqlite3 *db = NULL;
	if (sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK) {
		*out = db;
		return NULL;
	}
	struct error *e = error_new(ERROR_SYSTEM, "%s: %s", path, sqlite3_errmsg(db));
	sqlite3_close(db);
	return e;
}

struct error *state_open(const char *path, struct farm_state **out)
{
	CLEANUP_STATE struct farm_state *s = memory_new(1, sizeof(*s));
	TRY(open_database(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &s->db));
	TRY(set_up(s->db, path));
	*out = STEAL(s);
	return NULL;
}

struct error *state_open_reader(const char *path, struct farm_state **out)
{
	CLEANUP_STATE struct farm_state *s = memory_new(1, sizeof(*s));
	TRY(database_read_only(path, &s->db));
	*out = STEAL(s);
	return NULL;
}

void state_close(struct farm_state *s)
{
	if (!s)
		return;
	state_statements_deinit(&s->statements);
	sqlite3_finalize(s->begin);
	sqlite3_finalize(s->commit);
	sqlite3_close(s->db);
	free(s);
}

// ---- loading and saving -------------------------------------------------------------------------

struct error *state_load(struct farm_state *s, struct planner *p)
{
	// Batches before the runs that were seen of them.
	static const enum row_kind kinds[] = {ROW_SCHEDULE, ROW_BOARD, ROW_BATCH, ROW_RESERVATION,
					      ROW_SEEN};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		TRY(state_rows_load(s->db, kinds[i], p));
	return NULL;
}

static struct error *save_entry(sqlite3 *db, const struct state_entry *e)
{
	CLEANUP_STATEMENT sqlite3_stmt *s = NULL;
	bool row;
	TRY(database_prepare(db,
			     e->value ? "INSERT OR REPLACE INTO entry VALUES (?1, ?2, ?3)"
				      : "DELETE FROM entry WHERE kind = ?1 AND key = ?2",
			     &s));
	sqlite3_bind_text(s, 1, e->kind, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 2, e->key, -1, SQLITE_STATIC);
	if (e->value)
		sqlite3_bind_text(s, 3, e->value, -1, SQLITE_STATIC);
	return database_step(s, "saving an entry", &row);
}

// A statement without arguments that is kept.
static struct error *carry_out(sqlite3 *db, const char *sql, sqlite3_stmt **kept)
{
	bool row;
	if (!*kept)
		TRY(database_prepare(db, sql, kept));
	struct error *e = database_step(*kept, sql, &row);
	sqlite3_reset(*kept);
	return e;
}

static struct error *write_all(struct farm_state *s, const struct planner_change *changes,
			       size_t changes_count, const struct state_entry *entries,
			       size_t count)
{
	for (size_t i = 0; i < changes_count; i++)
		TRY(state_rows_save(s->db, &s->statements, &changes[i]));
	for (size_t i = 0; i < count; i++)
		TRY(save_entry(s->db, &entries[i]));
	return carry_out(s->db, "COMMIT", &s->commit);
}

struct error *state_save(struct farm_state *s, struct planner *p, const struct state_entry *entries,
			 size_t count)
{
	size_t changes_count;
	const struct planner_change *changes = planner_unsaved(p, &changes_count);
	if (!changes_count && !count)
		return NULL;
	TRY(carry_out(s->db, "BEGIN IMMEDIATE", &s->begin));
	struct error *e = write_all(s, changes, changes_count, entries, count);
	if (e) {
		if (!sqlite3_get_autocommit(s->db))
			error_free(database_execute(s->db, "ROLLBACK"));
		return e;
	}
	planner_saved(p);
	return NULL;
}

// ---- questions ----------------------------------------------------------------------------------

struct error *state_entries(struct farm_state *s, const char *kind,
			    void (*take)(void *arg, const char *key, const char *value), void *arg)
{
	CLEANUP_STATEMENT sqlite3_stmt *st = NULL;
	TRY(database_prepare(s->db, "SELECT key, value FROM entry WHERE kind = ?1 ORDER BY key",
			     &st));
	sqlite3_bind_text(st, 1, kind, -1, SQLITE_STATIC);
	for (;;) {
		bool row;
		TRY(database_step(st, "reading entries", &row));
		if (!row)
			return NULL;
		take(arg, (const char *)sqlite3_column_text(st, 0),
		     (const char *)sqlite3_column_text(st, 1));
	}
}

struct error *state_fires(struct farm_state *s, const char *schedule, int64_t since_s, size_t limit,
			  void (*take)(void *arg, const struct fire_row *row), void *arg)
{
	CLEANUP_STATEMENT sqlite3_stmt *st = NULL;
	TRY(database_prepare(s->db,
			     "SELECT * FROM fire WHERE (?1 IS NULL OR schedule = ?1) AND last >= ?2"
			     " ORDER BY last DESC, schedule LIMIT ?3",
			     &st));
	if (schedule)
		sqlite3_bind_text(st, 1, schedule, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 2, since_s);
	sqlite3_bind_int64(st, 3, (int64_t)limit);
	for (;;) {
		bool row;
		TRY(database_step(st, "reading nominal times", &row));
		if (!row)
			return NULL;
		const struct fire_row fire = state_row_fire(st);
		take(arg, &fire);
	}
}

struct error *state_audit(struct farm_state *s, int64_t since_s, size_t limit,
			  void (*take)(void *arg, const struct audit_row *row), void *arg)
{
	CLEANUP_STATEMENT sqlite3_stmt *st = NULL;
	TRY(database_prepare(
	    s->db, "SELECT at, who, what FROM audit WHERE at >= ?1 ORDER BY id DESC LIMIT ?2",
	    &st));
	sqlite3_bind_int64(st, 1, since_s);
	sqlite3_bind_int64(st, 2, (int64_t)limit);
	for (;;) {
		bool row;
		TRY(database_step(st, "reading the audit", &row));
		if (!row)
			return NULL;
		const struct audit_row audit = {sqlite3_column_int64(st, 0),
						(char *)(uintptr_t)sqlite3_column_text(st, 1),
						(char *)(uintptr_t)sqlite3_column_text(st, 2)};
		take(arg, &audit);
	}
}

// ---- the copy -----------------------------------------------------------------------------------

static struct error *forget_old(sqlite3 *db, int64_t now_s)
{
	char sql[160];
	long long before = (long long)now_s - STATE_KEEP_DAYS * INT64_C(86400);
	snprintf(sql, sizeof(sql),
		 "DELETE FROM fire WHERE last < %lld; DELETE FROM audit WHERE at < %lld", before,
		 before);
	return database_execute(db, sql);
}

static struct error *copy_database(sqlite3 *from, const char *path)
{
	sqlite3 *to = NULL;
	TRY(open_database(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &to));
	sqlite3_backup *copy = sqlite3_backup_init(to, "main", from, "main");
	struct error *e = NULL;
	if (!copy || sqlite3_backup_step(copy, -1) != SQLITE_DONE)
		e = error_new(ERROR_SYSTEM, "%s: %s", path, sqlite3_errmsg(to));
	if (copy)
		sqlite3_backup_finish(copy);
	sqlite3_close(to);
	return e;
}

struct error *state_back_up(struct farm_state *s, const char *path, int64_t now_s)
{
	TRY(forget_old(s->db, now_s));
	CLEANUP_FREE char *making = memory_printf("%s.tmp", path);
	unlink(making);
	TRY(copy_database(s->db, making));
	if (rename(making, path) < 0)
		return error_new(ERROR_SYSTEM, "%s: cannot be put in place", path);
	return NULL;
}
