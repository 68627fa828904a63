// SPDX-License-Identifier: GPL-2.0-or-later
// A new valid entry, held against what may still be cached of the old one.
#include "state.h"

struct making {
	struct ptsan *p;
	const struct ptsan_event *e;
	const struct root *root;
	struct leaf new;
	uint64_t end; // of what the new leaf or table translates
	bool is_table;
};

bool root_has_asid(const struct root *root, uint16_t asid)
{
	for (unsigned i = 0; i < root->asids_count; i++)
		if (root->asids[i] == asid)
			return true;
	return false;
}

// Whether both may be found by one look-up.
static bool may_meet(const struct making *m, const struct stale *r)
{
	if (!(r->cpus & m->root->cpus))
		return false;
	bool global = m->root->regime == PTSAN_EL2 || !(m->new.descriptor &DESCRIPTOR_NG);
	return r->global || global || root_has_asid(m->root, r->asid);
}

static void tell(const struct making *m, const struct stale *r, uint8_t below)
{
	bool issued = r->issued || r->issued_local;
	struct ptsan_finding f =
	    finding_of(m->e, issued ? PTSAN_MAKE_BEFORE_DSB : PTSAN_MAKE_WITHOUT_TLBI, r);
	f.new_descriptor = m->new.descriptor;
	f.below = below;
	ptsan_tell(m->p, &f);
}

// A walk cache may still lead to the old table.
static void meet_table(const struct making *m, struct stale *r)
{
	const struct geometry *g = &m->root->geometry;
	if (m->is_table && r->level == m->new.level &&descriptor_address(g, r->old, r->level) ==
			       descriptor_address(g, m->new.descriptor, m->new.level)) {
		stale_remove(&m->p->stale, r); // the same table again
		return;
	}
	if (m->is_table && r->level != m->new.level)
		return;
	tell(m, r, PTSAN_ALL_LEVELS);
	stale_remove(&m->p->stale, r);
}

static void meet(void *arg, struct stale *r)
{
	const struct making *m = arg;
	if (!may_meet(m, r))
		return;
	if (r->is_table) {
		meet_table(m, r);
		return;
	}
	if (m->is_table) // its leaves are looked at one by one
		return;
	uint64_t va = r->start > m->new.va ? r->start : m->new.va;
	struct leaf old = {stale_descriptor_at(r, va), r->level,
			   r->start + (va - r->start) / r->step * r->step};
	unsigned differs =
	    leaf_compare(m->p, m->e->cpu, m->root->regime, &m->root->geometry, &old, &m->new, va);
	uint8_t allowed = leaf_allowed_from(differs);
	if (allowed == 0 && (differs & LOSES_RIGHTS)) {
		stale_revoke(&m->p->stale, r); // to be flushed, but not before this store
		return;
	}
	// A size or set that changed through a break: on a CPU that needs none, the old one may stay.
	if (allowed > 0)
		tell(m, r, allowed);
	if (allowed != PTSAN_ALL_LEVELS && (differs & LOSES_RIGHTS)) {
		stale_revoke(&m->p->stale, r);
	} else if (!(differs & DIFFERS_SIZE) || allowed == PTSAN_ALL_LEVELS) {
		struct stale *part = stale_cut(&m->p->stale, r, m->new.va, m->end);
		if (part)
			stale_remove(&m->p->stale, part);
	}
}

struct making_below {
	struct ptsan *p;
	const struct ptsan_event *e;
	struct root *root;
};

static void make_leaf(void *arg, const struct table *t, unsigned index, uint64_t va)
{
	const struct making_below *b = arg;
	if (!b->root->geometry.top && !(t->shadow[index] & DESCRIPTOR_NG))
		b->root->has_global = true;
	struct making m = {b->p,
			   b->e,
			   b->root,
			   {t->shadow[index], t->level, va},
			   leaf_end(va, geometry_entry_size(&t->geometry, t->level)),
			   false};
	stale_each(&b->p->stale, b->root->regime, va, m.end, meet, &m);
	ptsan_note_fresh(b->p, b->e, b->root, t, index, va);
}

void ptsan_make(struct ptsan *p, const struct ptsan_event *e, struct root *root,
		const struct table *t, unsigned index, uint64_t va)
{
	if (descriptor_type(t->shadow[index], t->level) == DESCRIPTOR_TABLE) {
		struct making m = {p,
				   e,
				   root,
				   {t->shadow[index], t->level, va},
				   leaf_end(va, geometry_entry_size(&t->geometry, t->level)),
				   true};
		stale_each(&p->stale, root->regime, va, m.end, meet, &m);
	}
	struct making_below below = {p, e, root};
	if (p->stale.count || root->geometry.top || root->regime == PTSAN_EL2)
		table_leaves(&p->tables, t, index, va, make_leaf, &below);
}
