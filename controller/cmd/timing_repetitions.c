// SPDX-License-Identifier: GPL-2.0-or-later
// `mmfarm timing repetitions`: two runs side by side from inside, which shows what one number a run
// hides: a second mode, a tail. Runs of this farm, or rows of a file of repetitions.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "cmd/cmd.h"
#include "cmd/name.h"
#include "cmd/options.h"
#include "cmd/timing.h"
#include "record/model.h"
#include "timing/csv.h"
#include "timing/statistics/order.h"
#include "timing/plot/plot.h"

#define INPUT_MAX ((size_t)256 << 20)

struct timing_repetitions_words {
	const char *results, *metric, *series, *html;
};

static const struct cmd_option options_table[] = {
    OPTION_VALUE(struct timing_repetitions_words, metric, "NAME", VALUES_TEXT, .name = "metric",
		 .help = "the metric of two runs"),
    OPTION_VALUE(struct timing_repetitions_words, series, "NAME", VALUES_TEXT, .name = "series",
		 .help = "which series of a file, when it has several"),
    OPTION_VALUE(struct timing_repetitions_words, html, "FILE", VALUES_FILE, .name = "html",
		 .help = "draws them as histograms"),
    OPTION_RESULTS(struct timing_repetitions_words, results),
};

// One of the two sides.
struct repetitions_side {
	const char *name;
	const char *unit; // "" unknown
	const double *reps;
	size_t count;
};

// ---- rows of a file -----------------------------------------------------------------------------

static struct error *parse_row(const char *text, size_t *out)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);
	if (end == text || *end || *text == '-')
		return error_new(ERROR_USAGE, "\"%s\": expected a row of the series, from 0", text);
	*out = v;
	return NULL;
}

static struct error *find_series(const struct timing_repetitions_words *w, const char *path,
				 const struct csv_file *file, const struct csv_series **out)
{
	*out = NULL;
	for (size_t i = 0; i < file->count; i++)
		if (!w->series || strcmp(file->series[i].name, w->series) == 0)
			*out = &file->series[i];
	if (!*out)
		return error_new(ERROR_USAGE, "%s: no series %s", path,
				 w->series ? w->series : "at all");
	if (!w->series && file->count > 1)
		return error_new(ERROR_USAGE, "%s: %zu series, expected --series, such as %s", path,
				 file->count, (*out)->name);
	if (!(*out)->reps)
		return error_new(ERROR_USAGE, "%s: no columns rep0, rep1...", path);
	return NULL;
}

static struct error *find_row(const struct csv_series *s, const char *text,
			      struct repetitions_side *out)
{
	size_t row = 0;
	TRY(parse_row(text, &row));
	if (row >= s->count)
		return error_new(ERROR_USAGE, "%s: run %zu of %zu", s->name, row, s->count);
	*out =
	    (struct repetitions_side){text, "", s->reps + row * s->reps_per_run, s->reps_per_run};
	return NULL;
}

// ---- runs of this farm --------------------------------------------------------------------------

static struct error *find_run(const struct timing_repetitions_words *w, const char *id,
			      struct arena *arena, struct repetitions_side *out)
{
	const struct run *run;
	const char *dir = w->results;
	TRY(error_wrap_kind(model_load_run(dir, id, arena, &run), ERROR_USAGE, "run %s", id));
	for (size_t i = 0; i < run->metrics_count; i++) {
		const struct metric *m = &run->metrics[i];
		if (strcmp(m->path, w->metric) != 0)
			continue;
		if (m->samples_count == 0)
			return error_new(ERROR_USAGE,
					 "run %s, metric %s: only a summary of its repetitions was "
					 "sent",
					 id, w->metric);
		*out = (struct repetitions_side){id, m->unit ? m->unit : "", m->samples,
						 m->samples_count};
		return NULL;
	}
	return error_new(ERROR_USAGE, "run %s: no metric %s", id, w->metric);
}

