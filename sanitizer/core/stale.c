// SPDX-License-Identifier: GPL-2.0-or-later
#include "stale.h"

#include <stdlib.h>

#define PIECE_SHIFT 21

void stale_set_deinit(struct stale_set *s)
{
	while (s->all)
		stale_remove(s, s->all);
}

static struct stale **home(struct stale_set *s, uint64_t start, uint64_t end)
{
	uint64_t piece = start >> PIECE_SHIFT;
	if ((end - 1) >> PIECE_SHIFT != piece)
		return &s->wide;
	return &s->buckets[(piece ^ (piece >> 12)) % STALE_BUCKETS];
}

static void house(struct stale_set *s, struct stale *r)
{
	struct stale **at = home(s, r->start, r->end);
	r->next = *at;
	r->at = at;
	if (*at)
		(*at)->at = &r->next;
	*at = r;
}

static void unhouse(struct stale *r)
{
	*r->at = r->next;
	if (r->next)
		r->next->at = r->at;
}

static struct stale *insert(struct stale_set *s, const struct stale *record)
{
	struct stale *r = s->count < STALE_MAX ? malloc(sizeof(*r)) : NULL;
	if (!r) {
		s->overflow = true;
		return NULL;
	}
	*r = *record;
	house(s, r);
	r->all_next = s->all;
	r->all_at = &s->all;
	if (s->all)
		s->all->all_at = &r->all_next;
	s->all = r;
	s->revoked += r->revoked;
	if (++s->count > s->peak)
		s->peak = s->count;
	return r;
}

// Whether `r` goes on where `last` ends, made by the same hand and as far on its way to be flushed.
static bool continues(const struct stale *last, const struct stale *r)
{
	if (last->end != r->start || last->regime != r->regime || last->is_table || r->is_table ||
	    last->level != r->level || last->step != r->step || last->global != r->global ||
	    last->asid != r->asid || last->root_id != r->root_id || last->cpus != r->cpus)
		return false;
	if (last->synced || last->issued || last->issued_local || last->rounds ||
	    last->hint_excluded || last->early_told || last->partial_told || last->return_told ||
	    last->use_told)
		return false;
	if (last->author != r->author || last->author_pc != r->author_pc ||
	    last->author_thread != r->author_thread || last->revoked != r->revoked ||
	    last->at_once != r->at_once)
		return false;
	if ((last->old | r->old) & DESCRIPTOR_CONTIGUOUS)
		return false; // each has its place in its set
	return stale_descriptor_at(last, r->start) == r->old;
}

struct stale *stale_add(struct stale_set *s, const struct stale *record)
{
	struct stale *last = s->newest;
	if (last && continues(last, record)) {
		unhouse(last);
		last->end = record->end;
		last->author_time = record->author_time;
		house(s, last);
		return last;
	}
	struct stale *r = insert(s, record);
	s->newest = r;
	if (r && s->trace)
		r->author_frames = (uint8_t)s->trace(s->arg, r->author_trace);
	return r;
}

void stale_remove(struct stale_set *s, struct stale *r)
{
	unhouse(r);
	*r->all_at = r->all_next;
	if (r->all_next)
		r->all_next->all_at = r->all_at;
	if (s->newest == r)
		s->newest = NULL;
	s->revoked -= r->revoked;
	s->count--;
	if (r->detached)
		table_let_go(s->tables, r->detached);
	free(r);
}

void stale_revoke(struct stale_set *s, struct stale *r)
{
	s->revoked += !r->revoked;
	r->revoked = true;
}

uint64_t stale_descriptor_at(const struct stale *r, uint64_t va)
{
	return r->old + (va - r->start) / r->step * r->step;
}

static struct stale *split_off(struct stale_set *s, struct stale *r, uint64_t start, uint64_t end)
{
	struct stale part = *r;
	part.start = start;
	part.end = end;
	part.old = stale_descriptor_at(r, start);
	return insert(s, &part);
}

struct stale *stale_cut(struct stale_set *s, struct stale *r, uint64_t start, uint64_t end)
{
	uint64_t first =
	    start <= r->start ? r->start : r->start + (start - r->start) / r->step * r->step;
	uint64_t last =
	    end >= r->end ? r->end : r->start + (end - r->start + r->step - 1) / r->step * r->step;
	if (first == r->start && last == r->end)
		return r;
	if (first > r->start && !split_off(s, r, r->start, first))
		return NULL;
	if (last < r->end && !split_off(s, r, last, r->end))
		return NULL;
	if (s->newest == r)
		s->newest = NULL;
	unhouse(r);
	r->old = stale_descriptor_at(r, first);
	r->start = first;
	r->end = last;
	house(s, r);
	return r;
}

static void each_in(struct stale *first, enum ptsan_regime regime, uint64_t start, uint64_t end,
		    stale_fn *visit, void *arg)
{
	struct stale *next;
	for (struct stale *r = first; r; r = next) {
		next = r->next;
		if (r->regime == regime && r->start < end && start < r->end)
			visit(arg, r);
	}
}

void stale_each(struct stale_set *s, enum ptsan_regime regime, uint64_t start, uint64_t end,
		stale_fn *visit, void *arg)
{
	if (!s->count)
		return;
	uint64_t first = start >> PIECE_SHIFT, last = (end - 1) >> PIECE_SHIFT;
	if (last - first >= STALE_BUCKETS) { // as many pieces as buckets: look at all records
		struct stale *next;
		for (struct stale *r = s->all; r; r = next) {
			next = r->all_next;
			if (r->regime == regime && r->start < end && start < r->end)
				visit(arg, r);
		}
		return;
	}
	each_in(s->wide, regime, start, end, visit, arg);
	for (uint64_t piece = first; piece <= last; piece++)
		each_in(s->buckets[(piece ^ (piece >> 12)) % STALE_BUCKETS], regime,
			piece << PIECE_SHIFT > start ? piece << PIECE_SHIFT : start,
			piece == last ? end : (piece + 1) << PIECE_SHIFT, visit, arg);
}

void stale_each_all(struct stale_set *s, stale_fn *visit, void *arg)
{
	struct stale *next;
	for (struct stale *r = s->all; r; r = next) {
		next = r->all_next;
		visit(arg, r);
	}
}
