// SPDX-License-Identifier: GPL-2.0-or-later
// P6 and P7: how noisy series are, and what the repetitions inside two runs look like.
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "timing/plot/plot.h"
#include "timing/plot/svg.h"

#define WIDTH  720.0
#define HEIGHT 340.0
#define LEFT   80.0
#define RIGHT  20.0
#define TOP    40.0
#define BOTTOM 50.0
#define BINS   40 // of a histogram, at most

static double same(double v)
{
	return fabs(v) < 1e-12 ? 0 : v;
}

static double power_of_ten(double v)
{
	return pow(10, v);
}

// `x_value`: what stands at a place of the x axis.
static void draw_frame(struct buffer *out, const struct axis *x, const struct axis *y,
		       const char *x_name, const char *y_name, double (*x_value)(double),
		       int x_digits)
{
	for (double v = y->first; v <= y->high + 1e-12; v += y->step) {
		CLEANUP_FREE char *label = memory_printf("%.3g", same(fabs(v)));
		svg_line(out, LEFT, axis_place(y, v), WIDTH - RIGHT, axis_place(y, v), STROKE_GRID);
		svg_text(out, LEFT - 6, axis_place(y, v) + 4, ANCHOR_END, false, label);
	}
	for (double v = x->first; v <= x->high + 1e-12; v += x->step) {
		CLEANUP_FREE char *label = memory_printf("%.*g", x_digits, x_value(v));
		svg_line(out, axis_place(x, v), HEIGHT - BOTTOM, axis_place(x, v),
			 HEIGHT - BOTTOM + 4, STROKE_AXIS);
		svg_text(out, axis_place(x, v), HEIGHT - BOTTOM + 18, ANCHOR_MIDDLE, false, label);
	}
	svg_line(out, LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, STROKE_AXIS);
	svg_line(out, LEFT, TOP, LEFT, HEIGHT - BOTTOM, STROKE_AXIS);
	svg_text(out, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, ANCHOR_MIDDLE, false, x_name);
	svg_text_up(out, 16, (TOP + HEIGHT - BOTTOM) / 2, y_name);
}

void plot_noise(struct buffer *out, const struct noise_point *points, size_t n)
{
	static const char *const header[] = {"series", "noise (%)", "dependence"};
	double low = -2, high = -1;
	for (size_t i = 0; i < n; i++) {
		double v = log10(fmax(points[i].sigma, 1e-4) * 100);
		low = i ? fmin(low, v) : v;
		high = i ? fmax(high, v) : v;
	}
	struct axis x = axis_fit(low - 0.1, high + 0.1, LEFT, WIDTH - RIGHT, 6);
	struct axis y = axis_fit(-0.03, 0.85, HEIGHT - BOTTOM, TOP, 5);
	plot_picture_begin(out, WIDTH, HEIGHT, "Noise of the series");
	svg_text(out, LEFT, 20, ANCHOR_START, true, "Noise of the series");
	draw_frame(out, &x, &y, "noise (%), log scale", "dependence between neighbours",
		   power_of_ten, 2);
	for (size_t i = 0; i < n; i++)
		svg_mark(out, axis_place(&x, log10(fmax(points[i].sigma, 1e-4) * 100)),
			 axis_place(&y, points[i].rho), 4, 0, MARK_HOLLOW, points[i].name);
	plot_picture_end(out);
	plot_table_begin(out, "Noise of the series", header, 3);
	for (size_t i = 0; i < n; i++) {
		CLEANUP_FREE char *sigma = memory_printf("%.3f", 100 * points[i].sigma);
		CLEANUP_FREE char *rho = memory_printf("%.2f", points[i].rho);
		const char *const cells[] = {points[i].name, sigma, rho};
		plot_table_row(out, cells, 3);
	}
	plot_table_end(out);
}

// Few repetitions in narrow bins would make a fence of ones.
static int bins_for(size_t n)
{
	int bins = (int)lround(2 * sqrt((double)n));
	return bins < 8 ? 8 : bins > BINS ? BINS : bins;
}

static unsigned count_bins(const double *values, size_t n, double low, double width, int bins,
			   unsigned counts[BINS])
{
	unsigned most = 0;
	for (size_t i = 0; i < n; i++) {
		double place = (values[i] - low) / width;
		int bin = place < 0 ? 0 : place >= bins ? bins - 1 : (int)place;
		counts[bin]++;
		most = counts[bin] > most ? counts[bin] : most;
	}
	return most;
}

void plot_repetitions(struct buffer *out, const char *unit, const char *name_a, const double *a,
		      size_t n, const char *name_b, const double *b, size_t m)
{
	static const char *const header[] = {"from", "to", "first run", "second run"};
	double low = INFINITY, high = -INFINITY;
	for (size_t i = 0; i < n + m; i++) {
		double v = i < n ? a[i] : b[i - n];
		low = fmin(low, v);
		high = fmax(high, v);
	}
	if (!(high > low))
		high = low + fmax(fabs(low) * 1e-3, 1e-9);
	int bins = bins_for(n + m);
	double width = (high - low) / bins;
	unsigned counts[2][BINS] = {{0}};
	unsigned most = count_bins(a, n, low, width, bins, counts[0]);
	unsigned other = count_bins(b, m, low, width, bins, counts[1]);
	most = other > most ? other : most;
	struct axis x = axis_fit(low, high, LEFT, WIDTH - RIGHT, 6);
	struct axis y =
	    axis_fit(-(double)most * 1.05, (double)most * 1.05, HEIGHT - BOTTOM, TOP, 6);
	if (y.step < 1) { // there is no half a repetition
		y.step = 1;
		y.first = ceil(y.low);
	}
	plot_picture_begin(out, WIDTH, HEIGHT, "Repetitions of two runs");
	CLEANUP_FREE char *x_name =
	    memory_printf("%s%s(does not start at zero)", unit, *unit ? " " : "");
	draw_frame(out, &x, &y, x_name, "repetitions", same, 6);
	for (int run = 0; run < 2; run++) {
		for (int k = 0; k < bins; k++) {
			double from = axis_place(&x, low + width * k);
			double top = axis_place(&y, run ? 0 : counts[0][k]);
			double bottom = axis_place(&y, run ? -(double)counts[1][k] : 0);
			if (counts[run][k] > 0) {
				double to = axis_place(&x, low + width * (k + 1));
				svg_rect(out, from, top, to - from, bottom - top,
					 run ? FILL_RANGE : FILL_BAND);
				svg_rect(out, from, top, to - from, bottom - top, FILL_NONE);
			}
		}
	}
	CLEANUP_FREE char *title = memory_printf("above: %s, below: %s", name_a, name_b);
	svg_text(out, LEFT, 20, ANCHOR_START, true, title);
	plot_picture_end(out);
	plot_table_begin(out, "Repetitions", header, 4);
	for (int k = 0; k < bins; k++) {
		if (counts[0][k] + counts[1][k] == 0)
			continue;
		CLEANUP_FREE char *from = memory_printf("%.6g", low + width * k);
		CLEANUP_FREE char *to = memory_printf("%.6g", low + width * (k + 1));
		CLEANUP_FREE char *first = memory_printf("%u", counts[0][k]);
		CLEANUP_FREE char *second = memory_printf("%u", counts[1][k]);
		const char *const cells[] = {from, to, first, second};
		plot_table_row(out, cells, 4);
	}
	plot_table_end(out);
}
