// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/night.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"

#define BOARDS_NAMED 6

const char *night_change_name(enum night_change c)
{
	static const char *const names[] = {"NEW", "FIXED", "STILL", "INFRA"};
	return names[c];
}

void night_deinit(struct night *n)
{
	free(n->items);
	arena_deinit(&n->arena);
}

enum night_change night_judge(const struct query_seen *seen, bool *returned)
{
	*returned = seen->runs > 0 && !seen->in_previous;
	return seen->runs > 0 && seen->in_previous ? NIGHT_STILL : NIGHT_NEW;
}

static const char *keep(struct night *n, const char *s)
{
	return s ? arena_strndup(&n->arena, s, strlen(s)) : NULL;
}

// ---- the boards of a batch ----------------------------------------------------------------------

struct board_run {
	const char *board, *pool, *variant;
	bool lab; // it came to no verdict on the code
};

struct batch_runs {
	struct board_run *runs; // owned
	size_t count;
};

static struct error *load_runs(struct store *s, const char *batch, struct night *n,
			       struct batch_runs *out)
{
	struct query q;
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	query_init(&q, QUERY_RUNS);
	q.batch = batch;
	q.limit = 20000;
	TRY(query_ask(s, &q, &r));
	for (bool row = true;;) {
		TRY(store_rows_next(r, &row));
		if (!row)
			return NULL;
		// Columns of QUERY_RUNS: id, start_time, job, variant, board, board_type, pool, midr,
		// status.
		const char *pool = store_rows_text(r, 6), *status = store_rows_text(r, 8);
		const struct board_run run = {
		    keep(n, store_rows_text(r, 4)), keep(n, pool ? pool : "-"),
		    keep(n, store_rows_text(r, 3)), status && strcmp(status, "MISS") == 0};
		ARRAY_APPEND(out->runs, out->count, run);
	}
}

// ---- gathering ----------------------------------------------------------------------------------

struct gathering {
	struct night *n;
	const char *job, *batch;
	size_t first;        // item of this batch
	const char **boards; // owned: distinct ones of the item being gathered, and their pools
	const char **pools;  // owned
	size_t boards_count, pools_count;
};

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool continues(const struct night_item *i, const struct query_sighting *g)
{
	if (i->kind != g->kind)
		return false;
	switch (g->kind) {
	case QUERY_SPLAT:
		return same(i->symptom.signature, g->symptom.signature) &&
		       same(i->symptom.class, g->symptom.class);
	case QUERY_TEST:
		return same(i->symptom.path, g->symptom.path) &&
		       same(i->symptom.variant, g->symptom.variant);
	case QUERY_RUN:
		return same(i->symptom.reason, g->symptom.reason) &&
		       same(i->symptom.variant, g->symptom.variant);
	case QUERY_LAB:
		return same(i->boards, g->board) && same(i->symptom.reason, g->symptom.reason);
	}
	return false;
}

static const char *title_of(struct night *n, const struct query_sighting *g)
{
	CLEANUP_BUFFER struct buffer title = {0};
	if (g->kind == QUERY_SPLAT)
		buffer_append_str(&title, g->title);
	else if (g->kind == QUERY_TEST)
		buffer_printf(&title, "%s: %s%s%s", g->variant, g->symptom.path,
			      g->title[0] ? ", " : "", g->title);
	else if (g->kind == QUERY_RUN)
		buffer_printf(&title, "%s: %s", g->variant, g->symptom.reason);
	else
		buffer_printf(&title, "%s: %s", g->board, g->symptom.reason);
	return arena_strndup(&n->arena, buffer_str(&title), title.len);
}

static void add_name(const char ***names, size_t *count, const char *name)
{
	for (size_t i = 0; i < *count; i++)
		if (strcmp((*names)[i], name) == 0)
			return;
	ARRAY_APPEND(*names, *count, name);
}

static void begin_item(struct gathering *c, const struct query_sighting *g)
{
	struct night *n = c->n;
	const struct night_item item = {
	    .change = g->kind == QUERY_LAB ? NIGHT_INFRA : NIGHT_NEW,
	    .kind = g->kind,
	    .symptom = {.signature = keep(n, g->symptom.signature),
			.class = keep(n, g->symptom.class),
			.path = keep(n, g->symptom.path),
			.reason = keep(n, g->symptom.reason),
			.variant = keep(n, g->symptom.variant)},
	    .title = title_of(n, g),
	    .job = c->job,
	    .batch = c->batch,
	    .run = keep(n, g->run),
	    .line = g->line,
	    .boards = keep(n, g->board),
	};
	ARRAY_APPEND(n->items, n->count, item);
	c->boards_count = 0;
}

// The names of an item's boards, the first ones of many.
static void end_item(struct gathering *c)
{
	struct night *n = c->n;
	if (n->count == c->first || c->boards_count == 0)
		return;
	struct night_item *i = &n->items[n->count - 1];
	CLEANUP_BUFFER struct buffer all = {0};
	for (size_t b = 0; b < c->boards_count && b < BOARDS_NAMED; b++)
		buffer_printf(&all, "%s%s", b ? ", " : "", c->boards[b]);
	if (c->boards_count > BOARDS_NAMED)
		buffer_printf(&all, " and %zu more", c->boards_count - BOARDS_NAMED);
	i->boards = arena_strndup(&n->arena, buffer_str(&all), all.len);
	i->pools = arena_new(&n->arena, c->boards_count, sizeof(*i->pools));
	for (size_t b = 0; b < c->boards_count; b++) {
		size_t p = 0;
		while (p < i->pools_count && strcmp(i->pools[p].name, c->pools[b]) != 0)
			p++;
		if (p == i->pools_count)
			i->pools[i->pools_count++].name = c->pools[b];
		i->pools[p].shows++;
	}
	c->boards_count = 0;
}

