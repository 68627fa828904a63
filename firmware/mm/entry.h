// SPDX-License-Identifier: GPL-2.0-or-later
// Reading and writing single descriptors; every store is held against the rules of live changes.
#ifndef FIRMWARE_MM_ENTRY_H
#define FIRMWARE_MM_ENTRY_H

#include "mm/mm.h"

// A descriptor as the table walker sees it.
static inline uint64_t entry_read(const uint64_t *entry)
{
	return __atomic_load_n(entry, __ATOMIC_RELAXED);
}

// The entries of the table at `pa`.
static inline uint64_t *table_entries(const struct mm *mm, paddr_t pa)
{
	return mm->ops->pointer(mm->machine, pa);
}

static inline void barrier_table(const struct mm *mm) // new entries are seen, and by this CPU too
{
	mm->ops->barrier(mm->machine, BARRIER_DSB_ISHST);
	mm->ops->barrier(mm->machine, BARRIER_ISB);
}

// Stores `desc`. A change of a live entry that is not safe (desc_change_is_safe) splats, is counted
// in bad_stores and not done.
NOINLINE void entry_store(struct mm *mm, uint64_t *entry, uint64_t desc);

// Stores unchecked: into a table that is not linked yet, or where a test means to do what is not safe.
static inline void entry_fill(const struct mm *mm, uint64_t *entry, uint64_t desc)
{
	mm->ops->store(mm->machine, entry, desc);
}

// The two changes of size that the capability licenses. Both splat and refuse as entry_store does
// when they would change more than the size: a leaf becomes a filled table of the same memory and
// attributes (false: refused); a contiguous group loses its mark.
NOINLINE bool entry_store_split(struct mm *mm, unsigned level, uint64_t *entry, paddr_t table);
NOINLINE void entry_store_noncont(struct mm *mm, uint64_t *entry);

#endif
