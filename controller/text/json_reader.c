// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/json_reader.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text/utf8.h"

void json_reader_init(struct json_reader *r, const char *text, size_t len)
{
	*r = (struct json_reader){.text = text, .len = len};
}

void json_reader_deinit(struct json_reader *r)
{
	if (r)
		buffer_deinit(&r->unescaped);
}

static bool fault(struct json_reader *r, const char *what)
{
	if (!r->fault)
		r->fault = what;
	return false;
}

// The next byte, or -1 at the end and after a fault.
static int next(const struct json_reader *r)
{
	return !r->fault && r->at < r->len ? (unsigned char)r->text[r->at] : -1;
}

static void skip_blanks(struct json_reader *r)
{
	while (r->at < r->len && (r->text[r->at] == ' ' || r->text[r->at] == '\n' ||
				  r->text[r->at] == '\r' || r->text[r->at] == '\t'))
		r->at++;
}

static bool take(struct json_reader *r, char c)
{
	if (next(r) != (unsigned char)c)
		return false;
	r->at++;
	return true;
}

enum json_kind json_reader_peek(struct json_reader *r)
{
	skip_blanks(r);
	int c = next(r);
	switch (c) {
	case '{':
		return JSON_KIND_OBJECT;
	case '[':
		return JSON_KIND_ARRAY;
	case '"':
		return JSON_KIND_STRING;
	case 't':
		return JSON_KIND_TRUE;
	case 'f':
		return JSON_KIND_FALSE;
	case 'n':
		return JSON_KIND_NULL;
	default:
		return c == '-' || (c >= '0' && c <= '9') ? JSON_KIND_NUMBER : JSON_KIND_FAULT;
	}
}

// ---- strings ------------------------------------------------------------------------------------

static bool take_hex4(struct json_reader *r, uint32_t *out)
{
	uint32_t value = 0;
	for (int i = 0; i < 4; i++) {
		int c = next(r);
		int digit = c >= '0' && c <= '9'   ? c - '0'
			    : c >= 'a' && c <= 'f' ? c - 'a' + 10
			    : c >= 'A' && c <= 'F' ? c - 'A' + 10
						   : -1;
		if (digit < 0)
			return fault(r, "\\u needs four hexadecimal digits");
		value = value << 4 | (uint32_t)digit;
		r->at++;
	}
	*out = value;
	return true;
}

static void append_utf8(struct buffer *out, uint32_t code)
{
	char bytes[4];
	size_t n = 0;
	if (code < 0x80) {
		bytes[n++] = (char)code;
	} else if (code < 0x800) {
		bytes[n++] = (char)(0xc0 | code >> 6);
		bytes[n++] = (char)(0x80 | (code & 0x3f));
	} else if (code < 0x10000) {
		bytes[n++] = (char)(0xe0 | code >> 12);
		bytes[n++] = (char)(0x80 | (code >> 6 & 0x3f));
		bytes[n++] = (char)(0x80 | (code & 0x3f));
	} else {
		bytes[n++] = (char)(0xf0 | code >> 18);
		bytes[n++] = (char)(0x80 | (code >> 12 & 0x3f));
		bytes[n++] = (char)(0x80 | (code >> 6 & 0x3f));
		bytes[n++] = (char)(0x80 | (code & 0x3f));
	}
	buffer_append(out, bytes, n);
}

static bool take_unicode(struct json_reader *r)
{
	uint32_t code, low;
	if (!take_hex4(r, &code))
		return false;
	if (code == 0)
		return fault(r, "\\u0000 is not allowed");
	if (code >= 0xdc00 && code <= 0xdfff)
		return fault(r, "half a surrogate pair");
	if (code >= 0xd800 && code <= 0xdbff) {
		if (!take(r, '\\') || !take(r, 'u'))
			return fault(r, "half a surrogate pair");
		if (!take_hex4(r, &low))
			return false;
		if (low < 0xdc00 || low > 0xdfff)
			return fault(r, "half a surrogate pair");
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	}
	append_utf8(&r->unescaped, code);
	return true;
}

static bool take_escape(struct json_reader *r)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char values[] = "\"\\/\b\f\n\r\t";
	int c = next(r);
	const char *letter = c > 0 ? strchr(letters, c) : NULL;
	if (!letter && c != 'u')
		return fault(r, "unknown escape in a string");
	r->at++;
	if (c == 'u')
		return take_unicode(r);
	buffer_append(&r->unescaped, &values[letter - letters], 1);
	return true;
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

// Passes characters that stand for themselves, up to a quote, a backslash or a fault.
static bool pass_plain(struct json_reader *r)
{
	for (;;) {
		const char *end = r->text + r->len, *s = r->text + r->at;
		while (s < end && is_plain((unsigned char)*s))
			s++;
		r->at = (size_t)(s - r->text);
		if (s == end)
			return fault(r, "string without an end");
		unsigned char c = (unsigned char)*s;
		if (c == '"' || c == '\\')
			return true;
		if (c < 0x20)
			return fault(r, "control character in a string");
		uint32_t code;
		bool ok;
		size_t n = utf8_decode(r->text + r->at, r->len - r->at, &code, &ok);
		if (!ok)
			return fault(r, "not UTF-8");
		r->at += n;
	}
}

