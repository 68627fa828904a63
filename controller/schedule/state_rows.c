// SPDX-License-Identifier: GPL-2.0-or-later
#include "schedule/state_rows.h"

#include <stddef.h>
#include <string.h>

#include "base/buffer.h"
#include "base/database.h"

// ---- columns ------------------------------------------------------------------------------------

enum column_type {
	COLUMN_TEXT,   // char *, may be NULL
	COLUMN_ID,     // char[PLANNER_ID_SIZE]
	COLUMN_NUMBER, // int64_t
	COLUMN_INT,    // int
	COLUMN_BOOL,   // bool
	COLUMN_HEALTH, // enums, by their names
	COLUMN_TRIGGER,
	COLUMN_OUTCOME,
};

struct state_column {
	const char *name;
	enum column_type type;
	size_t offset;
};

#define COLUMN(row, name, type, member)                           \
	{                                                         \
		name, COLUMN_##type, offsetof(struct row, member) \
	}

static const struct state_column fire_columns[] = {
    COLUMN(fire_row, "schedule", TEXT, schedule),  COLUMN(fire_row, "first", NUMBER, first_s),
    COLUMN(fire_row, "last", NUMBER, last_s),      COLUMN(fire_row, "count", NUMBER, count),
    COLUMN(fire_row, "outcome", OUTCOME, outcome), COLUMN(fire_row, "reason", TEXT, reason),
    COLUMN(fire_row, "batch", ID, batch),          COLUMN(fire_row, "decided", NUMBER, decided_s),
};

static const struct state_column schedule_columns[] = {
    COLUMN(schedule_row, "name", TEXT, name),
    COLUMN(schedule_row, "text", TEXT, text),
    COLUMN(schedule_row, "cursor", NUMBER, cursor_s),
    COLUMN(schedule_row, "fired", NUMBER, fired),
};

static const struct state_column batch_columns[] = {
    COLUMN(batch_row, "id", ID, id),
    COLUMN(batch_row, "job", TEXT, job),
    COLUMN(batch_row, "request", TEXT, request),
    COLUMN(batch_row, "schedule", TEXT, schedule),
    COLUMN(batch_row, "nominal", NUMBER, nominal_s),
    COLUMN(batch_row, "ordinal", NUMBER, ordinal),
    COLUMN(batch_row, "cause", TRIGGER, trigger),
    COLUMN(batch_row, "board", TEXT, board),
    COLUMN(batch_row, "priority", INT, priority),
    COLUMN(batch_row, "submitted", NUMBER, submitted_s),
    COLUMN(batch_row, "window_end", NUMBER, window_end_s),
    COLUMN(batch_row, "submitter", TEXT, submitter),
    COLUMN(batch_row, "begun", BOOL, begun),
};

static const struct state_column board_columns[] = {
    COLUMN(board_row, "name", TEXT, name),
    COLUMN(board_row, "health", HEALTH, health),
    COLUMN(board_row, "reason", TEXT, reason),
    COLUMN(board_row, "who", TEXT, who),
    COLUMN(board_row, "link", TEXT, link),
    COLUMN(board_row, "since", NUMBER, since_s),
    COLUMN(board_row, "streak", NUMBER, streak),
    COLUMN(board_row, "streak_job", TEXT, streak_job),
    COLUMN(board_row, "streak_two", BOOL, streak_two_jobs),
    COLUMN(board_row, "checks_failed", NUMBER, checks_failed),
    COLUMN(board_row, "next_check", NUMBER, next_check_s),
    COLUMN(board_row, "used", NUMBER, used_s),
    COLUMN(board_row, "night", NUMBER, night),
    COLUMN(board_row, "cycles", NUMBER, cycles),
    COLUMN(board_row, "erases", NUMBER, erases),
    COLUMN(board_row, "all_cycles", NUMBER, all_cycles),
    COLUMN(board_row, "all_erases", NUMBER, all_erases),
};

static const struct state_column reservation_columns[] = {
    COLUMN(reservation_row, "id", NUMBER, id),
    COLUMN(reservation_row, "board", TEXT, board),
    COLUMN(reservation_row, "who", TEXT, who),
    COLUMN(reservation_row, "why", TEXT, why),
    COLUMN(reservation_row, "from_s", NUMBER, from_s),
    COLUMN(reservation_row, "until_s", NUMBER, until_s),
};

static const struct state_column seen_columns[] = {
    COLUMN(seen_row, "batch", ID, batch),
    COLUMN(seen_row, "run", TEXT, run),
};

static const struct state_column audit_columns[] = {
    COLUMN(audit_row, "at", NUMBER, at_s),
    COLUMN(audit_row, "who", TEXT, who),
    COLUMN(audit_row, "what", TEXT, what),
};

