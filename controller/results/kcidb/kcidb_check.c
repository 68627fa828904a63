// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/kcidb/kcidb_check.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/memory.h"
#include "text/format.h"
#include "text/json_reader.h"
#include "results/kcidb/kcidb_schema.h"
#include "record/status.h"
#include "text/utf8.h"

#define EXCERPT_MAX 16384 // code points

// A place below an object of the document: a chain of members and elements.
struct kcidb_place {
	const struct kcidb_place *parent;
	const char *name; // NULL: element `index`
	size_t index;
};

struct checker {
	const char *name;
	struct json_reader reader;
	size_t line;    // of byte `counted`, from 1
	size_t counted; // bytes whose line breaks were counted
	struct kcidb_problems *problems;
	double minor;     // that the document declares; -1: no version seen
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

// ---- problems -----------------------------------------------------------------------------------

static void print_place(const struct kcidb_place *at, struct buffer *out)
{
	if (!at)
		return;
	print_place(at->parent, out);
	if (at->name)
		buffer_printf(out, "%s%s", at->parent ? "." : "", at->name);
	else
		buffer_printf(out, "[%zu]", at->index);
}

static void problem(struct checker *c, const struct kcidb_place *at, const char *fmt, ...)
    ERROR_PRINTF(3, 4);
static void problem(struct checker *c, const struct kcidb_place *at, const char *fmt, ...)
{
	struct kcidb_problems *p = c->problems;
	if (p->count++ >= KCIDB_PROBLEMS_KEPT)
		return;
	for (; c->counted < c->reader.at; c->counted++)
		c->line += c->reader.text[c->counted] == '\n';
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

// ---- values -------------------------------------------------------------------------------------

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

// `s` holds no NUL: the reader refuses those.
static bool equals(const char *s, size_t len, const char *word)
{
	return strncmp(word, s, len) == 0 && word[len] == '\0';
}

static bool is_prefix(const char *s, size_t len)
{
	return equals(s, len, "metric") || equals(s, len, "binary");
}

static bool is_status(const char *s, size_t len)
{
	for (int i = 0; i < STATUS_COUNT; i++)
		if (equals(s, len, status_name((enum status)i)))
			return true;
	return false;
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

static void check_object(struct checker *c, const struct kcidb_place *at,
			 const struct kcidb_shape *shape);

static void check_text(struct checker *c, const struct kcidb_place *at, enum kcidb_type type)
{
	const char *s;
	size_t len;
	if (!json_reader_string(&c->reader, &s, &len))
		return;
	if (texts[type].fits && !texts[type].fits(s, len))
		problem(c, at, "expected %s, found \"%.*s\"", texts[type].expected,
			(int)(len < 80 ? len : 80), s);
}

static void check_number(struct checker *c, const struct kcidb_place *at, bool version)
{
	double value;
	bool integer;
	if (!json_reader_number(&c->reader, &value, &integer))
		return;
	// JSON Schema counts 2.0 as an integer.
	if (version && (value < 0 || !integer))
		problem(c, at, "expected an integer from 0");
}

// What a value has to begin with, and how to say so.
static bool kind_fits(enum kcidb_type type, enum json_kind kind, const char **expected)
{
	switch (type) {
	case KCIDB_NUMBER:
		*expected = "a number";
		return kind == JSON_KIND_NUMBER;
	case KCIDB_VERSION:
		*expected = "an integer from 0";
		return kind == JSON_KIND_NUMBER;
	case KCIDB_BOOLEAN:
		*expected = "true or false";
		return kind == JSON_KIND_TRUE || kind == JSON_KIND_FALSE;
	case KCIDB_ANY_OBJECT:
	case KCIDB_OBJECT:
		*expected = "an object";
		return kind == JSON_KIND_OBJECT;
	default:
		*expected = texts[type].expected;
		return kind == JSON_KIND_STRING;
	}
}

static void check_value(struct checker *c, const struct kcidb_place *at,
			const struct kcidb_member *m)
{
	const char *expected;
	enum json_kind kind = json_reader_peek(&c->reader);
	if (kind != JSON_KIND_FAULT && !kind_fits(m->type, kind, &expected)) {
		problem(c, at, "expected %s", expected);
		json_reader_skip(&c->reader);
		return;
	}
	switch (kind) {
	case JSON_KIND_STRING:
		check_text(c, at, m->type);
		break;
	case JSON_KIND_NUMBER:
		check_number(c, at, m->type == KCIDB_VERSION);
		break;
	case JSON_KIND_OBJECT:
		if (m->type == KCIDB_OBJECT)
			check_object(c, at, m->shape);
		else
			json_reader_skip(&c->reader);
		break;
	default:
		json_reader_skip(&c->reader);
	}
}

static void check_list(struct checker *c, const struct kcidb_place *at,
		       const struct kcidb_member *m)
{
	if (json_reader_peek(&c->reader) != JSON_KIND_ARRAY) {
		problem(c, at, "expected an array");
		json_reader_skip(&c->reader);
		return;
	}
	bool more;
	json_reader_enter(&c->reader);
	for (size_t i = 0; json_reader_element(&c->reader, i == 0, &more) && more; i++) {
		struct kcidb_place element = {at, NULL, i};
		check_value(c, &element, m);
	}
}

static void note_version_needed(struct checker *c, const struct kcidb_place *at,
				const struct kcidb_member *m)
{
	if (m->since <= c->since)
		return;
	CLEANUP_BUFFER struct buffer what = {0};
	print_place(at, &what);
	free(c->since_what);
	c->since_what = buffer_steal(&what);
	c->since = m->since;
}

// Index of the member called so, or shape->count.
static size_t find_member(const struct kcidb_shape *shape, const char *name, size_t len)
{
	size_t i = 0;
	while (i < shape->count && !equals(name, len, shape->members[i].name))
		i++;
	return i;
}

// Takes an object that json_reader_peek announced.
static void check_object(struct checker *c, const struct kcidb_place *at,
			 const struct kcidb_shape *shape)
{
	struct json_reader *r = &c->reader;
	uint64_t seen = 0; // no shape has more than 64 members
	bool more;
	const char *key;
	size_t len;
	json_reader_enter(r);
	for (bool first = true; json_reader_member(r, first, &more, &key, &len) && more;
	     first = false) {
		size_t i = find_member(shape, key, len);
		if (i == shape->count) {
			problem(c, at, "unknown member \"%.*s\"", (int)(len < 80 ? len : 80), key);
			json_reader_skip(r);
			continue;
		}
		const struct kcidb_member *m = &shape->members[i];
		struct kcidb_place member = {at, m->name, 0};
		seen |= UINT64_C(1) << i;
		note_version_needed(c, &member, m);
		if (m->list)
			check_list(c, &member, m);
		else
			check_value(c, &member, m);
	}
	for (size_t i = 0; i < shape->count && !r->fault; i++)
		if (shape->members[i].required && !(seen & UINT64_C(1) << i))
			problem(c, at, "\"%s\" is missing", shape->members[i].name);
}

// ---- document -----------------------------------------------------------------------------------

static const struct kcidb_member version_members[] = {
    {.name = "major", .type = KCIDB_VERSION, .required = true},
    {.name = "minor", .type = KCIDB_VERSION},
};
static const struct kcidb_shape version_shape = {version_members, 2};

// The shape is checked as any other, then the two numbers are looked at.
static void check_version(struct checker *c)
{
	struct json_reader *r = &c->reader;
	struct kcidb_place at = {NULL, "version", 0};
	if (json_reader_peek(r) != JSON_KIND_OBJECT) {
		problem(c, &at, "expected an object");
		json_reader_skip(r);
		return;
	}
	size_t start = r->at;
	size_t problems = c->problems->count;
	check_object(c, &at, &version_shape);
	c->minor = 0; // absent: v5.0
	if (r->fault || c->problems->count > problems)
		return;
	double major = 0;
	bool more, integer;
	const char *key;
	size_t len;
	r->at = start;
	json_reader_enter(r);
	for (bool first = true; json_reader_member(r, first, &more, &key, &len) && more;
	     first = false) {
		bool is_major = equals(key, len, "major");
		json_reader_number(r, is_major ? &major : &c->minor, &integer);
	}
	if (major != 5)
		problem(c, &at, "expected major 5");
	else if (c->minor > 3)
		problem(c, &at, "expected minor 0 to 3");
}

static void check_item(struct checker *c, const struct kcidb_list *list, size_t index)
{
	struct json_reader *r = &c->reader;
	struct kcidb_place parent = {NULL, list->name, 0};
	struct kcidb_place at = {&parent, NULL, index};
	c->problems->objects++;
	if (json_reader_peek(r) != JSON_KIND_OBJECT) {
		problem(c, &at, "expected an object");
		json_reader_skip(r);
		return;
	}
	size_t start = r->at;
	check_object(c, &at, list->shape);
	if (c->visit && !r->fault && !c->visit_error)
		c->visit_error = c->visit(c->context, list->name, r->text + start, r->at - start);
}

static void check_items(struct checker *c, const struct kcidb_list *list)
{
	struct kcidb_place at = {NULL, list->name, 0};
	if (json_reader_peek(&c->reader) != JSON_KIND_ARRAY) {
		problem(c, &at, "expected an array");
		json_reader_skip(&c->reader);
		return;
	}
	bool more;
	json_reader_enter(&c->reader);
	for (size_t i = 0; json_reader_element(&c->reader, i == 0, &more) && more; i++)
		check_item(c, list, i);
}

static const struct kcidb_list *find_list(const char *name, size_t len)
{
	for (size_t i = 0; i < kcidb_lists_count; i++)
		if (equals(name, len, kcidb_lists[i].name))
			return &kcidb_lists[i];
	return NULL;
}

static void check_top_members(struct checker *c)
{
	struct json_reader *r = &c->reader;
	bool more;
	const char *key;
	size_t len;
	json_reader_enter(r);
	for (bool first = true; json_reader_member(r, first, &more, &key, &len) && more;
	     first = false) {
		const struct kcidb_list *list = find_list(key, len);
		if (list) {
			check_items(c, list);
		} else if (equals(key, len, "version")) {
			check_version(c);
		} else {
			problem(c, NULL, "unknown member \"%.*s\"", (int)(len < 80 ? len : 80),
				key);
			json_reader_skip(r);
		}
	}
}

static void check_document(struct checker *c)
{
	c->minor = -1;
	if (json_reader_peek(&c->reader) != JSON_KIND_OBJECT) {
		problem(c, NULL, "expected a JSON object");
		return;
	}
	check_top_members(c);
	if (!json_reader_end(&c->reader)) {
		problem(c, NULL, "not JSON: %s", c->reader.fault);
		return;
	}
	if (c->minor < 0)
		problem(c, NULL, "\"version\" is missing");
	else if (c->minor < c->since)
		problem(c, NULL, "%s came with v5.%d, but the document says v5.%d", c->since_what,
			c->since, (int)c->minor);
}

static struct error *run_checker(struct checker *c)
{
	c->line = 1;
	check_document(c);
	json_reader_deinit(&c->reader);
	free(c->since_what);
	return c->visit_error;
}

void kcidb_check_text(const char *name, const char *text, size_t len, struct kcidb_problems *out)
{
	struct checker c = {.name = name, .problems = out};
	json_reader_init(&c.reader, text, len);
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
	    .name = name, .problems = &problems, .visit = visit, .context = context};
	json_reader_init(&c.reader, text, len);
	TRY(run_checker(&c));
	return first_problem(&problems);
}
