// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include "config/boards.h"
#include "config/farm.h"
#include "config/job.h"
#include "unit/folder.h"

static const char whole[] =
    "detect:\n"
    "  - {text: 'uart: DMA stuck {n}', means: splat, anchored: true, id: DMA,\n"
    "     class: hw, sub: dma, severity: 4, fatal: true}\n"
    "  - {text: \"say \\\"tea\\\"\", means: splat}\n"
    "  - {text: 'farm> ', means: ready}\n"
    "  - {text: 'BUG: harmless', means: ignore}\n"
    "  - {text: 'reset cause: WDT', means: watchdog}\n";

static struct error *parse(const char *text, struct config_file **file, struct literals *out)
{
	TRY(config_file_parse("f.yaml", text, strlen(text), file));
	CLEANUP_CONFIG_MAP struct config_map top = {0};
	TRY(config_map_init(&top, config_file_root(*file)));
	return literals_parse(config_map_find(&top, "detect"), out);
}

static void every_key_reaches_the_detector(void **state)
{
	(void)state;
	CLEANUP_CONFIG_FILE struct config_file *file = NULL;
	CLEANUP_LITERALS struct literals l = {0};
	assert_null(parse(whole, &file, &l));
	assert_int_equal(l.count, 5);
	const struct detect_literal *dma = &l.items[0], *tea = &l.items[1];
	assert_string_equal(dma->text, "uart: DMA stuck {n}");
	assert_string_equal(dma->id, "DMA");
	assert_string_equal(dma->class_name, "hw");
	assert_string_equal(dma->sub, "dma");
	assert_true(dma->anchored && dma->fatal && dma->severity == 4);
	assert_int_equal(tea->role, DETECT_LITERAL_SPLAT);
	assert_true(!tea->class_name && !tea->anchored && !tea->fatal && tea->severity == 3);
	assert_int_equal(l.items[2].role, DETECT_LITERAL_STATE);
	assert_int_equal(l.items[2].state, DETECT_STATE_READY);
	assert_int_equal(l.items[3].role, DETECT_LITERAL_IGNORE);
	assert_int_equal(l.items[4].role, DETECT_LITERAL_WATCHDOG);
	const struct detect_config config = {.literals = l.items, .literals_count = l.count};
	CLEANUP_DETECT struct detect *d = NULL;
	assert_null(detect_new(&config, &d));
}

static void what_is_written_reads_back_the_same(void **state)
{
	(void)state;
	CLEANUP_CONFIG_FILE struct config_file *first = NULL, *second = NULL;
	CLEANUP_LITERALS struct literals l = {0}, again = {0};
	CLEANUP_BUFFER struct buffer once = {0}, twice = {0};
	assert_null(parse(whole, &first, &l));
	literals_dump("", &l, &once);
	assert_null(parse(buffer_str(&once), &second, &again));
	literals_dump("", &again, &twice);
	assert_string_equal(buffer_str(&once), buffer_str(&twice));
	assert_int_equal(again.count, l.count);
}

static void mistakes_are_named_with_their_place(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *message;
	} cases[] = {
	    {"detect: 5\n", "f.yaml:1:9: "},
	    {"detect: [{means: ignore}]\n", "f.yaml:1:10: key \"text\" is missing"},
	    {"detect: [{text: abcd}]\n", "f.yaml:1:10: key \"means\" is missing"},
	    {"detect: [{text: abcd, means: ignore, txet: x}]\n",
	     "f.yaml:1:38: unknown key \"txet\""},
	    {"detect:\n - {text: abcd, means: splatt}\n",
	     "f.yaml:2:24: means \"splatt\", expected one of: splat, ignore, watchdog, "
	     "bootloader, "},
	    {"detect:\n - {text: abcd, means: firmware}\n", "expected one of: splat"},
	    {"detect:\n - {text: abcd, means: splat, class: wran}\n",
	     "f.yaml:2:38: class \"wran\", expected one of: alloc, atomic, badpage, "},
	    {"detect:\n - {text: abcd, means: splat, severity: 6}\n", "f.yaml:2:41: "},
	    {"detect:\n - {text: abcd, means: ready, severity: 4}\n",
	     "f.yaml:2:41: \"severity\" goes with \"means: splat\" only"},
	    {"detect:\n - {text: abc, means: splat}\n",
	     "f.yaml:2:11: literal \"abc\": 3 bytes long"},
	    {"detect:\n - {text: 'ab{tea}cd', means: splat}\n", "f.yaml:2:11: literal"},
	    {"detect:\n - {text: '#mm end', means: ready}\n",
	     "f.yaml:2:11: literal \"#mm end\": a line of the mm firmware's protocol"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP_CONFIG_FILE struct config_file *file = NULL;
		CLEANUP_LITERALS struct literals l = {0};
		CLEANUP_ERROR struct error *e = parse(cases[i].text, &file, &l);
		assert_non_null(e);
		assert_int_equal(error_kind(e), ERROR_CONFIG);
		if (!strstr(error_text(e), cases[i].message))
			fail_msg("\"%s\" does not contain \"%s\"", error_text(e), cases[i].message);
	}
}

