// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/series/series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "text/format.h"

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
	double clock_hz, value, step;
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

static const char *text(struct arena *arena, const char *s)
{
	return s ? arena_strndup(arena, s, strlen(s)) : "";
}

static int64_t time_ns(const char *s)
{
	long long ns = 0;
	if (s)
		format_parse_time(s, &ns);
	return ns;
}

static struct error *find_newest(struct store *s, const struct comparison_query *q,
				 struct arena *arena, struct newest *out)
{
	struct query_newest newest;
	bool found;
	TRY(query_newest_measured(s, q->job, arena, &newest, &found));
	if (!found)
		return error_new(ERROR_USAGE, "no run with metrics%s%s", q->job ? " of job " : "",
				 q->job ? q->job : "");
	*out = (struct newest){.job = newest.job,
			       .commit = newest.commit,
			       .start_ns = time_ns(newest.start_time),
			       .run = newest.run};
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
static double read_value(const struct reading *w, const struct query_measured *m)
{
	const struct metric_config *c = declaration(w->declared, m->path);
	bool min = m->payload_kind && strcmp(m->payload_kind, "firmware") == 0;
	if (c && c->spec.aggregate != AGGREGATE_AUTO)
		min = c->spec.aggregate == AGGREGATE_MIN;
	return min && !isnan(m->min) ? m->min : m->value;
}

static enum platform read_platform(const struct reading *w, const struct query_measured *m)
{
	const struct series_id id = {.board_type = m->board_type, .emulator = m->emulator};
	return series_id_platform(&id, w->q->platform, w->q->platform_context);
}

static struct comparison_row read_row(const struct reading *w, const struct query_measured *m,
				      const struct facts *f)
{
	const char *path = text(w->arena, m->path);
	CLEANUP_FREE char *own = metric_own_name(path);
	const char *metric = arena_strndup(w->arena, own, strlen(own));
	// Variants measure under other conditions: only a comparison of variants mixes them.
	if (w->q->by != COMPARE_VARIANT) {
		CLEANUP_FREE char *name = memory_printf("%s %s", f->variant, own);
		metric = arena_strndup(w->arena, name, strlen(name));
	}
	return (struct comparison_row){.metric = metric,
				       .path = path,
				       .unit = text(w->arena, m->unit),
				       .board = text(w->arena, m->board),
				       .build = text(w->arena, m->build),
				       .platform = read_platform(w, m),
				       .start_ns = f->start_ns,
				       .midr = f->midr,
				       .bbm = m->bbm,
				       .clock_hz = m->clock_hz,
				       .value = read_value(w, m),
				       .step = m->step};
}

// Fewer repetitions than make a point of a series (timing/points.h).
static bool is_short(const struct query_measured *m, const struct comparison_row *r)
{
	return r->platform != PLATFORM_ICOUNT && m->samples > 1 && m->samples < REPETITIONS_MIN;
}

static struct error *take_row(const struct reading *w, const struct query_measured *m,
			      struct rows *out)
{
	const struct facts f = {.commit = m->commit,
				.board = m->board,
				.cpu = m->cpu,
				.pool = m->pool,
				.variant = m->variant,
				.midr = m->midr,
				.start_ns = time_ns(m->start_time)};
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
	struct comparison_row r = read_row(w, m, &f);
	r.side = in[1];
	r.old = old;
	if (!is_short(m, &r))
		ARRAY_APPEND(out->items, out->count, r);
	return NULL;
}

static struct error *read_rows(struct store *s, struct reading *w, struct rows *out)
{
	for (int c = 0; c < 2 && w->q->by == COMPARE_WEEK; c++)
		TRY(parse_week(w->q->names[c], &w->weeks[c]));
	CLEANUP_STORE_ROWS struct store_rows *measured = NULL;
	TRY(query_measured(s, w->newest->job, w->q->variant, w->q->metric, &measured));
	for (bool more = true;;) {
		struct query_measured m;
		TRY(query_measured_next(measured, &m, &more));
		if (!more)
			return NULL;
		TRY(take_row(w, &m, out));
	}
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
		double step = 0;
		for (to = from; to < rows->count && strcmp(rows->items[to].metric, name) == 0; to++)
			step = fmax(step, rows->items[to].step); // of no step the other
		struct metric_spec *spec = arena_new(&d->arena, 1, sizeof(*spec));
		*spec = series_metric(name, rows->items[from].unit, step, platform);
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
