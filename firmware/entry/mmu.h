// SPDX-License-Identifier: GPL-2.0-or-later
// Translation on: the registers, and the identity map everything of the firmware runs from.
#ifndef FIRMWARE_ENTRY_MMU_H
#define FIRMWARE_ENTRY_MMU_H

#include "board/gic.h"
#include "mm/geometry.h"

// The arm64 boot protocol promises no more than this behind the address of a device tree.
#define DTB_MAX 0x200000

// In the order that mmu_on() of start.S loads them. Written once by CPU 0, used by every CPU.
struct mmu_registers {
	uint64_t mair, tcr, ttbr0, ttbr1, sctlr;
};
extern struct mmu_registers mmu_registers;

// What the identity map holds besides the image.
struct identity_request {
	const struct geometry *geometry;
	uint64_t uart;            // physical address of the port's registers; 0: none
	struct range boot_memory; // mapped writable
	const struct gic *gic;    // its registers are mapped
};

// Builds the identity map in static table pages and turns MMU and caches on. TTBR1 points to a
// reserved empty table. Call once, with MMU and data cache off. Returns NULL, or what did not work.
const char *identity_start(const struct identity_request *request);

// Static table memory that identity_start leaves to others.
struct range identity_rest(void);

// The table TTBR1 pointed to in the beginning: empty, for ever.
uint64_t identity_empty_table(void);

// Points TTBR1 of the running CPU at `root` and forgets what it had translated by it before.
void mmu_set_ttbr1(uint64_t root);

// start.S
void mmu_on(const struct mmu_registers *registers);
void cache_clean(const void *start, const void *end);
void cache_invalidate(const void *start, const void *end);

#endif
