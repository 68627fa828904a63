// SPDX-License-Identifier: GPL-2.0-or-later
// CRC-32 of IEEE 802.3 (polynomial 0xEDB88320 reflected, initial and final value inverted).
#ifndef FIRMWARE_MM_CRC32_H
#define FIRMWARE_MM_CRC32_H

#include <stddef.h>
#include <stdint.h>

// The CRC of `size` more bytes behind those that gave `crc`; 0 to begin with.
uint32_t crc32_update(uint32_t crc, const void *bytes, size_t size);

#endif
