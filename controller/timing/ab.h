// SPDX-License-Identifier: GPL-2.0-or-later
// A/B confirmation: decides by repeated runs of two images on one board whether the second is slower.
// The images take turns in the order A B B A A B B A ..., so that slow changes of temperature or load
// act on both alike. The machine is pure: it says what to run next, takes the result, and ends in a
// verdict.
//
//     ab_init(&ab, &setup);
//     while (ab_next(&ab, &board, &image))       // run that image on that board
//             ab_add(&ab, value, valid);         // the run's aggregate, or that it gave none
//     ab_outcome(&ab)
#ifndef TIMING_AB_H
#define TIMING_AB_H

#include <stdbool.h>
#include <stddef.h>

#include "timing/params.h"
#include "timing/statistics/inference.h"

enum ab_image {
	AB_OLD, // last commit before the change
	AB_NEW, // first commit behind it
};

enum ab_verdict {
	AB_VERDICT_RUNNING,
	AB_VERDICT_CONFIRMED,
	AB_VERDICT_EQUIVALENT,   // the images are alike to within min_rel
	AB_VERDICT_INCONCLUSIVE, // neither
	AB_VERDICT_FAILED,       // too few valid runs
};

const char *ab_verdict_name(enum ab_verdict v);

// Least valid runs of each image: 7 against 7 is the first that can reach p <= 0.001.
#define AB_RUNS_MIN 7
// Blocks a leg may take; the second pools with the first.
#define AB_BLOCKS   2
#define AB_RUNS_MAX 64 // of one image on one board, failed ones included

struct ab_setup {
	int sign; // +1: NEW is suspected to have the larger value, -1: the smaller
	struct timing_params params;
	unsigned boards; // of the class that may take part, 1 or 2
};

// The runs on one board.
struct ab_leg {
	double values[2][AB_RUNS_MAX]; // by enum ab_image; valid ones
	size_t counts[2];
	size_t tried[2];
	unsigned blocks;
	enum ab_verdict verdict;
	double p;                // one-sided
	struct rank_shift shift; // of the logarithms (or the values, when not all positive)
	double relative, low, high;
};

struct ab {
	struct ab_setup setup;
	struct ab_leg legs[2];
	unsigned leg;
};

void ab_init(struct ab *ab, const struct ab_setup *setup);

// The next run; false when there is none. *board is 0 or 1.
bool ab_next(const struct ab *ab, unsigned *board, enum ab_image *image);

// What came of the run that ab_next() named. `value` is finite; it counts when `valid`.
void ab_add(struct ab *ab, double value, bool valid);

struct ab_outcome {
	enum ab_verdict verdict; // of the first board
	bool boards_disagree;    // the second said otherwise: the board's doing
	unsigned boards;         // that took part
	unsigned runs;           // fewest valid runs of an image
	double p;                // of the first board
	double relative, low, high;
};

// AB_VERDICT_RUNNING while ab_next() has more.
struct ab_outcome ab_outcome(const struct ab *ab);

#endif
