// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/tlbi.h"

#define SCALE_MAX 3
#define NUM_MAX   31

// Pages that one range operation of this scale and number covers.
static uint64_t range_pages(unsigned num, unsigned scale)
{
	return (uint64_t)(num + 1) << (5 * scale + 1);
}

void tlbi_plan_init(struct tlbi_plan *plan, const struct geometry *g, bool ranges, vaddr_t start,
		    vaddr_t end)
{
	uint64_t pages = (end - start) >> g->page_shift;
	uint64_t entries = UINT64_C(1) << (g->page_shift - 3);

	*plan = (struct tlbi_plan){
	    .geometry = g,
	    .next = start,
	    .pages = pages,
	    .scale = SCALE_MAX,
	    .ranges = ranges,
	    .whole = ranges ? pages > range_pages(NUM_MAX, SCALE_MAX) : pages >= entries,
	};
}

void tlbi_plan_init_whole(struct tlbi_plan *plan, const struct geometry *g)
{
	*plan = (struct tlbi_plan){.geometry = g, .pages = 1, .whole = true};
}

static struct tlbi_op page_op(struct tlbi_plan *plan)
{
	// VA[55:12] whatever the granule.
	struct tlbi_op op = {TLBI_VAALE1IS, (plan->next >> 12) & ((UINT64_C(1) << 44) - 1)};

	plan->next += page_size(plan->geometry);
	plan->pages--;
	return op;
}

static struct tlbi_op range_op(struct tlbi_plan *plan, unsigned num)
{
	uint64_t base = (plan->next >> plan->geometry->page_shift) & ((UINT64_C(1) << 37) - 1);
	uint64_t tg = plan->geometry->granule + 1U; // 1: 4K, 2: 16K, 3: 64K
	uint64_t pages = range_pages(num, plan->scale);

	plan->next += pages << plan->geometry->page_shift;
	plan->pages -= pages;
	return (struct tlbi_op){TLBI_RVAALE1IS, tg << 46 | (uint64_t)plan->scale << 44 |
						    (uint64_t)num << 39 | base};
}

bool tlbi_plan_next(struct tlbi_plan *plan, struct tlbi_op *op)
{
	if (plan->pages == 0)
		return false;
	if (plan->whole) {
		plan->pages = 0;
		*op = (struct tlbi_op){TLBI_VMALLE1IS, 0};
		return true;
	}
	if (!plan->ranges || plan->pages == 1) {
		*op = page_op(plan);
		return true;
	}
	// With two pages or more left some scale fits: scale 0 covers multiples of two.
	while (plan->pages < range_pages(0, plan->scale))
		plan->scale--;
	*op = range_op(plan, (unsigned)((plan->pages >> (5 * plan->scale + 1)) - 1));
	return true;
}