// ---- both ---------------------------------------------------------------------------------------

static void print_side(const struct repetitions_side *s)
{
	double *copy = memory_new(s->count, sizeof(*copy));
	memcpy(copy, s->reps, s->count * sizeof(*copy));
	order_sort(copy, s->count);
	printf("run %s: %zu repetitions, min %.9g, median %.9g, max %.9g%s%s\n", s->name, s->count,
	       copy[0], order_median(copy, s->count), copy[s->count - 1], *s->unit ? " " : "",
	       s->unit);
	free(copy);
}

static struct error *tell(const struct timing_repetitions_words *w, const char *title,
			  const struct repetitions_side sides[2])
{
	if (strcmp(sides[0].unit, sides[1].unit) != 0)
		return error_new(ERROR_USAGE, "%s is in %s in run %s, in %s in run %s", title,
				 sides[0].unit, sides[0].name, sides[1].unit, sides[1].name);
	for (int i = 0; i < 2; i++)
		print_side(&sides[i]);
	if (!w->html)
		return NULL;
	CLEANUP_FREE char *first = memory_printf("run %s", sides[0].name);
	CLEANUP_FREE char *second = memory_printf("run %s", sides[1].name);
	CLEANUP_BUFFER struct buffer page = {0};
	plot_page_begin(&page, title);
	plot_repetitions(&page, sides[0].unit, first, sides[0].reps, sides[0].count, second,
			 sides[1].reps, sides[1].count);
	plot_page_end(&page);
	return file_write_atomic(w->html, page.data, page.len);
}

static struct error *of_runs(const struct timing_repetitions_words *w, char **ids)
{
	CLEANUP_ARENA struct arena arena = {0};
	struct repetitions_side sides[2];
	CLEANUP_FREE char *first = NULL;
	CLEANUP_FREE char *second = NULL;
	TRY(cmd_name_run(w->results, ids[0], &first));
	TRY(cmd_name_run(w->results, ids[1], &second));
	TRY(find_run(w, first, &arena, &sides[0]));
	TRY(find_run(w, second, &arena, &sides[1]));
	return tell(w, w->metric, sides);
}

static struct error *of_file(const struct timing_repetitions_words *w, const char *path,
			     char **rows)
{
	CLEANUP_BUFFER struct buffer text = {0};
	TRY(file_read(path, INPUT_MAX, ERROR_CONFIG, &text));
	CLEANUP_FREE char *name = timing_series_name(path);
	const struct csv_options options = {.name = name, .file = path};
	CLEANUP_CSV struct csv_file file = {0};
	TRY(csv_parse(buffer_str(&text), text.len, &options, &file));
	const struct csv_series *s;
	TRY(find_series(w, path, &file, &s));
	struct repetitions_side sides[2];
	for (int i = 0; i < 2; i++)
		TRY(find_row(s, rows[i], &sides[i]));
	return tell(w, s->name, sides);
}

static struct error *repetitions_run(int argc, char **argv, int *code)
{
	(void)code;
	struct timing_repetitions_words w = {0};
	int first;
	TRY(cmd_parse(&timing_repetitions, argc, argv, &w, &first));
	if (w.metric && argc - first == 2)
		return of_runs(&w, argv + first);
	if (!w.metric && argc - first == 3)
		return of_file(&w, argv[first], argv + first + 1);
	return error_new(ERROR_USAGE, "repetitions: expected two runs and --metric, or a file and "
				      "two rows");
}

const struct cmd timing_repetitions = {
    .name = "repetitions",
    .arguments = "RUN RUN --metric NAME | FILE.csv ROW ROW",
    .summary = "Shows two runs from inside: every repetition, drawn",
    .before =
	"What a metric's repetitions were in two runs, or in two rows (of their series, from\n"
	"0) of a file of repetitions.\n",
    CMD_OPTIONS(options_table),
    .operands = {{VALUES_RUN, NULL, true}},
    .run = repetitions_run,
};
