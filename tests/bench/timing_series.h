// SPDX-License-Identifier: GPL-2.0-or-later
// Made-up series for tests/bench/timing_power.c that look like those of continuous integration:
// what nightly benchmarks do besides changing. Every family is unit noise; a series is
// exp(cv * noise + level), so that sizes mean the same in each.
#ifndef BENCH_TIMING_SERIES_H
#define BENCH_TIMING_SERIES_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "timing/statistics/inference.h"

enum family {
	FAMILY_NORMAL,
	FAMILY_T3,      // heavy tails
	FAMILY_TAIL,    // one-sided: nothing is faster than the fastest
	FAMILY_SPIKES,  // 2 to 12 % of the points much longer
	FAMILY_BURSTS,  // the same in bursts of two to four
	FAMILY_TICKS,   // four values or so
	FAMILY_BIMODAL, // the slower mode in 10 to 50 % of the runs
	FAMILY_MODES,   // three or four modes, by build
	FAMILY_HOSTS,   // two hosts, each kept for some nights
	FAMILY_AR5,     // neighbours correlated by 0.5
	FAMILY_AR8,     // by 0.8
	FAMILY_WEEKLY,  // weekends differ
	FAMILY_WANDER,  // white noise on a level that creeps to and fro
	FAMILIES,
};

static const char *const family_names[FAMILIES] = {
    "normal", "t3",    "tail", "spikes", "bursts", "ticks",  "bimodal",
    "modes",  "hosts", "ar5",  "ar8",    "weekly", "wander",
};

static double uniform_between(struct random *r, double low, double high)
{
	return low + (high - low) * random_uniform(r);
}

static double student3(struct random *r)
{
	double chi = 0, z = random_normal(r);
	for (int i = 0; i < 3; i++) {
		double v = random_normal(r);
		chi += v * v;
	}
	return z / sqrt(chi / 3);
}

static void fill_correlated(struct random *r, double rho, double *out, size_t n)
{
	double x = random_normal(r);
	for (size_t i = 0; i < n; i++) {
		x = rho * x + sqrt(1 - rho * rho) * random_normal(r);
		out[i] = x;
	}
}

static void fill_modes(struct random *r, double *out, size_t n)
{
	double place[4], share[4];
	size_t modes = 3 + random_next(r) % 2;
	for (size_t k = 0; k < modes; k++) {
		place[k] = uniform_between(r, -1.8, 1.8);
		share[k] = uniform_between(r, 0.2, 1) + (k ? share[k - 1] : 0);
	}
	for (size_t i = 0; i < n; i++) {
		double u = random_uniform(r) * share[modes - 1];
		size_t k = 0;
		while (k + 1 < modes && u > share[k])
			k++;
		out[i] = place[k] + 0.25 * random_normal(r);
	}
}

// Noise with a standard deviation of about 1; of spikes and bursts, between them.
static void family_noise(enum family f, struct random *r, double *out, size_t n)
{
	double share = uniform_between(r, 0.1, 0.5), often = uniform_between(r, 0.02, 0.12);
	double stay = uniform_between(r, 0.3, 0.8), slope = uniform_between(r, 1, 2.5);
	size_t burst = 0, phase = random_next(r) % 7;
	bool slow = false;
	if (f == FAMILY_AR5 || f == FAMILY_AR8) {
		fill_correlated(r, f == FAMILY_AR5 ? 0.5 : 0.8, out, n);
		return;
	}
	if (f == FAMILY_MODES) {
		fill_modes(r, out, n);
		return;
	}
	if (f == FAMILY_WANDER)
		fill_correlated(r, 0.98, out, n);
	for (size_t i = 0; i < n; i++) {
		double z = random_normal(r);
		switch (f) {
		case FAMILY_T3:
			z = student3(r) / 1.3;
			break;
		case FAMILY_TAIL:
			z = -log(1 - random_uniform(r));
			break;
		case FAMILY_SPIKES:
			z += random_uniform(r) < often ? uniform_between(r, 4, 40) : 0;
			break;
		case FAMILY_BURSTS:
			if (burst == 0 && random_uniform(r) < often / 3)
				burst = 2 + random_next(r) % 3;
			if (burst > 0) {
				burst--;
				z += uniform_between(r, 4, 40);
			}
			break;
		case FAMILY_TICKS:
			z = floor(z + 0.5);
			break;
		case FAMILY_BIMODAL:
			z = 0.3 * z + (random_uniform(r) < share ? 2.2 : 0);
			break;
		case FAMILY_HOSTS:
			if (random_uniform(r) > stay)
				slow = random_uniform(r) < share;
			z = 0.5 * z + (slow ? 2 : 0);
			break;
		case FAMILY_WEEKLY:
			z = 0.6 * z + (i % 7 == phase || (i + 1) % 7 == phase ? slope : 0);
			break;
		case FAMILY_WANDER:
			z = 0.8 * z + 0.6 * out[i];
			break;
		default:
			break;
		}
		out[i] = z;
	}
}