static void gather(void *context, const struct query_sighting *g)
{
	struct gathering *c = context;
	struct night *n = c->n;
	bool more = n->count > c->first && continues(&n->items[n->count - 1], g);
	if (!more) {
		end_item(c);
		if (n->count >= NIGHT_ITEMS_MAX) {
			n->left_out++;
			return;
		}
		begin_item(c, g);
	}
	n->items[n->count - 1].runs++;
	size_t before = c->boards_count, pools = before;
	add_name(&c->boards, &c->boards_count, keep(n, g->board));
	if (c->boards_count > before)
		ARRAY_APPEND(c->pools, pools, keep(n, g->pool ? g->pool : "-"));
}

// How many boards of each pool ran what the item is about.
static void count_ran(const struct batch_runs *runs, struct night_item *i)
{
	for (size_t p = 0; p < i->pools_count; p++) {
		const char **names = NULL; // freed below
		size_t count = 0;
		for (size_t r = 0; r < runs->count; r++) {
			const struct board_run *run = &runs->runs[r];
			bool counts = i->kind == QUERY_LAB || !run->lab;
			bool its_variant = i->kind != QUERY_TEST && i->kind != QUERY_RUN;
			if (counts && strcmp(run->pool, i->pools[p].name) == 0 &&
			    (its_variant || same(run->variant, i->symptom.variant)))
				add_name(&names, &count, run->board);
		}
		i->pools[p].ran = count;
		free(names);
	}
}

// ---- history ------------------------------------------------------------------------------------

static struct error *judge_item(struct store *s, const struct query_moment *m, const char *previous,
				struct night *n, struct night_item *i)
{
	struct query_seen seen;
	if (i->kind == QUERY_LAB)
		return query_last_good(s, m, i->boards, &n->arena, &i->last_good);
	TRY(query_seen(s, m, &i->symptom, &n->arena, &seen));
	i->change = night_judge(&seen, &i->returned);
	i->since = seen.since;
	if (i->change == NIGHT_NEW) {
		i->last_good = previous;
		return NULL;
	}
	const struct query_moment first = {.job = m->job, .batch = "", .start_time = i->since};
	const char *batch;
	return query_previous(s, &first, &n->arena, &batch, &i->last_good);
}

static void add_fixed(void *context, const struct query_fixed *f)
{
	struct gathering *c = context;
	struct night *n = c->n;
	if (n->count >= NIGHT_ITEMS_MAX) {
		n->left_out++;
		return;
	}
	const struct night_item item = {
	    .change = NIGHT_FIXED,
	    .kind = f->symptom.signature ? QUERY_SPLAT
		    : f->symptom.path    ? QUERY_TEST
					 : QUERY_RUN,
	    .symptom = {.signature = keep(n, f->symptom.signature),
			.path = keep(n, f->symptom.path),
			.variant = keep(n, f->symptom.variant)},
	    .title = keep(n, f->title),
	    .job = c->job,
	    .batch = c->batch,
	    .line = MODEL_UNKNOWN,
	    .boards = keep(n, f->boards),
	    .since = keep(n, f->last_seen),
	};
	ARRAY_APPEND(n->items, n->count, item);
}

static struct error *add_batch(struct store *s, const struct query_moment *m, struct gathering *c,
			       const char *previous)
{
	struct night *n = c->n;
	struct batch_runs runs = {0};
	struct error *e = load_runs(s, m->batch, n, &runs);
	if (!e)
		e = query_sightings(s, m->batch, gather, c);
	end_item(c);
	for (size_t i = c->first; !e && i < n->count; i++) {
		count_ran(&runs, &n->items[i]);
		e = judge_item(s, m, previous, n, &n->items[i]);
	}
	free(runs.runs);
	return e;
}

struct error *night_add(struct store *s, const char *job, const char *batch, const char *start_time,
			struct night *n)
{
	struct query_moment m = {
	    .job = keep(n, job), .batch = keep(n, batch), .start_time = start_time};
	const char *previous;
	struct gathering c = {.n = n, .job = m.job, .batch = m.batch, .first = n->count};
	TRY(query_previous(s, &m, &n->arena, &m.previous, &previous));
	struct error *e = add_batch(s, &m, &c, previous);
	if (!e && m.previous)
		e = query_fixed(s, &m, add_fixed, &c);
	free(c.boards);
	free(c.pools);
	return e;
}

// ---- order --------------------------------------------------------------------------------------

static int compare_items(const void *a, const void *b)
{
	const struct night_item *x = a, *y = b;
	if (x->change != y->change)
		return x->change < y->change ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->runs != y->runs)
		return x->runs > y->runs ? -1 : 1;
	return strcmp(x->title, y->title);
}

void night_sort(struct night *n)
{
	if (n->count > 1)
		qsort(n->items, n->count, sizeof(*n->items), compare_items);
}
