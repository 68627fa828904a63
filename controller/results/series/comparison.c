// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/series/comparison.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "results/format.h"

#define NS_PER_DAY      (INT64_C(86400) * NS_PER_S)
#define REPETITIONS_MIN 5

bool comparison_by_parse(const char *word, enum comparison_by *out)
{
	static const char *const words[] = {"cpu", "pool", "board", "variant", "commit", "week"};
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(word, words[i]) == 0) {
			*out = (enum comparison_by)i;
			return true;
		}
	}
	return false;
}

void comparison_data_deinit(struct comparison_data *d)
{
	arena_deinit(&d->arena);
	job_free(d->declared);
	*d = (struct comparison_data){0};
}

// One number of one run.
struct comparison_row {
	const char *metric, *path, *unit, *board, *build;
	enum platform platform;
	int64_t start_ns, midr, bbm;
	double clock_hz, value;
	int side; // 0, 1
	bool old; // of the old commit
};

struct rows {
	struct comparison_row *items; // owned; strings in the arena
	size_t count;
};

// What the newest run of the job says.
struct newest {
	const char *job, *commit, *run;
	int64_t start_ns;
};

static const char *text(struct arena *arena, sqlite3_stmt *row, int column)
{
	const char *s = (const char *)sqlite3_column_text(row, column);
	return s ? arena_strndup(arena, s, strlen(s)) : "";
}

static int64_t time_ns(sqlite3_stmt *row, int column)
{
	const char *s = (const char *)sqlite3_column_text(row, column);
	long long ns = 0;
	if (s)
		format_parse_time(s, &ns);
	return ns;
}

static struct error *find_newest(struct store *s, const struct comparison_query *q,
				 struct arena *arena, struct newest *out)
{
	CLEANUP_STATEMENT sqlite3_stmt *row = NULL;
	TRY(store_prepare(
	    store_database(s),
	    "SELECT r.job, coalesce(b.git_commit_hash, ''), r.start_time, r.id FROM runs r"
	    " LEFT JOIN batches b ON b.id = r.batch"
	    " WHERE CASE WHEN ?1 IS NULL THEN r.job <> '" SERIES_AB_JOB "' ELSE r.job = ?1 END"
	    " AND EXISTS (SELECT 1 FROM metrics m WHERE m.run = r.key)"
	    " ORDER BY r.key DESC LIMIT 1",
	    &row));
	sqlite3_bind_text(row, 1, q->job, -1, SQLITE_STATIC);
	int rc = sqlite3_step(row);
	if (rc == SQLITE_DONE)
		return error_new(ERROR_USAGE, "no run with metrics%s%s", q->job ? " of job " : "",
				 q->job ? q->job : "");
	if (rc != SQLITE_ROW)
		return store_error(store_database(s), "looking for the newest run");
	*out = (struct newest){.job = text(arena, row, 0),
			       .commit = text(arena, row, 1),
			       .start_ns = time_ns(row, 2),
			       .run = text(arena, row, 3)};
	return NULL;
}

// Weeks ago, of "this", "last" or a number.
static struct error *parse_week(const char *word, int64_t *out)
{
	if (strcmp(word, "this") == 0 || strcmp(word, "last") == 0) {
		*out = *word == 'l';
		return NULL;
	}
	char *end;
	unsigned long v = strtoul(word, &end, 10);
	if (end == word || *end || v > 1000 || *word == '-')
		return error_new(ERROR_USAGE, "\"%s\": expected this, last or how many weeks ago",
				 word);
	*out = (int64_t)v;
	return NULL;
}

struct facts {
	const char *cpu, *pool, *board, *variant, *commit;
	int64_t midr, start_ns;
};

static bool begins_with(const char *s, const char *start)
{
	return strncmp(s, start, strlen(start)) == 0;
}

static bool is_cpu(const struct facts *f, const char *word)
{
	if (begins_with(word, "0x"))
		return (int64_t)strtoull(word, NULL, 16) == f->midr;
	return begins_with(f->cpu, word);
}

