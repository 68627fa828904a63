// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/timing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "timing/csv.h"
#include "timing/evidence.h"
#include "timing/evaluate/evaluate.h"
#include "timing/statistics/inference.h"

#define INPUT_MAX ((size_t)1 << 30) // bytes of one file

struct detect_words {
	struct timing_params params;
	struct csv_options csv;
	bool exact, nightly, long_lines;
	const char *tau, *metric, *params_list, *model; // words of the command line
	struct evaluator evaluator;
};

static const struct cmd_option options_table[] = {
    OPTION_VALUE(struct detect_words, tau, "N", VALUES_TEXT, .name = "tau",
		 .help = "evidence wanted (default 5)"),
    OPTION_VALUE(struct detect_words, metric, "M", VALUES_CHOICE, .name = "metric",
		 .choices = "time cycles count size bytes",
		 .help =
		     "the kind of the numbers (time, cycles, count, size, bytes), the metric of "
		     "a file of repetitions (a glob), or the column that holds the numbers"),
    OPTION_FLAG(struct detect_words, csv.median, .name = "median",
		.help = "repetitions of a run are represented by their median, not their minimum"),
    OPTION_VALUE(struct detect_words, model, "MODEL", VALUES_CHOICE, .name = "model",
		 .choices = "noisy exact",
		 .help = "exact: every difference that the next run repeats is a change"),
    OPTION_FLAG(struct detect_words, nightly, .name = "nightly",
		.help = "row by row as a farm would have seen them: only what would have been "
			"raised as an alert, and was not taken back"),
    OPTION_FLAG(struct detect_words, long_lines, .name = "long",
		.help = "one line a change: series, index, per cent with its interval of 95 %, "
			"evidence, class, first and last index it may be at (with --nightly: "
			"series, index, night raised, per cent, evidence, state)"),
    OPTION_VALUE(struct detect_words, params_list, "N=V,...", VALUES_TEXT, .name = "param",
		 .help = "other values for constants of the method (docs/timing.md)"),
};

static bool is_kind(const char *word)
{
	enum metric_kind kind;
	return metric_kind_parse(word, &kind);
}

static struct error *parse_options(int argc, char **argv, struct detect_words *d, int *first)
{
	TRY(cmd_parse(&timing_detect, argc, argv, d, first));
	const char *metric = d->metric, *model = d->model;
	enum metric_model parsed = MODEL_NOISY;
	if (model && !metric_model_parse(model, &parsed))
		return error_new(ERROR_USAGE, "--model: expected noisy or exact, found \"%s\"",
				 model);
	d->exact = parsed == MODEL_EXACT;
	if (d->tau) {
		// In a replay of nights an alert needs as much; a candidate always less.
		CLEANUP_FREE char *set =
		    memory_printf("%s=%s", d->nightly ? "tau_alert" : "tau_cand", d->tau);
		TRY(timing_params_set(&d->params, set));
	}
	TRY(timing_params_set_list(&d->params, d->params_list));
	if (metric && !is_kind(metric))
		d->csv.metric = metric;
	if (*first >= argc)
		return error_new(ERROR_USAGE, "no file named");
	return NULL;
}

// "dir/0001_spike.csv" holds series "0001_spike".
char *timing_series_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	size_t len = strlen(base);
	if (len > 4 && strcmp(base + len - 4, ".csv") == 0)
		len -= 4;
	return memory_strndup(base, len);
}

// A metric that is no row's metric names the column of the numbers.
static bool has_metric_column(const struct buffer *text)
{
	const char *end = memchr(buffer_str(text), '\n', text->len);
	size_t len = end ? (size_t)(end - text->data) : text->len;
	CLEANUP_FREE char *line = memory_strndup(buffer_str(text), len);
	bool found = false;
	for (char *rest = line, *cell; (cell = strsep(&rest, ",\r"));)
		found = found || strcmp(cell, "metric") == 0;
	return found;
}

static size_t row_of(const struct csv_series *s, size_t i)
{
	return s->rows ? s->rows[i] : i;
}

static void print_change(const struct detect_words *d, const struct csv_series *s,
			 const struct detection *found, size_t i, const double *x)
{
	const struct change *c = &found->changes[i];
	size_t a = i ? found->changes[i - 1].at : 0;
	size_t e = i + 1 < found->count ? found->changes[i + 1].at : s->count;
	size_t side = evidence_side(&found->dependence, &d->params);
	struct rank_shift shift = change_size(x, a, c->at, e, side, found->dependence.inflate);
	struct change_range range = change_range(x, a, c->at, e, found->sigma, d->params.range_thr);
	printf("%s\t%zu\t%+.2f\t%+.2f\t%+.2f\t%.2f\t%s\t%zu\t%zu\n", s->name, row_of(s, c->at),
	       100 * scale_fraction(&found->scale, shift.shift),
	       100 * scale_fraction(&found->scale, shift.low),
	       100 * scale_fraction(&found->scale, shift.high), c->t,
	       confidence_name(c->confidence), row_of(s, range.first), row_of(s, range.last));
}

