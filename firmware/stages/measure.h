// SPDX-License-Identifier: GPL-2.0-or-later
// How S15 takes a time: batches of at least MEASURE_TICKS, the cost of reading the clocks taken
// off, warm-up, and as many samples as asked for or as fit into the metric's share of the run.
#ifndef FIRMWARE_STAGES_MEASURE_H
#define FIRMWARE_STAGES_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "board/options.h"

#define MEASURE_TICKS   2000
#define MEASURE_SAMPLES OPTIONS_REPS_MAX

// Turns the cycle counter on where there is one, and finds what an empty pair of readings costs.
void measure_start(void);

struct measurement {
	const char *id;
	unsigned int samples; // unless reps= says otherwise
	// What is timed: `times` times the operation.
	void (*run)(unsigned int times);
	// Around each single operation, out of the time; NULL: it may be repeated as it is.
	void (*before)(void), (*after)(void);
	uint64_t scale, per; // values are multiplied by scale / per; 0: left alone
	bool untouched;      // inject=slow does not slow it down: it measures the board
};

// Takes the samples and prints the `time` record.
void measure(const struct measurement *measurement);

// A `time` record with one value in a unit of its own ("byte", "1/s").
void measure_single(const char *id, uint64_t value, const char *unit);

// The same with a difference of two readings of the clock.
void measure_single_time(const char *id, uint64_t ticks);

#endif
