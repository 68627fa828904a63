// SPDX-License-Identifier: GPL-2.0-or-later
// The report as one HTML file.
#include <inttypes.h>
#include <string.h>

#include "base/memory.h"
#include "record/layout.h"
#include "results/console.h"
#include "results/console_loss.h"
#include "base/url.h"
#include "results/report/report.h"
#include "results/run_url.h"
#include "results/report/show.h"
#include "text/xml.h"

static const char style[] =
    ":root{--bg:#fff;--fg:#1d2126;--dim:#5b6570;--line:#d5dae0;--box:#f5f7f9;"
    "--fail:#b3261e;--failbg:#fbe3e1;--error:#8a5300;--errorbg:#fdeed6;--miss:#5b4a8a;"
    "--missbg:#ebe6f7;--pass:#1f6b35;--passbg:#e2f3e6;--skip:#5b6570;--skipbg:#edf0f3}"
    "@media(prefers-color-scheme:dark){:root{--bg:#15181c;--fg:#e4e8ec;--dim:#9aa5b1;"
    "--line:#363d45;--box:#1d2227;--fail:#ff9d94;--failbg:#4a1f1c;--error:#f3c078;"
    "--errorbg:#46331a;--miss:#c3b4f0;--missbg:#312a4a;--pass:#8fd6a3;--passbg:#1c3a26;"
    "--skip:#9aa5b1;--skipbg:#262c32}}"
    "*{box-sizing:border-box}"
    "body{margin:0 auto;padding:1rem;max-width:76rem;background:var(--bg);color:var(--fg);"
    "font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}"
    "h1{font-size:1.35rem;line-height:1.3;margin:.3rem 0 .8rem}"
    "h2{font-size:1.1rem;margin:2rem 0 .6rem;border-bottom:1px solid var(--line)}"
    "h3{font-size:1rem;margin:0 0 .3rem}"
    "a{color:inherit}"
    "p{margin:.3rem 0}.dim{color:var(--dim)}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem .9rem;margin:.6rem 0}"
    "dt{color:var(--dim)}dd{margin:0}"
    "section.problem{border:1px solid var(--line);border-left:.3rem solid var(--fail);"
    "border-radius:.3rem;padding:.7rem .9rem;margin:.8rem 0}"
    "section.ERROR{border-left-color:var(--error)}"
    "pre{background:var(--box);border:1px solid var(--line);border-radius:.3rem;padding:.6rem;"
    "margin:.5rem 0;overflow-x:auto;font:13px/1.4 ui-monospace,monospace;overflow-wrap:normal}"
    "pre b{background:var(--failbg);color:var(--fail);font-weight:600}"
    "code{font:13px/1.4 ui-monospace,monospace}"
    ".scroll{overflow-x:auto}"
    "table{border-collapse:collapse;font-size:.9rem;margin:.5rem 0}"
    "th,td{border:1px solid var(--line);padding:.2rem .55rem;text-align:left;white-space:nowrap}"
    "th{background:var(--box);font-weight:600}"
    "td.s{font-weight:600;text-align:center}"
    ".FAIL{color:var(--fail);background:var(--failbg)}"
    ".ERROR{color:var(--error);background:var(--errorbg)}"
    ".MISS{color:var(--miss);background:var(--missbg)}"
    ".PASS{color:var(--pass);background:var(--passbg)}"
    ".SKIP,.DONE{color:var(--skip);background:var(--skipbg)}"
    "td.wrap{white-space:normal;vertical-align:top;min-width:16em;overflow-wrap:anywhere}"
    "section.problem{color:inherit;background:none}pre.wrap{white-space:pre-wrap}"
    ".tag{display:inline-block;border-radius:.3rem;padding:0 .5rem;font-weight:700}"
    "@media(max-width:30rem){body{padding:.6rem;font-size:15px}dl{grid-template-columns:5.5rem 1fr}"
    "th,td{padding:.15rem .4rem}.wide{display:none}}";

static void put_text(struct buffer *out, const char *s)
{
	xml_escape(s, out);
}

// <tag class="class">text</tag>
static void put_element(struct buffer *out, const char *tag, const char *class, const char *text)
{
	buffer_printf(out, "<%s%s%s%s>", tag, class ? " class=\"" : "", class ? class : "",
		      class ? "\"" : "");
	put_text(out, text);
	buffer_printf(out, "</%s>", tag);
}

static void put_fact(struct buffer *out, const char *name, const char *value)
{
	if (!value || !value[0])
		return;
	put_element(out, "dt", NULL, name);
	put_element(out, "dd", NULL, value);
	buffer_append(out, "\n", 1);
}

