// SPDX-License-Identifier: GPL-2.0-or-later
#include "triage/population.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "triage/chance.h"

#define PAIR_COST 4.0 // of a pair of attributes against a single one
#define WIDE_COST 4.0 // of an attribute that has to do with the order of runs alone
#define BEST_MAX  192 // single values that pairs are made of

void population_add(struct population *p, const uint32_t *values, bool shown)
{
	struct unit u = {values, shown};
	ARRAY_APPEND(p->units, p->count, u);
	p->shown += shown;
}

void population_deinit(struct population *p)
{
	free(p->units);
	*p = (struct population){0};
}

bool attribute_is_of_order(enum attribute a)
{
	return a == ATTRIBUTE_HOUR || a == ATTRIBUTE_PLACE || a == ATTRIBUTE_BEFORE;
}

static double cost_of(enum attribute a)
{
	return attribute_is_of_order(a) ? WIDE_COST : 1;
}

static bool in_level(enum attribute a, enum attribute_level level)
{
	return level == LEVEL_ALL || (level == LEVEL_BOARD) == attribute_is_of_board(a);
}

// ---- hypotheses ---------------------------------------------------------------------------------

bool hypothesis_has(const struct hypothesis *h, const uint32_t *values)
{
	for (size_t i = 0; i < h->terms_count; i++)
		if (values[h->terms[i].attribute] != h->terms[i].value)
			return false;
	return true;
}

static double hypothesis_cost(const struct hypothesis *h)
{
	double cost = h->terms_count > 1 ? PAIR_COST : 1;
	for (size_t i = 0; i < h->terms_count; i++)
		cost *= cost_of(h->terms[i].attribute);
	return cost;
}

static void set_score(const struct population *p, struct hypothesis *h)
{
	h->score = hypothesis_cost(h) * chance_at_least(p->count, p->shown, h->size, h->shown);
}

void hypothesis_score(const struct population *p, struct hypothesis *h)
{
	h->size = h->shown = 0;
	for (size_t i = 0; i < p->count; i++)
		if (hypothesis_has(h, p->units[i].values)) {
			h->size++;
			h->shown += p->units[i].shown;
		}
	set_score(p, h);
}

// ---- the best of them ---------------------------------------------------------------------------

struct singles {
	struct hypothesis *items; // owned
	uint64_t **sets;          // owned, each: a bit a unit
	size_t count, words;
	uint64_t *shown;
};

static void singles_deinit(struct singles *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->sets[i]);
	free(s->sets);
	free(s->items);
	free(s->shown);
}

static int by_score(const void *a, const void *b)
{
	const struct hypothesis *x = a, *y = b;
	if (x->score != y->score)
		return x->score < y->score ? -1 : 1;
	if (x->terms[0].attribute != y->terms[0].attribute)
		return x->terms[0].attribute < y->terms[0].attribute ? -1 : 1;
	return x->terms[0].value < y->terms[0].value ? -1 : x->terms[0].value > y->terms[0].value;
}

// Each value of an attribute that a unit shows it with.
static void list_values(const struct population *p, enum attribute a, struct singles *s)
{
	for (size_t i = 0; i < p->count; i++) {
		uint32_t value = p->units[i].values[a];
		size_t known = s->count;
		if (!p->units[i].shown || !value)
			continue;
		while (known > 0 && s->items[known - 1].terms[0].attribute == a &&
		       s->items[known - 1].terms[0].value != value)
			known--;
		if (known > 0 && s->items[known - 1].terms[0].attribute == a)
			continue;
		struct hypothesis h = {.terms = {{a, value}}, .terms_count = 1};
		hypothesis_score(p, &h);
		if (h.size < p->count) // else it tells nothing apart
			ARRAY_APPEND(s->items, s->count, h);
	}
}

static void list_singles(const struct population *p, enum attribute_level level, struct singles *s)
{
	*s = (struct singles){.words = (p->count + 63) / 64};
	for (int a = 0; a < ATTRIBUTES; a++)
		if (in_level((enum attribute)a, level))
			list_values(p, (enum attribute)a, s);
	if (s->count)
		qsort(s->items, s->count, sizeof(*s->items), by_score);
	if (s->count > BEST_MAX)
		s->count = BEST_MAX;
	s->sets = memory_new(s->count + 1, sizeof(*s->sets));
	s->shown = memory_new(s->words + 1, sizeof(*s->shown));
	for (size_t i = 0; i < p->count; i++)
		if (p->units[i].shown)
			s->shown[i / 64] |= 1ull << i % 64;
	for (size_t k = 0; k < s->count; k++) {
		s->sets[k] = memory_new(s->words + 1, sizeof(**s->sets));
		for (size_t i = 0; i < p->count; i++)
			if (hypothesis_has(&s->items[k], p->units[i].values))
				s->sets[k][i / 64] |= 1ull << i % 64;
	}
}

