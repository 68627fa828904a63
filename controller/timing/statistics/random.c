// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/statistics/inference.h"

#include <math.h>

uint64_t random_next(struct random *r)
{
	uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

double random_uniform(struct random *r)
{
	return (double)(random_next(r) >> 11) * 0x1p-53;
}

// Box and Muller's, one of the pair.
double random_normal(struct random *r)
{
	double u = 1 - random_uniform(r), v = random_uniform(r);
	return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}
