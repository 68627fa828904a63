// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/xml.h"

#include <string.h>

#include "text/utf8.h"
#include "text/terminal.h"

// Char of XML 1.0, section 2.2.
static bool is_char(uint32_t c)
{
	return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c != 0x7f && c < 0xfffe) ||
	       c >= 0x10000;
}

// What hides or turns text would do so in a browser as well: it is shown, as on a terminal.
static bool misleads(uint32_t c)
{
	return c >= 0x7f && !terminal_is_safe(c);
}

static const char *entity(uint32_t c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void xml_escape(const char *s, struct buffer *out)
{
	size_t len = strlen(s);
	for (size_t i = 0; i < len;) {
		uint32_t c;
		bool ok;
		size_t n = utf8_decode(s + i, len - i, &c, &ok);
		const char *e = entity(c);
		if (e)
			buffer_append_str(out, e);
		else if (ok && misleads(c))
			terminal_text(s + i, n, out);
		else if (ok && is_char(c))
			buffer_append(out, s + i, n);
		else
			buffer_append_str(out, "\xef\xbf\xbd");
		i += n;
	}
}
