// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/store.h"
#include "night/timing_boards.h"
#include "results/series/comparison.h"
#include "timing/plot/plot.h"

#define DAYS       7
#define STRIPS_MAX 12 // metrics drawn run by run: the first of a part

struct compare_words {
	const char *results, *boards, *by, *job, *variant, *metric, *old, *new, *days, *html;
	bool json;
};

struct compared {
	const struct compare_words *w;
	struct timing_params params;
	struct comparison_data data;
	struct comparison *results; // owned
	// The results by how far they lie over the least difference that counts: first those that
	// allow a claim, then the others.
	const struct comparison **order; // owned
	size_t said;                     // how many allow a claim
};

static const struct {
	enum metric_kind kind;
	const char *name;
} kinds[] = {{KIND_TIME, "time (per second)"},
	     {KIND_CYCLES, "cycles (per cycle)"},
	     {KIND_COUNT, "counts"},
	     {KIND_SIZE, "sizes"},
	     {KIND_BYTES, "bytes"}};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

// The first digits of each build's digest.
static char *short_builds(const char *list)
{
	struct buffer b = {0};
	while (*list) {
		size_t len = strcspn(list, " ");
		buffer_printf(&b, "%s%.*s", b.len ? " " : "", len < 12 ? (int)len : 12, list);
		list += len + (list[len] == ' ');
	}
	return b.data ? buffer_steal(&b) : memory_strdup("");
}

static void board_cells(const struct compare_class *k, const struct compare_board *b,
			char *cells[9])
{
	char first[CLOCK_RFC3339_SIZE], last[CLOCK_RFC3339_SIZE];
	clock_rfc3339(b->first_ns, first);
	clock_rfc3339(b->last_ns, last);
	cells[0] = memory_strdup(k->label);
	cells[1] = memory_strdup(b->name);
	cells[2] = memory_printf("%zu", b->runs);
	cells[3] = memory_printf("%.10s", first);
	cells[4] = memory_printf("%.10s", last);
	cells[5] = memory_printf("0x%08llx", (unsigned long long)b->midr);
	cells[6] = b->bbm >= 0 ? memory_printf("%d", b->bbm) : memory_strdup("?");
	cells[7] = b->clock_hz > 0 ? memory_printf("%.10g", b->clock_hz) : memory_strdup("?");
	cells[8] = short_builds(b->build);
}

#define BOARD_COLUMNS 9
static const char *const board_header[BOARD_COLUMNS] = {
    "class", "board", "runs", "first", "last", "MIDR_EL1", "BBM", "clock (Hz)", "build"};

static void each_board(const struct compared *c, void (*use)(void *context, char *cells[]),
		       void *context)
{
	for (int k = 0; k < 2; k++) {
		const struct compare_class *class = &c->data.input.classes[k];
		for (size_t b = 0; b < class->boards_count; b++) {
			char *cells[BOARD_COLUMNS];
			board_cells(class, &class->boards[b], cells);
			use(context, cells);
			for (size_t i = 0; i < BOARD_COLUMNS; i++)
				free(cells[i]);
		}
	}
}

// Figures of one board, or in a host's time, allow no claim about the CPU.
static bool is_said(const struct compared *c, const struct comparison *r)
{
	return compare_may_claim(r) && !c->data.emulated[0] && !c->data.emulated[1];
}

struct ranked_result {
	const struct comparison *result;
	bool said;
	double effect;
};

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked_result *x = a, *y = b;
	if (x->said != y->said)
		return x->said ? -1 : 1;
	if (x->effect > y->effect || x->effect < y->effect)
		return x->effect > y->effect ? -1 : 1;
	return (x->result > y->result) - (x->result < y->result);
}

