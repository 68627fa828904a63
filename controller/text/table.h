// SPDX-License-Identifier: GPL-2.0-or-later
// A table for people, as wide as their terminal: what does not fit is left out, the least important
// columns first.
#ifndef TEXT_TABLE_H
#define TEXT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/cleanup.h"

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

// ---- a table that is filled cell by cell --------------------------------------------------------

struct table_head {
	const char *name;
	unsigned rank; // as in struct table_column
	bool text;
};

// Begins as TABLE_OF(heads), an array (borrowed).
struct table {
	const struct table_head *heads;
	size_t columns;
	char **cells; // owned, row by row
	size_t count;
};

#define TABLE_OF(array) \
	((struct table){.heads = (array), .columns = sizeof(array) / sizeof((array)[0])})

void table_deinit(struct table *t);
#define CLEANUP_TABLE CLEANUP(table_deinit)

// The next cell, from left to right; rows follow one another.
__attribute__((format(printf, 2, 3))) void table_put(struct table *t, const char *fmt, ...);
// Prints heads and rows, as many columns as fit into `room` (0: all). Returns how many are left out.
size_t table_show(const struct table *t, size_t room, FILE *out);

#endif
