// SPDX-License-Identifier: GPL-2.0-or-later
#include "lava/undo.h"

#include <stdlib.h>
#include <string.h>

#define ESC 0x1b

enum { FIRST_PLAIN_YEAR = 2024 };

void lava_undo_deinit(struct lava_undo *u)
{
	buffer_deinit(&u->controls);
	buffer_deinit(&u->typed);
	buffer_deinit(&u->line);
}

void lava_undo_version(struct lava_undo *u, const char *version)
{
	long year = strtol(version, NULL, 10);
	if (year < 2000)
		return;
	u->quotes = year < FIRST_PLAIN_YEAR ? LAVA_QUOTES_ESCAPED : LAVA_QUOTES_PLAIN;
	u->echoes = year < FIRST_PLAIN_YEAR;
}

// Whether each quote of the text has a backslash ahead of it.
static bool all_escaped(struct lava_text text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] == '"' && (i == 0 || text.ptr[i - 1] != '\\'))
			return false;
	return true;
}

// The text with the backslash that LAVA put ahead of each quote taken out. A quote without one shows a
// LAVA that adds none, whatever its version says.
static void unescape(struct lava_undo *u, struct lava_text text)
{
	if (u->quotes != LAVA_QUOTES_PLAIN && !all_escaped(text))
		u->quotes = LAVA_QUOTES_PLAIN;
	buffer_truncate(&u->line, 0);
	for (size_t begin = 0; begin < text.len;) {
		const char *quote = u->quotes == LAVA_QUOTES_PLAIN
					? NULL
					: memchr(text.ptr + begin, '"', text.len - begin);
		size_t end = quote ? (size_t)(quote - text.ptr) : text.len;
		buffer_append(&u->line, text.ptr + begin, end - begin - (quote ? 1 : 0));
		if (quote)
			buffer_append(&u->line, "\"", 1);
		begin = end + (quote ? 1 : 0);
	}
}

// ---- what LAVA typed ----------------------------------------------------------------------------

// A text as LAVA's log would have it: two line ends in a row are one, "\r" and ESC are gone.
static void append_typed(struct buffer *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] != '\r' && text[i] != ESC)
			buffer_append(out, &text[i], 1);
		if (text[i] == '\n' && i + 1 < len && text[i + 1] == '\n')
			i++;
	}
}

// The key that ctrl and a letter or sign give; 0: none.
static char control_key(char c)
{
	if (c >= 'a' && c <= 'z')
		return (char)(c - 'a' + 1);
	if (c >= '@' && c <= '_')
		return (char)(c - '@');
	return 0;
}

void lava_undo_input(struct lava_undo *u, struct lava_text text)
{
	if (text.len > 0 && text.ptr[text.len - 1] == '\n') {
		// LAVA writes the text and the line end one after the other.
		append_typed(&u->typed, text.ptr, text.len - 1);
		buffer_append(&u->typed, "\n", 1);
	} else if (u->echoes && text.len == 1 && control_key(text.ptr[0])) {
		char key = control_key(text.ptr[0]);
		if (key != ESC)
			buffer_append(&u->controls, &key, 1);
	}
}

static void remove_bytes(struct buffer *b, size_t at, size_t len)
{
	memmove(b->data + at, b->data + at + len, b->len - at - len);
	buffer_truncate(b, b->len - len);
}

static void take_controls(struct lava_undo *u)
{
	size_t from = 0;
	for (size_t i = 0; i < u->controls.len && from < u->line.len; i++) {
		char *found = memchr(u->line.data + from, u->controls.data[i], u->line.len - from);
		if (!found)
			break;
		from = (size_t)(found - u->line.data);
		remove_bytes(&u->line, from, 1);
	}
	buffer_truncate(&u->controls, 0);
}

// Takes typed text out of the line. False: the line ends as the board's own line does.
static bool take_typed(struct lava_undo *u)
{
	const char *end = u->typed.len ? memchr(u->typed.data, '\n', u->typed.len) : NULL;
	size_t len = end ? (size_t)(end - u->typed.data) : u->typed.len;
	bool fits = u->line.len >= len;
	size_t at = end && !u->begun && fits ? u->line.len - len : 0;
	fits = fits && memcmp(u->line.data + at, u->typed.data, len) == 0 &&
	       (!u->begun || !end || u->line.len == len);
	if (!fits) {
		buffer_truncate(&u->typed, 0);
		u->begun = false;
		return false;
	}
	remove_bytes(&u->line, at, len);
	remove_bytes(&u->typed, 0, len + (end ? 1 : 0));
	u->begun = end && u->typed.len > 0;
	return end != NULL;
}

void lava_undo_line(struct lava_undo *u, struct lava_text text)
{
	unescape(u, text);
	if (u->controls.len > 0)
		take_controls(u);
	if (u->typed.len == 0 || !take_typed(u))
		buffer_append(&u->line, "\n", 1);
}
