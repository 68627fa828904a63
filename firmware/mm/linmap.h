// SPDX-License-Identifier: GPL-2.0-or-later
// The linear map and the image mapping over their life: built, then right after right taken away.
#ifndef FIRMWARE_MM_LINMAP_H
#define FIRMWARE_MM_LINMAP_H

#include "mm/map.h"

// Bytes of EARLY memory that linmap_build may need at most: books, kfence pool, tables.
uint64_t linmap_early_size(const struct mm *mm);

// Bytes of the kfence pool: (255 + 1) * 2 pages.
uint64_t kfence_pool_size(const struct geometry *g);

// S3: TEXT executable, RODATA, INIT and DATA writable, at image_base(). `source`: static tables.
NOINLINE void image_build(struct mm *mm, table_source source);

// S4 on the root of mm: kfence pool (when kfence is early), need_bbm and force_pte decided, then
// text alias, data alias, all RAM. PANICs when memory runs out. `source` is pages_early_table while
// booting; for a scratch copy pages_late_table, and then the pool stays where it is. Or what calls these.
NOINLINE void linmap_build(struct mm *mm, table_source source);

// S9: the text alias becomes read-only and untagged, no new tables, with invalidation.
NOINLINE void linmap_text_ro(struct mm *mm);

// S10 with order roonly: the data alias becomes read-only (untagged, as the text alias).
NOINLINE void linmap_data_ro(struct mm *mm);

// S10: RODATA of the image mapping becomes read-only.
NOINLINE void image_rodata_ro(struct mm *mm);

// Maps `count` pages, scattered or not, one after the other at `va` (within the test windows behind
// vmap_base) with PROT_KERNEL_RW; LATE tables, pages only. MM_OK or MM_ENOMEM.
NOINLINE int vmap_pages(struct mm *mm, vaddr_t va, const paddr_t *pages, unsigned count);

// Takes the pages at [va, va + size) away again, with invalidation; tables stay.
NOINLINE void vunmap_range(struct mm *mm, vaddr_t va, uint64_t size);

#endif
