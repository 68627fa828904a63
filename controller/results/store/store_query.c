// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/store/store_query.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "text/format.h"
#include "results/store/store_ask.h"
#include "results/store/store_schema.h"

#define STATUS_SQL(column)                                                          \
	"CASE " column " WHEN 0 THEN 'FAIL' WHEN 1 THEN 'ERROR' WHEN 2 THEN 'MISS'" \
	" WHEN 3 THEN 'PASS' WHEN 4 THEN 'DONE' WHEN 5 THEN 'SKIP' END AS status"
#define MIDR_SQL "printf('0x%08x', r.midr) AS midr"

void query_init(struct query *q, enum query_kind kind)
{
	*q = (struct query){
	    .kind = kind,
	    .midr = QUERY_ANY,
	    .implementer = QUERY_ANY,
	    .part = QUERY_ANY,
	    .cpu_variant = QUERY_ANY,
	    .revision = QUERY_ANY,
	    .since_ms = QUERY_ANY,
	    .until_ms = QUERY_ANY,
	    .limit = 50,
	};
}

// ---- parsing ------------------------------------------------------------------------------------

struct error *query_parse_time(const char *text, int64_t now_ms, int64_t *ms)
{
	static const struct {
		char letter;
		int64_t ms;
	} units[] = {{'m', 60000}, {'h', 3600000}, {'d', 86400000}, {'w', 604800000}};
	char *end;
	long long n = strtoll(text, &end, 10);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (end > text && end[0] == units[i].letter && end[1] == '\0' && n >= 0 &&
		    n < 100000) {
			*ms = now_ms - n * units[i].ms;
			return NULL;
		}
	CLEANUP_FREE char *midnight = memory_printf("%sT00:00:00Z", text);
	long long ns;
	if (!format_parse_time(text, &ns) && !format_parse_time(midnight, &ns))
		return error_new(ERROR_USAGE,
				 "\"%s\" is no time: expected a date like 2026-06-04, a time like "
				 "2026-06-04T01:10:00Z or an age like 12h or 7d",
				 text);
	*ms = ns / 1000000;
	return NULL;
}

