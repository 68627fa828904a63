// SPDX-License-Identifier: GPL-2.0-or-later
// The report as a mail shows it: 78 columns where the content lets it.
#include <inttypes.h>
#include <string.h>

#include "base/memory.h"
#include "record/layout.h"
#include "results/console.h"
#include "results/console_loss.h"
#include "results/report/report.h"
#include "results/run_url.h"
#include "results/report/show.h"
#include "text/terminal.h"

#define BOARDS_NAMED 6

static void put_heading(struct buffer *out, const char *text, size_t count)
{
	size_t start = out->len;
	buffer_printf(out, "\n%s", text);
	if (count > 0)
		buffer_printf(out, " (%zu)", count);
	size_t width = out->len - start - 1;
	buffer_append(out, "\n", 1);
	for (size_t i = 0; i < width; i++)
		buffer_append(out, "-", 1);
	buffer_append(out, "\n", 1);
}

static void put_payloads(const struct batch_report *r, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer text = {0};
	report_payloads(r, &text);
	if (text.len > 0)
		buffer_printf(out, "    Payload: %s\n", buffer_str(&text));
}

static void put_head(const struct batch_report *r, struct buffer *out)
{
	const struct batch_record *b = r->results->batch;
	const struct checkout *c = b->checkout;
	CLEANUP_BUFFER struct buffer overall = {0};
	report_overall(r, &overall);
	buffer_printf(out, "Overall result: %s\n\n", buffer_str(&overall));
	buffer_printf(out, "    Job:     %s%s%s\n", b->job, b->comment ? " - " : "",
		      b->comment ? b->comment : "");
	if (c && (c->git_repository_url || c->tree_name))
		buffer_printf(out, "    Tree:    %s%s%s\n",
			      c->git_repository_url ? c->git_repository_url : c->tree_name,
			      c->git_repository_branch ? " " : "",
			      c->git_repository_branch ? c->git_repository_branch : "");
	if (c && c->git_commit_hash)
		buffer_printf(out, "    Commit:  %s%s%s%s\n", c->git_commit_hash,
			      c->git_commit_name ? " (" : "",
			      c->git_commit_name ? c->git_commit_name : "",
			      c->git_commit_name ? ")" : "");
	if (c && c->message_id)
		buffer_printf(out, "    Patch:   https://lore.kernel.org/r/%s\n", c->message_id);
	put_payloads(r, out);
	buffer_printf(out, "    Batch:   %s%s%s\n", b->id, b->lab ? " in " : "",
		      b->lab ? b->lab : "");
	buffer_append_str(out, "    Started: ");
	show_time(b->start_time, out);
	buffer_append(out, "\n", 1);
	if (!r->has_history) {
		buffer_append_str(out, "    Before:  nothing to compare with, so all is new\n");
		return;
	}
	buffer_printf(out, "    Before:  %s (", r->previous_batch);
	report_previous(r, out);
	buffer_append_str(out, ")\n");
}

// Lines behind four blanks.
static void put_indented(const struct buffer *text, struct buffer *out)
{
	for (const char *line = buffer_str(text); *line;) {
		size_t len = strcspn(line, "\n");
		buffer_printf(out, "%s%.*s\n", len > 0 ? "    " : "", (int)len, line);
		line += len + (line[len] == '\n');
	}
}

static void put_context(const struct batch_report *r, const struct report_problem *p,
			struct buffer *out)
{
	int64_t first;
	CLEANUP_BUFFER struct buffer text = {0};
	report_context(r, p, &first, &text);
	if (text.len == 0)
		return;
	buffer_append(out, "\n", 1);
	// Lines stay as they are: a wrapped register dump is of no use.
	put_indented(&text, out);
}

