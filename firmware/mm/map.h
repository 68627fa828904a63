// SPDX-License-Identifier: GPL-2.0-or-later
// The builder: maps a range with the largest leaves allowed, or gives what is mapped other rights.
#ifndef FIRMWARE_MM_MAP_H
#define FIRMWARE_MM_MAP_H

#include "mm/entry.h"

enum map_flags {
	MAP_NO_BLOCKS = 1 << 0,
	MAP_NO_CONT = 1 << 1,
	MAP_PXN_TABLES = 1 << 2, // nothing below new tables may execute
};

struct map_request {
	vaddr_t va;
	paddr_t pa;
	uint64_t size; // bytes; all three page aligned
	uint64_t prot; // PROT_*
	unsigned flags;
	table_source source; // NULL: no new table may be needed (else PANIC with the address)
	enum page_owner owner;
};

// Respects what exists: a table stays a table, a contiguous-sized group that holds a valid entry
// without the mark gets none, and a valid entry may only change safely. MM_OK; MM_ENOMEM when the
// source is dry (what was mapped stays). A block in the way of a smaller leaf: PANIC.
NOINLINE int map_range(struct mm *mm, const struct map_request *request);

// Clears the top entries that cover [start, end), invalidates everything unless the tables are a copy
// that hangs from no TTBR, and gives back every table below them; all are from LATE.
void tables_free(struct mm *mm, vaddr_t start, vaddr_t end);

#endif
