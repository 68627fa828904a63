// SPDX-License-Identifier: GPL-2.0-or-later
// The answer to a question, read row by row. Text of a row lives until the next one.
#ifndef RESULTS_STORE_ROWS_H
#define RESULTS_STORE_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct store_rows;

void store_rows_close(struct store_rows *r);
CLEANUP_DEFINE(cleanup_store_rows, struct store_rows *, store_rows_close)
#define CLEANUP_STORE_ROWS CLEANUP(cleanup_store_rows)

// Goes to the next row; `*row` false: there is none.
struct error *store_rows_next(struct store_rows *r, bool *row) ERROR_RESULT;

enum store_kind {
	STORE_NOTHING,
	STORE_INTEGER,
	STORE_NUMBER,
	STORE_TEXT,
};

// Of the present row; columns count from 0.
size_t store_rows_columns(const struct store_rows *r);
const char *store_rows_name(const struct store_rows *r, size_t column);
enum store_kind store_rows_kind(const struct store_rows *r, size_t column);
const char *store_rows_text(const struct store_rows *r, size_t column); // also of numbers
int64_t store_rows_integer(const struct store_rows *r, size_t column);  // 0 for nothing
double store_rows_number(const struct store_rows *r, size_t column);    // NaN for nothing

#endif
