// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/comparison.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "results/format.h"

#define NS_PER_DAY (INT64_C(86400) * NS_PER_S)

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
	*d = (struct comparison_data){0};
}

// One number of one run.
struct row {
	const char *metric, *unit, *board, *type, *commit, *build;
	int64_t start_ns, midr, bbm;
	double clock_hz, value;
	int class; // 0, 1
	bool old;  // of the old commit
};

struct rows {
	struct row *items; // owned; strings in the arena
	size_t count;
};

// What the newest run of the job says: job, commit, start.
struct newest {
	const char *job, *commit;
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
	TRY(store_prepare(store_database(s),
			  "SELECT r.job, coalesce(b.git_commit_hash, ''), r.start_time FROM runs r"
			  " LEFT JOIN batches b ON b.id = r.batch"
			  " WHERE (?1 IS NULL OR r.job = ?1)"
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
	*out = (struct newest){text(arena, row, 0), text(arena, row, 1), time_ns(row, 2)};
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
		     const int64_t weeks[2], int class)
{
	const char *word = q->class[class];
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
		       (q->now_ns - f->start_ns) / (7 * NS_PER_DAY) == weeks[class];
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
    " coalesce(r.pool, ''), r.variant"
    " FROM runs r JOIN metrics m ON m.run = r.key JOIN paths p ON p.key = m.path"
    " LEFT JOIN batches b ON b.id = r.batch"
    " WHERE r.job = ?1 AND (?2 IS NULL OR r.variant = ?2) AND (?3 IS NULL OR p.path GLOB ?3)"
    " AND r.status NOT IN (1, 2) AND (r.splats = 0 OR r.wanted)"
    " ORDER BY p.path, r.variant, r.key";

static struct row read_row(struct arena *arena, sqlite3_stmt *s, const struct facts *f,
			   enum comparison_by by)
{
	const char *kind = (const char *)sqlite3_column_text(s, 12);
	bool firmware = kind && strcmp(kind, "firmware") == 0;
	bool has_min = sqlite3_column_type(s, 11) != SQLITE_NULL;
	const char *path = text(arena, s, 0);
	// Variants measure under other conditions: only a comparison of variants mixes them.
	if (by != COMPARE_VARIANT) {
		CLEANUP_FREE char *name = memory_printf("%s %s", f->variant, path);
		path = arena_strndup(arena, name, strlen(name));
	}
	return (struct row){.metric = path,
			    .unit = text(arena, s, 1),
			    .board = text(arena, s, 2),
			    .type = text(arena, s, 3),
			    .commit = text(arena, s, 4),
			    .build = text(arena, s, 5),
			    .start_ns = f->start_ns,
			    .midr = f->midr,
			    .bbm = sqlite3_column_int64(s, 8),
			    .clock_hz = sqlite3_column_double(s, 9),
			    .value = sqlite3_column_double(s, firmware && has_min ? 11 : 10)};
}

static struct error *read_rows(struct store *s, const struct comparison_query *q,
			       const struct newest *newest, struct arena *arena, struct rows *out)
{
	int64_t weeks[2] = {0, 0};
	for (int c = 0; c < 2 && q->by == COMPARE_WEEK; c++)
		TRY(parse_week(q->class[c], &weeks[c]));
	CLEANUP_STATEMENT sqlite3_stmt *row = NULL;
	TRY(store_prepare(store_database(s), select_rows, &row));
	sqlite3_bind_text(row, 1, newest->job, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 2, q->variant, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 3, q->metric, -1, SQLITE_STATIC);
	int rc;
	while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
		const struct facts f = {.commit = (const char *)sqlite3_column_text(row, 4),
					.board = (const char *)sqlite3_column_text(row, 2),
					.cpu = (const char *)sqlite3_column_text(row, 13),
					.pool = (const char *)sqlite3_column_text(row, 14),
					.variant = (const char *)sqlite3_column_text(row, 15),
					.midr = sqlite3_column_int64(row, 7),
					.start_ns = time_ns(row, 6)};
		bool old;
		if (!commit_wanted(&f, q, newest, &old) || !time_wanted(&f, q, newest))
			continue;
		for (int c = 0; c < 2; c++) {
			if (!in_class(&f, q, weeks, c))
				continue;
			struct row r = read_row(arena, row, &f, q->by);
			r.class = c;
			r.old = old;
			ARRAY_APPEND(out->items, out->count, r);
		}
	}
	return rc == SQLITE_DONE ? NULL : store_error(store_database(s), "reading runs");
}

// ---- into the shape the timing room wants ----------------------------------------------------

static size_t board_index(const struct compare_class *class, const char *name)
{
	size_t i = 0;
	while (i < class->boards_count && strcmp(class->boards[i].name, name) != 0)
		i++;
	return i;
}

// Rows are sorted by metric and board: the longest stretch is the metric most of its runs have.
static void count_runs(struct compare_board *boards, const struct compare_class *k, int class,
		       const struct rows *rows)
{
	size_t stretch = 0;
	for (size_t i = 0; i < rows->count; i++) {
		const struct row *r = &rows->items[i], *before = i ? r - 1 : r;
		if (strcmp(r->metric, before->metric) != 0 || strcmp(r->board, before->board) != 0)
			stretch = 0;
		if (r->class != class)
			continue;
		struct compare_board *board = &boards[board_index(k, r->board)];
		stretch++;
		board->runs = stretch > board->runs ? stretch : board->runs;
	}
}

// The boards of a class, with what is shown about them; numbers of one run count it once.
static void collect_boards(struct comparison_data *d, const struct rows *rows, int class)
{
	struct compare_class *k = &d->input.classes[class];
	struct compare_board *boards = arena_new(&d->arena, rows->count + 1, sizeof(*boards));
	k->boards = boards;
	for (size_t i = 0; i < rows->count; i++) {
		const struct row *r = &rows->items[i];
		if (r->class != class)
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
	count_runs(boards, k, class, rows);
}

static void fill_cell(struct comparison_data *d, struct compare_cell *cell, const struct rows *rows,
		      size_t from, size_t to, int class, const char *board)
{
	double *new = arena_new(&d->arena, to - from, sizeof(double));
	double *old = arena_new(&d->arena, to - from, sizeof(double));
	for (size_t i = from; i < to; i++) {
		const struct row *r = &rows->items[i];
		if (r->class != class || strcmp(r->board, board) != 0)
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
		struct compare_metric *m = &metrics[d->input.metrics_count++];
		m->metric = spec;
		for (int class = 0; class < 2; class ++) {
			const struct compare_class *k = &d->input.classes[class];
			struct compare_cell *cells =
			    arena_new(&d->arena, k->boards_count + 1, sizeof(*cells));
			for (size_t b = 0; b < k->boards_count; b++)
				fill_cell(d, &cells[b], rows, from, to, class, k->boards[b].name);
			m->cells[class] = cells;
		}
	}
	d->input.metrics = metrics;
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int c = strcmp(x->metric, y->metric);
	if (c == 0)
		c = strcmp(x->board, y->board);
	if (c != 0)
		return c;
	return (x->start_ns > y->start_ns) - (x->start_ns < y->start_ns);
}

static enum platform find_platforms(struct comparison_data *d, const struct comparison_query *q,
				    const struct rows *rows)
{
	bool exact[2] = {true, true};
	for (size_t i = 0; i < rows->count; i++) {
		const struct row *r = &rows->items[i];
		enum platform p = q->platform(q->platform_context, r->type);
		exact[r->class] = exact[r->class] && p == PLATFORM_ICOUNT;
		d->emulated[r->class] = d->emulated[r->class] || p == PLATFORM_TCG;
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
	enum platform platform = find_platforms(d, q, rows);
	CLEANUP_FREE char *key =
	    memory_printf("%s|%s|%s|%s", newest->job, words[q->by], q->class[0], q -> class[1]);
	d->input.key = arena_strndup(&d->arena, key, strlen(key));
	d->input.question = q->old_commit ? QUESTION_CHANGE : QUESTION_LEVEL;
	for (int c = 0; c < 2; c++) {
		d->input.classes[c].label =
		    arena_strndup(&d->arena, q->class[c], strlen(q->class[c]));
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
	struct rows rows = {0};
	struct error *e = read_rows(s, q, &newest, &d.arena, &rows);
	if (!e)
		shape(&d, q, &rows, &newest);
	free(rows.items);
	if (e)
		return e;
	*out = d;
	d = (struct comparison_data){0};
	return NULL;
}
