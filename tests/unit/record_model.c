// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <errno.h>
#include <math.h>

#include "record/model.h"
#include "unit/results_fixture.h"

// The fixture's run.json with one stretch of text replaced; the caller frees.
static char *run_text(const char *from, const char *to)
{
	CLEANUP_JSON_WRITER struct json_writer w;
	struct fixture_run r = fixture_seed[0];
	json_writer_init(&w, NULL);
	fixture_put_run(&w, &r);
	const char *text = buffer_str(&w.text);
	const char *at = from ? strstr(text, from) : text;
	if (!at)
		fail_msg("the fixture has no %s", from);
	return memory_printf("%.*s%s%s", (int)(at - text), text, to,
			     at + (from ? strlen(from) : 0));
}

static void assert_refused(const char *from, const char *to, const char *why)
{
	CLEANUP_ARENA struct arena arena = {0};
	const struct run *run;
	CLEANUP_FREE char *text = run_text(from, to);
	CLEANUP_ERROR struct error *e =
	    model_parse_run("run.json", text, strlen(text), &arena, &run);
	if (!e)
		fail_msg("accepted with %s", to);
	if (!strstr(error_text(e), why))
		fail_msg("\"%s\" does not say \"%s\"", error_text(e), why);
}

static void a_run_is_loaded_whole(void **state)
{
	(void)state;
	CLEANUP_ARENA struct arena arena = {0};
	const struct run *r;
	CLEANUP_FREE char *text = run_text(NULL, "");
	fixture_check(model_parse_run("run.json", text, strlen(text), &arena, &r));
	assert_string_equal(r->id, "r-vx4-premap");
	assert_string_equal(r->board->pool, "bbml2");
	assert_string_equal(r->board->compatible[0], "linux,dummy-virt");
	assert_string_equal(r->board->cpu->midr, "0x410fd823");
	assert_int_equal(r->verdict, STATUS_PASS);
	assert_int_equal(r->findings_count, 2);
	assert_true(finding_is_root(&r->findings[0]));
	assert_int_equal(r->findings[1].byte_first, 10123);
	assert_int_equal(r->tests_count, 5);
	assert_int_equal(r->metrics[2].n, 31);
	assert_true(isnan(r->metrics[0].cycles));
	assert_true(r->clock_hz == 62500000);
	assert_null(r->error);
}

static void what_is_wrong_is_named_with_its_place(void **state)
{
	(void)state;
	assert_refused("\"verdict\":\"PASS\"", "\"verdict\":\"pass\"",
		       "run.json: verdict: expected one of FAIL ERROR MISS PASS DONE SKIP, found "
		       "\"pass\"");
	assert_refused("\"line_last\":171", "\"line_last\":\"x\"",
		       "run.json: findings[1].line_last: expected an integer");
	assert_refused("\"sig2\":\"2000000000000001\"", "\"sig2\":\"2\"",
		       "findings[1].sig2: expected 16 lower-case hexadecimal digits");
	assert_refused("\"name\":\"vx4-01\",", "", "board.name: missing, expected a word");
	assert_refused("\"type\":\"qemu-virt-cortex-x4\"", "\"type\":4",
		       "board.type: expected a string, found an integer");
	assert_refused("\"start_time\":\"2026-06-04T01:10:00Z\"", "\"start_time\":\"yesterday\"",
		       "start_time: expected a time like");
	assert_refused("\"tests\":[", "\"tests\":[7,", "tests[0]: expected an object");
	assert_refused("\"attempt\":1", "\"attempt\":0", "attempt: expected an integer from 1");
	assert_refused("mmfarm-run/1", "mmfarm-run/2", "format: expected \"mmfarm-run/1\"");
	assert_refused("\"wanted\":true", "\"wanted\":1", "wanted: expected true or false");
}

static void text_that_is_no_json_is_named_with_its_line(void **state)
{
	(void)state;
	CLEANUP_ARENA struct arena arena = {0};
	const struct run *run;
	CLEANUP_ERROR struct error *e =
	    model_parse_run("run.json", "{\n\"id\": }", 9, &arena, &run);
	assert_non_null(strstr(error_text(e), "run.json:2:"));
}

static void console_bytes_in_text_become_utf8_without_nul(void **state)
{
	(void)state;
	CLEANUP_ARENA struct arena arena = {0};
	const struct run *r;
	CLEANUP_FREE char *text =
	    run_text("\"reason\":\"all as wanted\"", "\"reason\":\"a\xff\\u0000b\"");
	fixture_check(model_parse_run("run.json", text, strlen(text), &arena, &r));
	assert_string_equal(r->reason, "a\xef\xbf\xbd"
				       "b");
}

static void members_that_nobody_knows_are_ignored(void **state)
{
	(void)state;
	CLEANUP_ARENA struct arena arena = {0};
	const struct run *r;
	CLEANUP_FREE char *text = run_text("\"wanted\":true,\"outcome\"",
					   "\"news\":[1,{\"x\":null}],\"wanted\":true,\"outcome\"");
	fixture_check(model_parse_run("run.json", text, strlen(text), &arena, &r));
	assert_true(r->wanted);
}

static void a_directory_without_run_json_says_so_by_enoent(void **state)
{
	(void)state;
	CLEANUP_ARENA struct arena arena = {0};
	const struct run *r;
	CLEANUP_ERROR struct error *e = model_load_run("/nonexistent", "r1", &arena, &r);
	assert_int_equal(error_code(e), ENOENT);
}

static void a_run_must_be_in_its_own_directory(void **state)
{
	(void)state;
	char *dir = fixture_dir();
	CLEANUP_FREE char *text = run_text(NULL, "");
	fixture_file(dir, "runs/other/run.json", text, strlen(text));
	CLEANUP_ARENA struct arena arena = {0};
	const struct run *r;
	CLEANUP_ERROR struct error *e = model_load_run(dir, "other", &arena, &r);
	assert_non_null(strstr(error_text(e), "the directory's name"));
	fixture_remove(dir);
}

static void a_batch_cannot_name_runs_elsewhere(void **state)
{
	(void)state;
	static const char text[] =
	    "{\"format\":\"mmfarm-batch/1\",\"id\":\"b\",\"job\":\"j\","
	    "\"start_time\":\"2026-06-04T01:00:00Z\",\"runs\":[\"ok\",\"../../x\"]}";
	CLEANUP_ARENA struct arena arena = {0};
	const struct batch_record *b;
	CLEANUP_ERROR struct error *e =
	    model_parse_batch("batch.json", text, strlen(text), &arena, &b);
	assert_non_null(strstr(error_text(e), "batch.json: runs[1]: expected the id of a run"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_run_is_loaded_whole),
	    cmocka_unit_test(what_is_wrong_is_named_with_its_place),
	    cmocka_unit_test(text_that_is_no_json_is_named_with_its_line),
	    cmocka_unit_test(console_bytes_in_text_become_utf8_without_nul),
	    cmocka_unit_test(members_that_nobody_knows_are_ignored),
	    cmocka_unit_test(a_directory_without_run_json_says_so_by_enoent),
	    cmocka_unit_test(a_run_must_be_in_its_own_directory),
	    cmocka_unit_test(a_batch_cannot_name_runs_elsewhere),
	};
	return cmocka_run_group_tests_name("results/model", tests, NULL, NULL);
}