static bool in_class(const struct facts *f, const struct comparison_query *q,
		     const int64_t weeks[2], int side)
{
	const char *word = q->names[side];
	switch (q->by) {
	case COMPARE_CPU:
		return is_cpu(f, word);
	case COMPARE_POOL:
		return strcmp(f->pool, word) == 0;
	case COMPARE_BOARD:
		return strcmp(f->board, word) == 0;
	case COMPARE_VARIANT:
		return strcmp(f->variant, word) == 0;
	case COMPARE_COMMIT:
		return *f->commit && begins_with(f->commit, word);
	case COMPARE_WEEK:
		return f->start_ns <= q->now_ns &&
		       (q->now_ns - f->start_ns) / (7 * NS_PER_DAY) == weeks[side];
	}
	return false;
}

// Whether the run is of the commits that are asked about; *old when of the earlier one.
static bool commit_wanted(const struct facts *f, const struct comparison_query *q,
			  const struct newest *newest, bool *old)
{
	*old = q->old_commit && begins_with(f->commit, q->old_commit);
	if (q->old_commit)
		return *old || begins_with(f->commit, q->new_commit);
	return q->by == COMPARE_COMMIT || q->by == COMPARE_WEEK ||
	       strcmp(f->commit, newest->commit) == 0;
}

static bool time_wanted(const struct facts *f, const struct comparison_query *q,
			const struct newest *newest)
{
	return q->by == COMPARE_WEEK || q->by == COMPARE_COMMIT || q->old_commit ||
	       f->start_ns >= newest->start_ns - q->days * NS_PER_DAY;
}

static const char select_rows[] =
    "SELECT p.path, m.unit, r.board, r.board_type, coalesce(b.git_commit_hash, ''),"
    " r.payload_sha256, r.start_time, coalesce(r.midr, 0), coalesce(r.bbm, -1),"
    " coalesce(r.clock_hz, 0), m.value, m.min, r.payload_kind, coalesce(r.cpu, ''),"
    " coalesce(r.pool, ''), r.variant, r.emulator, coalesce(m.samples, 1)"
    " FROM runs r JOIN metrics m ON m.run = r.key JOIN paths p ON p.key = m.path"
    " LEFT JOIN batches b ON b.id = r.batch"
    " WHERE r.job = ?1 AND (?2 IS NULL OR r.variant = ?2) AND (?3 IS NULL OR p.path GLOB ?3)"
    " AND r.status NOT IN (1, 2) AND (r.splats = 0 OR r.wanted) AND NOT " SERIES_CUT_SHORT
    " ORDER BY p.path, r.variant, r.key";

// What the query's columns are, in the order of select_rows.
enum {
	COLUMN_PATH,
	COLUMN_UNIT,
	COLUMN_BOARD,
	COLUMN_TYPE,
	COLUMN_COMMIT,
	COLUMN_BUILD,
	COLUMN_START,
	COLUMN_MIDR,
	COLUMN_BBM,
	COLUMN_CLOCK,
	COLUMN_VALUE,
	COLUMN_MIN,
	COLUMN_KIND,
	COLUMN_CPU,
	COLUMN_POOL,
	COLUMN_VARIANT,
	COLUMN_EMULATOR,
	COLUMN_SAMPLES,
};

struct reading {
	const struct comparison_query *q;
	const struct newest *newest;
	const struct job_config *declared; // NULL: not known
	struct arena *arena;
	int64_t weeks[2];
};

static const struct metric_config *declaration(const struct job_config *job, const char *path)
{
	return job ? metrics_config_find(&job->metrics, path) : NULL;
}

