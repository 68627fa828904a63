// SPDX-License-Identifier: GPL-2.0-or-later
// What stops being valid goes on record: on every CPU that had loaded the root it may be cached.
#include "state.h"

// Linux maps all memory in the lower part of the upper half; ranges that are unmapped above it
// (vmalloc, modules) may be purged lazily. Not so the image, nor what stays mapped with less rights.
static bool is_flushed_at_once(const struct take *take, uint64_t va)
{
	const struct geometry *g = &take->root->geometry;
	const struct ptsan_config *c = &take->p->config;
	bool linear = !(va >> (g->va_bits - 1) & 1);
	return g->top && (linear || take->stays || (va >= c->image_start && va < c->image_end));
}

static bool is_global(const struct take *take, uint64_t descriptor)
{
	return take->root->regime == PTSAN_EL2 || !(descriptor & DESCRIPTOR_NG);
}

static struct stale record_of(const struct take *take, const struct table *t, unsigned index,
			      uint64_t va)
{
	uint64_t size = geometry_entry_size(&t->geometry, t->level);
	return (struct stale){
	    .regime = take->root->regime,
	    .level = t->level,
	    .start = va,
	    .end = leaf_end(va, size),
	    .step = size,
	    .old = t->shadow[index],
	    .root_id = take->root->id,
	    .cpus = take->root->cpus,
	    .revoked = take->revoked,
	    .at_once = is_flushed_at_once(take, va),
	    .author = take->e->cpu,
	    .author_pc = take->e->pc,
	    .author_thread = take->e->thread,
	    .author_time = take->e->time,
	    .table_address = t->address,
	    .index = index,
	};
}

static struct stale *add_for_asids(const struct take *take, struct stale *r)
{
	struct stale *first = NULL;
	if (r->global)
		return stale_add(&take->p->stale, r);
	for (unsigned i = 0; i < take->root->asids_count; i++) {
		r->asid = take->root->asids[i];
		struct stale *added = stale_add(&take->p->stale, r);
		first = first ? first : added;
	}
	return first;
}

void ptsan_take_leaf(void *arg, const struct table *t, unsigned index, uint64_t va)
{
	const struct take *take = arg;
	if (!descriptor_is_cacheable(t->shadow[index], t->level))
		return;
	struct stale r = record_of(take, t, index, va);
	r.global = is_global(take, r.old);
	add_for_asids(take, &r);
}

// Walk caches are tagged like the translations that they lead to; both kinds may be below.
struct stale *ptsan_take_table(const struct take *take, const struct table *t, unsigned index,
			       uint64_t va)
{
	struct stale r = record_of(take, t, index, va);
	r.is_table = true;
	r.global = take->root->regime == PTSAN_EL2 || take->root->geometry.top;
	return add_for_asids(take, &r);
}
