// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/kcidb_check.h"

#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/memory.h"
#include "results/format.h"
#include "results/kcidb_schema.h"
#include "results/status.h"
#include "base/utf8.h"

#define EXCERPT_MAX 16384 // code points

// A place below an object of the document: a chain of members and elements.
struct place {
	const struct place *parent;
	const char *name; // NULL: element `index`
	size_t index;
};

struct checker {
	const char *name;
	const char *text;
	size_t len;
	size_t at;   // bytes of the text that were read
	size_t line; // of byte `counted`, from 1
	size_t counted;
	struct kcidb_problems *problems;
	int since;        // the newest minor version a member needed
	char *since_what; // owned: the member that did
	kcidb_visit visit;
	void *context;
	struct error *visit_error;
};

void kcidb_problems_deinit(struct kcidb_problems *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < KCIDB_PROBLEMS_KEPT; i++)
		free(p->texts[i]);
	*p = (struct kcidb_problems){0};
}

// ---- problems
// ------------------------------------------------------------------------------------

static void print_place(const struct place *at, struct buffer *out)
{
	if (!at)
		return;
	print_place(at->parent, out);
	if (at->name)
		buffer_printf(out, "%s%s", at->parent ? "." : "", at->name);
	else
		buffer_printf(out, "[%zu]", at->index);
}

static void problem(struct checker *c, const struct place *at, const char *fmt, ...)
    ERROR_PRINTF(3, 4);
