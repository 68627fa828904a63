// SPDX-License-Identifier: GPL-2.0-or-later
// How likely luck alone gives such counts.
#ifndef TRIAGE_CHANCE_H
#define TRIAGE_CHANCE_H

#include <stddef.h>

// The chance that of `drawn` out of `all`, of which `marked` are marked, at least `least` are marked
// (the upper tail of the hypergeometric distribution: Fisher's exact test, one-sided). drawn, marked <= all.
double chance_at_least(size_t all, size_t marked, size_t drawn, size_t least);

// The chance of `bad` or more of `tried` now, if now and before (`bad_before` of `tried_before`) are
// alike; 1 when either was not tried.
double chance_worse(size_t bad, size_t tried, size_t bad_before, size_t tried_before);

// The lower and upper end of the interval (Clopper and Pearson's) of a rate seen `k` times in `n`: the
// rate is below, or above, with the chance `alpha` at most. 0 and 1 for n = 0.
double chance_rate_low(size_t k, size_t n, double alpha);
double chance_rate_high(size_t k, size_t n, double alpha);

#endif
