// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/json_fields.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "text/format.h"
#include "record/status.h"
#include "text/json_text.h"
#include "text/utf8.h"

// Where the value being read stands; a chain up to the document.
struct json_place {
	const char *file;
	const struct json_place *parent;
	const char *name; // member of the parent, NULL: element `index`
	size_t index;
};

struct loader {
	struct arena *arena;
	struct buffer scratch;
};

static void print_place(const struct json_place *at, struct buffer *out)
{
	if (!at->parent)
		return;
	print_place(at->parent, out);
	if (at->name)
		buffer_printf(out, "%s%s", at->parent->parent ? "." : "", at->name);
	else
		buffer_printf(out, "[%zu]", at->index);
}

static const char *const type_names[] = {
    [JSON_OBJECT] = "an object",   [JSON_ARRAY] = "an array",     [JSON_STRING] = "a string",
    [JSON_INTEGER] = "an integer", [JSON_REAL] = "a real number", [JSON_TRUE] = "true",
    [JSON_FALSE] = "false",        [JSON_NULL] = "null",
};

static struct error *unexpected(const struct json_place *at, const char *expected,
				const json_t *found)
{
	CLEANUP_BUFFER struct buffer where = {0};
	print_place(at, &where);
	if (!found)
		return error_new(ERROR_LAB, "%s: %s: missing, expected %s", at->file,
				 buffer_str(&where), expected);
	if (json_is_string(found))
		return error_new(ERROR_LAB, "%s: %s: expected %s, found \"%.40s\"", at->file,
				 buffer_str(&where), expected, json_string_value(found));
	return error_new(ERROR_LAB, "%s: %s: expected %s, found %s", at->file, buffer_str(&where),
			 expected, type_names[json_typeof(found)]);
}

static char *copy_text(struct loader *l, const json_t *value)
{
	buffer_truncate(&l->scratch, 0);
	utf8_clean(json_string_value(value), json_string_length(value), SIZE_MAX, &l->scratch);
	return arena_strndup(l->arena, buffer_str(&l->scratch), l->scratch.len);
}

// What a board said must not drive the terminal or mail reader of whom it is shown to.
static void blank_controls(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			*s = ' ';
}

static bool text_fits(const struct field *f, const char *s)
{
	switch (f->type) {
	case FIELD_WORD:
		return format_is_word(s);
	case FIELD_TIME:
		return format_is_date_time(s, strlen(s));
	case FIELD_HEX:
		return strlen(s) == f->width && strspn(s, "0123456789abcdef") == f->width;
	default:
		return true;
	}
}

static struct error *expected_text(const struct json_place *at, const struct field *f,
				   const json_t *v)
{
	switch (f->type) {
	case FIELD_WORD:
		return unexpected(at, "a word of A-Z a-z 0-9 . _ -", v);
	case FIELD_TIME:
		return unexpected(at, "a time like 2026-06-04T01:10:00Z", v);
	case FIELD_HEX: {
		char digits[48];
		snprintf(digits, sizeof(digits), "%zu lower-case hexadecimal digits", f->width);
		return unexpected(at, digits, v);
	}
	default:
		return unexpected(at, "a string", v);
	}
}

static struct error *load_text(struct loader *l, const struct json_place *at, const struct field *f,
			       const json_t *v, char *member)
{
	if (!json_is_string(v))
		return expected_text(at, f, v);
	char *s = copy_text(l, v);
	if (f->type == FIELD_TEXT)
		blank_controls(s);
	// Writers say "unknown" by an empty string where a word, time or digest would stand.
	if (s[0] == '\0' && !f->required && f->type != FIELD_TEXT && f->type != FIELD_BLOCK)
		return NULL;
	if (!text_fits(f, s))
		return expected_text(at, f, v);
	*(const char **)member = s;
	return NULL;
}

static struct error *load_integer(const struct json_place *at, const struct field *f,
				  const json_t *v, char *member)
{
	json_int_t i = json_integer_value(v);
	if (json_is_integer(v) && i >= f->min && i <= f->max) {
		*(int64_t *)member = i;
		return NULL;
	}
	char expected[80];
	snprintf(expected, sizeof(expected), "an integer from %jd to %jd", (intmax_t)f->min,
		 (intmax_t)f->max);
	return unexpected(at, expected, v);
}

static struct error *load_record(struct loader *l, const struct json_place *at,
				 const struct record *record, const json_t *object, char *out);

static struct error *load_list(struct loader *l, const struct json_place *at, const struct field *f,
			       const json_t *v, char *base)
{
	if (!json_is_array(v))
		return unexpected(at, "an array", v);
	size_t count = json_array_size(v);
	char *items = arena_new(l->arena, count, f->record->size);
	for (size_t i = 0; i < count; i++) {
		struct json_place element = {at->file, at, NULL, i};
		TRY(load_record(l, &element, f->record, json_array_get(v, i),
				items + i * f->record->size));
	}
	*(char **)(base + f->offset) = items;
	*(size_t *)(base + f->count_offset) = count;
	return NULL;
}

