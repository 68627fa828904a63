// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/quoted_printable.h"

#include <stdbool.h>
#include <string.h>

#define LINE_MAX_PLAIN  998 // bytes of a line that every server takes (RFC 5322, section 2.1.1)
#define LINE_MAX_QUOTED 76  // characters of a line in quoted-printable

static size_t line_length(const char *text, size_t len)
{
	const char *end = memchr(text, '\n', len);
	return end ? (size_t)(end - text) : len;
}

enum mail_encoding mail_encoding_of(const char *text, size_t len)
{
	enum mail_encoding e = MAIL_7BIT;
	size_t column = 0;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		column = c == '\n' ? 0 : column + 1;
		if (column > LINE_MAX_PLAIN || c == '\0' || c == '\r')
			return MAIL_QUOTED_PRINTABLE;
		if (c >= 0x80)
			e = MAIL_8BIT;
	}
	return e;
}

const char *mail_encoding_name(enum mail_encoding e)
{
	static const char *const names[] = {
	    [MAIL_7BIT] = "7bit",
	    [MAIL_8BIT] = "8bit",
	    [MAIL_QUOTED_PRINTABLE] = "quoted-printable",
	};
	return names[e];
}

static bool is_literal(unsigned char c, bool last)
{
	if (c == ' ' || c == '\t')
		return !last; // a server may take off blanks at a line's end
	return c > ' ' && c < 0x7f && c != '=';
}

static void put_quoted_line(const char *line, size_t len, struct buffer *out)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t column = 0;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)line[i];
		const char quoted[] = {'=', digits[c >> 4], digits[c & 15]};
		size_t width = is_literal(c, i + 1 == len) ? 1 : 3;
		// The last column is the soft line break's.
		if (column + width > LINE_MAX_QUOTED - 1) {
			buffer_append_str(out, "=\r\n");
			column = 0;
		}
		buffer_append(out, width == 1 ? &line[i] : quoted, width);
		column += width;
	}
}

void mail_encode(enum mail_encoding e, const char *text, size_t len, struct buffer *out)
{
	for (size_t at = 0; at < len;) {
		size_t line = line_length(text + at, len - at);
		if (e == MAIL_QUOTED_PRINTABLE)
			put_quoted_line(text + at, line, out);
		else
			buffer_append(out, text + at, line);
		buffer_append(out, "\r\n", 2);
		at += line + 1;
	}
}
