// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/timing_nights.h"

#include "base/file.h"
#include "timing/plot/plot.h"
#include "timing/plot/svg.h"

// Every tag closed in its order, attributes quoted, no text that could open one.
static void assert_well_formed(const char *s)
{
	const char *open[64];
	size_t lengths[64], depth = 0;
	for (const char *p = strchr(s, '<'); p; p = strchr(p, '<')) {
		const char *end = strchr(p, '>');
		assert_non_null(end);
		const char *name = p + 1 + (p[1] == '/');
		size_t len = strcspn(name, " />");
		if (p[1] == '/') {
			assert_true(depth > 0);
			depth--;
			assert_int_equal(lengths[depth], len);
			assert_memory_equal(open[depth], name, len);
		} else if (p[1] != '!' && end[-1] != '/' && strncmp(name, "meta", 4) != 0) {
			assert_true(depth < 64);
			open[depth] = name;
			lengths[depth++] = len;
		}
		p = end;
	}
	assert_int_equal(depth, 0);
}

static void assert_self_contained(const char *s)
{
	assert_null(strstr(s, "<script"));
	assert_null(strstr(s, "href"));
	assert_null(strstr(s, "src="));
	assert_null(strstr(s, "@import"));
	assert_null(strstr(s, "nan"));
	assert_null(strstr(s, "inf"));
}

static void trend_page(struct buffer *out)
{
	struct lab *l = lab_new();
	l->input.metric.unit = "ns";
	for (size_t i = 0; i < 160; i++) {
		double level = i < 60 ? 100 : i < 110 ? 107 : 101;
		struct timing_run *r = lab_run(l, i, i % 2 ? "board-<a>" : "board-b",
					       lab_noise(l, i % 2 ? level : level * 1.02, 0.007));
		r->invalid = i % 37 == 5;
		lab_evaluate(l, i);
	}
	l->last.outliers[130] = true;
	plot_page_begin(out, "Trend");
	plot_trend(out, &l->input, &l->last, &l->state);
	plot_page_end(out);
	lab_free(l);
}

static void a_trend_is_self_contained_and_well_formed(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer a = {0}, b = {0};
	trend_page(&a);
	assert_well_formed(buffer_str(&a));
	assert_self_contained(buffer_str(&a));
	assert_non_null(strstr(buffer_str(&a), "board-&lt;a&gt;"));
	assert_non_null(strstr(buffer_str(&a), "pending"));
	trend_page(&b);
	assert_string_equal(buffer_str(&a), buffer_str(&b));
}

static void a_trend_of_nothing_is_drawn(void **state)
{
	(void)state;
	struct lab *l = lab_new();
	lab_evaluate(l, 0);
	CLEANUP_BUFFER struct buffer a = {0};
	plot_trend(&a, &l->input, &l->last, &l->state);
	assert_well_formed(buffer_str(&a));
	assert_self_contained(buffer_str(&a));
	lab_free(l);
}

#define BOARDS  3
#define RUNS    7
#define METRICS 8

static void comparison_page(struct buffer *out, size_t boards, enum compare_question q)
{
	static double values[METRICS][2][BOARDS][RUNS], old[METRICS][2][BOARDS][RUNS];
	static struct compare_cell cells[METRICS][2][BOARDS];
	static char names[METRICS][32];
	struct compare_board info[2][BOARDS];
	struct metric_spec specs[METRICS];
	struct compare_metric metrics[METRICS];
	struct comparison results[METRICS];
	struct heat_cell heat[METRICS][2];
	const char *rows[METRICS];
	struct random r = {boards};
	for (size_t m = 0; m < METRICS; m++) {
		snprintf(names[m], sizeof(names[m]), "t.split.%zu & more", m);
		rows[m] = names[m];
		specs[m] = (struct metric_spec){.name = names[m], .unit = "ns"};
		for (size_t c = 0; c < 2; c++) {
			for (size_t b = 0; b < boards; b++) {
				for (size_t k = 0; k < RUNS; k++) {
					double v = 100 * (1 + 0.01 * random_normal(&r));
					old[m][c][b][k] = v;
					values[m][c][b][k] = v * (c ? 1 : 0.9 + 0.05 * (double)m);
				}
				cells[m][c][b] = (struct compare_cell){values[m][c][b], RUNS,
								       old[m][c][b], RUNS};
			}
		}
		metrics[m] = (struct compare_metric){&specs[m], {cells[m][0], cells[m][1]}};
	}
	cells[5][1][0].count = boards == 1 ? 0 : RUNS;
	for (size_t c = 0; c < 2; c++)
		for (size_t b = 0; b < boards; b++)
			info[c][b] =
			    (struct compare_board){.name = b ? b == 1 ? "two" : "three" : "one"};
	const struct compare_input in = {
	    .key = "k",
	    .question = q,
	    .classes = {{"Cortex-X4 r0p3", info[0], boards, false},
			{"Neoverse-V3 r0p2", info[1], boards, false}},
	    .metrics = metrics,
	    .metrics_count = METRICS,
	};
	struct timing_params p = timing_params_default();
	compare_metrics(&in, &p, results);
	for (size_t m = 0; m < METRICS; m++) {
		heat[m][0] = (struct heat_cell){results[m].method, results[m].ratio, results[m].bh};
		heat[m][1] = (struct heat_cell){m % 3 ? METHOD_EXACT : METHOD_MISSING, 1.4, 1};
	}
	const char *const columns[] = {"Cortex-X4", "Cortex-A72"};
	plot_page_begin(out, "Comparison");
	const struct comparison *forest[METRICS];
	for (size_t m = 0; m < METRICS; m++)
		forest[m] = &results[m];
	plot_forest(out, &in, forest, METRICS, &p);
	plot_heat(out, "Neoverse-V3", rows, METRICS, columns, 2, heat[0]);
	for (size_t m = 0; m < 2; m++) {
		plot_strip(out, &in, m);
		if (q == QUESTION_CHANGE)
			plot_slope(out, &in, results, m);
	}
	static const struct noise_point noise[] = {
	    {"quiet", 0.001, 0}, {"loud", 0.08, 0.1}, {"wandering", 0.01, 0.7}};
	plot_noise(out, noise, 3);
	static const double one[] = {100, 101, 100, 104, 104, 105, 100},
			    two[] = {101, 100, 100, 101};
	plot_repetitions(out, "ns", "run 1", one, 7, "run 2", two, 4);
	plot_page_end(out);
}

