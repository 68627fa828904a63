// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/evaluate/evaluate.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "timing/evidence.h"
#include "timing/season.h"
#include "timing/statistics/inference.h"

void alert_describe(const struct alert *a, const char *unit, struct buffer *out)
{
	buffer_printf(out, "alert    %s\n", a->id);
	buffer_printf(out, "kind     %s, %s%s%s\n", alert_kind_name(a->kind),
		      alert_effect_name(a->effect), a->same_night ? ", same night" : "",
		      a->exact ? ", exact" : "");
	buffer_printf(out, "state    %s\n", alert_state_name(a->state));
	buffer_printf(out, "class    %s\n", alert_class_name(a));
	if (a->exact)
		buffer_printf(out, "size     %+.4f %%, exactly\n", 100 * a->relative);
	else
		buffer_printf(out, "size     %+.3f %% (%+.3f to %+.3f %%, approx. 95 %%)\n",
			      100 * a->relative, 100 * a->low, 100 * a->high);
	if (a->before > 0 || a->after > 0 || a->before < 0 || a->after < 0)
		buffer_printf(out, "level    %.9g%s%s before, %.9g%s%s after\n", a->before,
			      *unit ? " " : "", unit, a->after, *unit ? " " : "", unit);
	if (!a->exact)
		buffer_printf(out, "evidence t = %.3f\n", a->t);
	if (a->proof.before_points > 0)
		buffer_printf(
		    out,
		    "raised upon %u points at %.9g before, %u at %.9g after: %+.3f %% (%+.3f "
		    "to %+.3f %%), t = %.3f\n",
		    a->proof.before_points, a->proof.before, a->proof.after_points, a->proof.after,
		    100 * a->proof.relative, 100 * a->proof.low, 100 * a->proof.high, a->proof.t);
	buffer_printf(out, "commits  (%s, %s]\n", *a->commit_from ? a->commit_from : "?",
		      *a->commit_to ? a->commit_to : "?");
	if (*a->board)
		buffer_printf(out, "board    %s\n", a->board);
	if (a->ab != AB_NONE)
		buffer_printf(out, "A/B      %s, p = %.3g, %u runs of each image, boards: %u\n",
			      ab_state_name(a->ab), a->ab_p, a->ab_runs, a->ab_boards);
	if (*a->by)
		buffer_printf(out, "answered by %s%s%s\n", a->by, *a->bug ? ", " : "", a->bug);
	if (*a->linked)
		buffer_printf(out, "linked   %s\n", a->linked);
}

void alert_history(const struct alert *a, void (*time_text)(int64_t ns, struct buffer *out),
		   struct buffer *out)
{
	for (size_t i = 0; i < a->transitions_count; i++) {
		const struct transition *t = &a->transitions[i];
		time_text(t->time_ns, out);
		buffer_printf(out, "  %-9s  %s\n", alert_state_name(t->to), t->reason);
	}
}

static size_t index_of(const struct evaluation *e, struct place place)
{
	for (size_t i = 0; i < e->valid_count; i++) {
		const struct point *p = &e->points.points[e->valid[i]];
		if (place_compare((struct place){p->position, p->time_ns}, place) >= 0)
			return i;
	}
	return e->valid_count;
}

static void print_side(const char *name, const struct evaluation *e, size_t from, size_t to,
		       struct buffer *out)
{
	buffer_printf(out, "%s (%zu points):", name, to - from);
	for (size_t i = from; i < to; i++) {
		const struct point *p = &e->points.points[e->valid[i]];
		buffer_printf(out, "%s %.9g", (i - from) % 8 ? "" : "\n   ", e->values[i]);
		if (e->points.boards_count > 1)
			buffer_printf(out, "@%s", e->points.boards[p->board]);
	}
	buffer_append_str(out, "\n");
}

