// SPDX-License-Identifier: GPL-2.0-or-later
// What lava-run 2023.01 and 2026.10 wrote (tests/data/lava) gives back what the board said, whatever the
// pieces in which it comes, and how the job ended.
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"
#include "lava/ending.h"
#include "lava/log.h"
#include "text/utf8.h"

struct scene {
	struct buffer console, results, others;
	struct lava_ending ending;
	size_t strays, too_long;
	struct lava_log *log;
};

static void scene_deinit(struct scene *s)
{
	buffer_deinit(&s->console);
	buffer_deinit(&s->results);
	buffer_deinit(&s->others);
	lava_ending_deinit(&s->ending);
	lava_log_free(s->log);
}
#define CLEANUP_SCENE CLEANUP(scene_deinit) struct scene

static void on_console(void *arg, const char *bytes, size_t len)
{
	struct scene *s = arg;
	buffer_append(&s->console, bytes, len);
}

static void append(struct buffer *out, const char *name, struct lava_text text)
{
	if (text.ptr)
		buffer_printf(out, " %s=%.*s", name, (int)text.len, text.ptr);
}

static void on_record(void *arg, const struct lava_record *r)
{
	struct scene *s = arg;
	lava_ending_take(&s->ending, r);
	s->strays += r->level == LAVA_STRAY;
	s->too_long += r->too_long;
	if (!r->results) {
		buffer_printf(&s->others, "%d", (int)r->level);
		append(&s->others, "", r->message);
		buffer_append_str(&s->others, "\n");
		return;
	}
	append(&s->results, "in", r->results->definition);
	append(&s->results, "case", r->results->name);
	append(&s->results, "result", r->results->result);
	append(&s->results, "value", r->results->measurement);
	append(&s->results, "unit", r->results->units);
	buffer_append_str(&s->results, "\n");
}

static struct scene *begin(struct scene *s)
{
	struct lava_log_events events = {.console = on_console, .record = on_record, .arg = s};
	s->log = lava_log_new(&events);
	return s;
}

static void feed(struct scene *s, const char *text, size_t len, size_t piece)
{
	for (size_t at = 0; at < len; at += piece) {
		// Without room behind it, so that reading past the end is seen.
		size_t now = len - at < piece ? len - at : piece;
		CLEANUP_FREE char *copy = memory_strndup(text + at, now);
		copy = memory_grow(copy, now, 1);
		memcpy(copy, text + at, now);
		lava_log_feed(s->log, copy, now);
	}
	lava_log_end(s->log);
}

static void load(struct scene *s, const char *name, const char *version, size_t piece)
{
	CLEANUP_BUFFER struct buffer text = {0};
	CLEANUP_FREE char *path = memory_printf("tests/data/lava/%s-%s.yaml", name, version);
	assert_null(file_read(path, 1 << 20, ERROR_SYSTEM, &text));
	feed(begin(s), text.data, text.len, piece);
}

static void same(const struct buffer *found, const char *wanted, size_t len)
{
	if (found->len == len && memcmp(found->data, wanted, len) == 0)
		return;
	size_t at = 0;
	while (at < found->len && at < len && found->data[at] == wanted[at])
		at++;
	fail_msg("differs at byte %zu of %zu (%zu expected): \"%.*s\", expected \"%.*s\"", at,
		 found->len, len, (int)(found->len - at < 60 ? found->len - at : 60),
		 buffer_str(found) + at, (int)(len - at < 60 ? len - at : 60), wanted + at);
}

// ---- the console --------------------------------------------------------------------------------

// The part of a console's bytes that a LAVA leaves in its log, by what its source does to them.
static void left_by_lava(const struct buffer *source, bool old, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer text = {0};
	for (size_t i = 0; i < source->len;) {
		uint32_t code;
		bool ok;
		size_t len = utf8_decode(source->data + i, source->len - i, &code, &ok);
		buffer_append_code_point(&text, code);
		i += len;
	}
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];
		bool ends = text.data[i + 1] == '\n' ||
			    (c == '\r' && text.data[i + 1] == '\r' && text.data[i + 2] == '\n');
		if (c == 0x1b || (c == '\r' && (old || ends)))
			continue;
		buffer_append(out, &c, 1);
		if (old && c == '\n' && text.data[i + 1] == '\n')
			i++;
	}
	buffer_append(out, "\n", 1);
}

