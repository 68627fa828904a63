// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "cmd/cmd.h"
#include "cmd/name.h"
#include "cmd/options.h"
#include "cmd/store.h"
#include "cmd/terminal.h"
#include "record/batch_id.h"
#include "text/format.h"
#include "record/model.h"
#include "results/store/store_query.h"
#include "results/report/show.h"
#include "results/export/table_writer.h"

struct results_words {
	const char *results, *run, *batch, *job, *variant, *board, *type, *pool, *cpu, *midr,
	    *implementer, *part, *cpu_variant, *revision, *status, *signature, *path, *since,
	    *until, *limit;
	bool json, csv, wide, oldest_first;
};

#define STATUSES "FAIL ERROR MISS PASS DONE SKIP"

static const struct cmd_option options_table[] = {
    OPTION_VALUE(struct results_words, batch, "BATCH", VALUES_BATCH, .name = "batch",
		 .heading = "Which:", .help = "of this batch"),
    OPTION_VALUE(struct results_words, job, "NAME", VALUES_JOB_NAME, .name = "job",
		 .help = "of this job"),
    OPTION_VALUE(struct results_words, variant, "NAME", VALUES_VARIANT, .name = "variant",
		 .help = "of this variant"),
    OPTION_VALUE(struct results_words, run, "RUN", VALUES_RUN, .name = "run",
		 .help = "of this run"),
    OPTION_VALUE(struct results_words, board, "BOARD", VALUES_BOARD, .name = "board",
		 .help = "on this board"),
    OPTION_VALUE(struct results_words, type, "TYPE", VALUES_TYPE, .name = "type",
		 .help = "on boards of this board type"),
    OPTION_VALUE(struct results_words, pool, "POOL", VALUES_POOL, .name = "pool",
		 .help = "in this pool"),
    OPTION_VALUE(struct results_words, cpu, "NAME", VALUES_TEXT, .name = "cpu",
		 .help = "on this CPU, as the board file calls it"),
    OPTION_VALUE(struct results_words, midr, "N", VALUES_TEXT, .name = "midr",
		 .help = "on CPUs with this MIDR_EL1, decimal or 0x"),
    OPTION_VALUE(struct results_words, implementer, "N", VALUES_TEXT, .name = "implementer",
		 .help = "its implementer"),
    OPTION_VALUE(struct results_words, part, "N", VALUES_TEXT, .name = "part",
		 .help = "its part number"),
    OPTION_VALUE(struct results_words, cpu_variant, "N", VALUES_TEXT, .name = "cpu-variant",
		 .help = "its variant, the n of rnpm"),
    OPTION_VALUE(struct results_words, revision, "N", VALUES_TEXT, .name = "revision",
		 .help = "its revision, the m of rnpm"),
    OPTION_VALUE(struct results_words, status, "LIST", VALUES_CHOICE, .name = "status",
		 .choices = STATUSES, .help = "some of FAIL,ERROR,MISS,PASS,DONE,SKIP"),
    OPTION_VALUE(struct results_words, status, "LIST", VALUES_CHOICE, .name = "verdict",
		 .choices = STATUSES, .help = "the same"),
    OPTION_VALUE(struct results_words, signature, "HEX", VALUES_TEXT, .name = "signature",
		 .help = "with this splat: 16 digits of any of its three signatures"),
    OPTION_VALUE(struct results_words, path, "GLOB", VALUES_TEXT, .name = "path",
		 .help = "of a test or metric, e.g. 'mmfarm.t.split.*'"),
    OPTION_VALUE(struct results_words, since, "T", VALUES_TEXT, .name = "since",
		 .help = "not before a date, an RFC 3339 time or an age (90m, 12h, 7d, 3w)"),
    OPTION_VALUE(struct results_words, until, "T", VALUES_TEXT, .name = "until",
		 .help = "not after it"),
    OPTION_VALUE(struct results_words, limit, "N", VALUES_TEXT, .name = "limit", .letter = 'n',
		 .help = "rows (50)"),
    OPTION_JSON(struct results_words, json, "one JSON object a line", .heading = "How:"),
    OPTION_FLAG(struct results_words, csv, .name = "csv", .help = "RFC 4180 with a header"),
    OPTION_WIDE(struct results_words, wide),
    OPTION_FLAG(struct results_words, oldest_first, .name = "oldest-first",
		.help = "the other way round"),
    OPTION_RESULTS(struct results_words, results),
};

static const struct {
	const char *name;
	enum query_kind kind;
} kinds[] = {
    {"runs", QUERY_RUNS},     {"tests", QUERY_TESTS},     {"metrics", QUERY_METRICS},
    {"splats", QUERY_SPLATS}, {"batches", QUERY_BATCHES},
};

static struct error *parse_kind(const char *word, enum query_kind *out)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, word) == 0) {
			*out = kinds[i].kind;
			return NULL;
		}
	return error_new(ERROR_USAGE,
			 "\"%s\": expected runs, tests, metrics, splats, batches or summary", word);
}

static struct error *parse_number(const char *option, const char *word, int64_t max, int64_t *out)
{
	if (!word)
		return NULL;
	char *end;
	unsigned long long n = strtoull(word, &end, 0);
	if (end == word || *end || word[0] == '-' || n > (unsigned long long)max)
		return error_new(ERROR_USAGE, "--%s \"%s\": expected a number from 0 to %" PRId64,
				 option, word, max);
	*out = (int64_t)n;
	return NULL;
}

