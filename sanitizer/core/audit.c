// SPDX-License-Identifier: GPL-2.0-or-later
// The tables as they stand: what may not be mapped twice, and contiguous sets that are none.
#include <stdlib.h>

#include "state.h"

// Neighbouring leaves with one set of rights and one memory type.
struct run {
	uint64_t pa, va, size;
	unsigned rights;
	uint8_t type;
	uint64_t descriptor;
	int8_t level;
};

struct audit {
	struct ptsan *p;
	uint64_t mair;
	struct run *runs;
	size_t count, room;
	const struct root *root;
};

// ---- contiguous sets ----------------------------------------------------------------------------

static void check_set(const struct audit *a, const struct table *t, unsigned first, unsigned n,
		      uint64_t va)
{
	uint64_t size = geometry_entry_size(&t->geometry, t->level);
	static const uint64_t by_hardware = DESCRIPTOR_AF | DESCRIPTOR_READ_ONLY;
	for (unsigned i = first; i < first + n; i++) {
		uint64_t wanted = t->shadow[first] + (i - first) * size;
		if (((t->shadow[i] ^ wanted) & ~by_hardware) == 0)
			continue;
		struct ptsan_finding f = {
		    .kind = PTSAN_CONTIGUOUS_HOLE,
		    .below = PTSAN_ALL_LEVELS,
		    .level = t->level,
		    .asid = PTSAN_GLOBAL_ASID,
		    .va = va + (i - first) * size,
		    .old_descriptor = wanted,
		    .new_descriptor = t->shadow[i],
		};
		ptsan_tell(a->p, &f);
		return;
	}
}

struct set_place {
	const struct audit *audit;
	const struct table *t;
	unsigned first, n;
};

static void check_set_at(void *arg, struct root *root, uint64_t va)
{
	const struct set_place *s = arg;
	if (root == s->audit->root)
		check_set(s->audit, s->t, s->first, s->n, va);
}

static void check_sets(const struct audit *a, const struct table *t)
{
	unsigned n = geometry_contiguous(&t->geometry, t->level);
	for (unsigned first = 0; n > 1 && first + n <= t->entries; first += n)
		for (unsigned i = first; i < first + n; i++)
			if (descriptor_type(t->shadow[i], t->level) == DESCRIPTOR_LEAF &&
			    (t->shadow[i] & DESCRIPTOR_CONTIGUOUS)) {
				struct set_place s = {a, t, first, n};
				table_paths(t, first, check_set_at, &s);
				break;
			}
}

// ---- aliases ------------------------------------------------------------------------------------

static void add_run(void *arg, const struct table *t, unsigned index, uint64_t va)
{
	struct audit *a = arg;
	uint64_t d = t->shadow[index];
	struct run run = {
	    .pa = descriptor_address(&t->geometry, d, t->level),
	    .va = va,
	    .size = geometry_entry_size(&t->geometry, t->level),
	    .rights = descriptor_rights(d),
	    .type = descriptor_memory_type(d, a->mair),
	    .descriptor = d,
	    .level = t->level,
	};
	struct run *last = a->count ? &a->runs[a->count - 1] : NULL;
	if (last && last->pa + last->size == run.pa && last->va + last->size == run.va &&
	    last->rights == run.rights && last->type == run.type) {
		last->size += run.size;
		return;
	}
	if (a->count == a->room) {
		size_t room = a->room ? 2 * a->room : 256;
		struct run *more = realloc(a->runs, room * sizeof(*more));
		if (!more) {
			a->p->tables.overflow = true;
			return;
		}
		a->runs = more;
		a->room = room;
	}
	a->runs[a->count++] = run;
}

static int by_address(const void *a, const void *b)
{
	uint64_t x = ((const struct run *)a)->pa, y = ((const struct run *)b)->pa;
	return x < y ? -1 : x > y;
}

// Whether a mapping lies in part of [start, end), and there at the place in memory where another is.
static bool lies_in(const struct run *r, const struct run *other, uint64_t start, uint64_t end)
{
	uint64_t first = other->pa > r->pa ? other->pa : r->pa;
	uint64_t last =
	    other->pa + other->size < r->pa + r->size ? other->pa + other->size : r->pa + r->size;
	return r->va + (first - r->pa) < end && r->va + (last - r->pa) > start;
}

// Whether a mapping is one of the kernel's image, where it lies over another one.
static bool is_image(const struct audit *a, const struct run *r, const struct run *other)
{
	const struct ptsan_config *c = &a->p->config;
	return (a->p->image_known && r->va - r->pa == a->p->image_offset) ||
	       lies_in(r, other, c->image_start, c->image_end);
}

