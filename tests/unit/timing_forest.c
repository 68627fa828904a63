// SPDX-License-Identifier: GPL-2.0-or-later
// P3 and P4 against ones drawn by hand, and how a comparison's results are ranked and written.
#include "unit/timing_drawing.h"

#include <math.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/memory.h"

static const struct metric_spec first = {.name = "fork", .unit = "us"};
static const struct metric_spec second = {.name = "exec", .unit = "us"};
static const struct metric_spec third = {.name = "gone", .unit = "us"};
static const struct metric_spec fourth = {.name = "exit", .unit = "us"};

// Log2 of the ratios: 1 with 1/2 to 3/2, -1/2 alone, and none.
static struct comparison results[4];

static int set_up(void **state)
{
	(void)state;
	results[0] = (struct comparison){.metric = &first,
					 .method = METHOD_BOARDS,
					 .claim = CLAIM_DIFFERENT,
					 .has_interval = true,
					 .ratio = 2,
					 .low = sqrt(2),
					 .high = 2 * sqrt(2)};
	results[1] = (struct comparison){
	    .metric = &second, .method = METHOD_WEAK, .claim = CLAIM_OPEN, .ratio = sqrt(0.5)};
	results[2] = (struct comparison){.metric = &third, .method = METHOD_MISSING, .ratio = 1};
	results[3] = (struct comparison){.metric = &fourth,
					 .method = METHOD_EXACT,
					 .claim = CLAIM_EXACT,
					 .has_interval = true,
					 .ratio = 1,
					 .low = 1,
					 .high = 1};
	return 0;
}

static const struct compare_input input = {.classes = {{.label = "x4"}, {.label = "v3"}}};

// Names take 200 pixels, the axis 470: from -1.5 to 1.5 powers of two.
static double at(double log_ratio)
{
	return 435 + log_ratio * 470 / 3;
}

static void draw_forest_frame(struct buffer *out, const char *title, const struct timing_params *p)
{
	const double bottom = 50 + 4 * 22;
	plot_picture_begin(out, 900, bottom + 46, title);
	svg_text(out, 200, 18, ANCHOR_START, true, title);
	svg_text(out, 200, 34, ANCHOR_START, false,
		 "log scale; bold: significant after Holm; hollow: one or two boards; dotted: "
		 "least difference that counts");
	static const char *const labels[] = {"0.354", "0.5", "0.707", "1", "1.41", "2", "2.83"};
	for (int i = 0; i < 7; i++) {
		double x = at(0.5 * (i - 3));
		svg_line(out, x, 50, x, bottom, STROKE_GRID);
		svg_text(out, x, bottom + 16, ANCHOR_MIDDLE, false, labels[i]);
	}
	svg_line(out, at(0), 50, at(0), bottom, STROKE_AXIS);
	for (int side = -1; side <= 1; side += 2) {
		double x = at(log2(1 + side * p->min_rel));
		svg_line(out, x, 50, x, bottom, STROKE_THIRD);
	}
}

static void a_forest_shows_the_rows_as_they_come(void **state)
{
	(void)state;
	struct timing_params p = timing_params_default();
	const struct comparison *rows[] = {&results[0], &results[1], &results[2], &results[3]};
	CLEANUP_BUFFER struct buffer found = {0}, wanted = {0};
	plot_forest(&found, &input, rows, 4, &p);
	draw_forest_frame(&wanted, "Ratio of x4 to v3", &p);
	svg_text(&wanted, 192, 65, ANCHOR_END, true, "fork");
	svg_line(&wanted, at(0.5), 61, at(1.5), 61, STROKE_BOLD);
	svg_mark(&wanted, at(1), 61, 5, 1, MARK_FILLED, "boards compared");
	svg_text(&wanted, 682, 65, ANCHOR_START, true, "+100 % (+41.4 % to +183 %)");
	svg_text(&wanted, 192, 87, ANCHOR_END, false, "exec");
	svg_mark(&wanted, at(-0.5), 83, 4, 1, MARK_HOLLOW, "2 boards, weak");
	svg_text(&wanted, 682, 87, ANCHOR_START, false, "-29.3 %");
	svg_text(&wanted, 192, 109, ANCHOR_END, false, "gone");
	svg_text(&wanted, 208, 109, ANCHOR_START, false, "missing");
	svg_text(&wanted, 192, 131, ANCHOR_END, false, "exit");
	svg_line(&wanted, at(0), 127, at(0), 127, STROKE_MAIN);
	svg_mark(&wanted, at(0), 127, 4, 1, MARK_FILLED, "instruction count");
	svg_text(&wanted, 682, 131, ANCHOR_START, false, "0 % (0 % to 0 %)");
	plot_picture_end(&wanted);
	assert_same_drawing(&found, &wanted);
	struct compare_input change = input;
	change.question = QUESTION_CHANGE;
	buffer_truncate(&found, 0);
	buffer_truncate(&wanted, 0);
	plot_forest(&found, &change, rows, 0, &p);
	assert_non_null(strstr(buffer_str(&found), ">Ratio of changes of x4 to v3</text>"));
}

