// SPDX-License-Identifier: GPL-2.0-or-later
// One run: verdict and why, splats, tests, numbers.
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "record/layout.h"
#include "record/model.h"
#include "results/report/show.h"
#include "web/pages.h"

#define EXCERPT_LINES 40

static const char *number_text(struct page *p, double value, const char *unit, const char *prefix)
{
	CLEANUP_BUFFER struct buffer text = {0};
	if (isnan(value))
		return NULL;
	show_number(value, unit, prefix, &text);
	return page_keep(p, &text);
}

// ---- facts --------------------------------------------------------------------------------------

static void put_board(struct page *p, const struct run *r)
{
	CLEANUP_BUFFER struct buffer cpus = {0};
	page_fact(p, "Board",
		  page_link(page_copy(p, r->board->name), PAGE_URL(p, "board", r->board->name)));
	page_fact(p, "Type", page_plain(page_copy(p, r->board->type)));
	page_fact(p, "Pool", page_plain(page_copy(p, r->board->pool)));
	if (r->board->cpu && r->board->cpu->name)
		buffer_printf(&cpus, "%s ", r->board->cpu->name);
	if (r->cpus_count > 0 && r->cpus[0].midr)
		buffer_printf(&cpus, "MIDR %s", r->cpus[0].midr);
	if (r->cpus_count > 0 && r->cpus[0].bbm != MODEL_UNKNOWN)
		buffer_printf(&cpus, ", BBM %" PRId64, r->cpus[0].bbm);
	page_fact(p, "CPU", page_plain(page_keep(p, &cpus)));
}

static void put_facts(struct page *p, const struct run *r)
{
	const struct page_cell why[] = {page_verdict(status_name(r->verdict)),
					page_plain(page_copy(p, r->reason))};
	page_sentence(p, "verdict", why, 2);
	put_board(p, r);
	page_fact(p, "Batch", page_link(page_copy(p, r->batch), PAGE_URL(p, "batch", r->batch)));
	page_fact(p, "Job",
		  page_plain(page_text(p, "%s, variant %s, attempt %" PRId64, r->job, r->variant,
				       r->attempt)));
	page_fact(p, "Started", page_time(p, r->start_time));
	if (!isnan(r->duration))
		page_fact(p, "Took", page_plain(page_text(p, "%.1f s", r->duration)));
	if (r->payload) {
		page_fact(p, "Payload", page_plain(page_copy(p, r->payload->name)));
		page_fact(p, "Version", page_plain(page_copy(p, r->payload->version)));
		page_fact(p, "Arguments",
			  page_toned(page_copy(p, r->payload->arguments), TONE_CODE));
		page_fact(p, "SHA-256", page_toned(page_copy(p, r->payload->sha256), TONE_CODE));
	}
	page_fact(p, "Outcome", page_plain(page_copy(p, r->outcome)));
	if (r->end)
		page_fact(p, "Last line", page_toned(page_copy(p, r->end->last_line), TONE_CODE));
}

static void put_console_links(struct page *p, const struct run *r)
{
	const char *size =
	    r->log && r->log->lines != MODEL_UNKNOWN && r->log->bytes != MODEL_UNKNOWN
		? page_text(p, "%" PRId64 " lines, %" PRId64 " bytes", r->log->lines, r->log->bytes)
		: NULL;
	const struct page_cell links[] = {
	    page_link("Console", PAGE_URL(p, "run", r->id, "log")),
	    page_toned(size, TONE_DIM),
	    page_link("exact bytes", PAGE_URL(p, "run", r->id, LAYOUT_CONSOLE)),
	};
	page_sentence(p, "console", links, 3);
}

// ---- what it showed -----------------------------------------------------------------------------

static void put_excerpt(struct page *p, const char *excerpt)
{
	const char *end = excerpt;
	for (size_t n = 0; *end && n < EXCERPT_LINES; end++)
		n += *end == '\n';
	page_pre(p, NULL, page_text(p, "%.*s", (int)(end - excerpt), excerpt));
}

static void put_splats(struct page *p, const struct run *r)
{
	static const struct page_column columns[] = {
	    {"title", "Splat", false},        {"class", "Class", true},
	    {"wanted", "Wanted", false},      {"line", "Line", false},
	    {"signature", "Signature", true},
	};
	const char *excerpt = NULL;
	if (run_splats(r) == 0)
		return;
	page_heading(p, "splats", "Splats");
	struct page_table *t = PAGE_TABLE(p, "splats", columns, "None.");
	for (size_t i = 0; i < r->findings_count; i++) {
		const struct finding *f = &r->findings[i];
		if (!finding_is_root(f))
			continue;
		page_put(t, page_link(page_copy(p, f->title), PAGE_URL(p, "finding", f->sig2)));
		page_put(t, page_plain(page_copy(p, f->class)));
		page_put(t, f->wanted ? page_toned("wanted", TONE_SKIP)
				      : page_toned("unwanted", TONE_FAIL));
		page_put(t, page_link(page_text(p, "%" PRId64, f->line),
				      page_console_url(p, r->id, f->line)));
		page_put(t, page_toned(page_copy(p, f->sig2), TONE_CODE));
		if (!excerpt || (!f->wanted && f->excerpt))
			excerpt = f->excerpt;
	}
	if (excerpt)
		put_excerpt(p, excerpt);
}

