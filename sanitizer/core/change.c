// SPDX-License-Identifier: GPL-2.0-or-later
// A store to a table: what the entry was, what it is, and whether it may change like that.
#include "state.h"

struct change {
	struct ptsan *p;
	const struct ptsan_event *e;
	struct table *t;
	unsigned index;
	uint64_t old, new;
	struct stale *taken; // of the table that the entry pointed to
};

static void tell(const struct change *c, const struct root *root, uint64_t va, enum ptsan_kind kind,
		 uint8_t below)
{
	bool global = root->regime == PTSAN_EL2 || !(c->old & DESCRIPTOR_NG);
	struct ptsan_finding f = {
	    .kind = kind,
	    .cpu = c->e->cpu,
	    .below = below,
	    .level = c->t->level,
	    .asid = global || !root->asids_count ? PTSAN_GLOBAL_ASID : root->asids[0],
	    .pc = c->e->pc,
	    .va = va,
	    .old_descriptor = c->old,
	    .new_descriptor = c->new,
	};
	ptsan_tell(c->p, &f);
}

// ---- what lingers -------------------------------------------------------------------------------

struct lingering {
	const struct change *c;
	const struct root *root;
};

// A larger entry that was split may have been left in the TLB, as long as it translated the same.
static void revoke_larger(void *arg, struct stale *r)
{
	const struct lingering *l = arg;
	if (r->revoked || r->is_table || r->level >= l->c->t->level || r->root_id != l->root->id)
		return;
	stale_revoke(&l->c->p->stale, r);
	r->author = l->c->e->cpu;
	r->author_pc = l->c->e->pc;
	r->author_thread = l->c->e->thread;
	r->author_time = l->c->e->time;
	r->synced = false;
	r->issued = r->issued_local = 0;
}

static void revoke_lingering(struct change *c, const struct root *root, uint64_t va)
{
	struct lingering l = {c, root};
	uint64_t size = geometry_entry_size(&c->t->geometry, c->t->level);
	stale_each(&c->p->stale, root->regime, va, leaf_end(va, size), revoke_larger, &l);
}

// ---- leaf to leaf -------------------------------------------------------------------------------

static void change_leaf(struct change *c, struct root *root, uint64_t va)
{
	if (!descriptor_is_cacheable(c->old, c->t->level))
		return;
	struct leaf old = {c->old, c->t->level, va}, new = {c->new, c->t->level, va};
	unsigned differs =
	    leaf_compare(c->p, c->e->cpu, root->regime, &root->geometry, &old, &new, va);
	if (differs & DIFFERS_OA)
		tell(c, root, va, PTSAN_OA_LIVE, PTSAN_ALL_LEVELS);
	else if (differs & DIFFERS_TYPE)
		tell(c, root, va, PTSAN_TYPE_LIVE, PTSAN_ALL_LEVELS);
	else if (differs & DIFFERS_GLOBAL)
		tell(c, root, va, PTSAN_GLOBAL_LIVE, PTSAN_ALL_LEVELS);
	else if (differs & DIFFERS_CONTIGUOUS)
		tell(c, root, va, PTSAN_CONTIGUOUS_LIVE, 1);
	// More rights than before need no flush: at worst one more fault.
	if (!(differs & ~(unsigned)(DIFFERS_RIGHTS)))
		return;
	bool revoked = differs & (LOSES_RIGHTS | DIFFERS_OA | DIFFERS_TYPE);
	struct take take = {c->p, c->e, root, revoked, true};
	if (revoked)
		revoke_lingering(c, root, va);
	c->t->shadow[c->index] = c->old;
	ptsan_take_leaf(&take, c->t, c->index, va);
	c->t->shadow[c->index] = c->new;
}

// ---- one size to another ------------------------------------------------------------------------

struct sameness {
	struct change *c;
	const struct root *root;
	struct leaf block;
	uint64_t covered; // bytes that leaves translate
	unsigned differs; // of all leaves
};

static void compare_below(void *arg, const struct table *t, unsigned index, uint64_t va)
{
	struct sameness *s = arg;
	struct leaf small = {t->shadow[index], t->level, va};
	s->covered += geometry_entry_size(&t->geometry, t->level);
	s->differs |= leaf_compare(s->c->p, s->c->e->cpu, s->root->regime, &s->root->geometry,
				   &s->block, &small, va);
}

