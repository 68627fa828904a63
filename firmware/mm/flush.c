// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/flush.h"

// Step 4.
static void flush_again(const struct mm *mm, const struct tlbi_op *last)
{
	mm->ops->tlbi(mm->machine, last);
	mm->ops->barrier(mm->machine, BARRIER_DSB_ISH);
}

static void flush(const struct mm *mm, struct tlbi_plan *plan)
{
	struct tlbi_op op = {TLBI_VMALLE1IS, 0};

	if (mm->inject & INJECT_NO_TLBI)
		return;
	mm->ops->barrier(mm->machine, BARRIER_DSB_ISHST);
	while (tlbi_plan_next(plan, &op))
		mm->ops->tlbi(mm->machine, &op);
	mm->ops->barrier(mm->machine, BARRIER_DSB_ISH);
	if (mm->tlbi_twice)
		flush_again(mm, &op);
	mm->ops->barrier(mm->machine, BARRIER_ISB);
}

void flush_range(const struct mm *mm, vaddr_t start, vaddr_t end)
{
	struct tlbi_plan plan;

	tlbi_plan_init(&plan, mm->geometry, mm->tlbi_ranges, start, end);
	flush(mm, &plan);
}

void flush_all(const struct mm *mm)
{
	struct tlbi_plan plan;

	tlbi_plan_init_whole(&plan, mm->geometry);
	flush(mm, &plan);
}
