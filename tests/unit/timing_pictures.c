// SPDX-License-Identifier: GPL-2.0-or-later
// Pictures of few points, each against one drawn by hand: where a value stands follows from the ends
// of its axis, which the comments give.
#include "unit/timing_drawing.h"

#include <math.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/memory.h"

// The frame of P6 and P7: 80 to 700 across, 290 up to 40.
static void draw_frame(struct buffer *out, const char *x_name, const char *y_name)
{
	svg_line(out, 80, 290, 700, 290, STROKE_AXIS);
	svg_line(out, 80, 40, 80, 290, STROKE_AXIS);
	svg_text(out, 390, 328, ANCHOR_MIDDLE, false, x_name);
	svg_text_up(out, 16, 165, y_name);
}

static void draw_x_tick(struct buffer *out, double x, const char *label)
{
	svg_line(out, x, 290, x, 294, STROKE_AXIS);
	svg_text(out, x, 308, ANCHOR_MIDDLE, false, label);
}

static void draw_bar(struct buffer *out, double x, double y, double height, enum svg_fill fill)
{
	svg_rect(out, x, y, 77.5, height, fill);
	svg_rect(out, x, y, 77.5, height, FILL_NONE);
}

// Eight bins of 1 from 0 to 8, 77.5 pixels each; two repetitions are 2 * 250 / 4.2 pixels.
static void repetitions_are_bars_above_and_below(void **state)
{
	(void)state;
	static const double a[] = {0, 0.5, 1.5, 8}, b[] = {3.5, 8, 7.5};
	CLEANUP_BUFFER struct buffer found = {0}, wanted = {0};
	plot_repetitions(&found, "ns", "run 1", a, 4, "run 2", b, 3);
	const double one = 250 / 4.2;
	plot_picture_begin(&wanted, 720, 340, "Repetitions of two runs");
	static const char *const counts[] = {"2", "1", "0", "1", "2"};
	for (int i = 0; i < 5; i++)
		draw_grid_line(&wanted, 80, 700, 165 - (i - 2) * one, counts[i]);
	for (int i = 0; i <= 8; i++) {
		const char label[] = {(char)('0' + i), '\0'};
		draw_x_tick(&wanted, 80 + 77.5 * i, label);
	}
	draw_frame(&wanted, "ns (does not start at zero)", "repetitions");
	draw_bar(&wanted, 80, 165 - 2 * one, 2 * one, FILL_BAND);
	draw_bar(&wanted, 157.5, 165 - one, one, FILL_BAND);
	draw_bar(&wanted, 622.5, 165 - one, one, FILL_BAND);
	draw_bar(&wanted, 312.5, 165, one, FILL_RANGE);
	draw_bar(&wanted, 622.5, 165, 2 * one, FILL_RANGE);
	svg_text(&wanted, 80, 20, ANCHOR_START, true, "above: run 1, below: run 2");
	plot_picture_end(&wanted);
	static const char *const header[] = {"from", "to", "first run", "second run"};
	static const char *const rows[][4] = {
	    {"0", "1", "2", "0"}, {"1", "2", "1", "0"}, {"3", "4", "0", "1"}, {"7", "8", "1", "2"}};
	plot_table_begin(&wanted, "Repetitions", header, 4);
	for (int i = 0; i < 4; i++)
		plot_table_row(&wanted, rows[i], 4);
	plot_table_end(&wanted);
	assert_same_drawing(&found, &wanted);
}

static void assert_holds(const struct buffer *out, const char *text)
{
	if (!strstr(buffer_str(out), text))
		fail_msg("%s is missing in\n%s", text, buffer_str(out));
}

static size_t count_of(const struct buffer *out, const char *text)
{
	size_t n = 0;
	for (const char *s = buffer_str(out); (s = strstr(s, text)); s++)
		n++;
	return n;
}