static void print_step(const struct evaluation *e, const double *x, size_t c,
		       const struct timing_params *p, struct buffer *out)
{
	size_t a = 0, end = e->valid_count, side = evidence_side(&e->dependence, p);
	for (size_t i = 0; i < e->changes_count; i++) {
		size_t at = e->changes[i].at;
		if (at + (size_t)p->min_segment <= c)
			a = at;
		if (at >= c + (size_t)p->min_segment && at < end)
			end = at;
	}
	size_t from = c - a > side ? c - side : a, to = end - c > side ? c + side : end;
	print_side("before", e, from, c, out);
	print_side("after", e, c, to, out);
	double *scratch = memory_new(e->valid_count, sizeof(*scratch));
	struct step_evidence v =
	    evidence_weigh(x, e->valid_count, from, c, to, e->sigma, &e->dependence, p, scratch);
	free(scratch);
	buffer_printf(out, "D   = median(after) - median(before) = %.6g%s\n", v.shift,
		      e->scale.log ? " (logarithms)" : "");
	buffer_printf(out, "rel = %.6g\n", scale_fraction(&e->scale, v.shift));
	buffer_printf(
	    out,
	    "medians: |D| / (1.2533 s sqrt(1/%zu + 1/%zu)) / K = %.4f, noise known from %zu "
	    "points: %.4f\n",
	    c - from, to - c, v.medians, e->valid_count, evidence_known(v.medians, e->valid_count));
	buffer_printf(out,
		      "ranks: a point after lies beyond one before in %.4f of the pairs (at least "
		      "%.4f): %.4f\n",
		      v.share, v.enough, v.ranks);
	buffer_printf(out, "t   = %.4f\n", v.t);
	struct rank_shift h = change_size(x, a, c, end, side, e->dependence.inflate);
	buffer_printf(out,
		      "Hodges-Lehmann shift %.6g (%.6g to %.6g), %zu differences dropped a side\n",
		      h.shift, h.low, h.high, h.dropped);
	struct change_range r = change_range(x, a, c, end, e->sigma, p->range_thr);
	buffer_printf(out, "range: points %zu to %zu of %zu\n", r.first, r.last, e->valid_count);
}

// What an exact series compares: every number that the runs before and behind the change sent.
static void print_runs(const struct evaluation *e, size_t i, struct buffer *out)
{
	const struct point *p = &e->points.points[e->valid[i]];
	for (size_t k = 0; k < p->runs_count; k++) {
		const struct timing_run *run = e->points.order[p->first_run + k];
		buffer_printf(out, "point %zu, run %s on %s:", i, run->id ? run->id : "?",
			      e->points.boards[p->board]);
		for (size_t r = 0; run->reps && r < run->reps_count; r++)
			buffer_printf(out, " %.9g", run->reps[r]);
		if (!run->reps)
			buffer_printf(out, " min %.9g, median %.9g, p90 %.9g, max %.9g", run->min,
				      run->median, run->p90, run->max);
		buffer_append_str(out, "\n");
	}
}

static void explain_exact(const struct evaluation *e, size_t c, double tick, struct buffer *out)
{
	buffer_printf(out, "equal: every number to within %.9g (tick)\n", tick);
	for (size_t i = 0; i < e->changes_count; i++)
		buffer_printf(out, "change at point %zu: %+.4f %%\n", e->changes[i].at,
			      100 * e->changes[i].relative);
	if (c > 0 && c < e->valid_count) {
		print_runs(e, c - 1, out);
		print_runs(e, c, out);
	}
}

void alert_explain(const struct alert *a, const struct evaluation *e, const struct timing_params *p,
		   struct buffer *out)
{
	buffer_printf(out, "series: %s, %zu points, %zu looked at, %zu boards, aggregate %s\n",
		      series_standing_name(e->standing), e->points.count, e->valid_count,
		      e->points.boards_count, metric_aggregate_name(e->points.aggregate));
	for (size_t b = 0; b < e->points.boards_count && e->points.boards_count > 1; b++)
		buffer_printf(out, "offset of %s: %+.6g\n", e->points.boards[b], e->offsets[b]);
	size_t c = index_of(e, a->place);
	if (a->exact) {
		explain_exact(e, c, p->tick, out);
		return;
	}
	buffer_printf(out, "s   = %.6g (noise), rho = %.4f, K = %.4f\n", e->sigma,
		      e->dependence.rho, e->dependence.inflate);
	if (e->season > 0)
		buffer_printf(out, "a pattern of %zu points was taken out\n", e->season);
	buffer_printf(out, "tau = %g candidate, %g alert, %g strong; parameters %016" PRIx64 "\n",
		      p->tau_cand, p->tau_alert, p->tau_strong, timing_params_hash(p));
	for (size_t i = 0; i < e->changes_count; i++)
		buffer_printf(out, "change at point %zu: %+.4f %%, t = %.3f, %s\n",
			      e->changes[i].at, 100 * e->changes[i].relative, e->changes[i].t,
			      confidence_name(e->changes[i].confidence));
	if (a->kind != ALERT_STEP || c == 0 || c >= e->valid_count || !(e->sigma > 0))
		return;
	double *x = memory_new(e->valid_count, sizeof(*x));
	double *scratch = memory_new(2 * e->valid_count, sizeof(*scratch));
	struct scale scale = scale_values(e->values, e->valid_count, p, x, scratch);
	if (e->season > 0) {
		struct noise noise = noise_measure(x, e->valid_count, scale.floor, scratch);
		season_remove(x, e->valid_count, noise.sigma, scratch);
	}
	print_step(e, x, c, p, out);
	free(x);
	free(scratch);
}
