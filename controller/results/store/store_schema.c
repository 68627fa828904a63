// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/store/store_schema.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/memory.h"
#include "text/format.h"

// clang-format off: one column a line
static const char version_1[] =
    "CREATE TABLE batches ("
    " id TEXT PRIMARY KEY NOT NULL,"
    " job TEXT NOT NULL,"
    " lab TEXT,"
    " origin TEXT NOT NULL,"
    " start_time TEXT NOT NULL,"
    " finish_time TEXT,"
    " comment TEXT,"
    " tree_name TEXT,"
    " git_repository_url TEXT,"
    " git_repository_branch TEXT,"
    " git_commit_hash TEXT,"
    " git_commit_name TEXT,"
    " patchset_hash TEXT"
    ") WITHOUT ROWID;"

    "CREATE TABLE runs ("
    " key INTEGER PRIMARY KEY NOT NULL,"
    " id TEXT UNIQUE NOT NULL,"
    " batch TEXT NOT NULL,"
    " job TEXT NOT NULL,"
    " variant TEXT NOT NULL,"
    " attempt INTEGER NOT NULL,"
    " board TEXT NOT NULL,"
    " board_type TEXT NOT NULL,"
    " pool TEXT,"
    " midr INTEGER," // what the board said, or is declared to have
    " implementer INTEGER,"
    " part INTEGER,"
    " cpu_variant INTEGER,"
    " revision INTEGER,"
    " cpu TEXT,"
    " bbm INTEGER,"
    " bbml2 INTEGER,"
    " payload_kind TEXT NOT NULL,"
    " payload TEXT NOT NULL,"
    " payload_sha256 TEXT,"
    " arguments TEXT,"
    " version TEXT,"
    " start_time TEXT NOT NULL,"
    " duration REAL,"
    " status INTEGER NOT NULL,"
    " reason TEXT NOT NULL,"
    " wanted INTEGER NOT NULL,"
    " outcome TEXT,"
    " boots INTEGER,"
    " clock_hz REAL,"
    " error_code TEXT,"
    " error_message TEXT,"
    " log_bytes INTEGER,"
    " log_lines INTEGER,"
    " log_sha256 TEXT,"
    " splats INTEGER NOT NULL"
    ");"
    "CREATE INDEX runs_batch ON runs (batch);"
    "CREATE INDEX runs_job ON runs (job, key);"
    "CREATE INDEX runs_board ON runs (board, key);"
    "CREATE INDEX runs_board_type ON runs (board_type, key);"
    "CREATE INDEX runs_pool ON runs (pool, key);"
    "CREATE INDEX runs_cpu ON runs (implementer, part, key);"
    "CREATE INDEX runs_status ON runs (status, key);"

    "CREATE TABLE paths ("
    " key INTEGER PRIMARY KEY NOT NULL,"
    " path TEXT UNIQUE NOT NULL"
    ");"

    // Which runs a path can be in: it is rarely in those of all jobs.
    "CREATE TABLE path_jobs ("
    " path INTEGER NOT NULL REFERENCES paths (key),"
    " job TEXT NOT NULL,"
    " PRIMARY KEY (path, job)"
    ") WITHOUT ROWID;"

    // The rows of a run stand together, by path: taking in a run touches few pages however big the
    // table is, and a path's history is one look-up a run.
    "CREATE TABLE tests ("
    " run INTEGER NOT NULL REFERENCES runs (key) ON DELETE CASCADE,"
    " seq INTEGER NOT NULL,"
    " path INTEGER NOT NULL REFERENCES paths (key),"
    " status INTEGER NOT NULL,"
    " expected INTEGER,"
    " line INTEGER,"
    " comment TEXT," // of results that are not PASS
    " PRIMARY KEY (run, path, seq)"
    ") WITHOUT ROWID;"
    "CREATE INDEX tests_trouble ON tests (run, path) WHERE status < 3;"
    "CREATE INDEX tests_trouble_path ON tests (path, run) WHERE status < 3;"

    "CREATE TABLE metrics ("
    " run INTEGER NOT NULL REFERENCES runs (key) ON DELETE CASCADE,"
    " seq INTEGER NOT NULL,"
    " path INTEGER NOT NULL REFERENCES paths (key),"
    " status INTEGER NOT NULL,"
    " value REAL NOT NULL,"
    " unit TEXT,"
    " samples INTEGER,"
    " min REAL, max REAL, p90 REAL, mad REAL, cycles REAL,"
    " line INTEGER,"
    " PRIMARY KEY (run, path, seq)"
    ") WITHOUT ROWID;"

    "CREATE TABLE findings ("
    " run INTEGER NOT NULL REFERENCES runs (key) ON DELETE CASCADE,"
    " seq INTEGER NOT NULL,"
    " line INTEGER NOT NULL,"
    " line_last INTEGER,"
    " byte_first INTEGER,"
    " byte_last INTEGER,"
    " class TEXT NOT NULL,"
    " sub TEXT,"
    " func TEXT,"
    " file TEXT,"
    " title TEXT NOT NULL,"
    " sig1 TEXT, sig2 TEXT NOT NULL, sig3 TEXT,"
    " severity INTEGER,"
    " fatal INTEGER NOT NULL,"
    " complete INTEGER NOT NULL,"
    " folded_into INTEGER,"
    " wanted INTEGER NOT NULL,"
    " rules_version INTEGER NOT NULL,"
    " PRIMARY KEY (run, seq)"
    ") WITHOUT ROWID;"
    "CREATE INDEX findings_sig1 ON findings (sig1, run);"
    "CREATE INDEX findings_sig2 ON findings (sig2, run);";

