// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/report/report_lead.h"

#include <string.h>

#include "base/memory.h"
#include "results/report/decode.h"
#include "results/report/report.h"
#include "results/report/show.h"
#include "results/report/tree.h"

#define LEADS_MAX 10 // problems for which the tree is asked

static const char *keep(struct batch_report *r, const struct buffer *text)
{
	return arena_strndup(&r->arena, buffer_str(text), text->len);
}

static const char *keep_trouble(struct batch_report *r, struct error *e)
{
	const char *text = arena_strndup(&r->arena, error_text(e), strlen(error_text(e)));
	error_free(e);
	return text;
}

// ---- asking the tree ----------------------------------------------------------------------------

static void look_between(struct batch_report *r, struct report_lead *l)
{
	CLEANUP_TREE_RANGE struct tree_range range = {0};
	struct error *e = tree_between(r->tree, l->good_commit, l->bad_commit, l->file, &range);
	l->looked = true;
	if (e) {
		l->trouble = keep_trouble(r, e);
		return;
	}
	l->commits = range.commits;
	l->merges = range.merges;
	l->missing = range.missing;
	l->touching = range.touching;
	l->log = keep(r, &range.log);
	l->touching_log = keep(r, &range.touching_log);
}

// Who answers for it in the revision that shows it.
static void look_for_people(struct batch_report *r, struct report_lead *l)
{
	CLEANUP_BUFFER struct buffer text = {0};
	struct error *e = tree_file(r->tree, l->bad_commit, "MAINTAINERS", &text);
	if (e)
		l->people_trouble = keep_trouble(r, e);
	else
		maintainers_find(buffer_str(&text), text.len, l->file, &r->arena, &l->people);
}

// The console of a splat with lines of the source, as far as the vmlinux is of the kernel that was run.
static void decode(struct batch_report *r, struct report_problem *p)
{
	const char *version = p->example->payload->version;
	bool banner = version && strncmp(version, "Linux version ", 14) == 0;
	CLEANUP_DECODER struct decoder *d = NULL;
	CLEANUP_BUFFER struct buffer console = {0}, lines = {0};
	int64_t first;
	report_context(r, p, &first, &console);
	struct error *e = decoder_open(r->vmlinux, banner ? version : NULL, &d);
	if (!e)
		e = decoder_lines(d, buffer_str(&console), p->lead->file, &lines);
	if (e)
		p->lead->trace_trouble = keep_trouble(r, e);
	else if (lines.len > 0)
		p->lead->trace = keep(r, &lines);
	else
		p->lead->trace_trouble = "it has none of the trace's symbols in their sizes";
}

void report_follow_leads(struct batch_report *r)
{
	for (size_t i = 0; r->vmlinux && i < r->problems_count && i < LEADS_MAX; i++)
		if (r->problems[i].splat)
			decode(r, &r->problems[i]);
	for (size_t i = 0; r->tree && i < r->problems_count && i < LEADS_MAX; i++) {
		struct report_lead *l = r->problems[i].lead;
		if (!l)
			continue;
		if (l->good_commit && l->bad_commit && strcmp(l->good_commit, l->bad_commit) != 0)
			look_between(r, l);
		if (l->file && l->bad_commit)
			look_for_people(r, l);
	}
}

// ---- text ---------------------------------------------------------------------------------------

static void put_end(const char *word, const char *commit, const char *batch, const char *start,
		    struct buffer *out)
{
	buffer_printf(out, "  %-5s %.12s%sbatch %s", word, commit ? commit : "", commit ? ", " : "",
		      batch);
	if (start) {
		buffer_append_str(out, ", ");
		show_time(start, out);
	}
	buffer_append(out, "\n", 1);
}

static void put_log(const char *log, size_t commits, struct buffer *out)
{
	size_t shown = 0;
	for (const char *at = log; *at; shown++) {
		size_t len = strcspn(at, "\n");
		buffer_printf(out, "    %.*s\n", (int)len, at);
		at += len + (at[len] == '\n');
	}
	if (commits > shown)
		buffer_printf(out, "    and %zu more\n", commits - shown);
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void put_commits(const struct report_lead *l, struct buffer *out)
{
	buffer_printf(out, "  %zu commit%s (%zu merge%s)", l->commits, plural(l->commits),
		      l->merges, plural(l->merges));
	if (l->missing > 0)
		buffer_printf(out,
			      "; good is no ancestor of bad and has %zu commit%s that bad has not",
			      l->missing, plural(l->missing));
	if (l->touching > 0) {
		buffer_printf(out, "; %zu change%s %s:\n", l->touching, l->touching == 1 ? "s" : "",
			      l->file);
		put_log(l->touching_log, l->touching, out);
		if (l->commits > l->touching)
			buffer_append_str(out, "  all:\n");
	} else if (l->file) {
		buffer_printf(out, "; none changes %s:\n", l->file);
	} else {
		buffer_append_str(out, ":\n");
	}
	if (l->commits > l->touching)
		put_log(l->log, l->commits, out);
}

static void put_between(const struct batch_report *r, const struct report_lead *l,
			struct buffer *out)
{
	const struct batch_record *b = r->results->batch;
	buffer_append_str(out, "Between good and bad:\n");
	put_end("good", l->good_commit, l->good_batch, l->good_start, out);
	put_end("bad", l->bad_commit, l->bad_batch, l->bad_start ? l->bad_start : b->start_time,
		out);
	if (!l->good_commit || !l->bad_commit)
		return;
	if (strcmp(l->good_commit, l->bad_commit) == 0) {
		buffer_append_str(out,
				  "  both are one commit: chance, the board or the lab, or what "
				  "was built besides\n");
		return;
	}
	if (l->trouble)
		buffer_printf(out, "  the tree does not tell: %s\n", l->trouble);
	else if (l->looked)
		put_commits(l, out);
	buffer_printf(out, "  git bisect start %s %s\n", l->bad_commit, l->good_commit);
}

static void put_people(const struct report_lead *l, struct buffer *out)
{
	const struct maintainers *m = &l->people;
	if (l->people_trouble) {
		buffer_printf(out, "Write to: not known: %s\n", l->people_trouble);
		return;
	}
	if (!m->section)
		return;
	buffer_printf(out, "Write to (MAINTAINERS of %.12s has %s under %s):\n", l->bad_commit,
		      l->file, m->section);
	for (size_t i = 0; i < m->to_count; i++)
		buffer_printf(out, "  To: %s\n", m->to[i]);
	for (size_t i = 0; i < m->cc_count; i++)
		buffer_printf(out, "  Cc: %s\n", m->cc[i]);
}

static void put_trace(const struct batch_report *r, const struct report_lead *l, struct buffer *out)
{
	if (l->trace_trouble) {
		buffer_printf(out, "Lines of the trace: not known: %s\n", l->trace_trouble);
		return;
	}
	buffer_printf(out, "Lines of the trace, by %s:\n", r->vmlinux);
	for (const char *at = l->trace; *at;) {
		size_t len = strcspn(at, "\n");
		buffer_printf(out, "  %.*s\n", (int)len, at);
		at += len + (at[len] == '\n');
	}
}

void report_lead_text(const struct batch_report *r, const struct report_problem *p,
		      struct buffer *out)
{
	const struct report_lead *l = p->lead;
	if (!l)
		return;
	if (l->trace || l->trace_trouble)
		put_trace(r, l, out);
	if (l->good_batch)
		put_between(r, l, out);
	put_people(l, out);
}
