// SPDX-License-Identifier: GPL-2.0-or-later
// The primitives of drawing: each as it stands in the file, and the parts of a page.
#include "unit/timing_drawing.h"

#include <math.h>

#define CHECK(call, text)                                      \
	do {                                                   \
		CLEANUP_BUFFER struct buffer out = {0};        \
		call;                                          \
		assert_string_equal(buffer_str(&out), (text)); \
	} while (0)

static void lines_have_their_strokes(void **state)
{
	(void)state;
	static const char *const strokes[] = {
	    [STROKE_AXIS] = "stroke=\"#333\"",
	    [STROKE_GRID] = "stroke=\"#ddd\"",
	    [STROKE_MAIN] = "stroke=\"#111\" stroke-width=\"1.5\"",
	    [STROKE_BOLD] = "stroke=\"#111\" stroke-width=\"3\"",
	    [STROKE_SECOND] = "stroke=\"#444\" stroke-width=\"1.5\" stroke-dasharray=\"7 4\"",
	    [STROKE_THIRD] = "stroke=\"#444\" stroke-width=\"1.5\" stroke-dasharray=\"2 3\"",
	};
	for (int s = STROKE_AXIS; s <= STROKE_THIRD; s++) {
		char text[128];
		snprintf(text, sizeof(text),
			 "<line x1=\"1.0\" y1=\"2.1\" x2=\"3.0\" y2=\"-4.0\" %s/>\n", strokes[s]);
		CHECK(svg_line(&out, 1, 2.06, 3, -4, (enum svg_stroke)s), text);
	}
}

static void rectangles_have_no_negative_size(void **state)
{
	(void)state;
	CHECK(svg_rect(&out, 1, 2, 3, 4, FILL_NONE),
	      "<rect x=\"1.0\" y=\"2.0\" width=\"3.0\" height=\"4.0\" fill=\"none\" "
	      "stroke=\"#333\"/>\n");
	CHECK(svg_rect(&out, 1, 2, -0.4, -3, FILL_PAPER),
	      "<rect x=\"1.0\" y=\"2.0\" width=\"0.0\" height=\"0.0\" fill=\"#fff\"/>\n");
	CHECK(svg_rect(&out, 1, 2, 0.6, 0.4, FILL_RANGE),
	      "<rect x=\"1.0\" y=\"2.0\" width=\"0.6\" height=\"0.4\" fill=\"url(#slant)\"/>\n");
}

// White is no change; the ends are 230,135,35 (orange) and 55,135,215 (blue).
static void cells_go_from_blue_over_white_to_orange_and_no_further(void **state)
{
	(void)state;
	static const struct {
		double value;
		const char *colour;
	} cells[] = {{0, "#ffffff"},  {1, "#e68723"},   {4, "#e68723"},   {-1, "#3787d7"},
		     {-9, "#3787d7"}, {0.5, "#f3c391"}, {-0.5, "#9bc3eb"}};
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		char text[160];
		snprintf(text, sizeof(text),
			 "<rect x=\"1.0\" y=\"2.0\" width=\"3.0\" height=\"4.0\" fill=\"%s\" "
			 "stroke=\"#999\"/>\n",
			 cells[i].colour);
		CHECK(svg_cell(&out, 1, 2, 3, 4, cells[i].value), text);
	}
}

static void marks_tell_indices_apart_by_shape_and_colour(void **state)
{
	(void)state;
	CHECK(svg_mark(&out, 10, 20, 4, 0, MARK_FILLED, NULL),
	      "<g transform=\"translate(10.0 20.0) scale(4.00)\" stroke=\"#1b4f9c\" "
	      "fill=\"#1b4f9c\" stroke-width=\"0.33\"><circle r=\"1\"/></g>\n");
	CHECK(svg_mark(&out, 10, 20, 4, 7, MARK_HOLLOW, "a & b"),
	      "<g transform=\"translate(10.0 20.0) scale(4.00)\" stroke=\"#b4460f\" fill=\"#fff\" "
	      "stroke-width=\"0.33\"><path d=\"M-0.9 -0.9H0.9V0.9H-0.9Z\"/>"
	      "<title>a &amp; b</title></g>\n");
	CHECK(svg_mark(&out, 10, 20, 4, 1, MARK_CROSS, NULL),
	      "<g transform=\"translate(10.0 20.0) scale(4.00)\" stroke=\"#b4460f\" fill=\"#fff\" "
	      "stroke-width=\"0.33\"><path d=\"M-1.2 -1.2L1.2 1.2M-1.2 1.2L1.2 -1.2\" "
	      "fill=\"none\"/></g>\n");
}

static void words_stand_at_their_anchor(void **state)
{
	(void)state;
	CHECK(svg_text(&out, 1, 2, ANCHOR_START, false, "<a>"),
	      "<text x=\"1.0\" y=\"2.0\" text-anchor=\"start\">&lt;a&gt;</text>\n");
	CHECK(svg_text(&out, 1, 2, ANCHOR_MIDDLE, true, "b"),
	      "<text x=\"1.0\" y=\"2.0\" text-anchor=\"middle\" font-weight=\"bold\">b</text>\n");
	CHECK(svg_text(&out, 1, 2, ANCHOR_END, false, NULL),
	      "<text x=\"1.0\" y=\"2.0\" text-anchor=\"end\"></text>\n");
	CHECK(svg_text_up(&out, 1, 2, "a & b"),
	      "<text transform=\"translate(1.0 2.0) rotate(-90)\" text-anchor=\"middle\">"
	      "a &amp; b</text>\n");
}

