// SPDX-License-Identifier: GPL-2.0-or-later
// Order statistics: selection, medians, quantiles, running medians.
//
// Functions that say "reorders" permute their argument; the others leave it alone. Values are
// finite (NaN and infinities are refused where data enters the room) and counts are at least 1
// unless said otherwise.
#ifndef TIMING_ORDER_H
#define TIMING_ORDER_H

#include <stddef.h>

// k-th smallest, k from 0. Reorders: x[0..k) <= x[k] <= x(k..n).
double order_select(double *x, size_t n, size_t k);

// Mean of the two middle values when n is even. Reorders.
double order_median(double *x, size_t n);

// Quantile p in [0,1] by linear interpolation at (n-1)p (Hyndman and Fan's type 7). Reorders.
double order_quantile(double *x, size_t n, double p);

// 1.4826 * median |x - median x|: the standard deviation of a normal sample. Overwrites x.
double order_mad(double *x, size_t n);

// Ascending.
void order_sort(double *x, size_t n);

// out[i] = median of x[i-half .. i+half] cut at both ends; half <= ORDER_HALF_MAX.
// `out` must not overlap x. O(n * half).
#define ORDER_HALF_MAX 16
void order_running_median(const double *x, size_t n, size_t half, double *out);

#endif
