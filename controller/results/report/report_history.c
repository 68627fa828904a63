// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/report/report_history.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "results/report/report.h"
#include "results/store/store_query.h"

static struct query_moment moment(const struct batch_report *r)
{
	const struct batch_record *b = r->results->batch;
	return (struct query_moment){b->job, b->id, b->start_time, r->previous_batch};
}

// ---- known --------------------------------------------------------------------------------------

static struct query_symptom symptom(const struct report_problem *p)
{
	struct query_symptom s = {.variant = p->example->variant};
	switch (p->kind) {
	case PROBLEM_SPLAT:
		s.signature = p->splat->best->finding->sig2;
		s.class = p->splat->best->finding->class;
		break;
	case PROBLEM_TEST:
		s.path = p->title;
		break;
	case PROBLEM_RUN:
		s.reason = p->title;
		break;
	}
	return s;
}

static struct error *find_known(struct batch_report *r, struct store *store)
{
	const struct query_moment now = moment(r);
	for (size_t i = 0; i < r->problems_count; i++) {
		struct report_problem *p = &r->problems[i];
		const struct query_symptom s = symptom(p);
		struct query_seen seen;
		TRY(query_tried(store, &now, s.variant, p->example->board->name, &p->tried_before));
		TRY(query_seen(store, &now, &s, &r->arena, &seen));
		p->earlier_runs = seen.runs;
		p->known = seen.runs > 0;
		p->returned = p->known && !seen.in_previous;
		p->since = seen.since;
		p->since_revision = seen.revision;
		TRY(query_showed(store, &now, &s, REPORT_SHOWED_MAX, &r->arena, &p->showed,
				 &p->showed_count));
	}
	return NULL;
}

// ---- good and bad -------------------------------------------------------------------------------

static struct error *find_lead(struct batch_report *r, struct store *store,
			       struct report_problem *p)
{
	const struct query_moment now = moment(r);
	const struct query_symptom s = symptom(p);
	const struct batch_record *b = r->results->batch;
	struct query_end good, bad;
	struct report_lead *l = p->lead;
	TRY(query_window(store, &now, &s, p->example->board->name, &r->arena, &good, &bad));
	l->good_batch = good.batch;
	l->good_start = good.start_time;
	l->good_commit = good.commit;
	if (!bad.batch)
		return NULL;
	l->bad_batch = bad.batch;
	l->bad_start = bad.start_time;
	l->bad_commit = bad.commit                      ? bad.commit
			: strcmp(bad.batch, b->id) == 0 ? l->bad_commit
							: NULL;
	return NULL;
}

static struct error *find_leads(struct batch_report *r, struct store *store)
{
	for (size_t i = 0; i < r->problems_count; i++)
		TRY(find_lead(r, store, &r->problems[i]));
	return NULL;
}

// ---- nights -------------------------------------------------------------------------------------

struct strip {
	struct batch_report *report;
	size_t night;
};

static void mark_night(void *context, const char *board, enum status worst)
{
	const struct strip *s = context;
	struct grid *g = &s->report->grid;
	for (size_t i = 0; i < g->boards_count; i++)
		if (strcmp(g->boards[i].board->name, board) == 0)
			g->boards[i].nights[s->night] = grid_letter(worst);
}

// The batches before this one, newest first, each into its column.
static struct error *find_nights(struct batch_report *r, struct store *store)
{
	struct query_moment at = moment(r);
	struct strip strip = {r, GRID_NIGHTS - 1};
	for (size_t i = 0; i < r->grid.boards_count; i++) {
		memset(r->grid.boards[i].nights, '-', GRID_NIGHTS);
		r->grid.boards[i].nights[GRID_NIGHTS - 1] = grid_letter(r->grid.boards[i].worst);
	}
	while (strip.night > 0) {
		const char *batch, *start;
		TRY(query_previous(store, &at, &r->arena, &batch, &start));
		if (!batch)
			return NULL;
		strip.night--;
		r->nights = GRID_NIGHTS - strip.night;
		TRY(query_worst(store, batch, mark_night, &strip));
		at.batch = batch;
		at.start_time = start;
	}
	return NULL;
}

// ---- fixed --------------------------------------------------------------------------------------

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

struct fixed_search {
	struct batch_report *report;
	struct store *store;
	struct query_moment now;
	struct error *first; // that was met
};

static void add_fixed(void *context, const struct query_fixed *f)
{
	struct fixed_search *search = context;
	struct batch_report *r = search->report;
	struct report_fixed fixed = {
	    .title = arena_strndup(&r->arena, f->title, strlen(f->title)),
	    .last_seen = arena_strndup(&r->arena, f->last_seen, strlen(f->last_seen)),
	    .boards = sorted_words(r, f->boards),
	};
	if (!search->first)
		search->first =
		    query_showed(search->store, &search->now, &f->symptom, REPORT_SHOWED_MAX,
				 &r->arena, &fixed.showed, &fixed.showed_count);
	ARRAY_APPEND(r->fixed, r->fixed_count, fixed);
}

static struct error *find_fixed(struct batch_report *r, struct store *store)
{
	struct fixed_search search = {r, store, moment(r), NULL};
	struct error *e = query_fixed(store, &search.now, add_fixed, &search);
	if (e)
		error_free(search.first);
	return e ? e : search.first;
}

// ---- all of it ----------------------------------------------------------------------------------

static struct error *find_previous(struct batch_report *r, struct store *store)
{
	const struct query_moment now = moment(r);
	TRY(query_previous(store, &now, &r->arena, &r->previous_batch, &r->previous_start));
	r->has_history = r->previous_batch;
	if (!r->has_history)
		return NULL;
	return query_revision(store, r->previous_batch, &r->arena, &r->previous_revision);
}

// When each board in trouble last ran anything to a verdict on the code.
static struct error *find_last_good(struct batch_report *r, struct store *store)
{
	const struct query_moment now = moment(r);
	for (size_t i = 0; i < r->infra_count; i++)
		TRY(query_last_good(store, &now, r->infra[i].board, &r->arena,
				    &r->infra[i].last_good));
	return NULL;
}

struct error *report_add_history(struct batch_report *r, struct store *store)
{
	TRY(find_previous(r, store));
	TRY(find_known(r, store));
	TRY(find_last_good(r, store));
	TRY(find_leads(r, store));
	TRY(find_nights(r, store));
	if (!r->has_history)
		return NULL;
	return find_fixed(r, store);
}
