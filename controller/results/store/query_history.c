// SPDX-License-Identifier: GPL-2.0-or-later
// What results/report/ asks: what earlier batches of a job showed.
#include "results/store/store_ask.h"
#include "results/store/store_query.h"
#include "results/store/store_schema.h"

static const char history[] = "history"; // in errors

// Runs of the moment's millisecond and later are left out.
static int64_t first_key(const struct query_moment *m)
{
	return store_first_key_of(m->start_time);
}

// ---- the batch before ---------------------------------------------------------------------------

struct error *query_previous(struct store *s, const struct query_moment *m, struct arena *arena,
			     const char **batch, const char **start_time)
{
	static const char sql[] =
	    "SELECT r.batch, coalesce(b.start_time, r.start_time) FROM runs r INDEXED BY runs_job"
	    " LEFT JOIN batches b ON b.id = r.batch"
	    " WHERE r.job = ?1 AND r.key < ?2 AND r.batch <> ?3 ORDER BY r.key DESC LIMIT 1";
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	bool row;
	TRY(store_rows_new(s, sql, history, &r));
	store_rows_bind_text(r, 1, m->job);
	store_rows_bind_integer(r, 2, first_key(m));
	store_rows_bind_text(r, 3, m->batch);
	TRY(store_rows_next(r, &row));
	*batch = row ? store_rows_keep(r, 0, arena) : NULL;
	*start_time = row ? store_rows_keep(r, 1, arena) : NULL;
	return NULL;
}

struct error *query_revision(struct store *s, const char *batch, struct arena *arena,
			     const char **out)
{
	static const char sql[] = "SELECT coalesce(git_commit_name, substr(git_commit_hash, 1, 12))"
				  " FROM batches WHERE id = ?1 AND git_commit_hash IS NOT NULL";
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	bool row;
	TRY(store_rows_new(s, sql, history, &r));
	store_rows_bind_text(r, 1, batch);
	TRY(store_rows_next(r, &row));
	*out = row ? store_rows_keep(r, 0, arena) : NULL;
	return NULL;
}

// ---- seen before --------------------------------------------------------------------------------

// The runs before the moment that show a symptom. Parameters are ?1 the moment's key, ?3 the job, ?4 the
// variant, and two more.
#define SHOWED_SPLAT                                                             \
	" FROM findings f INDEXED BY findings_sig2 JOIN runs r ON r.key = f.run" \
	" WHERE f.sig2 = ?5 AND f.class = ?6 AND f.run < ?1 AND NOT f.wanted"

// `t.status < 3` lets the partial index serve.
#define SHOWED_TEST                                                                \
	" FROM tests t INDEXED BY tests_trouble_path JOIN runs r ON r.key = t.run" \
	" WHERE t.path = ?5 AND t.run < ?1 AND t.status < 3 AND t.status < 2"      \
	" AND t.expected IS NULL AND r.job = ?3 AND r.variant = ?4"

// Runs fail for reasons put in words; the same job, variant and reason are the same problem.
#define SHOWED_RUN                                                                            \
	" FROM runs r INDEXED BY runs_job WHERE r.job = ?3 AND r.key < ?1 AND r.variant = ?4" \
	" AND r.status < 2 AND " REASON_HEAD("r.reason") " = ?5"

// How many runs, the start and the batch of the first, how many in the batch before (?2).
#define COUNTED " min(r.start_time), sum(r.batch = ?2), r.batch"
static const char seen_splat[] = "SELECT count(DISTINCT f.run)," COUNTED SHOWED_SPLAT;
static const char seen_test[] = "SELECT count(*)," COUNTED SHOWED_TEST;
static const char seen_run[] = "SELECT count(*)," COUNTED SHOWED_RUN;

// Batches, oldest first.
#define OLDEST_FIRST " GROUP BY r.batch ORDER BY min(r.key) LIMIT ?7"
static const char batches_splat[] = "SELECT r.batch" SHOWED_SPLAT OLDEST_FIRST;
static const char batches_test[] = "SELECT r.batch" SHOWED_TEST OLDEST_FIRST;
static const char batches_run[] = "SELECT r.batch" SHOWED_RUN OLDEST_FIRST;

// A question about a symptom, in its three forms.
struct symptom_question {
	const char *splat, *test, *run;
};

static struct error *ask(struct store *s, const struct symptom_question *q,
			 const struct query_moment *m, const struct query_symptom *p,
			 struct store_rows **out)
{
	TRY(store_rows_new(s, p->signature ? q->splat : p->path ? q->test : q->run, history, out));
	store_rows_bind_integer(*out, 1, first_key(m));
	store_rows_bind_text(*out, 2, m->previous);
	store_rows_bind_text(*out, 3, m->job);
	store_rows_bind_text(*out, 4, p->variant);
	if (p->signature) {
		store_rows_bind_text(*out, 5, p->signature);
		store_rows_bind_text(*out, 6, p->class);
	} else if (p->path) {
		store_rows_bind_integer(*out, 5, store_path_key(p->path));
	} else {
		store_rows_bind_text(*out, 5, p->reason);
	}
	return NULL;
}

