// SPDX-License-Identifier: GPL-2.0-or-later
// P1 of a few points against one drawn by hand.
#include "unit/timing_drawing.h"

#include <math.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/memory.h"

// Seven points of two boards: four at 100, a flagged one, two at 110; the last is an outlier. The
// first of them is older than the night looks.
#define POINTS 8

static struct point points[POINTS];
static struct timing_run runs[POINTS];
static const struct timing_run *order[POINTS];
static const char *boards[] = {"one", "two"};
static bool outliers[POINTS];
static size_t valid[] = {1, 2, 3, 4, 6, 7};
static double values[] = {100, 100, 100, 100, 110, 110};
static struct change changes[] = {{.at = 4}};
static struct series_input input;
static struct evaluation night;
static struct alert alerts[4];
static struct series_state remembered;

static int set_up(void **state)
{
	(void)state;
	static const char *const commits[] = {"c0", "c1", "c2", "c3", "c4", "c5", NULL, "c7"};
	static const double raw[] = {90, 100, 100, 100, 100, 104, 110, 110};
	for (size_t i = 0; i < POINTS; i++) {
		points[i] = (struct point){.position = (int64_t)i,
					   .board = i % 2,
					   .value = raw[i],
					   .first_run = i,
					   .runs_count = i + 1};
		runs[i] = (struct timing_run){.commit = commits[i]};
		order[i] = &runs[i];
		outliers[i] = i == 7;
	}
	points[5].flags = POINT_SHORT | POINT_FREQUENCY | POINT_THERMAL | POINT_INVALID;
	input = (struct series_input){.key = {"job", "v", "class", "m", {0}},
				      .metric = {.name = "m", .unit = "ns"}};
	night = (struct evaluation){
	    .points = {.points = points,
		       .count = POINTS,
		       .boards = boards,
		       .boards_count = 2,
		       .order = order},
	    .valid = valid,
	    .values = values,
	    .valid_count = 6,
	    .changes = changes,
	    .changes_count = 1,
	    .sigma = 1, // a band of 2 on each side
	    .outliers = outliers,
	};
	for (size_t i = 0; i < 4; i++)
		alerts[i] = (struct alert){
		    .kind = ALERT_STEP, .place = {6, 0}, .from = {4, 0}, .to = {6, 0}};
	remembered = (struct series_state){.alerts = alerts};
	return 0;
}

// Nine places from -1 to 7 in 900 pixels.
static double at(double place)
{
	return 80 + (place + 1) * 900 / 8;
}

// Values of 100 to 110 and 8 % of that on each side, in 251 pixels from 330 up to 79.
static double level(double value)
{
	return 330 - (value - 99.2) * 251 / 11.6;
}

static void begin_picture(struct buffer *out)
{
	static const char *const labels[] = {"100", "102", "104", "106", "108", "110"};
	const char *key = "job|v|class|0x00:0x000:0:0 bbm hw|m";
	plot_picture_begin(out, 1000, 398, key); // one row of boards
	svg_text(out, 80, 16, ANCHOR_START, true, key);
	for (int i = 0; i < 6; i++)
		draw_grid_line(out, 80, 980, level(100 + 2 * i), labels[i]);
	svg_line(out, 80, 40, 80, 330, STROKE_AXIS);
	svg_line(out, 80, 330, 980, 330, STROKE_AXIS);
	svg_text_up(out, 14, 185, "ns (axis does not start at zero)");
	svg_text(out, 530, 348, ANCHOR_MIDDLE, false, "runs in the order of commits");
}

// The band ends where the axis does.
static void draw_levels(struct buffer *out)
{
	svg_rect(out, at(0), level(102), at(3) - at(0), level(99.2) - level(102), FILL_BAND);
	svg_line(out, at(0), level(100), at(3), level(100), STROKE_MAIN);
	svg_rect(out, at(5), level(110.8), at(6) - at(5), level(108) - level(110.8), FILL_BAND);
	svg_line(out, at(5), level(110), at(6), level(110), STROKE_MAIN);
}

static void draw_points(struct buffer *out)
{
	static const char *const tips[] = {"c1 two: 100 ns", "c2 one: 100 ns", "c3 two: 100 ns",
					   "c4 one: 100 ns", "c5 two: 104 ns", " one: 110 ns",
					   "c7 two: 110 ns"};
	for (unsigned i = 0; i < 7; i++) {
		enum svg_mark mark = i == 6 ? MARK_CROSS : i == 4 ? MARK_HOLLOW : MARK_FILLED;
		svg_mark(out, at(i), level(points[i + 1].value), 3, (i + 1) % 2, mark, tips[i]);
	}
}

