// SPDX-License-Identifier: GPL-2.0-or-later
// Whatever a board says, and wherever it is cut, nothing of it drives a terminal.
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text/utf8.h"
#include "text/csv.h"
#include "text/terminal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct buffer *text, bool line)
{
	for (size_t i = 0; i < text->len;) {
		uint32_t code;
		bool ok;
		i += utf8_decode(text->data + i, text->len - i, &code, &ok);
		if (!ok || !(terminal_is_safe(code) || (code == '\r' && !line)) ||
		    (line && code == '\n'))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_BUFFER struct buffer input = {0}, text = {0}, line = {0}, cell = {0};
	buffer_append(&input, data, size);
	terminal_text(buffer_str(&input), input.len, &text);
	check(&text, false);
	terminal_line(buffer_str(&input), &line);
	check(&line, true);
	csv_field(buffer_str(&input), &cell);
	check(&cell, false);
	// In pieces as in one.
	for (size_t piece = 1; piece < 8; piece += 2) {
		CLEANUP_BUFFER struct buffer whole = {0}, pieces = {0};
		struct terminal_filter one = {0}, many = {0};
		terminal_filter_feed(&one, buffer_str(&input), input.len, &whole);
		terminal_filter_end(&one, &whole);
		for (size_t at = 0; at < input.len; at += piece)
			terminal_filter_feed(&many, input.data + at,
					     input.len - at < piece ? input.len - at : piece,
					     &pieces);
		terminal_filter_end(&many, &pieces);
		check(&whole, false);
		if (whole.len != pieces.len ||
		    memcmp(buffer_str(&whole), buffer_str(&pieces), whole.len) != 0)
			abort();
	}
	return 0;
}
