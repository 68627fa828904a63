// SPDX-License-Identifier: GPL-2.0-or-later
// JSON text (RFC 8259) read value by value without building anything: for documents of many
// megabytes of which only the shape is looked at. Documents that are kept go through jansson.
//
// Strict: UTF-8 only, no NUL (not even as \u0000), no lone surrogates, no number that a double
// cannot hold, nesting up to JSON_READER_DEPTH. The first fault stops the reader: every function
// returns false from then on, `fault` says what was wrong and `at` where.
#ifndef TEXT_JSON_READER_H
#define TEXT_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

#define JSON_READER_DEPTH 128

struct json_reader {
	const char *text; // borrowed
	size_t len;
	size_t at;
	unsigned depth;
	const char *fault;       // NULL: none yet
	struct buffer unescaped; // of the last string that had escapes
};

void json_reader_init(struct json_reader *r, const char *text, size_t len);
void json_reader_deinit(struct json_reader *r);

enum json_kind {
	JSON_KIND_OBJECT,
	JSON_KIND_ARRAY,
	JSON_KIND_STRING,
	JSON_KIND_NUMBER,
	JSON_KIND_TRUE,
	JSON_KIND_FALSE,
	JSON_KIND_NULL,
	JSON_KIND_FAULT, // nothing that starts a value
};

// What comes next; nothing is taken but blanks.
enum json_kind json_reader_peek(struct json_reader *r);

// Takes "{" or "[" (what json_reader_peek announced).
bool json_reader_enter(struct json_reader *r);
// Goes to the next member of an object and takes its key, or takes "}": `*more` false. `first` is
// true for the first call after json_reader_enter. The key lives until the next string is read.
bool json_reader_member(struct json_reader *r, bool first, bool *more, const char **key,
			size_t *len);
// The same for arrays.
bool json_reader_element(struct json_reader *r, bool first, bool *more);

// `*s` is not NUL-terminated and lives until the next string is read.
bool json_reader_string(struct json_reader *r, const char **s, size_t *len);
// `*integer`: written without fraction and exponent, or with a fraction of zeros.
bool json_reader_number(struct json_reader *r, double *value, bool *integer);
// Takes any value, checking only its syntax.
bool json_reader_skip(struct json_reader *r);

// True at the end of the text, blanks aside; a fault otherwise.
bool json_reader_end(struct json_reader *r);

#endif
