// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/terminal.h"

#include <string.h>

#include "text/utf8.h"

static bool is_between(uint32_t code, uint32_t first, uint32_t last)
{
	return code >= first && code <= last;
}

// Unicode: general categories Cc, Zl and Zp, the property Bidi_Control, and what is not seen.
bool terminal_is_safe(uint32_t code)
{
	if (code < 0x20)
		return code == '\n' || code == '\t';
	return !is_between(code, 0x7f, 0x9f) && code != 0x61c &&
	       !is_between(code, 0x200e, 0x200f) && !is_between(code, 0x2028, 0x202e) &&
	       !is_between(code, 0x2066, 0x206f) && !is_between(code, 0xfff9, 0xfffb) &&
	       !is_between(code, 0xe0000, 0xe007f);
}

size_t terminal_escape_length(const char *s, size_t len)
{
	size_t n = 1;
	if (n < len && s[n] == '[')
		for (n++; n < len && (unsigned char)s[n] >= 0x20 && (unsigned char)s[n] < 0x40;)
			n++;
	return n < len ? n + 1 : n;
}

static void show_code(uint32_t code, struct buffer *out)
{
	if (code < 0x20)
		buffer_printf(out, "\\x%02x", code);
	else if (code < 0x10000)
		buffer_printf(out, "\\u%04x", code);
	else
		buffer_printf(out, "\\u%04x\\u%04x", 0xd7c0 + (code >> 10),
			      0xdc00 + (code & 0x3ff));
}

static void show_bytes(const char *s, size_t len, struct buffer *out)
{
	for (size_t i = 0; i < len; i++)
		buffer_printf(out, "\\x%02x", (unsigned char)s[i]);
}

// Appends the character at `s` as it may be shown; returns its length.
static size_t put_character(const char *s, size_t len, const char *controls, struct buffer *out)
{
	uint32_t code;
	bool ok;
	size_t n = utf8_decode(s, len, &code, &ok);
	if (!ok)
		show_bytes(s, n, out);
	else if (terminal_is_safe(code) ||
		 (code && code < 0x20 && controls && strchr(controls, (int)code)))
		buffer_append(out, s, n);
	else
		show_code(code, out);
	return n;
}

// Printable ASCII at the beginning of `s`: nearly all there is.
static size_t count_plain(const char *s, size_t len)
{
	size_t n = 0;
	while (n < len && s[n] >= 0x20 && s[n] < 0x7f)
		n++;
	return n;
}

static bool ends_line(const char *s, size_t len)
{
	return len > 1 && (s[1] == '\n' || s[1] == '\r');
}

void terminal_text(const char *s, size_t len, struct buffer *out)
{
	for (size_t i = 0; i < len;) {
		size_t n = count_plain(s + i, len - i);
		buffer_append(out, s + i, n);
		i += n;
		if (i < len && s[i] == '\r' && ends_line(s + i, len - i))
			i++;
		else if (i < len)
			i += put_character(s + i, len - i, NULL, out);
	}
}

void terminal_line(const char *s, struct buffer *out)
{
	size_t len = strlen(s);
	for (size_t i = 0; i < len;) {
		size_t n = count_plain(s + i, len - i);
		buffer_append(out, s + i, n);
		i += n;
		if (i < len && (s[i] == '\n' || s[i] == '\t'))
			buffer_append_str(out, s[i++] == '\n' ? "\\n" : "\\t");
		else if (i < len)
			i += put_character(s + i, len - i, NULL, out);
	}
}

// ---- in pieces ----------------------------------------------------------------------------------

static const char *const styles[] = {TERMINAL_BAD, TERMINAL_NAME, TERMINAL_DIM, TERMINAL_OFF};

// Length of the style at `s`; 0: none; `*open`: there may be one when more comes.
static size_t find_style(const char *s, size_t len, bool *open)
{
	*open = false;
	for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++) {
		size_t size = strlen(styles[i]);
		if (memcmp(s, styles[i], len < size ? len : size) != 0)
			continue;
		if (len >= size)
			return size;
		*open = true;
	}
	return 0;
}

// Whether the bytes to the end are the beginning of a character.
static bool is_open(const char *s, size_t len)
{
	unsigned char lead = (unsigned char)s[0];
	size_t whole = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 1;
	uint32_t code;
	bool ok;
	return len < whole && utf8_decode(s, len, &code, &ok) == len && !ok;
}

// Appends what begins at `s`; returns its length, 0 when more is needed to tell.
static size_t put_next(const struct terminal_filter *f, const char *s, size_t len, bool end,
		       struct buffer *out)
{
	bool open = false;
	size_t n = f->styles && s[0] == '\033' ? find_style(s, len, &open) : 0;
	if (n)
		buffer_append(out, s, n);
	if (n)
		return n;
	bool returns = s[0] == '\r' && !(f->controls && strchr(f->controls, '\r'));
	if (!end && (open || (returns && len == 1) || is_open(s, len)))
		return 0;
	if (returns && len > 1 && s[1] == '\n') {
		buffer_append(out, "\r\n", 2);
		return 2;
	}
	return put_character(s, len, f->controls, out);
}

void terminal_filter_feed(struct terminal_filter *f, const char *s, size_t len, struct buffer *out)
{
	// What was pending goes on byte by byte: it is short.
	while (f->pending_len && len) {
		f->pending[f->pending_len++] = *s++;
		len--;
		size_t n = put_next(f, f->pending, f->pending_len, false, out);
		f->pending_len -= n;
		memmove(f->pending, f->pending + n, f->pending_len);
		// What is left of it is looked at anew, with what follows.
		while (n && f->pending_len &&
		       (n = put_next(f, f->pending, f->pending_len, false, out))) {
			f->pending_len -= n;
			memmove(f->pending, f->pending + n, f->pending_len);
		}
	}
	for (size_t i = 0; i < len;) {
		size_t n = count_plain(s + i, len - i);
		buffer_append(out, s + i, n);
		i += n;
		if (i == len)
			return;
		n = put_next(f, s + i, len - i, false, out);
		if (n == 0) {
			f->pending_len = len - i;
			memcpy(f->pending, s + i, f->pending_len);
			return;
		}
		i += n;
	}
}

void terminal_filter_end(struct terminal_filter *f, struct buffer *out)
{
	for (size_t i = 0; i < f->pending_len;)
		i += put_next(f, f->pending + i, f->pending_len - i, true, out);
	f->pending_len = 0;
}
