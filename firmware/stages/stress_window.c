// SPDX-License-Identifier: GPL-2.0-or-later
#include "stages/stress_window.h"

#include "mm/change.h"
#include "mm/entry.h"
#include "mm/split.h"

// From the start of the upper half, where only the image is mapped: far behind it, and aligned to
// every granule's largest leaf or group.
#define WINDOW_OFFSET UINT64_C(0x800000000)

// Whether the naturally aligned block of `size` bytes around `pa` is all RAM.
static bool is_ram(const struct mm *mm, paddr_t pa, uint64_t size)
{
	paddr_t start = align_down(pa, size);
	return ranges_contain(&mm->ram, start, start + size);
}

// Memory in the middle of as much other RAM as can be had: more patterns can be run then.
static bool take_area(struct mm *mm, paddr_t *pa)
{
	const struct geometry *g = mm->geometry;
	uint64_t around[3];
	around[0] = level_size(g, level_has_leaf(g, LEVEL_PUD) ? LEVEL_PUD : LEVEL_PMD);
	around[1] = cont_size(g, LEVEL_PMD);
	around[2] = level_size(g, LEVEL_PMD);
	for (unsigned int i = 0; i < 3; i++) {
		if (!pages_take_range(mm->pages, WINDOW_AREA, around[i], pa))
			continue;
		if (is_ram(mm, *pa, around[i]))
			return true;
		pages_put_range(mm->pages, *pa, WINDOW_AREA);
	}
	// At no boundary, but in a PMD of RAM.
	if (!pages_take_range(mm->pages, WINDOW_AREA, WINDOW_AREA, pa))
		return false;
	if (is_ram(mm, *pa, level_size(g, LEVEL_PMD)))
		return true;
	pages_put_range(mm->pages, *pa, WINDOW_AREA);
	return false;
}

static bool new_table(struct mm *mm, struct stress_window *window, unsigned int level, paddr_t *pa)
{
	*pa = pages_late_table(mm->pages, level, OWNER_SCRATCH);
	if (*pa == PADDR_NONE || window->table_count == WINDOW_TABLES)
		return false;
	window->table[window->table_count++] = *pa;
	return true;
}

// The PMD table for the window, with what is missing on the way to it. NULL: no memory, or something else
// is mapped there.
static uint64_t *reach_pmd_table(struct mm *mm, struct stress_window *window)
{
	const struct geometry *g = mm->geometry;
	uint64_t *entries = table_entries(mm, mm->root);
	for (unsigned int level = g->start_level; level < LEVEL_PMD; level++) {
		uint64_t *entry = &entries[level_index(g, level, window->va)];
		if (!desc_is_table(entry_read(entry), level)) {
			paddr_t table;
			if (entry_read(entry) || !new_table(mm, window, level + 1, &table))
				return NULL;
			// The walker must not see the table before its zeroes.
			mm->ops->barrier(mm->machine, BARRIER_DSB_ISHST);
			entry_fill(mm, entry, desc_table(table, false));
			if (!window->link)
				window->link = entry;
		}
		if (level == LEVEL_PUD && level_has_leaf(g, LEVEL_PUD) &&
		    is_ram(mm, window->pa, level_size(g, LEVEL_PUD)))
			window->pud = entry;
		entries = table_entries(mm, desc_pa(entry_read(entry)));
	}
	return entries;
}

// Blocks for as much around the area as is RAM.
static void fill_pmds(struct mm *mm, struct stress_window *window, uint64_t *pmds)
{
	const struct geometry *g = mm->geometry;
	unsigned int index = level_index(g, LEVEL_PMD, window->va);
	unsigned int count = 1, group = cont_entries(g, LEVEL_PMD);
	if (is_ram(mm, window->pa, cont_size(g, LEVEL_PMD))) {
		count = group;
		window->group = &pmds[index & ~(group - 1)];
	}
	if (window->pud)
		count = level_entries(g, LEVEL_PMD);
	unsigned int first = index & ~(count - 1);
	paddr_t start = align_down(window->pa, count * level_size(g, LEVEL_PMD));
	window->filled = &pmds[first];
	window->filled_count = count;
	for (unsigned int i = 0; i < count; i++)
		entry_fill(
		    mm, &pmds[first + i],
		    desc_leaf(start + i * level_size(g, LEVEL_PMD), PROT_KERNEL_RW, LEVEL_PMD));
	window->pmd = &pmds[index];
	window->pmd_block = entry_read(window->pmd);
}

bool stress_window_open(struct mm *mm, struct stress_window *window)
{
	const struct geometry *g = mm->geometry;
	*window = (struct stress_window){0};
	if (!take_area(mm, &window->pa))
		return false;
	uint64_t around = max_u64(cont_size(g, LEVEL_PMD), UINT64_C(1) << 30);
	window->linear = mm_linear(mm, window->pa);
	window->va = linear_base(g) + linear_span(g) + WINDOW_OFFSET + (window->pa & (around - 1));

	paddr_t pages;
	uint64_t *pmds = reach_pmd_table(mm, window);
	if (!pmds || !new_table(mm, window, LEVEL_PTE, &pages)) {
		stress_window_close(mm, window);
		return false;
	}
	fill_pmds(mm, window, pmds);
	split_fill(mm, pages, window->pmd_block, LEVEL_PMD, false);
	window->pmd_table = desc_table(pages, false);
	window->pte =
	    &((uint64_t *)table_entries(mm, pages))[level_index(g, LEVEL_PTE, window->va)];
	if (window->pud) {
		window->pud_table = entry_read(window->pud);
		window->pud_block = desc_leaf(align_down(window->pa, level_size(g, LEVEL_PUD)),
					      PROT_KERNEL_RW, LEVEL_PUD);
	}
	barrier_table(mm);
	return true;
}

void stress_window_close(struct mm *mm, struct stress_window *window)
{
	if (window->pmd && window->pmd_table)
		stress_window_reset(mm, window);
	for (unsigned int i = 0; i < window->filled_count; i++)
		entry_fill(mm, &window->filled[i], 0);
	if (window->link)
		entry_fill(mm, window->link, 0);
	flush_all(mm);
	while (window->table_count)
		pages_free(mm->pages, window->table[--window->table_count]);
	pages_put_range(mm->pages, window->pa, WINDOW_AREA);
}

// The entries that the area's PMD shares a contiguous group with, or that entry alone.
static uint64_t *group_of(const struct mm *mm, const struct stress_window *window,
			  unsigned int *count)
{
	*count = window->group ? cont_entries(mm->geometry, LEVEL_PMD) : 1;
	return window->group ? window->group : window->pmd;
}

void stress_window_reset(struct mm *mm, struct stress_window *window)
{
	unsigned int count;
	uint64_t *group = group_of(mm, window, &count);
	uint64_t size = level_size(mm->geometry, LEVEL_PMD);
	paddr_t first = desc_pa(window->pmd_block) - (uint64_t)(window->pmd - group) * size;
	// Broken from the top, whatever is there and whatever the CPUs can, and then put right from below
	// while no walker gets there.
	if (window->pud)
		entry_fill(mm, window->pud, 0);
	for (unsigned int i = 0; i < count; i++)
		entry_fill(mm, &group[i], 0);
	flush_all(mm);
	split_fill(mm, desc_pa(window->pmd_table), window->pmd_block, LEVEL_PMD, false);
	for (unsigned int i = 0; i < count; i++)
		entry_fill(mm, &group[i], (window->pmd_block & ~DESC_OA_MASK) | (first + i * size));
	barrier_table(mm);
	if (window->pud)
		entry_fill(mm, window->pud, window->pud_table);
	barrier_table(mm);
}
