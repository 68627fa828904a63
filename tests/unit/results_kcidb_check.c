// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"
#include "results/kcidb/kcidb_check.h"

// ---- documents of one test, with one thing changed ----------------------------------------------

#define HEAD "{\"version\":{\"major\":5,\"minor\":3}"

static size_t problems_of(const char *text, size_t len, char *first, size_t size)
{
	CLEANUP_KCIDB_PROBLEMS struct kcidb_problems p = {0};
	kcidb_check_text("doc", text, len, &p);
	snprintf(first, size, "%s", p.count ? p.texts[0] : "");
	return p.count;
}

static void assert_valid(const char *text)
{
	char first[600];
	if (problems_of(text, strlen(text), first, sizeof(first)) != 0)
		fail_msg("%s: %s", text, first);
}

static void assert_invalid(const char *text, const char *why)
{
	char first[600];
	if (problems_of(text, strlen(text), first, sizeof(first)) == 0)
		fail_msg("accepted: %s", text);
	if (!strstr(first, why))
		fail_msg("\"%s\" does not say \"%s\"", first, why);
}

static void assert_test_member(const char *member, const char *why)
{
	CLEANUP_FREE char *text = memory_printf(
	    HEAD ",\"tests\":[{\"id\":\"m:1\",\"origin\":\"m\",\"build_id\":\"m:b\",%s}]}", member);
	if (why)
		assert_invalid(text, why);
	else
		assert_valid(text);
}

static void the_smallest_document_is_valid(void **state)
{
	(void)state;
	assert_valid("{\"version\":{\"major\":5,\"minor\":3}}");
	assert_valid(" \n{\"version\" : {\"minor\":3,\"major\":5} , \"tests\" : [ ] }\n");
	assert_valid("{\"tests\":[],\"version\":{\"major\":5.0,\"minor\":3}}");
}

static void what_is_not_a_document_is_refused(void **state)
{
	(void)state;
	assert_invalid("", "expected a JSON object");
	assert_invalid("[]", "expected a JSON object");
	assert_invalid("{", "not JSON");
	assert_invalid("{}", "\"version\" is missing");
	assert_invalid(HEAD "}x", "text behind the end");
	assert_invalid(HEAD ",}", "expected a string");
	assert_invalid(HEAD ",\"tests\":{}}", "tests: expected an array");
	assert_invalid(HEAD ",\"tests\":[1]}", "tests[0]: expected an object");
	assert_invalid(HEAD ",\"tests\":[,]}", "tests[0]: expected an object");
	assert_invalid(HEAD ",\"tests\":[1 2]}", "tests[0]: expected an object");
	assert_invalid(HEAD ",\"machines\":[]}", "unknown member \"machines\"");
	assert_invalid("\xef\xbb\xbf" HEAD "}", "expected a JSON object");
}

static void only_version_5_up_to_3_is_known(void **state)
{
	(void)state;
	assert_invalid("{\"version\":{\"major\":4,\"minor\":3}}", "expected major 5");
	assert_invalid("{\"version\":{\"major\":5,\"minor\":4}}", "minor 0 to 3");
	assert_invalid("{\"version\":{\"minor\":3}}", "\"major\" is missing");
	assert_invalid("{\"version\":{\"major\":\"5\"}}", "version.major: expected an integer");
	assert_invalid("{\"version\":5}", "version: expected an object");
}

static void members_need_the_version_that_brought_them(void **state)
{
	(void)state;
	const char *categories =
	    "\"issues\":[{\"id\":\"m:1\",\"version\":1,\"origin\":\"m\",\"categories\":[]}]";
	CLEANUP_FREE char *v1 =
	    memory_printf("{\"version\":{\"major\":5,\"minor\":1},%s}", categories);
	CLEANUP_FREE char *late =
	    memory_printf("{%s,\"version\":{\"major\":5,\"minor\":1}}", categories);
	CLEANUP_FREE char *v2 =
	    memory_printf("{\"version\":{\"major\":5,\"minor\":2},%s}", categories);
	assert_invalid(v1, "categories came with v5.2");
	assert_invalid(late, "categories came with v5.2");
	assert_valid(v2);
}

static void text_is_utf8_without_nul(void **state)
{
	(void)state;
	assert_test_member("\"comment\":\"\\u001b[1m\\u0007\"", NULL);
	assert_test_member("\"comment\":\"\\u0000\"", "\\u0000 is not allowed");
	assert_test_member("\"misc\":{\"x\":\"\\u0000\"}", "\\u0000 is not allowed");
	assert_test_member("\"comment\":\"\xff\"", "not UTF-8");
	assert_test_member("\"comment\":\"\x1b\"", "control character");
	assert_test_member("\"comment\":\"\\ud800\"", "surrogate");
	assert_test_member("\"comment\":\"\\ud83d\\ude00\"", NULL);
}

static void null_is_only_for_misc(void **state)
{
	(void)state;
	assert_test_member("\"comment\":null", "expected a string");
	assert_test_member("\"duration\":null", "expected a number");
	assert_test_member("\"misc\":null", "expected an object");
	assert_test_member("\"misc\":{\"x\":null}", NULL);
}

