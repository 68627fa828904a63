// SPDX-License-Identifier: GPL-2.0-or-later
// What triage/ asks: everything that the runs of a batch showed.
#include "record/json_fields.h"
#include "results/store/store_ask.h"
#include "results/store/store_query.h"
#include "results/store/store_schema.h"

static const char triage[] = "triage"; // in errors

struct error *query_batch(struct store *s, const char *id, struct arena *arena,
			  struct query_batch *out, bool *found)
{
	static const char sql[] =
	    "SELECT b.id, b.job, b.start_time, b.git_commit_hash,"
	    " coalesce(b.git_commit_name, substr(b.git_commit_hash, 1, 12)) FROM batches b"
	    " WHERE b.id = ?1";
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	TRY(store_rows_new(s, sql, triage, &r));
	store_rows_bind_text(r, 1, id);
	TRY(store_rows_next(r, found));
	if (*found)
		*out =
		    (struct query_batch){store_rows_keep(r, 0, arena), store_rows_keep(r, 1, arena),
					 store_rows_keep(r, 2, arena), store_rows_keep(r, 3, arena),
					 store_rows_keep(r, 4, arena)};
	return NULL;
}

struct error *query_batches(struct store *s, struct store_rows **out)
{
	return store_rows_new(s,
			      "SELECT id, job, start_time, git_commit_hash,"
			      " coalesce(git_commit_name, substr(git_commit_hash, 1, 12))"
			      " FROM batches ORDER BY start_time DESC, id",
			      triage, out);
}

struct error *query_batches_next(struct store_rows *r, struct query_batch *out, bool *row)
{
	TRY(store_rows_next(r, row));
	if (*row)
		*out = (struct query_batch){store_rows_text(r, 0), store_rows_text(r, 1),
					    store_rows_text(r, 2), store_rows_text(r, 3),
					    store_rows_text(r, 4)};
	return NULL;
}

static struct error *ask(struct store *s, const char *sql, const char *batch,
			 struct store_rows **out)
{
	TRY(store_rows_new(s, sql, triage, out));
	store_rows_bind_text(*out, 1, batch);
	return NULL;
}

struct error *query_triage_runs(struct store *s, const char *batch, struct store_rows **out)
{
	return ask(
	    s,
	    "SELECT key, id, variant, board, board_type, pool, midr, cpu, bbml2, payload_sha256,"
	    " payload, arguments, version, status, " REASON_HEAD(
		"reason") ", outcome, emulator,"
			  " id IN (SELECT retry_of FROM runs WHERE batch = ?1)"
			  " FROM runs INDEXED BY runs_batch WHERE batch = ?1 ORDER BY key",
	    batch, out);
}

struct error *query_triage_count(struct store *s, const char *batch, size_t *out)
{
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	bool row;
	TRY(ask(s, "SELECT count(*) FROM runs WHERE batch = ?1", batch, &r));
	TRY(store_rows_next(r, &row));
	*out = row ? (size_t)store_rows_integer(r, 0) : 0;
	return NULL;
}

static int64_t integer_or(const struct store_rows *r, size_t column, int64_t otherwise)
{
	return store_rows_kind(r, column) == STORE_NOTHING ? otherwise
							   : store_rows_integer(r, column);
}

struct error *query_triage_runs_next(struct store_rows *r, struct query_triage_run *out, bool *row)
{
	TRY(store_rows_next(r, row));
	if (!*row)
		return NULL;
	*out = (struct query_triage_run){
	    .key = store_rows_integer(r, 0),
	    .start_ms = store_rows_integer(r, 0) >> 20,
	    .id = store_rows_text(r, 1),
	    .variant = store_rows_text(r, 2),
	    .board = store_rows_text(r, 3),
	    .board_type = store_rows_text(r, 4),
	    .pool = store_rows_text(r, 5),
	    .midr = store_rows_integer(r, 6),
	    .cpu = store_rows_text(r, 7),
	    .bbml2 = integer_or(r, 8, FIELDS_UNKNOWN),
	    .sha256 = store_rows_text(r, 9),
	    .payload = store_rows_text(r, 10),
	    .arguments = store_rows_text(r, 11),
	    .version = store_rows_text(r, 12),
	    .status = (enum status)store_rows_integer(r, 13),
	    .reason = store_rows_text(r, 14),
	    .outcome = store_rows_text(r, 15),
	    .emulator = store_rows_text(r, 16),
	    .repeated = store_rows_integer(r, 17) != 0,
	};
	return NULL;
}

