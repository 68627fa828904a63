// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/watch.h"

#include <string.h>

#include "text/utf8.h"
#include "text/terminal.h"

enum detect_end_reason watch_detect_reason(enum watch_end end)
{
	switch (end) {
	case WATCH_SILENCE:
		return DETECT_END_DEADLINE;
	case WATCH_DONE:
		return DETECT_END_POWER_OFF;
	case WATCH_INTERRUPTED:
		return DETECT_END_INTERRUPTED;
	case WATCH_CLOSED:
	case WATCH_DEADLINE: // cut off: nothing of what follows is known
	case WATCH_LOST:
		break;
	}
	return DETECT_END_CLOSED;
}

// What moves a terminal's cursor or hides text: C0, DEL, C1, line and paragraph separators, the
// controls of writing direction (Unicode, UAX #9 section 2).
static bool is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c ||
	       (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2060 && code <= 0x206f) || code == 0xfeff;
}

static size_t clean_line(const char *s, size_t len, char out[WATCH_LINE_SIZE])
{
	static const char more[] = "\xe2\x80\xa6"; // one character, three points
	size_t n = 0;
	for (size_t i = 0; i < len;) {
		if (s[i] == '\033') {
			i += terminal_escape_length(s + i, len - i);
			continue;
		}
		uint32_t code;
		bool ok;
		size_t step = utf8_decode(s + i, len - i, &code, &ok);
		size_t size = ok ? step : 1;
		bool skip = is_control(code) || (n == 0 && s[i] == ' ');
		if (!skip && n + size + sizeof(more) > WATCH_LINE_SIZE) {
			memcpy(out + n, more, sizeof(more));
			return n + sizeof(more) - 1;
		}
		if (!skip && ok)
			memcpy(out + n, s + i, size);
		else if (!skip)
			out[n] = '?';
		n += skip ? 0 : size;
		i += step;
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	return n;
}

void watch_last_line(const char *bytes, size_t len, char out[WATCH_LINE_SIZE])
{
	out[0] = '\0';
	while (len > 0) {
		while (len > 0 && (bytes[len - 1] == '\n' || bytes[len - 1] == '\r'))
			len--;
		const char *newline = len ? memrchr(bytes, '\n', len) : NULL;
		size_t start = newline ? (size_t)(newline + 1 - bytes) : 0;
		// Of a line that was printed over and over, what it showed last.
		const char *again = memrchr(bytes + start, '\r', len - start);
		size_t shown = again ? (size_t)(again + 1 - bytes) : start;
		if (clean_line(bytes + shown, len - shown, out) > 0)
			return;
		len = start;
	}
}
