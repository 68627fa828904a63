// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/store.h"
#include "cmd/terminal.h"
#include "config/boards.h"
#include "night/timing_boards.h"
#include "results/report/timing_report.h"
#include "results/series/series.h"

#define DAYS 7

struct compare_words {
	const char *results, *boards, *by, *job, *variant, *metric, *old, *new, *days, *html;
	bool json, wide;
};

static struct error *parse_class(const char *word, enum comparison_by by, const char **out)
{
	bool midr = by == COMPARE_CPU && strncmp(word, "0x", 2) == 0;
	if (!*word)
		return error_new(ERROR_USAGE, "the name of a class is empty");
	if (midr && (!word[2] || word[2 + strspn(word + 2, "0123456789abcdefABCDEF")]))
		return error_new(ERROR_USAGE, "\"%s\": expected MIDR_EL1 in hexadecimal", word);
	*out = word;
	return NULL;
}

static const struct cmd_option options_table[] = {
    OPTION_VALUE(struct compare_words, by, "WHAT", VALUES_CHOICE, .name = "by",
		 .choices = "cpu pool board variant commit week",
		 .help = "what A and B are: CPUs (cpu: a beginning of the name, or MIDR_EL1 as "
			 "0x...), pools, boards, variants, commits, weeks (this, last, or how many "
			 "weeks ago)"),
    OPTION_VALUE(struct compare_words, old, "COMMIT", VALUES_TEXT, .name = "old",
		 .help = "with --new: what the change from one commit to the other did to A and B"),
    OPTION_VALUE(struct compare_words, new, "COMMIT", VALUES_TEXT, .name = "new",
		 .help = "see --old"),
    OPTION_VALUE(struct compare_words, metric, "GLOB", VALUES_TEXT, .name = "metric",
		 .help = "only these metrics"),
    OPTION_VALUE(struct compare_words, job, "NAME", VALUES_JOB_NAME, .name = "job",
		 .help = "the job (that of the newest run)"),
    OPTION_VALUE(struct compare_words, variant, "NAME", VALUES_VARIANT, .name = "variant",
		 .help = "only this variant"),
    OPTION_VALUE(struct compare_words, days, "N", VALUES_TEXT, .name = "days",
		 .help = "runs up to N days older than the newest (7)"),
    OPTION_VALUE(struct compare_words, html, "FILE", VALUES_FILE, .name = "html",
		 .help = "also writes a page with pictures"),
    OPTION_JSON(struct compare_words, json, "for programs"),
    OPTION_WIDE(struct compare_words, wide),
    OPTION_RESULTS(struct compare_words, results),
    OPTION_BOARDS(struct compare_words, boards),
};

static struct error *parse(int argc, char **argv, struct compare_words *w,
			   struct comparison_query *q)
{
	int first;
	TRY(cmd_parse(&cmd_compare, argc, argv, w, &first));
	if (!w->by || !comparison_by_parse(w->by, &q->by))
		return error_new(ERROR_USAGE,
				 "--by: expected cpu, pool, board, variant, commit or week");
	if (argc - first != 2)
		return error_new(ERROR_USAGE, "expected the names of two classes");
	if (!w->old != !w->new)
		return error_new(ERROR_USAGE, "--old and --new go together");
	if (!file_is_directory(w->results))
		return error_new(ERROR_USAGE, "%s: no such results directory", w->results);
	q->days = DAYS;
	if (w->days) {
		char *end;
		q->days = strtol(w->days, &end, 10);
		if (end == w->days || *end || q->days < 1 || q->days > 100000)
			return error_new(ERROR_USAGE,
					 "--days: expected a number of days, found \"%s\"",
					 w->days);
	}
	for (int c = 0; c < 2; c++)
		TRY(parse_class(argv[first + c], q->by, &q->names[c]));
	q->results = w->results;
	q->job = w->job;
	q->variant = w->variant;
	q->metric = w->metric;
	q->old_commit = w->old;
	q->new_commit = w->new;
	q->now_ns = clock_realtime_ns();
	return NULL;
}

static struct error *require_boards(const struct comparison_data *data)
{
	for (int k = 0; k < 2; k++)
		if (data->input.classes[k].boards_count == 0)
			return error_new(ERROR_USAGE, "no valid run of \"%s\" with such metrics",
					 data->input.classes[k].label);
	return NULL;
}

static struct error *compare_run(int argc, char **argv, int *code)
{
	(void)code;
	struct compare_words w = {0};
	struct comparison_query q = {0};
	TRY(parse(argc, argv, &w, &q));
	CLEANUP_BOARDS struct boards_config *boards = NULL;
	CLEANUP_STORE struct store *store = NULL;
	TRY(boards_load(w.boards, &boards));
	TRY(cmd_open_store(w.results, &store));
	q.platform = timing_boards_platform;
	q.platform_context = boards;
	CLEANUP_COMPARISON struct comparison_data data = {0};
	TRY(comparison_load(store, &q, &data));
	TRY(require_boards(&data));
	CLEANUP_FREE struct comparison *compared =
	    memory_new(data.input.metrics_count, sizeof(*compared));
	CLEANUP(compare_report_deinit)
	struct compare_report report = {
	    .params = timing_params_default(), .data = &data, .results = compared};
	compare_metrics(&data.input, &report.params, compared);
	compare_report_rank(&report);
	CLEANUP_BUFFER struct buffer text = {0}, page = {0};
	if (w.json)
		compare_report_json(&report, &text);
	else
		terminal_tell_left_out(
		    compare_report_text(&report, w.wide ? 0 : terminal_columns(), stdout));
	fwrite(buffer_str(&text), 1, text.len, stdout);
	if (!w.html)
		return NULL;
	compare_report_html(&report, &page);
	return file_write_atomic(w.html, page.data, page.len);
}

const struct cmd cmd_compare = {
    .name = "compare",
    .arguments = "--by cpu|pool|board|variant|commit|week A B [OPTIONS]",
    .summary = "Compares what two classes of boards measured",
    CMD_OPTIONS(options_table),
    .run = compare_run,
};
