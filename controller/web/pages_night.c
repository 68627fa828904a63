// SPDX-License-Identifier: GPL-2.0-or-later
// What changed: the first screen, a night, a batch.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/format.h"
#include "web/pages.h"

#define DAY_MS INT64_C(86400000)

const char *page_console_url(struct page *p, const char *run, int64_t line)
{
	const char *url = PAGE_URL(p, "run", run, "log");
	if (line == MODEL_UNKNOWN || line < 1)
		return url;
	return page_text(p, "%s?line=%" PRId64 "#L%" PRId64, url, line, line);
}

// ---- the table of changes -----------------------------------------------------------------------

static enum tone tone_of(enum night_change c)
{
	static const enum tone tones[] = {TONE_NEW, TONE_FIXED, TONE_STILL, TONE_MISS};
	return tones[c];
}

static const char *url_of(struct page *p, const struct night_item *i)
{
	if (i->kind == QUERY_SPLAT)
		return PAGE_URL(p, "finding", i->symptom.signature);
	if (i->kind == QUERY_TEST)
		return PAGE_URL(p, "test", i->symptom.path);
	return i->run ? PAGE_URL(p, "run", i->run) : PAGE_URL(p, "batch", i->batch);
}

// "3/3 bbml2, 0/2 others": the boards that show it among those that ran.
static const char *pools_of(struct page *p, const struct night_item *i)
{
	CLEANUP_BUFFER struct buffer text = {0};
	for (size_t k = 0; k < i->pools_count; k++)
		buffer_printf(&text, "%s%zu/%zu %s", k ? ", " : "", i->pools[k].shows,
			      i->pools[k].ran, i->pools[k].name);
	return page_keep(p, &text);
}

static struct page_cell since_of(struct page *p, const struct night_item *i)
{
	if (!i->since)
		return page_plain(i->change == NIGHT_NEW ? "this night" : NULL);
	struct page_cell cell = page_time(p, i->since);
	if (i->returned)
		cell.text = page_text(p, "came back; first %s", cell.text);
	else if (i->change == NIGHT_FIXED)
		cell.text = page_text(p, "last seen %s", cell.text);
	return cell;
}

void page_put_changes(struct page *p, const struct night *n, bool jobs)
{
	static const struct page_column columns[] = {
	    {"change", "Change", false},   {"what", "What", false},
	    {"boards", "Boards", false},   {"names", "Which", true},
	    {"since", "Since", false},     {"last_good", "Last good", true},
	    {"console", "Console", false}, {"job", "Job", true},
	};
	struct page_table *t =
	    page_table(p, "changes", columns, jobs ? 8 : 7, "The lab had no trouble.");
	for (size_t k = 0; k < n->count; k++) {
		const struct night_item *i = &n->items[k];
		page_put(t, page_toned(night_change_name(i->change), tone_of(i->change)));
		page_put(t, page_link(page_copy(p, i->title), url_of(p, i)));
		page_put(t, page_plain(pools_of(p, i)));
		page_put(t, page_toned(page_copy(p, i->boards), TONE_DIM));
		page_put(t, since_of(p, i));
		page_put(t, page_time(p, i->last_good));
		if (i->run && i->line != MODEL_UNKNOWN)
			page_put(t, page_link(page_text(p, "line %" PRId64, i->line),
					      page_console_url(p, i->run, i->line)));
		else
			page_put(
			    t, i->run ? page_link("log", page_console_url(p, i->run, MODEL_UNKNOWN))
				      : page_plain(NULL));
		if (jobs)
			page_put(t,
				 page_link(page_copy(p, i->job), PAGE_URL(p, "batch", i->batch)));
	}
	if (n->left_out)
		page_say(p, "left_out", page_text(p, "%zu more are not shown.", n->left_out));
}

static void say_counts(struct page *p, const struct night *n)
{
	size_t counts[NIGHT_INFRA + 1] = {0};
	static const char *const words[] = {"new", "fixed", "still there", "trouble of the lab"};
	CLEANUP_BUFFER struct buffer text = {0};
	for (size_t i = 0; i < n->count; i++)
		counts[n->items[i].change]++;
	for (size_t c = 0; c <= NIGHT_INFRA; c++)
		if (counts[c])
			buffer_printf(&text, "%s%zu %s", text.len ? ", " : "", counts[c], words[c]);
	buffer_append_str(&text, text.len ? "." : "Nothing is new, fixed or still wrong.");
	page_say(p, "summary", page_keep(p, &text));
}

// ---- batches ------------------------------------------------------------------------------------

static const struct page_column batch_columns[] = {
    {"batch", "Batch", false},   {"job", "Job", false},      {"start_time", "Started", false},
    {"verdicts", "Runs", false}, {"revision", "Code", true}, {"comment", "What", true},
};

