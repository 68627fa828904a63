// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/report/report_history.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

// The statements restrict to runs that began before this batch did: a report made again later says
// the same.
static int64_t first_key(const struct batch_report *r)
{
	// The key's hash bits are zero: all runs of that millisecond and later are left out.
	return store_run_key("", r->results->batch->start_time) & ~(int64_t)0xfffff;
}

static const char *column(struct batch_report *r, sqlite3_stmt *s, int i)
{
	const char *text = (const char *)sqlite3_column_text(s, i);
	return arena_strndup(&r->arena, text ? text : "", text ? strlen(text) : 0);
}

static void bind(sqlite3_stmt *s, int i, const char *text)
{
	if (text)
		sqlite3_bind_text(s, i, text, -1, SQLITE_TRANSIENT);
}

// ---- known --------------------------------------------------------------------------------------

// What a batch was made of, for people; NULL: it does not say.
static struct error *find_revision(struct batch_report *r, struct store *store, const char *batch,
				   const char **out)
{
	CLEANUP_STATEMENT sqlite3_stmt *s = NULL;
	TRY(store_prepare(store_database(store),
			  "SELECT coalesce(git_commit_name, substr(git_commit_hash, 1, 12))"
			  " FROM batches WHERE id = ?1 AND git_commit_hash IS NOT NULL",
			  &s));
	bind(s, 1, batch);
	*out = sqlite3_step(s) == SQLITE_ROW ? column(r, s, 0) : NULL;
	return NULL;
}

// Reads "count, first start, count in the previous batch, batch of the first" into the problem. (A
// plain column beside SQLite's min() is that of the smallest row.)
static struct error *take_history(struct batch_report *r, struct store *store,
				  struct report_problem *p, sqlite3_stmt *s)
{
	if (sqlite3_step(s) != SQLITE_ROW)
		return store_error(sqlite3_db_handle(s), "history");
	p->earlier_runs = (size_t)sqlite3_column_int64(s, 0);
	p->known = p->earlier_runs > 0;
	p->returned = p->known && sqlite3_column_int64(s, 2) == 0;
	if (!p->known)
		return NULL;
	p->since = column(r, s, 1);
	return find_revision(r, store, column(r, s, 3), &p->since_revision);
}

static struct error *splat_history(struct batch_report *r, struct store *store,
				   struct report_problem *p)
{
	CLEANUP_STATEMENT sqlite3_stmt *s = NULL;
	TRY(store_prepare(store_database(store),
			  "SELECT count(DISTINCT f.run), min(r.start_time), sum(r.batch = ?4),"
			  " r.batch"
			  " FROM findings f"
			  " INDEXED BY findings_sig2 JOIN runs r ON r.key = f.run"
			  " WHERE f.sig2 = ?1 AND f.class = ?2 AND f.run < ?3 AND NOT f.wanted",
			  &s));
	bind(s, 1, p->splat->best->finding->sig2);
	bind(s, 2, p->splat->best->finding->class);
	sqlite3_bind_int64(s, 3, first_key(r));
	bind(s, 4, r->previous_batch);
	return take_history(r, store, p, s);
}

static struct error *test_history(struct batch_report *r, struct store *store,
				  struct report_problem *p)
{
	CLEANUP_STATEMENT sqlite3_stmt *s = NULL;
	TRY(store_prepare(store_database(store),
			  "SELECT count(*), min(r.start_time), sum(r.batch = ?5), r.batch"
			  " FROM tests t INDEXED BY tests_trouble_path JOIN runs r ON r.key = t.run"
			  " WHERE t.path = ?1 AND t.run < ?2"
			  " AND t.status < 3" // lets the partial index serve
			  " AND t.status < 2 AND t.expected IS NULL AND r.job = ?3"
			  " AND r.variant = ?4",
			  &s));
	sqlite3_bind_int64(s, 1, store_path_key(p->title));
	sqlite3_bind_int64(s, 2, first_key(r));
	bind(s, 3, r->results->batch->job);
	bind(s, 4, p->example->variant);
	bind(s, 5, r->previous_batch);
	return take_history(r, store, p, s);
}

