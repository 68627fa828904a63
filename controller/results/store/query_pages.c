// SPDX-License-Identifier: GPL-2.0-or-later
// What the pages ask (web/).
#include "base/buffer.h"
#include "results/store/store_ask.h"
#include "results/store/store_query.h"
#include "results/store/store_schema.h"

#define STATUS_WORD(column)                                                         \
	"CASE " column " WHEN 0 THEN 'FAIL' WHEN 1 THEN 'ERROR' WHEN 2 THEN 'MISS'" \
	" WHEN 3 THEN 'PASS' WHEN 4 THEN 'DONE' WHEN 5 THEN 'SKIP' END"
#define MIDR_SQL "printf('0x%08x', r.midr)"

static const char pages[] = "a page"; // in errors

// ---- what went wrong in a batch -----------------------------------------------------------------

// Columns: signature, class, path, reason, title, func, run, board, pool, variant, status, line.
#define OF_RUN " r.id, r.board, r.pool, r.variant, r.status"

static const char splats_of[] =
    "SELECT f.sig2, f.class, NULL, NULL, f.title, f.func," OF_RUN ", f.line"
    " FROM runs r INDEXED BY runs_batch JOIN findings f ON f.run = r.key"
    " WHERE r.batch = ?1 AND NOT f.wanted AND f.folded_into IS NULL"
    " ORDER BY f.class, f.sig2, r.board, r.key, f.line";

static const char tests_of[] =
    "SELECT NULL, NULL, p.path, NULL, coalesce(t.comment, ''), NULL," OF_RUN ", t.line"
    " FROM runs r INDEXED BY runs_batch JOIN tests t INDEXED BY tests_trouble ON t.run = r.key"
    " JOIN paths p ON p.key = t.path"
    " WHERE r.batch = ?1 AND t.status < 3 AND t.status < 2 AND t.expected IS NULL"
    " ORDER BY r.variant, p.path, r.board, r.key";

static const char runs_of[] = "SELECT NULL, NULL, NULL, " REASON_HEAD(
    "r.reason") ", r.reason, NULL," OF_RUN ", NULL"
		" FROM runs r INDEXED BY runs_batch WHERE r.batch = ?1 AND r.status < 2"
		" AND NOT EXISTS (SELECT 1 FROM findings f WHERE f.run = r.key AND NOT f.wanted)"
		" AND NOT EXISTS (SELECT 1 FROM tests t WHERE t.run = r.key AND t.status < 2"
		" AND t.expected IS NULL) ORDER BY r.variant, 4, r.board, r.key";

static const char lab_of[] =
    "SELECT NULL, NULL, NULL, r.reason, r.reason, NULL," OF_RUN ", NULL"
    " FROM runs r INDEXED BY runs_batch WHERE r.batch = ?1 AND r.status = 2"
    " ORDER BY r.board, r.reason, r.key";

static struct error *visit_sightings(struct store *s, const char *sql, const char *batch,
				     enum query_trouble kind,
				     void (*visit)(void *context, const struct query_sighting *g),
				     void *context)
{
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	TRY(store_rows_new(s, sql, pages, &r));
	store_rows_bind_text(r, 1, batch);
	for (bool row = true;;) {
		TRY(store_rows_next(r, &row));
		if (!row)
			return NULL;
		bool line = store_rows_kind(r, 11) == STORE_INTEGER;
		const struct query_sighting g = {
		    .kind = kind,
		    .symptom = {.signature = store_rows_text(r, 0),
				.class = store_rows_text(r, 1),
				.path = store_rows_text(r, 2),
				.reason = store_rows_text(r, 3),
				.variant = store_rows_text(r, 9)},
		    .title = store_rows_text(r, 4),
		    .func = store_rows_text(r, 5),
		    .run = store_rows_text(r, 6),
		    .board = store_rows_text(r, 7),
		    .pool = store_rows_text(r, 8),
		    .variant = store_rows_text(r, 9),
		    .status = (enum status)store_rows_integer(r, 10),
		    .line = line ? store_rows_integer(r, 11) : MODEL_UNKNOWN,
		};
		visit(context, &g);
	}
}