bool json_reader_string(struct json_reader *r, const char **s, size_t *len)
{
	skip_blanks(r);
	if (!take(r, '"'))
		return fault(r, "expected a string");
	size_t start = r->at;
	if (!pass_plain(r))
		return false;
	if (take(r, '"')) {
		*s = r->text + start;
		*len = r->at - 1 - start;
		return true;
	}
	buffer_truncate(&r->unescaped, 0);
	for (;;) {
		buffer_append(&r->unescaped, r->text + start, r->at - start);
		if (take(r, '"'))
			break;
		if (!take(r, '\\') || !take_escape(r))
			return fault(r, "string without an end");
		start = r->at;
		if (!pass_plain(r))
			return false;
	}
	*s = buffer_str(&r->unescaped);
	*len = r->unescaped.len;
	return true;
}

// ---- numbers ------------------------------------------------------------------------------------

static size_t pass_digits(struct json_reader *r)
{
	size_t start = r->at;
	for (int c = next(r); c >= '0' && c <= '9'; c = next(r))
		r->at++;
	return r->at - start;
}

bool json_reader_number(struct json_reader *r, double *value, bool *integer)
{
	skip_blanks(r);
	size_t start = r->at;
	take(r, '-');
	bool zero = next(r) == '0';
	size_t digits = pass_digits(r);
	if (digits == 0 || (zero && digits > 1))
		return fault(r, "expected a number");
	bool fraction = take(r, '.');
	if (fraction && pass_digits(r) == 0)
		return fault(r, "expected digits behind the decimal point");
	bool exponent = take(r, 'e') || take(r, 'E');
	if (exponent) {
		if (!take(r, '+'))
			take(r, '-');
		if (pass_digits(r) == 0)
			return fault(r, "expected digits in the exponent");
	}
	// strtod stops at the same place: what follows a number in JSON is no part of one. The text
	// need not end in NUL, so a number that touches its end is copied.
	char *end;
	size_t len = r->at - start;
	if (r->at < r->len) {
		*value = strtod(r->text + start, &end);
	} else {
		buffer_truncate(&r->unescaped, 0);
		buffer_append(&r->unescaped, r->text + start, len);
		*value = strtod(buffer_str(&r->unescaped), &end);
	}
	if (!isfinite(*value))
		return fault(r, "number too big");
	*integer = floor(*value) == *value;
	return true;
}

// ---- objects and arrays -------------------------------------------------------------------------

bool json_reader_enter(struct json_reader *r)
{
	if (r->depth >= JSON_READER_DEPTH)
		return fault(r, "nested too deep");
	r->depth++;
	r->at++;
	return true;
}

bool json_reader_element(struct json_reader *r, bool first, bool *more)
{
	skip_blanks(r);
	*more = !take(r, ']');
	if (!*more) {
		r->depth--;
		return !r->fault;
	}
	if (!first && !take(r, ','))
		return fault(r, "expected , or ]");
	return !r->fault;
}

bool json_reader_member(struct json_reader *r, bool first, bool *more, const char **key,
			size_t *len)
{
	skip_blanks(r);
	*more = !take(r, '}');
	if (!*more) {
		r->depth--;
		return !r->fault;
	}
	if (!first && !take(r, ','))
		return fault(r, "expected , or }");
	if (!json_reader_string(r, key, len))
		return false;
	skip_blanks(r);
	return take(r, ':') || fault(r, "expected :");
}

static bool skip_object(struct json_reader *r)
{
	bool more;
	const char *key;
	size_t len;
	if (!json_reader_enter(r) || !json_reader_member(r, true, &more, &key, &len))
		return false;
	while (more)
		if (!json_reader_skip(r) || !json_reader_member(r, false, &more, &key, &len))
			return false;
	return true;
}

static bool skip_array(struct json_reader *r)
{
	bool more;
	if (!json_reader_enter(r) || !json_reader_element(r, true, &more))
		return false;
	while (more)
		if (!json_reader_skip(r) || !json_reader_element(r, false, &more))
			return false;
	return true;
}

static bool skip_literal(struct json_reader *r, const char *word)
{
	size_t len = strlen(word);
	if (r->len - r->at < len || memcmp(r->text + r->at, word, len) != 0)
		return fault(r, "expected a value");
	r->at += len;
	return true;
}

bool json_reader_skip(struct json_reader *r)
{
	const char *s;
	size_t len;
	double value;
	bool integer;
	switch (json_reader_peek(r)) {
	case JSON_KIND_OBJECT:
		return skip_object(r);
	case JSON_KIND_ARRAY:
		return skip_array(r);
	case JSON_KIND_STRING:
		return json_reader_string(r, &s, &len);
	case JSON_KIND_NUMBER:
		return json_reader_number(r, &value, &integer);
	case JSON_KIND_TRUE:
		return skip_literal(r, "true");
	case JSON_KIND_FALSE:
		return skip_literal(r, "false");
	case JSON_KIND_NULL:
		return skip_literal(r, "null");
	default:
		return fault(r, "expected a value");
	}
}

bool json_reader_end(struct json_reader *r)
{
	skip_blanks(r);
	return !r->fault && (r->at == r->len || fault(r, "text behind the end of the document"));
}