static void rank_results(struct compared *c)
{
	size_t n = c->data.input.metrics_count;
	CLEANUP_FREE struct ranked_result *ranked = memory_new(n, sizeof(*ranked));
	c->order = memory_new(n, sizeof(*c->order));
	c->said = 0;
	for (size_t i = 0; i < n; i++) {
		const struct comparison *r = &c->results[i];
		ranked[i] = (struct ranked_result){r, is_said(c, r), compare_effect(r, &c->params)};
		c->said += ranked[i].said;
	}
	if (n > 0)
		qsort(ranked, n, sizeof(*ranked), compare_ranked);
	for (size_t i = 0; i < n; i++)
		c->order[i] = ranked[i].result;
}

// What may be claimed, and about how many boards: the first thing to be read.
static char *claims(const struct compared *c)
{
	const struct compare_input *in = &c->data.input;
	size_t counts[CLAIM_EXACT + 1] = {0}, equal = 0;
	for (size_t i = 0; i < c->said; i++) {
		const struct comparison *r = c->order[i];
		counts[r->claim]++;
		equal += r->claim == CLAIM_EXACT && fabs(r->ratio - 1) < 1e-12;
	}
	struct buffer b = {0};
	buffer_printf(&b, "%zu board%s of %s, %zu of %s. ", in->classes[0].boards_count,
		      in->classes[0].boards_count == 1 ? "" : "s", in->classes[0].label,
		      in->classes[1].boards_count, in->classes[1].label);
	if (c->said == 0)
		buffer_append_str(&b, "Nothing may be claimed about what tells them apart.");
	else if (counts[CLAIM_EXACT] > 0)
		buffer_printf(
		    &b, "Counted exactly: %zu metric%s, of which %zu differ and %zu are equal.",
		    counts[CLAIM_EXACT], counts[CLAIM_EXACT] == 1 ? "" : "s",
		    counts[CLAIM_EXACT] - equal, equal);
	else
		buffer_printf(&b,
			      "Of %zu metric%s %zu differ%s, %zu are the same, %zu cannot be told "
			      "apart.",
			      c->said, c->said == 1 ? "" : "s", counts[CLAIM_DIFFERENT],
			      counts[CLAIM_DIFFERENT] == 1 ? "s" : "", counts[CLAIM_SAME],
			      counts[CLAIM_OPEN]);
	size_t unsaid = in->metrics_count - c->said;
	if (c->said > 0 && unsaid > 0)
		buffer_printf(&b, " %zu other metric%s allow%s no claim.", unsaid,
			      unsaid == 1 ? "" : "s", unsaid == 1 ? "s" : "");
	return buffer_steal(&b);
}

// What must be said before any figure.
static char *warnings(const struct compared *c)
{
	struct buffer b = {0};
	bool one = false, weak = false, missing = false;
	for (size_t i = 0; i < c->data.input.metrics_count; i++) {
		one = one || c->results[i].method == METHOD_ONE_BOARD;
		weak = weak || c->results[i].method == METHOD_WEAK;
		missing = missing || c->results[i].method == METHOD_MISSING;
	}
	bool exact = c->data.input.classes[0].exact && c->data.input.classes[1].exact;
	if (missing && exact)
		buffer_append_str(&b, "Missing: metrics that no board of a class counted above 0 "
				      "(--days N looks further back).\n");
	else if (missing)
		buffer_printf(
		    &b,
		    "Missing: metrics of which no board of a class has %d valid runs above 0 "
		    "(--days N looks further back).\n",
		    COMPARE_RUNS_MIN);
	if (one)
		buffer_append_str(&b, "One board in a class: the figures are true of these boards "
				      "only and allow no claim about the CPU.\n");
	if (weak)
		buffer_append_str(&b, "Two boards in a class: weak evidence.\n");
	if (c->data.emulated[0] || c->data.emulated[1])
		buffer_append_str(&b, "Emulated boards without instruction counting: their times "
				      "are the host's and say nothing about the CPU.\n");
	if (exact)
		buffer_append_str(&b,
				  "Instruction counts of an emulator: exact, but no "
				  "microarchitecture is modelled. They tell what code a CPU makes "
				  "run, not how long it takes.\n");
	return b.data ? buffer_steal(&b) : memory_strdup("");
}