// Whether the table below the entry (as it stands in the shadow) translates as the block does.
static bool is_same_below(struct change *c, const struct root *root, uint64_t va, uint64_t block,
			  bool *loses)
{
	struct sameness s = {c, root, {block, c->t->level, va}, 0, 0};
	table_leaves(&c->p->tables, c->t, c->index, va, compare_below, &s);
	*loses = s.differs & LOSES_RIGHTS;
	return s.covered == geometry_entry_size(&c->t->geometry, c->t->level) &&
	       !(s.differs & ~(unsigned)DIFFERS_SIZE);
}

static void change_size(struct change *c, struct root *root, uint64_t va, bool to_table)
{
	bool loses;
	bool same = is_same_below(c, root, va, to_table ? c->old : c->new, &loses);
	c->p->totals.size_changes++;
	if (same)
		tell(c, root, va, to_table ? PTSAN_BLOCK_TO_TABLE_LIVE : PTSAN_TABLE_TO_BLOCK_LIVE,
		     2);
	else
		tell(c, root, va,
		     to_table ? PTSAN_BLOCK_TO_OTHER_TABLE : PTSAN_TABLE_TO_OTHER_BLOCK,
		     PTSAN_ALL_LEVELS);
}

// Two tables are never one: what is later changed in the new one, walks through the old do not see.
static void change_table(struct change *c, struct root *root, uint64_t va)
{
	const struct geometry *g = &c->t->geometry;
	if (descriptor_address(g, c->old, c->t->level) !=
	    descriptor_address(g, c->new, c->t->level))
		tell(c, root, va, PTSAN_TABLE_TO_OTHER_TABLE, PTSAN_ALL_LEVELS);
}

static void count_leaf(void *arg, const struct table *t, unsigned index, uint64_t va)
{
	(void)va;
	size_t *leaves = arg;
	*leaves += descriptor_is_cacheable(t->shadow[index], t->level);
}

static bool has_leaves(const struct change *c, uint64_t va)
{
	size_t leaves = 0;
	table_leaves(&c->p->tables, c->t, c->index, va, count_leaf, &leaves);
	return leaves > 0;
}

// ---- before and after ---------------------------------------------------------------------------

// The entry still has its old value: what it led to stops being valid.
static void take_old(void *arg, struct root *root, uint64_t va)
{
	struct change *c = arg;
	enum descriptor_type old = descriptor_type(c->old, c->t->level);
	enum descriptor_type new = descriptor_type(c->new, c->t->level);
	if (old == DESCRIPTOR_LEAF && new == DESCRIPTOR_LEAF)
		return; // compared when both are known
	struct take take = {c->p, c->e, root, true, false};
	if (old == DESCRIPTOR_TABLE) {
		if (new == DESCRIPTOR_LEAF && has_leaves(c, va))
			change_size(c, root, va, false);
		table_leaves(&c->p->tables, c->t, c->index, va, ptsan_take_leaf, &take);
		struct stale *r = ptsan_take_table(&take, c->t, c->index, va);
		c->taken = c->taken ? c->taken : r;
	} else if (old == DESCRIPTOR_LEAF) {
		take.revoked = new == DESCRIPTOR_INVALID;
		if (take.revoked)
			revoke_lingering(c, root, va);
		ptsan_take_leaf(&take, c->t, c->index, va);
	}
}

// The entry has its new value, and what it leads to is known.
static void judge_new(void *arg, struct root *root, uint64_t va)
{
	struct change *c = arg;
	enum descriptor_type old = descriptor_type(c->old, c->t->level);
	enum descriptor_type new = descriptor_type(c->new, c->t->level);
	if (old == DESCRIPTOR_LEAF && new == DESCRIPTOR_LEAF)
		change_leaf(c, root, va);
	else if (old == DESCRIPTOR_LEAF && new == DESCRIPTOR_TABLE &&
		 descriptor_is_cacheable(c->old, c->t->level))
		change_size(c, root, va, true);
	else if (old == DESCRIPTOR_TABLE && new == DESCRIPTOR_TABLE)
		change_table(c, root, va);
	else if (old == DESCRIPTOR_INVALID && new != DESCRIPTOR_INVALID)
		ptsan_make(c->p, c->e, root, c->t, c->index, va);
}

