// SPDX-License-Identifier: GPL-2.0-or-later
// The same-night path: the newest points against their level, and their re-runs.
#include "timing/evaluate/evaluate_work.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static bool is_of_batch(const struct evaluate_work *w, size_t i)
{
	const struct point *p = work_point(w, i);
	const struct timing_run *run = w->out->points.order[p->first_run];
	return run->batch && strcmp(run->batch, w->in->batch) == 0;
}

static bool alert_behind(const struct evaluate_work *w, size_t level)
{
	for (size_t i = 0; i < w->state->alerts_count; i++) {
		const struct alert *a = &w->state->alerts[i];
		size_t at = work_index(w, a->place);
		if (a->kind == ALERT_STEP && a->state != STATE_CANDIDATE && at >= level &&
		    at < w->n)
			return true;
	}
	return false;
}

// The runs' own numbers, with the board's offset taken out as in the point's value.
static size_t run_values(const struct evaluate_work *w, const struct point *point, double *out)
{
	double offset = w->out->scale.log ? w->out->offsets[point->board] : 0;
	size_t count = 0;
	for (size_t i = 0; i < point->runs_count; i++) {
		double v;
		if (run_aggregate(w->out->points.order[point->first_run + i], &w->in->metric,
				  w->out->points.aggregate, &w->p, &v))
			out[count++] = v * exp(-offset);
	}
	return count;
}

static void wish_rerun(struct evaluate_work *w, const struct point *point, double z)
{
	const struct timing_run *run = w->out->points.order[point->first_run];
	struct wish *wish = work_wish(w, WISH_RERUN);
	wish->run = run->id ? run->id : "";
	wish->board = run->board ? run->board : "";
	wish->times = (unsigned)w->p.reruns;
	wish->size = fabs(z);
}

static void raise_same_night(struct evaluate_work *w, size_t i, const struct fresh *f,
			     const double *values, size_t count)
{
	double z = fresh_z(f, w->out->values[i]);
	struct rank_shift size = fresh_size(f, values, count);
	CLEANUP_FREE char *reason =
	    memory_printf("same night: %zu runs at %+.1f noise units or more from the level", count,
			  z > 0 ? w->p.z_again : -w->p.z_again);
	struct alert *a =
	    work_raise_step(w, ALERT_STEP, STATE_PENDING, i, z * f->sigma, fabs(z), reason);
	a->same_night = true;
	a->sigma = f->sigma;
	a->relative = scale_fraction(&f->scale, size.shift);
	a->low = scale_fraction(&f->scale, size.low);
	a->high = scale_fraction(&f->scale, size.high);
	// One of the runs may have said otherwise: then the words are not stronger than the numbers.
	if (a->low <= 0 && a->high >= 0 && a->confidence > CONFIDENCE_CANDIDATE)
		a->confidence = CONFIDENCE_CANDIDATE;
	work_prove(w, a);
	work_relate(w, a, w->p.min_rel);
}

static void follow_point(struct evaluate_work *w, size_t i, const struct fresh *f)
{
	const struct point *point = work_point(w, i);
	double *values = memory_new(point->runs_count, sizeof(*values));
	size_t count = run_values(w, point, values);
	// The first run decides whether to look; later ones are its repetitions.
	if (count > 0 && fresh_is_suspicious(f, values[0], &w->p)) {
		if (count == 1)
			wish_rerun(w, point, fresh_z(f, values[0]));
		else if (fresh_is_reproduced(f, values, count, &w->p))
			raise_same_night(w, i, f, values, count);
		else
			w->out->outliers[w->out->valid[i]] = true;
	}
	free(values);
}

void evaluate_fresh(struct evaluate_work *w)
{
	size_t start = work_level_start(w), first = w->n;
	while (first > start && is_of_batch(w, first - 1))
		first--;
	if (first == w->n || alert_behind(w, first))
		return;
	struct fresh f =
	    fresh_baseline(w->out->values + start, first - start, w->out->dependence.rho, &w->p);
	for (size_t i = first; i < w->n && f.known && !alert_behind(w, first); i++)
		follow_point(w, i, &f);
}
