// SPDX-License-Identifier: GPL-2.0-or-later
// From a description of the board to struct board. What the description does not say stays zero;
// what came before a damage is still filled in.
#ifndef FIRMWARE_BOARD_DISCOVER_H
#define FIRMWARE_BOARD_DISCOVER_H

#include <stddef.h>

#include "board/hardware.h"

// The device tree at `blob` (at most `limit` bytes may be read). Returns NULL, or what is wrong
// with it.
const char *discover_fdt(struct board *board, const void *blob, size_t limit);

// Where ACPI tables are read.
struct acpi_reader {
	// `size` bytes at physical address `pa`, NULL when they are not memory.
	const uint8_t *(*at)(void *context, uint64_t pa, size_t size);
	void *context;
};

// The tables behind the ACPI 2.0 root pointer: console, CPUs, PSCI conduit; not the memory. Returns
// NULL, or what is wrong with them.
const char *discover_acpi(struct board *board, const struct acpi_reader *reader, uint64_t rsdp);

#endif