struct error *query_seen(struct store *s, const struct query_moment *m,
			 const struct query_symptom *symptom, struct arena *arena,
			 struct query_seen *out)
{
	static const struct symptom_question seen = {seen_splat, seen_test, seen_run};
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	bool row;
	*out = (struct query_seen){0};
	TRY(ask(s, &seen, m, symptom, &r));
	TRY(store_rows_next(r, &row));
	out->runs = row ? (size_t)store_rows_integer(r, 0) : 0;
	if (out->runs == 0)
		return NULL;
	out->since = store_rows_keep(r, 1, arena);
	out->in_previous = store_rows_integer(r, 2) > 0;
	return query_revision(s, store_rows_text(r, 3), arena, &out->revision);
}

struct error *query_showed(struct store *s, const struct query_moment *m,
			   const struct query_symptom *symptom, size_t max, struct arena *arena,
			   const char ***batches, size_t *count)
{
	static const struct symptom_question showed = {batches_splat, batches_test, batches_run};
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	*batches = arena_new(arena, max, sizeof(**batches));
	*count = 0;
	TRY(ask(s, &showed, m, symptom, &r));
	store_rows_bind_integer(r, 7, (int64_t)max);
	for (bool row = true; *count < max;) {
		TRY(store_rows_next(r, &row));
		if (!row)
			break;
		(*batches)[(*count)++] = store_rows_keep(r, 0, arena);
	}
	return NULL;
}

// ---- good and bad -------------------------------------------------------------------------------

// Runs of the job's variant on the board ?7 from the key ?8 on, to a verdict on the code; whether one
// shows the symptom is the rest of the condition.
#define RUNS_OF_BOARD                                                                         \
	"SELECT r.batch, coalesce(b.start_time, r.start_time), b.git_commit_hash, r.key"      \
	" FROM runs r INDEXED BY runs_job LEFT JOIN batches b ON b.id = r.batch"              \
	" WHERE r.job = ?3 AND r.variant = ?4 AND r.board = ?7 AND r.key < ?1 AND r.key > ?8" \
	" AND r.status NOT IN (1, 2) AND "
#define SHOWS_SPLAT                                                                             \
	"EXISTS (SELECT 1 FROM findings f WHERE f.run = r.key AND f.sig2 = ?5 AND f.class = ?6" \
	" AND NOT f.wanted)"
#define SHOWS_TEST                                                                           \
	"EXISTS (SELECT 1 FROM tests t WHERE t.run = r.key AND t.path = ?5 AND t.status < 2" \
	" AND t.expected IS NULL)"
#define SHOWS_RUN "(r.status < 2 AND " REASON_HEAD("r.reason") " = ?5)"
#define NEWEST    " ORDER BY r.key DESC LIMIT 1"
#define OLDEST    " ORDER BY r.key LIMIT 1"

static struct error *find_end(struct store *s, const struct symptom_question *q,
			      const struct query_moment *m, const struct query_symptom *symptom,
			      const char *board, struct arena *arena, struct query_end *out,
			      int64_t *key)
{
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	bool row;
	TRY(ask(s, q, m, symptom, &r));
	store_rows_bind_text(r, 7, board);
	store_rows_bind_integer(r, 8, *key);
	TRY(store_rows_next(r, &row));
	if (!row)
		return NULL;
	*out = (struct query_end){store_rows_keep(r, 0, arena), store_rows_keep(r, 1, arena),
				  store_rows_keep(r, 2, arena)};
	*key = store_rows_integer(r, 3);
	return NULL;
}

struct error *query_window(struct store *s, const struct query_moment *m,
			   const struct query_symptom *symptom, const char *board,
			   struct arena *arena, struct query_end *good, struct query_end *bad)
{
	static const struct symptom_question passed = {RUNS_OF_BOARD "NOT " SHOWS_SPLAT NEWEST,
						       RUNS_OF_BOARD "NOT " SHOWS_TEST NEWEST,
						       RUNS_OF_BOARD "NOT " SHOWS_RUN NEWEST};
	static const struct symptom_question failed = {RUNS_OF_BOARD SHOWS_SPLAT OLDEST,
						       RUNS_OF_BOARD SHOWS_TEST OLDEST,
						       RUNS_OF_BOARD SHOWS_RUN OLDEST};
	int64_t key = 0;
	*good = *bad = (struct query_end){0};
	TRY(find_end(s, &passed, m, symptom, board, arena, good, &key));
	return good->batch ? find_end(s, &failed, m, symptom, board, arena, bad, &key) : NULL;
}

// ---- boards -------------------------------------------------------------------------------------

struct error *query_worst(struct store *s, const char *batch,
			  void (*visit)(void *context, const char *board, enum status worst),
			  void *context)
{
	static const char sql[] =
	    "SELECT board, min(status) FROM runs WHERE batch = ?1 GROUP BY board";
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	TRY(store_rows_new(s, sql, history, &r));
	store_rows_bind_text(r, 1, batch);
	for (bool row = true;;) {
		TRY(store_rows_next(r, &row));
		if (!row)
			return NULL;
		visit(context, store_rows_text(r, 0), (enum status)store_rows_integer(r, 1));
	}
}

