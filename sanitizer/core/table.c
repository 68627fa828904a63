// SPDX-License-Identifier: GPL-2.0-or-later
#include "table.h"

#include <stdlib.h>
#include <string.h>

// Guests may build circles; deeper than this no walk goes.
#define DEPTH_MAX 5
// Ways to one entry that are followed.
#define PATHS_MAX 64

// ---- finding ------------------------------------------------------------------------------------

// The largest table, of 64 KiB, lies in one bucket.
static struct table **bucket(struct table_set *s, uint64_t address)
{
	uint64_t chunk = address >> 16;
	return &s->buckets[(chunk ^ (chunk >> 12)) % TABLE_BUCKETS];
}

static void filter_count(struct table_set *s, const struct table *t, bool more)
{
	uint64_t last = (t->address + 8ull * t->entries - 1) >> 12;
	for (uint64_t page = t->address >> 12; page <= last; page++) {
		uint16_t *n = &s->filter[page % TABLE_FILTER];
		*n = (uint16_t)(more ? *n + 1 : *n - 1);
	}
}

struct table *table_next_at(const struct table *t, uint64_t address)
{
	for (struct table *n = t->next; n; n = n->next)
		if (table_holds(n, address))
			return n;
	return NULL;
}

struct table *table_at(const struct table_set *s, uint64_t address)
{
	struct table *t = *bucket((struct table_set *)(uintptr_t)s, address);
	if (!t || table_holds(t, address))
		return t;
	return table_next_at(t, address);
}

static struct table *find(struct table_set *s, uint64_t address, enum ptsan_regime regime,
			  const struct geometry *g, int level)
{
	for (struct table *t = *bucket(s, address); t; t = t->next)
		if (t->address == address && t->regime == regime && t->level == level &&
		    t->geometry.shift == g->shift && t->geometry.wide == g->wide &&
		    t->entries == geometry_entries(g, level))
			return t;
	return NULL;
}

struct table *table_child(const struct table_set *s, const struct table *parent, unsigned index)
{
	uint64_t d = parent->shadow[index];
	if (descriptor_type(d, parent->level) != DESCRIPTOR_TABLE)
		return NULL;
	return find((struct table_set *)(uintptr_t)s,
		    descriptor_address(&parent->geometry, d, parent->level), parent->regime,
		    &parent->geometry, parent->level + 1);
}

// ---- making and forgetting ----------------------------------------------------------------------

static void read_entries(struct table_set *s, struct table *t)
{
	t->valid = 0;
	bool whole = s->read(s->arg, t->address, t->shadow, t->entries);
	for (unsigned i = 0; !whole && i < t->entries; i++) // a part of it may be memory
		if (!s->read(s->arg, t->address + 8ull * i, &t->shadow[i], 1)) {
			t->shadow[i] = 0;
			s->has_outside = true;
		}
	for (unsigned i = 0; i < t->entries; i++)
		t->valid += descriptor_type(t->shadow[i], t->level) != DESCRIPTOR_INVALID;
}

static struct table *make(struct table_set *s, uint64_t address, enum ptsan_regime regime,
			  const struct geometry *g, int level)
{
	unsigned entries = geometry_entries(g, level);
	struct table *t = malloc(sizeof(*t) + entries * sizeof(t->shadow[0]));
	if (!t) {
		s->overflow = true;
		return NULL;
	}
	*t = (struct table){.address = address,
			    .regime = regime,
			    .geometry = *g,
			    .level = (int8_t)level,
			    .entries = entries};
	struct table **at = bucket(s, address);
	t->next = *at;
	*at = t;
	filter_count(s, t, true);
	if (++s->count > s->peak)
		s->peak = s->count;
	read_entries(s, t);
	return t;
}

static void forget(struct table_set *s, struct table *t)
{
	for (struct table **at = bucket(s, t->address); *at; at = &(*at)->next)
		if (*at == t) {
			*at = t->next;
			break;
		}
	filter_count(s, t, false);
	s->count--;
	free(t);
}

static void add_link(struct table_set *s, struct table *t, struct table *parent, struct root *root,
		     unsigned index)
{
	struct table_link *link = malloc(sizeof(*link));
	if (!link) {
		s->overflow = true;
		return;
	}
	*link = (struct table_link){t->links, parent, root, index};
	t->links = link;
	t->detached = false;
}

static void link_children(struct table_set *s, struct table *t)
{
	for (unsigned i = 0; i < t->entries; i++) {
		uint64_t d = t->shadow[i];
		if (descriptor_type(d, t->level) == DESCRIPTOR_TABLE)
			table_link(s, t, i, descriptor_address(&t->geometry, d, t->level));
	}
}

void table_link(struct table_set *s, struct table *parent, unsigned index, uint64_t address)
{
	// Below a root that a CPU loads, the layout of all tables is the root's; the level differs.
	struct geometry inner = parent->geometry;
	inner.start_level = -2; // whole tables only
	struct table *t = find(s, address, parent->regime, &inner, parent->level + 1);
	bool is_new = !t || t->detached;
	if (!t)
		t = make(s, address, parent->regime, &inner, parent->level + 1);
	if (!t)
		return;
	if (t->detached)
		read_entries(s, t);
	add_link(s, t, parent, NULL, index);
	if (is_new)
		link_children(s, t);
}

