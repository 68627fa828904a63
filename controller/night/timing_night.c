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

enum timing_stage {
	STAGE_LOOK,   // nothing was done yet
	STAGE_RERUNS, // the night's batch makes its re-runs
	STAGE_PROOF,  // confirmations, one behind the other
	STAGE_DONE
};

struct timing_work {
	struct timing_night n;
	enum timing_stage stage;
	struct timing_limits limits;
	struct timing_params params;
	struct night_report report;
	int64_t now_ns;      // UTC, one for the whole night
	int64_t deadline_ns; // monotonic: no further run is begun behind it
	bool interrupted;
	bool failed;
	// Of the proof:
	bool *done;                        // a flag a wish
	size_t wish;                       // the one under way
	bool any;                          // was tried
	int64_t left;                      // confirmations that may still be made
	struct confirmation *confirmation; // under way; NULL: none
};

static struct error *evaluate(struct timing_work *w, struct store *store, bool last)
{
	const struct night_options o = {.results_dir = w->n.results,
					.batch = batch_id(w->n.batch),
					.store = store,
					.now_ns = w->now_ns,
					.params = w->params,
					.job = w->n.job,
					.platform = timing_boards_platform,
					.platform_context = w->n.boards,
					.mark_told = last};
	night_report_deinit(&w->report);
	return night_evaluate(&o, &w->report);
}

static bool may_go_on(const struct timing_work *w)
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

// Adds what is to be run again to the night's batch; *any: there is something.
static struct error *add_reruns(struct timing_work *w, bool *any)
{
	const struct night_report *report = &w->report;
	for (size_t i = 0; i < report->wishes_count && may_go_on(w); i++) {
		const struct night_wish *wish = &report->wishes[i];
		if (!wish->chosen || wish->wish.kind != WISH_RERUN)
			continue;
		unsigned times, series;
		gather(report, i, &times, &series);
		if (times == 0)
			continue;
		if (w->n.out)
			fprintf(
			    w->n.out,
			    "timing: %u metric%s of run %s on %s changed: run again, %u time%s\n",
			    series, series == 1 ? "" : "s", wish->wish.run, wish->wish.board, times,
			    times == 1 ? "" : "s");
		TRY(batch_repeat(w->n.batch, wish->wish.run, times));
		*any = true;
	}
	return NULL;
}

static struct error *take_reruns(struct timing_work *w, struct store *store)
{
	w->interrupted = batch_is_stopped(w->n.batch);
	TRY(results_store_batch(store, w->n.results, batch_id(w->n.batch)));
	return evaluate(w, store, false);
}

// ---- A/B confirmations --------------------------------------------------------------------------

static void tell_outcome(const struct timing_work *w, const struct night_wish *wish,
			 const struct ab_outcome *o)
{
	if (!w->n.out)
		return;
	fprintf(w->n.out,
		"timing: %s: A/B %s%s: %+.2f %% (%+.2f to %+.2f %%), p = %.2g, %u + %u runs\n",
		wish->key, ab_verdict_name(o->verdict),
		o->boards_disagree ? ", boards disagree" : "", 100 * o->relative, 100 * o->low,
		100 * o->high, o->p, o->runs, o->runs);
}

// What cannot be proven tonight is wished again with the next batch. A confirmation whose image is
// gone costs nothing.
static void end_confirmation(struct timing_work *w, const struct error *e,
			     const struct confirmed *told)
{
	const struct night_wish *wish = &w->report.wishes[w->wish];
	if (!e)
		tell_outcome(w, wish, &told->outcome);
	else if (w->n.out)
		fprintf(w->n.out, "timing: alert %s stays unproven: %s\n", wish->wish.alert,
			error_text(e));
	w->interrupted = e && error_code(e) == EINTR;
	if (!e || w->interrupted)
		w->left--;
	confirmation_free(w->confirmation);
	w->confirmation = NULL;
}

static void begin_confirmation(struct timing_work *w)
{
	const struct night_wish *wish = &w->report.wishes[w->wish];
	if (w->n.out)
		fprintf(w->n.out, "timing: alert %s: A/B of %s on %s\n", wish->wish.alert,
			wish->key, wish->wish.board);
	const struct confirm_options o = {
	    .place = {.results = w->n.results,
		      .boards = w->n.boards_dir,
		      .alert = wish->wish.alert},
	    .farm = w->n.farm_file,
	    .gate = w->n.gate,
	    .params = w->params,
	    .now_ns = w->now_ns,
	};
	CLEANUP_ERROR struct error *e = confirmation_new(&o, &w->confirmation);
	if (e)
		end_confirmation(w, e, NULL);
}

// The next batch of the confirmation under way; NULL when it has ended.
static void go_on_confirming(struct timing_work *w, struct batch **batch)
{
	struct confirmed told;
	CLEANUP_ERROR struct error *e = confirmation_next(w->confirmation, batch, &told);
	if (!e && *batch)
		return;
	*batch = NULL;
	end_confirmation(w, e, &told);
}

static bool is_wanted_ab(const struct night_wish *w)
{
	return w->chosen && w->wish.kind == WISH_AB;
}

