// SPDX-License-Identifier: GPL-2.0-or-later
// P2 and P5: one metric of two classes, run by run and before against after.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "timing/statistics/order.h"
#include "timing/plot/plot.h"
#include "timing/plot/svg.h"

#define WIDTH   720.0
#define HEIGHT  320.0
#define LEFT    90.0
#define RIGHT   200.0 // room for the boards' names
#define TOP     40.0
#define BOTTOM  40.0
#define KEY_ROW 16.0

static double median_of(const double *values, size_t n)
{
	double *copy = memory_new(n, sizeof(*copy));
	memcpy(copy, values, n * sizeof(*values));
	double middle = order_median(copy, n);
	free(copy);
	return middle;
}

// Median of the boards' medians; 0 when the class has no run.
static double class_level(const struct compare_input *in, size_t metric, int side)
{
	size_t boards = in->classes[side].boards_count, n = 0;
	double *levels = memory_new(boards, sizeof(*levels));
	for (size_t b = 0; b < boards; b++) {
		const struct compare_cell *c = &in->metrics[metric].cells[side][b];
		if (c->count > 0)
			levels[n++] = median_of(c->values, c->count);
	}
	double level = n ? order_median(levels, n) : 0;
	free(levels);
	return level;
}

static struct axis ratio_axis(const struct compare_input *in, size_t metric, double reference)
{
	double low = 1, high = 1;
	for (int side = 0; side < 2; side++) {
		for (size_t b = 0; b < in->classes[side].boards_count; b++) {
			const struct compare_cell *c = &in->metrics[metric].cells[side][b];
			for (size_t i = 0; i < c->count; i++) {
				low = fmin(low, c->values[i] / reference);
				high = fmax(high, c->values[i] / reference);
			}
		}
	}
	double margin = fmax((high - low) * 0.06, 1e-4);
	return axis_fit(low - margin, high + margin, HEIGHT - BOTTOM, TOP, 6);
}

static void draw_ratio_axis(struct buffer *out, const struct axis *y, const char *what)
{
	for (double v = y->first; v <= y->high; v += y->step) {
		// Adding up steps misses zero by a rounding error.
		double shown = fabs(v) < y->step / 1000 ? 0 : v;
		CLEANUP_FREE char *label = memory_printf("%.4g", shown);
		svg_line(out, LEFT, axis_place(y, v), WIDTH - RIGHT, axis_place(y, v), STROKE_GRID);
		svg_text(out, LEFT - 6, axis_place(y, v) + 4, ANCHOR_END, false, label);
	}
	svg_line(out, LEFT, TOP, LEFT, HEIGHT - BOTTOM, STROKE_AXIS);
	svg_text_up(out, 16, (TOP + HEIGHT - BOTTOM) / 2, what);
}

// Where the dots of a board stand; runs of one board side by side, in the order made.
static double dot_x(const struct compare_input *in, int side, size_t board, size_t i, size_t n)
{
	double half = (WIDTH - LEFT - RIGHT) / 2;
	double lane = half / (double)(in->classes[side].boards_count + 1);
	double inside = n > 1 ? ((double)i / (double)(n - 1) - 0.5) * 0.7 * lane : 0;
	return LEFT + half * side + lane * ((double)board + 1) + inside;
}

// A shape for each board of a class; classes stand apart, so both begin with the same.
static enum svg_mark board_mark(size_t board)
{
	return board / SVG_SHAPES % 2 ? MARK_HOLLOW : MARK_FILLED;
}

static void draw_class(struct buffer *out, const struct compare_input *in, size_t metric, int side,
		       size_t *row, double reference, const struct axis *y)
{
	const struct compare_class *k = &in->classes[side];
	double last_x = 0, last_y = 0;
	for (size_t b = 0; b < k->boards_count; b++, (*row)++) {
		const struct compare_cell *c = &in->metrics[metric].cells[side][b];
		double key = TOP + KEY_ROW * (double)*row;
		unsigned shape = (unsigned)b;
		svg_mark(out, WIDTH - RIGHT + 20, key, 4, shape, board_mark(b), NULL);
		svg_text(out, WIDTH - RIGHT + 30, key + 4, ANCHOR_START, false, k->boards[b].name);
		if (c->count == 0)
			continue;
		for (size_t i = 0; i < c->count; i++)
			svg_mark(out, dot_x(in, side, b, i, c->count),
				 axis_place(y, c->values[i] / reference), 3, shape, board_mark(b),
				 NULL);
		double x = dot_x(in, side, b, 0, 1);
		double level = axis_place(y, median_of(c->values, c->count) / reference);
		svg_line(out, x - 14, level, x + 14, level, STROKE_BOLD);
		if (last_x > 0)
			svg_line(out, last_x, last_y, x, level, STROKE_SECOND);
		last_x = x;
		last_y = level;
	}
	double half = (WIDTH - LEFT - RIGHT) / 2;
	svg_text(out, LEFT + half * (side + 0.5), HEIGHT - 14, ANCHOR_MIDDLE, true, k->label);
}