static void equal_repetitions_are_one_bar_a_thousandth_wide_at_most(void **state)
{
	(void)state;
	static const double eight[] = {8, 8, 8}, zero[] = {0, 0};
	CLEANUP_BUFFER struct buffer out = {0};
	plot_repetitions(&out, "", "x", eight, 2, "y", eight + 2, 1);
	// Eight bins in 8 thousandths.
	assert_holds(&out, "<td>8</td><td>8.001</td><td>2</td><td>1</td>");
	assert_holds(&out, ">(does not start at zero)</text>");
	buffer_truncate(&out, 0);
	plot_repetitions(&out, "ns", "x", zero, 1, "y", zero, 1);
	assert_holds(&out, "<td>0</td><td>1.25e-10</td><td>1</td><td>1</td>");
}

// Twice the root of their number, 8 to 40.
static void the_number_of_bins_follows_the_repetitions(void **state)
{
	(void)state;
	static const struct {
		size_t n, bins;
	} cases[] = {{16, 8}, {21, 9}, {100, 20}, {399, 40}, {1000, 40}};
	static double v[1000];
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		// Many more values than bins, evenly: no bin stays empty.
		for (size_t k = 0; k < cases[i].n; k++)
			v[k] = (double)k;
		CLEANUP_BUFFER struct buffer out = {0};
		plot_repetitions(&out, "ns", "x", v, cases[i].n - 1, "y", v + cases[i].n - 1, 1);
		assert_int_equal(count_of(&out, "<tr><td>"), cases[i].bins);
	}
}

// From 0.01 % (less is shown there) to 100 %: 620 pixels are 4.2 powers of ten, 250 are 0.88 of
// dependence from -0.03 on.
static void noise_stands_on_a_log_scale(void **state)
{
	(void)state;
	static const struct noise_point points[] = {
	    {"quiet", 1e-6, 0}, {"loud", 1, 0.5}, {"usual", 0.01, 0.1}};
	CLEANUP_BUFFER struct buffer found = {0}, wanted = {0};
	plot_noise(&found, points, 3);
	plot_picture_begin(&wanted, 720, 340, "Noise of the series");
	svg_text(&wanted, 80, 20, ANCHOR_START, true, "Noise of the series");
	static const char *const y_labels[] = {"0", "0.2", "0.4", "0.6", "0.8"};
	for (int i = 0; i < 5; i++)
		draw_grid_line(&wanted, 80, 700, 290 - (0.2 * i + 0.03) * 250 / 0.88, y_labels[i]);
	static const char *const x_labels[] = {"0.01", "0.032", "0.1", "0.32", "1",
					       "3.2",  "10",    "32",  "1e+02"};
	for (int i = 0; i < 9; i++)
		draw_x_tick(&wanted, 390 + (i - 4) * 0.5 * 620 / 4.2, x_labels[i]);
	draw_frame(&wanted, "noise (%), log scale", "dependence between neighbours");
	for (int i = 0; i < 3; i++) {
		static const double places[] = {-2, 2, 0};
		svg_mark(&wanted, 390 + places[i] * 620 / 4.2,
			 290 - (points[i].rho + 0.03) * 250 / 0.88, 4, 0, MARK_HOLLOW,
			 points[i].name);
	}
	plot_picture_end(&wanted);
	static const char *const header[] = {"series", "noise (%)", "dependence"};
	static const char *const rows[][3] = {
	    {"quiet", "0.000", "0.00"}, {"loud", "100.000", "0.50"}, {"usual", "1.000", "0.10"}};
	plot_table_begin(&wanted, "Noise of the series", header, 3);
	for (int i = 0; i < 3; i++)
		plot_table_row(&wanted, rows[i], 3);
	plot_table_end(&wanted);
	assert_same_drawing(&found, &wanted);
	// Of nothing: 0.01 to 0.1 %.
	buffer_truncate(&found, 0);
	plot_noise(&found, NULL, 0);
	for (int i = 0; i <= 5; i++) {
		static const char *const labels[] = {"0.01", "0.016", "0.025",
						     "0.04", "0.063", "0.1"};
		CLEANUP_BUFFER struct buffer tick = {0};
		draw_x_tick(&tick, 80 + (0.1 + 0.2 * i) * 620 / 1.2, labels[i]);
		assert_holds(&found, buffer_str(&tick));
	}
}

// ---- P2 and P5 -----------------------------------------------------------------------------

