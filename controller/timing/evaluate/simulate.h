// SPDX-License-Identifier: GPL-2.0-or-later
// Simulates series whose changes are known, to check the evaluation: noise of many kinds, without a
// change or with one step, given night by night to series_evaluate().
#ifndef TIMING_SIMULATE_H
#define TIMING_SIMULATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "timing/params.h"
#include "timing/statistics/inference.h"

enum noise_kind {
	NOISE_NORMAL,    // 1 %
	NOISE_LOGNORMAL, // 2 %
	NOISE_T3,        // 1 % times Student's t of 3 degrees: heavy tails
	NOISE_AR5,       // 1 %, correlation of neighbours 0.5
	NOISE_AR8,       // 0.8
	NOISE_SPIKES,    // 1 %, 3 % of the points up to twice as long
	NOISE_BIMODAL,   // 4 % longer in 30 % of the runs
	NOISE_TICKS,     // a coarse counter
	NOISE_KINDS,
};

const char *noise_kind_name(enum noise_kind k);
bool noise_kind_parse(const char *word, enum noise_kind *out);

// n values around 100 without any change.
void simulate_noise(enum noise_kind kind, struct random *r, double *out, size_t n);

struct simulation {
	enum noise_kind kind;
	size_t series, points; // of each
	double step;           // relative; 0: no change
	uint64_t seed;
	bool reruns; // carry out wished re-runs and A/B confirmations
};

struct simulation_result {
	size_t series, points;
	size_t found_whole, false_whole; // by one look at whole series, at class alert
	size_t pending;                  // alerts raised night by night, near no step
	size_t confirmed_falsely;        // of those, by an A/B
	size_t found;                    // steps that raised an alert
	size_t withdrawn;                // of those, later taken back
	double median_delay;             // runs behind the first of the new level, until its alert
};

// Plays it; deterministic.
struct simulation_result simulate(const struct simulation *s, const struct timing_params *p);

#endif
