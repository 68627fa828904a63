// SPDX-License-Identifier: GPL-2.0-or-later
// Rows of a query as an aligned table, CSV (RFC 4180) or JSON lines.
#ifndef RESULTS_TABLE_WRITER_H
#define RESULTS_TABLE_WRITER_H

#include <stddef.h>
#include <stdio.h>

#include "base/error.h"
#include "results/store/store_query.h"

enum table_format {
	TABLE_TEXT,
	TABLE_CSV,
	TABLE_JSON, // one object a line
};

// Writes the rows of an answer to its end; `*rows` counts them. Columns have the names that the question
// gives them. The text form holds all rows in memory to align them; the others stream.
struct error *table_write(struct store_rows *answer, enum table_format format, FILE *out,
			  size_t *rows) ERROR_RESULT;

// The text form in a terminal of `room` columns (0: as wide as it gets); *left_out: columns that did
// not fit.
struct error *table_write_text(struct store_rows *answer, size_t room, FILE *out, size_t *rows,
			       size_t *left_out) ERROR_RESULT;

#endif