static void problem(struct checker *c, const struct place *at, const char *fmt, ...)
{
	struct kcidb_problems *p = c->problems;
	if (p->count++ >= KCIDB_PROBLEMS_KEPT)
		return;
	for (; c->counted < c->at; c->counted++)
		c->line += c->text[c->counted] == '\n';
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_printf(&text, "%s:%zu: ", c->name, c->line);
	print_place(at, &text);
	if (at)
		buffer_append_str(&text, ": ");
	char what[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	buffer_append_str(&text, what);
	p->texts[p->count - 1] = buffer_steal(&text);
}

// ---- values
// --------------------------------------------------------------------------------------

static bool is_file_name(const char *s, size_t len)
{
	return len > 0 && !memchr(s, '/', len);
}

static bool is_architecture(const char *s, size_t len)
{
	return len == 0 || format_is_origin(s, len);
}

static bool is_patchset(const char *s, size_t len)
{
	return len == 0 || format_is_hex(s, len, 64);
}

static bool is_commit(const char *s, size_t len)
{
	return format_is_hex(s, len, 40);
}

static bool is_compatible(const char *s, size_t len)
{
	// Pieces without a blank, joined by commas, that may hold commas themselves.
	return len > 0 && !memchr(s, ' ', len);
}

static bool is_https(const char *s, size_t len)
{
	return len >= 8 && memcmp(s, "https://", 8) == 0 && format_is_uri(s, len);
}

static bool is_message_id(const char *s, size_t len)
{
	return memchr(s, '@', len) != NULL;
}

static bool is_prefix(const char *s, size_t len)
{
	(void)len;
	return strcmp(s, "metric") == 0 || strcmp(s, "binary") == 0;
}

static bool is_status(const char *s, size_t len)
{
	enum status status;
	(void)len;
	return status_parse(s, &status);
}

static bool is_excerpt(const char *s, size_t len)
{
	return utf8_count(s, len) <= EXCERPT_MAX;
}

static const struct {
	bool (*fits)(const char *s, size_t len); // NULL: any
	const char *expected;
} texts[] = {
    [KCIDB_TEXT] = {NULL, "a string"},
    [KCIDB_EXCERPT] = {is_excerpt, "at most 16384 characters"},
    [KCIDB_TIME] = {format_is_date_time, "an RFC 3339 time with zone, like 2026-06-04T01:10:00Z"},
    [KCIDB_URI] = {format_is_uri, "an absolute URI (RFC 3986), percent-encoded"},
    [KCIDB_HTTPS] = {is_https, "an https:// URI, percent-encoded"},
    [KCIDB_MESSAGE_ID] = {is_message_id, "a message id with @"},
    [KCIDB_ORIGIN] = {format_is_origin, "only a-z 0-9 _"},
    [KCIDB_ID] = {format_is_id, "ORIGIN:ID with an origin of a-z 0-9 _"},
    [KCIDB_PATH] = {format_is_path, "dot-separated parts of A-Z a-z 0-9 _ -"},
    [KCIDB_STATUS] = {is_status, "one of FAIL ERROR MISS PASS DONE SKIP"},
    [KCIDB_COMMIT] = {is_commit, "40 lower-case hexadecimal digits"},
    [KCIDB_PATCHSET] = {is_patchset, "\"\" or 64 lower-case hexadecimal digits"},
    [KCIDB_ARCHITECTURE] = {is_architecture, "only a-z 0-9 _"},
    [KCIDB_FILE_NAME] = {is_file_name, "a file name without /"},
    [KCIDB_COMPATIBLE] = {is_compatible, "compatible strings without a blank"},
    [KCIDB_PREFIX] = {is_prefix, "\"metric\" or \"binary\""},
};

static bool is_version(const json_t *v)
{
	if (json_is_integer(v))
		return json_integer_value(v) >= 0;
	// JSON Schema counts 2.0 as an integer.
	double d = json_real_value(v);
	return json_is_real(v) && d >= 0 && floor(d) == d;
}

static void check_object(struct checker *c, const struct place *at, const struct kcidb_shape *shape,
			 const json_t *object);

static void check_text(struct checker *c, const struct place *at, enum kcidb_type type,
		       const json_t *v)
{
	const char *s = json_string_value(v);
	if (!s)
		problem(c, at, "expected %s", texts[type].expected);
	else if (texts[type].fits && !texts[type].fits(s, json_string_length(v)))
		problem(c, at, "expected %s, found \"%.80s\"", texts[type].expected, s);
}

static void check_value(struct checker *c, const struct place *at, const struct kcidb_member *m,
			const json_t *v)
{
	switch (m->type) {
	case KCIDB_NUMBER:
		if (!json_is_number(v))
			problem(c, at, "expected a number");
		break;
	case KCIDB_VERSION:
		if (!is_version(v))
			problem(c, at, "expected an integer from 0");
		break;
	case KCIDB_BOOLEAN:
		if (!json_is_boolean(v))
			problem(c, at, "expected true or false");
		break;
	case KCIDB_ANY_OBJECT:
		if (!json_is_object(v))
			problem(c, at, "expected an object");
		break;
	case KCIDB_OBJECT:
		check_object(c, at, m->shape, v);
		break;
	default:
		check_text(c, at, m->type, v);
	}
}

static void check_member(struct checker *c, const struct place *at, const struct kcidb_member *m,
			 const json_t *v)
{
	if (m->since > c->since) {
		CLEANUP_BUFFER struct buffer what = {0};
		print_place(at, &what);
		free(c->since_what);
		c->since_what = buffer_steal(&what);
		c->since = m->since;
	}
	if (!m->list) {
		check_value(c, at, m, v);
		return;
	}
	if (!json_is_array(v)) {
		problem(c, at, "expected an array");
		return;
	}
	for (size_t i = 0; i < json_array_size(v); i++) {
		struct place element = {at, NULL, i};
		check_value(c, &element, m, json_array_get(v, i));
	}
}

static const struct kcidb_member *find_member(const struct kcidb_shape *shape, const char *name)
{
	for (size_t i = 0; i < shape->count; i++)
		if (strcmp(shape->members[i].name, name) == 0)
			return &shape->members[i];
	return NULL;
}

static void check_object(struct checker *c, const struct place *at, const struct kcidb_shape *shape,
			 const json_t *object)
{
	if (!json_is_object(object)) {
		problem(c, at, "expected an object");
		return;
	}
	const char *key;
	json_t *value;
	// jansson's iteration wants a non-const object but only reads it.
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		struct place member = {at, key, 0};
		const struct kcidb_member *m = find_member(shape, key);
		if (m)
			check_member(c, &member, m, value);
		else
			problem(c, at, "unknown member \"%.80s\"", key);
	}
	for (size_t i = 0; i < shape->count; i++)
		if (shape->members[i].required && !json_object_get(object, shape->members[i].name))
			problem(c, at, "\"%s\" is missing", shape->members[i].name);
}

