// SPDX-License-Identifier: GPL-2.0-or-later
// P1: a series by commit order.
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "timing/statistics/order.h"
#include "timing/plot/plot.h"
#include "timing/plot/svg.h"

#define WIDTH       1000.0
#define HEIGHT      380.0
#define LEFT        80.0
#define RIGHT       20.0
#define TOP         40.0
#define BOTTOM      50.0
#define KEY_ROW     18.0 // of boards' names, below the picture
#define KEY_COLUMNS 6
#define LABELS      3 // rows that the words of neighbouring changes take turns in

struct trend {
	struct buffer *out;
	const struct series_input *in;
	const struct evaluation *e;
	const struct series_state *state;
	struct axis x, y;
	const size_t *shown; // points of the evaluation, by place on the x axis
	size_t shown_count;
};

static const struct point *point_at(const struct trend *t, size_t i)
{
	return &t->e->points.points[t->shown[i]];
}

static double middle(const struct trend *t, size_t i)
{
	return axis_place(&t->x, (double)i);
}

// Of the first point shown that is at or behind a place; how many are shown when none is.
static size_t place_index(const struct trend *t, struct place place)
{
	size_t i = 0;
	while (i < t->shown_count &&
	       place_compare((struct place){point_at(t, i)->position, point_at(t, i)->time_ns},
			     place) < 0)
		i++;
	return i;
}

// Where a place in the order of commits stands on the x axis: in front of its point.
static double place_x(const struct trend *t, struct place place)
{
	return axis_place(&t->x, (double)place_index(t, place) - 0.5);
}

// Whether a place is neither older nor newer than the points shown.
static bool is_shown(const struct trend *t, struct place place)
{
	size_t i = place_index(t, place);
	return i < t->shown_count && (i > 0 || point_at(t, 0)->position == place.position);
}

static void draw_axes(const struct trend *t)
{
	for (double v = t->y.first; v <= t->y.high; v += t->y.step) {
		double y = axis_place(&t->y, v);
		CLEANUP_FREE char *label = memory_printf("%.6g", fabs(v) < t->y.step / 1e6 ? 0 : v);
		svg_line(t->out, LEFT, y, WIDTH - RIGHT, y, STROKE_GRID);
		svg_text(t->out, LEFT - 6, y + 4, ANCHOR_END, false, label);
	}
	svg_line(t->out, LEFT, TOP, LEFT, HEIGHT - BOTTOM, STROKE_AXIS);
	svg_line(t->out, LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, STROKE_AXIS);
	CLEANUP_FREE char *unit =
	    memory_printf("%s (axis does not start at zero)", t->in->metric.unit);
	svg_text_up(t->out, 14, (TOP + HEIGHT - BOTTOM) / 2, unit);
	svg_text(t->out, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - BOTTOM + 18, ANCHOR_MIDDLE, false,
		 "runs in the order of commits");
}

static double median_of_valid(const struct trend *t, size_t from, size_t to)
{
	double *copy = memory_new(to - from, sizeof(*copy));
	for (size_t i = from; i < to; i++)
		copy[i - from] = t->e->values[i];
	double m = order_median(copy, to - from);
	free(copy);
	return m;
}

// x of the i-th valid point.
static double valid_x(const struct trend *t, size_t i)
{
	size_t k = 0;
	while (k < t->shown_count && t->shown[k] != t->e->valid[i])
		k++;
	return middle(t, k);
}

// The level between two changes, with a band of two noise units around it.
static void draw_level(const struct trend *t, size_t from, size_t to)
{
	double level = median_of_valid(t, from, to);
	double x1 = valid_x(t, from), x2 = valid_x(t, to - 1);
	double band = t->e->scale.log ? level * expm1(2 * t->e->sigma) : 2 * t->e->sigma;
	double top = axis_place(&t->y, fmin(level + band, t->y.high));
	double bottom = axis_place(&t->y, fmax(level - band, t->y.low));
	svg_rect(t->out, x1, top, x2 - x1, bottom - top, FILL_BAND);
	double y = axis_place(&t->y, level);
	svg_line(t->out, x1, y, x2, y, STROKE_MAIN);
}

static void draw_levels(const struct trend *t)
{
	size_t from = 0;
	for (size_t i = 0; i <= t->e->changes_count && t->e->valid_count > 0; i++) {
		size_t to = i < t->e->changes_count ? t->e->changes[i].at : t->e->valid_count;
		if (to > from)
			draw_level(t, from, to);
		from = to;
	}
}

static bool is_drawn(const struct alert *a)
{
	return a->kind == ALERT_STEP || a->kind == ALERT_ENVIRONMENT || a->kind == ALERT_BOARD;
}

static void draw_alerts(const struct trend *t)
{
	unsigned row = 0;
	for (size_t i = 0; i < t->state->alerts_count; i++) {
		const struct alert *a = &t->state->alerts[i];
		if (!is_drawn(a) || !is_shown(t, a->place))
			continue;
		double x = place_x(t, a->place);
		double from = place_x(t, a->from), to = place_x(t, a->to);
		svg_rect(t->out, from, TOP, to - from, HEIGHT - BOTTOM - TOP, FILL_RANGE);
		svg_line(t->out, x, TOP, x, HEIGHT - BOTTOM, STROKE_SECOND);
		CLEANUP_FREE char *label =
		    memory_printf("%+.1f %% (%+.1f to %+.1f) %s", 100 * a->relative, 100 * a->low,
				  100 * a->high, alert_state_name(a->state));
		bool end = x > WIDTH / 2;
		svg_text(t->out, end ? x - 4 : x + 4, TOP - 4 + 13 * (row++ % LABELS),
			 end ? ANCHOR_END : ANCHOR_START, true, label);
	}
}