static const char version_2[] = "ALTER TABLE runs ADD COLUMN emulator TEXT;"; // NULL: a real board

// Rare answers must not be looked for in every row: verdicts of metrics, tests that were skipped, a
// signature at any of its levels.
static const char version_3[] =
    "CREATE INDEX tests_rest ON tests (run, path) WHERE status > 3;"
    "CREATE INDEX tests_rest_path ON tests (path, run) WHERE status > 3;"
    "CREATE INDEX metrics_trouble ON metrics (run, path) WHERE status < 3;"
    "CREATE INDEX metrics_trouble_path ON metrics (path, run) WHERE status < 3;"
    "CREATE INDEX findings_sig3 ON findings (sig3, run);";

// Why a run was added (the id of another one), and what it cost its board; NULL: not said.
static const char version_4[] = "ALTER TABLE runs ADD COLUMN retry_of TEXT;"
				"ALTER TABLE runs ADD COLUMN confirms TEXT;"
				"ALTER TABLE runs ADD COLUMN rerun_of TEXT;"
				"ALTER TABLE runs ADD COLUMN power_cycles INTEGER;"
				"ALTER TABLE runs ADD COLUMN erase_cycles INTEGER;";

static const char version_5[] = "ALTER TABLE metrics ADD COLUMN step REAL;"; // NULL: not said

// clang-format on

// Step i brings a file from user_version i to i + 1. Steps are never edited once released: a change
// is a new step.
static const char *const migrations[] = {version_1, version_2, version_3, version_4, version_5};

size_t store_schema_current(void)
{
	return sizeof(migrations) / sizeof(migrations[0]);
}

// ---- bringing a file up to date -----------------------------------------------------------------

struct error *store_schema_version(sqlite3 *db, size_t *out)
{
	CLEANUP_STATEMENT sqlite3_stmt *statement = NULL;
	TRY(database_prepare(db, "PRAGMA user_version", &statement));
	if (sqlite3_step(statement) != SQLITE_ROW)
		return database_error(db, "PRAGMA user_version");
	*out = (size_t)sqlite3_column_int64(statement, 0);
	return NULL;
}

// Inside one transaction, so that two processes opening a new store do not both create it.
static struct error *migrate_locked(sqlite3 *db)
{
	size_t version;
	TRY(store_schema_version(db, &version));
	if (version > store_schema_current())
		return error_new(ERROR_CONFIG,
				 "%s: written by a newer mmfarm (schema %zu, this one knows %zu)",
				 sqlite3_db_filename(db, "main"), version, store_schema_current());
	for (; version < store_schema_current(); version++) {
		TRY(database_execute(db, migrations[version]));
		CLEANUP_FREE char *set = memory_printf("PRAGMA user_version = %zu", version + 1);
		TRY(database_execute(db, set));
	}
	return NULL;
}

struct error *store_migrate(sqlite3 *db)
{
	size_t version;
	TRY(store_schema_version(db, &version));
	if (version == store_schema_current())
		return NULL;
	TRY(database_execute(db, "BEGIN IMMEDIATE"));
	struct error *e = migrate_locked(db);
	if (!e)
		e = database_execute(db, "COMMIT");
	if (e)
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return e;
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

int64_t store_first_key_of(const char *start_time)
{
	return store_run_key("", start_time) & ~(int64_t)0xfffff;
}