static void put_link(const struct batch_report *r, const struct run *run, const char *file,
		     const char *text, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer url = {0};
	if (!run_file_url(r->results->batch, run, file, &url)) {
		// The file lies in batches/ID/ beside runs/.
		buffer_append_str(&url, "../../" LAYOUT_RUNS "/");
		url_escape(run->id, &url);
		buffer_append(&url, "/", 1);
		url_escape(file, &url);
	}
	buffer_append_str(out, "<a href=\"");
	put_text(out, buffer_str(&url));
	buffer_append_str(out, "\">");
	put_text(out, text);
	buffer_append_str(out, "</a>");
}

static void put_console_link(const struct batch_report *r, const struct run *run, const char *text,
			     struct buffer *out)
{
	CLEANUP_FREE char *dir = layout_run(r->results_dir, run->id);
	put_link(r, run, console_file_name(dir), text, out);
}

// Subject and overall result.
static void put_head(const struct batch_report *r, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer subject = {0}, overall = {0};
	report_subject(r, &subject);
	report_overall(r, &overall);
	buffer_append_str(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
			       "<meta name=\"viewport\" content=\"width=device-width,"
			       "initial-scale=1\">\n<title>");
	put_text(out, buffer_str(&subject));
	buffer_printf(out, "</title>\n<style>%s</style></head>\n<body>\n", style);
	put_element(out, "h1", NULL, buffer_str(&subject));
	const char *word = report_verdict(r);
	buffer_printf(out, "\n<p><span class=\"tag %s\">%s</span> ", word, word);
	// The sentence may begin with the word that stands there already.
	const char *sentence = buffer_str(&overall);
	size_t len = strlen(word);
	if (strncmp(sentence, word, len) == 0 && sentence[len] == ':')
		sentence += len + 2;
	put_text(out, sentence);
	buffer_append_str(out, "</p>\n");
}

static void put_compared(const struct batch_report *r, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer before = {0};
	if (!r->has_history) {
		put_fact(out, "Compared with", "nothing earlier of this job: all is new");
		return;
	}
	buffer_printf(&before, "%s (", r->previous_batch);
	report_previous(r, &before);
	buffer_append_str(&before, ")");
	put_fact(out, "Compared with", buffer_str(&before));
}

// What was run, of which tree, when.
static void put_facts(const struct batch_report *r, struct buffer *out)
{
	const struct batch_record *b = r->results->batch;
	const struct checkout none = {0};
	const struct checkout *c = b->checkout ? b->checkout : &none;
	CLEANUP_BUFFER struct buffer commit = {0}, time = {0}, payloads = {0};
	buffer_append_str(out, "<dl>\n");
	put_fact(out, "Job", b->job);
	put_fact(out, "What", b->comment);
	put_fact(out, "Tree", c->git_repository_url ? c->git_repository_url : c->tree_name);
	put_fact(out, "Branch", c->git_repository_branch);
	if (c->git_commit_hash)
		buffer_printf(&commit, "%s%s%s", c->git_commit_hash, c->git_commit_name ? " " : "",
			      c->git_commit_name ? c->git_commit_name : "");
	put_fact(out, "Commit", buffer_str(&commit));
	put_fact(out, "Patch", c->message_id);
	report_payloads(r, &payloads);
	put_fact(out, "Payload", buffer_str(&payloads));
	put_fact(out, "Batch", b->id);
	put_fact(out, "Lab", b->lab);
	show_time(b->start_time, &time);
	put_fact(out, "Started", buffer_str(&time));
	put_compared(r, out);
	buffer_append_str(out, "</dl>\n");
}

// The console with the problem's own line marked.
static void put_context(const struct batch_report *r, const struct report_problem *p,
			struct buffer *out)
{
	int64_t number;
	CLEANUP_BUFFER struct buffer text = {0};
	report_context(r, p, &number, &text);
	if (text.len == 0)
		return;
	buffer_append_str(out, "<pre>");
	for (char *line = text.data; *line; number++) {
		size_t len = strcspn(line, "\n");
		bool end = line[len] == '\0';
		line[len] = '\0';
		if (number == p->line)
			put_element(out, "b", NULL, line);
		else
			put_text(out, line);
		buffer_append(out, "\n", 1);
		line += len + !end;
	}
	buffer_append_str(out, "</pre>\n");
}

static bool shows_anywhere(const struct batch_report *r, const struct report_problem *p,
			   size_t variant)
{
	for (size_t b = 0; b < r->grid.boards_count; b++)
		if (p->cells[b * r->grid.variants_count + variant])
			return true;
	return false;
}