static struct error *load_texts(struct loader *l, const struct json_place *at,
				const struct field *f, const json_t *v, char *base)
{
	if (!json_is_array(v))
		return unexpected(at, "an array of strings", v);
	size_t count = json_array_size(v);
	const char **items = arena_new(l->arena, count, sizeof(*items));
	for (size_t i = 0; i < count; i++) {
		struct json_place element = {at->file, at, NULL, i};
		const json_t *item = json_array_get(v, i);
		if (!json_is_string(item))
			return unexpected(&element, "a string", item);
		char *s = copy_text(l, item);
		blank_controls(s);
		items[i] = s;
	}
	*(const char ***)(base + f->offset) = items;
	*(size_t *)(base + f->count_offset) = count;
	return NULL;
}

static struct error *load_number(const struct json_place *at, const json_t *v, double *out)
{
	// The largest ones would be rounded to infinity when they are written with 15 digits.
	if (!json_is_number(v) || !(fabs(json_number_value(v)) <= 1e308))
		return unexpected(at, "a number", v);
	*out = json_number_value(v);
	return NULL;
}

static struct error *load_numbers(struct loader *l, const struct json_place *at,
				  const struct field *f, const json_t *v, char *base)
{
	if (!json_is_array(v))
		return unexpected(at, "an array of numbers", v);
	size_t count = json_array_size(v);
	double *items = arena_new(l->arena, count, sizeof(*items));
	for (size_t i = 0; i < count; i++) {
		struct json_place element = {at->file, at, NULL, i};
		TRY(load_number(&element, json_array_get(v, i), &items[i]));
	}
	*(double **)(base + f->offset) = items;
	*(size_t *)(base + f->count_offset) = count;
	return NULL;
}

static struct error *load_field(struct loader *l, const struct json_place *at,
				const struct field *f, const json_t *v, char *base)
{
	char *member = base + f->offset;
	switch (f->type) {
	case FIELD_TEXT:
	case FIELD_BLOCK:
	case FIELD_WORD:
	case FIELD_TIME:
	case FIELD_HEX:
		return load_text(l, at, f, v, member);
	case FIELD_INTEGER:
		return load_integer(at, f, v, member);
	case FIELD_NUMBER:
		return load_number(at, v, (double *)member);
	case FIELD_FLAG:
	case FIELD_MARK:
	case FIELD_ANSWER:
		if (!json_is_boolean(v))
			return unexpected(at, "true or false", v);
		if (f->type == FIELD_ANSWER)
			*(int64_t *)member = json_is_true(v);
		else
			*(bool *)member = json_is_true(v);
		return NULL;
	case FIELD_STATUS:
		if (!json_is_string(v) ||
		    !status_parse(json_string_value(v), (enum status *)member))
			return unexpected(at, "one of FAIL ERROR MISS PASS DONE SKIP", v);
		return NULL;
	case FIELD_OBJECT: {
		char *inner = arena_new(l->arena, 1, f->record->size);
		TRY(load_record(l, at, f->record, v, inner));
		*(char **)member = inner;
		return NULL;
	}
	case FIELD_LIST:
		return load_list(l, at, f, v, base);
	case FIELD_TEXTS:
		return load_texts(l, at, f, v, base);
	case FIELD_NUMBERS:
		return load_numbers(l, at, f, v, base);
	}
	return error_new(ERROR_BUG, "%s: field %s has no type", at->file, f->name);
}

static void set_absent(const struct field *f, char *base)
{
	char *member = base + f->offset;
	if (f->type == FIELD_NUMBER)
		*(double *)member = NAN;
	else if (f->type == FIELD_INTEGER || f->type == FIELD_ANSWER)
		*(int64_t *)member = f->absent;
	else if (f->type == FIELD_STATUS)
		*(enum status *)member = STATUS_NONE;
}

static struct error *load_record(struct loader *l, const struct json_place *at,
				 const struct record *record, const json_t *object, char *out)
{
	if (!json_is_object(object))
		return unexpected(at, "an object", object);
	for (size_t i = 0; i < record->count; i++) {
		const struct field *f = &record->fields[i];
		const json_t *v = json_object_get(object, f->name);
		struct json_place inner = {at->file, at, f->name, 0};
		if (json_is_null(v) && f->nullable) {
			*(int64_t *)(out + f->offset) = -1;
			continue;
		}
		if (json_is_null(v))
			v = NULL;
		if (v)
			TRY(load_field(l, &inner, f, v, out));
		else if (f->required)
			return f->type == FIELD_TEXT || f->type == FIELD_WORD ||
				       f->type == FIELD_TIME || f->type == FIELD_HEX
				   ? expected_text(&inner, f, NULL)
				   : unexpected(&inner, "a value", NULL);
		else
			set_absent(f, out);
	}
	return NULL;
}

