// SPDX-License-Identifier: GPL-2.0-or-later
// Which roots a CPU has loaded, and under which ASID.
#include "state.h"

#define SCTLR_M   ((uint64_t)1 << 0)
#define TCR_A1    ((uint64_t)1 << 22)
#define HCR_E2H   ((uint64_t)1 << 34)
#define TTBR_BITS 0x0000fffffffffffe

static bool has_two_halves(const struct regime_state *r, enum ptsan_regime regime)
{
	return regime == PTSAN_EL10 || (r->registers[PTSAN_HCR] & HCR_E2H);
}

// Bits 5 to 2 of a TTBR hold bits 51 to 48 of its address when 52 bits are in use.
static uint64_t root_address(uint64_t ttbr, const struct geometry *g)
{
	uint64_t address = ttbr & TTBR_BITS;
	unsigned entries = geometry_entries(g, g->start_level);
	uint64_t align = 8ull * entries;
	if (g->wide || (g->shift == 16 && g->va_bits > 48)) {
		uint64_t high = (address >> 2 & 0xf) << 48;
		align = align < 64 ? 64 : align;
		return (address & ~(align - 1)) | high;
	}
	return address & ~(align - 1);
}

// ---- ASIDs --------------------------------------------------------------------------------------

struct reuse {
	struct ptsan *p;
	const struct ptsan_event *e;
	const struct root *root;
	uint16_t asid;
};

static void meet_other(void *arg, struct stale *r)
{
	const struct reuse *u = arg;
	if (r->regime != u->root->regime || r->global || r->asid != u->asid ||
	    r->root_id == u->root->id || r->is_table || !(r->cpus & ((uint64_t)1 << u->e->cpu)))
		return;
	struct ptsan_finding f = finding_of(u->e, PTSAN_ASID_REUSED, r);
	ptsan_tell(u->p, &f);
	stale_remove(&u->p->stale, r);
}

struct retire {
	struct ptsan *p;
	const struct ptsan_event *e;
	const struct root *root;
};

static void retire_leaf(void *arg, const struct table *t, unsigned index, uint64_t va)
{
	const struct retire *retire = arg;
	struct take take = {retire->p, retire->e, retire->root, false, false};
	if (t->shadow[index] & DESCRIPTOR_NG)
		ptsan_take_leaf(&take, t, index, va);
}

// An address space gets another ASID: what is cached under its old one stays until it is flushed.
static void replace_asid(struct ptsan *p, const struct ptsan_event *e, struct root *root,
			 uint16_t asid)
{
	const struct retire retire = {p, e, root};
	uint64_t size = geometry_entry_size(&root->geometry, root->table->level);
	for (unsigned i = 0; i < root->table->entries && root->table->valid; i++)
		table_leaves(&p->tables, root->table, i, geometry_base(&root->geometry) + i * size,
			     retire_leaf, (void *)(uintptr_t)&retire);
	root->asids[0] = asid;
	root->asids_count = 1;
}

static void use_asid(struct ptsan *p, const struct ptsan_event *e, struct root *root, uint16_t asid)
{
	if (root_has_asid(root, asid) || !root->table->valid)
		return;
	// Linux gives user space the odd one of a pair while the kernel's page tables are unmapped.
	bool pair = root->asids_count == 1 && (root->asids[0] ^ asid) == 1;
	if (root->asids_count == 0 || pair)
		root->asids[root->asids_count++] = asid;
	else
		replace_asid(p, e, root, asid);
	struct reuse reuse = {p, e, root, asid};
	stale_each_all(&p->stale, meet_other, &reuse);
}

// ---- what a root leaves behind ------------------------------------------------------------------

struct replacing {
	struct ptsan *p;
	const struct ptsan_event *e;
	const struct root *new;
	bool told;
};

