// SPDX-License-Identifier: GPL-2.0-or-later
#include "entry/sysreg.h"
#include "mm/change.h"
#include "mm/entry.h"
#include "mm/split.h"
#include "stages/inject.h"
#include "stages/stress.h"

#define HOLD_TURNS 2000

static void store(uint64_t *entry, uint64_t desc)
{
	entry_fill(stress.mm, entry, desc);
}

void stress_hold(void)
{
	uint64_t before[CPU_MAX];
	for (unsigned int i = 0; i < stress.readers; i++)
		before[i] = stress.reader[stress.reader_cpu[i]].progress;
	unsigned int waiting = stress.readers;
	for (unsigned int turn = 0; waiting && turn < HOLD_TURNS && !stress_stopped(); turn++) {
		waiting = 0;
		for (unsigned int i = 0; i < stress.readers; i++) {
			const uint64_t *progress = &stress.reader[stress.reader_cpu[i]].progress;
			waiting += __atomic_load_n(progress, __ATOMIC_RELAXED) < before[i] + 2;
		}
		cpu_yield();
	}
}

// inject=publish-first: the table is linked while it is still empty.
static void publish_first(void)
{
	struct stress_window *window = &stress.window;
	struct mm *mm = stress.mm;
	paddr_t pages = desc_pa(window->pmd_table);
	mm->ops->page_zero(mm->machine, pages);
	barrier_table(mm);
	store(window->pmd, window->pmd_table);
	barrier_table(mm);
	stress_hold();
	split_fill(mm, pages, window->pmd_block, LEVEL_PMD, false);
}

static void block_or_table(bool table)
{
	struct stress_window *window = &stress.window;
	if (table && inject_is(OPTION_INJECT_PUBLISH_FIRST))
		publish_first();
	if (table && inject_is(OPTION_INJECT_WRONG_OA))
		store(&window->pte[1], entry_read(&window->pte[2]));
	store(window->pmd, table ? window->pmd_table : window->pmd_block);
	barrier_table(stress.mm);
}

// Puts the mark on all entries of a group or takes it away.
static void mark_group(uint64_t *entries, unsigned int level, bool cont)
{
	for (unsigned int i = 0; i < cont_entries(stress.mm->geometry, level); i++) {
		uint64_t desc = entry_read(&entries[i]);
		store(&entries[i], cont ? desc | DESC_CONT : desc & ~DESC_CONT);
	}
	barrier_table(stress.mm);
}

static vaddr_t target(void)
{
	return stress.window.va + STRESS_TARGET_PAGE * stress_page();
}

static uint64_t *target_entry(void)
{
	return &stress.window.pte[STRESS_TARGET_PAGE];
}

static void flush_target(void)
{
	flush_range(stress.mm, target(), target() + stress_page());
}

// The area is mapped by pages from now on, as the patterns that are about pages want it.
static void use_pages(void)
{
	if (entry_read(stress.window.pmd) == stress.window.pmd_table)
		return;
	store(stress.window.pmd, 0);
	flush_all(stress.mm);
	store(stress.window.pmd, stress.window.pmd_table);
	barrier_table(stress.mm);
}

// The target page lies in the first group of the area.
static void invalidate_and_back(void)
{
	bool groups = stress.mm->caps.sys;
	use_pages();
	if (groups)
		mark_group(stress.window.pte, LEVEL_PTE, false);
	store(target_entry(), (entry_read(target_entry()) & ~DESC_VALID) | DESC_NG);
	barrier_table(stress.mm);
	flush_target();
	stress_hold();
	store(target_entry(), (entry_read(target_entry()) & ~DESC_NG) | DESC_VALID);
	barrier_table(stress.mm);
	if (groups)
		mark_group(stress.window.pte, LEVEL_PTE, true);
}

static void break_and_make(bool table)
{
	struct stress_window *window = &stress.window;
	store(window->pmd, 0);
	flush_range(stress.mm, align_down(window->va, level_size(stress.mm->geometry, LEVEL_PMD)),
		    align_down(window->va, level_size(stress.mm->geometry, LEVEL_PMD)) +
			level_size(stress.mm->geometry, LEVEL_PMD));
	stress_hold();
	store(window->pmd, table ? window->pmd_table : window->pmd_block);
	barrier_table(stress.mm);
}

static void generation_next(void)
{
	__atomic_store_n(&stress.generation, stress.generation + 1, __ATOMIC_RELEASE);
}

static void read_only_and_back(void)
{
	use_pages();
	stress_hold(); // readers write, and may keep the translation
	if (inject_is(OPTION_INJECT_NO_TLBI))
		stress.mm->inject = INJECT_NO_TLBI;
	store(target_entry(), (entry_read(target_entry()) & ~DESC_WRITE) | DESC_AP2);
	barrier_table(stress.mm);
	flush_target();
	stress.mm->inject = 0;
	generation_next();
	stress_hold();
	generation_next();
	dsb_ish(); // nobody may see the right back and the generation not
	store(target_entry(), (entry_read(target_entry()) & ~DESC_AP2) | DESC_WRITE);
	barrier_table(stress.mm);
	flush_target();
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
		block_or_table(!odd);
		flush_range(stress.mm, window->va, window->va + WINDOW_AREA);
		break;
	case STRESS_W3:
		mark_group(window->group, LEVEL_PMD, !odd);
		break;
	case STRESS_W4:
		use_pages();
		mark_group(window->pte, LEVEL_PTE, !odd);
		break;
	case STRESS_W5:
		store(window->pud, odd ? window->pud_table : window->pud_block);
		barrier_table(stress.mm);
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
	cpu_yield();
}