static void odd_bytes_are_the_boards(void **state)
{
	(void)state;
	static const char *const versions[] = {"2023.01", "2026.10"};
	static const size_t pieces[] = {1, 7, 4096, 1 << 20};
	CLEANUP_BUFFER struct buffer source = {0};
	assert_null(file_read("tests/data/lava/odd.console", 1 << 20, ERROR_SYSTEM, &source));
	for (size_t v = 0; v < 2; v++) {
		CLEANUP_BUFFER struct buffer wanted = {0};
		left_by_lava(&source, v == 0, &wanted);
		for (size_t p = 0; p < 4; p++) {
			CLEANUP_SCENE s = {0};
			load(&s, "odd", versions[v], pieces[p]);
			same(&s.console, wanted.data, wanted.len);
			assert_string_equal(lava_log_version(s.log), versions[v]);
			assert_int_equal(s.strays, 0);
		}
	}
}

// 2023.01 mixes what it types into the console's text, 2026.10 does not: the same session says the same.
static void typing_is_taken_out(void **state)
{
	(void)state;
	CLEANUP_SCENE old = {0}, new = {0};
	load(&old, "uboot", "2023.01", 4096);
	load(&new, "uboot", "2026.10", 4096);
	same(&old.console, new.console.data, new.console.len);
	assert_non_null(strstr(buffer_str(&old.console),
			       "autoboot:  2 \b\b\b 0 \n=> setenv greeting \"hello world\"\n"
			       "=> printenv greeting\ngreeting=hello world\n"
			       "=> echo a \"b\" c\na b c\n"));
}

struct lines {
	const char *log, *console;
};

#define INPUT(text)  "{\"lvl\": \"input\", \"msg\": \"" text "\"}\n"
#define TARGET(text) "{\"lvl\": \"target\", \"msg\": \"" text "\"}\n"
#define OLD          "{\"lvl\": \"info\", \"msg\": \"lava-dispatcher, installed at version: 2023.01-2\"}\n"
#define NEW          "{\"lvl\": \"info\", \"msg\": \"lava-dispatcher, installed at version: 2024.01\"}\n"

static void check_lines(const struct lines *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		CLEANUP_SCENE s = {0};
		feed(begin(&s), cases[i].log, strlen(cases[i].log), 3);
		same(&s.console, cases[i].console, strlen(cases[i].console));
	}
}

static void typing_line_by_line(void **state)
{
	(void)state;
	static const struct lines cases[] = {
	    // An empty line typed; two line ends typed, which are one after the other in the log.
	    {OLD INPUT("\\n") TARGET("=> ") TARGET("x"), "=> x\n"},
	    {OLD INPUT("\\n\\n") TARGET("=> ") TARGET("") TARGET("x"), "=> x\n"},
	    // A text of two lines, and one that has no line end of its own.
	    {OLD INPUT("a\\nb\\n") TARGET("=> a") TARGET("b") TARGET("a"), "=> a\n"},
	    {OLD INPUT("a\\nb") TARGET("=> a"), "=> a\n"},
	    // Quotes; a carriage return and ESC that the log leaves out.
	    {OLD INPUT("a\\r\\e\\\"\\n") TARGET("> a\\\\\\\"") TARGET("y"), "> y\n"},
	    // The text did not come: nothing is taken out, now or later.
	    {OLD INPUT("abc\\n") TARGET("bc") TARGET("=> abc"), "bc\n=> abc\n"},
	    {OLD INPUT("abc\\nd\\n") TARGET("abc") TARGET("dd") TARGET("d"), "dd\nd\n"},
	    // Keys: where they stand, in their order, once.
	    {OLD INPUT("c") TARGET("a\\x03b\\x03"), "ab\x03\n"},
	    {OLD INPUT("c") INPUT("D") TARGET("a\\x03b\\x04"), "ab\n"},
	    {OLD INPUT("c") INPUT("x\\n") TARGET("a\\x03b x"), "ab "},
	    {OLD INPUT("[") TARGET("a\\x03"), "a\x03\n"},
	    {NEW INPUT("c") TARGET("a\\x03b"), "a\x03"
					       "b\n"},
	    // LAVA that tells typing apart.
	    {NEW INPUT("abc") TARGET("=> abc"), "=> abc\n"},
	};
	check_lines(cases, sizeof(cases) / sizeof(cases[0]));
}

