// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/report/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "record/layout.h"
#include "text/utf8.h"
#include "results/console.h"
#include "results/report/report_history.h"
#include "results/report/report_lead.h"
#include "results/report/show.h"
#include "text/terminal.h"

#define CONTEXT_BEFORE 6     // lines of the console in front of a report's header
#define RECORD_LINES   12    // around a check's own record
#define CONTEXT_BYTES  32768 // at most, whatever the lines hold
#define CONTEXT_MAX    160   // lines of a splat with all that was reported within it
#define CONTEXT_AFTER  2     // lines of the console behind its end
#define PAYLOADS_SHOWN 3
#define TAIL_LINES     REPORT_CONTEXT_LINES

// ---- finding problems ---------------------------------------------------------------------------

static size_t cell_index(const struct grid *g, const struct run *r)
{
	size_t board = 0, variant = 0;
	while (strcmp(g->boards[board].board->name, r->board->name) != 0)
		board++;
	while (strcmp(g->variants[variant], r->variant) != 0)
		variant++;
	return board * g->variants_count + variant;
}

static void mark(struct batch_report *rep, struct report_problem *p, const struct run *r)
{
	p->cells[cell_index(&rep->grid, r)] = true;
	p->runs++;
}

static struct report_problem *add_problem(struct batch_report *rep, enum problem_kind kind,
					  const char *title)
{
	struct report_problem p = {.kind = kind, .title = title, .line = MODEL_UNKNOWN};
	p.cells = arena_new(&rep->arena, rep->grid.boards_count * rep->grid.variants_count,
			    sizeof(*p.cells));
	ARRAY_APPEND(rep->problems, rep->problems_count, p);
	return &rep->problems[rep->problems_count - 1];
}

static struct report_problem *find_problem(struct batch_report *rep, enum problem_kind kind,
					   const char *title, const char *variant)
{
	for (size_t i = 0; i < rep->problems_count; i++) {
		struct report_problem *p = &rep->problems[i];
		if (p->kind == kind && strcmp(p->title, title) == 0 &&
		    (!variant || strcmp(p->example->variant, variant) == 0))
			return p;
	}
	return NULL;
}

// Below that it is a note, which decides nothing (run/judge.c). Of old runs it is not known.
static bool counts(const struct finding *f)
{
	return f->severity == MODEL_UNKNOWN || f->severity >= 2;
}

static void add_splats(struct batch_report *rep)
{
	for (size_t i = 0; i < rep->splats.count; i++) {
		const struct splat *s = &rep->splats.items[i];
		if (s->wanted || !counts(s->best->finding))
			continue;
		struct report_problem *p = add_problem(rep, PROBLEM_SPLAT, s->best->finding->title);
		p->status = STATUS_FAIL;
		p->splat = s;
		p->example = s->best->run;
		p->line = finding_is_of_console(s->best->finding) ? s->best->finding->line
								  : MODEL_UNKNOWN;
		for (size_t k = 0; k < s->sightings_count; k++)
			if (!s->sightings[k].finding->wanted)
				mark(rep, p, s->sightings[k].run);
	}
}

// The page-table sanitizer's tests say again what its findings say.
static bool is_told_by_findings(const struct test *t)
{
	return t->status == STATUS_FAIL && strncmp(t->path, TEST_PTSAN, strlen(TEST_PTSAN)) == 0;
}

static bool test_is_problem(const struct test *t)
{
	if (is_told_by_findings(t))
		return false;
	return (t->status == STATUS_FAIL || t->status == STATUS_ERROR) && t->expected != t->status;
}

// Returns whether the run has one.
static bool add_tests(struct batch_report *rep, const struct run *r)
{
	bool any = false;
	for (size_t i = 0; i < r->tests_count; i++) {
		const struct test *t = &r->tests[i];
		if (!test_is_problem(t))
			continue;
		any = true;
		struct report_problem *p = find_problem(rep, PROBLEM_TEST, t->path, r->variant);
		if (!p) {
			p = add_problem(rep, PROBLEM_TEST, t->path);
			p->status = t->status;
			p->example = r;
			p->comment = t->comment;
			p->line = t->line;
		}
		p->status = status_worse(p->status, t->status);
		mark(rep, p, r);
	}
	return any;
}

static bool has_unwanted_splat(const struct run *r)
{
	for (size_t i = 0; i < r->findings_count; i++)
		if (finding_is_root(&r->findings[i]) && !r->findings[i].wanted &&
		    counts(&r->findings[i]))
			return true;
	return false;
}

