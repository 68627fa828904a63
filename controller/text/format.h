// SPDX-License-Identifier: GPL-2.0-or-later
// The lexical rules of KCIDB I/O v5.3: which strings are a time, a URI, an id, a path.
#ifndef TEXT_FORMAT_H
#define TEXT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

// RFC 3339 date-time with zone, calendar checked; no leap second, as the reference validator has
// it.
bool format_is_date_time(const char *s, size_t len);
// RFC 3986 absolute URI: ASCII, only characters the component allows, well-formed %XX.
bool format_is_uri(const char *s, size_t len);
// [a-z0-9_]+
bool format_is_origin(const char *s, size_t len);
// ORIGIN ":" anything
bool format_is_id(const char *s, size_t len);
// Dot-separated parts of [a-zA-Z0-9_-]; may be empty.
bool format_is_path(const char *s, size_t len);
// [0-9a-f] exactly `width` times
bool format_is_hex(const char *s, size_t len, size_t width);
// [A-Za-z0-9][A-Za-z0-9._-]*: names of runs, batches, boards; safe as one component of a file name.
bool format_is_word(const char *s);

// Nanoseconds since 1970 of a valid date-time.
bool format_parse_time(const char *s, long long *ns);

// Appends `s` as a KCIDB path: other characters become '_', empty parts vanish.
void format_path(const char *s, struct buffer *out);

#endif