static char *sentence(const struct compared *c, const struct comparison *r)
{
	const char *a = c->data.input.classes[0].label, *b = c->data.input.classes[1].label;
	CLEANUP_FREE char *size = compare_size_text(r->ratio);
	CLEANUP_FREE char *low = compare_size_text(r->low), *high = compare_size_text(r->high);
	switch (r->claim) {
	case CLAIM_DIFFERENT:
		return memory_printf("%s %s against %s", a, size, b);
	case CLAIM_SAME:
		return memory_strdup("same");
	case CLAIM_OPEN:
		return memory_printf("not distinguishable (CI %s to %s)", low, high);
	case CLAIM_EXACT:
		return memory_printf("instruction count %s", size);
	default:
		return memory_strdup(compare_method_label(r->method));
	}
}

#define METRIC_COLUMNS 12
static const char *const metric_header[METRIC_COLUMNS] = {
    "metric", "unit", "difference", "low",  "high",    "p",
    "Holm p", "BH q", "boards",     "runs", "dropped", "finding"};

static void metric_cells(const struct compared *c, const struct comparison *r,
			 char *cells[METRIC_COLUMNS])
{
	bool missing = r->method == METHOD_MISSING;
	cells[0] = memory_strdup(r->metric->name);
	cells[1] = memory_strdup(r->metric->unit);
	cells[2] = missing ? memory_strdup("-") : compare_size_text(r->ratio);
	cells[3] = r->has_interval ? compare_size_text(r->low) : memory_strdup("-");
	cells[4] = r->has_interval ? compare_size_text(r->high) : memory_strdup("-");
	cells[5] = r->tested ? memory_printf("%.2g", r->p) : memory_strdup("-");
	cells[6] = r->tested ? memory_printf("%.2g", r->holm) : memory_strdup("-");
	cells[7] = r->tested ? memory_printf("%.2g", r->bh) : memory_strdup("-");
	cells[8] = memory_printf("%zu:%zu", r->boards[0], r->boards[1]);
	cells[9] = memory_printf("%zu:%zu", r->runs[0], r->runs[1]);
	cells[10] = memory_printf("%zu", r->dropped);
	cells[11] = sentence(c, r);
}

// "geometric mean ..., used/total, left out: ..." of one kind; NULL when no metric is of it.
static char *mean_text(const struct compared *c, enum metric_kind kind, const char *name)
{
	const struct compare_input *in = &c->data.input;
	CLEANUP_FREE bool *left_out = memory_new(in->metrics_count, sizeof(*left_out));
	struct compare_mean m = compare_geometric_mean(in, c->results, kind, left_out);
	if (m.total == 0)
		return NULL;
	struct buffer b = {0};
	buffer_printf(&b, "geometric mean of %s: ", name);
	if (m.known)
		buffer_printf(&b, "%.5f", m.ratio);
	else
		buffer_append_str(&b, "none");
	if (m.has_interval)
		buffer_printf(&b, " (%.5f to %.5f)", m.low, m.high);
	buffer_printf(&b, ", %zu of %zu metrics", m.used, m.total);
	const char *word = ", left out:";
	for (size_t i = 0; i < in->metrics_count; i++) {
		if (!left_out[i])
			continue;
		buffer_printf(&b, "%s %s", word, in->metrics[i].metric->name);
		word = ",";
	}
	return buffer_steal(&b);
}

// ---- text ----------------------------------------------------------------------------------

static void print_board(void *context, char *cells[])
{
	(void)context;
	printf("  %-16s %-14s %4s runs  %s to %s  %s  BBM %s  %s Hz  %s\n", cells[0], cells[1],
	       cells[2], cells[3], cells[4], cells[5], cells[6], cells[7], cells[8]);
}