// The pair of two single values; false when one lies within the other, so that it says no more.
static bool make_pair(const struct population *p, const struct singles *s, size_t i, size_t k,
		      struct hypothesis *out)
{
	const struct hypothesis *a = &s->items[i], *b = &s->items[k];
	if (a->terms[0].attribute == b->terms[0].attribute)
		return false;
	bool first = a->terms[0].attribute < b->terms[0].attribute;
	*out = (struct hypothesis){.terms_count = 2};
	out->terms[0] = first ? a->terms[0] : b->terms[0];
	out->terms[1] = first ? b->terms[0] : a->terms[0];
	for (size_t w = 0; w < s->words; w++) {
		uint64_t both = s->sets[i][w] & s->sets[k][w];
		out->size += (size_t)__builtin_popcountll(both);
		out->shown += (size_t)__builtin_popcountll(both & s->shown[w]);
	}
	if (out->shown == 0 || out->size == a->size || out->size == b->size)
		return false;
	set_score(p, out);
	return true;
}

// Calls `take` for every hypothesis of so many terms.
static void each(const struct population *p, const struct singles *s, size_t terms,
		 void (*take)(void *context, const struct hypothesis *h), void *context)
{
	for (size_t i = 0; i < s->count; i++) {
		if (terms == 1)
			take(context, &s->items[i]);
		for (size_t k = i + 1; k < s->count && terms == 2; k++) {
			struct hypothesis h;
			if (make_pair(p, s, i, k, &h))
				take(context, &h);
		}
	}
}

static void take_best(void *context, const struct hypothesis *h)
{
	struct hypothesis *best = context;
	bool better = best->terms_count == 0 || h->score < best->score * (1 - 1e-9);
	bool same = !better && h->score < best->score * (1 + 1e-9);
	for (size_t i = 0; same && i < h->terms_count; i++) {
		if (h->terms[i].attribute == best->terms[i].attribute)
			continue;
		better = h->terms[i].attribute < best->terms[i].attribute;
		break;
	}
	if (better)
		*best = *h;
}

struct hypothesis population_best(const struct population *p, enum attribute_level level,
				  size_t terms)
{
	CLEANUP(singles_deinit) struct singles s;
	struct hypothesis best = {0};
	list_singles(p, level, &s);
	each(p, &s, terms, take_best, &best);
	return best;
}

struct rival_search {
	const struct population *p;
	const struct hypothesis *than;
	struct hypothesis best;
};

// Whether two hypotheses are the same set.
static bool same_set(const struct population *p, const struct hypothesis *a,
		     const struct hypothesis *b)
{
	if (a->size != b->size || a->shown != b->shown)
		return false;
	for (size_t i = 0; i < p->count; i++)
		if (hypothesis_has(a, p->units[i].values) != hypothesis_has(b, p->units[i].values))
			return false;
	return true;
}

static void take_rival(void *context, const struct hypothesis *h)
{
	struct rival_search *r = context;
	if (r->best.terms_count && h->score >= r->best.score)
		return;
	if (!same_set(r->p, r->than, h))
		r->best = *h;
}

bool population_rival(const struct population *p, enum attribute_level level,
		      const struct hypothesis *than, double factor, struct hypothesis *out)
{
	CLEANUP(singles_deinit) struct singles s;
	struct rival_search r = {.p = p, .than = than};
	list_singles(p, level, &s);
	each(p, &s, 1, take_rival, &r);
	each(p, &s, 2, take_rival, &r);
	*out = r.best;
	return r.best.terms_count && r.best.score <= factor * than->score;
}

// ---- luck ---------------------------------------------------------------------------------------

// The different sets that there are, by size and cost.
struct set_table {
	uint64_t *keys; // of sets; 0: free
	size_t size, count;
	struct set_kind {
		size_t size, sets;
		double cost;
	} * kinds;
	size_t kinds_count;
};

static void set_table_deinit(struct set_table *t)
{
	free(t->keys);
	free(t->kinds);
}

