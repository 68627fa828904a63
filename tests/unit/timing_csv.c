// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <math.h>

#include "timing/csv.h"

static struct error *parse(const char *text, struct csv_file *out)
{
	const struct csv_options o = {.name = "s", .file = "s.csv"};
	return csv_parse(text, strlen(text), &o, out);
}

static void assert_refused(const char *text, const char *message)
{
	struct csv_file f = {0};
	CLEANUP_ERROR struct error *e = parse(text, &f);
	assert_non_null(e);
	assert_string_equal(error_text(e), message);
	assert_int_equal(f.count, 0);
}

static void values_are_read_whatever_the_line_ends(void **state)
{
	(void)state;
	static const char *const texts[] = {
	    "index,value\n0,1.5\n1,-2e3\n",
	    "index,value\r\n0,1.5\r\n1,-2e3\r\n",
	    "\xef\xbb\xbfvalue\n1.5\n\n-2e3",
	    "\"value\",\"note\"\n\"1.5\",\"a, \"\"b\"\"\nc\"\n-2e3,\n",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		CLEANUP_CSV struct csv_file f = {0};
		assert_null(parse(texts[i], &f));
		assert_int_equal(f.count, 1);
		assert_string_equal(f.series[0].name, "s");
		assert_int_equal(f.series[0].count, 2);
		assert_true(fabs(f.series[0].values[0] - 1.5) < 1e-12);
		assert_true(fabs(f.series[0].values[1] + 2000) < 1e-12);
	}
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
	(void)state;
	assert_refused("index,value\n0,1\n1,nan\n",
		       "s.csv:3:3: expected a finite number, found \"nan\"");
	assert_refused("index,value\n0,0x10\n",
		       "s.csv:2:3: expected a finite number, found \"0x10\"");
	assert_refused("value\n1e999\n", "s.csv:2:1: expected a finite number, found \"1e999\"");
	assert_refused("index,value\n0,1,2\n",
		       "s.csv:2:5: cells: expected 2 as in the header, found 3");
	assert_refused("a,b\n1,2\n", "s.csv:1:1: the header names no column \"value\" and no "
				     "repetitions (rep0, rep1, ...)");
	assert_refused("value,value\n", "s.csv:1:7: a column named twice");
	assert_refused("value\n\"1\n", "s.csv:2:1: the quote is never closed");
	assert_refused("value\n1\"2\n", "s.csv:2:2: a quote inside a cell without quotes");
	assert_refused("", "s.csv:1:1: the header names no column \"value\" and no "
			   "repetitions (rep0, rep1, ...)");
}

static void an_empty_cell_is_a_missing_point_that_keeps_its_place(void **state)
{
	(void)state;
	CLEANUP_CSV struct csv_file f = {0};
	assert_null(parse("index,value\n0,1\n1,2\n2,\n3,4\n4,\n5,6\n", &f));
	const struct csv_series *s = &f.series[0];
	assert_int_equal(s->count, 4);
	assert_int_equal(s->rows_count, 6);
	const size_t rows[] = {0, 1, 3, 5};
	assert_memory_equal(s->rows, rows, sizeof(rows));
}

static void rows_of_one_name_form_a_series(void **state)
{
	(void)state;
	CLEANUP_CSV struct csv_file f = {0};
	assert_null(parse("series,index,value\na,0,1\nb,0,2\na,1,3\n", &f));
	assert_int_equal(f.count, 2);
	assert_string_equal(f.series[0].name, "a");
	assert_int_equal(f.series[0].count, 2);
	assert_true(fabs(f.series[0].values[1] - 3) < 1e-12);
	assert_string_equal(f.series[1].name, "b");
}

static void repetitions_give_a_series_for_each_cpu_and_metric(void **state)
{
	(void)state;
	const char *text = "run,cpu,metric,rep0,rep1,rep2\n0,a72,alu,3,1,2\n0,a72,pte,9,8,7\n"
			   "1,a72,alu,6,5,4\n";
	struct csv_options o = {.name = "f", .file = "f.csv", .metric = "al*"};
	CLEANUP_CSV struct csv_file f = {0};
	assert_null(csv_parse(text, strlen(text), &o, &f));
	assert_int_equal(f.count, 1);
	assert_string_equal(f.series[0].name, "f/a72/alu");
	assert_int_equal(f.series[0].count, 2);
	assert_int_equal(f.series[0].reps_per_run, 3);
	assert_true(fabs(f.series[0].values[0] - 1) < 1e-12);
	assert_true(fabs(f.series[0].reps[3] - 6) < 1e-12);
	assert_int_equal(f.series[0].rows_count, 2);
	assert_null(f.series[0].rows); // none is missing
	csv_file_deinit(&f);
	o.median = true;
	assert_null(csv_parse(text, strlen(text), &o, &f));
	assert_true(fabs(f.series[0].values[1] - 5) < 1e-12);
}

static void a_header_alone_is_a_series_of_no_points(void **state)
{
	(void)state;
	CLEANUP_CSV struct csv_file f = {0};
	assert_null(parse("index,value\n", &f));
	assert_int_equal(f.count, 1);
	assert_int_equal(f.series[0].count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values_are_read_whatever_the_line_ends),
	    cmocka_unit_test(what_is_wrong_is_told_with_its_place),
	    cmocka_unit_test(an_empty_cell_is_a_missing_point_that_keeps_its_place),
	    cmocka_unit_test(rows_of_one_name_form_a_series),
	    cmocka_unit_test(repetitions_give_a_series_for_each_cpu_and_metric),
	    cmocka_unit_test(a_header_alone_is_a_series_of_no_points),
	};
	return cmocka_run_group_tests_name("timing/csv", tests, NULL, NULL);
}