static void quotes_by_version(void **state)
{
	(void)state;
	static const struct lines cases[] = {
	    {OLD TARGET("\\\\\\\"a\\\\\\\"\\\\\\\"\\\\\\\\\\\""), "\"a\"\"\\\"\n"},
	    {NEW TARGET("\\\\\\\"a\\\""), "\\\"a\"\n"},
	    // Not told: by the quotes themselves. One without a backslash is of a LAVA that adds none.
	    {TARGET("\\\\\\\"a\\\\\\\""), "\"a\"\n"},
	    {TARGET("\\\"") TARGET("\\\\\\\"a"), "\"\n\\\"a\n"},
	    {OLD TARGET("a\\\"") TARGET("\\\\\\\"a"), "a\"\n\\\"a\n"},
	    {"{\"lvl\": \"info\", \"msg\": \"lava-dispatcher, installed at version: x\"}\n" TARGET(
		 "\\\\\\\""),
	     "\"\n"},
	};
	check_lines(cases, sizeof(cases) / sizeof(cases[0]));
}

static void feedback_of_its_connection(void **state)
{
	(void)state;
	CLEANUP_SCENE s = {0};
	static const char text[] = "{\"lvl\": \"feedback\", \"msg\": \"a\", \"ns\": \"common\"}\n"
				   "{\"lvl\": \"feedback\", \"msg\": \"b\", \"ns\": \"other\"}\n"
				   "{\"lvl\": \"feedback\", \"msg\": \"c\"}\n";
	feed(begin(&s), text, sizeof(text) - 1, 5);
	same(&s.console, "a\nc\n", 4);
}

// ---- records ------------------------------------------------------------------------------------

static void records_of_any_shape(void **state)
{
	(void)state;
	CLEANUP_SCENE s = {0};
	static const char text[] =
	    "- {\"msg\": [\"a\", [\"b\"], {\"c\": \"d\"}], \"lvl\": \"debug\", \"new\": [{\"x\": "
	    "[]}]}\r\n"
	    "\n- \n"
	    "{\"dt\": \"t\", \"lvl\": \"novel\", \"msg\": \"m\"}\n"
	    "{\"lvl\": \"target\"}\n"
	    "sudo: a password is required\n"
	    "{\"lvl\": \"target\", \"msg\": \"open\n"
	    "{\"msg\": \"no level\"}\n"
	    "{\"lvl\": \"info\"} {\n"
	    "{[]: \"lvl\", \"lvl\": \"info\"}\n"
	    "{\"lvl\": \"results\", \"msg\": {\"skip\": \"line way too long ...\"}}\n"
	    "{\"lvl\": \"target\", \"msg\": \"<line way too long ...>\"}\n"
	    "{\"lvl\": \"event\", \"msg\": \"last\"}";
	feed(begin(&s), text, sizeof(text) - 1, 11);
	assert_string_equal(buffer_str(&s.others), "4 =a\nb\nc\nd\n"
						   "10 =m\n"
						   "0\n"
						   "11 =sudo: a password is required\n"
						   "11 ={\"lvl\": \"target\", \"msg\": \"open\n"
						   "11 ={\"msg\": \"no level\"}\n"
						   "11 ={\"lvl\": \"info\"} {\n"
						   "11 ={[]: \"lvl\", \"lvl\": \"info\"}\n"
						   "0 =<line way too long ...>\n"
						   "9 =last\n");
	assert_int_equal(s.too_long, 2);
	assert_string_equal(s.ending.stray, "{[]: \"lvl\", \"lvl\": \"info\"}");
	same(&s.console, "<line way too long ...>\n", 24);
}

static void a_line_without_end_is_bounded(void **state)
{
	(void)state;
	size_t len = LAVA_LINE_MAX + 10;
	CLEANUP_FREE char *text = memory_new(len + 1, 1);
	memset(text, 'x', len);
	memcpy(text, "{\"lvl\": \"target\", \"msg\": \"", 26);
	memcpy(text + len - 2, "\"}", 2);
	text[len] = '\n';
	for (size_t piece = 1 << 16; piece <= len + 1; piece = piece < len ? len + 1 : len + 2) {
		CLEANUP_SCENE s = {0};
		feed(begin(&s), text, len + 1, piece);
		assert_int_equal(s.strays, 1);
		assert_int_equal(s.console.len, 0);
		assert_int_equal(strlen(s.ending.stray), 4096);
		feed(&s, TARGET("on"), strlen(TARGET("on")), 8);
		same(&s.console, "on\n", 3);
	}
}

static void results_of_tests(void **state)
{
	(void)state;
	static const char *const versions[] = {"2023.01", "2026.10"};
	for (size_t v = 0; v < 2; v++) {
		CLEANUP_SCENE s = {0};
		load(&s, "good", versions[v], 100);
		assert_non_null(strstr(buffer_str(&s.results),
				       " in=mmfarm case=one result=pass value=12.5 unit=ns\n"
				       " in=mmfarm case=two result=fail"));
		assert_non_null(strstr(buffer_str(&s.results), " in=lava case=job result=pass\n"));
		assert_true(s.ending.ended);
		assert_int_equal(s.ending.error, LAVA_ERROR_NONE);
		assert_null(s.ending.step);
		assert_non_null(
		    strstr(buffer_str(&s.console), "END\nafter the \"end\"\nand more\n"));
	}
}

