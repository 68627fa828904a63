// SPDX-License-Identifier: GPL-2.0-or-later
// `mmfarm timing noise`: which series are quiet enough to see a change in, and which are not.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/store.h"
#include "cmd/timing.h"
#include "config/boards.h"
#include "night/timing_boards.h"
#include "results/series/series.h"
#include "timing/plot/plot.h"

struct timing_noise_words {
	const char *results, *boards, *metric, *html;
};

static const struct cmd_option options_table[] = {
    OPTION_VALUE(struct timing_noise_words, metric, "GLOB", VALUES_TEXT, .name = "metric",
		 .help = "only these metrics"),
    OPTION_VALUE(struct timing_noise_words, html, "FILE", VALUES_FILE, .name = "html",
		 .help = "draws them"),
    OPTION_RESULTS(struct timing_noise_words, results),
    OPTION_BOARDS(struct timing_noise_words, boards),
};

struct noisy {
	struct noise_point point; // its name is owned
	size_t points;
	enum series_standing standing;
};

struct survey {
	struct noisy *items; // owned
	size_t count;
	size_t unknown; // series of too few points, or exact
};

static void survey_deinit(struct survey *s)
{
	for (size_t i = 0; i < s->count; i++)
		free((char *)(uintptr_t)s->items[i].point.name);
	free(s->items);
}

// On a state of its own: looking must not change what is remembered.
static void look_at(struct survey *out, struct evaluator *e, struct stored_series *s)
{
	CLEANUP_SERIES_STATE struct series_state scratch = {0};
	CLEANUP_EVALUATION struct evaluation found = {0};
	s->input.batch = "";
	series_evaluate(e, &s->input, &scratch, &found);
	if (!(found.sigma > 0)) {
		out->unknown++;
		return;
	}
	const struct noisy n = {{memory_strdup(s->key), scale_relative(&found.scale, found.sigma),
				 found.dependence.rho},
				found.valid_count,
				found.standing};
	ARRAY_APPEND(out->items, out->count, n);
}

static int compare_noisy(const void *a, const void *b)
{
	const struct noisy *x = a, *y = b;
	if (x->point.sigma > y->point.sigma || x->point.sigma < y->point.sigma)
		return x->point.sigma > y->point.sigma ? -1 : 1;
	return strcmp(x->point.name, y->point.name);
}

static struct error *survey_all(const struct timing_noise_words *w, struct survey *out)
{
	CLEANUP_BOARDS struct boards_config *boards = NULL;
	CLEANUP_STORE struct store *store = NULL;
	CLEANUP_SERIES_LIST struct series_list list = {0};
	TRY(boards_load(w->boards, &boards));
	TRY(cmd_open_store(w->results, &store));
	TRY(series_list_load(store, NULL, w->metric, &list));
	struct timing_params params = timing_params_default();
	CLEANUP(evaluator_deinit) struct evaluator e;
	evaluator_init(&e, &params);
	for (size_t i = 0; i < list.count; i++) {
		CLEANUP_JOB struct job_config *job = NULL;
		CLEANUP_STORED_SERIES struct stored_series s = {0};
		enum platform platform =
		    series_id_platform(&list.ids[i], timing_boards_platform, boards);
		TRY(series_load(store, &list.ids[i], platform, 2 * (size_t)params.tail, &s));
		// What the job said of the metric when the newest run was made.
		if (s.input.runs_count > 0)
			TRY(series_job(w->results, s.runs[0].id, &job));
		if (job)
			TRY(series_declare(store, job, &s));
		look_at(out, &e, &s);
	}
	if (out->count > 0)
		qsort(out->items, out->count, sizeof(*out->items), compare_noisy);
	return NULL;
}

static void print_survey(const struct survey *s)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct noisy *n = &s->items[i];
		printf("%8.3f %%  dependence %.2f  %4zu points  %-13s  %s\n", 100 * n->point.sigma,
		       n->point.rho, n->points, series_standing_name(n->standing), n->point.name);
	}
	printf("%zu series; %zu more are exact or have too few points\n", s->count, s->unknown);
}

static struct error *write_html(const struct survey *s, const char *path)
{
	struct noise_point *points = memory_new(s->count + 1, sizeof(*points));
	for (size_t i = 0; i < s->count; i++)
		points[i] = s->items[i].point;
	CLEANUP_BUFFER struct buffer page = {0};
	plot_page_begin(&page, "Noise of the series");
	plot_noise(&page, points, s->count);
	plot_page_end(&page);
	free(points);
	return file_write_atomic(path, page.data, page.len);
}

static struct error *noise_run(int argc, char **argv, int *code)
{
	(void)code;
	struct timing_noise_words w = {0};
	int first;
	TRY(cmd_parse(&timing_noise, argc, argv, &w, &first));
	if (argc != first)
		return error_new(ERROR_USAGE, "noise: unexpected \"%s\"", argv[first]);
	if (!file_is_directory(w.results))
		return error_new(ERROR_USAGE, "%s: no such results directory", w.results);
	CLEANUP(survey_deinit) struct survey s = {0};
	TRY(survey_all(&w, &s));
	print_survey(&s);
	return w.html ? write_html(&s, w.html) : NULL;
}

const struct cmd timing_noise = {
    .name = "noise",
    .arguments = "[OPTIONS]",
    .summary = "Shows how noisy and how dependent each series is, the noisiest first",
    CMD_OPTIONS(options_table),
    .run = noise_run,
};
