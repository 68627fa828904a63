// SPDX-License-Identifier: GPL-2.0-or-later
// The writer's part of each pattern; docs/firmware-litmus.md has them in litmus form. No instruction of
// the hardware's own: it also runs on the host, under a watcher of the rules it must keep.
#include "mm/change.h"
#include "mm/entry.h"
#include "mm/split.h"
#include "stages/inject.h"
#include "stages/stress.h"

// Attempts of each reader: enough to meet a change, and to use the window in between.
#define HOLD_CHANGED 4
#define HOLD_BETWEEN 8

static void store(uint64_t *entry, uint64_t desc)
{
	entry_fill(stress.mm, entry, desc);
}

static void enter_phase(enum stress_phase kind)
{
	uint64_t next = (stress.phase & ~UINT64_C(3)) + 4 + kind;
	__atomic_store_n(&stress.phase, next, __ATOMIC_RELEASE);
	// Nobody may see what follows and not the phase.
	stress.mm->ops->barrier(stress.mm->machine, BARRIER_DSB_ISH);
}

static vaddr_t target(void)
{
	return stress.window.va + STRESS_TARGET_PAGE * stress_page();
}

static uint64_t *target_entry(void)
{
	return &stress.window.pte[STRESS_TARGET_PAGE];
}

// The invalidation that belongs to the pattern's change.
static void flush_changed(void)
{
	struct stress_window *window = &stress.window;
	if (stress.pattern == STRESS_W7)
		// flush_range() forgets leaves only: where the table was the walker might still know it.
		flush_all(stress.mm);
	else if (stress.pattern == STRESS_W2)
		flush_range(stress.mm, window->va, window->va + WINDOW_AREA);
	else
		flush_range(stress.mm, target(), target() + stress_page());
}

// inject=early-tlbi: ahead of the change, so that readers fetch the old translation again.
static void before_taking(void)
{
	enter_phase(STRESS_CHANGING);
	if (!inject_is(OPTION_INJECT_EARLY_TLBI))
		return;
	flush_changed();
	stress_hold(HOLD_BETWEEN);
}

// Nobody has what was taken any more.
static void after_taking(void)
{
	barrier_table(stress.mm);
	if (!inject_is(OPTION_INJECT_NO_TLBI) && !inject_is(OPTION_INJECT_EARLY_TLBI))
		flush_changed();
	enter_phase(STRESS_TAKEN);
	stress_hold(HOLD_CHANGED);
	enter_phase(STRESS_CHANGING);
}

static void after_giving_back(void)
{
	barrier_table(stress.mm);
	if (stress_takes_writing(stress.pattern))
		flush_changed();
	enter_phase(STRESS_GIVEN_BACK);
	stress_hold(HOLD_BETWEEN);
}

// inject=publish-first: the table is linked while it is still empty.
static void publish_table_first(void)
{
	struct stress_window *window = &stress.window;
	struct mm *mm = stress.mm;
	paddr_t pages = desc_pa(window->pmd_table);
	mm->ops->page_zero(mm->machine, pages);
	barrier_table(mm);
	store(window->pmd, window->pmd_table);
	barrier_table(mm);
	stress_hold(HOLD_CHANGED);
	split_fill(mm, pages, window->pmd_block, LEVEL_PMD, false);
}

// W1, and W2's changes of size.
static void block_or_table(bool table)
{
	struct stress_window *window = &stress.window;
	bool inject = table && stress.pattern == STRESS_W1;
	if (inject && inject_is(OPTION_INJECT_PUBLISH_FIRST))
		publish_table_first();
	if (inject && inject_is(OPTION_INJECT_WRONG_OA))
		store(&window->pte[1], entry_read(&window->pte[2]));
	store(window->pmd, table ? window->pmd_table : window->pmd_block);
	barrier_table(stress.mm);
}

static void target_writable(bool writable)
{
	uint64_t desc = entry_read(target_entry());
	store(target_entry(),
	      writable ? (desc & ~DESC_AP2) | DESC_WRITE : (desc & ~DESC_WRITE) | DESC_AP2);
}

// W2: what a kernel does that takes a right from a page in the middle of a block: split, change, one
// invalidation for both.
static void split_and_take(bool table)
{
	if (table) {
		before_taking();
		block_or_table(true);
		target_writable(false);
		after_taking();
	} else {
		enter_phase(STRESS_CHANGING);
		target_writable(true);
		barrier_table(stress.mm);
		block_or_table(false);
		after_giving_back();
	}
}

// Whether all entries of the group have the mark or none, and consecutive addresses.
static bool is_uniform(const uint64_t *entries, unsigned int level)
{
	uint64_t step = level_size(stress.mm->geometry, level), first = entry_read(entries);
	for (unsigned int i = 1; i < cont_entries(stress.mm->geometry, level); i++)
		if (entry_read(&entries[i]) != first + i * step)
			return false;
	return true;
}

