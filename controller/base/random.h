// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers that no other process has, and the same numbers again for the same beginning.
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdint.h>

// From the kernel; where it has none, from the clock and the process.
uint64_t random_seed(void);

// Pseudo-random numbers, the same on every machine: splitmix64 (Steele, Lea and Flood 2014). Any state is a
// good seed. For pure code: it asks nobody.
struct random {
	uint64_t state;
};

uint64_t random_next(struct random *r);
double random_uniform(struct random *r); // [0, 1)

#endif
