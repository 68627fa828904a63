// SPDX-License-Identifier: GPL-2.0-or-later
// The hardware behind the table code: struct machine_ops in instructions.
#ifndef FIRMWARE_MACHINE_MACHINE_H
#define FIRMWARE_MACHINE_MACHINE_H

#include "mm/machine.h"
#include "mm/mm.h"

struct machine {
	size_t page_size;
	const struct mm
	    *linear;         // memory is reached by its map once its pages are LATE; NULL: never
	uint32_t split_lock; // 0: free
	uint64_t splits;     // times it was taken
	unsigned int online; // CPUs
};

// Fills `ops`, to be used with a struct machine.
void machine_ops_init(struct machine_ops *ops);

#endif