static void put_grid(const struct batch_report *r, const struct report_problem *p,
		     struct buffer *out)
{
	const struct grid *g = &r->grid;
	buffer_append(out, "\n", 1);
	for (size_t b = 0; b < g->boards_count; b++) {
		CLEANUP_BUFFER struct buffer variants = {0};
		for (size_t v = 0; v < g->variants_count; v++)
			if (p->cells[b * g->variants_count + v])
				buffer_printf(&variants, "%s%s", variants.len ? " " : "",
					      g->variants[v]);
		if (variants.len > 0)
			buffer_printf(out, "    %-10s %-12s %-26s %s\n", grid_pool(&g->boards[b]),
				      g->boards[b].board->name, g->boards[b].board->type,
				      buffer_str(&variants));
	}
}

static void put_log_link(const struct batch_report *r, const struct report_problem *p,
			 struct buffer *out)
{
	CLEANUP_BUFFER struct buffer url = {0};
	CLEANUP_FREE char *dir = layout_run(r->results_dir, p->example->id);
	report_file_url(r, p->example, console_file_name(dir), &url);
	buffer_printf(out, "    Log: %s", buffer_str(&url));
	if (p->line != MODEL_UNKNOWN)
		buffer_printf(out, " line %" PRId64, p->line);
	buffer_append(out, "\n", 1);
}

static void put_confirmed(const struct batch_report *r, const struct report_problem *p,
			  struct buffer *out)
{
	CLEANUP_BUFFER struct buffer text = {0};
	report_confirmed(r, p, &text);
	if (text.len > 0)
		buffer_printf(out, "    run again: %s\n", buffer_str(&text));
}

// `full`: there is no room for what is long.
static void put_problem(const struct batch_report *r, const struct report_problem *p, size_t number,
			bool full, struct buffer *out)
{
	buffer_printf(out, "\n[%zu] %s: %s\n    on ", number, status_name(p->status), p->title);
	report_where(r, p, out);
	buffer_append_str(out, " (");
	report_boards(r, p, BOARDS_NAMED, out);
	buffer_append_str(out, ")\n");
	buffer_append_str(out, "    ");
	report_age(r, p, out);
	buffer_append(out, "\n", 1);
	put_confirmed(r, p, out);
	if (p->comment && (p->kind == PROBLEM_TEST ||
			   (p->kind == PROBLEM_RUN && strcmp(p->comment, p->title) != 0)))
		buffer_printf(out, "    %s\n", p->comment);
	if (p->splat)
		buffer_printf(out, "    signature %s (%s)\n", p->splat->best->finding->sig2,
			      p->splat->best->finding->class);
	put_grid(r, p, out);
	if (!full)
		put_context(r, p, out);
	buffer_append(out, "\n", 1);
	put_log_link(r, p, out);
	if (full) {
		buffer_append_str(
		    out, "    (left out here, the report is long: console and commands)\n");
		return;
	}
	CLEANUP_BUFFER struct buffer lead = {0}, again = {0};
	report_lead_text(r, p, &lead);
	put_indented(&lead, out);
	report_reproduce(r, p->example, &again);
	buffer_append_str(out, "    Reproduce:\n");
	put_indented(&again, out);
}

static void put_problems(const struct batch_report *r, bool known, size_t room, struct buffer *out)
{
	size_t count = known ? r->problems_count - r->new_count : r->new_count;
	if (count == 0)
		return;
	put_heading(out, known ? "Known issues" : "New issues", count);
	for (size_t i = 0; i < r->problems_count; i++)
		if (report_is_known(&r->problems[i]) == known)
			put_problem(r, &r->problems[i], i + 1, room > 0 && out->len > room, out);
}

static void put_fixed(const struct batch_report *r, struct buffer *out)
{
	if (r->fixed_count == 0)
		return;
	put_heading(out, "Fixed", r->fixed_count);
	for (size_t i = 0; i < r->fixed_count; i++) {
		CLEANUP_BUFFER struct buffer time = {0};
		show_time(r->fixed[i].last_seen, &time);
		buffer_printf(out, "    %s\n        last seen %s on %s\n", r->fixed[i].title,
			      buffer_str(&time), r->fixed[i].boards);
	}
}