static const struct metric_spec fork_time = {.name = "fork", .unit = "us"};
static const double a0[] = {120, 130}, b0[] = {90, 100, 110}, b2[] = {100};
static const struct compare_cell first_cells[] = {{a0, 2, NULL, 0}};
static const struct compare_cell second_cells[] = {
    {b0, 3, NULL, 0}, {NULL, 0, NULL, 0}, {b2, 1, NULL, 0}};
static const struct compare_board first_boards[] = {{.name = "one"}};
static const struct compare_board second_boards[] = {
    {.name = "b0"}, {.name = "b1"}, {.name = "b2"}};
static const struct compare_metric strip_metric = {&fork_time, {first_cells, second_cells}};
static const struct compare_input strip_input = {
    .classes = {{"first", first_boards, 1, false}, {"second", second_boards, 3, false}},
    .metrics = &strip_metric,
    .metrics_count = 1,
};

// Ratios of 0.9 to 1.3 and 6 % of that on each side: 0.876 to 1.324 in 240 pixels, 280 up to 40.
static double strip_y(double ratio)
{
	return 280 - (ratio - 0.876) * 240 / 0.448;
}

static void draw_strip_frame(struct buffer *out)
{
	static const char *const labels[] = {"0.9",  "0.95", "1",    "1.05", "1.1",
					     "1.15", "1.2",  "1.25", "1.3"};
	plot_picture_begin(out, 720, 320, "fork");
	svg_text(out, 90, 20, ANCHOR_START, true, "fork");
	for (int i = 0; i < 9; i++)
		draw_grid_line(out, 90, 520, strip_y(0.9 + 0.05 * i), labels[i]);
	svg_line(out, 90, 40, 90, 280, STROKE_AXIS);
	svg_text_up(out, 16, 160, "ratio to second (does not start at zero)");
}

static void draw_key_row(struct buffer *out, unsigned row, unsigned shape, const char *name)
{
	svg_mark(out, 540, 40 + 16.0 * row, 4, shape, MARK_FILLED, NULL);
	svg_text(out, 550, 44 + 16.0 * row, ANCHOR_START, false, name);
}

static void draw_dot(struct buffer *out, double x, double ratio, unsigned shape)
{
	svg_mark(out, x, strip_y(ratio), 3, shape, MARK_FILLED, NULL);
}

static void draw_median(struct buffer *out, double x, double ratio)
{
	svg_line(out, x - 14, strip_y(ratio), x + 14, strip_y(ratio), STROKE_BOLD);
}

// A class has 215 pixels. Its boards part them evenly; a board's runs take 0.7 of a part.
static void a_strip_shows_each_run_at_its_ratio(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer found = {0}, wanted = {0};
	plot_strip(&found, &strip_input, 0);
	draw_strip_frame(&wanted);
	draw_key_row(&wanted, 0, 0, "one");
	draw_dot(&wanted, 197.5 - 0.35 * 107.5, 1.2, 0);
	draw_dot(&wanted, 197.5 + 0.35 * 107.5, 1.3, 0);
	draw_median(&wanted, 197.5, 1.25);
	svg_text(&wanted, 197.5, 306, ANCHOR_MIDDLE, true, "first");
	draw_key_row(&wanted, 1, 0, "b0");
	for (int i = 0; i < 3; i++)
		draw_dot(&wanted, 358.75 + (i - 1) * 0.35 * 53.75, 0.9 + 0.1 * i, 0);
	draw_median(&wanted, 358.75, 1);
	draw_key_row(&wanted, 2, 1, "b1"); // no runs
	draw_key_row(&wanted, 3, 2, "b2");
	draw_dot(&wanted, 466.25, 1, 2);
	draw_median(&wanted, 466.25, 1);
	svg_line(&wanted, 358.75, strip_y(1), 466.25, strip_y(1), STROKE_SECOND);
	svg_text(&wanted, 412.5, 306, ANCHOR_MIDDLE, true, "second");
	plot_picture_end(&wanted);
	buffer_append_str(&wanted, "<details><summary>The numbers</summary>\n");
	static const char *const header[] = {"class",  "board", "runs", "least",
					     "median", "most",  "ratio"};
	static const char *const rows[][7] = {{"first", "one", "2", "120", "125", "130", "1.2500"},
					      {"second", "b0", "3", "90", "100", "110", "1.0000"},
					      {"second", "b2", "1", "100", "100", "100", "1.0000"}};
	plot_table_begin(&wanted, "fork (us)", header, 7);
	for (int i = 0; i < 3; i++)
		plot_table_row(&wanted, rows[i], 7);
	plot_table_end(&wanted);
	buffer_append_str(&wanted, "</details>\n");
	assert_same_drawing(&found, &wanted);
}

