// SPDX-License-Identifier: GPL-2.0-or-later
// What must hold for every stream: the same bytes tell the same, however they arrive.
#include "unit/unit.h"

#include <glob.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"
#include "unit/detect_collect.h"

static void read_log(const char *path, struct buffer *out)
{
	struct error *e = file_read(path, 1 << 22, ERROR_SYSTEM, out);
	assert_null(e);
}

// Calls `check` with every shipped log, and with all of them in a row.
static void each_log(void (*check)(const char *name, const struct buffer *log))
{
	glob_t found = {0};
	CLEANUP_BUFFER struct buffer all = {0};
	assert_int_equal(glob("tests/data/splats/*/*.log", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		CLEANUP_BUFFER struct buffer log = {0};
		read_log(found.gl_pathv[i], &log);
		check(found.gl_pathv[i], &log);
		buffer_append(&all, log.data, log.len);
	}
	assert_true(found.gl_pathc >= 30);
	globfree(&found);
	check("all in a row", &all);
}

static void assert_same(const char *name, const struct collected *a, const struct collected *b)
{
	if (strcmp(buffer_str(&a->text), buffer_str(&b->text)) == 0)
		return;
	const char *p = buffer_str(&a->text), *q = buffer_str(&b->text);
	size_t at = 0;
	for (size_t i = 0; p[i] && p[i] == q[i]; i++)
		if (p[i] == '\n')
			at = i + 1;
	fail_msg("%s differs at:\n%.200s\n---\n%.200s", name, p + at, q + at);
}

static void check_chunks(const char *name, const struct buffer *log)
{
	static const size_t chunks[] = {1, 7, 64, 4096};
	CLEANUP_COLLECTED struct collected whole;
	collect(log->data, log->len, &(struct collect_options){0}, &whole);
	for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
		CLEANUP_COLLECTED struct collected c;
		collect(log->data, log->len, &(struct collect_options){.chunk = chunks[i]}, &c);
		assert_same(name, &whole, &c);
	}
}

static void events_do_not_depend_on_chunks(void **state)
{
	(void)state;
	each_log(check_chunks);
}

static void check_pauses(const char *name, const struct buffer *log)
{
	CLEANUP_COLLECTED struct collected whole, paused;
	// A state may be seen earlier when a pause lets the detector look at an unfinished line.
	struct detect_config config = {.mask = DETECT_MASK_ALL & ~DETECT_MASK(DETECT_LINE) &
					       ~DETECT_MASK(DETECT_BOOT)};
	collect(log->data, log->len, &(struct collect_options){.config = config}, &whole);
	collect(log->data, log->len,
		&(struct collect_options){.config = config, .chunk = 5, .ticks = true}, &paused);
	assert_same(name, &whole, &paused);
}

static void findings_do_not_depend_on_pauses(void **state)
{
	(void)state;
	each_log(check_pauses);
}

static void check_fast_path(const char *name, const struct buffer *log)
{
	CLEANUP_COLLECTED struct collected slow, fast;
	unsigned mask = DETECT_MASK_ALL & ~DETECT_MASK(DETECT_LINE);
	struct detect_config quick = {.mask = mask};
	struct detect_config thorough = {.mask = mask | DETECT_MASK(DETECT_EXPLAIN)};
	collect(log->data, log->len, &(struct collect_options){.config = quick}, &fast);
	collect(log->data, log->len, &(struct collect_options){.config = thorough}, &slow);
	assert_same(name, &slow, &fast);
}

static void the_short_cut_for_clean_lines_misses_nothing(void **state)
{
	(void)state;
	each_log(check_fast_path);
}

static void memory_is_bounded(void **state)
{
	(void)state;
	struct detect *d;
	struct error *e = detect_new(NULL, &d);
	assert_null(e);
	assert_true(detect_footprint(d) <= 256 * 1024);
	detect_free(d);
	detect_free(NULL);
}

static void nothing_happens_behind_the_end(void **state)
{
	(void)state;
	struct detect *d;
	struct error *e = detect_new(NULL, &d);
	assert_null(e);
	detect_end(d, DETECT_END_CLOSED, NULL, NULL);
	detect_feed(d, "WARNING: a.c:1 at f, CPU#0: x\n", 30, 0, NULL, NULL);
	detect_tick(d, 1, NULL, NULL);
	detect_end(d, DETECT_END_CLOSED, NULL, NULL);
	detect_free(d);
}

// ---- literals of the site -----------------------------------------------------------------------

static void expect_refusal(const struct detect_literal *literal, const char *why)
{
	struct detect *d = NULL;
	struct detect_config config = {.literals = literal, .literals_count = 1};
	CLEANUP_ERROR struct error *e = detect_new(&config, &d);
	assert_non_null(e);
	assert_int_equal(error_kind(e), ERROR_CONFIG);
	if (!strstr(error_text(e), why))
		fail_msg("\"%s\" does not say \"%s\"", error_text(e), why);
}

