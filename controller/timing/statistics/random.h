// SPDX-License-Identifier: GPL-2.0-or-later
// Pseudo-random numbers, the same on every machine.
#ifndef TIMING_RANDOM_H
#define TIMING_RANDOM_H

#include <stdint.h>

// splitmix64 (Steele, Lea and Flood 2014). Any state is a good seed.
struct random {
	uint64_t state;
};

uint64_t random_next(struct random *r);
double random_uniform(struct random *r); // [0, 1)
double random_normal(struct random *r);  // mean 0, standard deviation 1

#endif
