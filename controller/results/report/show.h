// SPDX-License-Identifier: GPL-2.0-or-later
// One run for people at a terminal.
#ifndef RESULTS_SHOW_H
#define RESULTS_SHOW_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buffer.h"
#include "record/model.h"

// Verdict and reason, board and payload, each splat with its text, tests (`all`: also those that
// passed), metrics, and the files of the run directory. Control characters are shown as \xNN.
void show_print_run(FILE *out, const char *results_dir, const struct run *r, bool all);

// Appends "159 ns", "4.97 GiB/s", "12.5 MHz" for a value in its bare unit with a KCIDB prefix.
void show_number(double value, const char *unit, const char *prefix, struct buffer *out);

// Appends "2026-06-04 01:10:00 UTC" for "2026-06-04T01:10:00.123456Z"; a time of another zone as it
// is.
void show_time(const char *rfc3339, struct buffer *out);

// Appends console text fit for a terminal or a mail (terminal_text of text/terminal.h).
void show_console_text(const char *s, struct buffer *out);

#endif