// What stands in brackets behind a reason, or is quoted as the last line, differs from run to run of one
// problem (run/judge.c). The store's REPORT_REASON_HEAD is the same in SQL.
static const char *reason_head(struct batch_report *rep, const char *reason)
{
	const char *bracket = strstr(reason, " ("), *line = strstr(reason, ", last line ");
	const char *end = bracket && (!line || bracket < line) ? bracket : line;
	return end ? arena_strndup(&rep->arena, reason, (size_t)(end - reason)) : reason;
}

// A run that failed for nothing that is listed already.
static void add_run(struct batch_report *rep, const struct run *r)
{
	const char *head = reason_head(rep, r->reason);
	struct report_problem *p = find_problem(rep, PROBLEM_RUN, head, r->variant);
	if (!p) {
		p = add_problem(rep, PROBLEM_RUN, head);
		p->status = r->verdict;
		p->example = r;
		p->comment = r->reason;
	}
	mark(rep, p, r);
}

static void find_problems(struct batch_report *rep)
{
	add_splats(rep);
	for (size_t i = 0; i < rep->results->runs_count; i++) {
		const struct run *r = rep->results->runs[i];
		// What a board did that was not the one declared says nothing about the code.
		if (r->verdict == STATUS_MISS)
			continue;
		bool explained = add_tests(rep, r);
		explained = explained || has_unwanted_splat(r);
		if ((r->verdict == STATUS_FAIL || r->verdict == STATUS_ERROR) && !explained)
			add_run(rep, r);
	}
	for (size_t i = 0; i < rep->problems_count; i++) {
		struct report_problem *p = &rep->problems[i];
		for (size_t b = 0; b < rep->grid.boards_count; b++) {
			bool on_board = false;
			for (size_t v = 0; v < rep->grid.variants_count; v++)
				on_board |= p->cells[b * rep->grid.variants_count + v];
			p->boards += on_board;
		}
	}
}

static int by_news(const void *a, const void *b)
{
	const struct report_problem *x = a, *y = b;
	if (report_is_known(x) != report_is_known(y))
		return report_is_known(x) ? 1 : -1;
	if (x->status != y->status)
		return x->status < y->status ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->runs != y->runs)
		return x->runs > y->runs ? -1 : 1;
	return strcmp(x->title, y->title);
}

// ---- the lab's own ------------------------------------------------------------------------------

static bool in_words(const char *list, const char *word)
{
	size_t len = strlen(word);
	for (const char *at = list; (at = strstr(at, word)); at += len)
		if ((at == list || at[-1] == ' ') && (at[len] == ',' || at[len] == '\0'))
			return true;
	return false;
}

static const char *add_word(struct arena *arena, const char *list, const char *word)
{
	if (in_words(list, word))
		return list;
	size_t len = strlen(list) + strlen(word) + 2;
	char *longer = arena_new(arena, len + 1, 1);
	snprintf(longer, len + 1, "%s%s%s", list, list[0] ? ", " : "", word);
	return longer;
}

static void add_infra(struct batch_report *rep, const char *board, const char *variant,
		      const char *reason)
{
	struct report_infra *i = NULL;
	for (size_t k = 0; k < rep->infra_count; k++)
		if (strcmp(rep->infra[k].board, board) == 0)
			i = &rep->infra[k];
	if (!i) {
		struct report_infra fresh = {board, "", reason, 0, NULL};
		ARRAY_APPEND(rep->infra, rep->infra_count, fresh);
		i = &rep->infra[rep->infra_count - 1];
	}
	i->runs++;
	i->variants = add_word(&rep->arena, i->variants, variant);
}

static void find_infra(struct batch_report *rep)
{
	for (size_t i = 0; i < rep->results->runs_count; i++) {
		const struct run *r = rep->results->runs[i];
		// A board that nobody switched off is the lab's matter whatever its run says.
		if ((r->verdict == STATUS_MISS && !r->repeated) ||
		    strstr(r->reason, "the board may still be on"))
			add_infra(rep, r->board->name, r->variant, r->reason);
	}
	for (size_t i = 0; i < rep->results->lost_count; i++)
		add_infra(rep, rep->results->lost[i].id, "", rep->results->lost[i].reason);
}

// What is known without the store and the tree.
static void begin_lead(struct batch_report *r, struct report_problem *p)
{
	const struct batch_record *b = r->results->batch;
	const char *file = p->splat ? p->splat->best->finding->file : NULL;
	p->lead = arena_new(&r->arena, 1, sizeof(*p->lead));
	p->lead->file = file && file[0] && file[0] != '/' ? file : NULL;
	p->lead->bad_batch = b->id;
	p->lead->bad_commit = b->checkout ? b->checkout->git_commit_hash : NULL;
}