static void a_comparison_is_self_contained_and_well_formed(void **state)
{
	(void)state;
	for (size_t boards = 1; boards <= BOARDS; boards++) {
		for (int q = QUESTION_LEVEL; q <= QUESTION_CHANGE; q++) {
			CLEANUP_BUFFER struct buffer a = {0};
			comparison_page(&a, boards, (enum compare_question)q);
			assert_well_formed(buffer_str(&a));
			assert_self_contained(buffer_str(&a));
		}
	}
}

static size_t occurrences(const char *s, const char *what)
{
	size_t n = 0;
	for (; (s = strstr(s, what)); s += strlen(what))
		n++;
	return n;
}

static void every_picture_has_its_numbers_beside_it_and_says_where_its_axis_starts(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer a = {0};
	comparison_page(&a, 3, QUESTION_CHANGE);
	// Two strips and two slopes.
	assert_int_equal(occurrences(buffer_str(&a), "<summary>The numbers</summary>"), 4);
	assert_int_equal(occurrences(buffer_str(&a), "does not start at zero"), 5);
	assert_int_equal(occurrences(buffer_str(&a), "log scale"), 2); // forest, noise
	assert_null(strstr(buffer_str(&a), ">0.5<"));                  // repetitions come whole
}

static void text_from_outside_cannot_break_out(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer a = {0};
	svg_escape(&a, "<b a='1' c=\"2\">&\x01\xff\xc3\xa9");
	assert_string_equal(buffer_str(&a),
			    "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;\xef\xbf\xbd"
			    "\xef\xbf\xbd\xc3\xa9");
}

static void ticks_are_round_and_inside(void **state)
{
	(void)state;
	struct axis a = axis_fit(0.13, 9.7, 0, 100, 5);
	assert_true(fabs(a.step - 2) < 1e-12 && fabs(a.first - 2) < 1e-12);
	assert_true(fabs(axis_place(&a, 9.7) - 100) < 1e-9);
	a = axis_fit(5, 5, 0, 100, 5);
	assert_true(a.high > a.low);
}

// Given a folder, writes the pages there, to be looked at.
int main(int argc, char **argv)
{
	if (argc == 2) {
		struct buffer pages[3] = {{0}};
		static const char *const files[] = {"trend.html", "level.html", "change.html"};
		trend_page(&pages[0]);
		comparison_page(&pages[1], 3, QUESTION_LEVEL);
		comparison_page(&pages[2], 1, QUESTION_CHANGE);
		for (int i = 0; i < 3; i++) {
			CLEANUP_FREE char *path = path_join(argv[1], files[i]);
			CLEANUP_ERROR struct error *e =
			    file_write_atomic(path, pages[i].data, pages[i].len);
			if (e)
				return 1;
			buffer_deinit(&pages[i]);
		}
		return 0;
	}
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_trend_is_self_contained_and_well_formed),
	    cmocka_unit_test(a_trend_of_nothing_is_drawn),
	    cmocka_unit_test(a_comparison_is_self_contained_and_well_formed),
	    cmocka_unit_test(
		every_picture_has_its_numbers_beside_it_and_says_where_its_axis_starts),
	    cmocka_unit_test(text_from_outside_cannot_break_out),
	    cmocka_unit_test(ticks_are_round_and_inside),
	};
	return cmocka_run_group_tests_name("timing/plot", tests, NULL, NULL);
}