// ---- endings ------------------------------------------------------------------------------------

static void word(const char *found, const char *wanted, const char *of)
{
	if (wanted ? !found || !strstr(found, wanted) : found != NULL)
		fail_msg("%s: \"%s\", expected \"%s\"", of, found ? found : "(nothing)",
			 wanted ? wanted : "(nothing)");
}

static void every_kind_of_error(void **state)
{
	(void)state;
	static const struct {
		const char *name, *version;
		enum lava_error error;
		const char *message, *step, *level;
	} cases[] = {
	    {"infra", NULL, LAVA_ERROR_INFRASTRUCTURE, "Unable to reboot", "pdu-reboot", "1.2.1"},
	    {"closed", NULL, LAVA_ERROR_INFRASTRUCTURE, "Connection closed", "lava-test-monitor",
	     "2.1"},
	    {"test", NULL, LAVA_ERROR_TEST, "timed out", "lava-test-monitor", "2.1"},
	    {"canceled", NULL, LAVA_ERROR_CANCELED, "canceled", "lava-test-monitor", "2.1"},
	    {"configuration", NULL, LAVA_ERROR_CONFIGURATION, "boot_retry", NULL, NULL},
	    {"bug", NULL, LAVA_ERROR_BUG, "'parameters'", NULL, NULL},
	    {"job", "2023.01", LAVA_ERROR_JOB, "Unable to flash", "flasher", "1.1"},
	    {"job", "2026.10", LAVA_ERROR_INFRASTRUCTURE, "Unable to flash", "flasher", "1.1"},
	    {"panic", NULL, LAVA_ERROR_JOB, "Kernel panic - not syncing", "kernel-messages", NULL},
	};
	static const char *const versions[] = {"2023.01", "2026.10"};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t v = 0; v < 2; v++) {
			if (cases[i].version && strcmp(cases[i].version, versions[v]) != 0)
				continue;
			CLEANUP_SCENE s = {0};
			load(&s, cases[i].name, versions[v], 1000);
			word(lava_error_name(s.ending.error), lava_error_name(cases[i].error),
			     cases[i].name);
			assert_true(s.ending.ended);
			word(s.ending.message, cases[i].message, cases[i].name);
			word(s.ending.step, cases[i].step, cases[i].name);
			if (cases[i].level)
				word(s.ending.level, cases[i].level, cases[i].name);
		}
	}
}

// lava-run was killed: each beginning of a log has no end.
static void a_log_cut_short_has_not_ended(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer text = {0};
	assert_null(file_read("tests/data/lava/good-2023.01.yaml", 1 << 20, ERROR_SYSTEM, &text));
	size_t last = text.len - 1;
	while (text.data[last - 1] != '\n')
		last--;
	for (size_t len = 0; len < text.len - 2; len += len < last - 200 ? 97 : 1) {
		CLEANUP_SCENE s = {0};
		feed(begin(&s), text.data, len, 4096);
		assert_false(s.ending.ended);
	}
}

static void names_of_errors(void **state)
{
	(void)state;
	for (enum lava_error e = LAVA_ERROR_INFRASTRUCTURE; e <= LAVA_ERROR_UNKNOWN; e++) {
		const char *name = lava_error_name(e);
		assert_int_equal(lava_error_parse((struct lava_text){name, strlen(name)}), e);
	}
	assert_int_equal(lava_error_parse((struct lava_text){"Jobs", 4}), LAVA_ERROR_UNKNOWN);
	assert_int_equal(lava_error_parse((struct lava_text){0}), LAVA_ERROR_UNKNOWN);
	assert_string_equal(lava_error_name(LAVA_ERROR_NONE), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(odd_bytes_are_the_boards),
	    cmocka_unit_test(typing_is_taken_out),
	    cmocka_unit_test(typing_line_by_line),
	    cmocka_unit_test(quotes_by_version),
	    cmocka_unit_test(feedback_of_its_connection),
	    cmocka_unit_test(records_of_any_shape),
	    cmocka_unit_test(a_line_without_end_is_bounded),
	    cmocka_unit_test(results_of_tests),
	    cmocka_unit_test(every_kind_of_error),
	    cmocka_unit_test(a_log_cut_short_has_not_ended),
	    cmocka_unit_test(names_of_errors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