// The run's number: as declared, or as its payload is usually measured.
static double read_value(const struct reading *w, sqlite3_stmt *s, const char *path)
{
	const struct metric_config *c = declaration(w->declared, path);
	const char *kind = (const char *)sqlite3_column_text(s, COLUMN_KIND);
	bool min = kind && strcmp(kind, "firmware") == 0;
	if (c && c->spec.aggregate != AGGREGATE_AUTO)
		min = c->spec.aggregate == AGGREGATE_MIN;
	bool has_min = sqlite3_column_type(s, COLUMN_MIN) != SQLITE_NULL;
	return sqlite3_column_double(s, min && has_min ? COLUMN_MIN : COLUMN_VALUE);
}

static enum platform read_platform(const struct reading *w, sqlite3_stmt *s)
{
	const struct series_id id = {
	    .board_type = (const char *)sqlite3_column_text(s, COLUMN_TYPE),
	    .emulator = (const char *)sqlite3_column_text(s, COLUMN_EMULATOR)};
	return series_id_platform(&id, w->q->platform, w->q->platform_context);
}

static struct comparison_row read_row(const struct reading *w, sqlite3_stmt *s,
				      const struct facts *f)
{
	const char *path = text(w->arena, s, COLUMN_PATH);
	CLEANUP_FREE char *own = metric_own_name(path);
	const char *metric = arena_strndup(w->arena, own, strlen(own));
	// Variants measure under other conditions: only a comparison of variants mixes them.
	if (w->q->by != COMPARE_VARIANT) {
		CLEANUP_FREE char *name = memory_printf("%s %s", f->variant, own);
		metric = arena_strndup(w->arena, name, strlen(name));
	}
	return (struct comparison_row){.metric = metric,
				       .path = path,
				       .unit = text(w->arena, s, COLUMN_UNIT),
				       .board = text(w->arena, s, COLUMN_BOARD),
				       .build = text(w->arena, s, COLUMN_BUILD),
				       .platform = read_platform(w, s),
				       .start_ns = f->start_ns,
				       .midr = f->midr,
				       .bbm = sqlite3_column_int64(s, COLUMN_BBM),
				       .clock_hz = sqlite3_column_double(s, COLUMN_CLOCK),
				       .value = read_value(w, s, path)};
}

// Fewer repetitions than make a point of a series (timing/points.h).
static bool is_short(sqlite3_stmt *s, const struct comparison_row *r)
{
	int64_t samples = sqlite3_column_int64(s, COLUMN_SAMPLES);
	return r->platform != PLATFORM_ICOUNT && samples > 1 && samples < REPETITIONS_MIN;
}

static struct error *take_row(const struct reading *w, sqlite3_stmt *s, struct rows *out)
{
	const struct facts f = {.commit = (const char *)sqlite3_column_text(s, COLUMN_COMMIT),
				.board = (const char *)sqlite3_column_text(s, COLUMN_BOARD),
				.cpu = (const char *)sqlite3_column_text(s, COLUMN_CPU),
				.pool = (const char *)sqlite3_column_text(s, COLUMN_POOL),
				.variant = (const char *)sqlite3_column_text(s, COLUMN_VARIANT),
				.midr = sqlite3_column_int64(s, COLUMN_MIDR),
				.start_ns = time_ns(s, COLUMN_START)};
	bool old, in[2];
	if (!commit_wanted(&f, w->q, w->newest, &old) || !time_wanted(&f, w->q, w->newest))
		return NULL;
	for (int c = 0; c < 2; c++)
		in[c] = in_class(&f, w->q, w->weeks, c);
	if (in[0] && in[1])
		return error_new(
		    ERROR_USAGE,
		    "\"%s\" and \"%s\" both mean runs of %s (%s, variant %s): expected "
		    "classes that share none",
		    w->q->names[0], w->q->names[1], f.board, f.cpu, f.variant);
	if (!in[0] && !in[1])
		return NULL;
	struct comparison_row r = read_row(w, s, &f);
	r.side = in[1];
	r.old = old;
	if (!is_short(s, &r))
		ARRAY_APPEND(out->items, out->count, r);
	return NULL;
}