static void put_infra(const struct batch_report *r, struct buffer *out)
{
	if (r->infra_count == 0)
		return;
	put_heading(out, "Lab trouble, not the code's", r->infra_count);
	for (size_t i = 0; i < r->infra_count; i++) {
		const struct report_infra *f = &r->infra[i];
		buffer_printf(out, "    %s: %s (%zu run%s%s%s)", f->board, f->reason, f->runs,
			      f->runs == 1 ? "" : "s", f->variants[0] ? ": " : "", f->variants);
		report_last_good(f, out);
		buffer_append(out, "\n", 1);
	}
}

static void put_console_loss(const struct batch_report *r, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer text = {0};
	console_loss_describe(r->results, &text);
	if (text.len)
		buffer_printf(out, "\n%s\n", buffer_str(&text));
}

static void put_table(const struct batch_report *r, struct buffer *out)
{
	put_heading(out, "All boards", 0);
	buffer_append(out, "\n", 1);
	summary_table(&r->grid, out);
	if (r->splats.count > 0)
		buffer_append_str(out, "(the number in brackets counts splats)\n");
	buffer_append(out, "\n", 1);
	for (size_t v = 0; v < r->grid.variants_count; v++) {
		summary_variant_sentence(&r->grid, &r->splats, v, out);
		buffer_append(out, "\n", 1);
	}
}

// What each board is, and how its last nights went.
static void put_boards(const struct batch_report *r, struct buffer *out)
{
	if (r->nights > 0)
		buffer_printf(out,
			      "\nCPUs, and the last %zu nights, this one last (P pass, F fail, E "
			      "error, M lab, - not run):\n\n",
			      r->nights);
	else
		buffer_append_str(out, "\nCPUs:\n\n");
	for (size_t i = 0; i < r->grid.boards_count; i++) {
		const struct grid_board *b = &r->grid.boards[i];
		if (r->nights > 0)
			buffer_printf(out, "%-16s %-10s %s\n", b->board->name,
				      b->nights + GRID_NIGHTS - r->nights, b->cpu);
		else
			buffer_printf(out, "%-16s %s\n", b->board->name, b->cpu);
	}
}

// Of a good night they are what it was for: one line each, the console has the rest.
static void put_wanted(const struct batch_report *r, struct buffer *out)
{
	size_t count = 0;
	for (size_t i = 0; i < r->splats.count; i++)
		count += r->splats.items[i].wanted;
	if (count == 0)
		return;
	put_heading(out, "Splats the job wants, and got", count);
	for (size_t i = 0; i < r->splats.count; i++) {
		const struct splat *s = &r->splats.items[i];
		if (s->wanted)
			buffer_printf(
			    out, "    %s\n        in %zu run%s, first %s %sline %" PRId64 "\n",
			    s->best->finding->title, s->sightings_count,
			    s->sightings_count == 1 ? "" : "s", s->best->run->id,
			    finding_is_of_console(s->best->finding) ? "" : LAYOUT_PTSAN " ",
			    s->best->finding->line);
	}
}

static void put_contact(const struct batch_report *r, struct buffer *out)
{
	if (r->results->batch->contact)
		buffer_printf(out, "\nQuestions about this report: %s\n",
			      r->results->batch->contact);
}

void report_write_text(const struct batch_report *r, size_t room, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer text = {0};
	put_head(r, &text);
	put_problems(r, false, room, &text);
	put_problems(r, true, room, &text);
	put_fixed(r, &text);
	report_write_timing_text(r, &text);
	put_infra(r, &text);
	put_console_loss(r, &text);
	put_table(r, &text);
	put_boards(r, &text);
	put_wanted(r, &text);
	put_contact(r, &text);
	// It becomes a mail or a file as well as what is printed; reasons quote boards and servers.
	terminal_text(buffer_str(&text), text.len, out);
}

void report_file_url(const struct batch_report *r, const struct run *run, const char *file,
		     struct buffer *out)
{
	if (!run_file_url(r->results->batch, run, file, out))
		buffer_printf(out, "%s/" LAYOUT_RUNS "/%s/%s", r->results_dir, run->id, file);
}
