// SPDX-License-Identifier: GPL-2.0-or-later
// Cuts a series into levels by penalized least squares, exactly.
#ifndef TIMING_SEGMENT_H
#define TIMING_SEGMENT_H

#include <stddef.h>

// What a segmentation of up to `capacity` points needs; owned, see segmenter_init().
struct segmenter {
	size_t capacity;
	double *memory; // all arrays below point into it
	double *sum, *squares, *best;
	double *open_place, *open_sum, *open_cost;
	size_t *last, *bounds;
};

void segmenter_init(struct segmenter *s, size_t capacity);
void segmenter_deinit(struct segmenter *s);

// The segmentation of z[0..n), in units of `sigma`, that minimizes the squared distance to the
// level means plus `penalty` per boundary, no level shorter than `shortest`. Returns the number of
// boundaries; (*bounds)[i] is the first index of a new level, ascending, valid until the next call.
// `center` is a value near the data (its median), to keep the sums small. n <= capacity.
//
// The method is dynamic programming with pruning (Killick, Fearnhead and Eckley 2012).
size_t segment(struct segmenter *s, const double *z, size_t n, double center, double sigma,
	       double penalty, size_t shortest, size_t **bounds);

#endif
