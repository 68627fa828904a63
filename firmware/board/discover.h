// SPDX-License-Identifier: GPL-2.0-or-later
// From a description of the board to struct board.
#ifndef FIRMWARE_BOARD_DISCOVER_H
#define FIRMWARE_BOARD_DISCOVER_H

#include <stddef.h>

#include "board/hardware.h"

// Fills `board` from the device tree at `blob` (at most `limit` bytes may be read). What the tree
// does not say stays zero. Returns NULL, or what is wrong with the tree; what came before the
// damage is then still filled in.
const char *discover_fdt(struct board *board, const void *blob, size_t limit);

#endif
