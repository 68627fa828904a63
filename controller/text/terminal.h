// SPDX-License-Identifier: GPL-2.0-or-later
// Makes text of a board, a file or a server fit for a terminal. Characters that would drive the
// terminal or mislead its reader are shown by their codes:
//   C0 and bytes that are no UTF-8   \x1b           DEL, C1 (U+0080 to U+009F)       \u009b
//   what turns the direction of text or hides it: U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to
//   U+206F, U+FFF9 to U+FFFB, tags (U+E0000 to U+E007F), and U+2028, U+2029           \u202e
// In JSON, whose strings hold no C0, the result is still JSON, and the same.
#ifndef TEXT_TERMINAL_H
#define TEXT_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

// Whether a character may be sent to a terminal. Of C0 only line feed and tab may.
bool terminal_is_safe(uint32_t code);

// Bytes of the escape sequence that begins with the ESC at `s`, at least 1 (ECMA-48 section 5.4: ESC '[',
// parameters, a final byte; or ESC and one byte). One that is cut goes to the end.
size_t terminal_escape_length(const char *s, size_t len);

// Appends `s`, of several lines: line ends as '\n'.
void terminal_text(const char *s, size_t len, struct buffer *out);
// Appends `s` as one line: line feed and tab are shown too, as \n and \t.
void terminal_line(const char *s, struct buffer *out);

// The same for text that comes in pieces, cut anywhere.
struct terminal_filter {
	const char *controls; // further C0 that pass, such as "\b\r"; NULL: none
	bool styles;          // the farm's own colours pass (TERMINAL_BAD and so on)
	char pending[8];      // the beginning of something that is not whole yet
	size_t pending_len;
};

#define TERMINAL_BAD  "\033[1;31m"
#define TERMINAL_NAME "\033[1m"
#define TERMINAL_DIM  "\033[2m"
#define TERMINAL_OFF  "\033[0m"

// A carriage return passes only in front of a line feed, unless `controls` has it.
void terminal_filter_feed(struct terminal_filter *f, const char *s, size_t len, struct buffer *out);
// What was pending, at the end.
void terminal_filter_end(struct terminal_filter *f, struct buffer *out);

#endif