// Copies: a guard (base/guard.h) writes over the memory of the command line that they may be part of.
static const char *copy_of(struct batch_report *r, const char *path)
{
	return path ? arena_strndup(&r->arena, path, strlen(path)) : NULL;
}

struct error *report_build(const char *results_dir, const struct batch_results *b,
			   struct store *store, const struct report_sources *sources,
			   struct batch_report *out)
{
	const struct report_sources none = {0};
	sources = sources ? sources : &none;
	*out = (struct batch_report){.results = b, .results_dir = results_dir};
	out->tree = copy_of(out, sources->tree ? sources->tree : b->batch->tree);
	out->vmlinux = copy_of(out, sources->vmlinux);
	grid_build(b, &out->grid);
	splats_collect(b, &out->splats);
	find_problems(out);
	for (size_t i = 0; i < out->problems_count; i++)
		begin_lead(out, &out->problems[i]);
	find_infra(out);
	TRY(night_record_load(results_dir, b->batch->id, &out->arena, &out->night));
	if (store)
		TRY(report_add_history(out, store));
	if (out->problems)
		qsort(out->problems, out->problems_count, sizeof(*out->problems), by_news);
	for (size_t i = 0; i < out->problems_count; i++)
		out->new_count += !report_is_known(&out->problems[i]);
	report_follow_leads(out);
	return NULL;
}

void report_deinit(struct batch_report *r)
{
	if (!r)
		return;
	grid_deinit(&r->grid);
	splats_deinit(&r->splats);
	free(r->problems);
	free(r->fixed);
	free(r->infra);
	arena_deinit(&r->arena);
	*r = (struct batch_report){0};
}

// ---- sentences ----------------------------------------------------------------------------------

bool report_is_infra_only(const struct batch_report *r)
{
	return r->problems_count == 0 && r->fixed_count == 0 && r->infra_count > 0 &&
	       report_timing_failures(r) == 0;
}

static enum status worst(const struct batch_report *r)
{
	enum status s = r->results->lost_count ? STATUS_MISS : STATUS_PASS;
	if (report_timing_failures(r) > 0)
		return STATUS_FAIL;
	for (size_t i = 0; i < STATUS_COUNT; i++)
		if (r->grid.count[i] > 0)
			return status_worse(s, (enum status)i);
	return s;
}

const char *report_verdict(const struct batch_report *r)
{
	return status_name(worst(r));
}

static bool shows_on(const struct batch_report *r, const struct report_problem *p, size_t board)
{
	for (size_t v = 0; v < r->grid.variants_count; v++)
		if (p->cells[board * r->grid.variants_count + v])
			return true;
	return false;
}

void report_boards(const struct batch_report *r, const struct report_problem *p, size_t max,
		   struct buffer *out)
{
	size_t named = 0;
	for (size_t b = 0; b < r->grid.boards_count && named < max; b++)
		if (shows_on(r, p, b))
			buffer_printf(out, "%s%s", named++ ? ", " : "",
				      r->grid.boards[b].board->name);
	if (p->boards > named)
		buffer_printf(out, " and %zu more", p->boards - named);
}

// Boards that ran a variant which shows it somewhere, to a verdict on the code.
static bool was_tried(const struct batch_report *r, const struct report_problem *p, size_t board)
{
	const struct grid *g = &r->grid;
	for (size_t v = 0; v < g->variants_count; v++) {
		enum status s = g->boards[board].cells[v].status;
		if (s == STATUS_NONE || s == STATUS_MISS)
			continue;
		for (size_t b = 0; b < g->boards_count; b++)
			if (p->cells[b * g->variants_count + v])
				return true;
	}
	return false;
}

// "3/3 bbml2 boards, 0/5 others"
void report_where(const struct batch_report *r, const struct report_problem *p, struct buffer *out)
{
	const struct grid *g = &r->grid;
	size_t others = 0;
	const char *joint = "";
	for (size_t first = 0, next; first < g->boards_count; first = next) {
		size_t shown = 0, tried = 0;
		const char *pool = grid_pool(&g->boards[first]);
		for (next = first;
		     next < g->boards_count && strcmp(grid_pool(&g->boards[next]), pool) == 0;
		     next++) {
			shown += shows_on(r, p, next);
			tried += was_tried(r, p, next);
		}
		if (shown == 0) {
			others += tried;
			continue;
		}
		buffer_printf(out, "%s%zu/%zu %s%sboard%s", joint, shown, tried, pool,
			      pool[0] ? " " : "", tried == 1 ? "" : "s");
		joint = " and ";
	}
	if (others > 0)
		buffer_printf(out, ", 0/%zu other%s", others, others == 1 ? "" : "s");
}

