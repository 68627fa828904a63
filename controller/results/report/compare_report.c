// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "results/report/timing_report.h"
#include "text/json_writer.h"
#include "text/table.h"
#include "text/wrap.h"
#include "timing/plot/plot.h"

#define STRIPS_MAX 12 // metrics drawn run by run: the first of a part

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

static void each_board(const struct compare_report *c, void (*use)(void *context, char *cells[]),
		       void *context)
{
	for (int k = 0; k < 2; k++) {
		const struct compare_class *class = &c->data->input.classes[k];
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
static bool is_said(const struct compare_report *c, const struct comparison *r)
{
	return compare_may_claim(r) && !c->data->emulated[0] && !c->data->emulated[1];
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

void compare_report_rank(struct compare_report *c)
{
	size_t n = c->data->input.metrics_count;
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

void compare_report_deinit(struct compare_report *c)
{
	free(c->order);
	c->order = NULL;
}

// What may be claimed, and about how many boards: the first thing to be read.
static char *claims(const struct compare_report *c)
{
	const struct compare_input *in = &c->data->input;
	size_t counts[CLAIM_EXACT + 1] = {0}, equal = 0;
	for (size_t i = 0; i < c->said; i++) {
		const struct comparison *r = c->order[i];
		counts[r->claim]++;
		equal += r->claim == CLAIM_EXACT && !(fabs(r->ratio - 1) > 0);
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
static char *warnings(const struct compare_report *c)
{
	struct buffer b = {0};
	bool one = false, weak = false, missing = false;
	for (size_t i = 0; i < c->data->input.metrics_count; i++) {
		one = one || c->results[i].method == METHOD_ONE_BOARD;
		weak = weak || c->results[i].method == METHOD_WEAK;
		missing = missing || c->results[i].method == METHOD_MISSING;
	}
	bool exact = c->data->input.classes[0].exact && c->data->input.classes[1].exact;
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
	if (c->data->emulated[0] || c->data->emulated[1])
		buffer_append_str(&b, "Emulated boards without instruction counting: their times "
				      "are the host's and say nothing about the CPU.\n");
	if (exact)
		buffer_append_str(&b,
				  "Instruction counts of an emulator: exact, but no "
				  "microarchitecture is modelled. They tell what code a CPU makes "
				  "run, not how long it takes.\n");
	return b.data ? buffer_steal(&b) : memory_strdup("");
}

static char *sentence(const struct compare_report *c, const struct comparison *r)
{
	const char *a = c->data->input.classes[0].label, *b = c->data->input.classes[1].label;
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

static void metric_cells(const struct compare_report *c, const struct comparison *r,
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
static char *mean_text(const struct compare_report *c, enum metric_kind kind, const char *name)
{
	const struct compare_input *in = &c->data->input;
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

static void text_board(void *context, char *cells[])
{
	for (size_t i = 0; i < BOARD_COLUMNS; i++)
		table_put(context, "%s", cells[i]);
}

static size_t text_boards(const struct compare_report *c, size_t room, FILE *out)
{
	static const unsigned ranks[BOARD_COLUMNS] = {1, 0, 2, 6, 7, 3, 4, 5, 8};
	struct table_head heads[BOARD_COLUMNS];
	for (size_t i = 0; i < BOARD_COLUMNS; i++)
		heads[i] = (struct table_head){board_header[i], ranks[i], false};
	CLEANUP_TABLE struct table t = TABLE_OF(heads);
	each_board(c, text_board, &t);
	return table_show(&t, room, out);
}

static size_t text_metrics(const struct compare_report *c, size_t room, FILE *out)
{
	static const unsigned ranks[METRIC_COLUMNS] = {0, 9, 1, 3, 4, 5, 7, 8, 6, 10, 11, 2};
	struct table_head heads[METRIC_COLUMNS];
	for (size_t i = 0; i < METRIC_COLUMNS; i++)
		heads[i] = (struct table_head){metric_header[i], ranks[i],
					       i == 0 || i == METRIC_COLUMNS - 1};
	CLEANUP_TABLE struct table t = TABLE_OF(heads);
	for (size_t i = 0; i < c->data->input.metrics_count; i++) {
		char *cells[METRIC_COLUMNS];
		metric_cells(c, c->order[i], cells);
		for (size_t k = 0; k < METRIC_COLUMNS; k++) {
			table_put(&t, "%s", cells[k]);
			free(cells[k]);
		}
	}
	return table_show(&t, room, out);
}

// Paragraph by paragraph.
static void text_paragraphs(const char *text, size_t room, FILE *out)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		wrap_print(out, room, "", "%.*s", (int)len, text);
		text += len + (text[len] == '\n');
	}
}

size_t compare_report_text(const struct compare_report *c, size_t room, FILE *out)
{
	const struct compare_input *in = &c->data->input;
	wrap_print(out, room, "", "%s against %s, job %s%s%s", in->classes[0].label,
		   in->classes[1].label, c->data->job, *c->data->commit ? ", commit " : "",
		   c->data->commit);
	size_t left_out = text_boards(c, room, out);
	CLEANUP_FREE char *claimed = claims(c), *said = warnings(c);
	text_paragraphs(claimed, room, out);
	text_paragraphs(said, room, out);
	left_out += text_metrics(c, room, out);
	for (size_t k = 0; k < KINDS; k++) {
		CLEANUP_FREE char *mean = mean_text(c, kinds[k].kind, kinds[k].name);
		if (mean)
			text_paragraphs(mean, room, out);
	}
	return left_out;
}

// ---- JSON ----------------------------------------------------------------------------------

#define DIGITS 9 // of a ratio or a p value

static void json_board(void *context, char *cells[])
{
	struct json_writer *w = context;
	json_put_line(w);
	json_put_object(w, NULL);
	for (size_t i = 0; i < BOARD_COLUMNS; i++)
		json_put_text(w, board_header[i], cells[i]);
	json_put_end(w, '}');
}

static void json_pair(struct json_writer *w, const char *key, const size_t counts[2])
{
	json_put_array(w, key);
	json_put_int(w, NULL, (int64_t)counts[0]);
	json_put_int(w, NULL, (int64_t)counts[1]);
	json_put_end(w, ']');
}

static void json_metric(const struct compare_report *c, const struct comparison *r,
			struct json_writer *w)
{
	CLEANUP_FREE char *said = sentence(c, r);
	json_put_line(w);
	json_put_object(w, NULL);
	json_put_text(w, "metric", r->metric->name);
	json_put_text(w, "unit", r->metric->unit);
	json_put_text(w, "method", compare_method_label(r->method));
	json_put_text(w, "claim", compare_claim_label(r->claim));
	json_put_text(w, "finding", said);
	if (r->method != METHOD_MISSING)
		json_put_digits(w, "ratio", r->ratio, DIGITS);
	if (r->has_interval) {
		json_put_digits(w, "low", r->low, DIGITS);
		json_put_digits(w, "high", r->high, DIGITS);
	}
	if (r->tested) {
		json_put_digits(w, "p", r->p, DIGITS);
		json_put_digits(w, "holm", r->holm, DIGITS);
		json_put_digits(w, "bh", r->bh, DIGITS);
	}
	json_pair(w, "boards", r->boards);
	json_pair(w, "runs", r->runs);
	json_put_int(w, "dropped", (int64_t)r->dropped);
	json_put_end(w, '}');
}

// Of one kind; nothing when no metric is of it.
static void json_mean(const struct compare_report *c, enum metric_kind kind, struct json_writer *w)
{
	const struct compare_input *in = &c->data->input;
	CLEANUP_FREE bool *left_out = memory_new(in->metrics_count, sizeof(*left_out));
	struct compare_mean m = compare_geometric_mean(in, c->results, kind, left_out);
	if (m.total == 0)
		return;
	json_put_line(w);
	json_put_object(w, NULL);
	json_put_text(w, "kind", metric_kind_name(kind));
	json_put_int(w, "used", (int64_t)m.used);
	json_put_int(w, "total", (int64_t)m.total);
	if (m.known)
		json_put_digits(w, "ratio", m.ratio, DIGITS);
	if (m.has_interval) {
		json_put_digits(w, "low", m.low, DIGITS);
		json_put_digits(w, "high", m.high, DIGITS);
	}
	json_put_array(w, "left_out");
	for (size_t i = 0; i < in->metrics_count; i++)
		if (left_out[i])
			json_put_text(w, NULL, in->metrics[i].metric->name);
	json_put_end(w, ']');
	json_put_end(w, '}');
}

void compare_report_json(const struct compare_report *c, struct buffer *out)
{
	const struct compare_input *in = &c->data->input;
	CLEANUP_FREE char *claimed = claims(c), *said = warnings(c);
	CLEANUP_JSON_WRITER struct json_writer w;
	json_writer_init(&w, NULL);
	json_put_object(&w, NULL);
	json_put_array(&w, "classes");
	json_put_text(&w, NULL, in->classes[0].label);
	json_put_text(&w, NULL, in->classes[1].label);
	json_put_end(&w, ']');
	json_put_text(&w, "claims", claimed);
	json_put_text(&w, "job", c->data->job);
	json_put_text(&w, "commit", c->data->commit);
	json_put_text(&w, "warnings", said);
	json_put_array(&w, "boards");
	each_board(c, json_board, &w);
	json_put_end(&w, ']');
	json_put_line(&w);
	json_put_array(&w, "metrics");
	for (size_t i = 0; i < in->metrics_count; i++)
		json_metric(c, &c->results[i], &w);
	json_put_end(&w, ']');
	json_put_line(&w);
	json_put_array(&w, "means");
	for (size_t k = 0; k < KINDS; k++)
		json_mean(c, kinds[k].kind, &w);
	json_put_end(&w, ']');
	json_put_end(&w, '}');
	buffer_append(out, w.text.data, w.text.len);
	buffer_append_str(out, "\n");
}

// ---- HTML ----------------------------------------------------------------------------------

static void html_board(void *context, char *cells[])
{
	plot_table_row(context, (const char *const *)cells, BOARD_COLUMNS);
}

// Name, difference and finding: what fits a narrow window.
static void html_findings(const struct compare_report *c, struct buffer *page, size_t from,
			  size_t to)
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

static void html_metrics(const struct compare_report *c, struct buffer *page, size_t from,
			 size_t to)
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

static void html_heat(const struct compare_report *c, struct buffer *page, size_t from, size_t to)
{
	const struct compare_input *in = &c->data->input;
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

static void html_strips(const struct compare_report *c, struct buffer *page, size_t from, size_t to)
{
	const struct compare_input *in = &c->data->input;
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
static void html_part(const struct compare_report *c, struct buffer *page, size_t from, size_t to)
{
	html_findings(c, page, from, to);
	plot_forest(page, &c->data->input, c->order + from, to - from, &c->params);
	html_metrics(c, page, from, to);
	html_heat(c, page, from, to);
	html_strips(c, page, from, to);
}

// Folded and grey: figures that are true of these boards, and of nothing else.
static void html_unsaid(const struct compare_report *c, struct buffer *page)
{
	size_t n = c->data->input.metrics_count;
	if (c->said == n)
		return;
	buffer_printf(page,
		      "<details class=\"unsaid\"><summary>No claim: %zu metric%s of these boards "
		      "only</summary>\n",
		      n - c->said, n - c->said == 1 ? "" : "s");
	html_part(c, page, c->said, n);
	buffer_append_str(page, "</details>\n");
}

static void html_boards(const struct compare_report *c, struct buffer *page)
{
	plot_table_begin(page, "Boards", board_header, BOARD_COLUMNS);
	each_board(c, html_board, page);
	plot_table_end(page);
}

void compare_report_html(const struct compare_report *c, struct buffer *page)
{
	const struct compare_input *in = &c->data->input;
	CLEANUP_FREE char *title =
	    memory_printf("%s against %s", in->classes[0].label, in->classes[1].label);
	CLEANUP_FREE char *claimed = claims(c), *said = warnings(c);
	CLEANUP_FREE char *what = memory_printf(
	    "Job %s%s%s.", c->data->job, *c->data->commit ? ", commit " : "", c->data->commit);
	plot_page_begin(page, title);
	plot_paragraph(page, claimed);
	if (*said)
		plot_paragraph(page, said);
	plot_paragraph(page, what);
	if (c->said > 0)
		html_part(c, page, 0, c->said);
	for (size_t k = 0; k < KINDS && c->said > 0; k++) {
		CLEANUP_FREE char *mean = mean_text(c, kinds[k].kind, kinds[k].name);
		if (mean)
			plot_paragraph(page, mean);
	}
	html_unsaid(c, page);
	html_boards(c, page);
	plot_page_end(page);
}