struct table_form {
	const char *name;
	const char *key;      // its first column
	const char *identity; // what makes two rows one: the later one counts; NULL: nothing does
	const struct state_column *columns;
	size_t count;
};

#define FORM(name, key, identity, columns)                                           \
	{                                                                            \
		name, key, identity, columns, sizeof(columns) / sizeof((columns)[0]) \
	}

static const struct table_form tables[] = {
    [ROW_FIRE] = FORM("fire", "schedule", "schedule, first", fire_columns),
    [ROW_SCHEDULE] = FORM("schedule", "name", "name", schedule_columns),
    [ROW_BATCH] = FORM("batch", "id", "id", batch_columns),
    [ROW_BOARD] = FORM("board", "name", "name", board_columns),
    [ROW_RESERVATION] = FORM("reservation", "id", "id", reservation_columns),
    [ROW_SEEN] = FORM("seen", "batch", "batch, run", seen_columns),
    [ROW_AUDIT] = FORM("audit", "at", NULL, audit_columns),
};

// ---- writing ------------------------------------------------------------------------------------

static void bind_text(sqlite3_stmt *s, int i, const char *text)
{
	if (text)
		sqlite3_bind_text(s, i, text, -1, SQLITE_STATIC);
	else
		sqlite3_bind_null(s, i);
}

static void bind_column(sqlite3_stmt *s, int i, const struct state_column *c, const void *row)
{
	const char *at = (const char *)row + c->offset;
	switch (c->type) {
	case COLUMN_TEXT:
		bind_text(s, i, *(char *const *)(const void *)at);
		break;
	case COLUMN_ID:
		bind_text(s, i, at);
		break;
	case COLUMN_NUMBER:
		sqlite3_bind_int64(s, i, *(const int64_t *)(const void *)at);
		break;
	case COLUMN_INT:
		sqlite3_bind_int(s, i, *(const int *)(const void *)at);
		break;
	case COLUMN_BOOL:
		sqlite3_bind_int(s, i, *(const bool *)(const void *)at);
		break;
	case COLUMN_HEALTH:
		bind_text(s, i, health_name(*(const enum health *)(const void *)at));
		break;
	case COLUMN_TRIGGER:
		bind_text(s, i, trigger_name(*(const enum trigger *)(const void *)at));
		break;
	case COLUMN_OUTCOME:
		bind_text(s, i, fire_outcome_name(*(const enum fire_outcome *)(const void *)at));
		break;
	}
}

// A pointer of the union, whichever it is: all are pointers to a row.
static const void *row_of(const struct planner_change *c)
{
	switch (c->kind) {
	case ROW_FIRE:
		return c->row.fire;
	case ROW_SCHEDULE:
		return c->row.schedule;
	case ROW_BATCH:
		return c->row.batch;
	case ROW_BOARD:
		return c->row.board;
	case ROW_RESERVATION:
		return c->row.reservation;
	case ROW_SEEN:
		return c->row.seen;
	case ROW_AUDIT:
		return c->row.audit;
	}
	return NULL;
}

// A second batch for a nominal time is refused by the table's own index: only what has the same identity
// is written over.
static void insert_text(const struct table_form *t, struct buffer *sql)
{
	buffer_printf(sql, "INSERT INTO %s (", t->name);
	for (size_t i = 0; i < t->count; i++)
		buffer_printf(sql, "%s%s", i ? ", " : "", t->columns[i].name);
	buffer_append_str(sql, ") VALUES (");
	for (size_t i = 0; i < t->count; i++)
		buffer_append_str(sql, i ? ", ?" : "?");
	buffer_append_str(sql, ")");
	if (!t->identity)
		return;
	buffer_printf(sql, " ON CONFLICT (%s) DO UPDATE SET", t->identity);
	for (size_t i = 0; i < t->count; i++)
		buffer_printf(sql, "%s %s = excluded.%s", i ? "," : "", t->columns[i].name,
			      t->columns[i].name);
}

// Everything of a kind that has the key of a row.
static void delete_text(const struct table_form *t, struct buffer *sql)
{
	buffer_printf(sql, "DELETE FROM %s WHERE %s = ?1", t->name, t->key);
}

static struct error *need_statement(sqlite3 *db, enum row_kind kind,
				    void (*write)(const struct table_form *t, struct buffer *sql),
				    sqlite3_stmt **kept)
{
	if (*kept)
		return NULL;
	CLEANUP_BUFFER struct buffer sql = {0};
	write(&tables[kind], &sql);
	return database_prepare(db, buffer_str(&sql), kept);
}

