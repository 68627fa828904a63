// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/change.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "timing/order.h"

#define MEDIAN_ERROR 1.2533 // standard error of a median / that of a mean, normal
#define WINDOW       1000   // of a long history
#define WINDOW_STEP  500
#define WINDOW_EDGE  250 // changes nearer to a window's edge are left to its neighbour

const char *confidence_name(enum confidence c)
{
	static const char *const names[] = {"none", "candidate", "alert", "strong"};
	return names[c];
}

enum confidence confidence_of(double t, const struct timing_params *p)
{
	if (t >= p->tau_strong)
		return CONFIDENCE_STRONG;
	if (t >= p->tau_alert)
		return CONFIDENCE_ALERT;
	return t >= p->tau_cand ? CONFIDENCE_CANDIDATE : CONFIDENCE_NONE;
}

void detector_init(struct detector *d)
{
	*d = (struct detector){
	    .x = memory_new(CHANGE_WHOLE_MAX, sizeof(double)),
	    .z = memory_new(CHANGE_WHOLE_MAX, sizeof(double)),
	    .scratch = memory_new(2 * CHANGE_WHOLE_MAX, sizeof(double)),
	    .window = memory_new(CHANGE_WHOLE_MAX, sizeof(struct change)),
	};
	segmenter_init(&d->segmenter, CHANGE_WHOLE_MAX);
}

void detector_deinit(struct detector *d)
{
	segmenter_deinit(&d->segmenter);
	free(d->x);
	free(d->z);
	free(d->scratch);
	free(d->window);
	free(d->changes);
	*d = (struct detector){0};
}

static double median_between(const double *x, size_t from, size_t to, double *scratch)
{
	memcpy(scratch, x + from, (to - from) * sizeof(*x));
	return order_median(scratch, to - from);
}

// What a boundary is judged by.
struct judged {
	struct change change;
	double score; // >= 1: stands
};

struct judging {
	struct detector *d;
	const struct timing_params *p;
	const struct detection *found;
	size_t n;
};

// Judges the boundary at c between its neighbours a and e by the raw points beside it.
static struct judged judge(const struct judging *j, size_t a, size_t c, size_t e)
{
	const struct timing_params *p = j->p;
	size_t side = (size_t)p->side;
	size_t from = c - a > side ? c - side : a, to = e - c > side ? c + side : e;
	double before = median_between(j->d->x, from, c, j->d->scratch);
	double after = median_between(j->d->x, c, to, j->d->scratch);
	double shift = after - before, size = fabs(shift), sigma = j->found->sigma;
	double error = MEDIAN_ERROR * sigma * j->found->dependence.inflate *
		       sqrt(1 / (double)(c - from) + 1 / (double)(to - c));
	double t = size / error;
	double relative = scale_relative(&j->found->scale, size);
	double score = t / p->tau_cand;
	if (p->c_min > 0)
		score = fmin(score, size / (p->c_min * sigma));
	if (p->min_rel > 0 && j->found->scale.unit > 0)
		score = fmin(score, relative / p->min_rel);
	if (p->min_abs > 0)
		score = fmin(score, scale_absolute(&j->found->scale, size) / p->min_abs);
	relative = scale_fraction(&j->found->scale, shift);
	return (struct judged){{c, shift, relative, t, confidence_of(t, p)}, score};
}

// Deletes the weakest boundary until all stand; neighbours are judged anew each time.
static size_t prune(const struct judging *j, const size_t *bounds, size_t count)
{
	struct judged *all = memory_new(count, sizeof(*all));
	for (size_t i = 0; i < count; i++)
		all[i] = judge(j, i ? bounds[i - 1] : 0, bounds[i],
			       i + 1 < count ? bounds[i + 1] : j->n);
	while (count > 0) {
		size_t weakest = 0;
		for (size_t i = 1; i < count; i++)
			if (all[i].score < all[weakest].score)
				weakest = i;
		if (all[weakest].score >= 1)
			break;
		memmove(all + weakest, all + weakest + 1, (--count - weakest) * sizeof(*all));
		for (size_t i = weakest ? weakest - 1 : 0; i < count && i <= weakest; i++)
			all[i] = judge(j, i ? all[i - 1].change.at : 0, all[i].change.at,
				       i + 1 < count ? all[i + 1].change.at : j->n);
	}
	for (size_t i = 0; i < count; i++)
		j->d->window[i] = all[i].change;
	free(all);
	return count;
}

// Fills d->window; returns how many.
static size_t detect_window(struct detector *d, const double *values, size_t n,
			    const struct timing_params *p, struct detection *found)
{
	found->scale = scale_values(values, n, p, d->x, d->scratch);
	double sigma = noise_sigma(d->x, n, found->scale.floor, d->scratch);
	noise_despike(d->x, n, p->hampel, sigma, d->z);
	const size_t *bounds;
	double center = found->scale.log ? log(found->scale.middle) : found->scale.middle;
	size_t count = segment(&d->segmenter, d->z, n, center, sigma, p->beta * log((double)n),
			       (size_t)p->min_segment, &bounds);
	found->dependence = noise_dependence(d->z, n, sigma, p, d->scratch);
	found->sigma = found->dependence.sigma;
	const struct judging j = {d, p, found, n};
	return prune(&j, bounds, count);
}

static void keep(struct detector *d, size_t count, size_t start, size_t from, size_t to)
{
	for (size_t i = 0; i < count; i++) {
		struct change c = d->window[i];
		c.at += start;
		if (c.at >= from && c.at < to)
			ARRAY_APPEND(d->changes, d->changes_count, c);
	}
}

struct detection detector_run(struct detector *d, const double *values, size_t n,
			      const struct timing_params *p)
{
	struct detection found = {.count = 0};
	free(d->changes);
	d->changes = NULL;
	d->changes_count = 0;
	if (n < (size_t)p->min_points)
		return found;
	if (n <= CHANGE_WHOLE_MAX) {
		keep(d, detect_window(d, values, n, p, &found), 0, 0, n);
	} else {
		bool last = false;
		for (size_t start = 0; !last; start += WINDOW_STEP) {
			last = start + WINDOW >= n;
			size_t len = last ? n - start : WINDOW;
			size_t from = start ? start + WINDOW_EDGE : 0;
			size_t to = last ? n : start + WINDOW - WINDOW_EDGE;
			size_t count = detect_window(d, values + start, len, p, &found);
			keep(d, count, start, from, to);
		}
	}
	found.changes = d->changes;
	found.count = d->changes_count;
	return found;
}