// Those that passed are not listed unless they are asked for.
static void put_tests(struct page *p, const struct run *r, bool all)
{
	static const struct page_column columns[] = {{"test", "Test", false},
						     {"status", "Status", false},
						     {"line", "Line", true},
						     {"comment", "Comment", false}};
	size_t passed = 0;
	if (r->tests_count == 0)
		return;
	page_heading(p, "tests", "Tests");
	struct page_table *t = PAGE_TABLE(p, "tests", columns, "No test failed.");
	for (size_t i = 0; i < r->tests_count; i++) {
		const struct test *test = &r->tests[i];
		passed += test->status == STATUS_PASS;
		if (test->status == STATUS_PASS && !all)
			continue;
		page_put(t, page_link(page_copy(p, test->path), PAGE_URL(p, "test", test->path)));
		page_put(t, page_verdict(status_name(test->status)));
		page_put(t, test->line == MODEL_UNKNOWN
				? page_plain(NULL)
				: page_link(page_text(p, "%" PRId64, test->line),
					    page_console_url(p, r->id, test->line)));
		page_put(t, page_plain(page_copy(p, test->comment)));
	}
	if (passed && !all) {
		const struct page_cell more[] = {
		    page_plain(page_text(p, "%zu passed.", passed)),
		    page_link("Show them",
			      page_text(p, "%s?tests=all#tests", PAGE_URL(p, "run", r->id)))};
		page_sentence(p, "passed", more, 2);
	}
}

static void put_metrics(struct page *p, const struct run *r)
{
	static const struct page_column columns[] = {
	    {"metric", "Metric", false}, {"value", "Value", false},    {"min", "Minimum", true},
	    {"p90", "90 %", true},       {"samples", "Samples", true},
	};
	if (r->metrics_count == 0)
		return;
	page_heading(p, "metrics", "Metrics");
	struct page_table *t = PAGE_TABLE(p, "metrics", columns, "None.");
	for (size_t i = 0; i < r->metrics_count; i++) {
		const struct metric *m = &r->metrics[i];
		page_put(t, page_link(page_copy(p, m->path), PAGE_URL(p, "metric", m->path)));
		page_put(t, page_plain(number_text(p, m->value, m->unit, m->prefix)));
		page_put(t, page_plain(number_text(p, m->min, m->unit, m->prefix)));
		page_put(t, page_plain(number_text(p, m->p90, m->unit, m->prefix)));
		page_put(t, m->n == MODEL_UNKNOWN ? page_plain(NULL) : page_number(p, m->n));
	}
}

// ---- runs that have no run.json ------------------------------------------------------------------

// What the store knows of a run whose directory is gone.
static struct error *put_from_store(struct web_context *c, const char *id, struct page *p)
{
	struct query q;
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	bool row;
	query_init(&q, QUERY_RUNS);
	q.run = id;
	TRY(query_ask(c->store, &q, &r));
	TRY(store_rows_next(r, &row));
	if (!row) {
		page_not_found(p, "run", id);
		return NULL;
	}
	const struct page_cell why[] = {rows_verdict_cell(r, "status"), rows_cell(p, r, "reason")};
	page_sentence(p, "verdict", why, 2);
	const char *board = page_copy(p, rows_text(r, "board"));
	page_fact(p, "Board", page_link(board, PAGE_URL(p, "board", board)));
	page_fact(p, "Job", rows_cell(p, r, "job"));
	page_fact(p, "Variant", rows_cell(p, r, "variant"));
	page_fact(p, "Started", rows_time_cell(p, r, "start_time"));
	page_say(p, "note", "Its directory is no longer kept; this is what the store remembers.");
	return NULL;
}

static struct error *put_unfinished(struct web_context *c, const char *id, struct page *p)
{
	CLEANUP_FREE char *dir = layout_run(c->results, id);
	p->moving = true;
	if (!file_is_directory(dir))
		return put_from_store(c, id, p);
	const struct page_cell cells[] = {
	    page_plain("This run goes on, or nobody has finished it yet."),
	    page_link("Its console", PAGE_URL(p, "run", id, "log"))};
	page_sentence(p, "verdict", cells, 2);
	return NULL;
}

struct error *page_run(struct web_context *c, const struct web_request *q, struct page *p)
{
	const char *id = q->segments[1];
	const struct run *r = NULL;
	p->area = "nights";
	p->here = PAGE_URL(p, "run", id);
	p->title = page_text(p, "Run %s", id);
	if (id[0] == '.') {
		page_not_found(p, "run", id);
		return NULL;
	}
	struct error *e = model_load_run(c->results, id, &p->arena, &r);
	if (e && (error_code(e) == ENOENT || error_code(e) == ENAMETOOLONG)) {
		error_free(e);
		return put_unfinished(c, id, p);
	}
	TRY(e);
	p->title = page_text(p, "%s, %s on %s", r->job, r->variant, r->board->name);
	put_facts(p, r);
	page_fact(p, "Run", page_toned(page_copy(p, r->id), TONE_CODE));
	put_console_links(p, r);
	put_splats(p, r);
	put_tests(p, r, strcmp(web_parameter(q, "tests", ""), "all") == 0);
	put_metrics(p, r);
	return NULL;
}
