// SPDX-License-Identifier: GPL-2.0-or-later
#include "night/timing_confirm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "night/timing_rerun.h"
#include "results/series/night.h"
#include "run/batch.h"

struct confirmation {
	const struct confirm_options *o;
	const struct stored_series *series;
	enum metric_aggregate aggregate;
	struct ab_pair pairs[2];
	unsigned boards;
};

// ---- one run -------------------------------------------------------------------------------

static double metric_value(const struct confirmation *c, const struct run *run, bool *valid)
{
	*valid = false;
	bool lab = run->verdict == STATUS_MISS || run->verdict == STATUS_ERROR;
	bool splat = run->splats > 0 && !run->wanted;
	for (size_t i = 0; i < run->metrics_count && !lab && !splat; i++) {
		const struct metric *m = &run->metrics[i];
		if (strcmp(m->path, c->series->input.metric.name) != 0)
			continue;
		*valid = true;
		return c->aggregate == AGGREGATE_MIN && !isnan(m->min) ? m->min : m->value;
	}
	return 0;
}

// Takes the batch's one run into the store and reads what it measured.
static struct error *read_result(const struct confirmation *c, const char *batch_id, double *value,
				 bool *valid)
{
	const char *dir = c->o->place.results;
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

static struct error *run_again(const struct confirmation *c, const char *run_id, double *value,
			       bool *valid)
{
	CLEANUP_FREE char *batch = NULL;
	const char *results = c->o->place.results;
	TRY(timing_rerun(results, c->o->farm, run_id, SERIES_AB_JOB, &batch));
	TRY(read_result(c, batch, value, valid));
	batch_close(results, batch);
	return NULL;
}

// ---- all runs ------------------------------------------------------------------------------

static void tell_run(const struct confirmation *c, unsigned count, const struct timing_run *run,
		     enum ab_image image, double value)
{
	FILE *out = c->o->out;
	fprintf(out, "%3u  %s  %-4s ", count, run->board, image == AB_OLD ? "old" : "new");
	if (isnan(value))
		fputs("no number\n", out);
	else
		fprintf(out, "%.9g %s\n", value, c->series->input.metric.unit);
	fflush(out);
}

static struct error *carry_out(const struct confirmation *c, struct ab *ab)
{
	unsigned board, count = 0;
	enum ab_image image;
	while (ab_next(ab, &board, &image)) {
		const struct timing_run *run = c->pairs[board].run[image];
		double value = 0;
		bool valid = false;
		TRY(run_again(c, run->id, &value, &valid));
		count++;
		if (c->o->out)
			tell_run(c, count, run, image, valid ? value : NAN);
		ab_add(ab, value, valid);
	}
	return NULL;
}

static void print_plan(const struct confirmation *c)
{
	if (!c->o->out)
		return;
	for (unsigned b = 0; b < c->boards; b++)
		fprintf(c->o->out, "board %s: old as in run %s, new as in run %s\n",
			c->pairs[b].run[AB_OLD]->board, c->pairs[b].run[AB_OLD]->id,
			c->pairs[b].run[AB_NEW]->id);
}

struct error *timing_confirm(const struct confirm_options *o, struct confirmed *out)
{
	CLEANUP(timing_found_deinit) struct timing_found f = {0};
	CLEANUP_STORED_SERIES struct stored_series s = {0};
	CLEANUP_EVALUATION struct evaluation e = {0};
	TRY(timing_find(&o->place, &f));
	TRY(timing_evaluate_again(&o->place, &f, &s, &e));
	struct alert *a = alert_find(&f.state, f.id);
	struct confirmation c = {.o = o, .series = &s, .aggregate = e.points.aggregate};
	c.boards = ab_pairs(&e.points, a, c.pairs);
	if (c.boards == 0)
		return error_new(ERROR_USAGE,
				 "alert %s: no board has runs on both sides of the change", a->id);
	print_plan(&c);
	*out = (struct confirmed){.effect = a->effect};
	if (o->dry_run)
		return NULL;
	const struct ab_setup setup = {.sign = a->shift > 0 ? 1 : -1,
				       .params = metric_params(&s.input.metric, &o->params),
				       .boards = c.boards};
	struct ab ab;
	ab_init(&ab, &setup);
	TRY(carry_out(&c, &ab));
	out->outcome = ab_outcome(&ab);
	return night_ab_result(o->place.results, f.key, a->id, &out->outcome, o->now_ns);
}
