// SPDX-License-Identifier: GPL-2.0-or-later
// A finished batch: document, store, link, summary and exit code together.
#include "unit/unit.h"

#include "results/kcidb/kcidb_check.h"
#include "results/results.h"
#include "unit/results_fixture.h"

static int setup(void **state)
{
	*state = fixture_dir();
	return 0;
}

static int teardown(void **state)
{
	fixture_remove(*state);
	return 0;
}

// Finishes the fixture's batch; the summary as a string to free.
static char *finish(const char *dir, int *code)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	struct error *e = results_finish_batch(dir, FIXTURE_BATCH, NULL, f, code);
	fclose(f);
	if (e)
		fail_msg("%s", error_text(e));
	return text;
}

static void assert_contains(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void the_seed_case_is_as_wanted(void **state)
{
	fixture_write(*state, fixture_seed, FIXTURE_SEED_COUNT);
	int code = -1;
	CLEANUP_FREE char *text = finish(*state, &code);
	assert_int_equal(code, 0);
	assert_contains(text, "premap: WARN in split_guard and WARN in split_change on 2/2 bbml2 "
			      "boards, 0/1 other; as wanted\n");
	assert_contains(text, "textro: no splat on 3 boards; as wanted\n");
	assert_contains(text, "all 6 runs as wanted\n");
	assert_contains(text,
			"WARNING at firmware/mm/split.c split_guard  [2000000000000000, wanted]\n"
			"    premap: vv3-01 vx4-01\n");
}

static void the_document_is_valid_and_linked_as_latest(void **state)
{
	fixture_write(*state, fixture_seed, FIXTURE_SEED_COUNT);
	int code = -1;
	free(finish(*state, &code));
	CLEANUP_FREE char *path = memory_printf("%s/latest/kcidb.json", (char *)*state);
	CLEANUP_ERROR struct error *e = kcidb_check_file(path);
	assert_null(e);
}

static void a_fail_exits_1_whatever_else_there_is(void **state)
{
	const struct fixture_run runs[] = {
	    {.id = "r1",
	     .board = "b1",
	     .verdict = "FAIL",
	     .reason = "splat not wanted",
	     .splats = 1},
	    {.id = "r2", .board = "b2", .verdict = "MISS", .reason = "relay silent"},
	};
	fixture_write(*state, runs, 2);
	int code = -1;
	CLEANUP_FREE char *text = finish(*state, &code);
	assert_int_equal(code, 1);
	assert_contains(text, "; FAIL on b1 (splat not wanted); MISS on b2 (relay silent)\n");
	assert_contains(text, "FAIL: 1 of 2 runs");
}

static void lab_trouble_alone_exits_3(void **state)
{
	const struct fixture_run runs[] = {
	    {.id = "r1", .board = "b1"},
	    {.id = "r2", .board = "b2", .verdict = "MISS", .reason = "relay silent"},
	};
	fixture_write(*state, runs, 2);
	int code = -1;
	CLEANUP_FREE char *text = finish(*state, &code);
	assert_int_equal(code, 3);
	assert_contains(text, "nothing says the code is bad; MISS: 1 run\n");
}

static void a_run_without_result_is_lab_trouble_and_named(void **state)
{
	const struct fixture_run runs[] = {{.id = "r1"}, {.id = "r2"}};
	fixture_write_run(*state, &runs[0]);
	fixture_write_batch(*state, runs, 2, NULL);
	int code = -1;
	CLEANUP_FREE char *text = finish(*state, &code);
	assert_int_equal(code, 3);
	assert_contains(text, "run r2: left no result\n");
}

static void failures_on_a_whole_pool_point_at_the_code_there(void **state)
{
	const struct fixture_run runs[] = {
	    {.id = "r1", .board = "b1", .verdict = "FAIL"},
	    {.id = "r2", .board = "b2", .verdict = "FAIL"},
	    {.id = "r3", .board = "c1", .pool = "no-bbml2"},
	};
	fixture_write(*state, runs, 3);
	int code = -1;
	CLEANUP_FREE char *text = finish(*state, &code);
	assert_contains(text, "FAIL: 2 of 3 runs, on every bbml2 board and no other: the code, on "
			      "bbml2\n");
}

static void failures_on_one_board_of_a_pool_point_at_the_board(void **state)
{
	const struct fixture_run runs[] = {
	    {.id = "r1", .board = "b1", .verdict = "FAIL"},
	    {.id = "r2", .board = "b2"},
	    {.id = "r3", .board = "b3"},
	};
	fixture_write(*state, runs, 3);
	int code = -1;
	CLEANUP_FREE char *text = finish(*state, &code);
	assert_contains(text, "on b1 alone of 3 boards in its pool: the board first\n");
}

static void finishing_twice_gives_the_same_document(void **state)
{
	fixture_write(*state, fixture_seed, FIXTURE_SEED_COUNT);
	CLEANUP_FREE char *path = memory_printf("%s/latest/kcidb.json", (char *)*state);
	CLEANUP_BUFFER struct buffer first = {0}, second = {0};
	int code;
	free(finish(*state, &code));
	fixture_check(file_read(path, SIZE_MAX, ERROR_SYSTEM, &first));
	free(finish(*state, &code));
	fixture_check(file_read(path, SIZE_MAX, ERROR_SYSTEM, &second));
	assert_string_equal(buffer_str(&first), buffer_str(&second));
}

static void an_unknown_batch_is_an_error(void **state)
{
	int code = 42;
	CLEANUP_ERROR struct error *e = results_finish_batch(*state, "nothing", NULL, NULL, &code);
	assert_non_null(e);
	assert_int_equal(code, 42);
}

static void a_batch_id_cannot_leave_the_results_directory(void **state)
{
	int code;
	CLEANUP_ERROR struct error *e =
	    results_finish_batch(*state, "../../etc", NULL, NULL, &code);
	assert_non_null(e);
	assert_contains(error_text(e), "is no id");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(the_seed_case_is_as_wanted, setup, teardown),
	    cmocka_unit_test_setup_teardown(the_document_is_valid_and_linked_as_latest, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(a_fail_exits_1_whatever_else_there_is, setup, teardown),
	    cmocka_unit_test_setup_teardown(lab_trouble_alone_exits_3, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_run_without_result_is_lab_trouble_and_named, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(failures_on_a_whole_pool_point_at_the_code_there, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(failures_on_one_board_of_a_pool_point_at_the_board,
					    setup, teardown),
	    cmocka_unit_test_setup_teardown(finishing_twice_gives_the_same_document, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(an_unknown_batch_is_an_error, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_batch_id_cannot_leave_the_results_directory, setup,
					    teardown),
	};
	return cmocka_run_group_tests_name("results/finish", tests, NULL, NULL);
}
