// SPDX-License-Identifier: GPL-2.0-or-later
// Plays a recorded series as if each value were a night's only run, without re-runs: what would
// have been raised, and when.
#ifndef TIMING_REPLAY_H
#define TIMING_REPLAY_H

#include <stddef.h>

#include "timing/evaluate/evaluate.h"

// Leaves in *state what the nights made of values[0..n), all finite; alerts' places have the index
// as position, their transitions the index of the night as time.
void replay_nights(struct evaluator *e, const double *values, size_t n, struct series_state *state);

// The night that raised an alert; SIZE_MAX for one that was never more than a candidate.
size_t replay_raised(const struct alert *a);

// Changes of an exact series of n runs with `width` numbers each: indices of runs that differ from
// the one before by more than `tolerance` and that the next run repeats. Returns how many; `out`
// holds n.
size_t replay_exact(const double *runs, size_t n, size_t width, double tolerance, size_t *out);

#endif
