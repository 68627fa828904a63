// SPDX-License-Identifier: GPL-2.0-or-later
// Questions put together, for files of results/store/ that answer them.
#ifndef RESULTS_STORE_ASK_H
#define RESULTS_STORE_ASK_H

#include "base/arena.h"
#include "base/database.h"

struct store;
struct store_rows;

// The reason of a run without what differs from run to run, as reason_head() of report_build.c.
#define REASON_HEAD(reason)                                                        \
	"substr(" reason ", 1, min(instr(" reason " || ' (', ' ('), instr(" reason \
	" || ', last line ', ', last line ')) - 1)"

// Starts a question; `what` names it in errors. Parameters are bound next, from 1.
struct error *store_rows_new(struct store *s, const char *sql, const char *what,
			     struct store_rows **out) ERROR_RESULT;

void store_rows_bind_text(struct store_rows *r, int parameter, const char *text); // NULL: nothing
void store_rows_bind_integer(struct store_rows *r, int parameter, int64_t value);

// A column's text in `arena`; NULL for nothing.
const char *store_rows_keep(const struct store_rows *r, size_t column, struct arena *arena);

#endif
