// SPDX-License-Identifier: GPL-2.0-or-later
// Changing rights of ranges of the linear map, and who does so.
#ifndef FIRMWARE_MM_CHANGE_H
#define FIRMWARE_MM_CHANGE_H

#include "mm/entry.h"
#include "mm/flush.h"

enum change_flush {
	CHANGE_FLUSH,    // invalidate, unless the change only makes invalid leaves valid
	CHANGE_NO_FLUSH, // the caller will
};

// Splits at the ends, then for each leaf: clear, then set, one store. MM_OK; what split_to returned
// (a splat the first time, nothing changed); MM_EINVAL when a leaf, or a contiguous group, is
// covered in part (a splat the first time, nothing changed).
NOINLINE int change_range(struct mm *mm, vaddr_t start, uint64_t size, uint64_t set, uint64_t clear,
			  enum change_flush flush);

// `pages` pages of the linear map from `va`: present-invalid or valid again.
NOINLINE int set_valid(struct mm *mm, vaddr_t va, uint64_t pages, bool valid);

// The alias of DATA, as a whole. The kernel ignores the result.
NOINLINE int alias_valid(struct mm *mm, bool valid);

// One page out of the linear map, and back with default rights; both without invalidation. Nothing
// happens, successfully, when nobody may set the direct map.
NOINLINE int direct_invalid(struct mm *mm, vaddr_t va);
NOINLINE int direct_default(struct mm *mm, vaddr_t va);

// Mapped pages of the test windows; with rodata=full their linear aliases too, first.
NOINLINE int set_ro(struct mm *mm, vaddr_t va, uint64_t pages);
NOINLINE int set_rw(struct mm *mm, vaddr_t va, uint64_t pages);

// The hibernation callbacks: the data alias is made valid, and invalid again. Both may come twice.
// They do nothing (MM_OK) when the policy registers no callback.
NOINLINE int hibernate_prepare(struct mm *mm);
NOINLINE int hibernate_post(struct mm *mm);

#endif
