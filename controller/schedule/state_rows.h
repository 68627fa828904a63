// SPDX-License-Identifier: GPL-2.0-or-later
// The tables of farm.sqlite, one a kind of row: each column stands once, and serves writing and reading.
#ifndef SCHEDULE_STATE_ROWS_H
#define SCHEDULE_STATE_ROWS_H

#include <sqlite3.h>

#include "schedule/planner.h"

#define STATE_KINDS (ROW_AUDIT + 1)

// Statements that are kept between rows. Zeroed, it has none.
struct state_statements {
	sqlite3_stmt *insert[STATE_KINDS], *delete[STATE_KINDS];
};
void state_statements_deinit(struct state_statements *s);

struct error *state_rows_save(sqlite3 *db, struct state_statements *statements,
			      const struct planner_change *change) ERROR_RESULT;
// Hands each row of a kind to the planner.
struct error *state_rows_load(sqlite3 *db, enum row_kind kind, struct planner *p) ERROR_RESULT;
// The row that a statement of all columns of `fire` stands at; strings are the statement's.
struct fire_row state_row_fire(sqlite3_stmt *s);

#endif
