// SPDX-License-Identifier: GPL-2.0-or-later
// The stand-in kernel image: filled with a known pattern, mapped at image_base() and aliased by the
// linear map.
#ifndef FIRMWARE_STAGES_STANDIN_H
#define FIRMWARE_STAGES_STANDIN_H

#include <stdint.h>

// Fills all of it; the first instructions of TEXT are RETs.
void standin_fill(void);

// What the 64-bit word at byte `offset` (a multiple of 8) of the stand-in was filled with.
uint64_t standin_word(uint64_t offset);

#endif