struct error *query_sightings(struct store *s, const char *batch,
			      void (*visit)(void *context, const struct query_sighting *g),
			      void *context)
{
	TRY(visit_sightings(s, splats_of, batch, QUERY_SPLAT, visit, context));
	TRY(visit_sightings(s, tests_of, batch, QUERY_TEST, visit, context));
	TRY(visit_sightings(s, runs_of, batch, QUERY_RUN, visit, context));
	return visit_sightings(s, lab_of, batch, QUERY_LAB, visit, context);
}

// ---- boards -------------------------------------------------------------------------------------

// The newest run of each board is found by its index; the rest of its columns are that run's.
struct error *query_boards(struct store *s, const char *board_type, struct store_rows **out)
{
	static const char sql[] =
	    "SELECT r.board AS board, r.board_type, r.pool, r.cpu, " MIDR_SQL " AS midr,"
	    " r.id AS last_run, r.start_time AS last_time, " STATUS_WORD(
		"r.status") " AS status, n.runs AS runs FROM"
			    " (SELECT board, max(key) AS key, count(*) AS runs FROM runs"
			    " INDEXED BY runs_board GROUP BY board) n JOIN runs r ON r.key = n.key"
			    " WHERE ?1 IS NULL OR r.board_type = ?1"
			    " ORDER BY r.pool, r.board LIMIT 5000";
	TRY(store_rows_new(s, sql, pages, out));
	store_rows_bind_text(*out, 1, board_type);
	return NULL;
}

struct error *query_board_days(struct store *s, const char *board, int64_t since_ms,
			       struct store_rows **out)
{
	static const char sql[] = "SELECT substr(start_time, 1, 10) AS day, " STATUS_WORD(
	    "min(status)") " AS status, count(*) AS runs, sum(status < 3) AS trouble,"
			   " sum(power_cycles) AS power_cycles FROM runs INDEXED BY runs_board"
			   " WHERE board = ?1 AND key >= ?2 GROUP BY 1 ORDER BY 1";
	TRY(store_rows_new(s, sql, pages, out));
	store_rows_bind_text(*out, 1, board);
	store_rows_bind_integer(*out, 2, store_first_key(since_ms));
	return NULL;
}

// ---- findings -----------------------------------------------------------------------------------

// Written out so that the index of each level is used.
#define RUNS_WITH(signature)                                                    \
	"(SELECT run FROM findings WHERE sig1 = " signature " UNION SELECT run" \
	" FROM findings WHERE sig2 = " signature " UNION SELECT run FROM"       \
	" findings WHERE sig3 = " signature ")"

struct error *query_who_shows(struct store *s, const char *signature, struct store_rows **out)
{
	static const char sql[] = "WITH shown AS MATERIALIZED " RUNS_WITH(
	    "?1") ", tried AS MATERIALIZED (SELECT r.batch, r.variant"
		  " FROM shown JOIN runs r ON r.key = shown.run GROUP BY 1, 2 ORDER BY max(r.key) "
		  "DESC"
		  " LIMIT 50)"
		  " SELECT r.cpu, " MIDR_SQL " AS midr, r.board_type, r.pool, r.bbml2,"
		  " count(DISTINCT CASE WHEN r.key IN (SELECT run FROM shown) THEN r.board END) AS "
		  "shows,"
		  " count(DISTINCT r.board) AS ran FROM tried CROSS JOIN runs r INDEXED BY "
		  "runs_batch"
		  " ON r.batch = tried.batch AND r.variant = tried.variant WHERE r.status <> 2"
		  " GROUP BY r.cpu, r.midr, r.board_type, r.pool, r.bbml2"
		  " ORDER BY shows DESC, r.pool, r.cpu LIMIT 500";
	TRY(store_rows_new(s, sql, pages, out));
	store_rows_bind_text(*out, 1, signature);
	return NULL;
}

