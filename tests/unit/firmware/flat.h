// SPDX-License-Identifier: GPL-2.0-or-later
// What the linear map must do, said page by page without tables: the truth the tables are held
// against.
#ifndef UNIT_FIRMWARE_FLAT_H
#define UNIT_FIRMWARE_FLAT_H

#include "unit/firmware/system.h"

enum flat_bits {
	FLAT_MAPPED = 1 << 0, // RAM
	FLAT_VALID = 1 << 1,
	FLAT_RO = 1 << 2,   // AP2
	FLAT_MARK = 1 << 3, // the software "writable" mark
	FLAT_TAGGED = 1 << 4,
};
#define FLAT_DEFAULT (FLAT_MAPPED | FLAT_VALID | FLAT_MARK | FLAT_TAGGED)

struct flat {
	const struct mm *mm;
	uint64_t pages; // from MEMSTART to the end of RAM
	uint8_t *page;
};

// The state of a linear map just built.
void flat_init(struct flat *flat, const struct mm *mm);
void flat_deinit(struct flat *flat);

uint64_t flat_index(const struct flat *flat, vaddr_t va);

// clear, then set, for [start, end) as far as it is mapped.
void flat_change(struct flat *flat, vaddr_t start, vaddr_t end, uint8_t set, uint8_t clear);

// Whether a walk of [start, end) finds exactly this; prints the first page that differs.
bool flat_agrees(const struct flat *flat, vaddr_t start, vaddr_t end);

// The bits a leaf descriptor stands for.
uint8_t flat_bits_of(uint64_t desc);

// Whether a leaf descriptor found for `va` (translated to `pa`) is what the page has.
bool flat_allows(const struct flat *flat, vaddr_t va, uint64_t desc, paddr_t pa);

#endif
