// SPDX-License-Identifier: GPL-2.0-or-later
// What is told of a set of samples.
#ifndef FIRMWARE_REPORT_STATISTICS_H
#define FIRMWARE_REPORT_STATISTICS_H

#include <stdint.h>

struct statistics {
	uint64_t min, median, p90, max;
	uint64_t mad; // median of the absolute deviations from the median
};

// Of `count` > 0 samples, which are reordered and lost. Medians of an even count are the lower of
// the two in the middle; p90 is the smallest sample that 90 % do not exceed.
void statistics_of(struct statistics *statistics, uint64_t *samples, unsigned int count);

#endif