struct error *query_shown(struct store *s, const char *signature, int64_t limit,
			  struct store_rows **out)
{
	static const char sql[] = "WITH shown AS MATERIALIZED (SELECT run FROM " RUNS_WITH(
	    "?1") " ORDER BY run DESC LIMIT ?2)"
		  " SELECT r.id AS run, r.start_time, r.job, r.batch, r.variant, r.board, r.pool,"
		  " " STATUS_WORD(
		      "r.status") " AS status, min(f.line) AS line, f.line_last, f.title, f.class,"
				  " f.func, f.file, f.wanted FROM shown JOIN runs r ON r.key = "
				  "shown.run"
				  " JOIN findings f ON f.run = r.key AND (f.sig2 = ?1 OR f.sig1 = "
				  "?1 OR"
				  " f.sig3 = ?1) GROUP BY r.key ORDER BY r.key DESC";
	TRY(store_rows_new(s, sql, pages, out));
	store_rows_bind_text(*out, 1, signature);
	store_rows_bind_integer(*out, 2, limit);
	return NULL;
}

// ---- search -------------------------------------------------------------------------------------

// ?1 the words, ?2 a pattern of what holds them, ?3 of what begins so.
static const char search_sql[] =
    "SELECT * FROM (SELECT 'board' AS kind, board AS name, max(board_type) AS text FROM runs"
    " INDEXED BY runs_board WHERE board LIKE ?2 ESCAPE '\\' GROUP BY board LIMIT 20)"
    " UNION ALL SELECT * FROM (SELECT 'batch', id, job || ', ' || coalesce(comment, '') FROM "
    "batches"
    " WHERE id LIKE ?3 ESCAPE '\\' OR job LIKE ?2 ESCAPE '\\' OR git_commit_hash LIKE ?3 ESCAPE "
    "'\\'"
    " OR git_commit_name LIKE ?2 ESCAPE '\\' ORDER BY start_time DESC LIMIT 10)"
    " UNION ALL SELECT * FROM (SELECT 'run', id, board || ': ' || reason FROM runs"
    " WHERE id >= ?1 AND id < ?1 || char(1114111) ORDER BY id DESC LIMIT 10)"
    " UNION ALL SELECT * FROM (SELECT CASE WHEN EXISTS (SELECT 1 FROM metrics m JOIN runs r ON"
    " r.key = m.run WHERE m.path = paths.key AND r.key IN (SELECT key FROM runs ORDER BY key DESC"
    " LIMIT 100)) THEN 'metric' ELSE 'test' END, path, '' FROM paths"
    " WHERE path LIKE ?2 ESCAPE '\\' ORDER BY length(path), path LIMIT 30)"
    " UNION ALL SELECT * FROM (SELECT 'finding', sig2, max(title) FROM (SELECT sig2, title FROM"
    " findings WHERE title LIKE ?2 ESCAPE '\\' OR func LIKE ?2 ESCAPE '\\' OR sig1 = ?1 OR sig2 = "
    "?1"
    " OR sig3 = ?1 ORDER BY run DESC LIMIT 500) GROUP BY sig2 LIMIT 30)";

// `words` for LIKE, with nothing special in it.
static void put_like(const char *words, struct buffer *out)
{
	for (; *words; words++) {
		if (*words == '%' || *words == '_' || *words == '\\')
			buffer_append(out, "\\", 1);
		buffer_append(out, words, 1);
	}
	buffer_append(out, "%", 1);
}

struct error *query_search(struct store *s, const char *words, struct store_rows **out)
{
	CLEANUP_BUFFER struct buffer holds = {0}, begins = {0};
	buffer_append(&holds, "%", 1);
	put_like(words, &holds);
	put_like(words, &begins);
	TRY(store_rows_new(s, search_sql, pages, out));
	store_rows_bind_text(*out, 1, words);
	store_rows_bind_text(*out, 2, buffer_str(&holds));
	store_rows_bind_text(*out, 3, buffer_str(&begins));
	return NULL;
}

struct error *query_metric_paths(struct store *s, struct store_rows **out)
{
	static const char sql[] =
	    "SELECT p.path AS path, max(m.unit) AS unit, count(DISTINCT m.run) AS runs,"
	    " max(r.start_time) AS last_time FROM (SELECT key, start_time FROM runs"
	    " ORDER BY key DESC LIMIT 200) r JOIN metrics m ON m.run = r.key"
	    " JOIN paths p ON p.key = m.path GROUP BY p.path ORDER BY p.path LIMIT 5000";
	return store_rows_new(s, sql, pages, out);
}
