// SPDX-License-Identifier: GPL-2.0-or-later
// All the table code asks of the hardware. The image fills it with instructions, the unit tests
// with a software machine that has a TLB, a weakly ordered memory and a memory of what was done to
// it.
#ifndef FIRMWARE_MM_MACHINE_H
#define FIRMWARE_MM_MACHINE_H

#include "mm/tlbi.h"

enum barrier {
	BARRIER_DSB_ISHST, // stores so far are seen by every table walker
	BARRIER_DSB_ISH,   // and invalidations so far are complete
	BARRIER_ISB,
};

// Every member is to be set (at run time: a pointer in static data would need relocating).
// `machine` is passed through unchanged.
struct machine_ops {
	// Where the byte at `pa` can be reached now; adjacent bytes of one page are adjacent.
	// Used for tables and for the allocator's own notes. Never NULL.
	void *(*pointer)(void *machine, paddr_t pa);
	// Writes a page (of the granule) full of zeroes.
	void (*page_zero)(void *machine, paddr_t pa);
	// One 64-bit single-copy-atomic store of a descriptor.
	void (*store)(void *machine, uint64_t *entry, uint64_t desc);
	void (*barrier)(void *machine, enum barrier barrier);
	void (*tlbi)(void *machine, const struct tlbi_op *op);
	// The lock that splitting holds.
	void (*split_lock)(void *machine);
	void (*split_unlock)(void *machine);
	unsigned (*cpus_online)(void *machine);
};

#endif
