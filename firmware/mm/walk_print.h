// SPDX-License-Identifier: GPL-2.0-or-later
// The tables as text: one line for each stretch of leaves that look the same.
#ifndef FIRMWARE_MM_WALK_PRINT_H
#define FIRMWARE_MM_WALK_PRINT_H

#include "mm/walk.h"

// A maximal run of leaves that look the same, over table boundaries.
struct walk_run {
	vaddr_t start, end;
	unsigned level;
	uint64_t desc;      // of the first leaf
	uint64_t inherited; // of the first leaf
};

// Longest line, with its 0.
#define WALK_LINE_MAX 128

// "#w VA-VA SIZE LEVEL F|- RW|ro NX|x CON|- BLK|- ATTR"; returns its length. SIZE in the largest
// unit that divides it; LEVEL PUD, PMD or PTE; F: invalid.
size_t walk_format(char line[WALK_LINE_MAX], const struct walk_run *run);

struct walk_summary {
	unsigned lines;
	uint32_t crc; // CRC-32 over all lines, without line ends
};

// Calls `report` (may be NULL) for each maximal run of [start, end).
struct walk_summary walk_summarise(const struct mm *mm, vaddr_t start, vaddr_t end,
				   void (*report)(void *context, const struct walk_run *run),
				   void *context);

#endif