// inject=mark-break: by invalid entries and an invalidation, which nobody needs for the mark alone.
static void break_group(uint64_t *entries, unsigned int level, uint64_t *kept)
{
	for (unsigned int i = 0; i < cont_entries(stress.mm->geometry, level); i++) {
		kept[i] = entry_read(&entries[i]);
		store(&entries[i], 0);
	}
	flush_all(stress.mm);
	stress_hold(HOLD_CHANGED);
}

#define GROUP_MAX 128 // entries of the largest contiguous group

// W3 and W4: puts the mark on all entries of a group or takes it away.
static void mark_group(uint64_t *entries, unsigned int level, bool cont)
{
	unsigned int count = cont_entries(stress.mm->geometry, level);
	bool inject = stress.pattern == STRESS_W3 || stress.pattern == STRESS_W4;
	bool broken = inject && inject_is(OPTION_INJECT_MARK_BREAK);
	unsigned int hole =
	    inject && cont && inject_is(OPTION_INJECT_CONT_HOLE) ? count - 1 : count;
	uint64_t kept[GROUP_MAX];
	if (broken)
		break_group(entries, level, kept);
	if (stress.pattern == STRESS_W4 && cont && inject_is(OPTION_INJECT_WRONG_OA))
		store(&entries[1], entry_read(&entries[2]));
	for (unsigned int i = 0; i < count; i++) {
		uint64_t desc = broken ? kept[i] : entry_read(&entries[i]);
		store(&entries[i], cont && i != hole ? desc | DESC_CONT : desc & ~DESC_CONT);
	}
	barrier_table(stress.mm);
	if (inject && !is_uniform(entries, level))
		__atomic_store_n(&stress.part_marked, stress.part_marked + 1, __ATOMIC_RELAXED);
}

// W5. inject=publish-first: the table of PMDs is linked while the area's entry is still empty.
static void pud_block_or_table(bool table)
{
	struct stress_window *window = &stress.window;
	bool first = table && inject_is(OPTION_INJECT_PUBLISH_FIRST);
	if (first) {
		store(window->pmd, 0);
		barrier_table(stress.mm);
	}
	store(window->pud, table ? window->pud_table : window->pud_block);
	barrier_table(stress.mm);
	if (!first)
		return;
	stress_hold(HOLD_CHANGED);
	store(window->pmd, window->pmd_block);
	barrier_table(stress.mm);
}

// W6. The target page lies in the first group of the area.
static void invalidate_and_back(void)
{
	bool groups = stress.mm->caps.sys;
	if (groups)
		mark_group(stress.window.pte, LEVEL_PTE, false);
	before_taking();
	store(target_entry(), (entry_read(target_entry()) & ~DESC_VALID) | DESC_NG);
	after_taking();
	store(target_entry(), (entry_read(target_entry()) & ~DESC_NG) | DESC_VALID);
	barrier_table(stress.mm);
	if (groups)
		mark_group(stress.window.pte, LEVEL_PTE, true);
	after_giving_back();
}

// W7.
static void break_and_make(bool table)
{
	struct stress_window *window = &stress.window;
	before_taking();
	store(window->pmd, 0);
	after_taking();
	store(window->pmd, table ? window->pmd_table : window->pmd_block);
	after_giving_back();
}

// W8.
static void read_only_and_back(void)
{
	stress_hold(HOLD_BETWEEN); // readers write, and may keep the translation
	before_taking();
	target_writable(false);
	after_taking();
	target_writable(true);
	after_giving_back();
}

void stress_prepare(void)
{
	struct stress_window *window = &stress.window;
	bool table = stress.pattern == STRESS_W4 || stress.pattern == STRESS_W6 ||
		     stress.pattern == STRESS_W8;
	stress_window_reset(stress.mm, window);
	if (!table)
		return;
	store(window->pmd, 0);
	flush_all(stress.mm);
	store(window->pmd, window->pmd_table);
	barrier_table(stress.mm);
}

void stress_write(void)
{
	struct stress_window *window = &stress.window;
	bool odd = stress.iterations & 1;
	switch (stress.pattern) {
	case STRESS_W1:
		block_or_table(!odd);
		break;
	case STRESS_W2:
		split_and_take(!odd);
		break;
	case STRESS_W3:
		mark_group(window->group, LEVEL_PMD, !odd);
		break;
	case STRESS_W4:
		mark_group(window->pte, LEVEL_PTE, !odd);
		break;
	case STRESS_W5:
		pud_block_or_table(odd);
		break;
	case STRESS_W6:
		invalidate_and_back();
		break;
	case STRESS_W7:
		break_and_make(!odd);
		break;
	case STRESS_W8:
		read_only_and_back();
		break;
	case STRESS_PATTERNS:
		break;
	}
	__atomic_store_n(&stress.iterations, stress.iterations + 1, __ATOMIC_RELEASE);
}