static void write_board(struct buffer *out, const char *class, const char *board,
			const struct compare_cell *c, double reference)
{
	double low = INFINITY, high = -INFINITY;
	for (size_t i = 0; i < c->count; i++) {
		low = fmin(low, c->values[i]);
		high = fmax(high, c->values[i]);
	}
	double middle = median_of(c->values, c->count);
	CLEANUP_FREE char *runs = memory_printf("%zu", c->count);
	CLEANUP_FREE char *least = memory_printf("%.6g", low);
	CLEANUP_FREE char *median = memory_printf("%.6g", middle);
	CLEANUP_FREE char *most = memory_printf("%.6g", high);
	CLEANUP_FREE char *ratio = memory_printf("%.4f", middle / reference);
	const char *const cells[] = {class, board, runs, least, median, most, ratio};
	plot_table_row(out, cells, 7);
}

static void write_boards(struct buffer *out, const struct compare_input *in, size_t metric,
			 double reference)
{
	static const char *const header[] = {"class",  "board", "runs", "least",
					     "median", "most",  "ratio"};
	const struct compare_metric *m = &in->metrics[metric];
	CLEANUP_FREE char *caption = memory_printf("%s (%s)", m->metric->name, m->metric->unit);
	buffer_append_str(out, "<details><summary>The numbers</summary>\n");
	plot_table_begin(out, caption, header, 7);
	for (int side = 0; side < 2; side++) {
		const struct compare_class *k = &in->classes[side];
		for (size_t b = 0; b < k->boards_count; b++)
			if (m->cells[side][b].count > 0)
				write_board(out, k->label, k->boards[b].name, &m->cells[side][b],
					    reference);
	}
	plot_table_end(out);
	buffer_append_str(out, "</details>\n");
}

void plot_strip(struct buffer *out, const struct compare_input *in, size_t metric)
{
	int held = class_level(in, metric, 1) > 0; // the class that the ratios are to
	double reference = class_level(in, metric, held);
	if (!(reference > 0))
		return;
	struct axis y = ratio_axis(in, metric, reference);
	const char *name = in->metrics[metric].metric->name;
	size_t boards = in->classes[0].boards_count + in->classes[1].boards_count, row = 0;
	double height = fmax(HEIGHT, TOP + KEY_ROW * (double)boards);
	plot_picture_begin(out, WIDTH, height, name);
	svg_text(out, LEFT, 20, ANCHOR_START, true, name);
	CLEANUP_FREE char *what =
	    memory_printf("ratio to %s (does not start at zero)", in->classes[held].label);
	draw_ratio_axis(out, &y, what);
	for (int side = 0; side < 2; side++)
		draw_class(out, in, metric, side, &row, reference, &y);
	plot_picture_end(out);
	write_boards(out, in, metric, reference);
}

static void write_changes(struct buffer *out, const struct compare_input *in,
			  const struct comparison *r, const double change[2])
{
	static const char *const header[] = {"class", "before", "after", "change"};
	CLEANUP_FREE char *caption = memory_printf("%s (%s)", r->metric->name, r->metric->unit);
	buffer_append_str(out, "<details><summary>The numbers</summary>\n");
	plot_table_begin(out, caption, header, 4);
	for (int side = 0; side < 2; side++) {
		CLEANUP_FREE char *before = memory_printf("%.6g", r->before[side]);
		CLEANUP_FREE char *after = memory_printf("%.6g", r->after[side]);
		CLEANUP_FREE char *percent = memory_printf("%+.2f %%", 100 * (change[side] - 1));
		const char *const cells[] = {in->classes[side].label, before, after, percent};
		plot_table_row(out, cells, 4);
	}
	plot_table_end(out);
	buffer_append_str(out, "</details>\n");
}

void plot_slope(struct buffer *out, const struct compare_input *in,
		const struct comparison *results, size_t metric)
{
	const struct comparison *r = &results[metric];
	if (r->method == METHOD_MISSING)
		return;
	double change[2] = {r->after[0] / r->before[0], r->after[1] / r->before[1]};
	double low = fmin(1, fmin(change[0], change[1])),
	       high = fmax(1, fmax(change[0], change[1]));
	double margin = fmax((high - low) * 0.15, 0.002);
	struct axis y = axis_fit(low - margin, high + margin, HEIGHT - BOTTOM, TOP, 6);
	double x1 = LEFT + 60, x2 = WIDTH - RIGHT - 60;
	plot_picture_begin(out, WIDTH, HEIGHT, r->metric->name);
	svg_text(out, LEFT, 20, ANCHOR_START, true, r->metric->name);
	draw_ratio_axis(out, &y, "ratio to before (does not start at zero)");
	for (int side = 0; side < 2; side++) {
		double before = axis_place(&y, 1), after = axis_place(&y, change[side]);
		svg_line(out, x1, before, x2, after, side ? STROKE_SECOND : STROKE_MAIN);
		svg_mark(out, x1, before, 5, (unsigned)side, MARK_FILLED, NULL);
		svg_mark(out, x2, after, 5, (unsigned)side, MARK_FILLED, NULL);
		CLEANUP_FREE char *label =
		    memory_printf("%s %+.2f %%", in->classes[side].label, 100 * (change[side] - 1));
		svg_text(out, x2 + 12, after + (side == (change[0] > change[1]) ? 12 : -4),
			 ANCHOR_START, true, label);
	}
	svg_text(out, x1, HEIGHT - 14, ANCHOR_MIDDLE, false, "before");
	svg_text(out, x2, HEIGHT - 14, ANCHOR_MIDDLE, false, "after");
	plot_picture_end(out);
	write_changes(out, in, r, change);
}
