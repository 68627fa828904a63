// SPDX-License-Identifier: GPL-2.0-or-later
// A table for people, as wide as their terminal: what does not fit is left out, the least important
// columns first.
#ifndef TEXT_TABLE_H
#define TEXT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

// One column's demands. Columns of the same rank are taken from left to right.
struct table_column {
	size_t width;  // columns of the terminal that its widest cell takes
	unsigned rank; // 0 is taken first
	bool text;     // free text, which may be cut short
};

// What a column of free text keeps at least, when it is shown.
#define TABLE_TEXT_MIN 20
#define TABLE_GAP      2

// Sets each column's width to what it gets of `room` columns, 0: it is left out. The first by rank is
// always there. `room` 0: no limit. Returns how many are left out.
size_t table_fit(struct table_column *columns, size_t count, size_t room);

// Prints `rows` rows of `count` cells, row by row, the header among them, by the columns' widths. A
// cell that is too wide ends in "...".
void table_print(FILE *out, char *const *cells, size_t rows, const struct table_column *columns,
		 size_t count);

#endif