static void compare_leaf(void *arg, const struct table *t, unsigned index, uint64_t va)
{
	struct replacing *w = arg;
	struct leaf old = {t->shadow[index], t->level, va}, new = {0, 0, va};
	int level;
	if (w->told || !descriptor_is_cacheable(old.descriptor, old.level) ||
	    !root_translate(&w->p->tables, w->new, va, &new.descriptor, &level))
		return;
	new.level = (int8_t)level;
	new.va = va & ~(geometry_entry_size(&w->new->geometry, level) - 1);
	unsigned differs =
	    leaf_compare(w->p, w->e->cpu, w->e->regime, &w->new->geometry, &old, &new, va);
	if (!(differs & (DIFFERS_OA | DIFFERS_TYPE)))
		return;
	struct ptsan_finding f = {
	    .kind = PTSAN_ROOT_REPLACED,
	    .cpu = w->e->cpu,
	    .below = PTSAN_ALL_LEVELS,
	    .level = t->level,
	    .asid = PTSAN_GLOBAL_ASID,
	    .pc = w->e->pc,
	    .va = va,
	    .old_descriptor = old.descriptor,
	    .new_descriptor = new.descriptor,
	};
	ptsan_tell(w->p, &f);
	w->told = true;
}

static void compare_roots(struct ptsan *p, const struct ptsan_event *e, struct root *old,
			  struct root *new)
{
	struct replacing w = {p, e, new, false};
	uint64_t size = geometry_entry_size(&old->geometry, old->table->level);
	new->compared_to = old->id; // KPTI goes to and fro between two that agree
	for (unsigned i = 0; i < old->table->entries; i++)
		table_leaves(&p->tables, old->table, i, geometry_base(&old->geometry) + i * size,
			     compare_leaf, &w);
}

// The kernel's half has no ASID to tell its roots apart: what differs must be flushed in between.
static void check_replaced(struct ptsan *p, const struct ptsan_event *e, struct root *new)
{
	for (struct root *old = p->tables.roots; old && new->geometry.top; old = old->next)
		if (old != new && old->regime == new->regime && old->geometry.top &&
		    (old->cpus >> e->cpu & 1) && new->compared_to != old->id)
			compare_roots(p, e, old, new);
}

static void note_global(void *arg, const struct table *t, unsigned index, uint64_t va)
{
	(void)va;
	struct root *root = arg;
	root->has_global |= !(t->shadow[index] & DESCRIPTOR_NG);
}

static void find_global(struct ptsan *p, struct root *root)
{
	for (unsigned i = 0; i < root->table->entries && !root->has_global; i++)
		table_leaves(&p->tables, root->table, i, 0, note_global, root);
}

// ---- roots --------------------------------------------------------------------------------------

static void leave(struct ptsan *p, struct root *root, uint64_t cpu)
{
	root->current &= ~cpu;
	root_drop_if_over(&p->tables, root);
}

static void load_half(struct ptsan *p, const struct ptsan_event *e, struct regime_state *r,
		      unsigned half)
{
	uint64_t cpu = (uint64_t)1 << e->cpu;
	struct geometry g;
	struct root *root = NULL, *before = r->roots[half];
	if (r->on && geometry_read(r->registers[PTSAN_TCR], has_two_halves(r, e->regime), half, &g))
		root = root_get(&p->tables, e->regime, &g,
				root_address(r->registers[PTSAN_TTBR0 + half], &g));
	r->roots[half] = root;
	if (root && !root->cpus && !root->geometry.top && e->regime == PTSAN_EL10)
		find_global(p, root);
	if (root && root != before)
		check_replaced(p, e, root);
	if (root) {
		root->cpus |= cpu;
		root->current |= cpu;
	}
	if (before && before != root)
		leave(p, before, cpu);
}

static void load_asids(struct ptsan *p, const struct ptsan_event *e, struct regime_state *r)
{
	if (!has_two_halves(r, e->regime))
		return;
	uint64_t tcr = r->registers[PTSAN_TCR];
	uint64_t ttbr = r->registers[tcr & TCR_A1 ? PTSAN_TTBR1 : PTSAN_TTBR0];
	// The kernel's half is the same under all ASIDs, also where its entries are not global (KPTI).
	if (r->roots[0])
		use_asid(p, e, r->roots[0], (uint16_t)(ttbr >> 48));
}

void ptsan_register(struct ptsan *p, const struct ptsan_event *e)
{
	struct regime_state *r = &p->cpus[e->cpu].regimes[e->regime];
	r->registers[e->reg] = e->value;
	if (e->reg == PTSAN_SCTLR)
		r->on = e->value & SCTLR_M;
	if (e->reg == PTSAN_MAIR)
		return;
	load_half(p, e, r, 0);
	load_half(p, e, r, 1);
	load_asids(p, e, r);
}
