// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/json_writer.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text/utf8.h"

#define FLUSH_AT 65536u

void json_writer_init(struct json_writer *w, FILE *out)
{
	*w = (struct json_writer){.out = out};
}

void json_writer_deinit(struct json_writer *w)
{
	if (!w)
		return;
	buffer_deinit(&w->text);
	buffer_deinit(&w->clean);
}

static void flush(struct json_writer *w)
{
	if (!w->out || w->text.len == 0)
		return;
	if (!w->failed && fwrite(w->text.data, 1, w->text.len, w->out) != w->text.len) {
		w->failed = true;
		w->error_code = errno;
	}
	buffer_truncate(&w->text, 0);
}

// A key is one of ours: plain ASCII without anything to escape.
static void start_member(struct json_writer *w, const char *key)
{
	if (w->text.len >= FLUSH_AT)
		flush(w);
	if (w->filled[w->depth] && w->depth > 0)
		buffer_append(&w->text, ",", 1);
	w->filled[w->depth] = true;
	if (w->line)
		buffer_append(&w->text, "\n", 1);
	w->line = false;
	if (key) {
		buffer_append(&w->text, "\"", 1);
		buffer_append_str(&w->text, key);
		buffer_append(&w->text, "\":", 2);
	}
}

static void open_bracket(struct json_writer *w, const char *key, char bracket)
{
	start_member(w, key);
	buffer_append(&w->text, &bracket, 1);
	if (w->depth + 1 < JSON_WRITER_DEPTH)
		w->depth++;
	w->filled[w->depth] = false;
}

void json_put_object(struct json_writer *w, const char *key)
{
	open_bracket(w, key, '{');
}

void json_put_array(struct json_writer *w, const char *key)
{
	open_bracket(w, key, '[');
}

void json_put_end(struct json_writer *w, char bracket)
{
	buffer_append(&w->text, &bracket, 1);
	if (w->depth > 0)
		w->depth--;
}

void json_put_line(struct json_writer *w)
{
	w->line = true;
}

static bool needs_escape(unsigned char c)
{
	return c < 0x20 || c == '"' || c == '\\' || c == 0x7f;
}

// ASCII without anything to escape: most of what a document holds.
static bool is_plain(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] >= 0x80 || needs_escape((unsigned char)s[i]))
			return false;
	return true;
}

static void append_escaped(struct buffer *out, const char *s, size_t len)
{
	size_t kept = 0;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		if (!needs_escape(c))
			continue;
		buffer_append(out, s + kept, i - kept);
		kept = i + 1;
		if (c == '\n')
			buffer_append(out, "\\n", 2);
		else if (c == '\t')
			buffer_append(out, "\\t", 2);
		else if (c == '\r')
			buffer_append(out, "\\r", 2);
		else if (c == '"' || c == '\\')
			buffer_append(out, (char[]){'\\', (char)c}, 2);
		else
			buffer_printf(out, "\\u%04x", c);
	}
	buffer_append(out, s + kept, len - kept);
}

void json_put_text_cut(struct json_writer *w, const char *key, const char *value, size_t len,
		       size_t max)
{
	start_member(w, key);
	buffer_append(&w->text, "\"", 1);
	if (len <= max && is_plain(value, len)) {
		buffer_append(&w->text, value, len);
	} else {
		buffer_truncate(&w->clean, 0);
		utf8_clean(value, len, max, &w->clean);
		append_escaped(&w->text, buffer_str(&w->clean), w->clean.len);
	}
	buffer_append(&w->text, "\"", 1);
}

void json_put_text(struct json_writer *w, const char *key, const char *value)
{
	json_put_text_cut(w, key, value, strlen(value), SIZE_MAX);
}

void json_put_raw(struct json_writer *w, const char *key, const struct buffer *json)
{
	start_member(w, key);
	buffer_append(&w->text, buffer_str(json), json->len);
}

void json_put_int(struct json_writer *w, const char *key, int64_t value)
{
	start_member(w, key);
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRId64, value);
	buffer_append(&w->text, digits, (size_t)len);
}

void json_put_double(struct json_writer *w, const char *key, double value)
{
	// The same digits as below, at a tenth of the cost.
	if (fabs(value) < 1e15 && value == floor(value) && !signbit(value)) {
		json_put_int(w, key, (int64_t)value);
		return;
	}
	start_member(w, key);
	char digits[40];
	int len = 0;
	for (int precision = 15; precision <= 17; precision++) {
		len = snprintf(digits, sizeof(digits), "%.*g", precision, value);
		if (strtod(digits, NULL) == value)
			break;
	}
	buffer_append(&w->text, digits, (size_t)len);
}

void json_put_digits(struct json_writer *w, const char *key, double value, int digits)
{
	if (!isfinite(value))
		return;
	char text[40];
	int len = snprintf(text, sizeof(text), "%.*g", digits, value);
	start_member(w, key);
	buffer_append(&w->text, text, (size_t)len);
}

void json_put_flag(struct json_writer *w, const char *key, bool value)
{
	start_member(w, key);
	buffer_append_str(&w->text, value ? "true" : "false");
}

void json_put_text_if(struct json_writer *w, const char *key, const char *value)
{
	if (value)
		json_put_text(w, key, value);
}

void json_put_int_if(struct json_writer *w, const char *key, int64_t value)
{
	if (value != INT64_MIN)
		json_put_int(w, key, value);
}

void json_put_double_if(struct json_writer *w, const char *key, double value)
{
	if (isfinite(value))
		json_put_double(w, key, value);
}

struct error *json_writer_finish(struct json_writer *w, const char *path)
{
	flush(w);
	if (!w->failed && w->out && fflush(w->out) != 0) {
		w->failed = true;
		w->error_code = errno;
	}
	return w->failed ? error_errno(ERROR_SYSTEM, w->error_code, "%s", path) : NULL;
}
