// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/entry.h"

#include "report/warn.h"

void entry_store(struct mm *mm, uint64_t *entry, uint64_t desc)
{
	uint64_t before = entry_read(entry);

	if (desc_is_valid(before)) {
		if (!desc_change_is_safe(before, desc)) {
			mm->bad_stores++;
			WARN();
			return;
		}
		mm->live_stores++;
	}
	mm->ops->store(mm->machine, entry, desc);
}

// Whether the table holds, at its first and its last entry, the children of the leaf.
static bool is_table_of(const struct mm *mm, paddr_t table, uint64_t leaf, unsigned level)
{
	const uint64_t *children = table_entries(mm, table);
	unsigned last = level_entries(mm->geometry, level + 1) - 1;
	uint64_t first_child = desc_child(leaf, level);
	uint64_t last_child = first_child + last * level_size(mm->geometry, level + 1);

	return (entry_read(&children[0]) & ~DESC_CONT) == first_child &&
	       (entry_read(&children[last]) & ~DESC_CONT) == last_child;
}

bool entry_store_split(struct mm *mm, unsigned level, uint64_t *entry, paddr_t table)
{
	uint64_t before = entry_read(entry);
	bool filled = is_table_of(mm, table, before, level) || (mm->inject & INJECT_PUBLISH_FIRST);

	if (!desc_is_leaf(before, level) || level == LEVEL_PTE || desc_is_cont(before) || !filled) {
		mm->bad_stores++;
		WARN();
		return false;
	}
	mm->live_stores++;
	mm->ops->store(mm->machine, entry, desc_table(table, before & DESC_PXN));
	return true;
}

void entry_store_noncont(struct mm *mm, uint64_t *entry)
{
	uint64_t before = entry_read(entry);

	if (!desc_is_present(before) || !desc_is_cont(before)) {
		mm->bad_stores++;
		WARN();
		return;
	}
	mm->live_stores++;
	mm->ops->store(mm->machine, entry, before & ~DESC_CONT);
}