static struct error *fill_query(const struct results_words *w, struct query *q)
{
	q->job = w->job;
	q->variant = w->variant;
	q->board = w->board;
	q->board_type = w->type;
	q->pool = w->pool;
	q->cpu = w->cpu;
	if (w->signature && !format_is_hex(w->signature, strlen(w->signature), 16))
		return error_new(ERROR_USAGE, "--signature \"%s\": expected 16 digits of 0-9 a-f",
				 w->signature);
	q->signature = w->signature;
	q->path = w->path;
	q->oldest_first = w->oldest_first;
	TRY(parse_number("midr", w->midr, UINT32_MAX, &q->midr));
	TRY(parse_number("implementer", w->implementer, 0xff, &q->implementer));
	TRY(parse_number("part", w->part, 0xfff, &q->part));
	TRY(parse_number("cpu-variant", w->cpu_variant, 0xf, &q->cpu_variant));
	TRY(parse_number("revision", w->revision, 0xf, &q->revision));
	TRY(parse_number("limit", w->limit, INT32_MAX, &q->limit));
	int64_t now_ms = clock_realtime_ns() / NS_PER_MS;
	if (w->since)
		TRY(query_parse_time(w->since, now_ms, &q->since_ms));
	if (w->until)
		TRY(query_parse_time(w->until, now_ms, &q->until_ms));
	return w->status ? query_parse_statuses(w->status, &q->statuses) : NULL;
}

static struct error *print_summary(const char *results_dir, const char *word, int *code)
{
	CLEANUP_FREE char *batch = NULL;
	TRY(cmd_name_batch(results_dir, word, NULL, &batch));
	CLEANUP_BATCH_RESULTS struct batch_results b = {0};
	TRY(error_wrap_kind(batch_results_load(results_dir, batch, &b), ERROR_USAGE, "batch %s",
			    batch));
	results_print_summary(stdout, &b);
	*code = results_exit_code(&b);
	return NULL;
}

static struct error *name_batch(const char *results_dir, const char *word, char **id)
{
	return cmd_name_batch(results_dir, word, NULL, id);
}

// The id that the word means, or the word: the store knows what retention took away. The caller frees.
static char *name_of(const char *results_dir, const char *word,
		     struct error *(*resolve)(const char *, const char *, char **))
{
	char *id = NULL;
	CLEANUP_ERROR struct error *none = word ? resolve(results_dir, word, &id) : NULL;
	return word && none ? memory_strdup(word) : id;
}

static struct error *run_query(const struct results_words *w, const char *results_dir,
			       const char *kind)
{
	struct query q;
	enum query_kind k = QUERY_RUNS;
	TRY(parse_kind(kind, &k));
	CLEANUP_FREE char *batch = name_of(w->results, w->batch, name_batch);
	CLEANUP_FREE char *run = name_of(w->results, w->run, cmd_name_run);
	query_init(&q, k);
	TRY(fill_query(w, &q));
	q.batch = batch;
	q.run = run;
	if (w->json && w->csv)
		return error_new(ERROR_USAGE, "--json and --csv exclude each other");
	if (!file_exists(results_dir))
		return error_new(ERROR_USAGE, "%s: no such results directory", results_dir);
	CLEANUP_STORE struct store *s = NULL;
	TRY(cmd_open_store(results_dir, &s));
	CLEANUP_STORE_ROWS struct store_rows *answer = NULL;
	TRY(query_ask(s, &q, &answer));
	size_t rows, left_out;
	if (w->json || w->csv)
		return table_write(answer, w->json ? TABLE_JSON : TABLE_CSV, stdout, &rows);
	TRY(table_write_text(answer, w->wide ? 0 : terminal_columns(), stdout, &rows, &left_out));
	terminal_tell_left_out(left_out);
	if ((int64_t)rows == q.limit && !w->limit)
		fprintf(stderr, "(the newest %zu; --limit N shows more)\n", rows);
	return NULL;
}

static struct error *results_run(int argc, char **argv, int *code)
{
	struct results_words w = {0};
	int first;
	TRY(cmd_parse(&cmd_results, argc, argv, &w, &first));
	if (argc - first > 1)
		return error_new(ERROR_USAGE, "one kind of rows at a time, \"%s\" is too much",
				 argv[first + 1]);
	const char *kind = first < argc ? argv[first] : "runs";
	if (strcmp(kind, "summary") == 0)
		return print_summary(w.results, w.batch, code);
	return run_query(&w, w.results, kind);
}

const struct cmd cmd_results = {
    .name = "results",
    .arguments = "[runs|tests|metrics|splats|batches|summary] [OPTIONS]",
    .summary = "Asks the store: runs, tests, metrics, splats over time",
    .before =
	"Rows, newest first:\n"
	"  runs                 one a run (default)\n"
	"  tests, metrics       results inside runs\n"
	"  splats               one a signature: how often, where, first and last seen\n"
	"  batches              one a batch with its verdicts counted\n"
	"  summary              a batch as `mmfarm run` printed it (the latest, or --batch);\n"
	"                       exits like `mmfarm run`\n",
    CMD_OPTIONS(options_table),
    .after = CMD_BATCH_HELP CMD_RUN_HELP,
    .operands = {{VALUES_CHOICE, "runs tests metrics splats batches summary", false}},
    .run = results_run,
};
