// SPDX-License-Identifier: GPL-2.0-or-later
// Which TLB invalidations a range needs: computed here as data, executed by the machine.
//
// Encodings: Arm ARM C5.5 (TLBI VAALE1IS: VA[55:12] in 43:0, ASID 63:48 unused; TLBI RVAALE1IS:
// BaseADDR 36:0 in granules, NUM 43:39, SCALE 45:44, TG 47:46; it covers
// (NUM + 1) << (5 * SCALE + 1) granules).
#ifndef FIRMWARE_MM_TLBI_H
#define FIRMWARE_MM_TLBI_H

#include "mm/geometry.h"

enum tlbi_kind {
	TLBI_VMALLE1IS, // everything of EL1&0; the operand means nothing
	TLBI_VAALE1IS,  // one page, all ASIDs, last level
	TLBI_RVAALE1IS, // a range, all ASIDs, last level
};

struct tlbi_op {
	enum tlbi_kind kind;
	uint64_t operand;
};

// A plan is walked with tlbi_plan_next; it needs no memory of its own.
struct tlbi_plan {
	const struct geometry *geometry;
	vaddr_t next;
	uint64_t pages; // left to invalidate
	uint8_t scale;
	bool ranges;
	bool whole;
};

// Whether ID_AA64ISAR0_EL1.TLB (59:56) has the range operations.
static inline bool tlbi_has_ranges(uint64_t isar0)
{
	return ((isar0 >> 56) & 0xf) >= 2;
}

// `start` and `end` page aligned. The whole TLB instead when there are as many pages as a table has
// entries (without ranges) or more than one operation can name (with them).
void tlbi_plan_init(struct tlbi_plan *plan, const struct geometry *g, bool ranges, vaddr_t start,
		    vaddr_t end);

// One invalidation of everything.
void tlbi_plan_init_whole(struct tlbi_plan *plan, const struct geometry *g);

// False when the plan is done.
bool tlbi_plan_next(struct tlbi_plan *plan, struct tlbi_op *op);

#endif
