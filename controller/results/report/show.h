// SPDX-License-Identifier: GPL-2.0-or-later
// One run, and one batch, for people at a terminal.
#ifndef RESULTS_SHOW_H
#define RESULTS_SHOW_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buffer.h"
#include "record/model.h"
#include "results/report/grid.h"
#include "results/report/splats.h"

// ---- show ---------------------------------------------------------------------------------------

// One run for people at a terminal.

// Verdict and reason, board and payload, each splat with its text, tests (`all`: also those that
// passed), metrics, and the files of the run directory, in lines of `room` columns (0: of any length);
// what the board said stays in its own lines. Control characters are shown as \xNN.
void show_print_run(FILE *out, size_t room, const char *results_dir, const struct run *r, bool all);

// Appends "159 ns", "4.97 GiB/s", "12.5 MHz" for a value in its bare unit with a KCIDB prefix.
void show_number(double value, const char *unit, const char *prefix, struct buffer *out);

// Appends "2026-06-04 01:10:00 UTC" for "2026-06-04T01:10:00.123456Z"; a time of another zone as it
// is.
void show_time(const char *rfc3339, struct buffer *out);

// Appends console text fit for a terminal or a mail (terminal_text of text/terminal.h).
void show_console_text(const char *s, struct buffer *out);

// ---- summary ------------------------------------------------------------------------------------

// A batch for people at a terminal.

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
