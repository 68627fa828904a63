// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include "config/node.h"

static struct config_file *parse(const char *text)
{
	struct config_file *f = NULL;
	struct error *e = config_file_parse("t.yaml", text, strlen(text), &f);
	assert_null(e);
	return f;
}

static void assert_refused(const char *text, size_t len, const char *message)
{
	CLEANUP_CONFIG_FILE struct config_file *f = NULL;
	CLEANUP_ERROR struct error *e = config_file_parse("t.yaml", text, len, &f);
	assert_non_null(e);
	assert_int_equal(error_kind(e), ERROR_CONFIG);
	if (!strstr(error_text(e), message))
		fail_msg("\"%s\" does not contain \"%s\"", error_text(e), message);
}

static struct config_node value(const struct config_file *f, const char *key)
{
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	assert_null(config_map_init(&m, config_file_root(f)));
	struct config_node n;
	assert_null(config_map_need(&m, key, &n));
	return n;
}

static void what_is_not_one_yaml_mapping_is_refused_with_its_place(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *message;
	} cases[] = {
	    {"", "t.yaml:1:1: empty file"},
	    {"a: 1\na: 2\n", "t.yaml:2:1: key \"a\" a second time (first on line 1)"},
	    {"a: 1\n---\nb: 2\n", "t.yaml:2:1: a second document"},
	    {"a: [1\nb: 2\n", "t.yaml:"},
	    {"- 1\n- 2\n", "a list, expected a mapping"},
	    {"a: {b: &x [*x]}\n", "t.yaml:"},
	    {"base: here\n", "expected an absolute folder"},
	    {"? [a]\n: 1\n", "a list, expected a single value"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_refused(cases[i].text, strlen(cases[i].text), cases[i].message);
}

static void deep_nesting_is_refused(void **state)
{
	(void)state;
	char text[200];
	memset(text, '[', sizeof(text));
	memcpy(text, "a: ", 3);
	memset(text + 3 + 60, ']', 60);
	assert_refused(text, 3 + 120, "nested deeper");
}

static void nesting_is_refused_before_it_costs_time(void **state)
{
	(void)state;
	static char text[200000]; // took libyaml minutes
	memset(text, '[', sizeof(text));
	memcpy(text, "a: ", 3);
	assert_refused(text, sizeof(text), "nested deeper");
}

static void odd_characters_survive_a_dump(void **state)
{
	(void)state;
	CLEANUP_CONFIG_FILE struct config_file *f =
	    parse("a: \"x\\x80\\u2028\\ufffe\\U0001f600\"\n");
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	assert_null(config_map_init(&m, config_file_root(f)));
	CLEANUP_BUFFER struct buffer text = {0};
	config_dump_map(&m, 0, &text);
	CLEANUP_CONFIG_FILE struct config_file *again = parse(buffer_str(&text));
	const char *before, *after;
	assert_null(config_string(value(f, "a"), &before));
	assert_null(config_string(value(again, "a"), &after));
	assert_string_equal(before, after);
}

static void bytes_that_are_not_utf8_are_refused(void **state)
{
	(void)state;
	assert_refused("a: \xff\xfe\n", 6, "expected UTF-8 text");
}

static void an_unknown_key_names_the_known_ones(void **state)
{
	(void)state;
	CLEANUP_CONFIG_FILE struct config_file *f = parse("cpu: a\n  \nmemry: 2G\n");
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	assert_null(config_map_init(&m, config_file_root(f)));
	static const char *const known[] = {"cpu", "memory", NULL};
	CLEANUP_ERROR struct error *e = config_map_only(&m, known);
	assert_string_equal(
	    error_text(e),
	    "t.yaml:3:1: unknown key \"memry\", did you mean \"memory\"? expected one of: "
	    "cpu, memory");
}

static void assert_says(const char *text, const char *message)
{
	CLEANUP_CONFIG_FILE struct config_file *f = NULL;
	CLEANUP_ERROR struct error *e = config_file_parse("t.yaml", text, strlen(text), &f);
	assert_non_null(e);
	assert_string_equal(error_text(e), message);
}

static void a_tab_in_the_indentation_is_named(void **state)
{
	(void)state;
	assert_says("a:\n\tb: 1\n", "t.yaml:2:1: a tab in the indentation, expected blanks");
	assert_says("a:\n  b: 1\n \tc: 1\n",
		    "t.yaml:3:2: a tab in the indentation, expected blanks");
}

static void a_missing_0x_is_named(void **state)
{
	(void)state;
	CLEANUP_CONFIG_FILE struct config_file *f = parse("midr: 410fd083\n");
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	assert_null(config_map_init(&m, config_file_root(f)));
	int64_t n;
	CLEANUP_ERROR struct error *e =
	    config_integer(config_map_find(&m, "midr"), 0, UINT32_MAX, &n);
	assert_string_equal(error_text(e),
			    "t.yaml:1:7: \"410fd083\", expected 0x ahead of hexadecimal digits: "
			    "0x410fd083");
}

static void integers_are_decimal_or_hex_and_within_bounds(void **state)
{
	(void)state;
	CLEANUP_CONFIG_FILE struct config_file *f =
	    parse("a: 12\nb: 0x410fd823\nc: 12k\nd: 99999999999999999999\ne: 010\n");
	int64_t n;
	assert_null(config_integer(value(f, "a"), 0, 20, &n));
	assert_int_equal(n, 12);
	assert_null(config_integer(value(f, "b"), 0, UINT32_MAX, &n));
	assert_int_equal(n, 0x410fd823);
	assert_null(config_integer(value(f, "e"), 0, 20, &n));
	assert_int_equal(n, 10);
	CLEANUP_ERROR struct error *range = config_integer(value(f, "a"), 0, 10, &n);
	CLEANUP_ERROR struct error *unit = config_integer(value(f, "c"), 0, 100, &n);
	CLEANUP_ERROR struct error *huge = config_integer(value(f, "d"), 0, INT64_MAX, &n);
	assert_string_equal(error_text(range),
			    "t.yaml:1:4: \"12\", expected a whole number from 0 to 10");
	assert_non_null(unit);
	assert_non_null(huge);
}

static void times_take_units_and_refuse_the_rest(void **state)
{
	(void)state;
	CLEANUP_CONFIG_FILE struct config_file *f =
	    parse("a: 2\nb: 500ms\nc: 5min\nd: 1h\ne: nan\nf: 3 parsecs\ng: -1\n");
	double s;
	static const struct {
		const char *key;
		double seconds;
	} good[] = {{"a", 2}, {"b", 0.5}, {"c", 300}, {"d", 3600}};
	for (size_t i = 0; i < 4; i++) {
		assert_null(config_seconds(value(f, good[i].key), 0, 4000, &s));
		assert_float_equal(s, good[i].seconds, 1e-9);
	}
	static const char *const bad[] = {"e", "f", "g"};
	for (size_t i = 0; i < 3; i++) {
		CLEANUP_ERROR struct error *e = config_seconds(value(f, bad[i]), 0, 4000, &s);
		assert_non_null(e);
	}
}

static void names_cannot_leave_their_folder(void **state)
{
	(void)state;
	CLEANUP_CONFIG_FILE struct config_file *f =
	    parse("a: vx4-01\nb: ../x\nc: \"\"\nd: .hidden\ne: a b\n");
	const char *name;
	assert_null(config_name(value(f, "a"), &name));
	static const char *const bad[] = {"b", "c", "d", "e"};
	for (size_t i = 0; i < 4; i++) {
		CLEANUP_ERROR struct error *e = config_name(value(f, bad[i]), &name);
		assert_non_null(e);
	}
}

static void relative_paths_start_at_their_file(void **state)
{
	(void)state;
	static const char text[] = "a: ../build/mm.img\nb: /abs\n";
	CLEANUP_CONFIG_FILE struct config_file *f = NULL;
	assert_null(config_file_parse("jobs/x.yaml", text, sizeof(text) - 1, &f));
	CLEANUP_FREE char *a = NULL;
	CLEANUP_FREE char *b = NULL;
	assert_null(config_path(value(f, "a"), &a));
	assert_null(config_path(value(f, "b"), &b));
	assert_string_equal(a, "jobs/../build/mm.img");
	assert_string_equal(b, "/abs");
}

static void a_dump_reads_back_to_the_same_values(void **state)
{
	(void)state;
	CLEANUP_CONFIG_FILE struct config_file *f =
	    parse("a: \"q\\\"uo\\\\te\\x01 \\u00e9\"\nb: [1, {c: d}, []]\ne: 'multi\n\n  line'\n");
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	assert_null(config_map_init(&m, config_file_root(f)));
	CLEANUP_BUFFER struct buffer once = {0};
	config_dump_map(&m, 0, &once);
	CLEANUP_CONFIG_FILE struct config_file *again = parse(buffer_str(&once));
	CLEANUP_CONFIG_MAP struct config_map n = {0};
	assert_null(config_map_init(&n, config_file_root(again)));
	CLEANUP_BUFFER struct buffer twice = {0};
	config_dump_map(&n, 0, &twice);
	assert_string_equal(buffer_str(&once), buffer_str(&twice));
	const char *before, *after;
	assert_null(config_string(value(f, "a"), &before));
	assert_null(config_string(value(again, "a"), &after));
	assert_string_equal(before, after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_not_one_yaml_mapping_is_refused_with_its_place),
	    cmocka_unit_test(deep_nesting_is_refused),
	    cmocka_unit_test(nesting_is_refused_before_it_costs_time),
	    cmocka_unit_test(odd_characters_survive_a_dump),
	    cmocka_unit_test(bytes_that_are_not_utf8_are_refused),
	    cmocka_unit_test(an_unknown_key_names_the_known_ones),
	    cmocka_unit_test(a_tab_in_the_indentation_is_named),
	    cmocka_unit_test(a_missing_0x_is_named),
	    cmocka_unit_test(integers_are_decimal_or_hex_and_within_bounds),
	    cmocka_unit_test(times_take_units_and_refuse_the_rest),
	    cmocka_unit_test(names_cannot_leave_their_folder),
	    cmocka_unit_test(relative_paths_start_at_their_file),
	    cmocka_unit_test(a_dump_reads_back_to_the_same_values),
	};
	return cmocka_run_group_tests_name("config/node", tests, NULL, NULL);
}