static void a_strip_without_the_second_class_is_held_against_the_first(void **state)
{
	(void)state;
	static const struct compare_cell none[3];
	struct compare_metric metric = {&fork_time, {first_cells, none}};
	struct compare_input in = strip_input;
	in.metrics = &metric;
	CLEANUP_BUFFER struct buffer out = {0};
	plot_strip(&out, &in, 0);
	assert_holds(&out, "ratio to first (does not start at zero)");
	assert_holds(&out, "<td>first</td><td>one</td><td>2</td><td>120</td><td>125</td>"
			   "<td>130</td><td>1.0000</td>");
	metric = (struct compare_metric){&fork_time, {none, none}};
	buffer_truncate(&out, 0);
	plot_strip(&out, &in, 0);
	assert_int_equal(out.len, 0);
}

// Six shapes filled, six hollow, and again; the names make the picture as high as they need.
static void many_boards_have_marks_of_their_own_and_room_for_their_names(void **state)
{
	(void)state;
	enum { MANY = 20 };
	struct compare_cell cells[MANY];
	struct compare_board boards[MANY];
	for (size_t b = 0; b < MANY; b++) {
		cells[b] = (struct compare_cell){b2, 1, NULL, 0};
		boards[b] = (struct compare_board){.name = "many"};
	}
	struct compare_metric metric = {&fork_time, {first_cells, cells}};
	struct compare_input in = strip_input;
	in.metrics = &metric;
	in.classes[1] = (struct compare_class){"second", boards, MANY, false};
	CLEANUP_BUFFER struct buffer out = {0};
	plot_strip(&out, &in, 0);
	assert_holds(&out, "viewBox=\"0 0 720 376\""); // 40 and 21 rows of 16
	for (unsigned b = 0; b < MANY; b++) {
		CLEANUP_BUFFER struct buffer key = {0};
		svg_mark(&key, 540, 56 + 16.0 * b, 4, b, b / 6 % 2 ? MARK_HOLLOW : MARK_FILLED,
			 NULL);
		assert_holds(&out, buffer_str(&key));
	}
}

static void an_axis_that_holds_zero_says_so_without_a_sign(void **state)
{
	(void)state;
	static const double wide[] = {0, 100, 200};
	struct compare_cell cell = {wide, 3, NULL, 0};
	struct compare_metric metric = {&fork_time, {first_cells, &cell}};
	struct compare_input in = strip_input;
	in.metrics = &metric;
	in.classes[1].boards_count = 1;
	CLEANUP_BUFFER struct buffer out = {0};
	plot_strip(&out, &in, 0);
	assert_holds(&out, ">0</text>");
	assert_null(strstr(buffer_str(&out), ">-0</text>"));
}

// A change of +10 % and one of +4 %: 0.985 to 1.115 in 240 pixels.
static double slope_y(double ratio)
{
	return 280 - (ratio - 0.985) * 240 / 0.13;
}

static void draw_slope(struct buffer *out, unsigned side, double ratio, double above,
		       const char *label)
{
	svg_line(out, 150, slope_y(1), 460, slope_y(ratio), side ? STROKE_SECOND : STROKE_MAIN);
	svg_mark(out, 150, slope_y(1), 5, side, MARK_FILLED, NULL);
	svg_mark(out, 460, slope_y(ratio), 5, side, MARK_FILLED, NULL);
	svg_text(out, 472, slope_y(ratio) + above, ANCHOR_START, true, label);
}

