// SPDX-License-Identifier: GPL-2.0-or-later
// Making leaves of the live linear map smaller. No invalidation at any point: a stale bigger TLB
// entry stays correct (same memory, same attributes), and that it may live beside the new smaller
// ones is what the capability grants.
#ifndef FIRMWARE_MM_SPLIT_H
#define FIRMWARE_MM_SPLIT_H

#include "mm/entry.h"

enum split_verdict {
	SPLIT_NOT_NEEDED, // success without looking at a table
	SPLIT_REFUSED,    // not now: MM_EBUSY, after a splat
	SPLIT_BAD_RANGE,  // MM_EINVAL
	SPLIT_GO,
};

// Whether leaf boundaries may be made at start and end now.
NOINLINE enum split_verdict split_guard(const struct mm *mm, vaddr_t start, vaddr_t end);

// Makes leaf boundaries at start and end. MM_OK, MM_EBUSY, MM_ENOMEM (the rights of every byte are
// as before, some leaves may be smaller), MM_EINVAL (also when a store was refused, after its
// splat).
NOINLINE int split_to(struct mm *mm, vaddr_t start, vaddr_t end);

// Makes a leaf boundary at `va`; the split lock is held, the guard has agreed.
int split_at(struct mm *mm, vaddr_t va);

// Fills the table page at `table` (not linked yet) with the children of the leaf `desc` of `level`,
// with the contiguous mark on all or on none.
void split_fill(const struct mm *mm, paddr_t table, uint64_t desc, unsigned level, bool cont);

// S8 on a mixed system: everything but the text alias down to single pages, then a whole
// invalidation. No other CPU may use the linear map meanwhile. `source`: pages_late_table, or what calls
// it. MM_OK or MM_ENOMEM (caller panics).
NOINLINE int linmap_repaint(struct mm *mm, table_source source);

// Puts the block that was split at `entry` back in the place of its table, which is given back. Only where
// sizes of live leaves may change, and while nothing below it was changed.
NOINLINE void split_undo(struct mm *mm, uint64_t *entry, uint64_t block);

#endif
