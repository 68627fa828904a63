// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/request.h"

#include <stdlib.h>
#include <string.h>

#include "text/terminal.h"
#include "text/utf8.h"

static const struct {
	const char *suffix, *type;
} forms[FORM_COUNT] = {
    [FORM_HTML] = {"html", "text/html"},
    [FORM_JSON] = {"json", "application/json"},
    [FORM_TEXT] = {"txt", "text/plain"},
    [FORM_CSV] = {"csv", "text/csv"},
};

const char *web_form_suffix(enum web_form f)
{
	return forms[f].suffix;
}

const char *web_form_type(enum web_form f)
{
	static const char *const types[FORM_COUNT] = {
	    "text/html; charset=utf-8", "application/json", "text/plain; charset=utf-8",
	    "text/csv; charset=utf-8; header=present"};
	return types[f];
}

void web_request_deinit(struct web_request *r)
{
	arena_deinit(&r->arena);
}

// ---- escapes ------------------------------------------------------------------------------------

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// Every character may be shown, and none ends a line.
static bool is_clean(const char *s, size_t len)
{
	if (memchr(s, '\0', len) || !utf8_valid(s, len))
		return false;
	for (size_t i = 0; i < len;) {
		uint32_t code;
		bool ok;
		i += utf8_decode(s + i, len - i, &code, &ok);
		if (code < 0x20 || !terminal_is_safe(code))
			return false;
	}
	return true;
}

// %XX, and '+' as a blank where it `is_value`; NULL: it is malformed.
static const char *decode(struct arena *a, const char *s, size_t len, bool is_value)
{
	char *out = arena_strndup(a, s, len);
	size_t n = 0;
	for (size_t i = 0; i < len; i++, n++) {
		out[n] = s[i] == '+' && is_value ? ' ' : s[i];
		if (s[i] != '%')
			continue;
		int high = i + 2 < len ? hex_digit(s[i + 1]) : -1;
		int low = high >= 0 ? hex_digit(s[i + 2]) : -1;
		if (low < 0)
			return NULL;
		out[n] = (char)(high << 4 | low);
		i += 2;
	}
	out[n] = '\0';
	return is_clean(out, n) ? out : NULL;
}

// ---- the path -----------------------------------------------------------------------------------

static unsigned take_path(struct web_request *r, const char *path, size_t len)
{
	for (size_t at = 1; at < len;) {
		const char *slash = memchr(path + at, '/', len - at);
		size_t end = slash ? (size_t)(slash - path) : len;
		if (r->segments_count == WEB_SEGMENTS_MAX)
			return 414;
		const char *s = decode(&r->arena, path + at, end - at, false);
		// A segment is a name: none is empty, leads upwards or holds a slash.
		if (!s || !s[0] || strcmp(s, ".") == 0 || strcmp(s, "..") == 0 || strchr(s, '/'))
			return 400;
		r->segments[r->segments_count++] = s;
		at = end + 1;
	}
	return 0;
}

// Takes the form's suffix off the last segment.
static bool take_suffix(struct web_request *r)
{
	if (r->segments_count == 0)
		return false;
	const char **last = &r->segments[r->segments_count - 1];
	const char *dot = strrchr(*last, '.');
	for (enum web_form f = 0; dot && dot != *last && f < FORM_COUNT; f++)
		if (strcmp(dot + 1, forms[f].suffix) == 0) {
			*last = arena_strndup(&r->arena, *last, (size_t)(dot - *last));
			r->form = f;
			// "/index.json" is the first screen.
			if (r->segments_count == 1 && strcmp(*last, "index") == 0)
				r->segments_count = 0;
			return true;
		}
	return false;
}

// The type that stands first in the header, of those that there are.
static enum web_form accepted(const char *accept)
{
	enum web_form best = FORM_HTML;
	const char *at = NULL;
	for (enum web_form f = 0; accept && f < FORM_COUNT; f++) {
		const char *here = strstr(accept, forms[f].type);
		if (here && (!at || here < at)) {
			best = f;
			at = here;
		}
	}
	return best;
}

// ---- the query ----------------------------------------------------------------------------------

static unsigned take_query(struct web_request *r, const char *s)
{
	while (*s) {
		size_t len = strcspn(s, "&");
		const char *equals = memchr(s, '=', len);
		size_t name = equals ? (size_t)(equals - s) : len;
		struct web_parameter p = {decode(&r->arena, s, name, true), ""};
		if (equals)
			p.value = decode(&r->arena, equals + 1, len - name - 1, true);
		if (!p.name || !p.value)
			return 400;
		if (r->parameters_count == WEB_PARAMETERS_MAX)
			return 414;
		if (p.name[0])
			r->parameters[r->parameters_count++] = p;
		s += len + (s[len] == '&');
	}
	return 0;
}

unsigned web_request_parse(const char *target, const char *accept, struct web_request *out)
{
	*out = (struct web_request){0};
	if (strnlen(target, WEB_TARGET_MAX + 1) > WEB_TARGET_MAX)
		return 414;
	size_t len = strcspn(target, "?");
	if (target[0] != '/' || memchr(target, '#', len))
		return 400;
	unsigned refused = take_path(out, target, len);
	if (!refused && target[len])
		refused = take_query(out, target + len + 1);
	if (!refused && !take_suffix(out))
		out->form = accepted(accept);
	return refused;
}

const char *web_parameter(const struct web_request *r, const char *name, const char *absent)
{
	for (size_t i = 0; i < r->parameters_count; i++)
		if (strcmp(r->parameters[i].name, name) == 0)
			return r->parameters[i].value;
	return absent;
}

int64_t web_parameter_number(const struct web_request *r, const char *name, int64_t min,
			     int64_t max, int64_t absent)
{
	const char *text = web_parameter(r, name, "");
	char *end;
	if (text[0] < '0' || text[0] > '9')
		return absent;
	long long n = strtoll(text, &end, 10);
	return *end || n < min || n > max ? absent : n;
}
