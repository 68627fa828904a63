// SPDX-License-Identifier: GPL-2.0-or-later
// Things that show something or not, and the sets of them that attributes make: exact tests over single
// attributes and pairs of them. Pure. For attribution.c.
#ifndef TRIAGE_POPULATION_H
#define TRIAGE_POPULATION_H

#include "triage/history.h"

struct unit {
	const uint32_t *values; // ATTRIBUTES of them, borrowed
	bool shown;
};

struct population {
	struct unit *units; // owned
	size_t count, shown;
};

void population_add(struct population *p, const uint32_t *values, bool shown);
void population_deinit(struct population *p);
#define CLEANUP_POPULATION CLEANUP(population_deinit)

// Whether an attribute has to do with the order of runs alone: time, place, what ran before. Such a one
// fits by luck sooner, and is named only when nothing else fits.
bool attribute_is_of_order(enum attribute a);

// Which attributes may explain something: those of boards, those of runs, or all.
enum attribute_level {
	LEVEL_ALL,
	LEVEL_BOARD,
	LEVEL_RUN,
};

struct term {
	enum attribute attribute;
	uint32_t value;
};

#define TERMS_MAX 2

// A set of units: those that have all the values.
struct hypothesis {
	struct term terms[TERMS_MAX];
	size_t terms_count;
	size_t size, shown; // units of the set, and how many of these show it
	double score;       // its chance by luck alone, times what so wide a choice costs
};

// Counts for its terms, and sets the score.
void hypothesis_score(const struct population *p, struct hypothesis *h);
bool hypothesis_has(const struct hypothesis *h, const uint32_t *values);

// The best single value and the best pair; terms_count 0: there is none. The best other set whose score is
// not above `factor` times that of a given hypothesis is found by population_rival.
struct hypothesis population_best(const struct population *p, enum attribute_level level,
				  size_t terms);
bool population_rival(const struct population *p, enum attribute_level level,
		      const struct hypothesis *than, double factor, struct hypothesis *out);

// The chance that luck alone gives any set of that level a score as good as `score`. It holds however the
// sets depend on each other, be they nested or the same by another name: it is the sum over the
// different sets of what each can reach (Bonferroni's bound, with Tarone's correction for sets that cannot).
double population_luck(const struct population *p, enum attribute_level level, double score);

#endif
