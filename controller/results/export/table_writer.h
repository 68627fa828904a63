// SPDX-License-Identifier: GPL-2.0-or-later
// Rows of a query as an aligned table, CSV (RFC 4180) or JSON lines.
#ifndef RESULTS_TABLE_WRITER_H
#define RESULTS_TABLE_WRITER_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"

enum table_format {
	TABLE_TEXT,
	TABLE_CSV,
	TABLE_JSON, // one object a line
};

// Steps the statement to its end. Columns are named by the statement. The text form holds all rows
// in memory to align them; the others stream. `*rows` counts them.
struct error *table_write(sqlite3_stmt *statement, enum table_format format, FILE *out,
			  size_t *rows) ERROR_RESULT;

// The text form in a terminal of `room` columns (0: as wide as it gets); *left_out: columns that did
// not fit.
struct error *table_write_text(sqlite3_stmt *statement, size_t room, FILE *out, size_t *rows,
			       size_t *left_out) ERROR_RESULT;

#endif
