// SPDX-License-Identifier: GPL-2.0-or-later
// P3 and P4: all metrics of a comparison.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "timing/plot/plot.h"
#include "timing/plot/svg.h"

#define PICTURE  700.0 // pixels beside the metrics' names
#define NAMES    200.0 // for these, at least
#define GLYPH    6.7   // a letter's width, nearly
#define FIGURES  230.0 // and for difference and interval
#define ROW      22.0
#define TOP      50.0
#define BOTTOM   46.0
#define SPAN_MAX 3.0   // log2: the forest never shows more than an eighth to eightfold
#define CAP      0.585 // log2(1.5): where the heat map's colours end
#define ALPHA    0.05

// Room for the longest name.
static double names_width(const char *const *names, size_t n)
{
	size_t longest = 0;
	for (size_t i = 0; i < n; i++)
		longest = strlen(names[i]) > longest ? strlen(names[i]) : longest;
	return fmax(NAMES, GLYPH * (double)longest + 16);
}

static double clamp(const struct axis *x, double v)
{
	return axis_place(x, fmax(x->low, fmin(x->high, v)));
}

// "+5.23 % (+4.1 % to +6.38 %)"
static char *size_with_interval(const struct comparison *r)
{
	char *size = compare_size_text(r->ratio);
	if (!r->has_interval)
		return size;
	CLEANUP_FREE char *low = compare_size_text(r->low), *high = compare_size_text(r->high);
	char *both = memory_printf("%s (%s to %s)", size, low, high);
	free(size);
	return both;
}

static void draw_row(struct buffer *out, const struct comparison *r, const struct axis *x, double y)
{
	bool bold = r->claim == CLAIM_DIFFERENT;
	svg_text(out, x->start - 8, y + 4, ANCHOR_END, bold, r->metric->name);
	if (r->method == METHOD_MISSING) {
		svg_text(out, x->start + 8, y + 4, ANCHOR_START, false, "missing");
		return;
	}
	if (r->has_interval)
		svg_line(out, clamp(x, log2(r->low)), y, clamp(x, log2(r->high)), y,
			 bold ? STROKE_BOLD : STROKE_MAIN);
	bool weak = r->method == METHOD_ONE_BOARD || r->method == METHOD_WEAK;
	svg_mark(out, clamp(x, log2(r->ratio)), y, bold ? 5 : 4, 1,
		 weak ? MARK_HOLLOW : MARK_FILLED, compare_method_label(r->method));
	CLEANUP_FREE char *text = size_with_interval(r);
	svg_text(out, x->end + 12, y + 4, ANCHOR_START, bold, text);
}

static void draw_scale(struct buffer *out, const struct axis *x, double min_rel, double height)
{
	for (double v = x->first; v <= x->high + 1e-9; v += x->step) {
		CLEANUP_FREE char *label = memory_printf("%.3g", exp2(v));
		svg_line(out, axis_place(x, v), TOP, axis_place(x, v), height - BOTTOM,
			 STROKE_GRID);
		svg_text(out, axis_place(x, v), height - BOTTOM + 16, ANCHOR_MIDDLE, false, label);
	}
	svg_line(out, axis_place(x, 0), TOP, axis_place(x, 0), height - BOTTOM, STROKE_AXIS);
	for (int side = -1; side <= 1; side += 2) {
		double at = clamp(x, log2(1 + side * min_rel));
		svg_line(out, at, TOP, at, height - BOTTOM, STROKE_THIRD);
	}
}

static struct axis forest_axis(const struct comparison *const *rows, size_t n, double min_rel,
			       double names)
{
	double reach = 3 * min_rel;
	for (size_t i = 0; i < n; i++) {
		const struct comparison *r = rows[i];
		if (r->method == METHOD_MISSING)
			continue;
		reach = fmax(reach, 1.1 * fabs(log2(r->ratio)));
		if (r->has_interval)
			reach = fmax(reach, fmax(fabs(log2(r->low)), fabs(log2(r->high))));
	}
	reach = fmin(reach, SPAN_MAX);
	return axis_fit(-reach, reach, names, names + PICTURE - FIGURES, 6);
}