#define SERIES_MAX  900
#define CHANGES_MAX 16

struct made_series {
	enum family family;
	size_t n;
	double values[SERIES_MAX];
	size_t at[CHANGES_MAX];
	bool visible[CHANGES_MAX]; // large and long enough that a person would mark it
	size_t count;
};

// What a person marks: at least 1 %, both levels of five points or more, and four standard errors
// by the noise's true size, at most 40 points a side.
static void mark_visible(struct made_series *s, const double *sizes, double cv)
{
	for (size_t k = 0; k < s->count; k++) {
		size_t from = k ? s->at[k - 1] : 0, to = k + 1 < s->count ? s->at[k + 1] : s->n;
		double before = fmin(40, (double)(s->at[k] - from));
		double behind = fmin(40, (double)(to - s->at[k]));
		double error = cv * sqrt(1 / before + 1 / behind);
		s->visible[k] = before >= 5 && behind >= 5 && fabs(sizes[k]) >= 0.01 &&
				fabs(sizes[k]) >= 5 * error;
	}
}

// A series as a night's benchmarks give them: none to nine changes of 1 to 15 noise units, levels
// of three points or more, some of them back to where they came from.
static void make_ci_series(struct random *r, enum family f, struct made_series *s)
{
	double sizes[CHANGES_MAX], noise[SERIES_MAX], level = 0;
	double cv = 0.003 * exp(uniform_between(r, 0, log(15)));
	double mean = uniform_between(r, 20, 150);
	*s = (struct made_series){.family = f, .n = 60 + random_next(r) % (SERIES_MAX - 60)};
	bool quiet = random_uniform(r) < 0.3;
	family_noise(f, r, noise, s->n);
	size_t next = 3 + (size_t)(-mean * log(1 - random_uniform(r)));
	for (size_t i = 0; i < s->n; i++) {
		if (!quiet && i == next && s->count < CHANGES_MAX) {
			double size = cv * exp(uniform_between(r, 0, log(15)));
			size = fmin(size, 0.7) * (random_uniform(r) < 0.5 ? -1 : 1);
			if (s->count > 0 && random_uniform(r) < 0.3)
				size = -sizes[s->count - 1];
			sizes[s->count] = size;
			s->at[s->count++] = i;
			level += size;
			next = i + 3 + (size_t)(-mean * log(1 - random_uniform(r)));
		}
		s->values[i] = 100 * exp(level + cv * noise[i]);
	}
	mark_visible(s, sizes, cv);
}

// One step of a size, somewhere in the middle half of n points.
static void make_step_series(struct random *r, enum family f, size_t n, double cv, double step,
			     struct made_series *s)
{
	double noise[SERIES_MAX];
	*s = (struct made_series){.family = f, .n = n};
	family_noise(f, r, noise, n);
	if (fabs(step) > 0) {
		s->count = 1;
		s->visible[0] = true;
		s->at[0] = n / 4 + random_next(r) % (n / 2);
	}
	for (size_t i = 0; i < n; i++)
		s->values[i] = 100 * exp((s->count && i >= s->at[0] ? step : 0) + cv * noise[i]);
}

#endif