static void print_long(const struct detect_words *d, const struct csv_series *s,
		       const struct detection *found)
{
	double *x = memory_new(s->count, sizeof(*x)), *scratch = memory_new(s->count, sizeof(*x));
	scale_values(s->values, s->count, &d->params, x, scratch);
	for (size_t i = 0; i < found->count; i++)
		print_change(d, s, found, i, x);
	free(x);
	free(scratch);
}

static void print_indices(const struct csv_series *s, const size_t *at, size_t count)
{
	printf("%s\t", s->name);
	for (size_t i = 0; i < count; i++)
		printf("%s%zu", i ? "," : "", row_of(s, at[i]));
	putchar('\n');
}

static void detect_noisy(struct detect_words *d, const struct csv_series *s)
{
	struct detection found =
	    detector_run(&d->evaluator.detector, s->values, s->count, &d->params);
	if (d->long_lines) {
		print_long(d, s, &found);
		return;
	}
	size_t *at = memory_new(found.count, sizeof(*at));
	for (size_t i = 0; i < found.count; i++)
		at[i] = found.changes[i].at;
	print_indices(s, at, found.count);
	free(at);
}

static void detect_exact(const struct detect_words *d, const struct csv_series *s)
{
	size_t *at = memory_new(s->count, sizeof(*at));
	const double *runs = s->reps ? s->reps : s->values;
	size_t width = s->reps ? s->reps_per_run : 1;
	size_t count = replay_exact(runs, s->count, width, d->params.tick, at);
	print_indices(s, at, count);
	free(at);
}

static bool stands(const struct alert *a)
{
	return a->kind == ALERT_STEP && a->state != STATE_CANDIDATE &&
	       a->state != STATE_WITHDRAWN && a->state != STATE_RECOVERED;
}

static int compare_sizes(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	return (x > y) - (x < y);
}

static void detect_nightly(struct detect_words *d, const struct csv_series *s)
{
	CLEANUP_SERIES_STATE struct series_state state = {0};
	replay_nights(&d->evaluator, s->values, s->count, &state);
	size_t *at = memory_new(state.alerts_count, sizeof(*at)), count = 0;
	for (size_t i = 0; i < state.alerts_count; i++) {
		const struct alert *a = &state.alerts[i];
		if (stands(a))
			at[count++] = (size_t)a->place.position;
		if (d->long_lines && a->kind == ALERT_STEP && a->state != STATE_CANDIDATE)
			printf("%s\t%zu\t%zu\t%+.2f\t%.2f\t%s\n", s->name,
			       row_of(s, (size_t)a->place.position), row_of(s, replay_raised(a)),
			       100 * a->relative, a->t, alert_state_name(a->state));
	}
	qsort(at, count, sizeof(*at), compare_sizes);
	if (!d->long_lines)
		print_indices(s, at, count);
	free(at);
}

static struct error *detect_file(struct detect_words *d, const char *path)
{
	CLEANUP_BUFFER struct buffer text = {0};
	TRY(file_read(path, INPUT_MAX, ERROR_CONFIG, &text));
	CLEANUP_FREE char *name = timing_series_name(path);
	struct csv_options options = d->csv;
	options.name = name;
	options.file = path;
	if (options.metric && !has_metric_column(&text)) {
		options.column = options.metric;
		options.metric = NULL;
	}
	CLEANUP_CSV struct csv_file file = {0};
	TRY(csv_parse(buffer_str(&text), text.len, &options, &file));
	buffer_deinit(&text);
	for (size_t i = 0; i < file.count; i++) {
		if (d->exact)
			detect_exact(d, &file.series[i]);
		else if (d->nightly)
			detect_nightly(d, &file.series[i]);
		else
			detect_noisy(d, &file.series[i]);
	}
	return NULL;
}

static const char *header_of(const struct detect_words *d)
{
	if (!d->long_lines || d->exact)
		return "series\tcps";
	if (d->nightly)
		return "series\tindex\traised\tpercent\tt\tstate";
	return "series\tindex\tpercent\tlow\thigh\tt\tclass\tfirst\tlast";
}

static struct error *detect_run(int argc, char **argv, int *code)
{
	struct detect_words d = {.params = timing_params_default()};
	int first = 0;
	TRY(parse_options(argc, argv, &d, &first));
	evaluator_init(&d.evaluator, &d.params);
	puts(header_of(&d));
	for (int i = first; i < argc; i++) {
		// One bad file must not hide what the others hold.
		CLEANUP_ERROR struct error *e = detect_file(&d, argv[i]);
		if (e) {
			fflush(stdout);
			fprintf(stderr, "mmfarm timing: %s\n", error_text(e));
			*code = EXIT_USAGE;
		}
	}
	evaluator_deinit(&d.evaluator);
	return NULL;
}

const struct cmd timing_detect = {
    .name = "detect",
    .arguments = "[OPTIONS] FILE.csv...",
    .summary = "Finds change points of recorded series",
    .before = "One line a series of each CSV file:\n"
	      "    name<TAB>index,index...   index: first row of a new level, from 0\n",
    CMD_OPTIONS(options_table),
    .operands = {{VALUES_FILE, NULL, true}},
    .run = detect_run,
};