static void a_slope_leads_from_before_to_after(void **state)
{
	(void)state;
	struct comparison r = {.metric = &fork_time,
			       .method = METHOD_ONE_BOARD,
			       .before = {200, 50},
			       .after = {220, 52}};
	CLEANUP_BUFFER struct buffer found = {0}, wanted = {0};
	plot_slope(&found, &strip_input, &r, 0);
	plot_picture_begin(&wanted, 720, 320, "fork");
	svg_text(&wanted, 90, 20, ANCHOR_START, true, "fork");
	static const char *const labels[] = {"1", "1.02", "1.04", "1.06", "1.08", "1.1"};
	for (int i = 0; i < 6; i++)
		draw_grid_line(&wanted, 90, 520, slope_y(1 + 0.02 * i), labels[i]);
	svg_line(&wanted, 90, 40, 90, 280, STROKE_AXIS);
	svg_text_up(&wanted, 16, 160, "ratio to before (does not start at zero)");
	// The lower one's words stand below its end.
	draw_slope(&wanted, 0, 1.1, -4, "first +10.00 %");
	draw_slope(&wanted, 1, 1.04, 12, "second +4.00 %");
	svg_text(&wanted, 150, 306, ANCHOR_MIDDLE, false, "before");
	svg_text(&wanted, 460, 306, ANCHOR_MIDDLE, false, "after");
	plot_picture_end(&wanted);
	buffer_append_str(&wanted, "<details><summary>The numbers</summary>\n");
	static const char *const header[] = {"class", "before", "after", "change"};
	static const char *const rows[][4] = {{"first", "200", "220", "+10.00 %"},
					      {"second", "50", "52", "+4.00 %"}};
	plot_table_begin(&wanted, "fork (us)", header, 4);
	for (int i = 0; i < 2; i++)
		plot_table_row(&wanted, rows[i], 4);
	plot_table_end(&wanted);
	buffer_append_str(&wanted, "</details>\n");
	assert_same_drawing(&found, &wanted);
	// The other way round the first one's stand below; equal ones do not cover each other.
	buffer_truncate(&found, 0);
	r.after[1] = 60;
	plot_slope(&found, &strip_input, &r, 0);
	assert_holds(&found, ">first +10.00 %</text>");
	r.method = METHOD_MISSING;
	buffer_truncate(&found, 0);
	plot_slope(&found, &strip_input, &r, 0);
	assert_int_equal(found.len, 0);
}

static void a_slope_of_no_change_is_a_hundredth_high_at_least(void **state)
{
	(void)state;
	struct comparison r = {.metric = &fork_time,
			       .method = METHOD_ONE_BOARD,
			       .before = {200, 50},
			       .after = {200, 50}};
	CLEANUP_BUFFER struct buffer out = {0};
	plot_slope(&out, &strip_input, &r, 0);
	assert_holds(&out, ">0.998</text>"); // two thousandths on each side
	assert_holds(&out, ">1.002</text>");
	CLEANUP_BUFFER struct buffer middle = {0};
	svg_line(&middle, 150, 160, 460, 160, STROKE_MAIN);
	assert_holds(&out, buffer_str(&middle));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(repetitions_are_bars_above_and_below),
	    cmocka_unit_test(equal_repetitions_are_one_bar_a_thousandth_wide_at_most),
	    cmocka_unit_test(the_number_of_bins_follows_the_repetitions),
	    cmocka_unit_test(noise_stands_on_a_log_scale),
	    cmocka_unit_test(a_strip_shows_each_run_at_its_ratio),
	    cmocka_unit_test(a_strip_without_the_second_class_is_held_against_the_first),
	    cmocka_unit_test(many_boards_have_marks_of_their_own_and_room_for_their_names),
	    cmocka_unit_test(an_axis_that_holds_zero_says_so_without_a_sign),
	    cmocka_unit_test(a_slope_leads_from_before_to_after),
	    cmocka_unit_test(a_slope_of_no_change_is_a_hundredth_high_at_least),
	};
	return cmocka_run_group_tests_name("timing/pictures", tests, NULL, NULL);
}