static void put_batch(struct page *p, struct page_table *t, const struct store_rows *r)
{
	static const char *const names[] = {"fail", "error", "miss", "pass"};
	CLEANUP_BUFFER struct buffer text = {0};
	const char *id = page_copy(p, rows_text(r, "id"));
	const char *commit = rows_text(r, "commit_name"), *branch = rows_text(r, "branch");
	for (size_t i = 0; i < 4; i++)
		if (rows_integer(r, names[i]) > 0)
			buffer_printf(&text, "%s%" PRId64 " %s", text.len ? ", " : "",
				      rows_integer(r, names[i]), names[i]);
	page_put(t, page_link(id, PAGE_URL(p, "batch", id)));
	page_put(t, rows_cell(p, r, "job"));
	page_put(t, rows_time_cell(p, r, "start_time"));
	page_put(t, page_plain(text.len ? page_keep(p, &text) : "none"));
	page_put(t, page_plain(commit || branch
				   ? page_text(p, "%s%s%s", branch ? branch : "",
					       commit && branch ? " " : "", commit ? commit : "")
				   : NULL));
	page_put(t, page_toned(page_copy(p, rows_text(r, "comment")), TONE_DIM));
}

struct batch_list {
	struct arena arena;
	struct {
		const char *id, *job, *start;
	} * items; // owned
	size_t count;
};

static void list_deinit(struct batch_list *l)
{
	free(l->items);
	arena_deinit(&l->arena);
}

// Batches with runs from `since_ms` to `until_ms`, newest first; each also goes to the table `t`.
static struct error *list_batches(struct web_context *c, int64_t since_ms, int64_t until_ms,
				  struct page *p, struct page_table *t, struct batch_list *out)
{
	struct query q;
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	query_init(&q, QUERY_BATCHES);
	q.since_ms = since_ms;
	q.until_ms = until_ms;
	q.limit = 200;
	TRY(query_ask(c->store, &q, &r));
	for (bool row = true;;) {
		TRY(store_rows_next(r, &row));
		if (!row)
			return NULL;
		const char *id = rows_text(r, "id"), *job = rows_text(r, "job"),
			   *start = rows_text(r, "start_time");
		ARRAY_APPEND(
		    out->items, out->count,
		    ((__typeof__(*out->items)){arena_strndup(&out->arena, id, strlen(id)),
					       arena_strndup(&out->arena, job, strlen(job)),
					       arena_strndup(&out->arena, start, strlen(start))}));
		if (t)
			put_batch(p, t, r);
	}
}

// The newest batch of each job goes in: an older one of the same night is the one it is held against.
static struct error *judge(struct web_context *c, const struct batch_list *l, bool newest,
			   struct night *n)
{
	for (size_t i = 0; i < l->count; i++) {
		bool older = false;
		for (size_t k = 0; newest && k < i; k++)
			older = older || strcmp(l->items[k].job, l->items[i].job) == 0;
		if (!older)
			TRY(night_add(c->store, l->items[i].job, l->items[i].id, l->items[i].start,
				      n));
	}
	night_sort(n);
	return NULL;
}

// Start of the newest run, in ms since 1970; false: there is none.
static struct error *newest_start(struct web_context *c, int64_t *ms, bool *found)
{
	struct query q;
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	long long ns = 0;
	query_init(&q, QUERY_RUNS);
	q.limit = 1;
	TRY(query_ask(c->store, &q, &r));
	TRY(store_rows_next(r, found));
	*found = *found && format_parse_time(rows_text(r, "start_time"), &ns);
	*ms = ns / 1000000;
	return NULL;
}

// ---- pages --------------------------------------------------------------------------------------

struct error *page_changes(struct web_context *c, const struct web_request *q, struct page *p)
{
	(void)q;
	CLEANUP_NIGHT struct night n = {0};
	CLEANUP(list_deinit) struct batch_list l = {0};
	int64_t ms;
	bool found;
	p->area = "changes";
	p->here = "/";
	p->title = "What changed";
	p->moving = true;
	TRY(newest_start(c, &ms, &found));
	if (!found) {
		page_say(p, "summary", "No run is in the store yet: mmfarm run JOB makes some.");
		page_put_farm(c, p, false);
		return NULL;
	}
	TRY(list_batches(c, ms - DAY_MS, QUERY_ANY, p, NULL, &l));
	TRY(judge(c, &l, true, &n));
	say_counts(p, &n);
	page_put_changes(p, &n, true);
	page_put_farm(c, p, false);
	page_heading(p, "batches", "Batches of the last night");
	struct page_table *t = PAGE_TABLE(p, "batches", batch_columns, "None.");
	CLEANUP(list_deinit) struct batch_list again = {0};
	return list_batches(c, ms - DAY_MS, QUERY_ANY, p, t, &again);
}

