// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/statistics.h"

// Insertion: there are about a hundred samples.
static void sort(uint64_t *samples, unsigned int count)
{
	for (unsigned int i = 1; i < count; i++) {
		uint64_t sample = samples[i];
		unsigned int at = i;
		for (; at > 0 && samples[at - 1] > sample; at--)
			samples[at] = samples[at - 1];
		samples[at] = sample;
	}
}

void statistics_of(struct statistics *statistics, uint64_t *samples, unsigned int count)
{
	sort(samples, count);
	uint64_t median = samples[(count - 1) / 2];
	statistics->min = samples[0];
	statistics->median = median;
	statistics->p90 = samples[(count * 9 + 9) / 10 - 1];
	statistics->max = samples[count - 1];
	for (unsigned int i = 0; i < count; i++)
		samples[i] = samples[i] > median ? samples[i] - median : median - samples[i];
	sort(samples, count);
	statistics->mad = samples[(count - 1) / 2];
}
