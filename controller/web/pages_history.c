// SPDX-License-Identifier: GPL-2.0-or-later
// One thing over many runs: a finding, a test; and the search for them.
#include <inttypes.h>
#include <string.h>

#include "base/url.h"
#include "record/model.h"
#include "web/pages.h"

#define SHOWN_MAX 100

// ---- a finding ----------------------------------------------------------------------------------

static struct error *put_who(struct web_context *c, const char *signature, struct page *p)
{
	static const struct page_column columns[] = {
	    {"cpu", "CPU", false},          {"midr", "MIDR", false},  {"pool", "Pool", false},
	    {"board_type", "Type", true},   {"bbml2", "BBML2", true}, {"shows", "Show it", false},
	    {"ran", "Ran the same", false},
	};
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	TRY(query_who_shows(c->store, signature, &r));
	page_heading(p, "who", "Which boards show it");
	struct page_table *t = PAGE_TABLE(p, "who", columns, "No board.");
	for (bool row = true;;) {
		TRY(store_rows_next(r, &row));
		if (!row)
			return NULL;
		const char *cpu = page_copy(p, rows_text(r, "cpu"));
		int64_t shows = rows_integer(r, "shows"), ran = rows_integer(r, "ran");
		page_put(t, page_plain(cpu ? cpu : "not said"));
		page_put(t, page_toned(page_copy(p, rows_text(r, "midr")), TONE_CODE));
		page_put(t, rows_cell(p, r, "pool"));
		page_put(t, rows_cell(p, r, "board_type"));
		page_put(t,
			 page_plain(rows_text(r, "bbml2") ? rows_integer(r, "bbml2") ? "yes" : "no"
							  : NULL));
		page_put(t, page_toned(page_text(p, "%s%" PRId64 "/%" PRId64,
						 shows == 0     ? "none "
						 : shows == ran ? "all "
								: "some ",
						 shows, ran),
				       shows == 0     ? TONE_PASS
				       : shows == ran ? TONE_FAIL
						      : TONE_ERROR));
		page_put(t, page_number(p, ran));
	}
}

// Of the newest run that shows a finding.
struct last_shown {
	const char *title, *class, *func, *file, *job, *variant, *batch, *board;
	const char *run, *start_time;
	size_t runs;
};

static struct error *put_shown(struct web_context *c, const char *signature, struct page *p,
			       struct last_shown *w)
{
	static const struct page_column columns[] = {
	    {"run", "Run", false},        {"start_time", "Started", false},
	    {"board", "Board", false},    {"pool", "Pool", true},
	    {"status", "Verdict", false}, {"line", "Console", false},
	    {"wanted", "Wanted", true},
	};
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	TRY(query_shown(c->store, signature, SHOWN_MAX, &r));
	page_heading(p, "runs", "Where it stood, newest first");
	struct page_table *t = PAGE_TABLE(p, "runs", columns, "No run shows it.");
	for (bool row = true;;) {
		TRY(store_rows_next(r, &row));
		if (!row)
			return NULL;
		const char *run = page_copy(p, rows_text(r, "run"));
		const char *board = page_copy(p, rows_text(r, "board"));
		if (w->runs++ == 0)
			*w = (struct last_shown){
			    .title = page_copy(p, rows_text(r, "title")),
			    .class = page_copy(p, rows_text(r, "class")),
			    .func = page_copy(p, rows_text(r, "func")),
			    .file = page_copy(p, rows_text(r, "file")),
			    .job = page_copy(p, rows_text(r, "job")),
			    .variant = page_copy(p, rows_text(r, "variant")),
			    .batch = page_copy(p, rows_text(r, "batch")),
			    .board = board,
			    .run = run,
			    .start_time = page_copy(p, rows_text(r, "start_time")),
			    .runs = 1,
			};
		page_put(t, page_link(
				page_text(p, "%s %s", rows_text(r, "job"), rows_text(r, "variant")),
				PAGE_URL(p, "run", run)));
		page_put(t, rows_time_cell(p, r, "start_time"));
		page_put(t, page_link(board, PAGE_URL(p, "board", board)));
		page_put(t, rows_cell(p, r, "pool"));
		page_put(t, rows_verdict_cell(r, "status"));
		page_put(t, page_link(page_text(p, "line %" PRId64, rows_integer(r, "line")),
				      page_console_url(p, run, rows_integer(r, "line"))));
		page_put(t, page_plain(rows_integer(r, "wanted") ? "yes" : "no"));
	}
}

