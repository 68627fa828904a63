// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/store/store_insert.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "results/store/store_schema.h"

enum statement {
	FIND_RUN,
	KEY_IN_USE,
	DELETE_RUN,
	INSERT_RUN,
	INSERT_PATH,
	PATH_OF_KEY,
	INSERT_PATH_JOB,
	INSERT_TEST,
	INSERT_METRIC,
	INSERT_FINDING,
	INSERT_BATCH,
	DELETE_BATCH,
	STATEMENTS,
};

static const char *const sql[STATEMENTS] = {
    [FIND_RUN] = "SELECT key FROM runs WHERE id = ?",
    [KEY_IN_USE] = "SELECT 1 FROM runs WHERE key = ?",
    [DELETE_RUN] = "DELETE FROM runs WHERE key = ?",
    [INSERT_RUN] =
	("INSERT INTO runs VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,"
	 "?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"),
    [INSERT_PATH] = "INSERT OR IGNORE INTO paths VALUES (?,?)",
    [PATH_OF_KEY] = "SELECT path = ? FROM paths WHERE key = ?",
    [INSERT_PATH_JOB] = "INSERT OR IGNORE INTO path_jobs VALUES (?,?)",
    [INSERT_TEST] = "INSERT INTO tests VALUES (?,?,?,?,?,?,?)",
    [INSERT_METRIC] = "INSERT INTO metrics VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [INSERT_FINDING] = "INSERT INTO findings VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [DELETE_BATCH] = "DELETE FROM batches WHERE id = ?",
    [INSERT_BATCH] = "INSERT OR REPLACE INTO batches VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
};

struct store_insert {
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENTS];
};

struct error *store_insert_new(sqlite3 *db, struct store_insert **out)
{
	struct store_insert *i = memory_new(1, sizeof(*i));
	i->db = db;
	for (int s = 0; s < STATEMENTS; s++) {
		struct error *e = database_prepare(db, sql[s], &i->statements[s]);
		if (e) {
			store_insert_free(i);
			return e;
		}
	}
	*out = i;
	return NULL;
}

void store_insert_free(struct store_insert *i)
{
	if (!i)
		return;
	for (int s = 0; s < STATEMENTS; s++)
		sqlite3_finalize(i->statements[s]);
	free(i);
}

// ---- binding in order ---------------------------------------------------------------------------

struct row_binding {
	struct store_insert *in;
	sqlite3_stmt *statement;
	int column;
};

static struct row_binding start_row(struct store_insert *i, enum statement s)
{
	sqlite3_reset(i->statements[s]);
	sqlite3_clear_bindings(i->statements[s]);
	return (struct row_binding){i, i->statements[s], 0};
}

// The texts outlive the step, so SQLite need not copy them.
static void put_text(struct row_binding *r, const char *s)
{
	r->column++;
	if (s)
		sqlite3_bind_text(r->statement, r->column, s, -1, SQLITE_STATIC);
}

static void put_int(struct row_binding *r, int64_t v)
{
	r->column++;
	if (v != MODEL_UNKNOWN)
		sqlite3_bind_int64(r->statement, r->column, v);
}

static void put_double(struct row_binding *r, double v)
{
	r->column++;
	if (isfinite(v))
		sqlite3_bind_double(r->statement, r->column, v);
}

static void put_status(struct row_binding *r, enum status s)
{
	put_int(r, s == STATUS_NONE ? MODEL_UNKNOWN : (int64_t)s);
}

static struct error *end_row(struct row_binding *r)
{
	int rc = sqlite3_step(r->statement);
	struct error *e = rc == SQLITE_DONE || rc == SQLITE_ROW
			      ? NULL
			      : database_error(r->in->db, sqlite3_sql(r->statement));
	sqlite3_reset(r->statement);
	return e;
}

// Runs a SELECT of at most one row; `*value` is its only column.
static struct error *select_one(struct row_binding *r, bool *found, int64_t *value)
{
	int rc = sqlite3_step(r->statement);
	*found = rc == SQLITE_ROW;
	if (*found)
		*value = sqlite3_column_int64(r->statement, 0);
	struct error *e = rc == SQLITE_DONE || rc == SQLITE_ROW
			      ? NULL
			      : database_error(r->in->db, sqlite3_sql(r->statement));
	sqlite3_reset(r->statement);
	return e;
}

// ---- rows ---------------------------------------------------------------------------------------

