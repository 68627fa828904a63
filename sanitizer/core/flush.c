// SPDX-License-Identifier: GPL-2.0-or-later
// TLB maintenance and barriers: when a record is gone.
#include "state.h"

struct flush {
	struct ptsan *p;
	const struct ptsan_event *e;
};

// ---- TLBI ---------------------------------------------------------------------------------------

static bool concerns(const struct ptsan_tlbi *i, const struct stale *r)
{
	if (r->regime != i->regime)
		return false;
	if (i->scope == PTSAN_TLBI_ALL)
		return true;
	if (i->scope == PTSAN_TLBI_ASID)
		return !r->global && r->asid == i->asid;
	if (r->is_table && i->last_level)
		return false;
	return i->any_asid || r->global || r->asid == i->asid;
}

static bool hint_excludes(const struct ptsan_tlbi *i, const struct stale *r)
{
	// Tables above the leaf are not concerned by the hint of a form that takes them along.
	return i->scope == PTSAN_TLBI_VA && i->level != PTSAN_ANY_LEVEL && !r->is_table &&
	       i->level != r->level;
}

static void issue(void *arg, struct stale *r)
{
	const struct flush *f = arg;
	const struct ptsan_event *e = f->e;
	const struct ptsan_tlbi *i = &e->tlbi;
	if (!concerns(i, r))
		return;
	if (hint_excludes(i, r)) {
		r->hint_excluded = true;
		return;
	}
	if (!r->synced) {
		// Another CPU's does not concern this store; the author's own comes too early.
		if (r->author == e->cpu && !r->early_told && i->scope == PTSAN_TLBI_VA) {
			struct ptsan_finding finding = finding_of(e, PTSAN_TLBI_BEFORE_DSB, r);
			ptsan_tell(f->p, &finding);
			r->early_told = true;
		}
		return;
	}
	struct stale *part =
	    i->scope == PTSAN_TLBI_VA ? stale_cut(&f->p->stale, r, i->start, i->end) : r;
	if (!part)
		return;
	uint64_t cpu = (uint64_t)1 << e->cpu;
	f->p->totals.flushed += part->revoked || part->is_table;
	if (i->domain == PTSAN_LOCAL)
		part->issued_local |= cpu;
	else
		part->issued |= cpu;
	part->issued_no_xs = i->no_xs ? part->issued_no_xs | cpu : part->issued_no_xs & ~cpu;
}

void ptsan_invalidate(struct ptsan *p, const struct ptsan_event *e)
{
	p->totals.tlbi++;
	struct flush f = {p, e};
	if (e->tlbi.scope == PTSAN_TLBI_ALL) {
		struct regime_state *r = &p->cpus[e->cpu].regimes[e->tlbi.regime];
		r->flushing_here = true;
		r->flushing_everywhere |= e->tlbi.domain != PTSAN_LOCAL;
	}
	if (e->tlbi.scope == PTSAN_TLBI_VA)
		stale_each(&p->stale, e->tlbi.regime, e->tlbi.start, e->tlbi.end, issue, &f);
	else if (e->tlbi.scope != PTSAN_TLBI_NONE)
		stale_each_all(&p->stale, issue, &f);
}

// ---- DSB ----------------------------------------------------------------------------------------

// Other entries of the set that are still valid: a walk of one of them caches the whole set again.
static bool set_is_partly_valid(const struct ptsan *p, const struct stale *r)
{
	if (!(r->old & DESCRIPTOR_CONTIGUOUS) || r->is_table)
		return false;
	const struct table *t = table_at(&p->tables, r->table_address);
	while (t && (t->address != r->table_address || t->level != r->level))
		t = table_next_at(t, r->table_address);
	if (!t || t->detached)
		return false;
	unsigned n = geometry_contiguous(&t->geometry, t->level);
	unsigned first = r->index & ~(n - 1);
	if (descriptor_type(t->shadow[r->index], t->level) != DESCRIPTOR_INVALID)
		return false;
	for (unsigned i = first; i < first + n && i < t->entries; i++)
		if (descriptor_is_cacheable(t->shadow[i], t->level) &&
		    (t->shadow[i] & DESCRIPTOR_CONTIGUOUS))
			return true;
	return false;
}