// As reason_head() of report.c.
#define REPORT_REASON_HEAD(reason)                                                 \
	"substr(" reason ", 1, min(instr(" reason " || ' (', ' ('), instr(" reason \
	" || ', last line ', ', last line ')) - 1)"

// Runs fail for reasons put in words; the same job, variant and reason are the same problem.
static struct error *run_history(struct batch_report *r, struct store *store,
				 struct report_problem *p)
{
	CLEANUP_STATEMENT sqlite3_stmt *s = NULL;
	TRY(store_prepare(store_database(store),
			  "SELECT count(*), min(start_time), sum(batch = ?5), batch"
			  " FROM runs INDEXED BY runs_job"
			  " WHERE job = ?1 AND key < ?2 AND variant = ?3 AND status < 2"
			  " AND " REPORT_REASON_HEAD("reason") " = ?4",
			  &s));
	bind(s, 1, r->results->batch->job);
	sqlite3_bind_int64(s, 2, first_key(r));
	bind(s, 3, p->example->variant);
	bind(s, 4, p->title);
	bind(s, 5, r->previous_batch);
	return take_history(r, store, p, s);
}

// Whether the batch before could have shown it.
static struct error *find_tried(struct batch_report *r, struct store *store,
				struct report_problem *p)
{
	CLEANUP_STATEMENT sqlite3_stmt *s = NULL;
	TRY(store_prepare(store_database(store),
			  "SELECT 1 FROM runs WHERE batch = ?1 AND variant = ?2 AND board = ?3"
			  " AND status NOT IN (1, 2)",
			  &s));
	bind(s, 1, r->previous_batch);
	bind(s, 2, p->example->variant);
	bind(s, 3, p->example->board->name);
	p->tried_before = sqlite3_step(s) == SQLITE_ROW;
	return NULL;
}

static struct error *find_known(struct batch_report *r, struct store *store)
{
	for (size_t i = 0; i < r->problems_count; i++) {
		struct report_problem *p = &r->problems[i];
		TRY(find_tried(r, store, p));
		switch (p->kind) {
		case PROBLEM_SPLAT:
			TRY(splat_history(r, store, p));
			break;
		case PROBLEM_TEST:
			TRY(test_history(r, store, p));
			break;
		case PROBLEM_RUN:
			TRY(run_history(r, store, p));
			break;
		}
	}
	return NULL;
}

// ---- fixed --------------------------------------------------------------------------------------

// Both lists hold only what boards showed that ran the same variant in this batch to a verdict on
// the code: what was not tried again is not fixed.
#define RAN_AGAIN                                                                    \
	" AND EXISTS (SELECT 1 FROM runs n WHERE n.batch = ?2 AND n.board = r.board" \
	" AND n.variant = r.variant AND n.status NOT IN (1, 2))"

static const char fixed_splats[] =
    "SELECT max(f.title), max(r.start_time), group_concat(DISTINCT r.board) FROM runs r"
    " JOIN findings f ON f.run = r.key WHERE r.batch = ?1 AND NOT f.wanted"
    " AND f.folded_into IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM runs n JOIN findings g ON g.run = n.key"
    " WHERE n.batch = ?2 AND g.sig2 = f.sig2)" RAN_AGAIN " GROUP BY f.class, f.sig2";

static const char fixed_tests[] =
    "SELECT r.variant || ': ' || p.path, max(r.start_time), group_concat(DISTINCT r.board)"
    " FROM runs r JOIN tests t ON t.run = r.key JOIN paths p ON p.key = t.path"
    " WHERE r.batch = ?1 AND t.status < 2 AND t.expected IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM runs n JOIN tests u ON u.run = n.key WHERE n.batch = ?2"
    " AND n.variant = r.variant AND u.path = t.path AND u.status < 2)" RAN_AGAIN
    " GROUP BY r.variant, t.path";