static bool holds_mark(const struct buffer *out, double x, double y, double size, enum svg_mark m,
		       const char *tip)
{
	CLEANUP_BUFFER struct buffer mark = {0};
	svg_mark(&mark, x, y, size, 1, m, tip);
	return strstr(buffer_str(out), buffer_str(&mark)) != NULL;
}

// Small differences leave room for three times the least that counts; an axis ends at eightfold.
static void a_forest_reaches_no_further_than_it_needs(void **state)
{
	(void)state;
	struct timing_params p = timing_params_default();
	p.min_rel = 0.25;
	const struct comparison *rows[] = {&results[1]};
	results[1].ratio = exp2(0.1);
	results[1].method = METHOD_ONE_BOARD;
	CLEANUP_BUFFER struct buffer out = {0};
	plot_forest(&out, &input, rows, 1, &p);
	assert_true(holds_mark(&out, 435 + 0.1 * 470 / 1.5, 61, 4, MARK_HOLLOW,
			       compare_method_label(METHOD_ONE_BOARD)));
	results[1].ratio = 1024;
	buffer_truncate(&out, 0);
	plot_forest(&out, &input, rows, 1, &p);
	assert_true(
	    holds_mark(&out, 670, 61, 4, MARK_HOLLOW, compare_method_label(METHOD_ONE_BOARD)));
	assert_non_null(strstr(buffer_str(&out), ">8</text>"));
	assert_non_null(strstr(buffer_str(&out), ">1024 times</text>"));
	// A tenth beyond a ratio that has no interval.
	results[1].ratio = 4;
	buffer_truncate(&out, 0);
	plot_forest(&out, &input, rows, 1, &p);
	assert_true(holds_mark(&out, 435 + 235 / 1.1, 61, 4, MARK_HOLLOW,
			       compare_method_label(METHOD_ONE_BOARD)));
}

static void long_names_have_the_room_they_need(void **state)
{
	(void)state;
	const struct metric_spec wordy = {.name = "a name of exactly forty letters, as here"};
	results[0].metric = &wordy;
	struct timing_params p = timing_params_default();
	const struct comparison *rows[] = {&results[1], &results[0]};
	CLEANUP_BUFFER struct buffer out = {0};
	plot_forest(&out, &input, rows, 2, &p);
	assert_non_null(
	    strstr(buffer_str(&out), " viewBox=\"0 0 984 140\"")); // 40 * 6.7 + 16 + 700
}

// Columns of 150 pixels, or 700 shared; colours end at half as much again.
static void a_map_has_a_cell_for_each_class(void **state)
{
	(void)state;
	static const char *const metrics[] = {"fork", "exec"}, *const classes[] = {"x4", "a72"};
	static const struct heat_cell cells[] = {{METHOD_BOARDS, 1.25, 0.01},
						 {METHOD_MISSING, 1, 1},
						 {METHOD_ONE_BOARD, 53.36, 1},
						 {METHOD_EXACT, 1, 0.05}};
	CLEANUP_BUFFER struct buffer found = {0}, wanted = {0};
	plot_heat(&found, "v3", metrics, 2, classes, 2, cells);
	plot_picture_begin(&wanted, 900, 140, "Difference to v3");
	svg_text(&wanted, 200, 16, ANCHOR_START, true, "Difference to v3");
	svg_text(&wanted, 275, 42, ANCHOR_MIDDLE, true, "x4");
	svg_text(&wanted, 425, 42, ANCHOR_MIDDLE, true, "a72");
	svg_text(&wanted, 192, 65, ANCHOR_END, false, "fork");
	svg_cell(&wanted, 200, 50, 150, 22, log2(1.25) / 0.585);
	svg_text(&wanted, 275, 65, ANCHOR_MIDDLE, false, "+25 %");
	svg_mark(&wanted, 209, 61, 3, 5, MARK_FILLED, "significant, BH q below 0.05");
	svg_rect(&wanted, 350, 50, 150, 22, FILL_NONE);
	svg_text(&wanted, 192, 87, ANCHOR_END, false, "exec");
	// No colour for one board: hatched, the number on paper.
	svg_rect(&wanted, 200, 72, 150, 22, FILL_HATCH);
	svg_rect(&wanted, 275 - 36.5, 75, 73, 16, FILL_PAPER);
	svg_text(&wanted, 275, 87, ANCHOR_MIDDLE, false, "53.4 times");
	svg_cell(&wanted, 350, 72, 150, 22, 0);
	svg_text(&wanted, 425, 87, ANCHOR_MIDDLE, false, "0 %");
	svg_text(&wanted, 200, 126, ANCHOR_START, false,
		 "crossed: one board, says nothing about the CPU; plus: significant (BH q below "
		 "0.05); blank: missing; colour ends at 50 %");
	plot_picture_end(&wanted);
	assert_same_drawing(&found, &wanted);
}