struct error *query_triage_splats(struct store *s, const char *batch, struct store_rows **out)
{
	return ask(s,
		   "SELECT r.key, f.class, f.sig2, f.func, f.file, f.title, f.severity, f.line,"
		   " f.byte_first, f.byte_last, f.wanted FROM runs r INDEXED BY runs_batch"
		   " JOIN findings f ON f.run = r.key WHERE r.batch = ?1 AND f.folded_into IS NULL"
		   " ORDER BY r.key, f.seq",
		   batch, out);
}

struct error *query_triage_splats_next(struct store_rows *r, struct query_triage_splat *out,
				       bool *row)
{
	TRY(store_rows_next(r, row));
	if (!*row)
		return NULL;
	*out = (struct query_triage_splat){
	    .run = store_rows_integer(r, 0),
	    .class = store_rows_text(r, 1),
	    .sig2 = store_rows_text(r, 2),
	    .function = store_rows_text(r, 3),
	    .file = store_rows_text(r, 4),
	    .title = store_rows_text(r, 5),
	    .severity = integer_or(r, 6, FIELDS_UNKNOWN),
	    .line = integer_or(r, 7, FIELDS_UNKNOWN),
	    .byte_first = integer_or(r, 8, FIELDS_UNKNOWN),
	    .byte_last = integer_or(r, 9, FIELDS_UNKNOWN),
	    .wanted = store_rows_integer(r, 10) != 0,
	};
	return NULL;
}

struct error *query_triage_tests(struct store *s, const char *batch, struct store_rows **out)
{
	return ask(s,
		   "SELECT r.key, p.path, t.status, t.expected, t.line FROM runs r"
		   " INDEXED BY runs_batch JOIN tests t INDEXED BY tests_trouble ON t.run = r.key"
		   " JOIN paths p ON p.key = t.path WHERE r.batch = ?1 AND t.status < 3"
		   " AND t.status < 2 ORDER BY r.key, t.seq",
		   batch, out);
}

struct error *query_triage_tests_next(struct store_rows *r, struct query_triage_test *out,
				      bool *row)
{
	TRY(store_rows_next(r, row));
	if (!*row)
		return NULL;
	*out = (struct query_triage_test){
	    .run = store_rows_integer(r, 0),
	    .path = store_rows_text(r, 1),
	    .status = (enum status)store_rows_integer(r, 2),
	    .expected = (enum status)integer_or(r, 3, STATUS_NONE),
	    .line = integer_or(r, 4, FIELDS_UNKNOWN),
	};
	return NULL;
}

struct error *query_triage_ran(struct store *s, const char *batch, const char *path,
			       void (*visit)(void *context, int64_t run), void *context)
{
	static const char sql[] =
	    "SELECT r.key FROM runs r INDEXED BY runs_batch WHERE r.batch = ?1 AND EXISTS"
	    " (SELECT 1 FROM tests t WHERE t.run = r.key AND t.path = ?2 AND t.status <> 5)"
	    " ORDER BY r.key";
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	TRY(ask(s, sql, batch, &r));
	store_rows_bind_integer(r, 2, store_path_key(path));
	for (bool row = true;;) {
		TRY(store_rows_next(r, &row));
		if (!row)
			return NULL;
		visit(context, store_rows_integer(r, 0));
	}
}