static bool remove_link(struct table *t, const struct table *parent, const struct root *root,
			unsigned index)
{
	for (struct table_link **at = &t->links; *at; at = &(*at)->next) {
		struct table_link *link = *at;
		if (link->parent != parent || link->root != root || link->index != index)
			continue;
		*at = link->next;
		free(link);
		return true;
	}
	return false;
}

// No way leads to it: neither to what only it leads to.
static void release(struct table_set *s, struct table *t, bool keep)
{
	for (unsigned i = 0; i < t->entries; i++)
		if (descriptor_type(t->shadow[i], t->level) == DESCRIPTOR_TABLE)
			table_unlink(s, t, i, false);
	t->holders += keep;
	if (t->holders)
		t->detached = true;
	else
		forget(s, t);
}

void table_let_go(struct table_set *s, struct table *t)
{
	if (--t->holders == 0 && t->detached)
		forget(s, t);
}

struct table *table_unlink(struct table_set *s, struct table *parent, unsigned index, bool keep)
{
	struct table *t = table_child(s, parent, index);
	if (!t || !remove_link(t, parent, NULL, index))
		return NULL;
	if (t->links)
		return NULL;
	release(s, t, keep);
	return keep ? t : NULL;
}

// ---- roots --------------------------------------------------------------------------------------

struct root *root_get(struct table_set *s, enum ptsan_regime regime, const struct geometry *g,
		      uint64_t address)
{
	for (struct root *r = s->roots; r; r = r->next)
		if (r->regime == regime && r->table->address == address &&
		    memcmp(&r->geometry, g, sizeof(*g)) == 0)
			return r;
	struct root *root = malloc(sizeof(*root));
	struct table *t = find(s, address, regime, g, g->start_level);
	bool is_new = !t || t->detached;
	if (root && !t)
		t = make(s, address, regime, g, g->start_level);
	if (!root || !t) {
		s->overflow = true;
		free(root);
		return NULL;
	}
	if (t->detached)
		read_entries(s, t);
	*root = (struct root){
	    .next = s->roots, .id = ++s->roots_made, .regime = regime, .geometry = *g, .table = t};
	s->roots = root;
	add_link(s, t, NULL, root, 0);
	if (is_new)
		link_children(s, t);
	return root;
}

void root_drop_if_over(struct table_set *s, struct root *root)
{
	if (root->current || (root->table->valid && root->cpus))
		return;
	for (struct root **at = &s->roots; *at; at = &(*at)->next)
		if (*at == root) {
			*at = root->next;
			break;
		}
	remove_link(root->table, NULL, root, 0);
	if (!root->table->links)
		release(s, root->table, false);
	free(root);
}

void table_set_deinit(struct table_set *s)
{
	while (s->roots) {
		struct root *next = s->roots->next;
		free(s->roots);
		s->roots = next;
	}
	for (size_t i = 0; i < TABLE_BUCKETS; i++)
		while (s->buckets[i]) {
			struct table *t = s->buckets[i];
			while (t->links) {
				struct table_link *next = t->links->next;
				free(t->links);
				t->links = next;
			}
			s->buckets[i] = t->next;
			free(t);
		}
}

// ---- walking ------------------------------------------------------------------------------------

static void follow_up(const struct table *t, uint64_t offset, path_fn *path, void *arg, int depth,
		      unsigned *left)
{
	struct table_link *next;
	for (struct table_link *link = t->links; link && *left; link = next) {
		next = link->next; // the callback may drop the root
		if (!link->parent) {
			--*left;
			path(arg, link->root, geometry_base(&link->root->geometry) + offset);
		} else if (depth < DEPTH_MAX) {
			uint64_t size = geometry_entry_size(&t->geometry, t->level - 1);
			follow_up(link->parent, offset + link->index * size, path, arg, depth + 1,
				  left);
		}
	}
}

void table_paths(const struct table *t, unsigned index, path_fn *path, void *arg)
{
	unsigned left = PATHS_MAX;
	follow_up(t, index * geometry_entry_size(&t->geometry, t->level), path, arg, 0, &left);
}

void table_leaves(const struct table_set *s, const struct table *t, unsigned index, uint64_t va,
		  leaf_fn *leaf, void *arg)
{
	uint64_t d = t->shadow[index];
	if (descriptor_type(d, t->level) == DESCRIPTOR_LEAF)
		leaf(arg, t, index, va);
	const struct table *child = table_child(s, t, index);
	if (!child)
		return;
	uint64_t size = geometry_entry_size(&child->geometry, child->level);
	for (unsigned i = 0; i < child->entries; i++)
		table_leaves(s, child, i, va + i * size, leaf, arg);
}

bool root_translate(const struct table_set *s, const struct root *root, uint64_t va,
		    uint64_t *descriptor, int *level)
{
	const struct table *t = root->table;
	uint64_t offset = va - geometry_base(&root->geometry);
	if (offset >> root->geometry.va_bits)
		return false;
	while (t) {
		unsigned index =
		    (unsigned)(offset >> geometry_entry_shift(&t->geometry, t->level)) &
		    (t->entries - 1);
		uint64_t d = t->shadow[index];
		*descriptor = d;
		*level = t->level;
		if (descriptor_type(d, t->level) != DESCRIPTOR_TABLE)
			return descriptor_type(d, t->level) == DESCRIPTOR_LEAF;
		t = table_child(s, t, index);
	}
	return false;
}
