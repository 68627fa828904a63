// SPDX-License-Identifier: GPL-2.0-or-later
// What must hold of the tables after every stage, checked by walking all of them.
//
//   I1  every page of RAM is present exactly once in the linear map, nothing else is; but for the
//       text and data alias and mm->changed all of it is valid, writable and tagged
//   I2  output address = MEMSTART + (va - base)
//   I3  nothing in the linear map is executable: PXN and UXN on leaves, or PXNTable above
//   I4  reserved bits zero; AF and the dirty mark set, inner shareable, normal memory (tagged or
//   not) I5  contiguous on all entries of an aligned group or on none, equal and consecutive if so
//   I6  blocks only where the level allows
//   I7  force_pte: no block and no contiguous mark in the linear map; nor, but in the text alias,
//   once a
//       mixed system is repainted
//   I8  the kfence pool is mapped by single pages
//   I9  linear map and image mapping share no table
//   I10 text alias: read-only and untagged from S9 on, writable before
//   I11 data alias: as policy_alias_after says
//   I12 init alias: valid and writable, always
//   I13 ragged tail behind DATA: valid, writable, not contiguous
//   I14 tables: each referenced once, owner and level as in the books, all in the books found
//   I15 no entry is valid with nG set
//   I16 a present-invalid leaf has the address and attributes of a valid one
//   I17 what address translation instructions say agrees with the descriptors (at.h)
//   I18 no unsafe change of a live entry was asked for
#ifndef FIRMWARE_MM_INVARIANTS_H
#define FIRMWARE_MM_INVARIANTS_H

#include "mm/walk.h"

#define INVARIANTS 18

struct violation {
	unsigned rule; // 1..18
	vaddr_t va;    // I14, I18: the physical address of the table, the number of stores
	unsigned level;
	uint64_t desc;
	uint64_t count; // entries in a row that violate it in the same way
	const char *what;
};

typedef void (*violation_report)(void *context, const struct violation *violation);

// Checks all but I17 as of the end of `stage` (STAGE_LINMAP or later). Returns the number of
// violations; `report` (may be NULL) hears each.
unsigned invariants_check(struct mm *mm, enum stage stage, violation_report report, void *context);

// Pages of the data alias that can be written through it: 0 after S10, or the alias is the harm the
// premap order does (P-SEC).
uint64_t data_alias_writable(const struct mm *mm);

#endif