static void set_table_grow(struct set_table *t)
{
	uint64_t *old = t->keys;
	size_t size = t->size;
	t->size = size ? size * 2 : 1024;
	t->keys = memory_new(t->size, sizeof(*t->keys));
	for (size_t i = 0; i < size; i++) {
		size_t at = (size_t)(old[i] >> 20) & (t->size - 1);
		while (old[i] && t->keys[at])
			at = (at + 1) & (t->size - 1);
		if (old[i])
			t->keys[at] = old[i];
	}
	free(old);
}

// Counts a set, unless it was counted under another name.
static void set_table_add(struct set_table *t, uint64_t key, size_t size, double cost)
{
	if (t->count * 2 >= t->size)
		set_table_grow(t);
	key = key ? key : 1;
	size_t at = (size_t)(key >> 20) & (t->size - 1);
	for (; t->keys[at]; at = (at + 1) & (t->size - 1))
		if (t->keys[at] == key)
			return;
	t->keys[at] = key;
	t->count++;
	for (size_t i = 0; i < t->kinds_count; i++)
		if (t->kinds[i].size == size && t->kinds[i].cost == cost) {
			t->kinds[i].sets++;
			return;
		}
	struct set_kind kind = {size, 1, cost};
	ARRAY_APPEND(t->kinds, t->kinds_count, kind);
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

// A combination of values that units have: the sum of its units' numbers tells its set.
struct combination {
	uint64_t values; // 0: free
	uint64_t sum;
	size_t size;
};

struct combinations {
	struct combination *places; // owned
	size_t size;                // a power of two above twice the units
};

static void count_combination(struct combinations *c, uint64_t values, size_t unit)
{
	size_t at = (size_t)(mix(values) >> 20) & (c->size - 1);
	while (c->places[at].values && c->places[at].values != values)
		at = (at + 1) & (c->size - 1);
	c->places[at].values = values;
	c->places[at].sum += mix((unit + 1) * 0x9e3779b97f4a7c15ull);
	c->places[at].size++;
}

// Counts the sets that two attributes make (the same twice: that one makes).
static void add_sets(const struct population *p, enum attribute a, enum attribute b,
		     struct combinations *c, struct set_table *t)
{
	memset(c->places, 0, c->size * sizeof(*c->places));
	for (size_t i = 0; i < p->count; i++) {
		uint32_t v = p->units[i].values[a], w = p->units[i].values[b];
		if (v && w)
			count_combination(c, (uint64_t)v << 32 | w, i);
	}
	double cost = a == b ? cost_of(a) : PAIR_COST * cost_of(a) * cost_of(b);
	for (size_t i = 0; i < c->size; i++)
		if (c->places[i].size && c->places[i].size < p->count)
			set_table_add(t, c->places[i].sum, c->places[i].size, cost);
}

// Whether an attribute tells units apart at all.
static bool tells_apart(const struct population *p, enum attribute a)
{
	for (size_t i = 1; i < p->count; i++)
		if (p->units[i].values[a] != p->units[0].values[a])
			return true;
	return false;
}

static void list_sets(const struct population *p, enum attribute_level level, struct set_table *t)
{
	enum attribute used[ATTRIBUTES];
	size_t count = 0;
	struct combinations c = {.size = 64};
	while (c.size < 2 * p->count + 2)
		c.size *= 2;
	c.places = memory_new(c.size, sizeof(*c.places));
	for (int a = 0; a < ATTRIBUTES; a++)
		if (in_level((enum attribute)a, level) && tells_apart(p, (enum attribute)a))
			used[count++] = (enum attribute)a;
	// Single ones first: a set counts by its cheapest name.
	for (size_t i = 0; i < count; i++)
		add_sets(p, used[i], used[i], &c, t);
	for (size_t i = 0; i < count; i++)
		for (size_t k = i + 1; k < count; k++)
			add_sets(p, used[i], used[k], &c, t);
	free(c.places);
}

// The chance that a set of `size` reaches a chance of `limit` or less.
static double reach(const struct population *p, size_t size, double limit)
{
	size_t low = 0, high = (size < p->shown ? size : p->shown) + 1;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (chance_at_least(p->count, p->shown, size, middle) <= limit)
			high = middle;
		else
			low = middle + 1;
	}
	return chance_at_least(p->count, p->shown, size, low);
}

double population_luck(const struct population *p, enum attribute_level level, double score)
{
	CLEANUP(set_table_deinit) struct set_table t = {0};
	list_sets(p, level, &t);
	double luck = 0, limit = score * (1 + 1e-9);
	for (size_t i = 0; i < t.kinds_count; i++)
		luck +=
		    (double)t.kinds[i].sets * reach(p, t.kinds[i].size, limit / t.kinds[i].cost);
	return luck < 1 ? luck : 1;
}