// The largest evidence first; false: nothing is left that may be proven tonight.
static bool choose_wish(struct timing_work *w)
{
	const struct night_report *report = &w->report;
	size_t best = report->wishes_count;
	for (size_t i = 0; i < report->wishes_count; i++)
		if (!w->done[i] && is_wanted_ab(&report->wishes[i]) &&
		    (best == report->wishes_count ||
		     report->wishes[i].wish.size > report->wishes[best].wish.size))
			best = i;
	if (w->left <= 0 || !may_go_on(w) || best == report->wishes_count)
		return false;
	w->wish = best;
	w->done[best] = w->any = true;
	return true;
}

static void begin_proof(struct timing_work *w)
{
	w->stage = STAGE_PROOF;
	w->done = memory_new(w->report.wishes_count, sizeof(*w->done));
	w->left = w->limits.confirmations;
}

// The next batch of a confirmation; NULL when all that may be proven is.
static void prove(struct timing_work *w, struct batch **batch)
{
	for (;;) {
		if (w->confirmation)
			go_on_confirming(w, batch);
		if (*batch)
			return;
		if (!choose_wish(w))
			return;
		begin_confirmation(w);
	}
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
static void tell(const struct timing_work *w, const struct night_report *r)
{
	for (size_t i = 0; i < r->alerts_count; i++) {
		const struct night_alert *a = &r->alerts[i];
		if (!is_named(a))
			continue;
		fprintf(w->n.out, "timing: %s%s %s %s %+.2f %%: %s: %s", a->tell ? "NEW " : "",
			a->id, alert_state_name(a->state), alert_kind_name(a->kind),
			100 * a->relative, a->key, a->reason);
		if (a->incident != SIZE_MAX && members(r, a->incident) > 1)
			fprintf(w->n.out, " (and %zu more metrics)", members(r, a->incident) - 1);
		fputc('\n', w->n.out);
	}
}

// What is written down is told; only then it is remembered as told, or a death in between would cost
// people the news.
static struct error *write_down(struct timing_work *w, struct store *store)
{
	const struct night_report *report = &w->report;
	w->stage = STAGE_DONE;
	if (w->any)
		TRY(evaluate(w, store, false));
	TRY(evaluate(w, store, false));
	for (size_t i = 0; i < report->alerts_count; i++)
		w->failed |= report->alerts[i].failure;
	if (w->n.out)
		tell(w, report);
	if (report->series == 0) // a batch without numbers has no record of them
		return NULL;
	TRY(night_record_write(w->n.results, batch_id(w->n.batch), report, &w->params));
	return evaluate(w, store, true);
}

// ---- behind a scheduler that died ---------------------------------------------------------------

// All of it was written down before.
static struct error *take_written(struct timing_work *w, struct store *store, bool *written)
{
	CLEANUP_ARENA struct arena arena = {0};
	const struct night_record *record;
	TRY(night_record_load(w->n.results, batch_id(w->n.batch), &arena, &record));
	*written = record;
	for (size_t i = 0; record && i < record->alerts_count; i++)
		w->failed |= record->alerts[i].failure;
	if (!record)
		return NULL;
	w->stage = STAGE_DONE;
	return evaluate(w, store, true);
}

static bool has_reruns(const struct timing_work *w)
{
	size_t count;
	const struct batch_run *runs = batch_runs(w->n.batch, &count);
	for (size_t i = 0; i < count; i++)
		if (runs[i].why == BATCH_RERUN)
			return true;
	return false;
}

// Names the re-runs, if there are to be any and none were made before.
static struct error *look(struct timing_work *w, struct store *store, struct batch **batch)
{
	bool written, any = false;
	TRY(take_written(w, store, &written));
	if (written)
		return NULL;
	if (has_reruns(w)) {
		TRY(take_reruns(w, store));
		begin_proof(w);
		return NULL;
	}
	TRY(evaluate(w, store, false));
	TRY(add_reruns(w, &any));
	w->stage = STAGE_RERUNS;
	*batch = any ? w->n.batch : NULL;
	if (!any)
		begin_proof(w);
	return NULL;
}

struct error *timing_work_next(struct timing_work *w, struct store *store, struct batch **batch)
{
	*batch = NULL;
	if (w->stage == STAGE_LOOK) {
		TRY(look(w, store, batch));
	} else if (w->stage == STAGE_RERUNS) {
		TRY(take_reruns(w, store));
		begin_proof(w);
	}
	if (w->stage == STAGE_PROOF)
		prove(w, batch);
	return !*batch && w->stage == STAGE_PROOF ? write_down(w, store) : NULL;
}

bool timing_work_failed(const struct timing_work *w)
{
	return w->failed;
}

bool timing_work_interrupted(const struct timing_work *w)
{
	return w->interrupted;
}

void timing_work_free(struct timing_work *w)
{
	if (!w)
		return;
	confirmation_free(w->confirmation);
	free(w->done);
	night_report_deinit(&w->report);
	free(w);
}

struct error *timing_work_new(const struct timing_night *n, struct timing_work **out)
{
	CLEANUP_TIMING_WORK struct timing_work *w = memory_new(1, sizeof(*w));
	*w = (struct timing_work){.n = *n,
				  .limits = n->farm->timing,
				  .params = timing_params_default(),
				  .now_ns = clock_realtime_ns()};
	TRY(timing_limits_parse(n->job->timing, &w->limits));
	w->params.rerun_budget = (double)w->limits.reruns;
	w->deadline_ns = clock_monotonic_ns() + (int64_t)(w->limits.time_s * (double)NS_PER_S);
	*out = STEAL(w);
	return NULL;
}