void plot_forest(struct buffer *out, const struct compare_input *in,
		 const struct comparison *const *rows, size_t n, const struct timing_params *p)
{
	double height = TOP + BOTTOM + ROW * (double)n;
	CLEANUP_FREE const char **metrics = memory_new(n, sizeof(*metrics));
	for (size_t i = 0; i < n; i++)
		metrics[i] = rows[i]->metric->name;
	double names = names_width(metrics, n);
	CLEANUP_FREE char *title = memory_printf(
	    "%s of %s to %s", in->question == QUESTION_CHANGE ? "Ratio of changes" : "Ratio",
	    in->classes[0].label, in->classes[1].label);
	struct axis x = forest_axis(rows, n, p->min_rel, names);
	plot_picture_begin(out, names + PICTURE, height, title);
	svg_text(out, names, 18, ANCHOR_START, true, title);
	svg_text(
	    out, names, 34, ANCHOR_START, false,
	    "log scale; bold: significant after Holm; hollow: one or two boards; dotted: least "
	    "difference that counts");
	draw_scale(out, &x, p->min_rel, height);
	for (size_t i = 0; i < n; i++)
		draw_row(out, rows[i], &x, TOP + ROW * ((double)i + 0.5));
	plot_picture_end(out);
}

static void draw_cell(struct buffer *out, double x, double y, double width,
		      const struct heat_cell *c)
{
	if (c->method == METHOD_MISSING) {
		svg_rect(out, x, y, width, ROW, FILL_NONE);
		return;
	}
	if (c->method == METHOD_ONE_BOARD)
		svg_rect(out, x, y, width, ROW, FILL_HATCH);
	else
		svg_cell(out, x, y, width, ROW, log2(c->ratio) / CAP);
	CLEANUP_FREE char *text = compare_size_text(c->ratio);
	if (c->method == METHOD_ONE_BOARD) {
		double half = GLYPH * (double)strlen(text) / 2 + 3;
		svg_rect(out, x + width / 2 - half, y + 3, 2 * half, ROW - 6, FILL_PAPER);
	}
	svg_text(out, x + width / 2, y + 15, ANCHOR_MIDDLE, false, text);
	if (c->bh < ALPHA)
		svg_mark(out, x + 9, y + ROW / 2, 3, 5, MARK_FILLED,
			 "significant, BH q below 0.05");
}

void plot_heat(struct buffer *out, const char *reference, const char *const *metrics, size_t rows,
	       const char *const *classes, size_t columns, const struct heat_cell *cells)
{
	double names = names_width(metrics, rows);
	double width = fmin(150, PICTURE / (double)(columns ? columns : 1));
	double height = TOP + BOTTOM + ROW * (double)rows;
	CLEANUP_FREE char *title = memory_printf("Difference to %s", reference);
	plot_picture_begin(out, names + PICTURE, height, title);
	svg_text(out, names, 16, ANCHOR_START, true, title);
	for (size_t c = 0; c < columns; c++)
		svg_text(out, names + width * ((double)c + 0.5), TOP - 8, ANCHOR_MIDDLE, true,
			 classes[c]);
	for (size_t r = 0; r < rows; r++) {
		double y = TOP + ROW * (double)r;
		svg_text(out, names - 8, y + 15, ANCHOR_END, false, metrics[r]);
		for (size_t c = 0; c < columns; c++)
			draw_cell(out, names + width * (double)c, y, width,
				  &cells[r * columns + c]);
	}
	svg_text(out, names, height - 14, ANCHOR_START, false,
		 "crossed: one board, says nothing about the CPU; plus: significant (BH q below "
		 "0.05); blank: missing; colour ends at 50 %");
	plot_picture_end(out);
}
