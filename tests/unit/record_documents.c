// SPDX-License-Identifier: GPL-2.0-or-later
// Every document on disk: what its table writes, its table reads; and docs/ has its keys.
#include "unit/unit.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>

#include "base/file.h"
#include "record/event.h"
#include "record/model.h"
#include "results/series/night_record.h"

static const struct {
	const char *name;
	const struct record *record;
} documents[] = {
    {"run.json", &run_document},
    {"batch.json", &batch_document},
    {"events.jsonl", &event_document},
    {"timing.json", &night_document},
};

#define EACH_DOCUMENT(i) (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++)

// ---- filling ------------------------------------------------------------------------------------

struct filler {
	struct arena arena;
	unsigned next;
	bool all; // false: only what every document needs
};

static const char *text_for(struct filler *f, const struct field *field)
{
	char text[80];
	unsigned n = f->next++;
	switch (field->type) {
	case FIELD_TIME:
		snprintf(text, sizeof(text), "2026-06-04T%02u:%02u:%02uZ", n / 3600 % 24,
			 n / 60 % 60, n % 60);
		break;
	case FIELD_HEX:
		snprintf(text, sizeof(text), "%0*x", (int)field->width, n);
		break;
	case FIELD_BLOCK:
		snprintf(text, sizeof(text), "two\n\tlines \"%u\" \xe2\x82\xac", n);
		break;
	default:
		snprintf(text, sizeof(text), "%s%u", field->type == FIELD_WORD ? "w" : "a text ",
			 n);
	}
	return arena_strndup(&f->arena, text, strlen(text));
}

static void fill(struct filler *f, const struct record *record, char *base);

static void fill_many(struct filler *f, const struct field *field, char *base)
{
	size_t size = field->type == FIELD_LIST    ? field->record->size
		      : field->type == FIELD_TEXTS ? sizeof(char *)
						   : sizeof(double);
	char *items = arena_new(&f->arena, 2, size);
	for (size_t i = 0; i < 2; i++) {
		void *item = items + i * size;
		if (field->type == FIELD_LIST)
			fill(f, field->record, item);
		else if (field->type == FIELD_TEXTS)
			*(const char **)item = text_for(f, &(struct field){.type = FIELD_WORD});
		else
			*(double *)item = f->next++ + 0.25;
	}
	*(char **)(base + field->offset) = items;
	*(size_t *)(void *)(base + field->count_offset) = 2;
}

static int64_t integer_for(struct filler *f, const struct field *field)
{
	uint64_t range = (uint64_t)(field->max - field->min);
	int64_t value = field->min + (int64_t)(f->next++ % (range < 1000 ? range : 1000));
	return value == field->absent ? value + 1 : value;
}

static void fill_field(struct filler *f, const struct field *field, char *base)
{
	void *member = base + field->offset;
	switch (field->type) {
	case FIELD_TEXT:
	case FIELD_BLOCK:
	case FIELD_WORD:
	case FIELD_TIME:
	case FIELD_HEX:
		*(const char **)member = text_for(f, field);
		break;
	case FIELD_INTEGER:
		*(int64_t *)member = integer_for(f, field);
		break;
	case FIELD_NUMBER:
		*(double *)member = f->next++ + 0.125;
		break;
	case FIELD_FLAG:
	case FIELD_MARK:
		*(bool *)member = true;
		break;
	case FIELD_ANSWER:
		*(int64_t *)member = f->next++ % 2;
		break;
	case FIELD_STATUS:
		*(enum status *)member = (enum status)(f->next++ % STATUS_COUNT);
		break;
	case FIELD_OBJECT:
		*(char **)member = arena_new(&f->arena, 1, field->record->size);
		fill(f, field->record, *(char **)member);
		break;
	case FIELD_LIST:
	case FIELD_TEXTS:
	case FIELD_NUMBERS:
		fill_many(f, field, base);
		break;
	}
}

static void leave_out(const struct field *field, char *base)
{
	void *member = base + field->offset;
	if (field->type == FIELD_NUMBER)
		*(double *)member = NAN;
	else if (field->type == FIELD_INTEGER || field->type == FIELD_ANSWER)
		*(int64_t *)member = field->absent;
	else if (field->type == FIELD_STATUS)
		*(enum status *)member = STATUS_NONE;
}

static void fill(struct filler *f, const struct record *record, char *base)
{
	for (size_t i = 0; i < record->count; i++)
		if (f->all || record->fields[i].required)
			fill_field(f, &record->fields[i], base);
		else
			leave_out(&record->fields[i], base);
}

// ---- comparing ----------------------------------------------------------------------------------

static void compare(const struct record *record, const char *a, const char *b);