static void only_control_characters_are_replaced(void **state)
{
	(void)state;
	CHECK(svg_escape(&out, "\x1f \n\t~\x7f"), "\xef\xbf\xbd \n\t~\\u007f");
	CHECK(svg_escape(&out, NULL), "");
}

// Ticks are 1, 2, 5 or 10 times a power of ten, the nearest to a part of the span.
static void the_step_is_the_round_number_nearest_to_a_part(void **state)
{
	(void)state;
	static const struct {
		double span, step;
	} axes[] = {{7.4, 1},  {7.6, 2},   {17.4, 2},     {17.6, 5},
		    {37.4, 5}, {37.6, 10}, {0.074, 0.01}, {7400, 1000}};
	for (size_t i = 0; i < sizeof(axes) / sizeof(axes[0]); i++) {
		struct axis a = axis_fit(0.3, 0.3 + axes[i].span, 100, 0, 5);
		assert_float_equal(a.step, axes[i].step, 1e-12);
		assert_true(a.first >= a.low && a.first < a.low + a.step);
		assert_float_equal(fabs(remainder(a.first, a.step)), 0, 1e-9);
		assert_float_equal(axis_place(&a, a.low), 100, 1e-9);
		assert_float_equal(axis_place(&a, a.high), 0, 1e-9);
		assert_float_equal(axis_place(&a, (a.low + a.high) / 2), 50, 1e-9);
	}
}

static void an_axis_of_one_value_has_a_hundredth_on_each_side(void **state)
{
	(void)state;
	struct axis a = axis_fit(5, 5, 0, 100, 5);
	assert_float_equal(a.low, 4.95, 1e-12);
	assert_float_equal(a.high, 5.05, 1e-12);
	a = axis_fit(0, 0, 0, 100, 5);
	assert_float_equal(a.low, -1e-12, 1e-15);
	assert_float_equal(a.high, 1e-12, 1e-15);
	a = axis_fit(8, 4, 0, 100, 5);
	assert_float_equal(a.low, 5.94, 1e-12);
	assert_float_equal(a.high, 6.06, 1e-12);
}

static void a_picture_and_a_table_scroll_by_themselves(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer page = {0};
	plot_picture_begin(&page, 30, 40, "a < b");
	const char *begin = "<div class=\"wide\"><svg xmlns=\"http://www.w3.org/2000/svg\" "
			    "role=\"img\" width=\"30\" height=\"40\" viewBox=\"0 0 30 40\" "
			    "font-family=\"sans-serif\" font-size=\"12\" fill=\"#111\">"
			    "<title>a &lt; b</title><defs>";
	assert_memory_equal(buffer_str(&page), begin, strlen(begin));
	// Both fills that rectangles refer to, on white.
	assert_non_null(strstr(buffer_str(&page), "<pattern id=\"slant\""));
	assert_non_null(strstr(buffer_str(&page), "<pattern id=\"cross\""));
	const char *paper = "</defs><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n";
	assert_string_equal(buffer_str(&page) + page.len - strlen(paper), paper);
	CHECK(plot_picture_end(&out), "</svg>\n</div>\n");
	static const char *const cells[] = {"a", "<b>"};
	CHECK((plot_table_begin(&out, "x & y", cells, 2), plot_table_row(&out, cells, 2),
	       plot_table_end(&out)),
	      "<div class=\"wide\"><table><caption>x &amp; y</caption>\n"
	      "<tr><th scope=\"col\">a</th><th scope=\"col\">&lt;b&gt;</th></tr>\n"
	      "<tr><td>a</td><td>&lt;b&gt;</td></tr>\n</table></div>\n");
}

static void a_page_has_its_title_twice_and_escapes_all_text(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer page = {0};
	plot_page_begin(&page, "a & b");
	assert_non_null(strstr(buffer_str(&page), "<title>a &amp; b</title>\n<style>\n"));
	assert_non_null(strstr(buffer_str(&page), "</style></head><body>\n<h1>a &amp; b</h1>\n"));
	CHECK(plot_page_end(&out), "</body></html>\n");
	CHECK(plot_heading(&out, "a & b"), "<h2>a &amp; b</h2>\n");
	CHECK(plot_paragraph(&out, "a & b"), "<p>a &amp; b</p>\n");
	CHECK(plot_escape(&out, "a & b"), "a &amp; b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_have_their_strokes),
	    cmocka_unit_test(rectangles_have_no_negative_size),
	    cmocka_unit_test(cells_go_from_blue_over_white_to_orange_and_no_further),
	    cmocka_unit_test(marks_tell_indices_apart_by_shape_and_colour),
	    cmocka_unit_test(words_stand_at_their_anchor),
	    cmocka_unit_test(only_control_characters_are_replaced),
	    cmocka_unit_test(the_step_is_the_round_number_nearest_to_a_part),
	    cmocka_unit_test(an_axis_of_one_value_has_a_hundredth_on_each_side),
	    cmocka_unit_test(a_picture_and_a_table_scroll_by_themselves),
	    cmocka_unit_test(a_page_has_its_title_twice_and_escapes_all_text),
	};
	return cmocka_run_group_tests_name("timing/svg", tests, NULL, NULL);
}