// Whether it is one of the image's data, which must be writable nowhere else.
static bool is_lone_data(const struct audit *a, const struct run *r, const struct run *other)
{
	const struct ptsan_config *c = &a->p->config;
	bool writes = r->rights & RIGHT_KERNEL_WRITE;
	return (c->data_alias_forbidden && writes && is_image(a, r, other)) ||
	       lies_in(r, other, c->data_start, c->data_end);
}

static bool is_device(uint8_t type)
{
	return !(type & 0xf0); // MAIR: the upper half is 0 for device memory
}

static bool is_wrong(const struct audit *a, const struct run *x, const struct run *y,
		     enum ptsan_kind *kind)
{
	bool write = y->rights & RIGHT_KERNEL_WRITE;
	bool settled = a->p->has_user; // before, text that initializes is written and executed
	if (settled && (x->rights & RIGHT_KERNEL_EXECUTE) && write)
		*kind = PTSAN_ALIAS_WRITE_EXECUTE;
	else if (is_device(x->type) != is_device(y->type))
		*kind = PTSAN_ALIAS_TYPE;
	else if (x != y && write && is_lone_data(a, x, y) && !is_image(a, y, x))
		*kind = PTSAN_ALIAS_WRITABLE;
	else if (settled && x != y && write && !(x->rights & RIGHT_KERNEL_WRITE) &&
		 is_image(a, x, y))
		*kind = PTSAN_ALIAS_WRITE_READ_ONLY;
	else
		return false;
	return true;
}

static void compare(const struct audit *a, const struct run *x, const struct run *y)
{
	enum ptsan_kind kind;
	if (!is_wrong(a, x, y, &kind)) {
		const struct run *swap = x;
		x = y;
		y = swap;
		if (!is_wrong(a, x, y, &kind))
			return;
	}
	uint64_t pa = x->pa > y->pa ? x->pa : y->pa;
	uint64_t end = x->pa + x->size < y->pa + y->size ? x->pa + x->size : y->pa + y->size;
	struct ptsan_finding f = {
	    .kind = kind,
	    .below = PTSAN_ALL_LEVELS,
	    .level = x->level,
	    .asid = PTSAN_GLOBAL_ASID,
	    .va = x->va + (pa - x->pa),
	    .old_descriptor = x->descriptor,
	    .new_descriptor = y->descriptor,
	    .other_va = y->va + (pa - y->pa),
	    .size = end - pa,
	};
	ptsan_tell(a->p, &f);
}

static void compare_runs(struct audit *a)
{
	if (!a->count)
		return;
	qsort(a->runs, a->count, sizeof(a->runs[0]), by_address);
	for (size_t i = 0; i < a->count; i++) {
		const struct run *x = &a->runs[i];
		// One mapping that is both is its own alias.
		if ((x->rights & RIGHT_KERNEL_EXECUTE) && (x->rights & RIGHT_KERNEL_WRITE))
			compare(a, x, x);
		for (size_t k = i + 1; k < a->count && a->runs[k].pa < x->pa + x->size; k++)
			compare(a, x, &a->runs[k]);
	}
}

// ---- what was never flushed ---------------------------------------------------------------------

struct lazy {
	size_t count;
	const struct stale *last;
};

static void count_lazy(void *arg, struct stale *r)
{
	struct lazy *l = arg;
	if (!r->revoked || !r->global || r->at_once || r->is_table)
		return;
	l->count++;
	l->last = r;
}

static void check_lazy(struct ptsan *p)
{
	struct lazy l = {0, NULL};
	stale_each_all(&p->stale, count_lazy, &l);
	if (l.count <= PTSAN_LAZY)
		return;
	struct ptsan_event none = {.pc = 0};
	struct ptsan_finding f = finding_of(&none, PTSAN_KERNEL_NOT_FLUSHED, l.last);
	ptsan_tell(p, &f);
}

// The kernel's own half, as the CPU that runs it has it loaded.
void ptsan_audit(struct ptsan *p)
{
	check_lazy(p);
	for (struct root *root = p->tables.roots; root; root = root->next) {
		if (!root->current)
			continue;
		unsigned cpu = (unsigned)__builtin_ctzll(root->current);
		struct audit a = {.p = p,
				  .mair = p->cpus[cpu].regimes[root->regime].registers[PTSAN_MAIR],
				  .root = root};
		for (size_t i = 0; i < TABLE_BUCKETS; i++)
			for (struct table *t = p->tables.buckets[i]; t; t = t->next)
				if (!t->detached && t->regime == root->regime)
					check_sets(&a, t);
		if (root->geometry.top) {
			uint64_t size = geometry_entry_size(&root->geometry, root->table->level);
			for (unsigned i = 0; i < root->table->entries; i++)
				table_leaves(&p->tables, root->table, i,
					     geometry_base(&root->geometry) + i * size, add_run,
					     &a);
			compare_runs(&a);
		}
		free(a.runs);
	}
}