// Binds the first `count` columns and carries it out.
static struct error *write_row(sqlite3_stmt *s, enum row_kind kind, size_t count, const void *row)
{
	const struct table_form *t = &tables[kind];
	bool more;
	for (size_t i = 0; i < count; i++)
		bind_column(s, (int)i + 1, &t->columns[i], row);
	struct error *e = database_step(s, t->name, &more);
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	return e;
}

static struct error *insert_row(sqlite3 *db, struct state_statements *s, enum row_kind kind,
				const void *row)
{
	TRY(need_statement(db, kind, insert_text, &s->insert[kind]));
	return write_row(s->insert[kind], kind, tables[kind].count, row);
}

static struct error *delete_rows(sqlite3 *db, struct state_statements *s, enum row_kind kind,
				 const void *row)
{
	TRY(need_statement(db, kind, delete_text, &s->delete[kind]));
	return write_row(s->delete[kind], kind, 1, row);
}

void state_statements_deinit(struct state_statements *s)
{
	for (size_t i = 0; i < STATE_KINDS; i++) {
		sqlite3_finalize(s->insert[i]);
		sqlite3_finalize(s->delete[i]);
	}
	*s = (struct state_statements){0};
}

struct error *state_rows_save(sqlite3 *db, struct state_statements *statements,
			      const struct planner_change *change)
{
	const void *row = row_of(change);
	if (!change->gone)
		return insert_row(db, statements, change->kind, row);
	TRY(delete_rows(db, statements, change->kind, row));
	if (change->kind != ROW_BATCH)
		return NULL;
	struct seen_row seen = {0};
	memcpy(seen.batch, change->row.batch->id, PLANNER_ID_SIZE);
	return delete_rows(db, statements, ROW_SEEN, &seen);
}

// ---- reading ------------------------------------------------------------------------------------

// A name that this version does not know is taken for the first of its kind's.
static void take_column(sqlite3_stmt *s, int i, const struct state_column *c, void *row)
{
	char *at = (char *)row + c->offset;
	const char *text = (const char *)sqlite3_column_text(s, i);
	switch (c->type) {
	case COLUMN_TEXT:
		*(char **)(void *)at = (char *)(uintptr_t)text;
		break;
	case COLUMN_ID:
		strncpy(at, text ? text : "", PLANNER_ID_SIZE - 1);
		break;
	case COLUMN_NUMBER:
		*(int64_t *)(void *)at = sqlite3_column_int64(s, i);
		break;
	case COLUMN_INT:
		*(int *)(void *)at = sqlite3_column_int(s, i);
		break;
	case COLUMN_BOOL:
		*(bool *)(void *)at = sqlite3_column_int(s, i) != 0;
		break;
	case COLUMN_HEALTH:
		health_from_name(text ? text : "", (enum health *)(void *)at);
		break;
	case COLUMN_TRIGGER:
		trigger_from_name(text ? text : "", (enum trigger *)(void *)at);
		break;
	case COLUMN_OUTCOME:
		fire_outcome_from_name(text ? text : "", (enum fire_outcome *)(void *)at);
		break;
	}
}

static void take_row(sqlite3_stmt *s, enum row_kind kind, void *row)
{
	const struct table_form *t = &tables[kind];
	for (size_t i = 0; i < t->count; i++)
		take_column(s, (int)i, &t->columns[i], row);
}

struct fire_row state_row_fire(sqlite3_stmt *s)
{
	struct fire_row row = {0};
	take_row(s, ROW_FIRE, &row);
	return row;
}

static void hand_over(sqlite3_stmt *s, enum row_kind kind, struct planner *p)
{
	union {
		struct schedule_row schedule;
		struct batch_row batch;
		struct board_row board;
		struct reservation_row reservation;
		struct seen_row seen;
	} row;
	memset(&row, 0, sizeof(row));
	take_row(s, kind, &row);
	struct planner_change change = {.kind = kind};
	change.row.board = &row.board; // all members of both unions begin at one place
	planner_load(p, &change);
}

struct error *state_rows_load(sqlite3 *db, enum row_kind kind, struct planner *p)
{
	const struct table_form *t = &tables[kind];
	CLEANUP_BUFFER struct buffer sql = {0};
	for (size_t i = 0; i < t->count; i++)
		buffer_printf(&sql, "%s%s", i ? ", " : "SELECT ", t->columns[i].name);
	buffer_printf(&sql, " FROM %s ORDER BY %s", t->name,
		      kind == ROW_BATCH ? "submitted, id" : t->key);
	CLEANUP_STATEMENT sqlite3_stmt *s = NULL;
	TRY(database_prepare(db, buffer_str(&sql), &s));
	for (;;) {
		bool row;
		TRY(database_step(s, t->name, &row));
		if (!row)
			return NULL;
		hand_over(s, kind, p);
	}
}