// Midnight (UTC) of "2026-06-04" in ms; false: it is no date.
static bool parse_day(const char *day, int64_t *ms)
{
	CLEANUP_FREE char *midnight = memory_printf("%sT00:00:00Z", day);
	long long ns;
	if (strlen(day) != 10 || !format_parse_time(midnight, &ns))
		return false;
	*ms = ns / 1000000;
	return true;
}

struct error *page_night(struct web_context *c, const struct web_request *q, struct page *p)
{
	const char *day = q->segments[1];
	CLEANUP_NIGHT struct night n = {0};
	CLEANUP(list_deinit) struct batch_list l = {0};
	int64_t ms;
	p->area = "nights";
	p->here = PAGE_URL(p, "night", day);
	if (!parse_day(day, &ms)) {
		page_not_found(p, "night", day);
		return NULL;
	}
	p->title = page_text(p, "Night of %s", day);
	TRY(list_batches(c, ms, ms + DAY_MS, p, NULL, &l));
	TRY(judge(c, &l, false, &n));
	say_counts(p, &n);
	page_put_changes(p, &n, true);
	page_heading(p, "batches", "Batches that began on this day (UTC)");
	struct page_table *t = PAGE_TABLE(p, "batches", batch_columns, "None.");
	CLEANUP(list_deinit) struct batch_list again = {0};
	return list_batches(c, ms, ms + DAY_MS, p, t, &again);
}

struct error *page_nights(struct web_context *c, const struct web_request *q, struct page *p)
{
	int64_t limit = web_parameter_number(q, "limit", 1, 1000, 60);
	struct query batches;
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	p->area = "nights";
	p->here = "/nights";
	p->title = "Nights";
	static const struct page_column columns[] = {
	    {"night", "Night", false}, {"batch", "Batch", false},  {"job", "Job", false},
	    {"fail", "FAIL", false},   {"error", "ERROR", false},  {"miss", "MISS", false},
	    {"pass", "PASS", false},   {"revision", "Code", true},
	};
	struct page_table *t = PAGE_TABLE(p, "nights", columns, "No batch is in the store yet.");
	query_init(&batches, QUERY_BATCHES);
	batches.limit = limit;
	batches.job = web_parameter(q, "job", NULL);
	TRY(query_ask(c->store, &batches, &r));
	for (bool row = true;;) {
		TRY(store_rows_next(r, &row));
		if (!row)
			break;
		const char *id = page_copy(p, rows_text(r, "id"));
		const char *day = page_text(p, "%.10s", rows_text(r, "start_time"));
		const char *commit = rows_text(r, "commit_name");
		page_put(t, page_link(day, PAGE_URL(p, "night", day)));
		page_put(t, page_link(id, PAGE_URL(p, "batch", id)));
		page_put(t, rows_cell(p, r, "job"));
		page_put(t, rows_number_cell(p, r, "fail"));
		page_put(t, rows_number_cell(p, r, "error"));
		page_put(t, rows_number_cell(p, r, "miss"));
		page_put(t, rows_number_cell(p, r, "pass"));
		page_put(t, page_plain(page_copy(p, commit ? commit : rows_text(r, "branch"))));
	}
	return NULL;
}

// ---- one batch ----------------------------------------------------------------------------------

// Boards x variants, each cell the worst verdict of its runs.
struct batch_grid {
	const char **variants;
	size_t variants_count;
	struct {
		const char *board, *pool, *type, *midr;
		const char **status, **run; // one a variant, arrays of the arena
	} * boards;
	size_t boards_count;
};

#define GRID_VARIANTS_MAX 64

static int rank_of(const char *status)
{
	static const char *const order[] = {"FAIL", "ERROR", "MISS", "PASS", "DONE", "SKIP"};
	int i = 0;
	while (i < 6 && (!status || strcmp(order[i], status) != 0))
		i++;
	return i;
}

static size_t variant_of(struct batch_grid *g, struct page *p, const char *name)
{
	for (size_t i = 0; i < g->variants_count; i++)
		if (strcmp(g->variants[i], name) == 0)
			return i;
	if (g->variants_count == GRID_VARIANTS_MAX)
		return GRID_VARIANTS_MAX;
	ARRAY_APPEND(g->variants, g->variants_count, page_copy(p, name));
	return g->variants_count - 1;
}

