// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <stdlib.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/command.h"

static struct command_end run(const struct command_spec *spec)
{
	struct command_end end = {0};
	CLEANUP_ERROR struct error *e = command_run(spec, NULL, &end);
	if (e)
		fail_msg("%s", error_text(e));
	return end;
}

static void what_it_says_is_kept_without_its_secrets(void **state)
{
	(void)state;
	setenv("COMMAND_TEST", "sesame", 1);
	const char *const argv[] = {
	    "sh", "-c", "echo $COMMAND_TEST $OTHER; echo three-wishes >&2; exit 7", NULL};
	const char *const environment[] = {"COMMAND_TEST", "OTHER=given", NULL};
	const char *const secrets[] = {"wishes", NULL};
	const struct command_spec spec = {
	    .argv = argv, .environment = environment, .secrets = secrets, .timeout_s = 20};
	CLEANUP_COMMAND_END struct command_end end = run(&spec);
	assert_true(end.in_time);
	assert_int_equal(WEXITSTATUS(end.status), 7);
	assert_string_equal(end.how, "exit 7");
	assert_string_equal(buffer_str(&end.said), "*** given\nthree-***\n");
	assert_string_equal(buffer_str(&end.kept), "*** given\nthree-***\n");
}

static void only_its_errors_where_that_is_wanted(void **state)
{
	(void)state;
	const char *const argv[] = {"sh", "-c", "cat; echo bad >&2", NULL};
	const struct command_spec spec = {
	    .argv = argv, .in = "/dev/null", .timeout_s = 20, .errors_only = true};
	CLEANUP_COMMAND_END struct command_end end = run(&spec);
	assert_int_equal(end.status, 0);
	assert_string_equal(buffer_str(&end.said), "bad\n");
}

static void one_that_does_not_end_is_ended(void **state)
{
	(void)state;
	const char *const argv[] = {"sh", "-c", "echo begun; exec sleep 60", NULL};
	const struct command_spec spec = {.argv = argv, .timeout_s = 0.5};
	int64_t start = clock_monotonic_ns();
	CLEANUP_COMMAND_END struct command_end end = run(&spec);
	assert_false(end.in_time);
	assert_true(clock_monotonic_ns() - start < 20 * NS_PER_S);
	assert_string_equal(buffer_str(&end.said), "begun\n");
	assert_non_null(strstr(end.how, "no end in"));
}

static void of_much_the_ends_are_kept(void **state)
{
	(void)state;
	const char *const argv[] = {
	    "sh", "-c", "echo first; head -c 400000 /dev/zero | tr '\\0' x; echo last", NULL};
	const struct command_spec spec = {.argv = argv, .timeout_s = 60};
	CLEANUP_COMMAND_END struct command_end end = run(&spec);
	const char *said = buffer_str(&end.said);
	assert_memory_equal(said, "first\nx", 7);
	assert_string_equal(said + end.said.len - 6, "xlast\n");
	assert_true(end.said.len < 3 * COMMAND_SAID_HALF + 100);
	assert_non_null(strstr(said, " bytes]\n"));
	assert_int_equal(end.kept.len, COMMAND_KEPT_LIMIT);
}

static void one_that_is_not_there_is_an_error(void **state)
{
	(void)state;
	const char *const argv[] = {"/nonexistent/tool", NULL};
	const struct command_spec spec = {.argv = argv, .timeout_s = 1};
	CLEANUP_COMMAND_END struct command_end end = {0};
	CLEANUP_ERROR struct error *e = command_run(&spec, NULL, &end);
	assert_non_null(e);
	assert_int_equal(error_kind(e), ERROR_LAB);
	assert_string_equal(end.how, ""); // it was not started
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_it_says_is_kept_without_its_secrets),
	    cmocka_unit_test(only_its_errors_where_that_is_wanted),
	    cmocka_unit_test(one_that_does_not_end_is_ended),
	    cmocka_unit_test(of_much_the_ends_are_kept),
	    cmocka_unit_test(one_that_is_not_there_is_an_error),
	};
	return cmocka_run_group_tests_name("base/command", tests, NULL, NULL);
}
