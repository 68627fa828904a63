// SPDX-License-Identifier: GPL-2.0-or-later
// Why an alert is what it is: every input and every value of the formulas, as text.
#ifndef TIMING_EXPLAIN_H
#define TIMING_EXPLAIN_H

#include "timing/evaluate/alert.h"
#include "timing/evaluate/evaluate.h"

// One block of lines: what the alert says of itself.
void alert_describe(const struct alert *a, const char *unit, struct buffer *out);

// The alert's history, one line a transition; times as RFC 3339 are the caller's business, so
// `time_text` makes them.
void alert_history(const struct alert *a, void (*time_text)(int64_t ns, struct buffer *out),
		   struct buffer *out);

// The points on both sides of a step as they are now, and what the formulas make of them. `e` is an
// evaluation of the alert's series with the same parameters.
void alert_explain(const struct alert *a, const struct evaluation *e, const struct timing_params *p,
		   struct buffer *out);

#endif