static size_t board_of(struct batch_grid *g, struct page *p, const struct store_rows *r)
{
	const char *name = rows_text(r, "board");
	for (size_t i = 0; i < g->boards_count; i++)
		if (strcmp(g->boards[i].board, name) == 0)
			return i;
	ARRAY_APPEND(
	    g->boards, g->boards_count,
	    ((__typeof__(*g->boards)){page_copy(p, name), page_copy(p, rows_text(r, "pool")),
				      page_copy(p, rows_text(r, "board_type")),
				      page_copy(p, rows_text(r, "midr")),
				      arena_new(&p->arena, GRID_VARIANTS_MAX, sizeof(char *)),
				      arena_new(&p->arena, GRID_VARIANTS_MAX, sizeof(char *))}));
	return g->boards_count - 1;
}

static void take_run(struct batch_grid *g, struct page *p, const struct store_rows *r)
{
	size_t v = variant_of(g, p, rows_text(r, "variant")), b = board_of(g, p, r);
	const char *status = rows_text(r, "status");
	if (v == GRID_VARIANTS_MAX)
		return;
	if (g->boards[b].status[v] && rank_of(g->boards[b].status[v]) <= rank_of(status))
		return;
	g->boards[b].status[v] = page_copy(p, status);
	g->boards[b].run[v] = page_copy(p, rows_text(r, "id"));
}

static void put_grid(struct page *p, struct batch_grid *g)
{
	size_t count = 4 + g->variants_count;
	struct page_column *columns = arena_new(&p->arena, count, sizeof(*columns));
	columns[0] = (struct page_column){"board", "Board", false};
	columns[1] = (struct page_column){"pool", "Pool", false};
	columns[2] = (struct page_column){"board_type", "Type", true};
	columns[3] = (struct page_column){"midr", "MIDR", true};
	for (size_t v = 0; v < g->variants_count; v++)
		columns[4 + v] = (struct page_column){page_text(p, "variant.%s", g->variants[v]),
						      g->variants[v], false};
	struct page_table *t = page_table(p, "boards", columns, count, "No board ran.");
	for (size_t b = 0; b < g->boards_count; b++) {
		page_put(t,
			 page_link(g->boards[b].board, PAGE_URL(p, "board", g->boards[b].board)));
		page_put(t, page_plain(g->boards[b].pool));
		page_put(t, page_plain(g->boards[b].type));
		page_put(t, page_toned(g->boards[b].midr, TONE_CODE));
		for (size_t v = 0; v < g->variants_count; v++) {
			struct page_cell cell = page_verdict(g->boards[b].status[v]);
			if (g->boards[b].run[v])
				cell.href = PAGE_URL(p, "run", g->boards[b].run[v]);
			page_put(t, cell);
		}
	}
}

static struct error *load_grid(struct web_context *c, const char *batch, struct page *p,
			       struct batch_grid *g)
{
	struct query q;
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	query_init(&q, QUERY_RUNS);
	q.batch = batch;
	q.oldest_first = true;
	q.limit = 20000;
	TRY(query_ask(c->store, &q, &r));
	for (bool row = true;;) {
		TRY(store_rows_next(r, &row));
		if (!row)
			return NULL;
		take_run(g, p, r);
	}
}

struct error *page_batch(struct web_context *c, const struct web_request *q, struct page *p)
{
	const char *id = q->segments[1];
	CLEANUP_NIGHT struct night n = {0};
	struct batch_grid g = {0};
	struct query batches;
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	bool row;
	p->area = "nights";
	p->here = PAGE_URL(p, "batch", id);
	query_init(&batches, QUERY_BATCHES);
	batches.batch = id;
	TRY(query_ask(c->store, &batches, &r));
	TRY(store_rows_next(r, &row));
	if (!row) {
		page_not_found(p, "batch", id);
		return NULL;
	}
	const char *start = page_copy(p, rows_text(r, "start_time"));
	const char *job = page_copy(p, rows_text(r, "job"));
	p->title = page_text(p, "%s, %.10s", job, start);
	TRY(night_add(c->store, job, id, start, &n));
	night_sort(&n);
	say_counts(p, &n);
	page_fact(p, "Batch", page_toned(page_copy(p, id), TONE_CODE));
	page_fact(p, "Job", page_link(job, page_text(p, "/nights?job=%s", PAGE_URL(p, job) + 1)));
	page_fact(p, "Started", page_time(p, start));
	page_fact(p, "Finished", page_time(p, rows_text(r, "finish_time")));
	page_fact(p, "Lab", rows_cell(p, r, "lab"));
	page_fact(p, "Branch", rows_cell(p, r, "branch"));
	page_fact(p, "Commit", rows_cell(p, r, "commit_name"));
	page_fact(p, "What", rows_cell(p, r, "comment"));
	page_put_changes(p, &n, false);
	page_heading(p, "boards", "All boards");
	struct error *e = load_grid(c, id, p, &g);
	if (!e)
		put_grid(p, &g);
	free(g.boards);
	free(g.variants);
	return e;
}