struct error *json_fields_parse(const char *name, const char *text, size_t len,
				const struct record *record, struct arena *arena, void *out)
{
	CLEANUP_BUFFER struct buffer repaired = {0};
	if (!utf8_valid(text, len)) {
		utf8_clean(text, len, SIZE_MAX, &repaired);
		text = buffer_str(&repaired);
		len = repaired.len;
	}
	json_error_t why;
	json_t *root = json_loadb(text, len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &why);
	if (!root)
		return error_new_at(ERROR_LAB, name, (size_t)why.line, (size_t)why.column,
				    "not JSON: %s", why.text);
	struct loader loader = {.arena = arena};
	struct json_place top = {.file = name};
	struct error *e = json_is_object(root)
			      ? load_record(&loader, &top, record, root, out)
			      : error_new(ERROR_LAB, "%s: expected a JSON object", name);
	buffer_deinit(&loader.scratch);
	json_decref(root);
	return e;
}

struct error *json_fields_load(const char *path, size_t limit, const struct record *record,
			       struct arena *arena, void *out)
{
	CLEANUP_BUFFER struct buffer text = {0};
	TRY(file_read_regular(path, limit, ERROR_LAB, &text));
	return json_fields_parse(path, buffer_str(&text), text.len, record, arena, out);
}

// ---- writing ------------------------------------------------------------------------------------

static json_t *make_text(const char *s)
{
	return s ? json_text(s, strlen(s)) : NULL;
}

static json_t *make_integer(const struct field *f, int64_t value)
{
	if (f->nullable && value == -1)
		return json_null();
	return f->required || f->kept || value != f->absent ? json_integer(value) : NULL;
}

// Elements `count` of `size` bytes; NULL: there is no list, or one of them is not whole.
static json_t *make_list(const struct field *f, const char *items, size_t count)
{
	json_t *list = items ? json_array() : NULL;
	for (size_t i = 0; list && i < count; i++) {
		json_t *item = f->type == FIELD_LIST
				   ? json_fields_make(f->record, items + i * f->record->size)
			       : f->type == FIELD_TEXTS
				   ? make_text(((const char *const *)(const void *)items)[i])
				   : json_real(((const double *)(const void *)items)[i]);
		if (json_array_append_new(list, item) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

// NULL: it is not said.
static json_t *make_field(const struct field *f, const char *base)
{
	const void *member = base + f->offset;
	switch (f->type) {
	case FIELD_TEXT:
	case FIELD_BLOCK:
	case FIELD_WORD:
	case FIELD_TIME:
	case FIELD_HEX:
		return make_text(*(const char *const *)member);
	case FIELD_INTEGER:
		return make_integer(f, *(const int64_t *)member);
	case FIELD_NUMBER:
		return json_real(*(const double *)member); // refuses NaN
	case FIELD_FLAG:
		return json_boolean(*(const bool *)member);
	case FIELD_MARK:
		return *(const bool *)member ? json_true() : NULL;
	case FIELD_ANSWER:
		return *(const int64_t *)member == f->absent
			   ? NULL
			   : json_boolean(*(const int64_t *)member);
	case FIELD_STATUS:
		return *(const enum status *)member == STATUS_NONE
			   ? NULL
			   : json_string(status_name(*(const enum status *)member));
	case FIELD_OBJECT:
		member = *(const void *const *)member;
		return member ? json_fields_make(f->record, member) : NULL;
	case FIELD_LIST:
	case FIELD_TEXTS:
	case FIELD_NUMBERS:
		return make_list(f, *(const char *const *)member,
				 *(const size_t *)(const void *)(base + f->count_offset));
	}
	return NULL;
}

bool json_fields_change(json_t *document, const struct record *record, const void *from)
{
	for (size_t i = 0; i < record->count; i++) {
		const struct field *f = &record->fields[i];
		json_t *value = make_field(f, from);
		if (!value && f->required)
			return false;
		if (!value)
			json_object_del(document, f->name);
		else if (json_equal(value, json_object_get(document, f->name)))
			json_decref(value);
		else
			json_object_set_new_nocheck(document, f->name, value);
	}
	return true;
}

json_t *json_fields_make(const struct record *record, const void *from)
{
	json_t *o = json_object();
	if (json_fields_change(o, record, from))
		return o;
	json_decref(o);
	return NULL;
}

char *json_fields_text(const json_t *document)
{
	return document ? json_dumps(document, JSON_INDENT(1) | JSON_REAL_PRECISION(15)) : NULL;
}

char *json_fields_print(const struct record *record, const void *from)
{
	json_t *o = json_fields_make(record, from);
	char *text = json_fields_text(o);
	json_decref(o);
	return text;
}

struct error *json_fields_write(const char *path, const struct record *record, const void *from)
{
	CLEANUP_FREE char *text = json_fields_print(record, from);
	return text ? file_write_atomic(path, text, strlen(text))
		    : error_new(ERROR_BUG, "%s could not be put together", path);
}

void json_fields_print_line(const struct record *record, const void *from, struct buffer *out)
{
	json_t *o = json_fields_make(record, from);
	CLEANUP_FREE char *text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(15));
	json_decref(o);
	buffer_printf(out, "%s\n", text ? text : "{}");
}
