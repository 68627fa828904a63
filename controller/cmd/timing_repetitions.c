// SPDX-License-Identifier: GPL-2.0-or-later
// `mmfarm timing repetitions`: two runs of a file of repetitions side by side, which shows what one
// number a run hides: a second mode, a tail.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/timing.h"
#include "timing/csv.h"
#include "timing/order.h"
#include "timing/plot.h"

#define INPUT_MAX ((size_t)256 << 20)

const char timing_repetitions_help[] = "repetitions FILE.csv RUN RUN: two runs (rows of their "
				       "series, from 0) of a file of repetitions\n"
				       "  --series NAME   which series, when the file has several\n"
				       "  --html FILE     draws them as histograms\n";

struct words {
	const char *file, *series, *html;
	size_t run[2];
};

static struct error *parse_run(const char *text, size_t *out)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);
	if (end == text || *end || *text == '-')
		return error_new(ERROR_USAGE, "\"%s\": expected a row of the series, from 0", text);
	*out = v;
	return NULL;
}

static struct error *parse(int argc, char **argv, struct words *w)
{
	const struct cmd_option options[] = {
	    {"series", 0, NULL, &w->series},
	    {"html", 0, NULL, &w->html},
	};
	int first;
	TRY(cmd_parse_options(argc, argv, options, CMD_OPTIONS_COUNT(options), &first));
	if (argc - first != 3)
		return error_new(ERROR_USAGE, "repetitions: expected a file and two runs");
	w->file = argv[first];
	TRY(parse_run(argv[first + 1], &w->run[0]));
	return parse_run(argv[first + 2], &w->run[1]);
}

static struct error *find_series(const struct words *w, const struct csv_file *file,
				 const struct csv_series **out)
{
	*out = NULL;
	for (size_t i = 0; i < file->count; i++)
		if (!w->series || strcmp(file->series[i].name, w->series) == 0)
			*out = &file->series[i];
	if (!*out)
		return error_new(ERROR_USAGE, "%s: no series %s", w->file,
				 w->series ? w->series : "at all");
	if (!w->series && file->count > 1)
		return error_new(ERROR_USAGE, "%s: %zu series, expected --series, such as %s",
				 w->file, file->count, (*out)->name);
	if (!(*out)->reps)
		return error_new(ERROR_USAGE, "%s: no columns rep0, rep1...", w->file);
	for (int i = 0; i < 2; i++)
		if (w->run[i] >= (*out)->count)
			return error_new(ERROR_USAGE, "%s: run %zu of %zu", (*out)->name, w->run[i],
					 (*out)->count);
	return NULL;
}

static void print_run(size_t run, const double *reps, size_t n)
{
	double *copy = memory_new(n, sizeof(*copy));
	memcpy(copy, reps, n * sizeof(*copy));
	order_sort(copy, n);
	printf("run %zu: %zu repetitions, min %.9g, median %.9g, max %.9g\n", run, n, copy[0],
	       order_median(copy, n), copy[n - 1]);
	free(copy);
}

static struct error *write_html(const struct words *w, const struct csv_series *s,
				const double *const reps[2])
{
	CLEANUP_FREE char *first = memory_printf("run %zu", w->run[0]);
	CLEANUP_FREE char *second = memory_printf("run %zu", w->run[1]);
	CLEANUP_BUFFER struct buffer page = {0};
	plot_page_begin(&page, s->name);
	plot_repetitions(&page, s->name, first, reps[0], s->reps_per_run, second, reps[1],
			 s->reps_per_run);
	plot_page_end(&page);
	return file_write_atomic(w->html, page.data, page.len);
}

struct error *timing_repetitions_run(int argc, char **argv, int *code)
{
	(void)code;
	struct words w = {0};
	TRY(parse(argc, argv, &w));
	CLEANUP_BUFFER struct buffer text = {0};
	TRY(file_read(w.file, INPUT_MAX, ERROR_CONFIG, &text));
	CLEANUP_FREE char *name = timing_series_name(w.file);
	const struct csv_options options = {.name = name, .file = w.file};
	CLEANUP_CSV struct csv_file file = {0};
	TRY(csv_parse(buffer_str(&text), text.len, &options, &file));
	const struct csv_series *s;
	TRY(find_series(&w, &file, &s));
	const double *const reps[2] = {s->reps + w.run[0] * s->reps_per_run,
				       s->reps + w.run[1] * s->reps_per_run};
	for (int i = 0; i < 2; i++)
		print_run(w.run[i], reps[i], s->reps_per_run);
	return w.html ? write_html(&w, s, reps) : NULL;
}