static void draw_points(const struct trend *t)
{
	for (size_t i = 0; i < t->shown_count; i++) {
		const struct point *p = point_at(t, i);
		if (p->flags & POINT_SHORT && !(p->value > 0))
			continue;
		bool outlier = t->e->outliers[t->shown[i]];
		enum svg_mark mark = outlier ? MARK_CROSS : p->flags ? MARK_HOLLOW : MARK_FILLED;
		const struct timing_run *run = t->e->points.order[p->first_run];
		CLEANUP_FREE char *tip =
		    memory_printf("%s %s: %.6g %s", run->commit ? run->commit : "",
				  t->e->points.boards[p->board], p->value, t->in->metric.unit);
		double y = fmax(t->y.low, fmin(t->y.high, p->value));
		svg_mark(t->out, middle(t, i), axis_place(&t->y, y), 3, (unsigned)p->board, mark,
			 tip);
	}
}

static void draw_key(const struct trend *t)
{
	svg_text(t->out, WIDTH - RIGHT, HEIGHT - BOTTOM + 36, ANCHOR_END, false,
		 "filled: valid, hollow: flagged, cross: outlier, band: 2 noise units, "
		 "slanted: commits it may be");
	for (size_t b = 0; b < t->e->points.boards_count; b++) {
		double x = LEFT + (WIDTH - LEFT) / KEY_COLUMNS * (double)(b % KEY_COLUMNS);
		double y = HEIGHT + KEY_ROW * (double)(b / KEY_COLUMNS);
		svg_mark(t->out, x + 5, y - 4, 4, (unsigned)b, MARK_FILLED, NULL);
		svg_text(t->out, x + 14, y, ANCHOR_START, false, t->e->points.boards[b]);
	}
}

static void write_table(const struct trend *t)
{
	static const char *const header[] = {"point", "commit", "board", "value",
					     "unit",  "runs",   "flags", "level"};
	buffer_append_str(t->out, "<details><summary>The numbers</summary>\n");
	plot_table_begin(t->out, "Points, newest first", header, 8);
	size_t valid = t->e->valid_count, change = t->e->changes_count;
	for (size_t i = t->shown_count; i-- > 0;) {
		const struct point *p = point_at(t, i);
		const struct timing_run *run = t->e->points.order[p->first_run];
		if (!p->flags && valid > 0)
			valid--;
		while (change > 0 && t->e->changes[change - 1].at > valid)
			change--;
		CLEANUP_FREE char *number = memory_printf("%zu", i);
		CLEANUP_FREE char *value = memory_printf("%.9g", p->value);
		CLEANUP_FREE char *runs = memory_printf("%zu", p->runs_count);
		CLEANUP_FREE char *level = memory_printf("%zu", change);
		CLEANUP_FREE char *flags =
		    memory_printf("%s%s%s%s%s", p->flags & POINT_SHORT ? "short " : "",
				  p->flags & POINT_FREQUENCY ? "frequency " : "",
				  p->flags & POINT_THERMAL ? "thermal " : "",
				  p->flags & POINT_INVALID ? "invalid " : "",
				  t->e->outliers[t->shown[i]] ? "outlier" : "");
		const char *const cells[] = {number,
					     run->commit ? run->commit : "",
					     t->e->points.boards[p->board],
					     value,
					     t->in->metric.unit,
					     runs,
					     flags,
					     level};
		plot_table_row(t->out, cells, 8);
	}
	plot_table_end(t->out);
	buffer_append_str(t->out, "</details>\n");
}

// The values the axis must hold: all but the wildest.
static void fit_values(struct trend *t)
{
	double *v = memory_new(t->shown_count, sizeof(*v));
	size_t n = 0;
	for (size_t i = 0; i < t->shown_count; i++)
		if (!point_at(t, i)->flags)
			v[n++] = point_at(t, i)->value;
	double low = 0, high = 1;
	if (n > 0) {
		double quarter = order_quantile(v, n, 0.25), three = order_quantile(v, n, 0.75);
		double reach = 6 * fmax(three - quarter, fabs(three) * 0.005);
		order_sort(v, n);
		low = fmax(v[0], quarter - reach);
		high = fmin(v[n - 1], three + reach);
		double margin = fmax((high - low) * 0.08, fabs(high) * 1e-6);
		low -= margin;
		high += margin;
	}
	free(v);
	t->y = axis_fit(low, high, HEIGHT - BOTTOM, TOP + 13 * LABELS, 6);
}

void plot_trend(struct buffer *out, const struct series_input *in, const struct evaluation *e,
		const struct series_state *state)
{
	// As far back as the night looked.
	size_t first = e->valid_count ? e->valid[0] : 0, count = e->points.count - first;
	size_t *shown = memory_new(count, sizeof(*shown));
	for (size_t i = 0; i < count; i++)
		shown[i] = first + i;
	struct trend t = {
	    .out = out, .in = in, .e = e, .state = state, .shown = shown, .shown_count = count};
	t.x = axis_fit(-1, (double)(count ? count : 1), LEFT, WIDTH - RIGHT, 10);
	fit_values(&t);
	CLEANUP_BUFFER struct buffer key = {0};
	series_key_print(&in->key, &key);
	size_t rows = (e->points.boards_count + KEY_COLUMNS - 1) / KEY_COLUMNS;
	plot_picture_begin(out, WIDTH, HEIGHT + KEY_ROW * (double)rows, buffer_str(&key));
	svg_text(out, LEFT, 16, ANCHOR_START, true, buffer_str(&key));
	draw_axes(&t);
	draw_levels(&t);
	draw_alerts(&t);
	draw_points(&t);
	draw_key(&t);
	plot_picture_end(out);
	write_table(&t);
	free(shown);
}