static void compare_many(const struct field *f, const char *a, const char *b, size_t count)
{
	if (f->type == FIELD_NUMBERS && count)
		assert_memory_equal(a, b, count * sizeof(double));
	for (size_t i = 0; i < count; i++)
		if (f->type == FIELD_LIST)
			compare(f->record, a + i * f->record->size, b + i * f->record->size);
		else if (f->type == FIELD_TEXTS)
			assert_string_equal(((const char *const *)(const void *)a)[i],
					    ((const char *const *)(const void *)b)[i]);
}

static void compare_pointers(const struct field *f, const char *a, const char *b, size_t count)
{
	if (!a || !b)
		assert_ptr_equal(a, b);
	else if (f->type == FIELD_OBJECT)
		compare(f->record, a, b);
	else if (f->type >= FIELD_LIST)
		compare_many(f, a, b, count);
	else
		assert_string_equal(a, b);
}

static void compare(const struct record *record, const char *a, const char *b)
{
	for (size_t i = 0; i < record->count; i++) {
		const struct field *f = &record->fields[i];
		const void *x = a + f->offset, *y = b + f->offset;
		size_t count = 0;
		if (f->type == FIELD_NUMBER)
			assert_true(*(const double *)x == *(const double *)y ||
				    (isnan(*(const double *)x) && isnan(*(const double *)y)));
		else if (f->type == FIELD_FLAG || f->type == FIELD_MARK)
			assert_int_equal(*(const bool *)x, *(const bool *)y);
		else if (f->type == FIELD_STATUS)
			assert_int_equal(*(const enum status *)x, *(const enum status *)y);
		else if (f->type == FIELD_INTEGER || f->type == FIELD_ANSWER)
			assert_int_equal(*(const int64_t *)x, *(const int64_t *)y);
		else {
			if (f->type >= FIELD_LIST) {
				count = *(const size_t *)(const void *)(a + f->count_offset);
				assert_int_equal(
				    count, *(const size_t *)(const void *)(b + f->count_offset));
			}
			compare_pointers(f, *(const char *const *)x, *(const char *const *)y,
					 count);
		}
	}
}

// ---- tests --------------------------------------------------------------------------------------

static void assert_round_trip(const char *name, const struct record *record, bool all)
{
	struct filler f = {.next = 1, .all = all};
	char *from = arena_new(&f.arena, 1, record->size);
	char *to = arena_new(&f.arena, 1, record->size);
	fill(&f, record, from);
	char *text = json_fields_print(record, from);
	assert_non_null(text);
	struct error *e = json_fields_parse(name, text, strlen(text), record, &f.arena, to);
	if (e)
		fail_msg("%s", error_text(e));
	compare(record, from, to);
	json_t *o = json_loads(text, 0, NULL);
	assert_true(!all || json_object_size(o) == record->count);
	json_decref(o);
	free(text);
	arena_deinit(&f.arena);
}

static void what_is_written_is_read_as_it_was(void **state)
{
	(void)state;
	for
		EACH_DOCUMENT(i)
	assert_round_trip(documents[i].name, documents[i].record, true);
}

static void what_is_not_said_is_not_written(void **state)
{
	(void)state;
	for
		EACH_DOCUMENT(i)
	assert_round_trip(documents[i].name, documents[i].record, false);
}

static void a_document_without_what_it_needs_is_not_written(void **state)
{
	(void)state;
	for
		EACH_DOCUMENT(i)
		{
			struct arena arena = {0};
			const void *empty = arena_new(&arena, 1, documents[i].record->size);
			assert_null(json_fields_make(documents[i].record, empty));
			arena_deinit(&arena);
		}
}

static void a_change_leaves_what_it_does_not_know(void **state)
{
	(void)state;
	static const char text[] = "{\"path\":\"a.b\",\"of_tomorrow\":[1],\"status\":\"PASS\","
				   "\"comment\":\"old\",\"line\":7}";
	const struct record *test = NULL;
	for (size_t i = 0; i < run_document.count; i++)
		if (strcmp(run_document.fields[i].name, "tests") == 0)
			test = run_document.fields[i].record;
	struct arena arena = {0};
	struct test t = {0};
	assert_null(json_fields_parse("t", text, strlen(text), test, &arena, &t));
	t.comment = NULL;
	t.line = 8;
	json_t *o = json_loads(text, 0, NULL);
	assert_true(json_fields_change(o, test, &t));
	char *changed = json_dumps(o, JSON_COMPACT);
	assert_string_equal(
	    changed, "{\"path\":\"a.b\",\"of_tomorrow\":[1],\"status\":\"PASS\",\"line\":8}");
	free(changed);
	json_decref(o);
	arena_deinit(&arena);
}

