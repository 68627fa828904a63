// SPDX-License-Identifier: GPL-2.0-or-later
// The pictures of the timing room, each with its numbers in a table beside it, as parts of one
// self-contained HTML page.
#ifndef TIMING_PLOT_H
#define TIMING_PLOT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "timing/evaluate/alert.h"
#include "timing/compare.h"
#include "timing/evaluate/evaluate.h"

// A page: begin, any number of parts, end.
void plot_page_begin(struct buffer *out, const char *title);
void plot_page_end(struct buffer *out);
void plot_escape(struct buffer *out, const char *text); // text between tags
void plot_heading(struct buffer *out, const char *text);
void plot_paragraph(struct buffer *out, const char *text);

// A picture (timing/plot/svg.h) inside a page.
void plot_picture_begin(struct buffer *out, double width, double height, const char *title);
void plot_picture_end(struct buffer *out);

// Table rows of plain text; `header` cells are marked as such.
void plot_table_begin(struct buffer *out, const char *caption, const char *const *header,
		      size_t columns);
void plot_table_row(struct buffer *out, const char *const *cells, size_t columns);
void plot_table_end(struct buffer *out);

// P1: a series by commit order: valid points filled, flagged hollow, outliers crossed, a shape for
// each board; levels with their band of two noise units; changes with per cent, interval, state and
// the range of commits.
void plot_trend(struct buffer *out, const struct series_input *in, const struct evaluation *e,
		const struct series_state *state);

// P2: runs of one metric by class: one dot a run, a shape for each board, medians of boards joined,
// as ratios to the median of the second class.
void plot_strip(struct buffer *out, const struct compare_input *in, size_t metric);

// P3: ratio and interval of metrics in the order given; what Holm leaves significant is bold.
void plot_forest(struct buffer *out, const struct compare_input *in,
		 const struct comparison *const *rows, size_t n, const struct timing_params *p);

// P4: metrics against classes. cells[m * columns + c] compares class c with the reference. One board a
// class has no colour: its number is no claim.
struct heat_cell {
	enum compare_method method;
	double ratio;
	double bh;
};
void plot_heat(struct buffer *out, const char *reference, const char *const *metrics, size_t rows,
	       const char *const *classes, size_t columns, const struct heat_cell *cells);

// P5: before and after the change, a line for each class.
void plot_slope(struct buffer *out, const struct compare_input *in,
		const struct comparison *results, size_t metric);

// P6: noise and dependence of series.
struct noise_point {
	const char *name;
	double sigma; // relative
	double rho;
};
void plot_noise(struct buffer *out, const struct noise_point *points, size_t n);

// P7: repetitions of two runs as histograms, one above the other on one axis.
void plot_repetitions(struct buffer *out, const char *unit, const char *name_a, const double *a,
		      size_t n, const char *name_b, const double *b, size_t m);

#endif
