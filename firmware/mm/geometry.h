// SPDX-License-Identifier: GPL-2.0-or-later
// Shape of the translation tables for each granule, chosen at run time.
//
// Levels are numbered as in the Arm ARM: 3 holds pages, 2 and 1 may hold blocks, the table that
// TTBR1 points to is of `start_level`. 52-bit addresses (LPA2) are not used, therefore neither
// level-1 blocks with 16K and 64K nor contiguous level-1 blocks.
#ifndef FIRMWARE_MM_GEOMETRY_H
#define FIRMWARE_MM_GEOMETRY_H

#include "mm/types.h"

enum granule {
	GRANULE_4K,
	GRANULE_16K,
	GRANULE_64K,
};
#define GRANULE_COUNT 3

#define LEVEL_PUD 1
#define LEVEL_PMD 2
#define LEVEL_PTE 3
#define LEVELS    4
#define PAGE_MAX  0x10000 // bytes of the largest granule

struct geometry {
	char name[4];               // "4k", "16k", "64k"
	uint8_t granule;            // enum granule
	uint8_t page_shift;         // log2 of the granule
	uint8_t va_bits;            // bits of VA that TTBR1 translates
	uint8_t start_level;        // level of the top table
	uint8_t first_leaf_level;   // the smallest level that may hold a leaf
	uint8_t cont_shift[LEVELS]; // log2 of the entries of a contiguous group, 0: no such groups
	uint8_t memstart_shift;     // log2 of the alignment of MEMSTART
	uint8_t tg0, tg1;           // TCR_EL1.TG0 and TG1
};

const struct geometry *geometry_get(enum granule granule);

// Whether ID_AA64MMFR0_EL1 (TGran4 31:28, TGran64 27:24, TGran16 23:20) has the granule at stage 1.
bool geometry_supported(enum granule granule, uint64_t mmfr0);

// What `granule=auto` takes: the first supported of 4K, 64K, 16K. False when there is none.
bool geometry_choose(uint64_t mmfr0, enum granule *granule);

static inline uint64_t page_size(const struct geometry *g)
{
	return UINT64_C(1) << g->page_shift;
}

// log2 of the bytes one entry of a table of `level` covers.
static inline unsigned level_shift(const struct geometry *g, unsigned level)
{
	return g->page_shift + (LEVEL_PTE - level) * (g->page_shift - 3U);
}

static inline uint64_t level_size(const struct geometry *g, unsigned level)
{
	return UINT64_C(1) << level_shift(g, level);
}

// Entries in use of a table of `level`: a full page of them but at the top.
static inline unsigned level_entries(const struct geometry *g, unsigned level)
{
	if (level == g->start_level)
		return 1U << (g->va_bits - level_shift(g, level));
	return 1U << (g->page_shift - 3);
}

static inline unsigned level_index(const struct geometry *g, unsigned level, vaddr_t va)
{
	return (unsigned)(va >> level_shift(g, level)) & (level_entries(g, level) - 1);
}

static inline bool level_has_leaf(const struct geometry *g, unsigned level)
{
	return level >= g->first_leaf_level;
}

static inline bool level_has_cont(const struct geometry *g, unsigned level)
{
	return g->cont_shift[level] != 0;
}

// Entries and bytes of one contiguous group; 1 entry where the level has no groups.
static inline unsigned cont_entries(const struct geometry *g, unsigned level)
{
	return 1U << g->cont_shift[level];
}

static inline uint64_t cont_size(const struct geometry *g, unsigned level)
{
	return level_size(g, level) << g->cont_shift[level];
}

// The lowest VA of TTBR1: where the linear map begins.
static inline vaddr_t linear_base(const struct geometry *g)
{
	return ~UINT64_C(0) << g->va_bits;
}

// Bytes the linear map may span: the lower half of TTBR1's VAs.
static inline uint64_t linear_span(const struct geometry *g)
{
	return UINT64_C(1) << (g->va_bits - 1);
}

// Where the image mapping begins, and the windows for test mappings behind it. They lie in the
// upper half, so they share no table but the top one with the linear map.
static inline vaddr_t image_base(const struct geometry *g)
{
	return linear_base(g) + linear_span(g) + UINT64_C(0x80000000);
}

static inline vaddr_t vmap_base(const struct geometry *g)
{
	return image_base(g) + UINT64_C(0x40000000);
}

#endif
