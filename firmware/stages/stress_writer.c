// SPDX-License-Identifier: GPL-2.0-or-later
#include "entry/sysreg.h"
#include "mm/change.h"
#include "mm/entry.h"
#include "mm/split.h"
#include "report/clock.h"
#include "stages/inject.h"
#include "stages/stress.h"

// Attempts of each reader: enough to meet a change, and to use the window in between. The time is that
// of a host that lets them wait; shorter than what CPU 0, which may be the writer, can be away for.
#define HOLD_CHANGED 2
#define HOLD_BETWEEN 8
#define HOLD_MS      50

static void store(uint64_t *entry, uint64_t desc)
{
	entry_fill(stress.mm, entry, desc);
}

void stress_hold(unsigned int attempts)
{
	uint64_t before[CPU_MAX], start = clock_now();
	for (unsigned int i = 0; i < stress.readers; i++)
		before[i] = stress.reader[stress.reader_cpu[i]].progress;
	unsigned int waiting = stress.readers;
	while (waiting && !clock_expired(start, HOLD_MS) && !stress_stopped()) {
		waiting = 0;
		for (unsigned int i = 0; i < stress.readers; i++) {
			const uint64_t *progress = &stress.reader[stress.reader_cpu[i]].progress;
			waiting +=
			    __atomic_load_n(progress, __ATOMIC_RELAXED) - before[i] < attempts;
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
	stress_hold(HOLD_CHANGED);
	split_fill(mm, pages, window->pmd_block, LEVEL_PMD, false);
}

static void block_or_table(bool table)
{
	struct stress_window *window = &stress.window;
	bool inject = table && stress.pattern == STRESS_W1;
	if (inject && inject_is(OPTION_INJECT_PUBLISH_FIRST))
		publish_first();
	if (inject && inject_is(OPTION_INJECT_WRONG_OA))
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

void stress_prepare(void)
{
	struct stress_window *window = &stress.window;
	stress_window_reset(stress.mm, window);
	if (stress.pattern != STRESS_W4 && stress.pattern != STRESS_W6 &&
	    stress.pattern != STRESS_W8)
		return;
	store(window->pmd, 0);
	flush_all(stress.mm);
	store(window->pmd, window->pmd_table);
	barrier_table(stress.mm);
}

// The target page lies in the first group of the area.
static void invalidate_and_back(void)
{
	bool groups = stress.mm->caps.sys;
	if (groups)
		mark_group(stress.window.pte, LEVEL_PTE, false);
	store(target_entry(), (entry_read(target_entry()) & ~DESC_VALID) | DESC_NG);
	barrier_table(stress.mm);
	flush_target();
	stress_hold(HOLD_CHANGED);
	store(target_entry(), (entry_read(target_entry()) & ~DESC_NG) | DESC_VALID);
	barrier_table(stress.mm);
	if (groups)
		mark_group(stress.window.pte, LEVEL_PTE, true);
	stress_hold(HOLD_BETWEEN);
}

static void break_and_make(bool table)
{
	struct stress_window *window = &stress.window;
	store(window->pmd, 0);
	// What flush_range() does forgets leaves only: where the table was the walker might still know it.
	flush_all(stress.mm);
	stress_hold(HOLD_CHANGED);
	store(window->pmd, table ? window->pmd_table : window->pmd_block);
	barrier_table(stress.mm);
	stress_hold(HOLD_BETWEEN);
}

static void generation_next(void)
{
	__atomic_store_n(&stress.generation, stress.generation + 1, __ATOMIC_RELEASE);
}

static void read_only_and_back(void)
{
	stress_hold(HOLD_BETWEEN); // readers write, and may keep the translation
	if (inject_is(OPTION_INJECT_NO_TLBI))
		stress.mm->inject = INJECT_NO_TLBI;
	store(target_entry(), (entry_read(target_entry()) & ~DESC_WRITE) | DESC_AP2);
	barrier_table(stress.mm);
	flush_target();
	stress.mm->inject = 0;
	generation_next();
	stress_hold(HOLD_BETWEEN);
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
