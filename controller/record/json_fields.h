// SPDX-License-Identifier: GPL-2.0-or-later
// JSON objects (jansson) into C structs by table, with complaints that name the place:
// "FILE: findings[2].line: expected an integer, found a string".
//
// Unknown members are ignored: a newer writer may say more. null counts as absent.
#ifndef RECORD_JSON_FIELDS_H
#define RECORD_JSON_FIELDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
	FIELD_FLAG,    // bool; absent: false
	FIELD_STATUS,  // enum status; absent: STATUS_NONE
	FIELD_OBJECT,  // const STRUCT *, allocated; absent: NULL
	FIELD_LIST,    // const STRUCT * of `record`, and its size_t count
	FIELD_TEXTS,   // const char *const *, and its size_t count
	FIELD_NUMBERS, // const double *, finite, and its size_t count
};

struct record;

struct field {
	const char *name;
	enum field_type type;
	bool required;
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

// Reads `path` (at most `limit` bytes), repairs bytes that are no UTF-8, and fills `out`, a zeroed
// struct described by `record`; all it points to lives in `arena`. Errors are ERROR_LAB.
struct error *json_fields_load(const char *path, size_t limit, const struct record *record,
			       struct arena *arena, void *out) ERROR_RESULT;

// The same from text; `name` stands for the file in messages.
struct error *json_fields_parse(const char *name, const char *text, size_t len,
				const struct record *record, struct arena *arena,
				void *out) ERROR_RESULT;

#endif