// What older versions wrote: no rules_version, no hand-over, and a silence that was called a deadline.
static void an_old_run_is_read(void **state)
{
	(void)state;
	static const char text[] =
	    "{\"format\":\"mmfarm-run/"
	    "1\",\"id\":\"r\",\"batch\":\"b\",\"job\":\"j\",\"variant\":\"v\","
	    "\"attempt\":1,\"board\":{\"name\":\"n\",\"type\":\"t\"},\"payload\":{\"kind\":"
	    "\"kernel\","
	    "\"name\":\"Image\",\"sha256\":\"\"},\"start_time\":\"2026-06-04T01:00:00Z\","
	    "\"verdict\":\"FAIL\",\"reason\":\"\",\"log\":{\"file\":\"console.raw\"},"
	    "\"end\":{\"console\":\"deadline\",\"board\":\"unknown\",\"interrupted\":false},"
	    "\"findings\":[{\"line\":1,\"class\":\"warn\",\"title\":\"t\","
	    "\"sig2\":\"0123456789abcdef\"}]}";
	struct arena arena = {0};
	const struct run *r;
	struct error *e = model_parse_run("run.json", text, strlen(text), &arena, &r);
	if (e)
		fail_msg("%s", error_text(e));
	assert_int_equal(r->rules_version, MODEL_UNKNOWN);
	assert_int_equal(r->findings[0].rules_version, 1);
	assert_int_equal(r->log->handover, 0);
	assert_true(isnan(r->end->after));
	assert_null(r->payload->sha256);
	assert_null(r->tests);
	arena_deinit(&arena);
}

static void what_was_not_handed_over_is_null(void **state)
{
	(void)state;
	struct arena arena = {0};
	const struct run_log log = {.file = "console.raw", .away = NAN, .handover = -1};
	const struct run_log zero = {.file = "console.raw", .away = NAN};
	const struct record *record = NULL;
	for (size_t i = 0; i < run_document.count; i++)
		if (strcmp(run_document.fields[i].name, "log") == 0)
			record = run_document.fields[i].record;
	json_t *o = json_fields_make(record, &log);
	assert_true(json_is_null(json_object_get(o, "handover")));
	json_decref(o);
	o = json_fields_make(record, &zero);
	assert_true(json_is_integer(json_object_get(o, "handover")));
	json_decref(o);
	arena_deinit(&arena);
}

// ---- docs/run-directory.md ----------------------------------------------------------------------

static bool has_word(const char *text, const char *word)
{
	char quoted[80];
	snprintf(quoted, sizeof(quoted), "`%s`", word);
	return strstr(text, quoted) != NULL;
}

static bool has_key(const struct record *record, const char *word, size_t len)
{
	for (size_t i = 0; i < record->count; i++) {
		const struct field *f = &record->fields[i];
		if (strlen(f->name) == len && strncmp(f->name, word, len) == 0)
			return true;
		if (f->record && has_key(f->record, word, len))
			return true;
	}
	return false;
}

static unsigned untold;

static void look_for(const char *section, const struct record *record)
{
	for (size_t i = 0; i < record->count; i++) {
		if (!has_word(section, record->fields[i].name) &&
		    strcmp(record->fields[i].name, "format") != 0) {
			print_error("docs/run-directory.md does not tell of `%s`\n",
				    record->fields[i].name);
			untold++;
		}
		if (record->fields[i].record)
			look_for(section, record->fields[i].record);
	}
}

// The words of the first column are keys.
static void assert_known(const char *section, const struct record *record)
{
	for (const char *line = strstr(section, "\n| `"); line; line = strstr(line + 1, "\n| `")) {
		const char *end = strstr(line, " | ");
		for (const char *p = strchr(line, '`'); p && p < end; p = strchr(p, '`')) {
			size_t len = strcspn(++p, "`");
			if (!has_key(record, p, len))
				fail_msg("docs/run-directory.md has a key `%.*s` that is none",
					 (int)len, p);
			p += len + 1;
		}
	}
}

static void the_page_has_the_keys_of_run_and_batch(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer page = {0};
	assert_null(file_read_regular("docs/run-directory.md", 1 << 20, ERROR_SYSTEM, &page));
	char *run = strstr(buffer_str(&page), "\n## run.json");
	char *batch = strstr(buffer_str(&page), "\n## batch.json");
	assert_true(run && batch && run < batch);
	*batch++ = '\0';
	look_for(run, &run_document);
	assert_known(run, &run_document);
	look_for(batch, &batch_document);
	assert_known(batch, &batch_document);
	assert_int_equal(untold, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_written_is_read_as_it_was),
	    cmocka_unit_test(what_is_not_said_is_not_written),
	    cmocka_unit_test(a_document_without_what_it_needs_is_not_written),
	    cmocka_unit_test(a_change_leaves_what_it_does_not_know),
	    cmocka_unit_test(an_old_run_is_read),
	    cmocka_unit_test(what_was_not_handed_over_is_null),
	    cmocka_unit_test(the_page_has_the_keys_of_run_and_batch),
	};
	return cmocka_run_group_tests_name("record/documents", tests, NULL, NULL);
}
