// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as a kept mail, of which only names get anywhere; and as a mail's text, which arrives as it
// was in lines that every server takes.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "results/report/report.h"
#include "text/format.h"
#include "text/quoted_printable.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
	if (!good)
		abort();
}

static void check_lines(const struct buffer *text, enum mail_encoding e)
{
	size_t column = 0, most = e == MAIL_QUOTED_PRINTABLE ? 76 : 998;
	for (size_t i = 0; i < text->len; i++) {
		unsigned char c = (unsigned char)text->data[i];
		check(c != '\0' && (c < 0x80 || e == MAIL_8BIT));
		if (c == '\n')
			check(i > 0 && text->data[i - 1] == '\r' && column - 1 <= most);
		column = c == '\n' ? 0 : column + 1;
	}
	check(column == 0);
}

static int digit(char c)
{
	return c >= 'A' ? c - 'A' + 10 : c - '0';
}

// What a reader makes of it, its lines ended by LF.
static void decode(const struct buffer *text, enum mail_encoding e, struct buffer *out)
{
	for (const char *at = text->data; at && *at;) {
		if (strncmp(at, "\r\n", 2) == 0) {
			buffer_append(out, "\n", 1);
			at += 2;
		} else if (e != MAIL_QUOTED_PRINTABLE || *at != '=') {
			buffer_append(out, at++, 1);
		} else if (strncmp(at, "=\r\n", 3) == 0) {
			at += 3;
		} else {
			char byte = (char)(digit(at[1]) << 4 | digit(at[2]));
			buffer_append(out, &byte, 1);
			at += 3;
		}
	}
}

static void check_encoding(const char *text, size_t len)
{
	CLEANUP_BUFFER struct buffer sent = {0}, back = {0};
	enum mail_encoding e = mail_encoding_of(text, len);
	mail_encode(e, text, len, &sent);
	check_lines(&sent, e);
	decode(&sent, e, &back);
	size_t added = len > 0 && text[len - 1] != '\n'; // the last line's end
	check(back.len == len + added && (len == 0 || memcmp(back.data, text, len) == 0));
}

static void check_kept(const char *text)
{
	CLEANUP_ARENA struct arena arena = {0};
	struct mail_kept kept;
	if (!mail_message_read(text, &arena, &kept))
		return;
	check(format_is_word(kept.id) && kept.message);
	for (size_t i = 0; i < kept.threads_count; i++)
		check(format_is_word(kept.threads[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_append(&text, data, size);
	check_kept(buffer_str(&text));
	check_encoding(buffer_str(&text), size);
	mail_id_is_valid(buffer_str(&text));
	return 0;
}
