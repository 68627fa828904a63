// SPDX-License-Identifier: GPL-2.0-or-later
#include "night/timing_night.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "night/timing_boards.h"
#include "night/timing_confirm.h"
#include "results/series/night.h"
#include "results/series/night_record.h"
#include "results/results.h"

struct night {
	const struct timing_night *n;
	struct timing_limits limits;
	struct timing_params params;
	const struct timing_boards *boards;
	int64_t now_ns;      // UTC, one for the whole night
	int64_t deadline_ns; // monotonic: no further run is begun behind it
	bool interrupted;
};

static struct error *evaluate(struct night *w, bool last, struct night_report *out)
{
	const struct night_options o = {.results_dir = w->n->results,
					.batch = batch_id(w->n->batch),
					.now_ns = w->now_ns,
					.params = w->params,
					.job = w->n->job,
					.platform = timing_boards_platform,
					.platform_context = (void *)(uintptr_t)w->boards,
					.mark_told = last};
	night_report_deinit(out);
	return night_evaluate(&o, out);
}

static bool may_go_on(const struct night *w)
{
	return !w->interrupted && clock_monotonic_ns() < w->deadline_ns;
}

// ---- re-runs ------------------------------------------------------------------------------------

// Series of one run share its re-runs: as many as the one that needs most.
static void gather(const struct night_report *report, size_t i, unsigned *times, unsigned *series)
{
	const struct wish *first = &report->wishes[i].wish;
	*times = *series = 0;
	for (size_t k = 0; k < report->wishes_count; k++) {
		const struct night_wish *other = &report->wishes[k];
		if (!other->chosen || other->wish.kind != WISH_RERUN ||
		    strcmp(other->wish.run, first->run) != 0)
			continue;
		if (k < i) { // it was met before
			*times = 0;
			return;
		}
		++*series;
		if (other->wish.times > *times)
			*times = other->wish.times;
	}
}

static struct error *rerun(struct night *w, struct night_report *report)
{
	bool any = false;
	for (size_t i = 0; i < report->wishes_count && may_go_on(w); i++) {
		const struct night_wish *wish = &report->wishes[i];
		if (!wish->chosen || wish->wish.kind != WISH_RERUN)
			continue;
		unsigned times, series;
		gather(report, i, &times, &series);
		if (times == 0)
			continue;
		if (w->n->out)
			fprintf(
			    w->n->out,
			    "timing: %u metric%s of run %s on %s changed: run again, %u time%s\n",
			    series, series == 1 ? "" : "s", wish->wish.run, wish->wish.board, times,
			    times == 1 ? "" : "s");
		TRY(batch_repeat(w->n->batch, wish->wish.run, times));
		any = true;
	}
	if (!any)
		return NULL;
	TRY(batch_run(w->n->batch, w->n->progress, w->n->progress_arg, &w->interrupted));
	TRY(results_store_batch(w->n->results, batch_id(w->n->batch)));
	return evaluate(w, false, report);
}

// ---- A/B confirmations --------------------------------------------------------------------------

static void tell_outcome(const struct night *w, const struct night_wish *wish,
			 const struct ab_outcome *o)
{
	if (!w->n->out)
		return;
	fprintf(w->n->out,
		"timing: %s: A/B %s%s: %+.2f %% (%+.2f to %+.2f %%), p = %.2g, %u + %u runs\n",
		wish->key, ab_verdict_name(o->verdict),
		o->boards_disagree ? ", boards disagree" : "", 100 * o->relative, 100 * o->low,
		100 * o->high, o->p, o->runs, o->runs);
}