static void append_revision(const struct batch_report *r, struct buffer *out)
{
	const struct checkout *c = r->results->batch->checkout;
	if (!c)
		return;
	const char *tree = c->git_repository_branch ? c->git_repository_branch : c->tree_name;
	if (tree)
		buffer_printf(out, " %s", tree);
	if (c->git_commit_name)
		buffer_printf(out, "%s%s", tree ? "@" : " ", c->git_commit_name);
	else if (c->git_commit_hash)
		buffer_printf(out, "%s%.12s", tree ? "@" : " ", c->git_commit_hash);
}

static void append_problem(const struct batch_report *r, const struct report_problem *p,
			   struct buffer *out)
{
	if (p->splat)
		splat_name(p->splat->best->finding, out);
	else
		buffer_append(out, p->title, utf8_cut(p->title, strlen(p->title), 80));
	buffer_append_str(out, " on ");
	report_where(r, p, out);
}

static void append_subject(const struct batch_report *r, struct buffer *out)
{
	const struct batch_record *b = r->results->batch;
	bool failed = r->problems_count > 0;
	size_t slower = report_timing_failures(r);
	const char *word = slower               ? status_name(STATUS_FAIL)
			   : failed             ? status_name(r->problems[0].status)
			   : r->infra_count > 0 ? "LAB"
						: "PASS";
	buffer_printf(out, "[mmfarm] %s: %s", word, b->job);
	append_revision(r, out);
	if (b->interrupted)
		buffer_append_str(out, " (interrupted)");
	if (b->narrowed)
		buffer_append_str(out, " (part of the job)");
	buffer_append_str(out, ": ");
	if (failed) {
		append_problem(r, &r->problems[0], out);
		buffer_append_str(out, report_is_known(&r->problems[0]) ? " (known"
				       : r->problems[0].returned        ? " (came back"
									: " (new");
		if (r->problems_count > 1)
			buffer_printf(out, ", and %zu more", r->problems_count - 1);
		buffer_append_str(out, ")");
		if (slower > 0)
			buffer_printf(out, ", %zu timing alert%s", slower, slower == 1 ? "" : "s");
	} else if (slower > 0) {
		report_timing_sentence(r, out);
	} else if (r->infra_count > 0) {
		const char *reason = r->infra[0].reason;
		buffer_printf(out, "%s: %.*s", r->infra[0].board,
			      (int)utf8_cut(reason, strlen(reason), 80), reason);
		if (r->infra_count > 1)
			buffer_printf(out, ", and %zu more boards", r->infra_count - 1);
	} else {
		buffer_printf(out, "%zu runs on %zu boards", r->results->runs_count,
			      r->grid.boards_count);
	}
	if (r->fixed_count > 0)
		buffer_printf(out, ", %zu fixed", r->fixed_count);
	for (size_t i = 0; i < out->len; i++)
		if ((unsigned char)out->data[i] < ' ')
			out->data[i] = ' ';
}

void report_subject(const struct batch_report *r, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer text = {0};
	append_subject(r, &text);
	terminal_line(buffer_str(&text), out);
}

void report_overall(const struct batch_report *r, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer runs = {0};
	summary_overall_sentence(r->results, &r->grid, &runs);
	if (report_timing_failures(r) == 0) {
		buffer_append_str(out, buffer_str(&runs));
		return;
	}
	buffer_append_str(out, "FAIL: ");
	report_timing_sentence(r, out);
	const char *rest = buffer_str(&runs);
	buffer_printf(out, "; %s", strncmp(rest, "FAIL: ", 6) == 0 ? rest + 6 : rest);
}

void report_previous(const struct batch_report *r, struct buffer *out)
{
	show_time(r->previous_start, out);
	if (r->previous_revision)
		buffer_printf(out, ", %s", r->previous_revision);
}

static void append_new(const struct batch_report *r, const struct report_problem *p,
		       struct buffer *out)
{
	if (!r->has_history) {
		buffer_append_str(out, "new, or never looked for before");
		return;
	}
	buffer_append_str(out, "new: the batch before (");
	report_previous(r, out);
	if (p->tried_before)
		buffer_printf(out, ") did not show it on %s", p->example->board->name);
	else
		buffer_printf(out, ") has no verdict of %s on %s", p->example->variant,
			      p->example->board->name);
}

