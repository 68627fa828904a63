// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "results/report/timing_report.h"
#include "text/json_writer.h"
#include "timing/plot/plot.h"

#define STRIPS_MAX 12 // metrics drawn run by run: those that differ most

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
	if (missing)
		buffer_printf(
		    &b,
		    "Missing: metrics of which no board of a class has %d valid runs above 0 "
		    "(--days N looks further back).\n",
		    exact ? 1 : COMPARE_RUNS_MIN);
	if (one)
		buffer_append_str(&b, "One board in a class: the figures are true of these boards "
				      "only and allow no claim about the CPU.\n");
	if (weak)
		buffer_append_str(&b, "Two boards in a class: weak evidence.\n");
	if (c->data->emulated[0] || c->data->emulated[1])
		buffer_append_str(&b, "Emulated boards without instruction counting: their times "
				      "are the host's and say nothing about the CPU.\n");
	if (exact)
		buffer_append_str(&b, "Instruction counts of an emulator: exact, but no "
				      "microarchitecture is modelled.\n");
	return b.data ? buffer_steal(&b) : memory_strdup("");
}

static char *sentence(const struct compare_report *c, const struct comparison *r)
{
	const char *a = c->data->input.classes[0].label, *b = c->data->input.classes[1].label;
	switch (r->claim) {
	case CLAIM_DIFFERENT:
		return memory_printf("%s %+.2f %% against %s", a, 100 * (r->ratio - 1), b);
	case CLAIM_SAME:
		return memory_strdup("same");
	case CLAIM_OPEN:
		return memory_printf("not distinguishable (CI %+.2f to %+.2f %%)",
				     100 * (r->low - 1), 100 * (r->high - 1));
	case CLAIM_EXACT:
		return memory_printf("%s%+.4f %%", "instruction count ", 100 * (r->ratio - 1));
	default:
		return memory_strdup(compare_method_label(r->method));
	}
}

#define METRIC_COLUMNS 12
static const char *const metric_header[METRIC_COLUMNS] = {"metric", "unit", "ratio",   "low",
							  "high",   "p",    "Holm p",  "BH q",
							  "boards", "runs", "dropped", "finding"};

static void metric_cells(const struct compare_report *c, const struct comparison *r,
			 char *cells[METRIC_COLUMNS])
{
	bool missing = r->method == METHOD_MISSING;
	cells[0] = memory_strdup(r->metric->name);
	cells[1] = memory_strdup(r->metric->unit);
	cells[2] = missing ? memory_strdup("-") : memory_printf("%.6f", r->ratio);
	cells[3] = r->has_interval ? memory_printf("%.4f", r->low) : memory_strdup("-");
	cells[4] = r->has_interval ? memory_printf("%.4f", r->high) : memory_strdup("-");
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
	buffer_printf(context, "  %-16s %-14s %4s runs  %s to %s  %s  BBM %s  %s Hz  %s\n",
		      cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], cells[6],
		      cells[7], cells[8]);
}

static void text_metric(const struct compare_report *c, const struct comparison *r,
			struct buffer *out)
{
	char *cells[METRIC_COLUMNS];
	metric_cells(c, r, cells);
	buffer_printf(out, "%-48s %10s (%s to %s)  p %s  Holm %s  BH %s  boards %s  runs %s  %s\n",
		      cells[0], cells[2], cells[3], cells[4], cells[5], cells[6], cells[7],
		      cells[8], cells[9], cells[11]);
	for (size_t k = 0; k < METRIC_COLUMNS; k++)
		free(cells[k]);
}

