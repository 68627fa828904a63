// SPDX-License-Identifier: GPL-2.0-or-later
// JSON objects (jansson) into C structs and back, by one table. Complaints name the place:
// "FILE: findings[2].line: expected an integer, found a string".
//
// A reader ignores members that the table does not have: a newer writer may say more. null counts as
// absent. A writer has the members in the table's order and leaves out what is not said.
#ifndef RECORD_JSON_FIELDS_H
#define RECORD_JSON_FIELDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/arena.h"

enum field_type {
	FIELD_TEXT,  // const char *: a line for people, control characters as blanks; absent: NULL
	FIELD_BLOCK, // const char *: any text, only NUL dropped; absent: NULL
	FIELD_WORD,  // const char *: [A-Za-z0-9][A-Za-z0-9._-]*, usable as a file name
	FIELD_TIME,  // const char *: RFC 3339 date-time with zone
	FIELD_HEX,   // const char *: exactly `width` digits of lower-case hexadecimal
	FIELD_INTEGER, // int64_t within [min, max]; absent: `absent`
	FIELD_NUMBER,  // double, finite; absent: NaN
	FIELD_FLAG,    // bool, always written; absent: false
	FIELD_MARK,    // bool, written when it is true; absent: false
	FIELD_ANSWER,  // int64_t: 1 true, 0 false; absent: `absent`
	FIELD_STATUS,  // enum status; absent: STATUS_NONE
	FIELD_OBJECT,  // const STRUCT *, allocated; absent: NULL
	FIELD_LIST,    // const STRUCT * of `record`, and its size_t count; absent: NULL
	FIELD_TEXTS,   // const char *const *, and its size_t count; absent: NULL
	FIELD_NUMBERS, // const double *, finite, and its size_t count; absent: NULL
};

struct record;

struct field {
	const char *name;
	enum field_type type;
	bool required;               // and always written
	bool kept;                   // FIELD_INTEGER: written also when it is `absent`
	bool nullable;               // FIELD_INTEGER: -1 stands for null, which says something
	size_t offset;               // of the value in the struct
	size_t count_offset;         // FIELD_LIST, FIELD_TEXTS, FIELD_NUMBERS
	const struct record *record; // FIELD_OBJECT, FIELD_LIST
	size_t width;                // FIELD_HEX
	int64_t min, max, absent;    // FIELD_INTEGER
};

struct record {
	size_t size; // of the struct
	const struct field *fields;
	size_t count;
};

#define RECORD(type, table)                                               \
	{                                                                 \
		sizeof(type), (table), sizeof(table) / sizeof((table)[0]) \
	}

#define FIELDS_UNKNOWN INT64_MIN // an integer that was not said

// Rows of a table: member M of struct S under its own name. NEED refuses a document without it.
// COUNT, KEPT: an integer from 0; a missing one is N.
#define FIELD(kind, S, M) .name = #M, .type = (kind), .offset = offsetof(struct S, M)
#define FIELD_ROW(...)      \
	{                   \
		__VA_ARGS__ \
	}
#define MAY(kind, S, M)   FIELD_ROW(FIELD(FIELD_##kind, S, M))
#define NEED(kind, S, M)  FIELD_ROW(FIELD(FIELD_##kind, S, M), .required = true)
#define HEX(S, M, digits) FIELD_ROW(FIELD(FIELD_HEX, S, M), .width = (digits))
#define ANSWER(S, M)      FIELD_ROW(FIELD(FIELD_ANSWER, S, M), .absent = FIELDS_UNKNOWN)
#define COUNT(S, M, N)    FIELD_ROW(FIELD(FIELD_INTEGER, S, M), .max = INT64_MAX, .absent = (N))
#define KEPT(S, M, N) \
	FIELD_ROW(FIELD(FIELD_INTEGER, S, M), .max = INT64_MAX, .absent = (N), .kept = true)
#define OBJECT(S, M, R) FIELD_ROW(FIELD(FIELD_OBJECT, S, M), .record = (R))
#define NEED_HEX(S, M, digits) \
	FIELD_ROW(FIELD(FIELD_HEX, S, M), .width = (digits), .required = true)
#define NEED_OBJECT(S, M, R) FIELD_ROW(FIELD(FIELD_OBJECT, S, M), .record = (R), .required = true)
#define INTEGER(S, M, low, high) \
	FIELD_ROW(FIELD(FIELD_INTEGER, S, M), .min = (low), .max = (high), .absent = FIELDS_UNKNOWN)
#define NEED_INTEGER(S, M, low, high) \
	FIELD_ROW(FIELD(FIELD_INTEGER, S, M), .min = (low), .max = (high), .required = true)
#define FIELD_MANY(kind, S, M) FIELD(kind, S, M), .count_offset = offsetof(struct S, M##_count)
#define LIST(S, M, R)          FIELD_ROW(FIELD_MANY(FIELD_LIST, S, M), .record = (R))
#define TEXTS(S, M)            FIELD_ROW(FIELD_MANY(FIELD_TEXTS, S, M))
#define NUMBERS(S, M)          FIELD_ROW(FIELD_MANY(FIELD_NUMBERS, S, M))

// Reads `path` (at most `limit` bytes), repairs bytes that are no UTF-8, and fills `out`, a zeroed
// struct described by `record`; all it points to lives in `arena`. Errors are ERROR_LAB.
struct error *json_fields_load(const char *path, size_t limit, const struct record *record,
			       struct arena *arena, void *out) ERROR_RESULT;

// The same from text; `name` stands for the file in messages.
struct error *json_fields_parse(const char *name, const char *text, size_t len,
				const struct record *record, struct arena *arena,
				void *out) ERROR_RESULT;

// The struct as JSON; NULL when a member that every document needs is not said. Text becomes valid
// UTF-8. The caller releases it.
json_t *json_fields_make(const struct record *record, const void *from);

// Lays the struct over a document that was read: members that differ are changed, what the table does
// not know stays. false: as NULL above; the document is then of no use.
bool json_fields_change(json_t *document, const struct record *record, const void *from);

// A document as text, indented, as people read it; the caller frees. NULL: `document` is NULL.
char *json_fields_text(const json_t *document);

// The struct as such a text; NULL as json_fields_make. The caller frees.
char *json_fields_print(const struct record *record, const void *from);

// Writes that text to `path`, by rename.
struct error *json_fields_write(const char *path, const struct record *record,
				const void *from) ERROR_RESULT;

// The struct as one line with its line end, behind what `out` holds.
void json_fields_print_line(const struct record *record, const void *from, struct buffer *out);

#endif