struct error *store_delete_run(struct store_insert *i, const char *id)
{
	struct row_binding row = start_row(i, FIND_RUN);
	put_text(&row, id);
	bool found;
	int64_t key = 0;
	TRY(select_one(&row, &found, &key));
	if (!found)
		return NULL;
	row = start_row(i, DELETE_RUN);
	put_int(&row, key);
	return end_row(&row);
}

// Two runs that share a millisecond and 20 bits of hash are one in a million pairs of simultaneous
// starts; the second takes the next number.
static struct error *free_key(struct store_insert *i, const struct run *r, int64_t *key)
{
	*key = store_run_key(r->id, r->start_time);
	for (bool used = true; used; *key += used) {
		struct row_binding row = start_row(i, KEY_IN_USE);
		int64_t one;
		put_int(&row, *key);
		TRY(select_one(&row, &used, &one));
	}
	return NULL;
}

static struct error *insert_path(struct store_insert *i, const char *path, const char *job,
				 int64_t *key)
{
	*key = store_path_key(path);
	struct row_binding row = start_row(i, PATH_OF_KEY);
	bool found;
	int64_t same = 0;
	put_text(&row, path);
	put_int(&row, *key);
	TRY(select_one(&row, &found, &same));
	if (found && !same)
		return error_new(ERROR_BUG, "path \"%s\" has the key of another path", path);
	if (!found) {
		row = start_row(i, INSERT_PATH);
		put_int(&row, *key);
		put_text(&row, path);
		TRY(end_row(&row));
	}
	row = start_row(i, INSERT_PATH_JOB);
	put_int(&row, *key);
	put_text(&row, job);
	return end_row(&row);
}

static void put_midr(struct row_binding *row, const char *text)
{
	char *end = NULL;
	unsigned long long midr = text ? strtoull(text, &end, 0) : 0;
	bool known = text && end != text && *end == '\0' && midr <= UINT32_MAX;
	put_int(row, known ? (int64_t)midr : MODEL_UNKNOWN);
	put_int(row, known ? (int64_t)(midr >> 24) : MODEL_UNKNOWN);
	put_int(row, known ? (int64_t)(midr >> 4 & 0xfff) : MODEL_UNKNOWN);
	put_int(row, known ? (int64_t)(midr >> 20 & 0xf) : MODEL_UNKNOWN);
	put_int(row, known ? (int64_t)(midr & 0xf) : MODEL_UNKNOWN);
}

static void put_cpu(struct row_binding *row, const struct run *r)
{
	const struct run_cpu *own = r->cpus_count > 0 ? &r->cpus[0] : NULL;
	const struct cpu *declared = r->board->cpu;
	put_midr(row, own && own->midr ? own->midr : declared ? declared->midr : NULL);
	put_text(row, declared ? declared->name : NULL);
	put_int(row, own ? own->bbm : declared ? declared->bbm : MODEL_UNKNOWN);
	put_int(row, declared ? declared->bbml2 : MODEL_UNKNOWN);
}

static struct error *insert_run_row(struct store_insert *i, const struct run *r, int64_t key)
{
	struct row_binding row = start_row(i, INSERT_RUN);
	put_int(&row, key);
	put_text(&row, r->id);
	put_text(&row, r->batch);
	put_text(&row, r->job);
	put_text(&row, r->variant);
	put_int(&row, r->attempt);
	put_text(&row, r->board->name);
	put_text(&row, r->board->type);
	put_text(&row, r->board->pool);
	put_cpu(&row, r);
	put_text(&row, r->payload->kind);
	put_text(&row, r->payload->name);
	put_text(&row, r->payload->sha256);
	put_text(&row, r->payload->arguments);
	put_text(&row, r->payload->version);
	put_text(&row, r->start_time);
	put_double(&row, r->duration);
	put_status(&row, r->verdict);
	put_text(&row, r->reason);
	put_int(&row, r->wanted);
	put_text(&row, r->outcome);
	put_int(&row, r->boots);
	put_double(&row, r->clock_hz);
	put_text(&row, r->error ? r->error->code : NULL);
	put_text(&row, r->error ? r->error->message : NULL);
	put_int(&row, r->log ? r->log->bytes : MODEL_UNKNOWN);
	put_int(&row, r->log ? r->log->lines : MODEL_UNKNOWN);
	put_text(&row, r->log ? r->log->sha256 : NULL);
	put_int(&row, (int64_t)run_splats(r));
	put_text(&row, r->board->emulator);
	put_text(&row, r->retry_of);
	put_text(&row, r->confirms);
	put_text(&row, r->rerun_of);
	put_int(&row, r->cycles ? r->cycles->power : MODEL_UNKNOWN);
	put_int(&row, r->cycles ? r->cycles->erase : MODEL_UNKNOWN);
	return end_row(&row);
}