static void bad_literals_are_refused_with_the_reason(void **state)
{
	(void)state;
	expect_refusal(&(struct detect_literal){.text = "ab"}, "2 bytes");
	expect_refusal(&(struct detect_literal){.text = "abcd{nonsense}"}, "{nonsense}");
	expect_refusal(&(struct detect_literal){.text = "abcd{n"}, "without \"}\"");
	expect_refusal(&(struct detect_literal){.text = "abcdef", .severity = 9}, "severity 9");
	expect_refusal(&(struct detect_literal){.text = "abcdef", .role = DETECT_LITERAL_STATE},
		       "boot state");
	expect_refusal(&(struct detect_literal){.text = "#mm end"}, "firmware's protocol");
	expect_refusal(&(struct detect_literal){.text = "#w 0000"}, "firmware's protocol");
	expect_refusal(&(struct detect_literal){.text = "{any}{n} abcd", .anchored = true},
		       "no literal");
}

static void literals_of_the_site_find_states_and_silence(void **state)
{
	(void)state;
	static const struct detect_literal literals[] = {
	    {.text = "tea is ready", .severity = 3, .class_name = "kitchen", .id = "TEA"},
	    {.text = "farm> ",
	     .anchored = true,
	     .role = DETECT_LITERAL_STATE,
	     .state = DETECT_STATE_READY},
	    {.text = "BUG: Bad rss-counter", .anchored = true, .role = DETECT_LITERAL_IGNORE},
	};
	struct collect_options options = {.config = {.literals = literals, .literals_count = 3}};
	static const char log[] = "Booting Linux on physical CPU 0x0\n"
				  "[    1.000000] BUG: Bad rss-counter state mm:1 type:2 val:3\n"
				  "[    2.000000] kettle: tea is ready now\n"
				  "farm> \n";
	CLEANUP_COLLECTED struct collected c;
	collect(log, sizeof(log) - 1, &options, &c);
	assert_string_equal(buffer_str(&c.closes), "3 kitchen 3 |TEA\n");
	assert_int_equal(c.outcome, DETECT_OUTCOME_OK);
}

static void note_ready(const struct detect_event *event, void *arg)
{
	bool *ready = arg;
	*ready |= event->kind == DETECT_BOOT && event->boot.state == DETECT_STATE_READY;
}

// The site's own prompt ends no line: a pause shows it. The kernel's words count when they are whole.
static void prompt_of_the_site_is_seen_in_a_pause(void **state)
{
	(void)state;
	static const struct detect_literal literal = {.text = "farm> ",
						      .anchored = true,
						      .role = DETECT_LITERAL_STATE,
						      .state = DETECT_STATE_READY};
	const struct detect_config config = {.literals = &literal, .literals_count = 1};
	static const struct {
		const char *text;
		bool ready;
	} cases[] = {{"farm> ", true},
		     {"farm>", false},
		     {"[    1.000000] Run /init as init process", false}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool ready = false;
		CLEANUP_DETECT struct detect *d = NULL;
		struct error *e = detect_new(&config, &d);
		assert_null(e);
		detect_feed(d, "hello\n", 6, 0, note_ready, &ready);
		detect_feed(d, cases[i].text, strlen(cases[i].text), 1, note_ready, &ready);
		detect_tick(d, INT64_C(60000000000), note_ready, &ready);
		assert_int_equal(ready, cases[i].ready);
	}
}

static void no_literal_takes_a_line_of_the_firmware(void **state)
{
	(void)state;
	static const struct detect_literal literals[] = {
	    {.text = "order=", .severity = 3, .id = "ORDER"},
	};
	struct collect_options options = {.config = {.literals = literals, .literals_count = 1}};
	static const char log[] = "#mm hello order=premap q=0 *3c\n"
				  "# order=premap was asked for\n";
	CLEANUP_COLLECTED struct collected c;
	collect(log, sizeof(log) - 1, &options, &c);
	assert_int_equal(c.records, 1);
	assert_string_equal(buffer_str(&c.closes), "2 site 3 |ORDER\n");
}

static void count_closed(const struct detect_event *event, void *arg)
{
	unsigned *closed = arg;
	*closed += event->kind == DETECT_SPLAT_CLOSE;
}

// Each call tells what it found to whom it names, whoever was told before.
static void each_call_tells_its_own_listener(void **state)
{
	(void)state;
	static const char text[] =
	    "WARNING: CPU: 1 PID: 2 at mm/a.c:3 brew+0x1/0x2\nModules linked in:\nCall trace:\n";
	unsigned fed = 0, handed = 0, ended = 0;
	CLEANUP_DETECT struct detect *d = NULL;
	struct error *e = detect_new(NULL, &d);
	assert_null(e);
	detect_feed(d, text, strlen(text), 0, count_closed, &fed);
	detect_hand_over(d, count_closed, &handed);
	assert_int_equal(handed, 1);
	detect_feed(d, text, strlen(text), 0, count_closed, &fed);
	detect_end(d, DETECT_END_CLOSED, count_closed, &ended);
	assert_int_equal(fed, 0);
	assert_int_equal(handed, 1);
	assert_int_equal(ended, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_call_tells_its_own_listener),
	    cmocka_unit_test(events_do_not_depend_on_chunks),
	    cmocka_unit_test(findings_do_not_depend_on_pauses),
	    cmocka_unit_test(the_short_cut_for_clean_lines_misses_nothing),
	    cmocka_unit_test(memory_is_bounded),
	    cmocka_unit_test(nothing_happens_behind_the_end),
	    cmocka_unit_test(bad_literals_are_refused_with_the_reason),
	    cmocka_unit_test(literals_of_the_site_find_states_and_silence),
	    cmocka_unit_test(prompt_of_the_site_is_seen_in_a_pause),
	    cmocka_unit_test(no_literal_takes_a_line_of_the_firmware),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
