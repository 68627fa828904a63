// SPDX-License-Identifier: GPL-2.0-or-later
// Many tests on one page: adjusted p values.
#ifndef TIMING_MULTIPLE_H
#define TIMING_MULTIPLE_H

#include <stddef.h>

// Holm's step-down adjustment: rejecting where adjusted[i] <= alpha keeps the chance of any false
// claim on the page below alpha.
void multiple_holm(const double *p, size_t n, double *adjusted);

// Benjamini and Hochberg's: rejecting where adjusted[i] <= q keeps the expected share of false
// claims below q.
void multiple_benjamini_hochberg(const double *p, size_t n, double *adjusted);

#endif