// ---- document
// ------------------------------------------------------------------------------------

static void skip_blanks(struct checker *c)
{
	while (c->at < c->len && c->text[c->at] != '\0' && strchr(" \t\r\n", c->text[c->at]))
		c->at++;
}

// Takes one of two punctuation marks; NUL when neither is next.
static char take_mark(struct checker *c, char a, char b)
{
	skip_blanks(c);
	if (c->at < c->len && (c->text[c->at] == a || c->text[c->at] == b))
		return c->text[c->at++];
	problem(c, NULL, "not JSON: expected '%c' or '%c'", a, b);
	return '\0';
}

// Reads one JSON value; NULL (and a problem) when there is none.
static json_t *take_value(struct checker *c)
{
	skip_blanks(c);
	size_t left = c->len - c->at;
	if (left > INT_MAX)
		left = INT_MAX; // one value, and jansson's own position is an int
	json_error_t why;
	json_t *v =
	    json_loadb(c->text + c->at, left, JSON_DISABLE_EOF_CHECK | JSON_DECODE_ANY, &why);
	if (v)
		c->at += (size_t)why.position;
	else
		problem(c, NULL, "not JSON: %s (line %d of this value)", why.text, why.line);
	return v;
}

static void check_version(struct checker *c, const json_t *v, double *minor)
{
	struct place at = {NULL, "version", 0};
	if (!json_is_object(v)) {
		problem(c, &at, "expected an object");
		return;
	}
	*minor = 0; // absent: v5.0
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)v, key, value)
	{
		double n = json_number_value(value);
		if (strcmp(key, "major") == 0) {
			if (!json_is_number(value) || n != 5)
				problem(c, &at, "major: expected 5");
		} else if (strcmp(key, "minor") == 0) {
			if (!is_version(value) || n > 3)
				problem(c, &at, "minor: expected 0 to 3");
			else
				*minor = n;
		} else {
			problem(c, &at, "unknown member \"%.80s\"", key);
		}
	}
	if (!json_object_get(v, "major"))
		problem(c, &at, "\"major\" is missing");
}

// One object of a list; false when the text cannot be read on.
static bool check_item(struct checker *c, const struct kcidb_list *list, size_t index)
{
	skip_blanks(c);
	size_t start = c->at;
	json_t *v = take_value(c);
	if (!v)
		return false;
	struct place parent = {NULL, list->name, 0};
	struct place at = {&parent, NULL, index};
	size_t end = c->at;
	c->at = start; // problems name the line the object starts in
	c->problems->objects++;
	check_object(c, &at, list->shape, v);
	c->at = end;
	json_decref(v);
	if (c->visit)
		c->visit_error = c->visit(c->context, list->name, c->text + start, end - start);
	return !c->visit_error;
}

static bool check_list(struct checker *c, const struct kcidb_list *list)
{
	skip_blanks(c);
	if (c->at >= c->len || c->text[c->at] != '[') {
		struct place at = {NULL, list->name, 0};
		problem(c, &at, "expected an array");
		return false;
	}
	c->at++;
	skip_blanks(c);
	if (c->at < c->len && c->text[c->at] == ']') {
		c->at++;
		return true;
	}
	for (size_t i = 0;; i++) {
		if (!check_item(c, list, i))
			return false;
		char mark = take_mark(c, ',', ']');
		if (mark != ',')
			return mark == ']';
	}
}