static void print_text(const struct compared *c)
{
	const struct compare_input *in = &c->data.input;
	printf("%s against %s, job %s%s%s\n", in->classes[0].label, in->classes[1].label,
	       c->data.job, *c->data.commit ? ", commit " : "", c->data.commit);
	each_board(c, print_board, NULL);
	CLEANUP_FREE char *claimed = claims(c), *said = warnings(c);
	puts(claimed);
	fputs(said, stdout);
	for (size_t i = 0; i < in->metrics_count; i++) {
		char *cells[METRIC_COLUMNS];
		metric_cells(c, c->order[i], cells);
		printf("%-48s %10s (%s to %s)  p %s  Holm %s  BH %s  boards %s  runs %s  %s\n",
		       cells[0], cells[2], cells[3], cells[4], cells[5], cells[6], cells[7],
		       cells[8], cells[9], cells[11]);
		for (size_t k = 0; k < METRIC_COLUMNS; k++)
			free(cells[k]);
	}
	for (size_t k = 0; k < KINDS; k++) {
		CLEANUP_FREE char *mean = mean_text(c, kinds[k].kind, kinds[k].name);
		if (mean)
			puts(mean);
	}
}

// ---- JSON ----------------------------------------------------------------------------------

static void json_text(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			putchar('\\');
		if ((unsigned char)*s < 0x20)
			printf("\\u%04x", (unsigned)*s);
		else
			putchar(*s);
	}
	putchar('"');
}

static void json_board(void *context, char *cells[])
{
	bool *more = context;
	fputs(*more ? ",\n  {" : "\n  {", stdout);
	for (size_t i = 0; i < BOARD_COLUMNS; i++) {
		fputs(i ? "," : "", stdout);
		json_text(board_header[i]);
		putchar(':');
		json_text(cells[i]);
	}
	putchar('}');
	*more = true;
}

static void print_metric_json(const struct compared *c, const struct comparison *r)
{
	printf("  {\"metric\":");
	json_text(r->metric->name);
	printf(",\"unit\":");
	json_text(r->metric->unit);
	printf(",\"method\":");
	json_text(compare_method_label(r->method));
	printf(",\"claim\":");
	json_text(compare_claim_label(r->claim));
	CLEANUP_FREE char *said = sentence(c, r);
	printf(",\"finding\":");
	json_text(said);
	if (r->method != METHOD_MISSING)
		printf(",\"ratio\":%.9g", r->ratio);
	if (r->has_interval)
		printf(",\"low\":%.9g,\"high\":%.9g", r->low, r->high);
	if (r->tested)
		printf(",\"p\":%.9g,\"holm\":%.9g,\"bh\":%.9g", r->p, r->holm, r->bh);
	printf(",\"boards\":[%zu,%zu],\"runs\":[%zu,%zu],\"dropped\":%zu}", r->boards[0],
	       r->boards[1], r->runs[0], r->runs[1], r->dropped);
}

// Of one kind; nothing when no metric is of it. Returns whether it printed.
static bool print_mean_json(const struct compared *c, enum metric_kind kind, bool more)
{
	const struct compare_input *in = &c->data.input;
	CLEANUP_FREE bool *left_out = memory_new(in->metrics_count, sizeof(*left_out));
	struct compare_mean m = compare_geometric_mean(in, c->results, kind, left_out);
	if (m.total == 0)
		return false;
	printf("%s  {\"kind\":\"%s\",\"used\":%zu,\"total\":%zu", more ? ",\n" : "",
	       metric_kind_name(kind), m.used, m.total);
	if (m.known)
		printf(",\"ratio\":%.9g", m.ratio);
	if (m.has_interval)
		printf(",\"low\":%.9g,\"high\":%.9g", m.low, m.high);
	printf(",\"left_out\":[");
	const char *comma = "";
	for (size_t i = 0; i < in->metrics_count; i++) {
		if (!left_out[i])
			continue;
		fputs(comma, stdout);
		json_text(in->metrics[i].metric->name);
		comma = ",";
	}
	fputs("]}", stdout);
	return true;
}