static void complete(struct flush *f, struct stale *r, uint64_t gone)
{
	struct ptsan *p = f->p;
	if (p->config.repeat_tlbi && r->rounds == 0) {
		r->rounds = 1;
		return;
	}
	if (set_is_partly_valid(p, r)) {
		if (!r->partial_told) {
			struct ptsan_finding finding =
			    finding_of(f->e, PTSAN_CONTIGUOUS_PARTLY_INVALIDATED, r);
			ptsan_tell(p, &finding);
			r->partial_told = true;
		}
		return;
	}
	r->cpus &= ~gone;
	if (!r->cpus)
		stale_remove(&p->stale, r);
}

// What each barrier waits for: DDI 0487 B2.7.9, "Data Synchronization Barrier".
static void barrier(void *arg, struct stale *r)
{
	struct flush *f = arg;
	const struct ptsan_event *e = f->e;
	uint64_t cpu = (uint64_t)1 << e->cpu;
	bool orders = r->author == e->cpu && !e->loads_only && !r->synced;
	r->synced |= orders;
	if (orders || ((r->issued | r->issued_local) & cpu))
		f->p->totals.flushed += r->revoked || r->is_table;
	// TLB maintenance is completed by a DSB for loads and stores.
	if (e->stores_only || e->loads_only)
		return;
	if (e->no_xs && !(r->issued_no_xs & cpu))
		return;
	bool everywhere = (r->issued & cpu) && e->domain != PTSAN_LOCAL;
	bool here = (r->issued_local & cpu) != 0;
	r->issued &= everywhere ? ~cpu : ~(uint64_t)0;
	r->issued_local &= ~cpu;
	if (everywhere)
		complete(f, r, ~(uint64_t)0);
	else if (here)
		complete(f, r, cpu);
}

// Nothing is cached any more of roots that were left before everything was flushed.
static void forget_left_roots(struct ptsan *p, const struct ptsan_event *e,
			      enum ptsan_regime regime)
{
	struct regime_state *r = &p->cpus[e->cpu].regimes[regime];
	uint64_t flushed = (uint64_t)1 << e->cpu;
	if (r->flushing_everywhere && e->domain != PTSAN_LOCAL)
		flushed = ~(uint64_t)0;
	struct root *next;
	for (struct root *root = p->tables.roots; root && r->flushing_here; root = next) {
		next = root->next;
		if (root->regime != regime)
			continue;
		root->cpus &= ~flushed | root->current;
		root_drop_if_over(&p->tables, root);
	}
	r->flushing_here = r->flushing_everywhere = false;
}

void ptsan_dsb(struct ptsan *p, const struct ptsan_event *e)
{
	p->totals.dsb++;
	struct flush f = {p, e};
	p->stale.newest = NULL; // what comes now is another event
	stale_each_all(&p->stale, barrier, &f);
	if (!e->stores_only && !e->loads_only)
		for (unsigned regime = 0; regime < PTSAN_REGIMES; regime++)
			forget_left_roots(p, e, (enum ptsan_regime)regime);
	struct cpu_state *cpu = &p->cpus[e->cpu];
	if (!e->loads_only)
		for (unsigned i = 0; i < cpu->fresh_count; i++)
			cpu->fresh[i].complete = true;
}

void ptsan_synchronize(struct ptsan *p, const struct ptsan_event *e)
{
	struct cpu_state *cpu = &p->cpus[e->cpu];
	unsigned left = 0;
	for (unsigned i = 0; i < cpu->fresh_count; i++)
		if (!cpu->fresh[i].complete)
			cpu->fresh[left++] = cpu->fresh[i];
	p->fresh_total -= cpu->fresh_count - left;
	cpu->fresh_count = left;
}