// When it was first seen and how often, good and bad as its newest board tells.
static struct error *put_window(struct web_context *c, const char *signature, struct page *p,
				const struct last_shown *w)
{
	struct query q;
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	bool row;
	query_init(&q, QUERY_SPLATS);
	q.signature = signature;
	q.limit = 1;
	TRY(query_ask(c->store, &q, &r));
	TRY(store_rows_next(r, &row));
	if (row) {
		page_fact(p, "First seen", rows_time_cell(p, r, "first_seen"));
		page_fact(p, "Last seen", rows_time_cell(p, r, "last_seen"));
		page_fact(p, "Runs", rows_number_cell(p, r, "runs"));
		page_fact(p, "Boards", rows_number_cell(p, r, "boards"));
		page_fact(p, "Pools", rows_cell(p, r, "pools"));
	}
	const struct query_moment m = {
	    .job = w->job, .batch = w->batch, .start_time = w->start_time};
	const struct query_symptom symptom = {
	    .signature = signature, .class = w->class, .variant = w->variant};
	struct query_end good, bad;
	TRY(query_window(c->store, &m, &symptom, w->board, &p->arena, &good, &bad));
	if (good.batch) {
		page_fact(p, "Last good",
			  page_link(page_text(p, "%s%s%.12s", good.batch, good.commit ? ", " : "",
					      good.commit ? good.commit : ""),
				    PAGE_URL(p, "batch", good.batch)));
		const char *first = bad.batch ? bad.batch : w->batch;
		page_fact(p, "First bad",
			  page_link(page_text(p, "%s%s%.12s", first, bad.commit ? ", " : "",
					      bad.commit ? bad.commit : ""),
				    PAGE_URL(p, "batch", first)));
	}
	return NULL;
}

// The text of it, as its newest run kept it.
static void put_text(struct web_context *c, const char *signature, const struct last_shown *w,
		     struct page *p)
{
	const struct run *run = NULL;
	struct error *e = model_load_run(c->results, w->run, &p->arena, &run);
	for (size_t i = 0; !e && i < run->findings_count; i++) {
		const struct finding *f = &run->findings[i];
		if (f->excerpt && (strcmp(f->sig2, signature) == 0 ||
				   (f->sig1 && strcmp(f->sig1, signature) == 0) ||
				   (f->sig3 && strcmp(f->sig3, signature) == 0))) {
			page_pre(p, "text", page_text(p, "%.16384s", f->excerpt));
			break;
		}
	}
	error_free(e); // a run that is gone: the rest is told all the same
}

struct error *page_finding(struct web_context *c, const struct web_request *q, struct page *p)
{
	const char *signature = q->segments[1];
	struct last_shown w = {0};
	struct page runs = {0};
	p->area = "findings";
	p->here = PAGE_URL(p, "finding", signature);
	struct error *e = put_shown(c, signature, &runs, &w);
	if (!e && w.runs == 0)
		page_not_found(p, "finding", signature);
	if (!e && w.runs > 0) {
		p->title = page_copy(p, w.title);
		page_fact(p, "Class", page_plain(page_copy(p, w.class)));
		page_fact(p, "Function", page_toned(page_copy(p, w.func), TONE_CODE));
		page_fact(p, "File", page_toned(page_copy(p, w.file), TONE_CODE));
		page_fact(p, "Signature", page_toned(page_copy(p, signature), TONE_CODE));
		e = put_window(c, signature, p, &w);
		if (!e)
			put_text(c, signature, &w, p);
		if (!e)
			e = put_who(c, signature, p);
	}
	page_deinit(&runs);
	return e || w.runs == 0 ? e : put_shown(c, signature, p, &(struct last_shown){0});
}

struct error *page_findings(struct web_context *c, const struct web_request *q, struct page *p)
{
	static const struct page_column columns[] = {
	    {"title", "Splat", false},         {"class", "Class", true},
	    {"runs", "Runs", false},           {"boards", "Boards", false},
	    {"pools", "Pools", true},          {"first_seen", "First seen", true},
	    {"last_seen", "Last seen", false}, {"wanted", "Wanted", false},
	};
	struct query splats;
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	p->area = "findings";
	p->here = "/findings";
	p->title = "Findings";
	query_init(&splats, QUERY_SPLATS);
	splats.limit = web_parameter_number(q, "limit", 1, 1000, 100);
	splats.job = web_parameter(q, "job", NULL);
	splats.board = web_parameter(q, "board", NULL);
	splats.pool = web_parameter(q, "pool", NULL);
	splats.since_ms =
	    c->now_ns / 1000000 - web_parameter_number(q, "days", 1, 3650, 400) * 86400000;
	page_say(p, NULL, "Splats of the last 400 days (?days=), those seen last first.");
	struct page_table *t = PAGE_TABLE(p, "findings", columns, "No splat was seen.");
	TRY(query_ask(c->store, &splats, &r));
	for (bool row = true;;) {
		TRY(store_rows_next(r, &row));
		if (!row)
			return NULL;
		const char *signature = page_copy(p, rows_text(r, "signature"));
		page_put(t, page_link(page_copy(p, rows_text(r, "title")),
				      PAGE_URL(p, "finding", signature)));
		page_put(t, rows_cell(p, r, "class"));
		page_put(t, rows_number_cell(p, r, "runs"));
		page_put(t, rows_number_cell(p, r, "boards"));
		page_put(t, rows_cell(p, r, "pools"));
		page_put(t, rows_time_cell(p, r, "first_seen"));
		page_put(t, rows_time_cell(p, r, "last_seen"));
		page_put(t, rows_integer(r, "wanted") ? page_toned("wanted", TONE_SKIP)
						      : page_toned("unwanted", TONE_FAIL));
	}
}

