// SPDX-License-Identifier: GPL-2.0-or-later
// A batch for people at a terminal.
#ifndef RESULTS_SUMMARY_H
#define RESULTS_SUMMARY_H

#include <stdio.h>

#include "base/buffer.h"
#include "results/report/grid.h"
#include "record/model.h"
#include "results/report/splats.h"

// A table board x variant, each splat once with its boards, one sentence a variant, one over all.
void results_print_summary(FILE *out, const struct batch_results *b);

// 0: all as wanted; 1: a FAIL; 3: MISS, ERROR or lost runs only.
int results_exit_code(const struct batch_results *b);

// Appends "premap: WARN in split_guard on 3/3 bbml2 boards, 0/5 others; as wanted".
void summary_variant_sentence(const struct grid *g, const struct splats *s, size_t variant,
			      struct buffer *out);

// Appends who is to act and the evidence for it: "FAIL: 3 of 32 runs, on every bbml2 board and no
// other: the code, on bbml2".
void summary_overall_sentence(const struct batch_results *b, const struct grid *g,
			      struct buffer *out);

// Appends the table board x variant.
void summary_table(const struct grid *g, struct buffer *out);

// Appends what a cell shows: "PASS", "FAIL(2)" with two splats, "FAIL 1/3" of three attempts, "-".
void summary_cell(const struct grid_cell *c, struct buffer *out);

#endif