// Whether the boards were asked: a confirmation whose image is gone costs nothing.
static bool confirm(struct night *w, const struct night_wish *wish)
{
	if (w->n->out)
		fprintf(w->n->out, "timing: alert %s: A/B of %s on %s\n", wish->wish.alert,
			wish->key, wish->wish.board);
	const struct confirm_options o = {
	    .place = {.results = w->n->results,
		      .boards = w->n->boards_dir,
		      .alert = wish->wish.alert},
	    .farm = w->n->farm_file,
	    .params = w->params,
	    .now_ns = w->now_ns,
	};
	struct confirmed c;
	// What cannot be proven tonight is wished again with the next batch.
	CLEANUP_ERROR struct error *e = timing_confirm(&o, &c);
	if (!e)
		tell_outcome(w, wish, &c.outcome);
	else if (w->n->out)
		fprintf(w->n->out, "timing: alert %s stays unproven: %s\n", wish->wish.alert,
			error_text(e));
	w->interrupted = e && error_code(e) == EINTR;
	return !e || w->interrupted;
}

static bool is_wanted_ab(const struct night_wish *w)
{
	return w->chosen && w->wish.kind == WISH_AB;
}

// The largest evidence first.
static struct error *confirm_all(struct night *w, struct night_report *report)
{
	bool *done = memory_new(report->wishes_count, sizeof(*done));
	bool any = false;
	for (int64_t left = w->limits.confirmations; left > 0 && may_go_on(w);) {
		size_t best = report->wishes_count;
		for (size_t i = 0; i < report->wishes_count; i++)
			if (!done[i] && is_wanted_ab(&report->wishes[i]) &&
			    (best == report->wishes_count ||
			     report->wishes[i].wish.size > report->wishes[best].wish.size))
				best = i;
		if (best == report->wishes_count)
			break;
		done[best] = any = true;
		left -= confirm(w, &report->wishes[best]);
	}
	free(done);
	return any ? evaluate(w, false, report) : NULL;
}

// ---- the night ----------------------------------------------------------------------------------

static bool is_named(const struct night_alert *a)
{
	return a->incident == SIZE_MAX || a->title;
}

static size_t members(const struct night_report *r, size_t incident)
{
	size_t count = 0;
	for (size_t i = 0; i < r->alerts_count; i++)
		count += r->alerts[i].incident == incident;
	return count;
}

// One line an incident: its largest member stands for the rest.
static void tell(const struct night *w, const struct night_report *r)
{
	for (size_t i = 0; i < r->alerts_count; i++) {
		const struct night_alert *a = &r->alerts[i];
		if (!is_named(a))
			continue;
		fprintf(w->n->out, "timing: %s%s %s %s %+.2f %%: %s: %s", a->tell ? "NEW " : "",
			a->id, alert_state_name(a->state), alert_kind_name(a->kind),
			100 * a->relative, a->key, a->reason);
		if (a->incident != SIZE_MAX && members(r, a->incident) > 1)
			fprintf(w->n->out, " (and %zu more metrics)", members(r, a->incident) - 1);
		fputc('\n', w->n->out);
	}
}

static struct error *carry_out(struct night *w, struct night_report *report, bool *failure)
{
	const char *id = batch_id(w->n->batch);
	TRY(evaluate(w, false, report));
	TRY(rerun(w, report));
	TRY(confirm_all(w, report));
	TRY(evaluate(w, true, report));
	for (size_t i = 0; i < report->alerts_count; i++)
		*failure |= report->alerts[i].failure;
	if (w->n->out)
		tell(w, report);
	return night_record_write(w->n->results, id, report, &w->params);
}

struct error *timing_night(const struct timing_night *n, bool *failure, bool *interrupted)
{
	CLEANUP(timing_boards_close) struct timing_boards *boards = NULL;
	CLEANUP_NIGHT_REPORT struct night_report report = {0};
	TRY(timing_boards_open(n->boards_dir, &boards));
	struct night w = {.n = n,
			  .limits = n->farm->timing,
			  .params = timing_params_default(),
			  .boards = boards,
			  .now_ns = clock_realtime_ns()};
	TRY(timing_limits_parse(n->job->timing, &w.limits));
	w.params.rerun_budget = (double)w.limits.reruns;
	w.deadline_ns = clock_monotonic_ns() + (int64_t)(w.limits.time_s * (double)NS_PER_S);
	*failure = false;
	struct error *e = carry_out(&w, &report, failure);
	*interrupted = w.interrupted;
	return e;
}