static void print_json(const struct compared *c)
{
	const struct compare_input *in = &c->data.input;
	printf("{\"classes\":[");
	json_text(in->classes[0].label);
	putchar(',');
	json_text(in->classes[1].label);
	CLEANUP_FREE char *claimed = claims(c);
	printf("],\"claims\":");
	json_text(claimed);
	printf(",\"job\":");
	json_text(c->data.job);
	printf(",\"commit\":");
	json_text(c->data.commit);
	CLEANUP_FREE char *said = warnings(c);
	printf(",\"warnings\":");
	json_text(said);
	printf(",\"boards\":[");
	bool more = false;
	each_board(c, json_board, &more);
	printf("],\n \"metrics\":[\n");
	for (size_t i = 0; i < in->metrics_count; i++) {
		fputs(i ? ",\n" : "", stdout);
		print_metric_json(c, &c->results[i]);
	}
	printf("],\n \"means\":[\n");
	more = false;
	for (size_t k = 0; k < KINDS; k++)
		more |= print_mean_json(c, kinds[k].kind, more);
	printf("]}\n");
}

// ---- HTML ----------------------------------------------------------------------------------

static void html_board(void *context, char *cells[])
{
	plot_table_row(context, (const char *const *)cells, BOARD_COLUMNS);
}

// Name, difference and finding: what fits a narrow window.
static void html_findings(const struct compared *c, struct buffer *page, size_t from, size_t to)
{
	static const char *const header[] = {"metric", "difference", "finding"};
	buffer_append_str(page, "<div class=\"findings\">");
	plot_table_begin(page, "Findings, the largest against its threshold first", header, 3);
	for (size_t i = from; i < to; i++) {
		const struct comparison *r = c->order[i];
		CLEANUP_FREE char *size =
		    r->method == METHOD_MISSING ? memory_strdup("-") : compare_size_text(r->ratio);
		CLEANUP_FREE char *said = sentence(c, r);
		const char *const cells[] = {r->metric->name, size, said};
		plot_table_row(page, cells, 3);
	}
	plot_table_end(page);
	buffer_append_str(page, "</div>\n");
}

static void html_metrics(const struct compared *c, struct buffer *page, size_t from, size_t to)
{
	buffer_append_str(page, "<details><summary>All figures</summary>\n");
	plot_table_begin(page, "Metrics", metric_header, METRIC_COLUMNS);
	for (size_t i = from; i < to; i++) {
		char *cells[METRIC_COLUMNS];
		metric_cells(c, c->order[i], cells);
		plot_table_row(page, (const char *const *)cells, METRIC_COLUMNS);
		for (size_t k = 0; k < METRIC_COLUMNS; k++)
			free(cells[k]);
	}
	plot_table_end(page);
	buffer_append_str(page, "</details>\n");
}

static void html_heat(const struct compared *c, struct buffer *page, size_t from, size_t to)
{
	const struct compare_input *in = &c->data.input;
	const char **names = memory_new(to - from, sizeof(*names));
	struct heat_cell *cells = memory_new(to - from, sizeof(*cells));
	for (size_t i = from; i < to; i++) {
		const struct comparison *r = c->order[i];
		names[i - from] = r->metric->name;
		cells[i - from] = (struct heat_cell){r->method, r->ratio, r->bh};
	}
	buffer_append_str(page, "<details><summary>Map</summary>\n");
	plot_heat(page, in->classes[1].label, names, to - from, &in->classes[0].label, 1, cells);
	buffer_append_str(page, "</details>\n");
	free(names);
	free(cells);
}

static void html_strips(const struct compared *c, struct buffer *page, size_t from, size_t to)
{
	const struct compare_input *in = &c->data.input;
	for (size_t i = from; i < to && i < from + STRIPS_MAX; i++) {
		if (c->order[i]->method == METHOD_MISSING)
			continue;
		size_t metric = (size_t)(c->order[i] - c->results);
		plot_strip(page, in, metric);
		if (in->question == QUESTION_CHANGE)
			plot_slope(page, in, c->results, metric);
	}
}

