// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/walk.h"

bool walk_lookup(const struct mm *mm, vaddr_t va, struct leaf *leaf)
{
	uint64_t *entries = table_entries(mm, mm->root);
	unsigned level = mm->geometry->start_level;

	for (;;) {
		uint64_t *entry = &entries[level_index(mm->geometry, level, va)];
		uint64_t desc = entry_read(entry);

		if (!desc_is_table(desc, level)) {
			*leaf = (struct leaf){
			    .va = align_down(va, level_size(mm->geometry, level)),
			    .level = level,
			    .desc = desc,
			    .entry = entry,
			};
			return desc_is_leaf(desc, level);
		}
		entries = table_entries(mm, desc_pa(desc));
		level++;
	}
}

// Entries from `index` to `end` that continue the one at `index`: by consecutive memory when it is
// a leaf, by being none as it is.
static unsigned run_length(const struct geometry *g, const uint64_t *entries, unsigned index,
			   unsigned end, unsigned level)
{
	uint64_t desc = entry_read(&entries[index]);
	uint64_t step = desc_is_leaf(desc, level) ? level_size(g, level) : 0;
	unsigned last = index + 1;

	if (step == 0 && desc != 0)
		return 1;
	while (last < end && entry_read(&entries[last]) == (desc += step))
		last++;
	return last - index;
}

struct walk {
	const struct mm *mm;
	const struct walk_visitor *visitor;
};

static void walk_table(const struct walk *walk, const uint64_t *entries, unsigned level,
		       struct range part, uint64_t inherited)
{
	const struct geometry *g = walk->mm->geometry;
	const struct walk_visitor *visitor = walk->visitor;
	uint64_t size = level_size(g, level);
	unsigned index = level_index(g, level, part.start);
	unsigned end = level_index(g, level, part.end - 1) + 1;
	vaddr_t va = align_down(part.start, size);

	while (index < end) {
		uint64_t desc = entry_read(&entries[index]);
		unsigned count = 1;

		if (desc_is_table(desc, level)) {
			struct table_visit table = {va, level + 1, desc};
			struct range below = {max_u64(part.start, va),
					      min_u64(part.end - 1, va + size - 1) + 1};
			bool go = !visitor->table || visitor->table(visitor->context, &table);
			if (go && (visitor->leaves || level + 1 < LEVEL_PTE))
				walk_table(walk, table_entries(walk->mm, desc_pa(desc)), level + 1,
					   below, inherited | desc);
		} else {
			count = run_length(g, entries, index, end, level);
			struct leaf_run run = {va, level, count, index, desc, inherited};
			if (visitor->leaves && (desc_is_leaf(desc, level) || visitor->holes))
				visitor->leaves(visitor->context, &run);
		}
		index += count;
		va += count * size;
	}
}

void walk_range(const struct mm *mm, vaddr_t start, vaddr_t end, const struct walk_visitor *visitor)
{
	const struct walk walk = {mm, visitor};

	if (start != end)
		walk_table(&walk, table_entries(mm, mm->root), mm->geometry->start_level,
			   (struct range){start, end}, 0);
}

static void census_leaves(void *context, const struct leaf_run *run)
{
	struct census *census = context;

	census->leaves[run->level] += run->count;
	if (desc_is_cont(run->desc))
		census->cont[run->level] += run->count;
	if (!desc_is_valid(run->desc))
		census->invalid[run->level] += run->count;
}

static bool census_table(void *context, const struct table_visit *table)
{
	struct census *census = context;

	census->tables[table->level]++;
	return true;
}

void walk_census(const struct mm *mm, vaddr_t start, vaddr_t end, struct census *census)
{
	struct walk_visitor visitor;

	*census = (struct census){0};
	visitor.context = census;
	visitor.leaves = census_leaves;
	visitor.table = census_table;
	visitor.holes = false;
	walk_range(mm, start, end, &visitor);
}
