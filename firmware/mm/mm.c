// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/mm.h"

#include "report/warn.h"

#define SIZE_64K UINT64_C(0x10000)
#define SIZE_2M  UINT64_C(0x200000)

void mm_init(struct mm *mm, const struct geometry *g, const struct machine_ops *ops, void *machine,
	     struct pages *pages, const struct policy *policy, const struct layout *layout)
{
	*mm = (struct mm){
	    .geometry = g,
	    .ops = ops,
	    .machine = machine,
	    .pages = pages,
	    .owner = OWNER_LINEAR,
	    .policy = *policy,
	    .layout = *layout,
	};
}

uint64_t mm_set_ram(struct mm *mm, const struct ranges *ram)
{
	uint64_t end;
	uint64_t total;

	mm->ram = *ram;
	ranges_round_inward(&mm->ram, mm_page_size(mm));
	if (mm->ram.count == 0)
		PANIC("no RAM: %u ranges, none holds a whole page", ram->count);
	mm->memstart =
	    align_down(mm->ram.range[0].start, UINT64_C(1) << mm->geometry->memstart_shift);
	// Output addresses have 48 bits; that much RAM also fits the linear map only from 0 on.
	end = min_u64(mm->memstart + linear_span(mm->geometry), UINT64_C(1) << 48);
	total = ranges_total(&mm->ram);
	if (!ranges_remove(&mm->ram, end, UINT64_MAX))
		PANIC("more than %u pieces of RAM", RANGES_MAX);
	return total - ranges_total(&mm->ram);
}

void mm_init_scratch(struct mm *scratch, const struct mm *mm, paddr_t root)
{
	*scratch = *mm;
	scratch->root = root;
	scratch->owner = OWNER_SCRATCH;
}

struct range mm_linear_range(const struct mm *mm)
{
	return (struct range){linear_base(mm->geometry),
			      mm_linear(mm, mm->ram.range[mm->ram.count - 1].end)};
}

vaddr_t mm_image(const struct mm *mm, paddr_t pa)
{
	return image_base(mm->geometry) + (pa - align_down(mm->layout.text_start, SIZE_2M));
}

static struct range alias(const struct mm *mm, paddr_t start, paddr_t end)
{
	return (struct range){mm_linear(mm, start), mm_linear(mm, align_up(end, mm_page_size(mm)))};
}

struct range mm_text_alias(const struct mm *mm)
{
	return alias(mm, mm->layout.text_start, mm->layout.init_begin);
}

struct range mm_init_alias(const struct mm *mm)
{
	return alias(mm, mm->layout.init_begin, mm->layout.init_end);
}

struct range mm_data_alias(const struct mm *mm)
{
	return alias(mm, mm->layout.init_end, mm->layout.bss_stop);
}

struct range mm_tail_alias(const struct mm *mm)
{
	vaddr_t start = mm_data_alias(mm).end;
	return (struct range){start, align_up(start, SIZE_64K)};
}
