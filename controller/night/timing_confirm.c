// SPDX-License-Identifier: GPL-2.0-or-later
#include "night/timing_confirm.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "night/timing_rerun.h"
#include "results/series/night.h"
#include "run/batch.h"

struct confirmation {
	struct confirm_options o;
	struct timing_found found;
	struct stored_series series;
	struct evaluation evaluation;
	const struct alert *alert; // in `found`
	struct ab_pair pairs[2];
	unsigned boards;
	struct ab ab;
	unsigned count;             // of runs that were made
	struct timing_rerun *rerun; // the one under way; NULL: none
	unsigned board;             // of it
	enum ab_image image;
};

void confirmation_free(struct confirmation *c)
{
	if (!c)
		return;
	timing_rerun_free(c->rerun);
	evaluation_deinit(&c->evaluation);
	stored_series_deinit(&c->series);
	timing_found_deinit(&c->found);
	free(c);
}

// ---- one run -------------------------------------------------------------------------------

static double metric_value(const struct confirmation *c, const struct run *run, bool *valid)
{
	*valid = false;
	bool lab = run->verdict == STATUS_MISS || run->verdict == STATUS_ERROR;
	bool splat = run->splats > 0 && !run->wanted;
	for (size_t i = 0; i < run->metrics_count && !lab && !splat; i++) {
		const struct metric *m = &run->metrics[i];
		if (strcmp(m->path, c->series.input.metric.name) != 0)
			continue;
		*valid = true;
		return c->evaluation.points.aggregate == AGGREGATE_MIN && !isnan(m->min) ? m->min
											 : m->value;
	}
	return 0;
}

// Takes the batch's one run into the store and reads what it measured.
static struct error *read_result(const struct confirmation *c, const char *batch_id, double *value,
				 bool *valid)
{
	const char *dir = c->o.place.results;
	CLEANUP_BATCH_RESULTS struct batch_results r = {0};
	TRY(batch_results_load(dir, batch_id, &r));
	CLEANUP_STORE struct store *store = NULL;
	TRY(store_open(dir, &store));
	TRY(store_add_batch(store, r.batch));
	*valid = false;
	for (size_t i = 0; i < r.runs_count; i++) {
		TRY(store_add_run(store, r.runs[i]));
		*value = metric_value(c, r.runs[i], valid);
	}
	return NULL;
}

// ---- all runs ------------------------------------------------------------------------------

static void tell_run(const struct confirmation *c, unsigned count, const struct timing_run *run,
		     enum ab_image image, double value)
{
	FILE *out = c->o.out;
	fprintf(out, "%3u  %s  %-4s ", count, run->board, image == AB_OLD ? "old" : "new");
	if (isnan(value))
		fputs("no number\n", out);
	else
		fprintf(out, "%.9g %s\n", value, c->series.input.metric.unit);
	fflush(out);
}

// The batch that was named last has been carried out.
static struct error *take_result(struct confirmation *c)
{
	if (!c->rerun)
		return NULL;
	CLEANUP_TIMING_RERUN struct timing_rerun *rerun = STEAL(c->rerun);
	const struct batch *batch = timing_rerun_batch(rerun);
	const struct timing_run *run = c->pairs[c->board].run[c->image];
	if (batch_is_stopped(batch)) {
		// Nothing is left to be finished by a later scheduler.
		batch_close(c->o.place.results, batch_id(batch));
		return error_errno(ERROR_LAB, EINTR, "the re-run of %s", run->id);
	}
	double value = 0;
	bool valid = false;
	TRY(read_result(c, batch_id(batch), &value, &valid));
	batch_close(c->o.place.results, batch_id(batch));
	c->count++;
	if (c->o.out)
		tell_run(c, c->count, run, c->image, valid ? value : NAN);
	ab_add(&c->ab, value, valid);
	return NULL;
}

struct error *confirmation_next(struct confirmation *c, struct batch **batch,
				struct confirmed *result)
{
	*batch = NULL;
	TRY(take_result(c));
	if (ab_next(&c->ab, &c->board, &c->image)) {
		const struct timing_run *run = c->pairs[c->board].run[c->image];
		const struct timing_rerun_options o = {.results = c->o.place.results,
						       .farm = c->o.farm,
						       .run = run->id,
						       .job = SERIES_AB_JOB,
						       .gate = c->o.gate};
		TRY(timing_rerun_new(&o, &c->rerun));
		*batch = timing_rerun_batch(c->rerun);
		return NULL;
	}
	*result = (struct confirmed){.outcome = ab_outcome(&c->ab), .effect = c->alert->effect};
	return night_ab_result(c->o.place.results, c->found.key, c->alert->id, &result->outcome,
			       c->o.now_ns);
}

static void print_plan(const struct confirmation *c)
{
	if (!c->o.out)
		return;
	for (unsigned b = 0; b < c->boards; b++)
		fprintf(c->o.out, "board %s: old as in run %s, new as in run %s\n",
			c->pairs[b].run[AB_OLD]->board, c->pairs[b].run[AB_OLD]->id,
			c->pairs[b].run[AB_NEW]->id);
}

static struct error *find_runs(struct confirmation *c)
{
	TRY(timing_find(&c->o.place, &c->found));
	TRY(timing_evaluate_again(&c->o.place, &c->found, &c->series, &c->evaluation));
	struct alert *a = alert_find(&c->found.state, c->found.id);
	c->alert = a;
	c->boards = ab_pairs(&c->evaluation.points, a, c->pairs);
	if (c->boards == 0)
		return error_new(ERROR_USAGE,
				 "alert %s: no board has runs on both sides of the change", a->id);
	print_plan(c);
	const struct ab_setup setup = {.sign = a->shift > 0 ? 1 : -1,
				       .params =
					   metric_params(&c->series.input.metric, &c->o.params),
				       .boards = c->boards};
	ab_init(&c->ab, &setup);
	return NULL;
}

struct error *confirmation_new(const struct confirm_options *o, struct confirmation **out)
{
	CLEANUP_CONFIRMATION struct confirmation *c = memory_new(1, sizeof(*c));
	c->o = *o;
	TRY(find_runs(c));
	*out = STEAL(c);
	return NULL;
}

static void no_progress(enum batch_event event, const struct batch_run *runs, size_t count,
			const struct batch_run *run, void *arg)
{
	(void)event, (void)runs, (void)count, (void)run, (void)arg;
}

struct error *timing_confirm(const struct confirm_options *o, struct confirmed *out)
{
	CLEANUP_CONFIRMATION struct confirmation *c = NULL;
	TRY(confirmation_new(o, &c));
	*out = (struct confirmed){.effect = c->alert->effect};
	if (o->dry_run)
		return NULL;
	for (;;) {
		struct batch *batch;
		bool interrupted;
		TRY(confirmation_next(c, &batch, out));
		if (!batch)
			return NULL;
		TRY(batch_run(batch, no_progress, NULL, &interrupted));
	}
}
