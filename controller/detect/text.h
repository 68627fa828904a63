// SPDX-License-Identifier: GPL-2.0-or-later
// Reading text that is not NUL terminated: views, and a cursor that moves over one.
#ifndef DETECT_TEXT_H
#define DETECT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "detect/detect.h"

#define VIEW(literal) ((struct detect_view){(literal), sizeof(literal) - 1})

static inline struct detect_view view_of(const char *string)
{
	return (struct detect_view){string, string ? strlen(string) : 0};
}

static inline bool view_equal(struct detect_view a, struct detect_view b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool view_starts(struct detect_view v, struct detect_view with)
{
	return v.len >= with.len && memcmp(v.ptr, with.ptr, with.len) == 0;
}

static inline bool view_ends(struct detect_view v, struct detect_view with)
{
	return v.len >= with.len && memcmp(v.ptr + v.len - with.len, with.ptr, with.len) == 0;
}

// Offset of `what`, which is not empty, in `v`; v.len when it is not there.
static inline size_t view_find(struct detect_view v, struct detect_view what)
{
	size_t at = 0;
	while (at + what.len <= v.len) { // memmem() prepares tables first: too much for one line
		const char *p = memchr(v.ptr + at, what.ptr[0], v.len - what.len + 1 - at);
		if (!p)
			break;
		at = (size_t)(p - v.ptr);
		if (memcmp(p, what.ptr, what.len) == 0)
			return at;
		at++;
	}
	return v.len;
}

static inline bool view_has(struct detect_view v, struct detect_view what)
{
	return view_find(v, what) < v.len;
}

static inline struct detect_view view_from(struct detect_view v, size_t offset)
{
	// An empty view may have no pointer, to which C allows not even 0 to be added.
	return (struct detect_view){offset ? v.ptr + offset : v.ptr, v.len - offset};
}

// Without blanks and tabs at both ends.
struct detect_view view_trim(struct detect_view v);

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static inline bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool is_word(char c)
{
	return is_digit(c) || is_alpha(c) || c == '_';
}

static inline unsigned hex_value(char c)
{
	return is_digit(c) ? (unsigned)(c - '0') : ((unsigned)c & 7u) + 9u;
}

// ---- cursor -------------------------------------------------------------------------------------

struct cursor {
	const char *p, *end;
};

static inline struct cursor cursor_of(struct detect_view v)
{
	return (struct cursor){v.ptr, v.len ? v.ptr + v.len : v.ptr};
}

static inline size_t cursor_left(const struct cursor *c)
{
	return (size_t)(c->end - c->p);
}

static inline struct detect_view cursor_rest(const struct cursor *c)
{
	return (struct detect_view){c->p, cursor_left(c)};
}

static inline bool cursor_literal(struct cursor *c, struct detect_view literal)
{
	if (!view_starts(cursor_rest(c), literal))
		return false;
	c->p += literal.len;
	return true;
}

static inline bool cursor_char(struct cursor *c, char wanted)
{
	if (c->p == c->end || *c->p != wanted)
		return false;
	c->p++;
	return true;
}

static inline size_t cursor_blanks(struct cursor *c)
{
	const char *start = c->p;
	while (c->p < c->end && is_blank(*c->p))
		c->p++;
	return (size_t)(c->p - start);
}

// Decimal or hexadecimal number (the latter with or without 0x); false when there is no digit or it
// does not fit 64 bits. The cursor stays where it was then.
bool cursor_decimal(struct cursor *c, uint64_t *value);
bool cursor_hex(struct cursor *c, uint64_t *value);

// Moves behind the first `literal`; what was passed over goes to *before. False when there is none.
bool cursor_until(struct cursor *c, struct detect_view literal, struct detect_view *before);

// The next run of bytes that are not blank.
struct detect_view cursor_word(struct cursor *c);

#endif