static void draw_key(struct buffer *out)
{
	svg_text(out, 980, 366, ANCHOR_END, false,
		 "filled: valid, hollow: flagged, cross: outlier, band: 2 noise units, "
		 "slanted: commits it may be");
	for (unsigned b = 0; b < 2; b++) {
		svg_mark(out, 85 + 920.0 / 6 * b, 376, 4, b, MARK_FILLED, NULL);
		svg_text(out, 94 + 920.0 / 6 * b, 380, ANCHOR_START, false, boards[b]);
	}
}

static void write_numbers(struct buffer *out)
{
	static const char *const header[] = {"point", "commit", "board", "value",
					     "unit",  "runs",   "flags", "level"};
	static const char *const rows[][8] = {
	    {"6", "c7", "two", "110", "ns", "8", "outlier", "1"},
	    {"5", "", "one", "110", "ns", "7", "", "1"},
	    {"4", "c5", "two", "104", "ns", "6", "short frequency thermal invalid ", "1"},
	    {"3", "c4", "one", "100", "ns", "5", "", "0"},
	    {"2", "c3", "two", "100", "ns", "4", "", "0"},
	    {"1", "c2", "one", "100", "ns", "3", "", "0"},
	    {"0", "c1", "two", "100", "ns", "2", "", "0"}};
	buffer_append_str(out, "<details><summary>The numbers</summary>\n");
	plot_table_begin(out, "Points, newest first", header, 8);
	for (int i = 0; i < 7; i++)
		plot_table_row(out, rows[i], 8);
	plot_table_end(out);
	buffer_append_str(out, "</details>\n");
}

static void a_trend_shows_points_levels_and_numbers(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer found = {0}, wanted = {0};
	plot_trend(&found, &input, &night, &remembered);
	begin_picture(&wanted);
	draw_levels(&wanted);
	draw_points(&wanted);
	draw_key(&wanted);
	plot_picture_end(&wanted);
	write_numbers(&wanted);
	assert_same_drawing(&found, &wanted);
}

static void draw_alert(struct buffer *out, double from, double x, double to)
{
	svg_rect(out, from, 40, to - from, 290, FILL_RANGE);
	svg_line(out, x, 40, x, 330, STROKE_SECOND);
}

// An alert stands between two points. Its words look inwards, and neighbours take turns in three rows.
static void alerts_stand_in_front_of_their_point(void **state)
{
	(void)state;
	alerts[0].relative = 0.1;
	alerts[0].low = 0.08;
	alerts[0].high = 0.12;
	alerts[0].state = STATE_CONFIRMED;
	alerts[1].place = (struct place){3, 0};
	alerts[1].kind = ALERT_ENVIRONMENT;
	alerts[2].kind = ALERT_DRIFT; // has no place of its own
	alerts[3].kind = ALERT_BOARD;
	remembered.alerts_count = 4;
	CLEANUP_BUFFER struct buffer found = {0}, wanted = {0};
	plot_trend(&found, &input, &night, &remembered);
	begin_picture(&wanted);
	draw_levels(&wanted);
	draw_alert(&wanted, at(2.5), at(4.5), at(4.5));
	svg_text(&wanted, at(4.5) - 4, 36, ANCHOR_END, true, "+10.0 % (+8.0 to +12.0) confirmed");
	draw_alert(&wanted, at(2.5), at(1.5), at(4.5));
	svg_text(&wanted, at(1.5) + 4, 49, ANCHOR_START, true, "+0.0 % (+0.0 to +0.0) candidate");
	draw_alert(&wanted, at(2.5), at(4.5), at(4.5));
	svg_text(&wanted, at(4.5) - 4, 62, ANCHOR_END, true, "+0.0 % (+0.0 to +0.0) candidate");
	draw_points(&wanted);
	draw_key(&wanted);
	plot_picture_end(&wanted);
	write_numbers(&wanted);
	assert_same_drawing(&found, &wanted);
}

static size_t count_of(const struct buffer *out, const char *text)
{
	size_t n = 0;
	for (const char *s = buffer_str(out); (s = strstr(s, text)); s++)
		n++;
	return n;
}

static void the_fourth_alert_is_in_the_first_row_again(void **state)
{
	(void)state;
	remembered.alerts_count = 4;
	CLEANUP_BUFFER struct buffer out = {0};
	plot_trend(&out, &input, &night, &remembered);
	assert_int_equal(count_of(&out, "y=\"36.0\" text-anchor=\"end\" font-weight"), 2);
	assert_int_equal(count_of(&out, "y=\"62.0\" text-anchor=\"end\" font-weight"), 1);
}

// A step that left the view did not happen at its edge.
static void an_alert_out_of_view_is_not_drawn(void **state)
{
	(void)state;
	static const int64_t places[] = {0, 1, 7, 8}; // shown are 1 to 7
	for (int i = 0; i < 4; i++) {
		alerts[0].place.position = places[i];
		remembered.alerts_count = 1;
		CLEANUP_BUFFER struct buffer out = {0};
		plot_trend(&out, &input, &night, &remembered);
		assert_int_equal(count_of(&out, "candidate"), i == 1 || i == 2);
	}
}

