// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/wrap.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "text/utf8.h"

void wrap_append(const char *text, size_t indent, size_t at, size_t room, struct buffer *out)
{
	bool first = true;
	for (const char *word = text; *word;) {
		size_t len = strcspn(word, " ");
		size_t width = utf8_count(word, len);
		if (!first && room && at + 1 + width > room) {
			buffer_printf(out, "\n%*s", (int)indent, "");
			at = indent;
			first = true;
		}
		buffer_printf(out, "%s%.*s", first ? "" : " ", (int)len, word);
		at += width + !first;
		first = false;
		word += len + strspn(word + len, " ");
	}
	buffer_append_str(out, "\n");
}

void wrap_print(FILE *out, size_t room, const char *lead, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *text = NULL;
	int len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len < 0)
		return;
	CLEANUP_BUFFER struct buffer lines = {0};
	size_t indent = utf8_count(lead, strlen(lead));
	buffer_append_str(&lines, lead);
	wrap_append(text, indent, indent, room, &lines);
	free(text);
	fwrite(buffer_str(&lines), 1, lines.len, out);
}