void compare_report_text(const struct compare_report *c, struct buffer *out)
{
	const struct compare_input *in = &c->data->input;
	buffer_printf(out, "%s against %s, job %s%s%s\n", in->classes[0].label,
		      in->classes[1].label, c->data->job, *c->data->commit ? ", commit " : "",
		      c->data->commit);
	each_board(c, text_board, out);
	CLEANUP_FREE char *said = warnings(c);
	buffer_append_str(out, said);
	for (size_t i = 0; i < in->metrics_count; i++)
		text_metric(c, &c->results[i], out);
	for (size_t k = 0; k < KINDS; k++) {
		CLEANUP_FREE char *mean = mean_text(c, kinds[k].kind, kinds[k].name);
		if (mean)
			buffer_printf(out, "%s\n", mean);
	}
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
	CLEANUP_FREE char *said = warnings(c);
	CLEANUP_JSON_WRITER struct json_writer w;
	json_writer_init(&w, NULL);
	json_put_object(&w, NULL);
	json_put_array(&w, "classes");
	json_put_text(&w, NULL, in->classes[0].label);
	json_put_text(&w, NULL, in->classes[1].label);
	json_put_end(&w, ']');
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

static void html_metrics(const struct compare_report *c, struct buffer *page)
{
	plot_table_begin(page, "Metrics", metric_header, METRIC_COLUMNS);
	for (size_t i = 0; i < c->data->input.metrics_count; i++) {
		char *cells[METRIC_COLUMNS];
		metric_cells(c, &c->results[i], cells);
		plot_table_row(page, (const char *const *)cells, METRIC_COLUMNS);
		for (size_t k = 0; k < METRIC_COLUMNS; k++)
			free(cells[k]);
	}
	plot_table_end(page);
}

static void html_heat(const struct compare_report *c, struct buffer *page)
{
	const struct compare_input *in = &c->data->input;
	size_t n = in->metrics_count;
	const char **names = memory_new(n, sizeof(*names));
	struct heat_cell *cells = memory_new(n, sizeof(*cells));
	for (size_t i = 0; i < n; i++) {
		const struct comparison *r = &c->results[i];
		names[i] = r->metric->name;
		cells[i] = (struct heat_cell){r->method, r->ratio, r->bh};
	}
	plot_heat(page, in->classes[1].label, names, n, &in->classes[0].label, 1, cells);
	free(names);
	free(cells);
}

struct ranked_metric {
	double size;
	size_t metric;
};

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked_metric *x = a, *y = b;
	if (x->size > y->size || x->size < y->size)
		return x->size > y->size ? -1 : 1;
	return (x->metric > y->metric) - (x->metric < y->metric);
}

static void html_strips(const struct compare_report *c, struct buffer *page)
{
	const struct compare_input *in = &c->data->input;
	struct ranked_metric *order = memory_new(in->metrics_count, sizeof(*order));
	for (size_t i = 0; i < in->metrics_count; i++) {
		bool missing = c->results[i].method == METHOD_MISSING;
		order[i] = (struct ranked_metric){missing ? -1 : fabs(log(c->results[i].ratio)), i};
	}
	if (in->metrics_count > 0)
		qsort(order, in->metrics_count, sizeof(*order), compare_ranked);
	for (size_t i = 0; i < in->metrics_count && i < STRIPS_MAX && order[i].size >= 0; i++) {
		plot_strip(page, in, order[i].metric);
		if (in->question == QUESTION_CHANGE)
			plot_slope(page, in, c->results, order[i].metric);
	}
	free(order);
}

void compare_report_html(const struct compare_report *c, struct buffer *page)
{
	const struct compare_input *in = &c->data->input;
	CLEANUP_FREE char *title =
	    memory_printf("%s against %s", in->classes[0].label, in->classes[1].label);
	CLEANUP_FREE char *said = warnings(c);
	CLEANUP_FREE char *what = memory_printf(
	    "Job %s%s%s.", c->data->job, *c->data->commit ? ", commit " : "", c->data->commit);
	plot_page_begin(page, title);
	plot_paragraph(page, what);
	plot_paragraph(page, said);
	plot_table_begin(page, "Boards", board_header, BOARD_COLUMNS);
	each_board(c, html_board, page);
	plot_table_end(page);
	for (size_t k = 0; k < KINDS; k++) {
		CLEANUP_FREE char *mean = mean_text(c, kinds[k].kind, kinds[k].name);
		if (mean)
			plot_paragraph(page, mean);
	}
	plot_heading(page, "All metrics");
	plot_forest(page, in, c->results, &c->params);
	html_metrics(c, page);
	plot_heading(page, "Map");
	html_heat(c, page);
	plot_heading(page, "Run by run, the largest differences");
	html_strips(c, page);
	plot_page_end(page);
}
