// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/change.h"

#include "mm/split.h"
#include "mm/walk.h"
#include "report/warn.h"

// Whether the leaf, with its contiguous group, that holds `va` has bytes outside [start, end).
static bool sticks_out(const struct mm *mm, vaddr_t va, vaddr_t start, vaddr_t end)
{
	struct leaf leaf;

	if (!walk_lookup(mm, va, &leaf))
		return false;
	uint64_t size = desc_is_cont(leaf.desc) ? cont_size(mm->geometry, leaf.level)
						: level_size(mm->geometry, leaf.level);
	vaddr_t first = align_down(va, size);
	return first < start || first + size > end;
}

static void change_table(struct mm *mm, uint64_t *entries, unsigned level, struct range part,
			 uint64_t set, uint64_t clear)
{
	uint64_t size = level_size(mm->geometry, level);

	for (vaddr_t va = part.start; va < part.end; va = align_down(va, size) + size) {
		uint64_t *entry = &entries[level_index(mm->geometry, level, va)];
		uint64_t desc = entry_read(entry);

		if (desc_is_leaf(desc, level)) {
			entry_store(mm, entry, (desc & ~clear) | set);
		} else if (desc_is_table(desc, level)) {
			struct range below = {va, min_u64(part.end, align_down(va, size) + size)};
			change_table(mm, table_entries(mm, desc_pa(desc)), level + 1, below, set,
				     clear);
		}
	}
}

int change_range(struct mm *mm, vaddr_t start, uint64_t size, uint64_t set, uint64_t clear,
		 enum change_flush flush_or_not)
{
	struct range whole = {start, start + size};
	bool only_validates = set == DESC_VALID && clear == DESC_NG;
	int r;

	if (size == 0)
		return MM_OK;
	r = split_to(mm, whole.start, whole.end);
	if (r != MM_OK) {
		if (!(mm->warned & WARN_CHANGE_SPLIT)) {
			mm->warned |= WARN_CHANGE_SPLIT;
			WARN();
		}
		return r;
	}
	// Only the first and the last leaf can be covered in part; a page where nothing is mapped,
	// too.
	if (!is_aligned(whole.start | whole.end, mm_page_size(mm)) ||
	    sticks_out(mm, start, whole.start, whole.end) ||
	    sticks_out(mm, whole.end - 1, whole.start, whole.end)) {
		if (!(mm->warned & WARN_CHANGE_PARTIAL)) {
			mm->warned |= WARN_CHANGE_PARTIAL;
			WARN();
		}
		return MM_EINVAL;
	}
	if (mm->inject & INJECT_NO_CLEAR)
		clear &= ~DESC_NG;
	change_table(mm, table_entries(mm, mm->root), mm->geometry->start_level, whole, set, clear);
	barrier_table(mm);
	if (flush_or_not == CHANGE_FLUSH && !only_validates)
		flush_range(mm, whole.start, whole.end);
	return MM_OK;
}

int set_valid(struct mm *mm, vaddr_t va, uint64_t pages, bool valid)
{
	uint64_t size = pages << mm->geometry->page_shift;

	if (valid)
		return change_range(mm, va, size, DESC_VALID, DESC_NG, CHANGE_FLUSH);
	return change_range(mm, va, size, DESC_NG, DESC_VALID, CHANGE_FLUSH);
}

int alias_valid(struct mm *mm, bool valid)
{
	struct range data = mm_data_alias(mm);

	return set_valid(mm, data.start, (data.end - data.start) >> mm->geometry->page_shift,
			 valid);
}

int direct_invalid(struct mm *mm, vaddr_t va)
{
	if (!policy_can_set_direct_map(&mm->policy))
		return MM_OK;
	return change_range(mm, va, mm_page_size(mm), DESC_NG, DESC_VALID, CHANGE_NO_FLUSH);
}

int direct_default(struct mm *mm, vaddr_t va)
{
	if (!policy_can_set_direct_map(&mm->policy))
		return MM_OK;
	return change_range(mm, va, mm_page_size(mm), DESC_VALID | DESC_WRITE, DESC_NG | DESC_AP2,
			    CHANGE_NO_FLUSH);
}

// Changes test-window pages, and their linear aliases ahead of them where those must follow.
static int change_mapped(struct mm *mm, vaddr_t va, uint64_t pages, uint64_t set, uint64_t clear)
{
	uint64_t size = mm_page_size(mm);

	for (uint64_t i = 0; i < pages && mm->policy.rodata == RODATA_FULL; i++) {
		struct leaf leaf;
		if (!walk_lookup(mm, va + i * size, &leaf) || leaf.level != LEVEL_PTE)
			return MM_EINVAL;
		int r = change_range(mm, mm_linear(mm, desc_pa(leaf.desc)), size, set, clear,
				     CHANGE_FLUSH);
		if (r != MM_OK)
			return r;
	}
	return change_range(mm, va, pages * size, set, clear, CHANGE_FLUSH);
}

int set_ro(struct mm *mm, vaddr_t va, uint64_t pages)
{
	return change_mapped(mm, va, pages, DESC_AP2, DESC_WRITE);
}

int set_rw(struct mm *mm, vaddr_t va, uint64_t pages)
{
	return change_mapped(mm, va, pages, DESC_WRITE, DESC_AP2);
}

int hibernate_prepare(struct mm *mm)
{
	if (!policy_has_pm_callback(&mm->policy))
		return MM_OK;
	mm->hibernation = HIBERNATION_PREPARED;
	return alias_valid(mm, true);
}

int hibernate_post(struct mm *mm)
{
	if (!policy_has_pm_callback(&mm->policy))
		return MM_OK;
	mm->hibernation = HIBERNATION_POSTED;
	return alias_valid(mm, false);
}
