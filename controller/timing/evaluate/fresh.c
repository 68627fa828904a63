// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/evaluate/fresh.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "timing/evidence.h"
#include "timing/statistics/order.h"

#define ONE_IN 20 // points that far off are strays
#define LAST   3  // points that tell where the level is going

struct fresh fresh_baseline(const double *values, size_t n, double rho,
			    const struct timing_params *p)
{
	struct fresh f = {.known = false};
	if (n < FRESH_MIN)
		return f;
	size_t count = n < FRESH_MAX ? n : FRESH_MAX;
	double z[FRESH_MAX], scratch[2 * FRESH_MAX];
	f.known = true;
	f.count = count;
	f.scale = scale_values(values + n - count, count, p, f.x, scratch);
	f.sigma = noise_sigma(f.x, count, f.scale.floor, scratch);
	noise_despike(f.x, count, p->hampel, f.sigma, z);
	f.sigma = noise_sigma(z, count, f.scale.floor, scratch);
	f.sigma /= sqrt(1 - rho);
	f.level = order_median(z, count);
	return f;
}

static double distance(const struct fresh *f, double value)
{
	if (!f->scale.log)
		return value - f->level;
	// A value of zero or less on a series that was positive throughout is as far off as can be.
	return log(value > DBL_MIN ? value : DBL_MIN) - f->level;
}

double fresh_z(const struct fresh *f, double value)
{
	return f->known ? distance(f, value) / f->sigma : 0;
}

double fresh_relative(const struct fresh *f, double value)
{
	if (!f->known)
		return 0;
	return scale_fraction(&f->scale, distance(f, value));
}

struct rank_shift fresh_size(const struct fresh *f, const double *values, size_t n)
{
	double *x = memory_new(n, sizeof(*x));
	for (size_t i = 0; i < n; i++)
		x[i] = f->level + distance(f, values[i]);
	struct rank_shift s = rank_hodges_lehmann(f->x, f->count, x, n, 1);
	free(x);
	return s;
}

// Whether more than one in ONE_IN of the points since the last change is off to the same side as
// this value, half as far or more.
static bool was_seen(const struct fresh *f, double value)
{
	double d = distance(f, value);
	size_t alike = 0;
	for (size_t i = 0; i < f->count; i++)
		alike += (f->x[i] - f->level) / d >= 0.5;
	return alike > f->count / ONE_IN;
}

// Whether the points right before were on their way to this value: where neighbours are alike, the
// level wanders off by itself, and a far point is no news.
static bool was_coming(const struct fresh *f, double value)
{
	double last[LAST];
	memcpy(last, f->x + f->count - LAST, sizeof(last));
	return (order_median(last, LAST) - f->level) / distance(f, value) >= 0.5;
}

bool fresh_is_suspicious(const struct fresh *f, double value, const struct timing_params *p)
{
	return evidence_known(fresh_z(f, value), f->count) >= p->z_sus &&
	       fabs(fresh_relative(f, value)) >= p->min_rel && !was_seen(f, value) &&
	       !was_coming(f, value);
}

bool fresh_is_reproduced(const struct fresh *f, const double *values, size_t n,
			 const struct timing_params *p)
{
	size_t above = 0, below = 0;
	for (size_t i = 0; i < n; i++) {
		double z = fresh_z(f, values[i]);
		above += z >= p->z_again;
		below += z <= -p->z_again;
	}
	size_t needed = (3 * n + 3) / 4;
	return n > 1 && (above >= needed || below >= needed);
}