static const char fixed_runs[] = "SELECT r.variant || ': ' || " REPORT_REASON_HEAD(
    "r.reason") ", max(r.start_time), group_concat(DISTINCT r.board)"
		" FROM runs r WHERE r.batch = ?1 AND r.status < 2"
		" AND NOT EXISTS (SELECT 1 FROM findings f WHERE f.run = r.key AND NOT f.wanted)"
		" AND NOT EXISTS (SELECT 1 FROM tests t WHERE t.run = r.key AND t.status < 2"
		" AND t.expected IS NULL)"
		" AND NOT EXISTS (SELECT 1 FROM runs n WHERE n.batch = ?2 AND n.variant = r.variant"
		" AND n.board = r.board AND n.status < 2)" RAN_AGAIN
		" GROUP BY r.variant, " REPORT_REASON_HEAD("r.reason");

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// "a, b" of "b,a": SQLite joins in an order of its own. Board names hold no comma.
static const char *sorted_words(struct batch_report *r, const char *joined)
{
	CLEANUP_FREE char *copy = memory_strdup(joined);
	const char **words = NULL;
	size_t count = 0;
	char *save = NULL;
	for (char *word = strtok_r(copy, ",", &save); word; word = strtok_r(NULL, ",", &save))
		ARRAY_APPEND(words, count, word);
	if (words)
		qsort(words, count, sizeof(*words), by_text);
	CLEANUP_BUFFER struct buffer out = {0};
	for (size_t i = 0; i < count; i++)
		buffer_printf(&out, "%s%s", i ? ", " : "", words[i]);
	free(words);
	return arena_strndup(&r->arena, buffer_str(&out), out.len);
}

static struct error *list_fixed(struct batch_report *r, struct store *store, const char *sql)
{
	CLEANUP_STATEMENT sqlite3_stmt *s = NULL;
	TRY(store_prepare(store_database(store), sql, &s));
	bind(s, 1, r->previous_batch);
	bind(s, 2, r->results->batch->id);
	int rc;
	while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
		struct report_fixed f = {column(r, s, 0), column(r, s, 1),
					 sorted_words(r, column(r, s, 2))};
		ARRAY_APPEND(r->fixed, r->fixed_count, f);
	}
	return rc == SQLITE_DONE ? NULL : store_error(store_database(store), "history");
}

// ---- lab trouble --------------------------------------------------------------------------------

// When each board in trouble last ran anything to a verdict on the code.
static struct error *find_last_good(struct batch_report *r, struct store *store)
{
	CLEANUP_STATEMENT sqlite3_stmt *s = NULL;
	TRY(store_prepare(store_database(store),
			  "SELECT start_time FROM runs INDEXED BY runs_board WHERE board = ?1"
			  " AND key < ?2 AND status NOT IN (1, 2) ORDER BY key DESC LIMIT 1",
			  &s));
	for (size_t i = 0; i < r->infra_count; i++) {
		sqlite3_reset(s);
		bind(s, 1, r->infra[i].board);
		sqlite3_bind_int64(s, 2, first_key(r));
		if (sqlite3_step(s) == SQLITE_ROW)
			r->infra[i].last_good = column(r, s, 0);
	}
	return NULL;
}

// ---- all of it ----------------------------------------------------------------------------------

// The newest batch of the job that began before this one.
static struct error *find_previous(struct batch_report *r, struct store *store)
{
	CLEANUP_STATEMENT sqlite3_stmt *s = NULL;
	TRY(store_prepare(
	    store_database(store),
	    "SELECT r.batch, coalesce(b.start_time, r.start_time) FROM runs r INDEXED BY runs_job"
	    " LEFT JOIN batches b ON b.id = r.batch"
	    " WHERE r.job = ?1 AND r.key < ?2 AND r.batch <> ?3 ORDER BY r.key DESC LIMIT 1",
	    &s));
	bind(s, 1, r->results->batch->job);
	sqlite3_bind_int64(s, 2, first_key(r));
	bind(s, 3, r->results->batch->id);
	r->has_history = sqlite3_step(s) == SQLITE_ROW;
	if (!r->has_history)
		return NULL;
	r->previous_batch = column(r, s, 0);
	r->previous_start = column(r, s, 1);
	return find_revision(r, store, r->previous_batch, &r->previous_revision);
}

struct error *report_add_history(struct batch_report *r, struct store *store)
{
	TRY(find_previous(r, store));
	TRY(find_known(r, store));
	TRY(find_last_good(r, store));
	if (!r->has_history)
		return NULL;
	TRY(list_fixed(r, store, fixed_splats));
	TRY(list_fixed(r, store, fixed_tests));
	return list_fixed(r, store, fixed_runs);
}
