// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/readable.h"

#include <stdbool.h>
#include <string.h>

#include "text/utf8.h"

#define FEWEST_BYTES 24 // fewer may be the glitch of a line that was set up anew
#define LAST_BYTES   512

// A character that is cut by the end of a read counts as unreadable: few, beside what a wrong rate
// makes of a console.
void readable_take(struct readable *r, const char *bytes, size_t len)
{
	for (size_t at = 0; at < len;) {
		uint32_t code;
		bool ok;
		size_t n = utf8_decode(bytes + at, len - at, &code, &ok);
		bool control =
		    (code < 0x20 && (!code || !strchr("\a\b\t\n\v\f\r\x1b", (int)code))) ||
		    (code >= 0x7f && code < 0xa0);
		r->bytes += n;
		r->unreadable += !ok || control ? n : 0;
		r->last_bytes += n;
		r->last_unreadable += !ok || control ? n : 0;
		if (r->last_bytes >= LAST_BYTES) {
			r->last_bytes /= 2;
			r->last_unreadable /= 2;
		}
		at += n;
	}
}

struct error *readable_check(const struct readable *r)
{
	bool last = r->last_unreadable * 3 >= r->last_bytes;
	if (r->unreadable < FEWEST_BYTES || (r->unreadable * 4 < r->bytes && !last))
		return NULL;
	return error_new(ERROR_LAB,
			 "since the handover to the payload %llu of %llu bytes of the console are "
			 "unreadable (another baud rate?)",
			 (unsigned long long)r->unreadable, (unsigned long long)r->bytes);
}
