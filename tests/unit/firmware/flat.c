// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include "unit/firmware/flat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mm/walk.h"

void flat_init(struct flat *flat, const struct mm *mm)
{
	const struct range *last = &mm->ram.range[mm->ram.count - 1];

	flat->mm = mm;
	flat->pages = (last->end - mm->memstart) >> mm->geometry->page_shift;
	flat->page = calloc(flat->pages, 1);
	if (!flat->page)
		abort();
	for (unsigned i = 0; i < mm->ram.count; i++) {
		uint64_t first =
		    (mm->ram.range[i].start - mm->memstart) >> mm->geometry->page_shift;
		uint64_t end = (mm->ram.range[i].end - mm->memstart) >> mm->geometry->page_shift;
		memset(flat->page + first, FLAT_DEFAULT, end - first);
	}
}

void flat_deinit(struct flat *flat)
{
	free(flat->page);
	flat->page = NULL;
}

uint64_t flat_index(const struct flat *flat, vaddr_t va)
{
	return (va - linear_base(flat->mm->geometry)) >> flat->mm->geometry->page_shift;
}

void flat_change(struct flat *flat, vaddr_t start, vaddr_t end, uint8_t set, uint8_t clear)
{
	for (uint64_t i = flat_index(flat, start); i < flat_index(flat, end); i++)
		if (flat->page[i] & FLAT_MAPPED)
			flat->page[i] = (uint8_t)((flat->page[i] & ~clear) | set);
}

uint8_t flat_bits_of(uint64_t desc)
{
	uint8_t bits = FLAT_MAPPED;

	if (desc & DESC_VALID)
		bits |= FLAT_VALID;
	if (desc & DESC_AP2)
		bits |= FLAT_RO;
	if (desc & DESC_WRITE)
		bits |= FLAT_MARK;
	if ((desc & DESC_ATTR_MASK) == DESC_ATTR(MAIR_NORMAL_TAGGED))
		bits |= FLAT_TAGGED;
	return bits;
}

struct comparison {
	const struct flat *flat;
	vaddr_t next; // up to here compared
	vaddr_t wrong;
	uint64_t desc;
	bool differs;
};

static void compare(struct comparison *c, vaddr_t start, vaddr_t end, uint8_t bits, uint64_t desc)
{
	uint64_t first = flat_index(c->flat, start);
	uint64_t last = min_u64(flat_index(c->flat, end), c->flat->pages);

	for (uint64_t i = first; i < last && !c->differs; i++) {
		if (c->flat->page[i] == bits)
			continue;
		c->differs = true;
		c->wrong = start + ((i - first) << c->flat->mm->geometry->page_shift);
		c->desc = desc;
	}
}

static void compare_run(void *context, const struct leaf_run *run)
{
	struct comparison *c = context;
	const struct mm *mm = c->flat->mm;
	vaddr_t end = run->va + run->count * level_size(mm->geometry, run->level);

	if (run->va > c->next)
		compare(c, c->next, run->va, 0, 0);
	// The other attributes are always the same, and the memory is the one the VA stands for.
	const uint64_t fixed = ~(DESC_OA_MASK | DESC_VALID | DESC_NG | DESC_TABLE | DESC_AP2 |
				 DESC_WRITE | DESC_ATTR_MASK | DESC_CONT);
	bool odd = (run->desc & fixed) != (PROT_KERNEL_TAGGED & fixed) ||
		   desc_pa(run->desc) != mm_linear_pa(mm, run->va) ||
		   !(run->desc & DESC_VALID) != !!(run->desc & DESC_NG);
	if (odd && !c->differs) {
		c->differs = true;
		c->wrong = run->va;
		c->desc = run->desc;
	}
	compare(c, max_u64(run->va, c->next), end, flat_bits_of(run->desc), run->desc);
	c->next = end;
}

bool flat_agrees(const struct flat *flat, vaddr_t start, vaddr_t end)
{
	struct comparison c = {.flat = flat, .next = start};
	struct walk_visitor visitor = {.context = &c, .leaves = compare_run};

	walk_range(flat->mm, start, end, &visitor);
	if (c.next < end && !c.differs)
		compare(&c, c.next, end, 0, 0);
	if (c.differs)
		fprintf(stderr, "# page %lx: descriptor %lx, expected bits %x\n", c.wrong, c.desc,
			flat->page[flat_index(flat, c.wrong)]);
	return !c.differs;
}

bool flat_allows(const struct flat *flat, vaddr_t va, uint64_t desc, paddr_t pa)
{
	uint8_t page = flat->page[flat_index(flat, va)];

	return page == flat_bits_of(desc) && pa == mm_linear_pa(flat->mm, va) &&
	       (page & FLAT_VALID);
}
