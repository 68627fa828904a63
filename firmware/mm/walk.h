// SPDX-License-Identifier: GPL-2.0-or-later
// Reading tables: single leaves, runs of leaves, counts.
#ifndef FIRMWARE_MM_WALK_H
#define FIRMWARE_MM_WALK_H

#include "mm/entry.h"

struct leaf {
	vaddr_t va;     // where its entry begins
	unsigned level; // of the entry, also when it is none
	uint64_t desc;  // 0: nothing there
	uint64_t *entry;
};

// The entry that ends the walk for `va`. False when it is not a leaf (desc is then none, or
// garbage).
bool walk_lookup(const struct mm *mm, vaddr_t va, struct leaf *leaf);

// Consecutive entries of one table that differ in nothing but their consecutive addresses (leaves),
// or in nothing at all (none, garbage).
struct leaf_run {
	vaddr_t va;
	unsigned level;
	unsigned count;     // entries
	unsigned index;     // of the first in its table
	uint64_t desc;      // of the first
	uint64_t inherited; // OR of the descriptors of the tables above
};

struct table_visit {
	vaddr_t va;     // where the entry begins
	unsigned level; // of the table it points to
	uint64_t desc;
};

struct walk_visitor {
	void *context;
	// Either may be NULL; without `leaves` the tables of the last level are not read. `leaves`
	// also gets none and garbage runs when `holes` is set.
	void (*leaves)(void *context, const struct leaf_run *run);
	// Before what is below the table. False: do not go there.
	bool (*table)(void *context, const struct table_visit *table);
	bool holes;
};

// All entries that overlap [start, end), in ascending order; never cut at the range's ends.
void walk_range(const struct mm *mm, vaddr_t start, vaddr_t end,
		const struct walk_visitor *visitor);

// What a range consists of; entries, not bytes.
struct census {
	unsigned tables[LEVELS];  // by the level of the table
	unsigned leaves[LEVELS];  // all, by level
	unsigned cont[LEVELS];    // of these, with the contiguous mark
	unsigned invalid[LEVELS]; // of these, present but invalid
};
void walk_census(const struct mm *mm, vaddr_t start, vaddr_t end, struct census *census);

#endif
