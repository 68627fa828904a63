// SPDX-License-Identifier: GPL-2.0-or-later
#include "stages/inject.h"

#include "entry/sysreg.h"
#include "mm/change.h"
#include "report/results.h"
#include "report/warn.h"
#include "stages/firmware.h"

// Nothing is ever mapped there.
#define NOWHERE UINT64_C(0xffffdead00000000)

static bool put_in;

bool inject_is(enum option_inject fault)
{
	bool wanted = firmware.options.inject == fault;
	put_in |= wanted;
	return wanted;
}

static bool splits(void)
{
	return firmware.mm.need_bbm && firmware.mm.caps.sys;
}

void inject_guard_off(void)
{
	struct mm *mm = &firmware.mm;
	if (!mm->need_bbm || !inject_is(OPTION_INJECT_GUARD_OFF))
		return;
	mm->inject = INJECT_GUARD_OFF;
	// The second page of RAM: its first PMD is a leaf.
	set_valid(mm, mm_linear(mm, mm->ram.range[0].start) + mm_page_size(mm), 1, false);
	mm->inject = 0;
}

bool inject_has_stage(void)
{
	switch ((enum option_inject)firmware.options.inject) {
	case OPTION_INJECT_NO_CLEAR:
		return true;
	case OPTION_INJECT_CONT_HOLE:
		return splits();
	case OPTION_INJECT_SPLAT:
	case OPTION_INJECT_OOPS:
	case OPTION_INJECT_HANG:
		return true;
	default:
		return false;
	}
}

// A page of free memory goes and comes back, with the fault in the table code.
static void change_page(enum injection fault)
{
	struct mm *mm = &firmware.mm;
	uint64_t size = 4 * level_size(mm->geometry, LEVEL_PMD);
	paddr_t pa;
	if (!pages_take_range(&firmware.pages, size, size, &pa))
		return;
	vaddr_t va = mm_linear(mm, pa) + mm_page_size(mm);
	mm->inject = fault;
	if (set_valid(mm, va, 1, false) == MM_OK)
		set_valid(mm, va, 1, true);
	mm->inject = 0;
	pages_put_range(&firmware.pages, pa, size);
}

void stage_inject(void)
{
	if (inject_is(OPTION_INJECT_NO_CLEAR))
		change_page(INJECT_NO_CLEAR);
	if (inject_is(OPTION_INJECT_CONT_HOLE))
		change_page(INJECT_CONT_HOLE);
	if (inject_is(OPTION_INJECT_SPLAT))
		WARN();
	if (inject_is(OPTION_INJECT_OOPS))
		*(volatile uint64_t *)(uintptr_t)NOWHERE = 0;
	if (inject_is(OPTION_INJECT_HANG))
		for (;;)
			cpu_yield();
}

void inject_report(void)
{
	if (firmware.options.inject != OPTION_INJECT_NONE && !put_in)
		test_report(stage_test("inject"), RESULT_SKIP,
			    "no place for the fault on this board with these options");
}