static struct error *read_rows(struct store *s, struct reading *w, struct rows *out)
{
	for (int c = 0; c < 2 && w->q->by == COMPARE_WEEK; c++)
		TRY(parse_week(w->q->names[c], &w->weeks[c]));
	CLEANUP_STATEMENT sqlite3_stmt *row = NULL;
	TRY(store_prepare(store_database(s), select_rows, &row));
	sqlite3_bind_text(row, 1, w->newest->job, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 2, w->q->variant, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 3, w->q->metric, -1, SQLITE_STATIC);
	int rc;
	while ((rc = sqlite3_step(row)) == SQLITE_ROW)
		TRY(take_row(w, row, out));
	return rc == SQLITE_DONE ? NULL : store_error(store_database(s), "reading runs");
}

// ---- into the shape the timing room wants ----------------------------------------------------

static size_t board_index(const struct compare_class *k, const char *name)
{
	size_t i = 0;
	while (i < k->boards_count && strcmp(k->boards[i].name, name) != 0)
		i++;
	return i;
}

// Rows are sorted by metric and board: the longest stretch is the metric most of its runs have.
static void count_runs(struct compare_board *boards, const struct compare_class *k, int side,
		       const struct rows *rows)
{
	size_t stretch = 0;
	for (size_t i = 0; i < rows->count; i++) {
		const struct comparison_row *r = &rows->items[i], *before = i ? r - 1 : r;
		if (strcmp(r->metric, before->metric) != 0 || strcmp(r->board, before->board) != 0)
			stretch = 0;
		if (r->side != side)
			continue;
		struct compare_board *board = &boards[board_index(k, r->board)];
		stretch++;
		board->runs = stretch > board->runs ? stretch : board->runs;
	}
}

// The boards of a class, with what is shown about them; numbers of one run count it once.
static void collect_boards(struct comparison_data *d, const struct rows *rows, int side)
{
	struct compare_class *k = &d->input.classes[side];
	struct compare_board *boards = arena_new(&d->arena, rows->count + 1, sizeof(*boards));
	k->boards = boards;
	for (size_t i = 0; i < rows->count; i++) {
		const struct comparison_row *r = &rows->items[i];
		if (r->side != side)
			continue;
		size_t b = board_index(k, r->board);
		if (b == k->boards_count) {
			boards[k->boards_count++] =
			    (struct compare_board){.name = r->board,
						   .midr = (uint64_t)r->midr,
						   .bbm = (int)r->bbm,
						   .clock_hz = r->clock_hz,
						   .build = r->build,
						   .first_ns = r->start_ns,
						   .last_ns = r->start_ns};
		}
		boards[b].first_ns =
		    r->start_ns < boards[b].first_ns ? r->start_ns : boards[b].first_ns;
		boards[b].last_ns =
		    r->start_ns > boards[b].last_ns ? r->start_ns : boards[b].last_ns;
		if (strstr(boards[b].build, r->build) == NULL) {
			CLEANUP_FREE char *list =
			    memory_printf("%.200s %s", boards[b].build, r->build);
			boards[b].build = arena_strndup(&d->arena, list, strlen(list));
		}
	}
	count_runs(boards, k, side, rows);
}

static void fill_cell(struct comparison_data *d, struct compare_cell *cell, const struct rows *rows,
		      size_t from, size_t to, int side, const char *board)
{
	double *new = arena_new(&d->arena, to - from, sizeof(double));
	double *old = arena_new(&d->arena, to - from, sizeof(double));
	for (size_t i = from; i < to; i++) {
		const struct comparison_row *r = &rows->items[i];
		if (r->side != side || strcmp(r->board, board) != 0)
			continue;
		if (r->old)
			old[cell->old_count++] = r->value;
		else
			new[cell->count++] = r->value;
	}
	cell->values = new;
	cell->old = old;
}