struct error *query_tried(struct store *s, const struct query_moment *m, const char *variant,
			  const char *board, bool *out)
{
	static const char sql[] =
	    "SELECT 1 FROM runs WHERE batch = ?1 AND variant = ?2 AND board = ?3"
	    " AND status NOT IN (1, 2)";
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	TRY(store_rows_new(s, sql, history, &r));
	store_rows_bind_text(r, 1, m->previous);
	store_rows_bind_text(r, 2, variant);
	store_rows_bind_text(r, 3, board);
	return store_rows_next(r, out);
}

struct error *query_last_good(struct store *s, const struct query_moment *m, const char *board,
			      struct arena *arena, const char **out)
{
	static const char sql[] =
	    "SELECT start_time FROM runs INDEXED BY runs_board WHERE board = ?1"
	    " AND key < ?2 AND status NOT IN (1, 2) ORDER BY key DESC LIMIT 1";
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	bool row;
	TRY(store_rows_new(s, sql, history, &r));
	store_rows_bind_text(r, 1, board);
	store_rows_bind_integer(r, 2, first_key(m));
	TRY(store_rows_next(r, &row));
	*out = row ? store_rows_keep(r, 0, arena) : NULL;
	return NULL;
}

// ---- fixed --------------------------------------------------------------------------------------

// The lists hold only what boards showed that ran the same variant in this batch to a verdict on the
// code: what was not tried again is not fixed. Parameters are ?1 the batch before, ?2 this one.
#define RAN_AGAIN                                                                    \
	" AND EXISTS (SELECT 1 FROM runs n WHERE n.batch = ?2 AND n.board = r.board" \
	" AND n.variant = r.variant AND n.status NOT IN (1, 2))"

static const char fixed_splats[] =
    "SELECT max(f.title), max(r.start_time), group_concat(DISTINCT r.board), max(r.variant),"
    " f.sig2, f.class, NULL, NULL FROM runs r"
    " JOIN findings f ON f.run = r.key WHERE r.batch = ?1 AND NOT f.wanted"
    " AND f.folded_into IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM runs n JOIN findings g ON g.run = n.key"
    " WHERE n.batch = ?2 AND g.sig2 = f.sig2)" RAN_AGAIN " GROUP BY f.class, f.sig2";

static const char fixed_tests[] =
    "SELECT r.variant || ': ' || p.path, max(r.start_time), group_concat(DISTINCT r.board),"
    " r.variant, NULL, NULL, p.path, NULL"
    " FROM runs r JOIN tests t ON t.run = r.key JOIN paths p ON p.key = t.path"
    " WHERE r.batch = ?1 AND t.status < 2 AND t.expected IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM runs n JOIN tests u ON u.run = n.key WHERE n.batch = ?2"
    " AND n.variant = r.variant AND u.path = t.path AND u.status < 2)" RAN_AGAIN
    " GROUP BY r.variant, t.path";

static const char fixed_runs[] = "SELECT r.variant || ': ' || " REASON_HEAD(
    "r.reason") ", max(r.start_time), group_concat(DISTINCT r.board), r.variant, NULL, NULL,"
		" NULL, " REASON_HEAD(
		    "r.reason") " FROM runs r WHERE r.batch = ?1 AND r.status < 2"
				" AND NOT EXISTS (SELECT 1 FROM findings f WHERE f.run = r.key AND "
				"NOT f.wanted)"
				" AND NOT EXISTS (SELECT 1 FROM tests t WHERE t.run = r.key AND "
				"t.status < 2"
				" AND t.expected IS NULL)"
				" AND NOT EXISTS (SELECT 1 FROM runs n WHERE n.batch = ?2 AND "
				"n.variant = r.variant"
				" AND n.board = r.board AND n.status < 2)" RAN_AGAIN
				" GROUP BY r.variant, " REASON_HEAD("r.reason");

static struct error *visit_fixed(struct store *s, const struct query_moment *m, const char *sql,
				 void (*visit)(void *context, const struct query_fixed *f),
				 void *context)
{
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	TRY(store_rows_new(s, sql, history, &r));
	store_rows_bind_text(r, 1, m->previous);
	store_rows_bind_text(r, 2, m->batch);
	for (bool row = true;;) {
		TRY(store_rows_next(r, &row));
		if (!row)
			return NULL;
		const struct query_symptom symptom = {
		    .variant = store_rows_text(r, 3),
		    .signature = store_rows_text(r, 4),
		    .class = store_rows_text(r, 5),
		    .path = store_rows_text(r, 6),
		    .reason = store_rows_text(r, 7),
		};
		const struct query_fixed f = {store_rows_text(r, 0), store_rows_text(r, 1),
					      store_rows_text(r, 2), symptom};
		visit(context, &f);
	}
}

struct error *query_fixed(struct store *s, const struct query_moment *m,
			  void (*visit)(void *context, const struct query_fixed *f), void *context)
{
	TRY(visit_fixed(s, m, fixed_splats, visit, context));
	TRY(visit_fixed(s, m, fixed_tests, visit, context));
	return visit_fixed(s, m, fixed_runs, visit, context);
}
