// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/split.h"

#include "mm/flush.h"
#include "report/warn.h"

enum split_verdict split_guard(const struct mm *mm, vaddr_t start, vaddr_t end)
{
	// Leaves are pages already, or nobody may split them.
	if (!mm->need_bbm)
		return SPLIT_NOT_NEEDED;
	// Mapped by pages from the start; and who asks may not be able to take the lock.
	if (range_contains(mm->kfence, mm_linear_pa(mm, start)))
		return SPLIT_NOT_NEEDED;
	// A mixed system has been repainted with pages; should a leaf be too big all the same, the
	// change of its rights will say so.
	if (!mm->caps.sys && mm->caps.final)
		return SPLIT_NOT_NEEDED;
	if (!mm->caps.sys && mm->pages->phase != PAGES_LATE && !(mm->inject & INJECT_GUARD_OFF)) {
		WARN();
		return SPLIT_REFUSED;
	}
	// Not known yet whether all CPUs can do it, and more than the one that can are watching.
	if (!mm->caps.sys && mm->ops->cpus_online(mm->machine) > 1) {
		WARN();
		return SPLIT_REFUSED;
	}
	if (!is_aligned(start | end, mm_page_size(mm)))
		return SPLIT_BAD_RANGE;
	return SPLIT_GO;
}

void split_fill(const struct mm *mm, paddr_t table, uint64_t desc, unsigned level, bool cont)
{
	uint64_t *entries = table_entries(mm, table);
	uint64_t child = desc_child(desc, level);
	uint64_t step = level_size(mm->geometry, level + 1);

	if (cont)
		child |= DESC_CONT;
	for (unsigned i = 0; i < level_entries(mm->geometry, level + 1); i++, child += step)
		entry_fill(mm, &entries[i], child);
}

// Replaces the block by a table of leaves of the next level.
static int split_block(struct mm *mm, table_source source, unsigned level, uint64_t *entry,
		       bool cont)
{
	uint64_t desc = entry_read(entry);
	paddr_t table = source(mm->pages, level + 1, mm->owner);
	bool publish_first = mm->inject & INJECT_PUBLISH_FIRST;
	bool linked = false;

	if (table == PADDR_NONE)
		return MM_ENOMEM;
	if (publish_first)
		linked = entry_store_split(mm, level, entry, table);
	split_fill(mm, table, desc, level, cont);
	mm->ops->barrier(mm->machine, BARRIER_DSB_ISHST);
	if (!publish_first)
		linked = entry_store_split(mm, level, entry, table);
	if (!linked) {
		pages_free(mm->pages, table);
		return MM_EINVAL;
	}
	barrier_table(mm);
	return MM_OK;
}

// Takes the mark off all entries of the contiguous group that holds entry `index`.
static void split_group(struct mm *mm, uint64_t *entries, unsigned level, unsigned index)
{
	unsigned count = cont_entries(mm->geometry, level);
	unsigned first = index & ~(count - 1);

	if (mm->inject & INJECT_CONT_HOLE)
		count--;
	for (unsigned i = 0; i < count; i++)
		entry_store_noncont(mm, &entries[first + i]);
	barrier_table(mm);
}

int split_at(struct mm *mm, vaddr_t va)
{
	uint64_t *entries = table_entries(mm, mm->root);

	for (unsigned level = mm->geometry->start_level; level <= LEVEL_PTE; level++) {
		unsigned index = level_index(mm->geometry, level, va);
		uint64_t desc = entry_read(&entries[index]);

		if (is_aligned(va, cont_size(mm->geometry, level)) || !desc_is_present(desc))
			return MM_OK;
		if (desc_is_leaf(desc, level) && desc_is_cont(desc))
			split_group(mm, entries, level, index);
		if (is_aligned(va, level_size(mm->geometry, level)))
			return MM_OK;
		if (desc_is_leaf(desc, level)) {
			int r = split_block(mm, pages_late_table, level, &entries[index], true);
			if (r != MM_OK)
				return r;
		}
		entries = table_entries(mm, desc_pa(entry_read(&entries[index])));
	}
	return MM_OK;
}

static int split_both(struct mm *mm, vaddr_t start, vaddr_t end)
{
	// For one page the boundary that is less aligned brings the other with it.
	if (end - start == mm_page_size(mm))
		return split_at(mm, __builtin_ctzll(start) < __builtin_ctzll(end) ? start : end);

	int r = split_at(mm, start);
	return r != MM_OK ? r : split_at(mm, end);
}

int split_to(struct mm *mm, vaddr_t start, vaddr_t end)
{
	int r;

	switch (split_guard(mm, start, end)) {
	case SPLIT_NOT_NEEDED:
		return MM_OK;
	case SPLIT_REFUSED:
		return MM_EBUSY;
	case SPLIT_BAD_RANGE:
		return MM_EINVAL;
	case SPLIT_GO:
		break;
	}
	mm->ops->split_lock(mm->machine);
	r = split_both(mm, start, end);
	mm->ops->split_unlock(mm->machine);
	return r;
}

void split_undo(struct mm *mm, uint64_t *entry, uint64_t block)
{
	paddr_t table = desc_pa(entry_read(entry));

	entry_fill(mm, entry, block);
	// Of the table the walker may still know: everything, and before it is anybody's again.
	flush_all(mm);
	pages_free(mm->pages, table);
}

static int repaint_table(struct mm *mm, table_source source, uint64_t *entries, unsigned level,
			 struct range part)
{
	uint64_t size = level_size(mm->geometry, level);
	struct range text = mm_text_alias(mm);

	for (vaddr_t va = part.start; va < part.end; va = align_down(va, size) + size) {
		unsigned index = level_index(mm->geometry, level, va);
		uint64_t desc = entry_read(&entries[index]);

		if (!desc_is_present(desc) ||
		    (desc_is_leaf(desc, level) && range_contains(text, va)))
			continue;
		if (desc_is_leaf(desc, level) && desc_is_cont(desc))
			split_group(mm, entries, level, index);
		if (level == LEVEL_PTE)
			continue;
		if (desc_is_leaf(desc, level)) {
			int r = split_block(mm, source, level, &entries[index], false);
			if (r != MM_OK)
				return r;
		}
		struct range below = {va, min_u64(part.end, align_down(va, size) + size)};
		int r = repaint_table(mm, source,
				      table_entries(mm, desc_pa(entry_read(&entries[index]))),
				      level + 1, below);
		if (r != MM_OK)
			return r;
	}
	return MM_OK;
}

int linmap_repaint(struct mm *mm, table_source source)
{
	int r = repaint_table(mm, source, table_entries(mm, mm->root), mm->geometry->start_level,
			      mm_linear_range(mm));

	if (r == MM_OK)
		flush_all(mm);
	return r;
}
