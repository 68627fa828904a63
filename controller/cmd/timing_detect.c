// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/timing.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "cmd/cmd.h"
#include "timing/change.h"
#include "timing/csv.h"

#define FILE_MAX (UINT64_C(1) << 30)

struct detect_options {
	struct timing_params params;
	struct csv_options csv;
};

static bool is_kind(const char *word)
{
	static const char *const kinds[] = {"time", "cycles", "count", "size", "bytes"};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(word, kinds[i]) == 0)
			return true;
	return false;
}

static struct error *set_number(struct timing_params *p, const char *name, const char *value)
{
	CLEANUP_FREE char *assignment = memory_printf("%s=%s", name, value);
	return timing_params_set(p, assignment);
}

static struct error *parse_options(int argc, char **argv, struct detect_options *o)
{
	static const struct option longs[] = {
	    {"tau", required_argument, NULL, 't'},
	    {"metric", required_argument, NULL, 'm'},
	    {"param", required_argument, NULL, 'p'},
	    {0},
	};
	optind = 0;
	opterr = 0;
	for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
		if (c == 't')
			TRY(set_number(&o->params, "tau_cand", optarg));
		else if (c == 'p')
			TRY(timing_params_set(&o->params, optarg));
		else if (c == 'm' && !is_kind(optarg))
			o->csv.metric = optarg;
		else if (c != 'm')
			return error_new(ERROR_USAGE,
					 "\"%s\": unknown option, or its value is missing",
					 argv[optind - 1]);
	}
	if (optind >= argc)
		return error_new(ERROR_USAGE, "no file named");
	return NULL;
}

// "dir/0001_spike.csv" holds series "0001_spike".
static char *series_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	size_t len = strlen(base);
	if (len > 4 && strcmp(base + len - 4, ".csv") == 0)
		len -= 4;
	return memory_strndup(base, len);
}

// A metric that names a column, and not a row's metric, says where the numbers are.
static struct error *parse_file(const struct buffer *text, struct csv_options options,
				struct csv_file *out)
{
	const char *first_line_end = memchr(buffer_str(text), '\n', text->len);
	size_t header = first_line_end ? (size_t)(first_line_end - text->data) : text->len;
	CLEANUP_FREE char *line = memory_strndup(buffer_str(text), header);
	bool has_metrics = false;
	for (char *rest = line, *cell; (cell = strsep(&rest, ",\r"));)
		has_metrics = has_metrics || strcmp(cell, "metric") == 0;
	if (options.metric && !has_metrics) {
		options.column = options.metric;
		options.metric = NULL;
	}
	return csv_parse(buffer_str(text), text->len, &options, out);
}

static void print_series(struct detector *d, const struct csv_series *s,
			 const struct timing_params *p)
{
	struct detection found = detector_run(d, s->values, s->count, p);
	printf("%s\t", s->name);
	for (size_t i = 0; i < found.count; i++) {
		size_t at = found.changes[i].at;
		printf("%s%zu", i ? "," : "", s->rows ? s->rows[at] : at);
	}
	putchar('\n');
}

static struct error *detect_file(struct detector *d, const char *path,
				 const struct detect_options *o)
{
	CLEANUP_BUFFER struct buffer text = {0};
	TRY(file_read(path, FILE_MAX, ERROR_CONFIG, &text));
	CLEANUP_FREE char *name = series_name(path);
	struct csv_options options = o->csv;
	options.name = name;
	options.file = path;
	CLEANUP_CSV struct csv_file file = {0};
	TRY(parse_file(&text, options, &file));
	buffer_deinit(&text);
	for (size_t i = 0; i < file.count; i++)
		print_series(d, &file.series[i], &o->params);
	return NULL;
}

struct error *timing_detect_run(int argc, char **argv, int *code)
{
	struct detect_options o = {.params = timing_params_default()};
	TRY(parse_options(argc, argv, &o));
	CLEANUP(detector_deinit) struct detector d;
	detector_init(&d);
	puts("series\tcps");
	for (int i = optind; i < argc; i++) {
		// One bad file must not hide what the others hold.
		CLEANUP_ERROR struct error *e = detect_file(&d, argv[i], &o);
		if (e) {
			fflush(stdout);
			fprintf(stderr, "mmfarm timing: %s\n", error_text(e));
			*code = EXIT_USAGE;
		}
	}
	return NULL;
}