// ---- a test -------------------------------------------------------------------------------------

struct error *page_test(struct web_context *c, const struct web_request *q, struct page *p)
{
	static const struct page_column columns[] = {
	    {"run", "Run", false},        {"start_time", "Started", false},
	    {"board", "Board", false},    {"pool", "Pool", true},
	    {"status", "Status", false},  {"line", "Console", false},
	    {"comment", "Comment", true},
	};
	const char *path = q->segments[1], *status = web_parameter(q, "status", NULL);
	struct query tests;
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	p->area = "search";
	p->here = PAGE_URL(p, "test", path);
	p->title = page_text(p, "Test %s", path);
	query_init(&tests, QUERY_TESTS);
	tests.path = path;
	tests.board = web_parameter(q, "board", NULL);
	tests.pool = web_parameter(q, "pool", NULL);
	tests.job = web_parameter(q, "job", NULL);
	tests.limit = web_parameter_number(q, "limit", 1, 1000, 100);
	CLEANUP_ERROR struct error *bad =
	    status ? query_parse_statuses(status, &tests.statuses) : NULL;
	if (bad) {
		page_not_found(p, "status", status);
		return NULL;
	}
	TRY(query_ask(c->store, &tests, &r));
	const struct page_cell words[] = {
	    page_plain("The newest first."),
	    page_link("Failures alone", page_text(p, "%s?status=FAIL,ERROR", p->here)),
	    page_link("All", p->here)};
	page_sentence(p, NULL, words, 3);
	struct page_table *t = PAGE_TABLE(p, "results", columns, "No run has such a result.");
	for (bool row = true;;) {
		TRY(store_rows_next(r, &row));
		if (!row)
			return NULL;
		const char *run = page_copy(p, rows_text(r, "run"));
		const char *board = page_copy(p, rows_text(r, "board"));
		int64_t line = rows_integer(r, "line");
		page_put(t, page_link(
				page_text(p, "%s %s", rows_text(r, "job"), rows_text(r, "variant")),
				PAGE_URL(p, "run", run)));
		page_put(t, rows_time_cell(p, r, "start_time"));
		page_put(t, page_link(board, PAGE_URL(p, "board", board)));
		page_put(t, rows_cell(p, r, "pool"));
		page_put(t, rows_verdict_cell(r, "status"));
		page_put(t, line > 0 ? page_link(page_text(p, "line %" PRId64, line),
						 page_console_url(p, run, line))
				     : page_plain(NULL));
		page_put(t, rows_cell(p, r, "comment"));
	}
}

// ---- the search ---------------------------------------------------------------------------------

struct error *page_find(struct web_context *c, const struct web_request *q, struct page *p)
{
	static const struct page_column columns[] = {
	    {"name", "Name", false}, {"kind", "Kind", false}, {"text", "", true}};
	const char *words = web_parameter(q, "q", "");
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	p->area = "search";
	p->here = "/search";
	p->title = words[0] ? page_text(p, "Search: %s", words) : "Search";
	page_search(p, words);
	if (!words[0])
		return NULL;
	CLEANUP_BUFFER struct buffer here = {0};
	buffer_append_str(&here, "/search?q=");
	url_escape(words, &here);
	p->here = page_keep(p, &here);
	TRY(query_search(c->store, words, &r));
	struct page_table *t = PAGE_TABLE(p, "found", columns, "Nothing has such a name.");
	for (bool row = true;;) {
		TRY(store_rows_next(r, &row));
		if (!row)
			return NULL;
		const char *kind = page_copy(p, rows_text(r, "kind"));
		const char *name = page_copy(p, rows_text(r, "name"));
		const char *text = page_copy(p, rows_text(r, "text"));
		bool finding = strcmp(kind, "finding") == 0;
		page_put(t, page_link(finding ? text : name, PAGE_URL(p, kind, name)));
		page_put(t, page_plain(kind));
		page_put(t, page_toned(finding ? name : text, TONE_DIM));
	}
}
