// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/statistics/inference.h"

#include <math.h>

// Box and Muller's, one of the pair.
double random_normal(struct random *r)
{
	double u = 1 - random_uniform(r), v = random_uniform(r);
	return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}