static void collect_metrics(struct comparison_data *d, const struct rows *rows,
			    enum platform platform)
{
	struct compare_metric *metrics = arena_new(&d->arena, rows->count + 1, sizeof(*metrics));
	for (size_t from = 0, to; from < rows->count; from = to) {
		const char *name = rows->items[from].metric;
		for (to = from + 1; to < rows->count && strcmp(rows->items[to].metric, name) == 0;)
			to++;
		struct metric_spec *spec = arena_new(&d->arena, 1, sizeof(*spec));
		*spec = series_metric(name, rows->items[from].unit, platform);
		const struct metric_config *c = declaration(d->declared, rows->items[from].path);
		if (c)
			metric_config_apply(c, spec);
		struct compare_metric *m = &metrics[d->input.metrics_count++];
		m->metric = spec;
		for (int side = 0; side < 2; side++) {
			const struct compare_class *k = &d->input.classes[side];
			struct compare_cell *cells =
			    arena_new(&d->arena, k->boards_count + 1, sizeof(*cells));
			for (size_t b = 0; b < k->boards_count; b++)
				fill_cell(d, &cells[b], rows, from, to, side, k->boards[b].name);
			m->cells[side] = cells;
		}
	}
	d->input.metrics = metrics;
}

static int compare_rows(const void *a, const void *b)
{
	const struct comparison_row *x = a, *y = b;
	int c = strcmp(x->metric, y->metric);
	if (c == 0)
		c = strcmp(x->board, y->board);
	if (c != 0)
		return c;
	return (x->start_ns > y->start_ns) - (x->start_ns < y->start_ns);
}

static enum platform find_platforms(struct comparison_data *d, const struct rows *rows)
{
	bool exact[2] = {true, true};
	for (size_t i = 0; i < rows->count; i++) {
		const struct comparison_row *r = &rows->items[i];
		exact[r->side] = exact[r->side] && r->platform == PLATFORM_ICOUNT;
		d->emulated[r->side] = d->emulated[r->side] || r->platform == PLATFORM_TCG;
	}
	d->input.classes[0].exact = exact[0];
	d->input.classes[1].exact = exact[1];
	return exact[0] && exact[1] ? PLATFORM_ICOUNT : PLATFORM_HARDWARE;
}

static void shape(struct comparison_data *d, const struct comparison_query *q, struct rows *rows,
		  const struct newest *newest)
{
	static const char *const words[] = {"cpu", "pool", "board", "variant", "commit", "week"};
	if (rows->count > 0)
		qsort(rows->items, rows->count, sizeof(*rows->items), compare_rows);
	enum platform platform = find_platforms(d, rows);
	CLEANUP_FREE char *key =
	    memory_printf("%s|%s|%s|%s", newest->job, words[q->by], q->names[0], q->names[1]);
	d->input.key = arena_strndup(&d->arena, key, strlen(key));
	d->input.question = q->old_commit ? QUESTION_CHANGE : QUESTION_LEVEL;
	for (int c = 0; c < 2; c++) {
		d->input.classes[c].label =
		    arena_strndup(&d->arena, q->names[c], strlen(q->names[c]));
		collect_boards(d, rows, c);
	}
	collect_metrics(d, rows, platform);
	d->job = newest->job;
	bool several = q->old_commit || q->by == COMPARE_COMMIT || q->by == COMPARE_WEEK;
	d->commit = several ? "" : newest->commit;
}

struct error *comparison_load(struct store *s, const struct comparison_query *q,
			      struct comparison_data *out)
{
	CLEANUP_COMPARISON struct comparison_data d = {0};
	struct newest newest = {0};
	TRY(find_newest(s, q, &d.arena, &newest));
	TRY(series_job(q->results, newest.run, &d.declared));
	struct rows rows = {0};
	struct reading reading = {
	    .q = q, .newest = &newest, .declared = d.declared, .arena = &d.arena};
	struct error *e = read_rows(s, &reading, &rows);
	if (!e)
		shape(&d, q, &rows, &newest);
	free(rows.items);
	if (e)
		return e;
	*out = d;
	d = (struct comparison_data){0};
	return NULL;
}
