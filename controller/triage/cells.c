// SPDX-License-Identifier: GPL-2.0-or-later
#include "triage/cells.h"

#include <stdlib.h>

#include "base/memory.h"

// Numbers pairs of words from 0 on, in order of first appearance.
struct pairs {
	uint64_t *keys; // + 1; 0: free
	size_t *values;
	size_t size, count; // size: a power of two
};

static void pairs_init(struct pairs *p)
{
	*p = (struct pairs){.size = 64};
	p->keys = memory_new(p->size, sizeof(*p->keys));
	p->values = memory_new(p->size, sizeof(*p->values));
}

static void pairs_deinit(struct pairs *p)
{
	free(p->keys);
	free(p->values);
}

static size_t pairs_place(const struct pairs *p, uint64_t key)
{
	size_t at = (size_t)((key * 0x9e3779b97f4a7c15ull) >> 32) & (p->size - 1);
	while (p->keys[at] && p->keys[at] != key)
		at = (at + 1) & (p->size - 1);
	return at;
}

static void pairs_grow(struct pairs *p)
{
	struct pairs old = *p;
	p->size *= 2;
	p->keys = memory_new(p->size, sizeof(*p->keys));
	p->values = memory_new(p->size, sizeof(*p->values));
	for (size_t i = 0; i < old.size; i++)
		if (old.keys[i]) {
			size_t at = pairs_place(p, old.keys[i]);
			p->keys[at] = old.keys[i];
			p->values[at] = old.values[i];
		}
	pairs_deinit(&old);
}

static size_t pairs_number(struct pairs *p, uint32_t a, uint32_t b)
{
	uint64_t key = ((uint64_t)a << 32 | b) + 1;
	size_t at = pairs_place(p, key);
	if (p->keys[at])
		return p->values[at];
	p->keys[at] = key;
	p->values[at] = p->count++;
	size_t number = p->values[at];
	if (p->count * 2 > p->size)
		pairs_grow(p);
	return number;
}

static void number_cells(const struct history *h, struct cells *out)
{
	CLEANUP(pairs_deinit) struct pairs cells, groups;
	pairs_init(&cells);
	pairs_init(&groups);
	for (size_t i = 0; i < h->runs_count; i++) {
		const uint32_t *v = h->runs[i].values;
		size_t cell = pairs_number(&cells, v[ATTRIBUTE_VARIANT], v[ATTRIBUTE_BOARD]);
		size_t group = pairs_number(&groups, v[ATTRIBUTE_VARIANT], v[ATTRIBUTE_POOL]);
		struct triage_cell fresh = {.variant = v[ATTRIBUTE_VARIANT],
					    .board = v[ATTRIBUTE_BOARD],
					    .pool = v[ATTRIBUTE_POOL],
					    .group = group};
		out->of_run[i] = cell;
		if (cell == out->count)
			ARRAY_APPEND(out->items, out->count, fresh);
		out->items[cell].count++;
	}
	out->groups = groups.count;
}

static void list_runs(const struct history *h, struct cells *out)
{
	size_t at = 0;
	for (size_t i = 0; i < out->count; i++) {
		out->items[i].first = at;
		at += out->items[i].count;
		out->items[i].count = 0;
	}
	for (size_t i = 0; i < h->runs_count; i++) {
		struct triage_cell *c = &out->items[out->of_run[i]];
		out->runs[c->first + c->count++] = i;
		if (h->runs[i].whole)
			out->whole[h->runs[i].batch * out->groups + c->group]++;
	}
}

static void list_sightings(const struct history *h, struct cells *out)
{
	for (size_t i = 0; i < h->sightings_count; i++)
		out->first[h->sightings[i].symptom + 1]++;
	for (size_t i = 0; i < h->symptoms_count; i++)
		out->first[i + 1] += out->first[i];
	size_t *at = memory_new(h->symptoms_count + 1, sizeof(*at));
	for (size_t i = 0; i < h->sightings_count; i++) {
		size_t s = h->sightings[i].symptom;
		out->sightings[out->first[s] + at[s]++] = i;
	}
	free(at);
}

void cells_build(const struct history *h, struct cells *out)
{
	*out = (struct cells){0};
	out->of_run = memory_new(h->runs_count + 1, sizeof(*out->of_run));
	out->runs = memory_new(h->runs_count + 1, sizeof(*out->runs));
	out->first = memory_new(h->symptoms_count + 2, sizeof(*out->first));
	out->sightings = memory_new(h->sightings_count + 1, sizeof(*out->sightings));
	number_cells(h, out);
	out->whole = memory_new(h->batches_count * out->groups + 1, sizeof(*out->whole));
	list_runs(h, out);
	list_sightings(h, out);
}

void cells_deinit(struct cells *c)
{
	free(c->items);
	free(c->of_run);
	free(c->runs);
	free(c->whole);
	free(c->first);
	free(c->sightings);
	*c = (struct cells){0};
}
