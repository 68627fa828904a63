// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/percent.h"

#include <string.h>

static bool is_unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       (c && strchr("-._~", c));
}

void percent_encode(const char *s, bool keep_slash, struct buffer *out)
{
	for (; *s; s++) {
		if (is_unreserved(*s) || (keep_slash && *s == '/'))
			buffer_append(out, s, 1);
		else
			buffer_printf(out, "%%%02X", (unsigned char)*s);
	}
}
