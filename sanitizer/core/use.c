// SPDX-License-Identifier: GPL-2.0-or-later
// Where an old translation is relied on to be gone: the way back to user space, and accesses.
#include "state.h"

struct use {
	struct ptsan *p;
	const struct ptsan_event *e;
	const struct root *root; // that translates the address of an access; NULL: none
};

// ---- back to user space -------------------------------------------------------------------------

static bool has_loaded(const struct use *u, const struct stale *r)
{
	const struct regime_state *regime = &u->p->cpus[u->e->cpu].regimes[r->regime];
	for (unsigned half = 0; half < 2; half++)
		if (regime->roots[half] && root_has_asid(regime->roots[half], r->asid))
			return true;
	return false;
}

static void leave_behind(void *arg, struct stale *r)
{
	const struct use *u = arg;
	if (!r->revoked || r->is_table || r->return_told || r->author_thread != u->e->thread)
		return;
	bool kernel = r->global && r->at_once;
	if (!kernel && (r->global || !has_loaded(u, r)))
		return;
	struct ptsan_finding f =
	    finding_of(u->e, kernel ? PTSAN_KERNEL_WITHOUT_TLBI : PTSAN_RETURN_WITHOUT_TLBI, r);
	f.pc = r->author_pc; // the store is to blame, not the return
	ptsan_tell(u->p, &f);
	r->return_told = true;
}

// User space may meet what a root with global entries (an identity map) left in the TLB.
static void check_global_left(struct ptsan *p, const struct ptsan_event *e)
{
	uint64_t cpu = (uint64_t)1 << e->cpu;
	for (struct root *root = p->tables.roots; root; root = root->next) {
		if (!root->has_global || root->geometry.top || root->regime != PTSAN_EL10 ||
		    root->global_told || !(root->cpus & cpu) || (root->current & cpu))
			continue;
		root->global_told = true;
		struct ptsan_finding f = {
		    .kind = PTSAN_GLOBAL_LEFT,
		    .cpu = e->cpu,
		    .below = PTSAN_ALL_LEVELS,
		    .asid = PTSAN_GLOBAL_ASID,
		    .pc = e->pc,
		    .other_va = root->table->address,
		};
		ptsan_tell(p, &f);
	}
}

void ptsan_return_user(struct ptsan *p, const struct ptsan_event *e)
{
	p->has_user = true;
	if (p->stale.revoked) {
		struct use u = {p, e, NULL};
		stale_each_all(&p->stale, leave_behind, &u);
	}
	check_global_left(p, e);
	ptsan_synchronize(p, e); // an exception return is a context synchronization event
}

// ---- accesses -----------------------------------------------------------------------------------

static unsigned right_of(const struct ptsan_event *e)
{
	return e->execute ? RIGHT_KERNEL_EXECUTE : e->write ? RIGHT_KERNEL_WRITE : 0;
}

// Whether the tables as they stand allow the access, at the address that the old entry gave.
static bool is_still_right(const struct use *u, const struct stale *r)
{
	uint64_t d;
	int level;
	if (!u->root || !root_translate(&u->p->tables, u->root, u->e->address, &d, &level))
		return false;
	unsigned right = right_of(u->e);
	uint64_t mask = geometry_entry_size(&u->root->geometry, level) - 1;
	uint64_t now = descriptor_address(&u->root->geometry, d, level) + (u->e->address & mask);
	uint64_t step = r->step - 1;
	uint64_t then = descriptor_address(&u->root->geometry,
					   stale_descriptor_at(r, u->e->address), r->level) +
			((u->e->address - r->start) & step);
	return now == then && (descriptor_rights(d) & right) == right;
}

static void touch(void *arg, struct stale *r)
{
	struct use *u = arg;
	const struct ptsan_event *e = u->e;
	if (!r->revoked || r->is_table || r->use_told || !(r->cpus & ((uint64_t)1 << e->cpu)) ||
	    (!r->global && !has_loaded(u, r)))
		return;
	// Other CPUs may use it until it is flushed; they should not be able to for long.
	bool own = r->author == e->cpu && r->author_thread == e->thread;
	if (!own && u->p->cpus[r->author].time - r->author_time < u->p->config.late)
		return;
	if (is_still_right(u, r))
		return;
	struct ptsan_finding f = finding_of(e, PTSAN_STALE_USE, r);
	ptsan_tell(u->p, &f);
	r->use_told = true;
}

static void touch_fresh(struct ptsan *p, const struct ptsan_event *e)
{
	struct cpu_state *cpu = &p->cpus[e->cpu];
	for (unsigned i = 0; i < cpu->fresh_count; i++) {
		const struct fresh *n = &cpu->fresh[i];
		if (n->regime != e->regime || e->address < n->start || e->address >= n->end)
			continue;
		struct ptsan_finding f = {
		    .kind = PTSAN_USE_BEFORE_BARRIER,
		    .cpu = e->cpu,
		    .below = PTSAN_ALL_LEVELS,
		    .level = n->level,
		    .asid = PTSAN_GLOBAL_ASID,
		    .pc = e->pc,
		    .va = n->start,
		    .new_descriptor = n->descriptor,
		    .has_author = true,
		    .author_cpu = e->cpu,
		    .author_pc = n->pc,
		};
		ptsan_tell(p, &f);
		cpu->fresh[i] = cpu->fresh[--cpu->fresh_count];
		p->fresh_total--;
		return;
	}
}

void ptsan_access(struct ptsan *p, const struct ptsan_event *e)
{
	struct regime_state *regime = &p->cpus[e->cpu].regimes[e->regime];
	struct use u = {p, e, regime->roots[e->address >> 55 & 1]};
	if (p->stale.revoked)
		stale_each(&p->stale, e->regime, e->address, leaf_end(e->address, 1), touch, &u);
	touch_fresh(p, e);
}

// User space is entered by an exception return, which synchronizes; only the kernel's own count.
void ptsan_note_fresh(struct ptsan *p, const struct ptsan_event *e, const struct root *root,
		      const struct table *t, unsigned index, uint64_t va)
{
	struct cpu_state *cpu = &p->cpus[e->cpu];
	bool own = root->regime == PTSAN_EL2 || root->geometry.top;
	if (!own || !(root->current & ((uint64_t)1 << e->cpu)) || cpu->fresh_count == FRESH_MAX)
		return;
	cpu->fresh[cpu->fresh_count++] =
	    (struct fresh){.start = va,
			   .end = leaf_end(va, geometry_entry_size(&t->geometry, t->level)),
			   .regime = root->regime,
			   .pc = e->pc,
			   .descriptor = t->shadow[index],
			   .level = t->level};
	p->fresh_total++;
}
