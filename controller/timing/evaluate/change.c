// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/evaluate/change.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "timing/evidence.h"
#include "timing/onset.h"
#include "timing/statistics/order.h"
#include "timing/season.h"
#include "timing/statistics/inference.h"

#define SIGN_SURE   2.5
#define WINDOW      1000 // of a long history
#define WINDOW_STEP 500
#define WINDOW_EDGE 250 // changes nearer to a window's edge are left to its neighbour

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

// What a boundary is judged by.
struct judged {
	struct change change;
	double score; // >= 1: stands
	bool sized;   // its interval was looked at, and is on one side of 0
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
	const struct scale *scale = &j->found->scale;
	const struct dependence *d = &j->found->dependence;
	size_t side = evidence_side(d, p);
	size_t from = c - a > side ? c - side : a, to = e - c > side ? c + side : e;
	struct step_evidence v =
	    evidence_weigh(j->d->x, j->n, from, c, to, j->found->sigma, d, p, j->d->scratch);
	double size = fabs(v.shift);
	double score = fmin(v.t / p->tau_cand, (v.share - 0.5) / (v.enough - 0.5));
	if (p->min_rel > 0 && scale->unit > 0)
		score = fmin(score, scale_relative(scale, size) / p->min_rel);
	if (p->min_abs > 0)
		score = fmin(score, scale_absolute(scale, size) / p->min_abs);
	const struct change change = {c, v.shift, scale_fraction(scale, v.shift), v.t,
				      confidence_of(v.t, p)};
	// Of independent points an interval of 95 % leaves 0 out from 1.96 of the ranks' deviations on.
	bool sized = !(d->inflate > 1) && v.ranks >= SIGN_SURE &&
		     (c - from > HL_EXACT_MAX || to - c > HL_EXACT_MAX);
	return (struct judged){change, score, sized};
}

// Whether the interval of the size is on the shift's side of 0: what is called a change has a sign.
static bool has_sign(const struct judging *j, size_t a, const struct change *c, size_t e)
{
	const struct dependence *d = &j->found->dependence;
	struct rank_shift s = change_size(j->d->x, a, c->at, e, evidence_side(d, j->p), d->inflate);
	return c->shift > 0 ? s.low > 0 : s.high < 0;
}

// The boundary that lacks most; count when all stand.
static size_t weakest_of(const struct judging *j, struct judged *all, size_t count)
{
	size_t weakest = 0;
	for (size_t i = 1; i < count; i++)
		if (all[i].score < all[weakest].score)
			weakest = i;
	if (count > 0 && all[weakest].score < 1)
		return weakest;
	for (size_t i = 0; i < count; i++) {
		if (!all[i].sized && !has_sign(j, i ? all[i - 1].change.at : 0, &all[i].change,
					       i + 1 < count ? all[i + 1].change.at : j->n))
			return i;
		all[i].sized = true;
	}
	return count;
}

// Deletes the weakest boundary until all stand; neighbours are judged anew each time.
static size_t prune(const struct judging *j, size_t *bounds, size_t count)
{
	size_t a = count > 1 ? bounds[count - 2] : 0;
	if (count > 0 && j->n - bounds[count - 1] < 2 * (size_t)j->p->min_segment)
		bounds[count - 1] = onset_place(j->d->x, j->n, a, bounds[count - 1],
						(size_t)j->p->side, j->d->scratch);
	struct judged *all = memory_new(count, sizeof(*all));
	for (size_t i = 0; i < count; i++)
		all[i] = judge(j, i ? bounds[i - 1] : 0, bounds[i],
			       i + 1 < count ? bounds[i + 1] : j->n);
	for (size_t weakest; (weakest = weakest_of(j, all, count)) < count;) {
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
	struct noise noise = noise_measure(d->x, n, found->scale.floor, d->scratch);
	found->season = season_remove(d->x, n, noise.sigma, d->scratch);
	if (found->season > 0)
		noise = noise_measure(d->x, n, found->scale.floor, d->scratch);
	noise_clip(d->x, n, p->clip, noise.bulk, d->z);
	size_t *bounds;
	double center = found->scale.log ? log(found->scale.middle) : found->scale.middle;
	size_t count = segment(&d->segmenter, d->z, n, center, noise.bulk, p->beta * log((double)n),
			       (size_t)p->min_segment, &bounds);
	noise_despike(d->x, n, p->hampel, noise.sigma, d->z);
	found->dependence = noise_dependence(d->z, n, noise.sigma, p, d->scratch);
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
