// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/random.h"

#include <sys/random.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/clock.h"

uint64_t random_seed(void)
{
	uint64_t seed = 0;
	if (getrandom(&seed, sizeof(seed), 0) == (ssize_t)sizeof(seed))
		return seed;
	return (uint64_t)clock_monotonic_ns() ^ ((uint64_t)getpid() << 40);
}