static void a_list_that_no_detector_holds_is_refused(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_append_str(&text, "detect:\n");
	for (int i = 0; i < LITERALS_LIMIT; i++)
		buffer_printf(&text, " - {text: literal-%d, means: ignore}\n", i);
	CLEANUP_CONFIG_FILE struct config_file *fits = NULL, *over = NULL;
	CLEANUP_LITERALS struct literals most = {0}, many = {0}, two = {0};
	assert_null(parse(buffer_str(&text), &fits, &most));
	CLEANUP_ERROR struct error *joined = literals_append(&two, &most);
	assert_null(joined);
	joined = literals_append(&two, &most);
	assert_non_null(joined);
	buffer_append_str(&text, " - {text: one more, means: ignore}\n");
	CLEANUP_ERROR struct error *e = parse(buffer_str(&text), &over, &many);
	assert_non_null(e);
	assert_non_null(strstr(error_text(e), "expected at most"));
}

// ---- where the key may stand --------------------------------------------------------------------

static const char one[] = "detect: [{text: tea is cold, means: splat, sub: tea}]\n";

static void farm_job_and_board_type_have_the_key(void **state)
{
	(void)state;
	CLEANUP_FREE char *dir = folder_new();
	CLEANUP_FREE char *farm_path = NULL, *job_path = NULL, *boards_path = NULL;
	assert_true(asprintf(&farm_path, "%s/f.yaml", dir) > 0);
	assert_true(asprintf(&job_path, "%s/j.yaml", dir) > 0);
	assert_true(asprintf(&boards_path, "%s/b.yaml", dir) > 0);
	CLEANUP_BUFFER struct buffer text = {0};
	folder_write(dir, "f.yaml", one);
	buffer_printf(
	    &text, "name: n\npayload: {firmware: f}\npools: [p]\n%svariants: [{name: v}]\n", one);
	folder_write(dir, "j.yaml", buffer_str(&text));
	buffer_truncate(&text, 0);
	buffer_printf(&text,
		      "types:\n  t:\n    cpu: {name: c, midr: 1, bbml2: false}\n    %s"
		      "    console: {driver: c}\n    power: {driver: p}\n"
		      "    boot: {driver: b}\nboards: {b: {type: t}}\n",
		      one);
	folder_write(dir, "b.yaml", buffer_str(&text));

	CLEANUP_FARM struct farm_config *farm = NULL;
	CLEANUP_JOB struct job_config *job = NULL;
	CLEANUP_BOARDS struct boards_config *boards = NULL, *again = NULL;
	assert_null(farm_load(farm_path, &farm));
	assert_null(job_load(job_path, &job));
	assert_null(boards_load(boards_path, &boards));
	assert_string_equal(farm->detect.items[0].text, "tea is cold");
	assert_string_equal(job->detect.items[0].text, "tea is cold");
	assert_string_equal(boards->boards[0].detect.items[0].text, "tea is cold");

	buffer_truncate(&text, 0);
	board_config_dump(&boards->boards[0], "p", &text);
	folder_write(dir, "b.yaml", buffer_str(&text));
	assert_null(boards_load(boards_path, &again));
	assert_string_equal(again->boards[0].detect.items[0].sub, "tea");
	folder_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_key_reaches_the_detector),
	    cmocka_unit_test(what_is_written_reads_back_the_same),
	    cmocka_unit_test(mistakes_are_named_with_their_place),
	    cmocka_unit_test(a_list_that_no_detector_holds_is_refused),
	    cmocka_unit_test(farm_job_and_board_type_have_the_key),
	};
	return cmocka_run_group_tests_name("config/literals", tests, NULL, NULL);
}
