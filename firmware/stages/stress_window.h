// SPDX-License-Identifier: GPL-2.0-or-later
// S14's stage: a piece of memory mapped a second time, by tables that are all built beforehand, so
// that changing the size of the leaves it is mapped by is a matter of single stores.
#ifndef FIRMWARE_STAGES_STRESS_WINDOW_H
#define FIRMWARE_STAGES_STRESS_WINDOW_H

#include "mm/mm.h"

#define WINDOW_AREA   UINT64_C(0x200000) // bytes that belong to the test
#define WINDOW_TABLES 3

struct stress_window {
	paddr_t pa;     // of the area
	vaddr_t va;     // through the tables that change
	vaddr_t linear; // through the linear map

	uint64_t *pmd; // the entry of the PMD that holds the area
	uint64_t pmd_block, pmd_table;
	uint64_t *group; // the contiguous group of that entry; NULL: it is not all RAM
	uint64_t *pud;   // the entry of its PUD; NULL: no PUD leaves, or it is not all RAM
	uint64_t pud_block, pud_table;
	uint64_t *pte; // the table of pages: the entry of the area's first page

	// To take it all down again.
	uint64_t *filled, filled_count; // entries of the PMD table
	uint64_t *link;                 // the entry that a table of ours hangs from; NULL: none
	paddr_t table[WINDOW_TABLES];
	unsigned int table_count;
};

// Takes memory and maps it, by one PMD block to begin with. False: there is no memory for it;
// nothing is left behind.
bool stress_window_open(struct mm *mm, struct stress_window *window);

// No CPU may use it any more.
void stress_window_close(struct mm *mm, struct stress_window *window);

// Back to PMD blocks without marks, by break-before-make: from any state, on any CPU.
void stress_window_reset(struct mm *mm, struct stress_window *window);

#endif