static void differences_have_three_digits(void **state)
{
	(void)state;
	static const struct {
		double ratio;
		const char *text;
	} cases[] = {
	    {1, "0 %"},
	    {1 + 1e-13, "0 %"},
	    {1.052345, "+5.23 %"},
	    {0.99958777, "-0.0412 %"},
	    {1.5, "+50 %"},
	    {2.34567, "+135 %"},
	    {9.99, "+899 %"},
	    {10, "10 times"},
	    {53.3551, "53.4 times"},
	    {999.4, "999 times"},
	    {999.5, "1000 times"},
	    {138600, "138600 times"},
	    {0.5, "-50 %"},
	    {0.1001, "-90 %"},
	    {0.1, "0.1 times"},
	    {0.01874, "0.0187 times"},
	    {1 + 2e-11, "+2e-09 %"},
	    {1 - 2e-11, "-2e-09 %"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP_FREE char *text = compare_size_text(cases[i].ratio);
		assert_string_equal(text, cases[i].text);
	}
}

static void effects_are_in_units_of_what_counts(void **state)
{
	(void)state;
	struct timing_params p = timing_params_default();
	struct metric_spec own = first;
	results[0].metric = &own;
	assert_float_equal(compare_effect(&results[0], &p), log(2) / log(1.01), 1e-9);
	results[0].ratio = 0.5;
	assert_float_equal(compare_effect(&results[0], &p), log(2) / log(1.01), 1e-9);
	own.min_rel = 1;
	assert_float_equal(compare_effect(&results[0], &p), 1, 1e-9);
	results[2].ratio = 2;
	assert_float_equal(compare_effect(&results[2], &p), 0, 1e-9);
	static const bool claimed[] = {
	    [METHOD_BOARDS] = true, [METHOD_WEAK] = true,     [METHOD_ONE_BOARD] = false,
	    [METHOD_EXACT] = true,  [METHOD_MISSING] = false, [METHOD_PAIRS] = true};
	for (int m = METHOD_BOARDS; m <= METHOD_PAIRS; m++) {
		results[0].method = (enum compare_method)m;
		assert_int_equal(compare_may_claim(&results[0]), claimed[m]);
	}
}

static void a_metric_has_its_own_name_again(void **state)
{
	(void)state;
	static const char *const names[][2] = {
	    {"mmfarm.t.smp.up_1_", "mmfarm.t.smp.up[1]"},
	    {"up_12_", "up[12]"},
	    {"a_1_.b_23_.c", "a[1].b[23].c"},
	    {"a_1_b", "a_1_b"},
	    {"a_1", "a_1"},
	    {"a__", "a__"},
	    {"a_x_", "a_x_"},
	    {"_1_", "_1_"},
	    {"a._1_", "a._1_"},
	    {"per_gib", "per_gib"},
	    {"", ""},
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		CLEANUP_FREE char *own = metric_own_name(names[i][0]);
		assert_string_equal(own, names[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(a_forest_shows_the_rows_as_they_come, set_up),
	    cmocka_unit_test_setup(a_forest_reaches_no_further_than_it_needs, set_up),
	    cmocka_unit_test_setup(long_names_have_the_room_they_need, set_up),
	    cmocka_unit_test(a_map_has_a_cell_for_each_class),
	    cmocka_unit_test(differences_have_three_digits),
	    cmocka_unit_test_setup(effects_are_in_units_of_what_counts, set_up),
	    cmocka_unit_test(a_metric_has_its_own_name_again),
	};
	return cmocka_run_group_tests_name("timing/forest", tests, NULL, NULL);
}
