// SPDX-License-Identifier: GPL-2.0-or-later
// How virtual addresses are cut into table indices: granule, levels and size of one half of a regime.
// Arm ARM (DDI 0487) D8.2: "Translation process".
#ifndef PTSAN_GEOMETRY_H
#define PTSAN_GEOMETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "event.h"

#define PTSAN_LEAF_LEVEL 3

struct geometry {
	uint8_t shift;      // of the granule: 12, 14 or 16
	uint8_t va_bits;    // 64 - TxSZ
	int8_t start_level; // -1 to 3
	bool wide;          // 52-bit output addresses in 4K and 16K descriptors (TCR.DS)
	bool top;           // the half with all upper bits set (TTBR1)
};

// Reads half 0 or 1 from a TCR value; false: reserved or absurd values, no walk starts there.
// `two_halves`: of EL1&0 and EL2&0; else the layout of TCR_EL2 without E2H.
bool geometry_read(uint64_t tcr, bool two_halves, unsigned half, struct geometry *out);

// Bits below a table's index at `level`: log2 of what one entry maps.
unsigned geometry_entry_shift(const struct geometry *g, int level);
static inline uint64_t geometry_entry_size(const struct geometry *g, int level)
{
	return (uint64_t)1 << geometry_entry_shift(g, level);
}

// Entries of a table at `level`; the root may have fewer than a granule holds.
unsigned geometry_entries(const struct geometry *g, int level);

// First address of the half.
uint64_t geometry_base(const struct geometry *g);

// Entries in a contiguous set at `level` (DDI 0487, "The Contiguous bit"); 1: there is none.
unsigned geometry_contiguous(const struct geometry *g, int level);

#endif
