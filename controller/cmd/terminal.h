// SPDX-License-Identifier: GPL-2.0-or-later
// Standard output and standard error of every command: whatever is printed through them passes
// text/terminal.h's filter, so that no printing place can be forgotten.
#ifndef CMD_TERMINAL_H
#define CMD_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

// From here on stdout and stderr are filtered. Called once, first.
void terminal_guard(void);

// The farm's own colours may pass on standard output (its foreign text has been made safe).
void terminal_allow_styles(void);

#define TERMINAL_COLUMNS     80
#define TERMINAL_COLUMNS_MIN 40

// How wide standard output is: COLUMNS, the terminal itself, else 80.
unsigned terminal_columns(void);
// Of a table's columns, so many did not fit: says so, beside the output.
void terminal_tell_left_out(size_t columns);
// It is a terminal with colours whose user has not set NO_COLOR.
bool terminal_has_colour(void);

// Whoever read standard output has closed it, as `| head` does (EPIPE).
bool terminal_reader_left(void);

// Exact bytes to standard output, past the filter: the farm's own cursor movements, and what a
// user asked for in raw form.
void terminal_pass(const void *bytes, size_t len);

#endif
