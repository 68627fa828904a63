// SPDX-License-Identifier: GPL-2.0-or-later
// Writes JSON as a stream, with commas and escapes, in constant memory whatever the document's size.
// Text becomes valid UTF-8 without NUL (utf8_clean); numbers are the shortest decimal that reads back
// the same.
#ifndef TEXT_JSON_WRITER_H
#define TEXT_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buffer.h"
#include "base/error.h"

#define JSON_WRITER_DEPTH 16

struct json_writer {
	struct buffer text;  // not yet written to `out`
	struct buffer clean; // scratch
	FILE *out;           // borrowed; NULL: everything stays in `text`
	bool failed;         // a write to `out` failed
	int error_code;      // its errno
	bool line;           // a line break is due before the next member
	unsigned depth;
	bool filled[JSON_WRITER_DEPTH]; // the open object or array has a member
};

// Starts a writer; `out` may be NULL.
void json_writer_init(struct json_writer *w, FILE *out);
void json_writer_deinit(struct json_writer *w);
#define CLEANUP_JSON_WRITER CLEANUP(json_writer_deinit)

// `key` NULL: an element of an array, or the document itself.
void json_put_object(struct json_writer *w, const char *key);
void json_put_array(struct json_writer *w, const char *key);
void json_put_end(struct json_writer *w, char bracket); // '}' or ']'
// Breaks the line before the next member, so that a document has a line for each result.
void json_put_line(struct json_writer *w);

void json_put_text(struct json_writer *w, const char *key, const char *value);
// At most `max` code points of `len` bytes.
void json_put_text_cut(struct json_writer *w, const char *key, const char *value, size_t len,
		       size_t max);
// JSON that is there already, taken as it is.
void json_put_raw(struct json_writer *w, const char *key, const struct buffer *json);
void json_put_int(struct json_writer *w, const char *key, int64_t value);
void json_put_double(struct json_writer *w, const char *key, double value); // must be finite
// With so many significant digits, from 1 to 17; a value that is not finite is left out.
void json_put_digits(struct json_writer *w, const char *key, double value, int digits);
void json_put_flag(struct json_writer *w, const char *key, bool value);

// Write a member only when its value is said: not NULL, MODEL_UNKNOWN or NaN.
void json_put_text_if(struct json_writer *w, const char *key, const char *value);
void json_put_int_if(struct json_writer *w, const char *key, int64_t value);
void json_put_double_if(struct json_writer *w, const char *key, double value);

// Writes out what is left; reports any write that failed, naming `path`.
struct error *json_writer_finish(struct json_writer *w, const char *path) ERROR_RESULT;

#endif
