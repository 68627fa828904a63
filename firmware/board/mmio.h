// SPDX-License-Identifier: GPL-2.0-or-later
// Registers of devices. On the host the tests stand in for them.
#ifndef FIRMWARE_BOARD_MMIO_H
#define FIRMWARE_BOARD_MMIO_H

#include <stdint.h>

// `width` bytes: 1 or 4.
#if __STDC_HOSTED__
uint32_t mmio_read(uint64_t address, unsigned int width);
void mmio_write(uint64_t address, unsigned int width, uint32_t value);
#else
static inline uint32_t mmio_read(uint64_t address, unsigned int width)
{
	if (width == 4)
		return *(volatile uint32_t *)(uintptr_t)address;
	return *(volatile uint8_t *)(uintptr_t)address;
}

static inline void mmio_write(uint64_t address, unsigned int width, uint32_t value)
{
	if (width == 4)
		*(volatile uint32_t *)(uintptr_t)address = value;
	else
		*(volatile uint8_t *)(uintptr_t)address = (uint8_t)value;
}
#endif

#endif