// Boards x the variants that show it: which pool is hit is seen at a glance.
static void put_problem_grid(const struct batch_report *r, const struct report_problem *p,
			     struct buffer *out)
{
	const struct grid *g = &r->grid;
	buffer_append_str(out, "<div class=\"scroll\"><table><tr><th>pool</th><th>board</th>");
	for (size_t v = 0; v < g->variants_count; v++)
		if (shows_anywhere(r, p, v))
			put_element(out, "th", NULL, g->variants[v]);
	buffer_append_str(out, "</tr>\n");
	for (size_t b = 0; b < g->boards_count; b++) {
		buffer_append_str(out, "<tr>");
		put_element(out, "td", NULL, grid_pool(&g->boards[b]));
		put_element(out, "td", NULL, g->boards[b].board->name);
		for (size_t v = 0; v < g->variants_count; v++) {
			const struct grid_cell *cell = &g->boards[b].cells[v];
			if (!shows_anywhere(r, p, v))
				continue;
			if (p->cells[b * g->variants_count + v])
				buffer_append_str(out, "<td class=\"s FAIL\">yes</td>");
			else if (cell->status == STATUS_MISS || cell->status == STATUS_NONE)
				buffer_append_str(out, "<td class=\"s MISS\">not run</td>");
			else
				buffer_append_str(out, "<td class=\"s PASS\">no</td>");
		}
		buffer_append_str(out, "</tr>\n");
	}
	buffer_append_str(out, "</table></div>\n");
}

static void put_problem(const struct batch_report *r, const struct report_problem *p,
			struct buffer *out)
{
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_printf(out, "<section class=\"problem %s\">\n", status_name(p->status));
	put_element(out, "h3", NULL, p->title);
	report_where(r, p, &text);
	buffer_append_str(out, "<p>on ");
	put_text(out, buffer_str(&text));
	buffer_truncate(&text, 0);
	report_age(r, p, &text);
	buffer_append_str(out, "; ");
	put_text(out, buffer_str(&text));
	buffer_truncate(&text, 0);
	report_confirmed(r, p, &text);
	if (text.len > 0) {
		buffer_append_str(out, "; run again: ");
		put_text(out, buffer_str(&text));
	}
	buffer_append_str(out, "</p>\n");
	if (p->comment && (p->kind == PROBLEM_TEST ||
			   (p->kind == PROBLEM_RUN && strcmp(p->comment, p->title) != 0)))
		put_element(out, "p", NULL, p->comment);
	put_problem_grid(r, p, out);
	put_context(r, p, out);
	buffer_append_str(out, "<p class=\"dim\">");
	put_console_link(r, p->example, "console", out);
	if (p->line != MODEL_UNKNOWN)
		buffer_printf(out, " line %" PRId64, p->line);
	buffer_append_str(out, " of ");
	put_link(r, p->example, LAYOUT_RUN_JSON, p->example->id, out);
	if (p->splat) {
		buffer_append_str(out, ", signature ");
		put_text(out, p->splat->best->finding->sig2);
	}
	buffer_append_str(out, "</p>\n<p class=\"dim\">Reproduce on QEMU:</p><pre class=\"wrap\">");
	buffer_truncate(&text, 0);
	report_reproduce(r, p->example, &text);
	put_text(out, buffer_str(&text));
	buffer_append_str(out, "</pre>\n</section>\n");
}

static void put_heading(struct buffer *out, const char *text, size_t count)
{
	buffer_printf(out, "<h2>%s", text);
	if (count > 0)
		buffer_printf(out, " (%zu)", count);
	buffer_append_str(out, "</h2>\n");
}

static void put_problems(const struct batch_report *r, bool known, struct buffer *out)
{
	size_t count = known ? r->problems_count - r->new_count : r->new_count;
	if (count == 0)
		return;
	put_heading(out, known ? "Known issues" : "New issues", count);
	for (size_t i = 0; i < r->problems_count; i++)
		if (report_is_known(&r->problems[i]) == known)
			put_problem(r, &r->problems[i], out);
}

static void put_fixed(const struct batch_report *r, struct buffer *out)
{
	if (r->fixed_count == 0)
		return;
	put_heading(out, "Fixed", r->fixed_count);
	buffer_append_str(out, "<ul>\n");
	for (size_t i = 0; i < r->fixed_count; i++) {
		buffer_append_str(out, "<li>");
		put_text(out, r->fixed[i].title);
		CLEANUP_BUFFER struct buffer time = {0};
		show_time(r->fixed[i].last_seen, &time);
		buffer_append_str(out, " <span class=\"dim\">last seen ");
		put_text(out, buffer_str(&time));
		buffer_append_str(out, " on ");
		put_text(out, r->fixed[i].boards);
		buffer_append_str(out, "</span></li>\n");
	}
	buffer_append_str(out, "</ul>\n");
}