static struct error *insert_test(struct store_insert *i, const struct run *r, int64_t run,
				 size_t seq)
{
	const struct test *t = &r->tests[seq];
	int64_t path;
	TRY(insert_path(i, t->path, r->job, &path));
	struct row_binding row = start_row(i, INSERT_TEST);
	put_int(&row, run);
	put_int(&row, (int64_t)seq);
	put_int(&row, path);
	put_status(&row, t->status);
	put_status(&row, t->expected);
	put_int(&row, t->line);
	put_text(&row, t->status == STATUS_PASS ? NULL : t->comment);
	return end_row(&row);
}

static struct error *insert_metric(struct store_insert *i, const struct run *r, int64_t run,
				   size_t seq)
{
	const struct metric *m = &r->metrics[seq];
	int64_t path;
	TRY(insert_path(i, m->path, r->job, &path));
	struct row_binding row = start_row(i, INSERT_METRIC);
	put_int(&row, run);
	put_int(&row, (int64_t)seq);
	put_int(&row, path);
	put_status(&row, m->status == STATUS_NONE ? STATUS_DONE : m->status);
	put_double(&row, m->value);
	put_text(&row, m->unit);
	put_int(&row, m->n);
	put_double(&row, m->min);
	put_double(&row, m->max);
	put_double(&row, m->p90);
	put_double(&row, m->mad);
	put_double(&row, m->cycles);
	put_int(&row, m->line);
	put_double(&row, m->step);
	return end_row(&row);
}

static struct error *insert_finding(struct store_insert *i, int64_t run, size_t seq,
				    const struct finding *f)
{
	struct row_binding row = start_row(i, INSERT_FINDING);
	put_int(&row, run);
	put_int(&row, (int64_t)seq);
	put_int(&row, f->line);
	put_int(&row, f->line_last);
	put_int(&row, f->byte_first);
	put_int(&row, f->byte_last);
	put_text(&row, f->class);
	put_text(&row, f->sub);
	put_text(&row, f->func);
	put_text(&row, f->file);
	put_text(&row, f->title);
	put_text(&row, f->sig1);
	put_text(&row, f->sig2);
	put_text(&row, f->sig3);
	put_int(&row, f->severity);
	put_int(&row, f->fatal);
	put_int(&row, f->complete);
	put_int(&row, f->folded_into);
	put_int(&row, f->wanted);
	put_int(&row, f->rules_version);
	return end_row(&row);
}

struct error *store_insert_run(struct store_insert *i, const struct run *r)
{
	int64_t key;
	TRY(store_delete_run(i, r->id));
	TRY(free_key(i, r, &key));
	TRY(insert_run_row(i, r, key));
	for (size_t n = 0; n < r->tests_count; n++)
		TRY(insert_test(i, r, key, n));
	for (size_t n = 0; n < r->metrics_count; n++)
		TRY(insert_metric(i, r, key, n));
	for (size_t n = 0; n < r->findings_count; n++)
		TRY(insert_finding(i, key, n, &r->findings[n]));
	return NULL;
}

struct error *store_insert_batch(struct store_insert *i, const struct batch_record *b)
{
	static const struct checkout none;
	const struct checkout *c = b->checkout ? b->checkout : &none;
	struct row_binding row = start_row(i, INSERT_BATCH);
	put_text(&row, b->id);
	put_text(&row, b->job);
	put_text(&row, b->lab);
	put_text(&row, b->origin);
	put_text(&row, b->start_time);
	put_text(&row, b->finish_time);
	put_text(&row, b->comment);
	put_text(&row, c->tree_name);
	put_text(&row, c->git_repository_url);
	put_text(&row, c->git_repository_branch);
	put_text(&row, c->git_commit_hash);
	put_text(&row, c->git_commit_name);
	put_text(&row, c->patchset_hash);
	return end_row(&row);
}

struct error *store_delete_batch(struct store_insert *i, const char *id)
{
	struct row_binding row = start_row(i, DELETE_BATCH);
	put_text(&row, id);
	return end_row(&row);
}