// Tables and pictures of the results [from, to) in their order.
static void html_part(const struct compared *c, struct buffer *page, size_t from, size_t to)
{
	html_findings(c, page, from, to);
	plot_forest(page, &c->data.input, c->order + from, to - from, &c->params);
	html_metrics(c, page, from, to);
	html_heat(c, page, from, to);
	html_strips(c, page, from, to);
}

// Folded and grey: figures that are true of these boards, and of nothing else.
static void html_unsaid(const struct compared *c, struct buffer *page)
{
	size_t n = c->data.input.metrics_count;
	if (c->said == n)
		return;
	buffer_printf(page,
		      "<details class=\"unsaid\"><summary>No claim: %zu metric%s of these boards "
		      "only</summary>\n",
		      n - c->said, n - c->said == 1 ? "" : "s");
	html_part(c, page, c->said, n);
	buffer_append_str(page, "</details>\n");
}

static void html_boards(const struct compared *c, struct buffer *page)
{
	plot_table_begin(page, "Boards", board_header, BOARD_COLUMNS);
	each_board(c, html_board, page);
	plot_table_end(page);
}

static struct error *write_html(const struct compared *c, const char *path)
{
	const struct compare_input *in = &c->data.input;
	CLEANUP_BUFFER struct buffer page = {0};
	CLEANUP_FREE char *title =
	    memory_printf("%s against %s", in->classes[0].label, in->classes[1].label);
	CLEANUP_FREE char *claimed = claims(c), *said = warnings(c);
	CLEANUP_FREE char *what = memory_printf("Job %s%s%s.", c->data.job,
						*c->data.commit ? ", commit " : "", c->data.commit);
	plot_page_begin(&page, title);
	plot_paragraph(&page, claimed);
	if (*said)
		plot_paragraph(&page, said);
	plot_paragraph(&page, what);
	if (c->said > 0)
		html_part(c, &page, 0, c->said);
	for (size_t k = 0; k < KINDS && c->said > 0; k++) {
		CLEANUP_FREE char *mean = mean_text(c, kinds[k].kind, kinds[k].name);
		if (mean)
			plot_paragraph(&page, mean);
	}
	html_unsaid(c, &page);
	html_boards(c, &page);
	plot_page_end(&page);
	return file_write_atomic(path, page.data, page.len);
}

// ---- the command ---------------------------------------------------------------------------

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

static struct error *require_boards(const struct compared *c)
{
	for (int k = 0; k < 2; k++)
		if (c->data.input.classes[k].boards_count == 0)
			return error_new(ERROR_USAGE, "no valid run of \"%s\" with such metrics",
					 c->data.input.classes[k].label);
	return NULL;
}

static struct error *compare_run(int argc, char **argv, int *code)
{
	(void)code;
	struct compare_words w = {0};
	struct comparison_query q = {0};
	TRY(parse(argc, argv, &w, &q));
	CLEANUP(timing_boards_close) struct timing_boards *boards = NULL;
	CLEANUP_STORE struct store *store = NULL;
	TRY(timing_boards_open(w.boards, &boards));
	TRY(cmd_open_store(w.results, &store));
	q.platform = timing_boards_platform;
	q.platform_context = boards;
	struct compared c = {.w = &w, .params = timing_params_default()};
	CLEANUP_COMPARISON struct comparison_data data = {0};
	TRY(comparison_load(store, &q, &data));
	c.data = data;
	TRY(require_boards(&c));
	CLEANUP_FREE struct comparison *results =
	    memory_new(data.input.metrics_count, sizeof(*results));
	c.results = results;
	compare_metrics(&data.input, &c.params, results);
	rank_results(&c);
	if (w.json)
		print_json(&c);
	else
		print_text(&c);
	struct error *e = w.html ? write_html(&c, w.html) : NULL;
	free(c.order);
	return e;
}

const struct cmd cmd_compare = {
    .name = "compare",
    .arguments = "--by cpu|pool|board|variant|commit|week A B [OPTIONS]",
    .summary = "Compares what two classes of boards measured",
    CMD_OPTIONS(options_table),
    .run = compare_run,
};
