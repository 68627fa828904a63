// SPDX-License-Identifier: GPL-2.0-or-later
// `mmfarm timing ab`: proves or withdraws an alert on the boards themselves. Every run of it is
// laid down from the snapshots that a run of the series kept: job, arguments, image, board.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/timing.h"
#include "cmd/timing_find.h"
#include "cmd/timing_rerun.h"
#include "results/night.h"
#include "timing/ab.h"

// Runs of a confirmation are kept under a job of their own: they are no points of the series.
#define AB_JOB "timing-ab"

const char timing_ab_help[] =
    "ab ALERT: runs the image before the change and the one behind it, turn by turn on the\n"
    "  alert's board (then on a second one), and confirms or withdraws the alert\n"
    "  --runs N        of each image (default 8)    --dry-run  only says what would be run\n"
    "  --farm FILE     the lab's own settings\n";

struct ab_words {
	struct timing_place place;
	const char *runs, *farm;
	bool dry_run;
};

// The runs whose images are held against each other, on each board.
struct pair {
	const struct timing_run *run[2]; // by enum ab_image
};

struct confirmation {
	const struct ab_words *w;
	const struct stored_series *series;
	enum metric_aggregate aggregate;
	struct pair pairs[2];
	unsigned boards;
};

// ---- which runs ----------------------------------------------------------------------------

static struct place place_of(const struct point *p)
{
	return (struct place){p->position, p->time_ns};
}

// The newest run of the board at or before `from`, and the oldest at or behind `to`.
static bool find_pair(const struct evaluation *e, const struct alert *a, size_t board,
		      struct pair *out)
{
	*out = (struct pair){{NULL, NULL}};
	for (size_t i = 0; i < e->points.count; i++) {
		const struct point *p = &e->points.points[i];
		if (p->board != board || p->flags)
			continue;
		const struct timing_run *run = e->points.order[p->first_run];
		if (place_compare(place_of(p), a->from) <= 0)
			out->run[AB_OLD] = run;
		if (!out->run[AB_NEW] && place_compare(place_of(p), a->to) >= 0)
			out->run[AB_NEW] = run;
	}
	return out->run[AB_OLD] && out->run[AB_NEW];
}

static size_t board_of_alert(const struct evaluation *e, const struct alert *a)
{
	for (size_t i = 0; i < e->points.count; i++)
		if (place_compare(place_of(&e->points.points[i]), a->place) >= 0)
			return e->points.points[i].board;
	return 0;
}

static struct error *find_pairs(struct confirmation *c, const struct evaluation *e,
				const struct alert *a)
{
	size_t first = board_of_alert(e, a);
	if (find_pair(e, a, first, &c->pairs[0]))
		c->boards = 1;
	for (size_t b = 0; b < e->points.boards_count && c->boards < 2; b++)
		if (b != first && find_pair(e, a, b, &c->pairs[c->boards]))
			c->boards++;
	if (c->boards > 0)
		return NULL;
	return error_new(ERROR_USAGE, "alert %s: no board has runs on both sides of the change",
			 a->id);
}

// ---- one run -------------------------------------------------------------------------------

static double metric_value(const struct confirmation *c, const struct run *run, bool *valid)
{
	*valid = false;
	bool lab = run->verdict == STATUS_MISS || run->verdict == STATUS_ERROR;
	for (size_t i = 0; i < run->metrics_count && !lab; i++) {
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
	const char *dir = c->w->place.results;
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
	const char *results = c->w->place.results;
	TRY(timing_rerun(results, c->w->farm, run_id, AB_JOB, &batch));
	TRY(read_result(c, batch, value, valid));
	timing_rerun_close(results, batch);
	return NULL;
}

// ---- all runs ------------------------------------------------------------------------------

static struct error *carry_out(const struct confirmation *c, struct ab *ab)
{
	unsigned board, count = 0;
	enum ab_image image;
	while (ab_next(ab, &board, &image)) {
		const struct timing_run *run = c->pairs[board].run[image];
		double value = 0;
		bool valid = false;
		TRY(run_again(c, run->id, &value, &valid));
		printf("%3u  %s  %-4s %s", ++count, run->board, image == AB_OLD ? "old" : "new",
		       valid ? "" : "no number\n");
		if (valid)
			printf("%.9g %s\n", value, c->series->input.metric.unit);
		fflush(stdout);
		ab_add(ab, value, valid);
	}
	return NULL;
}

static void print_outcome(const struct ab_outcome *o)
{
	printf("%s%s: %+.3f %% (%+.3f to %+.3f %%), p = %.2g, %u runs of each image, boards: %u\n",
	       ab_verdict_name(o->verdict),
	       o->boards_disagree ? ", but the boards disagree: it is the board" : "",
	       100 * o->relative, 100 * o->low, 100 * o->high, o->p, o->runs, o->boards);
}

static struct error *parse(int argc, char **argv, struct ab_words *w, struct timing_params *p)
{
	const char *alert = NULL;
	const struct cmd_option options[] = {
	    {"results", 0, NULL, &w->place.results},
	    {"boards", 0, NULL, &w->place.boards},
	    {"runs", 0, NULL, &w->runs},
	    {"farm", 0, NULL, &w->farm},
	    {"dry-run", 0, &w->dry_run, NULL},
	};
	int first;
	TRY(cmd_parse_options(argc, argv, options, CMD_OPTIONS_COUNT(options), &first));
	if (argc - first != 1)
		return error_new(ERROR_USAGE, "ab: expected one alert");
	alert = argv[first];
	TRY(timing_place_check(&w->place, alert));
	*p = timing_params_default();
	if (w->runs) {
		CLEANUP_FREE char *set = memory_printf("n_ab=%s", w->runs);
		TRY(timing_params_set(p, set));
	}
	return NULL;
}

static void print_plan(const struct confirmation *c)
{
	for (unsigned b = 0; b < c->boards; b++)
		printf("board %s: old as in run %s, new as in run %s\n",
		       c->pairs[b].run[AB_OLD]->board, c->pairs[b].run[AB_OLD]->id,
		       c->pairs[b].run[AB_NEW]->id);
}

struct error *timing_ab_run(int argc, char **argv, int *code)
{
	struct ab_words w = {0};
	struct timing_params p;
	TRY(parse(argc, argv, &w, &p));
	CLEANUP(timing_found_deinit) struct timing_found f = {0};
	CLEANUP_STORED_SERIES struct stored_series s = {0};
	CLEANUP_EVALUATION struct evaluation e = {0};
	TRY(timing_find(&w.place, &f));
	TRY(timing_evaluate_again(&w.place, &f, &s, &e));
	struct alert *a = alert_find(&f.state, f.id);
	struct confirmation c = {.w = &w, .series = &s, .aggregate = e.points.aggregate};
	TRY(find_pairs(&c, &e, a));
	print_plan(&c);
	if (w.dry_run)
		return NULL;
	const struct ab_setup setup = {.sign = a->shift > 0 ? 1 : -1,
				       .params = metric_params(&s.input.metric, &p),
				       .boards = c.boards};
	struct ab ab;
	ab_init(&ab, &setup);

	TRY(carry_out(&c, &ab));
	const struct ab_outcome outcome = ab_outcome(&ab);
	print_outcome(&outcome);
	TRY(night_ab_result(w.place.results, f.key, a->id, &outcome, clock_realtime_ns()));
	bool guilty = outcome.verdict == AB_VERDICT_CONFIRMED && !outcome.boards_disagree &&
		      a->effect == EFFECT_REGRESSION;
	*code = guilty ? EXIT_FAIL : EXIT_AS_WANTED;
	return NULL;
}