void report_age(const struct batch_report *r, const struct report_problem *p, struct buffer *out)
{
	if (!p->known) {
		append_new(r, p, out);
		return;
	}
	buffer_append_str(out, p->returned ? "came back: first seen " : "since ");
	show_time(p->since, out);
	if (p->since_revision)
		buffer_printf(out, " (%s)", p->since_revision);
	buffer_printf(out, ", in %zu earlier run%s%s", p->earlier_runs,
		      p->earlier_runs == 1 ? "" : "s",
		      p->returned ? ", but not in the batch before this one" : "");
}

void report_last_good(const struct report_infra *f, struct buffer *out)
{
	if (!f->last_good)
		return;
	buffer_append_str(out, "; last good ");
	show_time(f->last_good, out);
}

static bool is_same_payload(const struct payload *a, const struct payload *b)
{
	if (a->sha256 && b->sha256)
		return strcmp(a->sha256, b->sha256) == 0;
	return !a->sha256 && !b->sha256 && strcmp(a->name, b->name) == 0;
}

// "mm.img (974e948)", "Image (Linux version 7.1.0-rc2 (who@where) (compiler) #3 SMP PREEMPT Sun ...)":
// two builds of one tree differ in the last words only.
static void append_payload(const struct payload *p, struct buffer *out)
{
	buffer_append_str(out, p->name);
	if (p->version && p->version[0])
		buffer_printf(out, " (%s)", p->version);
}

void report_payloads(const struct batch_report *r, struct buffer *out)
{
	const struct run *const *runs = r->results->runs;
	size_t different = 0;
	for (size_t i = 0; i < r->results->runs_count; i++) {
		size_t k = 0;
		while (k < i && !is_same_payload(runs[i]->payload, runs[k]->payload))
			k++;
		if (k < i || different++ >= PAYLOADS_SHOWN)
			continue;
		buffer_append_str(out, different > 1 ? "; " : "");
		append_payload(runs[i]->payload, out);
	}
	if (different > PAYLOADS_SHOWN)
		buffer_printf(out, " and %zu more", different - PAYLOADS_SHOWN);
}

// How many lines from `first` on show all of a splat, and of the reports that are part of it: the second
// one often says what the first one led to.
static int64_t splat_lines(const struct report_problem *p, int64_t first)
{
	int64_t last = first + REPORT_CONTEXT_LINES - 1;
	for (size_t i = 0; i < p->example->findings_count; i++) {
		const struct finding *f = &p->example->findings[i];
		bool own = f->line == p->line || f->folded_into == p->line;
		if (own && f->line_last != MODEL_UNKNOWN && f->line_last + CONTEXT_AFTER > last)
			last = f->line_last + CONTEXT_AFTER;
	}
	return last - first < CONTEXT_MAX ? last - first + 1 : CONTEXT_MAX;
}

void report_context(const struct batch_report *r, const struct report_problem *p, int64_t *first,
		    struct buffer *out)
{
	CLEANUP_FREE char *dir = layout_run(r->results_dir, p->example->id);
	CLEANUP_BUFFER struct buffer raw = {0};
	CLEANUP_CONSOLE struct console *c = NULL;
	struct error *e = NULL;
	const struct finding *f = p->splat ? p->splat->best->finding : NULL;
	*first = 0;
	if (f && !finding_is_of_console(f)) {
		// What another channel told stands in run.json whole.
	} else if (p->line == MODEL_UNKNOWN || p->line < 1) {
		e = console_tail(dir, TAIL_LINES, CONTEXT_BYTES, &raw);
	} else {
		*first = p->line > CONTEXT_BEFORE ? p->line - CONTEXT_BEFORE : 1;
		e = console_open(dir, &c);
		int64_t lines = p->kind == PROBLEM_SPLAT ? splat_lines(p, *first) : RECORD_LINES;
		if (!e && c)
			e = console_read_lines(c, (uint64_t)*first, (uint64_t)(*first + lines - 1),
					       CONTEXT_BYTES, &raw);
	}
	error_free(e); // then the excerpt that run.json keeps has to do
	if (raw.len == 0 && f && f->excerpt) {
		*first = f->line;
		buffer_append_str(&raw, f->excerpt);
	}
	terminal_text(buffer_str(&raw), raw.len, out);
}