static void numbers_are_json_numbers(void **state)
{
	(void)state;
	assert_test_member("\"duration\":-1", NULL);
	assert_test_member("\"duration\":1e3", NULL);
	assert_test_member("\"duration\":NaN", "expected a value");
	assert_test_member("\"duration\":1e999", "number too big");
	assert_test_member("\"duration\":+1", "not JSON");
	assert_test_member("\"duration\":01", "not JSON");
	assert_test_member("\"duration\":.5", "not JSON");
	assert_test_member("\"duration\":\"1\"", "expected a number");
	assert_test_member("\"number\":{\"value\":1,\"prefix\":\"metric\"}", NULL);
	assert_test_member("\"number\":{\"unit\":\"s\"}", "\"value\" is missing");
}

static void problems_name_line_and_member(void **state)
{
	(void)state;
	assert_invalid(HEAD
		       ",\n\"tests\":[\n{\"id\":\"m:1\",\"origin\":\"m\",\n\"build_id\":\"m:b\","
		       "\"environment\":{\"compatible\":[\"a\",\n\"b c\"]}}]}",
		       "doc:5: tests[0].environment.compatible[1]: expected compatible strings");
}

static void all_problems_are_counted_but_few_kept(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_append_str(&text, HEAD ",\"tests\":[");
	for (int i = 0; i < 100; i++)
		buffer_printf(&text, "%s{}", i ? "," : "");
	buffer_append_str(&text, "]}");
	CLEANUP_KCIDB_PROBLEMS struct kcidb_problems p = {0};
	kcidb_check_text("doc", buffer_str(&text), text.len, &p);
	assert_int_equal(p.count, 300);
	assert_int_equal(p.objects, 100);
	assert_non_null(p.texts[KCIDB_PROBLEMS_KEPT - 1]);
}

static void deep_nesting_is_refused_not_followed(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_append_str(&text, HEAD ",\"tests\":[{\"misc\":{\"x\":");
	for (int i = 0; i < 100000; i++)
		buffer_append(&text, "[", 1);
	char first[600];
	problems_of(buffer_str(&text), text.len, first, sizeof(first));
	assert_non_null(strstr(first, "nested too deep"));
}

// ---- the published examples ---------------------------------------------------------------------

static char *examples_dir(void)
{
	const char *shared = getenv("MMFARM_SHARED");
	char *dir = memory_printf("%s/data/kcidb/examples", shared ? shared : "../shared");
	if (file_exists(dir))
		return dir;
	free(dir);
	print_message("no %s/data/kcidb/examples\n", shared ? shared : "../shared");
	skip();
	return NULL;
}

static size_t problems_of_file(const char *path)
{
	CLEANUP_KCIDB_PROBLEMS struct kcidb_problems p = {0};
	CLEANUP_ERROR struct error *e = kcidb_check_path(path, &p);
	if (e)
		fail_msg("%s", error_text(e));
	return p.count;
}

static void every_bad_example_is_refused(void **state)
{
	(void)state;
	CLEANUP_FREE char *dir = examples_dir();
	CLEANUP_FREE char *bad = path_join(dir, "bad");
	struct dirent **names;
	int count = scandir(bad, &names, NULL, alphasort);
	size_t files = 0;
	for (int i = 0; i < count; i++) {
		CLEANUP_FREE char *path = path_join(bad, names[i]->d_name);
		if (names[i]->d_name[0] != '.') {
			files++;
			if (problems_of_file(path) == 0)
				fail_msg("%s was accepted", path);
		}
		free(names[i]);
	}
	free(names);
	assert_true(files >= 47);
}

static void every_legal_example_is_accepted(void **state)
{
	(void)state;
	CLEANUP_FREE char *dir = examples_dir();
	// Without a minor version it is v5.0, which does not know members it has.
	static const char *const legal[] = {
	    "mmfarm-full.json",          "minimal.json",
	    "odd/control_chars.json",    "odd/dangling_build.json",
	    "odd/duplicate_ids.json",    "odd/duration_negative.json",
	    "odd/excerpt_16384.json",    "odd/excerpt_16384_multibyte.json",
	    "odd/id_empty_local.json",   "odd/id_prefix_not_origin.json",
	    "odd/incident_no_link.json", "odd/metadata_timestamp.json",
	    "odd/misc_null.json",        "odd/number_on_skip.json",
	    "odd/path_empty.json",       "odd/time_ns.json",
	    "odd/time_z.json",           "odd/url_file.json",
	    "odd/url_http.json",
	};
	for (size_t i = 0; i < sizeof(legal) / sizeof(legal[0]); i++) {
		CLEANUP_FREE char *path = path_join(dir, legal[i]);
		if (problems_of_file(path) != 0)
			fail_msg("%s was refused", path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_smallest_document_is_valid),
	    cmocka_unit_test(what_is_not_a_document_is_refused),
	    cmocka_unit_test(only_version_5_up_to_3_is_known),
	    cmocka_unit_test(members_need_the_version_that_brought_them),
	    cmocka_unit_test(text_is_utf8_without_nul),
	    cmocka_unit_test(null_is_only_for_misc),
	    cmocka_unit_test(numbers_are_json_numbers),
	    cmocka_unit_test(problems_name_line_and_member),
	    cmocka_unit_test(all_problems_are_counted_but_few_kept),
	    cmocka_unit_test(deep_nesting_is_refused_not_followed),
	    cmocka_unit_test(every_bad_example_is_refused),
	    cmocka_unit_test(every_legal_example_is_accepted),
	};
	return cmocka_run_group_tests_name("results/kcidb_check", tests, NULL, NULL);
}