static const struct kcidb_list *find_list(const char *name)
{
	for (size_t i = 0; i < kcidb_lists_count; i++)
		if (strcmp(kcidb_lists[i].name, name) == 0)
			return &kcidb_lists[i];
	return NULL;
}

// One member of the document; false when the text cannot be read on.
static bool check_top_member(struct checker *c, double *minor)
{
	json_t *key = take_value(c);
	bool go_on = key != NULL;
	if (go_on && !json_is_string(key)) {
		problem(c, NULL, "not JSON: expected a member's name");
		go_on = false;
	}
	if (go_on && !take_mark(c, ':', ':'))
		go_on = false;
	if (go_on) {
		const char *name = json_string_value(key);
		const struct kcidb_list *list = find_list(name);
		bool version = strcmp(name, "version") == 0;
		if (!list && !version)
			problem(c, NULL, "unknown member \"%.80s\"", name);
		json_t *v = list ? NULL : take_value(c);
		go_on = list ? check_list(c, list) : v != NULL;
		if (v && version)
			check_version(c, v, minor);
		json_decref(v);
	}
	json_decref(key);
	return go_on;
}

static void check_document(struct checker *c)
{
	double minor = -1;
	skip_blanks(c);
	if (c->at >= c->len || c->text[c->at] != '{') {
		problem(c, NULL, "expected a JSON object");
		return;
	}
	c->at++;
	skip_blanks(c);
	bool empty = c->at < c->len && c->text[c->at] == '}';
	c->at += empty;
	for (char mark = ','; !empty && mark == ',';) {
		if (!check_top_member(c, &minor))
			return;
		mark = take_mark(c, ',', '}');
		if (!mark)
			return;
	}
	skip_blanks(c);
	if (c->at != c->len)
		problem(c, NULL, "not JSON: text behind the end of the document");
	if (minor < 0 && c->problems->count == 0)
		problem(c, NULL, "\"version\" is missing");
	else if (minor >= 0 && minor < c->since)
		problem(c, NULL, "%s came with v5.%d, but the document says v5.%d", c->since_what,
			c->since, (int)minor);
}

static struct error *run_checker(struct checker *c)
{
	c->line = 1;
	check_document(c);
	free(c->since_what);
	return c->visit_error;
}

void kcidb_check_text(const char *name, const char *text, size_t len, struct kcidb_problems *out)
{
	struct checker c = {.name = name, .text = text, .len = len, .problems = out};
	// Without a visitor it has nothing to fail with.
	error_free(run_checker(&c));
}

struct error *kcidb_check_path(const char *path, struct kcidb_problems *out)
{
	CLEANUP_BUFFER struct buffer text = {0};
	TRY(file_read(path, KCIDB_SIZE_LIMIT, ERROR_USAGE, &text));
	kcidb_check_text(path, buffer_str(&text), text.len, out);
	return NULL;
}

static struct error *first_problem(const struct kcidb_problems *p)
{
	if (p->count == 0)
		return NULL;
	if (p->count == 1)
		return error_new(ERROR_LAB, "%s", p->texts[0]);
	return error_new(ERROR_LAB, "%s (and %zu more)", p->texts[0], p->count - 1);
}

struct error *kcidb_check_file(const char *path)
{
	CLEANUP_KCIDB_PROBLEMS struct kcidb_problems problems = {0};
	TRY(kcidb_check_path(path, &problems));
	return first_problem(&problems);
}

struct error *kcidb_each_object(const char *name, const char *text, size_t len, kcidb_visit visit,
				void *context)
{
	CLEANUP_KCIDB_PROBLEMS struct kcidb_problems problems = {0};
	struct checker c = {
	    .name = name,
	    .text = text,
	    .len = len,
	    .problems = &problems,
	    .visit = visit,
	    .context = context,
	};
	TRY(run_checker(&c));
	return first_problem(&problems);
}