static void put_infra(const struct batch_report *r, struct buffer *out)
{
	if (r->infra_count == 0)
		return;
	put_heading(out, "Lab trouble, not the code's", r->infra_count);
	buffer_append_str(out, "<ul>\n");
	for (size_t i = 0; i < r->infra_count; i++) {
		buffer_append_str(out, "<li><b>");
		put_text(out, r->infra[i].board);
		buffer_append_str(out, "</b>: ");
		put_text(out, r->infra[i].reason);
		buffer_printf(out, " <span class=\"dim\">(%zu run%s%s", r->infra[i].runs,
			      r->infra[i].runs == 1 ? "" : "s",
			      r->infra[i].variants[0] ? ": " : "");
		put_text(out, r->infra[i].variants);
		buffer_append_str(out, ")");
		report_last_good(&r->infra[i], out);
		buffer_append_str(out, "</span></li>\n");
	}
	buffer_append_str(out, "</ul>\n");
}

static void put_console_loss(const struct batch_report *r, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer text = {0};
	console_loss_describe(r->results, &text);
	if (!text.len)
		return;
	buffer_append_str(out, "<p>");
	put_text(out, buffer_str(&text));
	buffer_append_str(out, "</p>\n");
}

static void put_cell(const struct batch_report *r, const struct grid_cell *c, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer text = {0};
	summary_cell(c, &text);
	buffer_printf(out, "<td class=\"s %s\">", status_name(c->status));
	if (c->run)
		put_console_link(r, c->run, buffer_str(&text), out);
	else
		put_text(out, buffer_str(&text));
	buffer_append_str(out, "</td>");
}

static void put_table(const struct batch_report *r, struct buffer *out)
{
	const struct grid *g = &r->grid;
	put_heading(out, "All boards", 0);
	buffer_append_str(out, "<div class=\"scroll\"><table><tr><th>pool</th><th>board</th>"
			       "<th class=\"wide\">type</th>");
	for (size_t v = 0; v < g->variants_count; v++)
		put_element(out, "th", NULL, g->variants[v]);
	buffer_append_str(out, "</tr>\n");
	for (size_t b = 0; b < g->boards_count; b++) {
		buffer_append_str(out, "<tr>");
		put_element(out, "td", NULL, grid_pool(&g->boards[b]));
		put_element(out, "td", NULL, g->boards[b].board->name);
		put_element(out, "td", "wide", g->boards[b].board->type);
		for (size_t v = 0; v < g->variants_count; v++)
			put_cell(r, &g->boards[b].cells[v], out);
		buffer_append_str(out, "</tr>\n");
	}
	buffer_append_str(out, "</table></div>\n<p class=\"dim\">The number in brackets counts "
			       "splats; a verdict leads to its console.</p>\n<ul>\n");
	for (size_t v = 0; v < g->variants_count; v++) {
		CLEANUP_BUFFER struct buffer text = {0};
		summary_variant_sentence(g, &r->splats, v, &text);
		put_element(out, "li", NULL, buffer_str(&text));
		buffer_append(out, "\n", 1);
	}
	buffer_append_str(out, "</ul>\n");
}

static void put_wanted(const struct batch_report *r, struct buffer *out)
{
	bool any = false;
	for (size_t i = 0; i < r->splats.count; i++) {
		const struct splat *s = &r->splats.items[i];
		if (!s->wanted)
			continue;
		if (!any)
			put_heading(out, "Splats the job wants, and got", 0);
		any = true;
		buffer_append_str(out, "<details><summary>");
		put_text(out, s->best->finding->title);
		buffer_printf(out, " <span class=\"dim\">in %zu run%s</span></summary><pre>",
			      s->sightings_count, s->sightings_count == 1 ? "" : "s");
		if (s->best->finding->excerpt) {
			CLEANUP_BUFFER struct buffer text = {0};
			show_console_text(s->best->finding->excerpt, &text);
			put_text(out, buffer_str(&text));
		}
		buffer_append_str(out, "</pre></details>\n");
	}
}

void report_write_html(const struct batch_report *r, struct buffer *out)
{
	put_head(r, out);
	put_facts(r, out);
	put_problems(r, false, out);
	put_problems(r, true, out);
	put_fixed(r, out);
	report_write_timing_html(r, out);
	put_infra(r, out);
	put_console_loss(r, out);
	put_table(r, out);
	put_wanted(r, out);
	buffer_append_str(out, "<p class=\"dim\">mmfarm " MMFARM_VERSION "</p>\n</body></html>\n");
}
