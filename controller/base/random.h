// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers that no other process has.
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdint.h>

// From the kernel; where it has none, from the clock and the process.
uint64_t random_seed(void);

#endif
