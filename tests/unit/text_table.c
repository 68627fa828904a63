// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "text/table.h"
#include "text/wrap.h"

static void the_least_important_columns_go_first(void **state)
{
	(void)state;
	struct table_column c[] = {{10, 2, false}, {10, 0, false}, {10, 1, false}};
	assert_int_equal(table_fit(c, 3, 34), 0); // 10 + 2 + 10 + 2 + 10
	assert_int_equal(c[0].width, 10);
	assert_int_equal(table_fit(c, 3, 33), 1);
	assert_int_equal(c[0].width, 0);
	assert_int_equal(c[1].width, 10);
	assert_int_equal(c[2].width, 10);
}

static void a_smaller_one_takes_the_place_of_one_that_does_not_fit(void **state)
{
	(void)state;
	struct table_column c[] = {{10, 0, false}, {30, 1, false}, {5, 2, false}};
	assert_int_equal(table_fit(c, 3, 20), 1);
	assert_int_equal(c[1].width, 0);
	assert_int_equal(c[2].width, 5);
}

static void free_text_gets_what_is_left(void **state)
{
	(void)state;
	struct table_column c[] = {{10, 0, false}, {200, 1, true}, {8, 2, false}};
	assert_int_equal(table_fit(c, 3, 80), 0);
	assert_int_equal(c[1].width, 80 - 10 - 8 - 2 * TABLE_GAP);
	struct table_column small[] = {{10, 0, false}, {6, 1, true}};
	assert_int_equal(table_fit(small, 2, 80), 0);
	assert_int_equal(small[1].width, 6);
}

static void the_first_is_always_there(void **state)
{
	(void)state;
	struct table_column c[] = {{50, 0, false}, {5, 1, false}};
	assert_int_equal(table_fit(c, 2, 40), 1);
	assert_int_equal(c[0].width, 50);
}

static void without_a_limit_nothing_is_cut(void **state)
{
	(void)state;
	struct table_column c[] = {{500, 0, true}, {500, 1, true}};
	assert_int_equal(table_fit(c, 2, 0), 0);
	assert_int_equal(c[1].width, 500);
}

static void columns_of_one_rank_are_taken_from_the_left(void **state)
{
	(void)state;
	struct table_column c[] = {{10, 7, false}, {10, 7, false}, {10, 7, false}};
	assert_int_equal(table_fit(c, 3, 22), 1);
	assert_int_equal(c[0].width, 10);
	assert_int_equal(c[1].width, 10);
	assert_int_equal(c[2].width, 0);
}

static void cells_are_cut_between_characters(void **state)
{
	(void)state;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	char *cells[] = {"a", "h", "x", "b", "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc",
			 "y"};
	const struct table_column c[] = {{1, 0, false}, {5, 1, true}, {0, 2, false}};
	table_print(out, cells, 2, c, 3);
	fclose(out);
	assert_string_equal(text, "a  h\nb  \xc3\xa4\xc3\xb6...\n");
	free(text);
}

static void a_table_is_shown_as_wide_as_its_cells(void **state)
{
	(void)state;
	static const struct table_head heads[] = {
	    {"a", 0, false}, {"name", 2, true}, {"n", 1, false}};
	CLEANUP_TABLE struct table t = TABLE_OF(heads);
	table_put(&t, "%s", "one");
	table_put(&t, "%s", "a long name of this row");
	table_put(&t, "%d", 12);
	table_put(&t, "%s", "b");
	table_put(&t, "%s", "");
	table_put(&t, "%d", 3);
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	assert_int_equal(table_show(&t, 0, out), 0);
	assert_int_equal(table_show(&t, 10, out), 1);
	fclose(out);
	assert_string_equal(text, "a    name                     n\n"
				  "one  a long name of this row  12\n"
				  "b                             3\n"
				  "a    n\none  12\nb    3\n");
	free(text);
}

static void text_is_broken_between_words(void **state)
{
	(void)state;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	wrap_print(out, 16, "  lead ", "one two %s four", "\xc3\xa4\xc3\xb6\xc3\xbc");
	wrap_print(out, 10, "", "a-word-longer-than-a-line and one");
	wrap_print(out, 0, "", "%s", "of any length whatever comes");
	fclose(out);
	assert_string_equal(text, "  lead one two\n       \xc3\xa4\xc3\xb6\xc3\xbc four\n"
				  "a-word-longer-than-a-line\nand one\n"
				  "of any length whatever comes\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_least_important_columns_go_first),
	    cmocka_unit_test(a_smaller_one_takes_the_place_of_one_that_does_not_fit),
	    cmocka_unit_test(free_text_gets_what_is_left),
	    cmocka_unit_test(the_first_is_always_there),
	    cmocka_unit_test(without_a_limit_nothing_is_cut),
	    cmocka_unit_test(columns_of_one_rank_are_taken_from_the_left),
	    cmocka_unit_test(cells_are_cut_between_characters),
	    cmocka_unit_test(a_table_is_shown_as_wide_as_its_cells),
	    cmocka_unit_test(text_is_broken_between_words),
	};
	return cmocka_run_group_tests_name("text/table", tests, NULL, NULL);
}