static void link_new(struct change *c)
{
	struct table *t = c->t;
	if (descriptor_type(c->new, t->level) != DESCRIPTOR_TABLE)
		return;
	c->p->tables.has_outside = false;
	table_link(&c->p->tables, t, c->index, descriptor_address(&t->geometry, c->new, t->level));
	if (!c->p->tables.has_outside)
		return;
	struct ptsan_finding f = {
	    .kind = PTSAN_TABLE_OUTSIDE_MEMORY,
	    .cpu = c->e->cpu,
	    .below = PTSAN_ALL_LEVELS,
	    .level = t->level,
	    .asid = PTSAN_GLOBAL_ASID,
	    .pc = c->e->pc,
	    .old_descriptor = c->old,
	    .new_descriptor = c->new,
	};
	ptsan_tell(c->p, &f);
}

// A page that walks may still read as a table is used for something else.
static void change_detached(struct change *c)
{
	bool looks_valid = c->new &DESCRIPTOR_VALID;
	if (looks_valid && !c->t->reuse_told) {
		c->t->reuse_told = true;
		struct ptsan_finding f = {
		    .kind = PTSAN_TABLE_REUSED,
		    .cpu = c->e->cpu,
		    .below = PTSAN_ALL_LEVELS,
		    .level = c->t->level,
		    .asid = PTSAN_GLOBAL_ASID,
		    .pc = c->e->pc,
		    .old_descriptor = c->old,
		    .new_descriptor = c->new,
		};
		ptsan_tell(c->p, &f);
	}
	c->t->shadow[c->index] = c->new;
}

static void change_linked(struct change *c)
{
	struct table *t = c->t;
	table_paths(t, c->index, take_old, c);
	if (descriptor_type(c->old, t->level) == DESCRIPTOR_TABLE) {
		struct table *loose = table_unlink(&c->p->tables, t, c->index, c->taken != NULL);
		if (loose && c->taken)
			c->taken->detached = loose;
	}
	t->valid -= descriptor_type(c->old, t->level) != DESCRIPTOR_INVALID;
	t->shadow[c->index] = c->new;
	t->valid += descriptor_type(c->new, t->level) != DESCRIPTOR_INVALID;
	link_new(c);
	table_paths(t, c->index, judge_new, c);
}

// A root that became empty and that no CPU uses any more is an address space that ended.
static void drop_if_empty(struct ptsan *p, const struct table *t)
{
	struct root *next;
	for (struct root *r = p->tables.roots; r && !t->valid; r = next) {
		next = r->next;
		if (r->table == t && !r->current) {
			root_drop_if_over(&p->tables, r);
			return;
		}
	}
}

static void change_entry(struct ptsan *p, const struct ptsan_event *e, struct table *t,
			 uint64_t value)
{
	unsigned index = (unsigned)((e->address - t->address) / 8);
	uint64_t old = t->shadow[index];
	if (old == value)
		return;
	struct change c = {p, e, t, index, old, value, NULL};
	p->totals.changes++;
	p->totals.breaks += descriptor_is_cacheable(old, t->level) &&
			    descriptor_type(value, t->level) == DESCRIPTOR_INVALID;
	if (t->detached) {
		change_detached(&c);
		return;
	}
	change_linked(&c);
	drop_if_empty(p, t);
}

void ptsan_store(struct ptsan *p, const struct ptsan_event *e)
{
	if (!table_may_hold(&p->tables, e->address))
		return;
	p->totals.stores++;
	// A change may end tables, this one's neighbours in the bucket among them: look anew each time.
	struct table *done[8];
	unsigned count = 0;
	struct table *t = table_at(&p->tables, e->address);
	while (t && count < 8) {
		done[count++] = t;
		change_entry(p, e, t, e->value);
		for (t = table_at(&p->tables, e->address); t; t = table_next_at(t, e->address)) {
			unsigned i = 0;
			while (i < count && done[i] != t)
				i++;
			if (i == count)
				break;
		}
	}
}