struct error *query_parse_statuses(const char *text, unsigned *out)
{
	unsigned set = 0;
	CLEANUP_FREE char *copy = memory_strdup(text);
	char *save = NULL;
	for (char *word = strtok_r(copy, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		enum status s;
		if (!status_parse(word, &s))
			return error_new(ERROR_USAGE,
					 "\"%s\" is no status: expected FAIL, ERROR, MISS, PASS, "
					 "DONE or SKIP",
					 word);
		set |= 1u << s;
	}
	*out = set;
	return NULL;
}

// ---- putting the statement together -------------------------------------------------------------

enum { MAX_BOUND = 24 };

struct bound {
	const char *text; // NULL: the number
	int64_t number;
};

struct sql {
	struct buffer text;
	struct bound bound[MAX_BOUND];
	int count;
	bool where; // a condition was written
};

static void add_condition(struct sql *s, const char *condition)
{
	buffer_printf(&s->text, "%s %s", s->where ? " AND" : " WHERE", condition);
	s->where = true;
}

static void bind_text(struct sql *s, const char *text)
{
	s->bound[s->count++] = (struct bound){text, 0};
}

static void bind_number(struct sql *s, int64_t number)
{
	s->bound[s->count++] = (struct bound){NULL, number};
}

static void match_text(struct sql *s, const char *condition, const char *text)
{
	if (!text)
		return;
	add_condition(s, condition);
	bind_text(s, text);
}

static void match_number(struct sql *s, const char *condition, int64_t number)
{
	if (number == QUERY_ANY)
		return;
	add_condition(s, condition);
	bind_number(s, number);
}

static void match_statuses(struct sql *s, const char *column, unsigned set)
{
	if (set == 0)
		return;
	CLEANUP_BUFFER struct buffer list = {0};
	for (int i = 0; i < STATUS_COUNT; i++)
		if (set & 1u << i)
			buffer_printf(&list, "%s%d", list.len ? "," : "", i);
	CLEANUP_FREE char *condition = memory_printf("%s IN (%s)", column, buffer_str(&list));
	add_condition(s, condition);
}

// What restricts the runs; `r` is the table's name in the statement.
static void match_runs(struct sql *s, const struct query *q)
{
	match_text(s, "r.id = ?", q->run);
	match_text(s, "r.batch = ?", q->batch);
	match_text(s, "r.job = ?", q->job);
	match_text(s, "r.variant = ?", q->variant);
	match_text(s, "r.board = ?", q->board);
	match_text(s, "r.board_type = ?", q->board_type);
	match_text(s, "r.pool = ?", q->pool);
	match_text(s, "r.cpu = ?", q->cpu);
	match_number(s, "r.midr = ?", q->midr);
	match_number(s, "r.implementer = ?", q->implementer);
	match_number(s, "r.part = ?", q->part);
	match_number(s, "r.cpu_variant = ?", q->cpu_variant);
	match_number(s, "r.revision = ?", q->revision);
	if (q->since_ms != QUERY_ANY)
		match_number(s, "r.key >= ?", store_first_key(q->since_ms));
	if (q->until_ms != QUERY_ANY)
		match_number(s, "r.key < ?", store_first_key(q->until_ms));
}

static const char *order(const struct query *q)
{
	return q->oldest_first ? "ASC" : "DESC";
}

static void match_path(struct sql *s, const struct query *q)
{
	if (!q->path)
		return;
	if (strpbrk(q->path, "*?["))
		match_text(s, "t.path IN (SELECT key FROM paths WHERE path GLOB ?)", q->path);
	else
		match_number(s, "t.path = ?", store_path_key(q->path));
}

// Runs of jobs that know no such path are not even looked into. The plus keeps the index of jobs
// out of it: what it yields would have to be sorted by time first.
static void match_jobs_of_path(struct sql *s, const struct query *q)
{
	if (!q->path || q->job)
		return;
	match_text(s,
		   "+r.job IN (SELECT job FROM path_jobs WHERE path IN"
		   " (SELECT key FROM paths WHERE path GLOB ?))",
		   q->path);
}

static void build_runs(struct sql *s, const struct query *q)
{
	buffer_append_str(&s->text,
			  "SELECT r.id, r.start_time, r.job, r.variant, r.board, r.board_type,"
			  " r.pool, " MIDR_SQL
			  ", " STATUS_SQL("r.status") ", r.duration, r.splats,"
						      " r.reason, r.version FROM runs r");
	match_runs(s, q);
	match_statuses(s, "r.status", q->statuses);
	if (q->signature) {
		// Written out so that the index of each level can be used.
		add_condition(s, "r.key IN (SELECT run FROM findings WHERE sig1 = ? UNION ALL"
				 " SELECT run FROM findings WHERE sig2 = ? UNION ALL"
				 " SELECT run FROM findings WHERE sig3 = ?)");
		bind_text(s, q->signature);
		bind_text(s, q->signature);
		bind_text(s, q->signature);
	}
	if (q->path) {
		static const char paths[] = "(SELECT key FROM paths WHERE path GLOB ?)";
		CLEANUP_FREE char *condition =
		    memory_printf("(EXISTS (SELECT 1 FROM tests WHERE run = r.key AND path IN %s)"
				  " OR EXISTS (SELECT 1 FROM metrics WHERE run = r.key AND"
				  " path IN %s))",
				  paths, paths);
		add_condition(s, condition);
		bind_text(s, q->path);
		bind_text(s, q->path);
		match_jobs_of_path(s, q);
	}
	buffer_printf(&s->text, " ORDER BY r.key %s LIMIT ?", order(q));
	bind_number(s, q->limit);
}

// Few runs are left by these, so that they lead and each run's rows are looked up.
static bool runs_are_few(const struct query *q)
{
	return q->run || q->batch || q->board || q->cpu || q->midr != QUERY_ANY ||
	       q->part != QUERY_ANY;
}

// Statuses that few results have, with indexes of their own (store_schema.c).
static const struct rare {
	enum query_kind kind;
	unsigned statuses;
	const char *index;
	const char *condition; // of the partial index
} rares[] = {
    {QUERY_TESTS, 1u << STATUS_FAIL | 1u << STATUS_ERROR | 1u << STATUS_MISS, "trouble",
     "t.status < 3"},
    {QUERY_METRICS, 1u << STATUS_FAIL | 1u << STATUS_ERROR | 1u << STATUS_MISS, "trouble",
     "t.status < 3"},
    {QUERY_TESTS, 1u << STATUS_DONE | 1u << STATUS_SKIP, "rest", "t.status > 3"},
};

// The one that holds every status asked for, or NULL.
static const struct rare *rare_of(const struct query *q)
{
	for (size_t i = 0; q->statuses && i < sizeof(rares) / sizeof(rares[0]); i++)
		if (rares[i].kind == q->kind && (q->statuses & ~rares[i].statuses) == 0)
			return &rares[i];
	return NULL;
}

// The planner has no statistics of a store that grows every night; which table leads is decided
// here from what the question restricts (CROSS JOIN keeps the order written): results of rare
// statuses lead; for all others the newest runs are gone through until there are rows enough.
static void build_rows(struct sql *s, const struct query *q, const char *table, const char *columns)
{
	const struct rare *rare = rare_of(q);
	bool rare_leads = rare && !runs_are_few(q);
	buffer_printf(&s->text,
		      "SELECT r.id AS run, r.start_time, r.job, r.variant, r.board, r.pool,"
		      " p.path, %s FROM ",
		      columns);
	if (rare_leads)
		buffer_printf(&s->text,
			      "%s t INDEXED BY %s_%s%s CROSS JOIN runs r ON r.key = t.run", table,
			      table, rare->index, q->path ? "_path" : "");
	else
		buffer_printf(&s->text, "runs r CROSS JOIN %s t ON t.run = r.key", table);
	buffer_append_str(&s->text, " CROSS JOIN paths p ON p.key = t.path");
	match_path(s, q);
	if (rare)
		add_condition(s, rare->condition); // lets the partial index serve
	match_statuses(s, "t.status", q->statuses);
	match_runs(s, q);
	if (!rare_leads)
		match_jobs_of_path(s, q);
	buffer_printf(&s->text, " ORDER BY %s %s, t.seq LIMIT ?", rare_leads ? "t.run" : "r.key",
		      order(q));
	bind_number(s, q->limit);
}

static void build_splats(struct sql *s, const struct query *q)
{
	buffer_append_str(
	    &s->text, "SELECT f.sig2 AS signature, f.class, f.func, max(f.title) AS title,"
		      " count(DISTINCT f.run) AS runs, count(DISTINCT r.board) AS boards,"
		      " group_concat(DISTINCT r.pool) AS pools, min(r.start_time) AS first_seen,"
		      " max(r.start_time) AS last_seen, min(f.wanted) AS wanted"
		      " FROM findings f JOIN runs r ON r.key = f.run");
	match_runs(s, q);
	match_statuses(s, "r.status", q->statuses);
	if (q->signature) {
		// Written out so that the index of each level can be used.
		add_condition(s, "(f.sig2 = ? OR f.sig1 = ? OR f.sig3 = ?)");
		bind_text(s, q->signature);
		bind_text(s, q->signature);
		bind_text(s, q->signature);
	}
	add_condition(s, "f.folded_into IS NULL");
	buffer_printf(&s->text, " GROUP BY f.class, f.sig2 ORDER BY max(f.run) %s, f.sig2 LIMIT ?",
		      order(q));
	bind_number(s, q->limit);
}

static void build_batches(struct sql *s, const struct query *q)
{
	buffer_append_str(
	    &s->text,
	    "SELECT b.id, b.job, b.start_time, b.finish_time, b.lab, count(r.key) AS runs,"
	    " coalesce(sum(r.status = 0), 0) AS fail,"
	    " coalesce(sum(r.status = 1), 0) AS error,"
	    " coalesce(sum(r.status = 2), 0) AS miss,"
	    " coalesce(sum(r.status = 3), 0) AS pass,"
	    " b.git_repository_branch AS branch, b.git_commit_name AS commit_name,"
	    " b.comment FROM batches b LEFT JOIN runs r ON r.batch = b.id");
	match_text(s, "b.id = ?", q->batch);
	match_text(s, "b.job = ?", q->job);
	match_text(s, "r.board = ?", q->board);
	match_text(s, "r.pool = ?", q->pool);
	if (q->since_ms != QUERY_ANY)
		match_number(s, "r.key >= ?", store_first_key(q->since_ms));
	if (q->until_ms != QUERY_ANY)
		match_number(s, "r.key < ?", store_first_key(q->until_ms));
	buffer_printf(&s->text, " GROUP BY b.id ORDER BY b.start_time %s, b.id LIMIT ?", order(q));
	bind_number(s, q->limit);
}

#define TEST_COLUMNS STATUS_SQL("t.status") ", t.line, t.comment"
#define METRIC_COLUMNS                                       \
	STATUS_SQL("t.status")                               \
	", t.value, t.unit, t.samples, t.min, t.p90, t.max," \
	" t.mad, t.cycles, t.line"

struct error *query_ask(struct store *s, const struct query *q, struct store_rows **out)
{
	struct sql sql = {0};
	switch (q->kind) {
	case QUERY_RUNS:
		build_runs(&sql, q);
		break;
	case QUERY_TESTS:
		build_rows(&sql, q, "tests", TEST_COLUMNS);
		break;
	case QUERY_METRICS:
		build_rows(&sql, q, "metrics", METRIC_COLUMNS);
		break;
	case QUERY_SPLATS:
		build_splats(&sql, q);
		break;
	case QUERY_BATCHES:
		build_batches(&sql, q);
		break;
	}
	struct error *e = store_rows_new(s, buffer_str(&sql.text), "query", out);
	buffer_deinit(&sql.text);
	for (int i = 0; !e && i < sql.count; i++) {
		if (sql.bound[i].text)
			store_rows_bind_text(*out, i + 1, sql.bound[i].text);
		else
			store_rows_bind_integer(*out, i + 1, sql.bound[i].number);
	}
	return e;
}