// A value that the axis does not hold is drawn at its end; nothing was measured where a short run
// has no value at all.
static void the_axis_holds_all_but_the_wildest(void **state)
{
	(void)state;
	// Quartiles 100 and 101 would allow 6 on each side; 3 (half a per cent) is less.
	static const double spread[] = {0, 100, 100, 100, 101, 0, 101, 300};
	for (size_t i = 0; i < POINTS; i++)
		points[i].value = spread[i];
	changes[0].at = 4;
	CLEANUP_BUFFER struct buffer out = {0};
	plot_trend(&out, &input, &night, &remembered);
	// Quartiles of the six are 100 and 101: up to 101 + 6, and 8 % of 7 beyond.
	CLEANUP_BUFFER struct buffer mark = {0};
	svg_mark(&mark, at(6), 79, 3, 1, MARK_CROSS, "c7 two: 300 ns");
	assert_non_null(strstr(buffer_str(&out), buffer_str(&mark)));
	assert_non_null(strstr(buffer_str(&out), ">107</text>"));
	assert_null(strstr(buffer_str(&out), ">108</text>"));
	assert_null(strstr(buffer_str(&out), "<title>c5")); // short, and 0
	points[5].flags = POINT_INVALID;
	buffer_truncate(&out, 0);
	plot_trend(&out, &input, &night, &remembered);
	assert_non_null(strstr(buffer_str(&out), "<title>c5 two: 0 ns</title>"));
}

static void a_band_on_a_log_scale_is_relative(void **state)
{
	(void)state;
	night.scale.log = true;
	night.sigma = 0.005;
	CLEANUP_BUFFER struct buffer out = {0}, band = {0};
	plot_trend(&out, &input, &night, &remembered);
	double size = 110 * expm1(0.01);
	double low = fmax(110 - size, 99.2), high = fmin(110 + size, 110.8);
	svg_rect(&band, at(5), level(high), at(6) - at(5), level(low) - level(high), FILL_BAND);
	assert_non_null(strstr(buffer_str(&out), buffer_str(&band)));
}

static void seven_boards_need_a_second_row(void **state)
{
	(void)state;
	static const char *many[] = {"b0", "b1", "b2", "b3", "b4", "b5", "b6"};
	night.points.boards = many;
	night.points.boards_count = 7;
	CLEANUP_BUFFER struct buffer out = {0}, last = {0};
	plot_trend(&out, &input, &night, &remembered);
	assert_non_null(strstr(buffer_str(&out), "viewBox=\"0 0 1000 416\""));
	svg_mark(&last, 85, 394, 4, 6, MARK_FILLED, NULL);
	svg_text(&last, 94, 398, ANCHOR_START, false, "b6");
	assert_non_null(strstr(buffer_str(&out), buffer_str(&last)));
}

static void equal_points_have_an_axis_too(void **state)
{
	(void)state;
	for (size_t i = 0; i < POINTS; i++)
		points[i].value = 100;
	night.changes_count = 0;
	CLEANUP_BUFFER struct buffer out = {0};
	plot_trend(&out, &input, &night, &remembered);
	// A millionth on each side.
	assert_non_null(strstr(buffer_str(&out), ">99.9999</text>"));
	assert_non_null(strstr(buffer_str(&out), ">100</text>"));
	night.valid_count = 0;
	night.points.count = 0;
	buffer_truncate(&out, 0);
	plot_trend(&out, &input, &night, &remembered);
	static const char *const labels[] = {">0<", ">0.2<", ">0.4<", ">0.6<", ">0.8<", ">1<"};
	for (int i = 0; i < 6; i++) // 0 to 1
		assert_int_equal(count_of(&out, labels[i]), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(a_trend_shows_points_levels_and_numbers, set_up),
	    cmocka_unit_test_setup(alerts_stand_in_front_of_their_point, set_up),
	    cmocka_unit_test_setup(the_fourth_alert_is_in_the_first_row_again, set_up),
	    cmocka_unit_test_setup(an_alert_out_of_view_is_not_drawn, set_up),
	    cmocka_unit_test_setup(the_axis_holds_all_but_the_wildest, set_up),
	    cmocka_unit_test_setup(a_band_on_a_log_scale_is_relative, set_up),
	    cmocka_unit_test_setup(seven_boards_need_a_second_row, set_up),
	    cmocka_unit_test_setup(equal_points_have_an_axis_too, set_up),
	};
	return cmocka_run_group_tests_name("timing/trend", tests, NULL, NULL);
}
