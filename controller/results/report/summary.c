// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/console_loss.h"
#include "record/layout.h"
#include "results/report/confirm.h"
#include "results/report/show.h"

#include <stdbool.h>
#include <string.h>

#include "base/memory.h"
#include "text/utf8.h"

#define REASON_MAX 100 // bytes of a reason inside a sentence
#define GROUPS_MAX 3   // of splats in a sentence, each with its own boards
#define SPLATS_MAX 50  // that are listed
#define NAMES_MAX  4   // of splats in a group

// Runs that the batch had planned and that a stop or a dead scheduler kept from beginning.
static size_t never_begun(const struct batch_results *b)
{
	int64_t planned = b->batch->planned;
	int64_t begun = (int64_t)(b->batch->runs_count + b->batch->removed_runs_count);
	if (b->batch->plan_count > 0)
		return 0; // each of them is among the runs
	return planned != MODEL_UNKNOWN && planned > begun ? (size_t)(planned - begun) : 0;
}

int results_exit_code(const struct batch_results *b)
{
	size_t absent = b->lost_count + never_begun(b) + b->batch->empty_pools_count;
	enum status worst = absent > 0 || b->batch->interrupted ? STATUS_MISS : STATUS_NONE;
	for (size_t i = 0; i < b->runs_count; i++)
		if (!b->runs[i]->repeated)
			worst = status_worse(worst, b->runs[i]->verdict);
	return worst == STATUS_FAIL ? 1 : status_is_trouble(worst) ? 3 : 0;
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

void summary_cell(const struct grid_cell *c, struct buffer *out)
{
	if (c->status == STATUS_NONE) {
		buffer_append_str(out, "-");
		return;
	}
	buffer_append_str(out, status_name(c->status));
	if (c->splats > 0)
		buffer_printf(out, "(%zu)", c->splats);
	if (c->runs_of_status < c->runs)
		buffer_printf(out, " %zu/%zu", c->runs_of_status, c->runs);
}

// ---- sentences ----------------------------------------------------------------------------------

static bool splat_on_board(const struct splat *s, const char *board, const char *variant)
{
	for (size_t i = 0; i < s->sightings_count; i++) {
		const struct run *r = s->sightings[i].run;
		if (strcmp(r->board->name, board) == 0 && strcmp(r->variant, variant) == 0)
			return true;
	}
	return false;
}

// A set of boards as one flag a board of the grid.
static bool *splat_boards(const struct grid *g, const struct splat *s, const char *variant)
{
	bool *set = memory_new(g->boards_count, sizeof(*set));
	for (size_t i = 0; i < g->boards_count; i++)
		set[i] = splat_on_board(s, g->boards[i].board->name, variant);
	return set;
}

static size_t set_size(const bool *set, size_t count)
{
	size_t n = 0;
	for (size_t i = 0; i < count; i++)
		n += set[i];
	return n;
}

// A run that the lab did not bring about, or that the board was not made for, says nothing about what
// shows on that board.
static bool cell_ran(const struct grid_cell *c)
{
	return c->status != STATUS_NONE && c->status != STATUS_MISS && c->status != STATUS_SKIP;
}

// Boards of the pool that begins at `first` (pools are stretches of the grid) that ran the variant,
// and how many of them are in the set; returns the first board behind it.
static size_t count_pool(const struct grid *g, size_t variant, const bool *set, size_t first,
			 size_t *in_set, size_t *ran)
{
	size_t i = first;
	*in_set = *ran = 0;
	for (; i < g->boards_count &&
	       strcmp(grid_pool(&g->boards[i]), grid_pool(&g->boards[first])) == 0;
	     i++) {
		if (!cell_ran(&g->boards[i].cells[variant]))
			continue;
		*ran += 1;
		*in_set += set[i];
	}
	return i;
}

// " on 3/3 bbml2 boards, 0/5 others"
static void append_where(const struct grid *g, size_t variant, const bool *set, struct buffer *out)
{
	size_t others = 0;
	const char *joint = " on";
	for (size_t i = 0, next; i < g->boards_count; i = next) {
		size_t in_set, ran;
		next = count_pool(g, variant, set, i, &in_set, &ran);
		if (in_set == 0) {
			others += ran;
			continue;
		}
		const char *pool = grid_pool(&g->boards[i]);
		buffer_printf(out, "%s %zu/%zu %s%sboard%s", joint, in_set, ran, pool,
			      pool[0] ? " " : "", plural(ran));
		joint = " and";
	}
	if (others > 0)
		buffer_printf(out, ", 0/%zu other%s", others, plural(others));
}

// Names all splats that were seen on the same boards as `first`, then those boards.
static void append_splat_group(const struct grid *g, const struct splats *s, size_t variant,
			       size_t first, bool *told, struct buffer *out)
{
	const char *name = g->variants[variant];
	CLEANUP_FREE bool *boards = splat_boards(g, &s->items[first], name);
	const char *joint = "";
	size_t names = 0;
	for (size_t i = first; i < s->count; i++) {
		CLEANUP_FREE bool *set = splat_boards(g, &s->items[i], name);
		if (told[i] || memcmp(set, boards, g->boards_count * sizeof(*set)) != 0)
			continue;
		told[i] = true;
		if (names++ >= NAMES_MAX)
			continue;
		buffer_append_str(out, joint);
		splat_name(s->items[i].best->finding, out);
		joint = " and ";
	}
	if (names > NAMES_MAX)
		buffer_printf(out, " and %zu more", names - NAMES_MAX);
	append_where(g, variant, boards, out);
}

// Returns whether there was any.
static bool append_splats(const struct grid *g, const struct splats *s, size_t variant,
			  struct buffer *out)
{
	CLEANUP_FREE bool *told = memory_new(s->count, sizeof(*told));
	size_t groups = 0, more = 0;
	for (size_t i = 0; i < s->count; i++) {
		CLEANUP_FREE bool *set = splat_boards(g, &s->items[i], g->variants[variant]);
		if (told[i] || set_size(set, g->boards_count) == 0)
			continue;
		if (groups >= GROUPS_MAX) {
			more++;
			continue;
		}
		if (groups++ > 0)
			buffer_append_str(out, "; ");
		append_splat_group(g, s, variant, i, told, out);
	}
	if (more > 0)
		buffer_printf(out, "; and %zu more splat%s", more, plural(more));
	return groups > 0;
}

// "; FAIL on 2 boards (vx4-01: reason)"
static void append_trouble(const struct grid *g, size_t variant, enum status status,
			   struct buffer *out)
{
	const struct grid_board *first = NULL;
	size_t count = 0;
	for (size_t i = 0; i < g->boards_count; i++) {
		if (g->boards[i].cells[variant].status != status)
			continue;
		count++;
		first = first ? first : &g->boards[i];
	}
	if (!first)
		return;
	const char *reason = first->cells[variant].run->reason;
	size_t len = utf8_cut(reason, strlen(reason), REASON_MAX);
	const char *rest = reason[len] ? "..." : "";
	if (count == 1)
		buffer_printf(out, "; %s on %s (%.*s%s)", status_name(status), first->board->name,
			      (int)len, reason, rest);
	else
		buffer_printf(out, "; %s on %zu boards (%s: %.*s%s)", status_name(status), count,
			      first->board->name, (int)len, reason, rest);
}

static void append_skipped(const struct grid *g, size_t variant, struct buffer *out)
{
	size_t skipped = 0;
	for (size_t i = 0; i < g->boards_count; i++)
		skipped += g->boards[i].cells[variant].status == STATUS_SKIP;
	if (skipped > 0)
		buffer_printf(out, "; skipped on %zu board%s", skipped, plural(skipped));
}

void summary_variant_sentence(const struct grid *g, const struct splats *s, size_t variant,
			      struct buffer *out)
{
	size_t ran = 0;
	enum status worst = STATUS_NONE;
	for (size_t i = 0; i < g->boards_count; i++) {
		const struct grid_cell *cell = &g->boards[i].cells[variant];
		ran += cell_ran(cell);
		worst = status_worse(worst, cell->status);
	}
	buffer_printf(out, "%s: ", g->variants[variant]);
	if (ran == 0)
		buffer_append_str(out, "ran on no board");
	else if (!append_splats(g, s, variant, out))
		buffer_printf(out, "no splat on %zu board%s", ran, plural(ran));
	if (ran > 0 && !status_is_trouble(worst))
		buffer_append_str(out, "; as wanted");
	for (enum status st = STATUS_FAIL; st <= STATUS_MISS; st++)
		append_trouble(g, variant, st, out);
	append_skipped(g, variant, out);
}

static bool board_ran(const struct grid_board *b, size_t variants)
{
	for (size_t v = 0; v < variants; v++)
		if (cell_ran(&b->cells[v]))
			return true;
	return false;
}

static bool board_failed(const struct grid_board *b, size_t variants, enum status status)
{
	for (size_t v = 0; v < variants; v++)
		if (b->cells[v].status == status)
			return true;
	return false;
}

static bool board_skipped(const struct grid_board *b, size_t variants)
{
	for (size_t v = 0; v < variants; v++)
		if (b->cells[v].status != STATUS_SKIP || !b->cells[v].run->log)
			return false;
	return true;
}

// Whether each board that the job has was looked at: only then "every board" is one.
static bool is_whole(const struct batch_results *b, const struct grid *g)
{
	if (b->lost_count + never_begun(b) > 0 || b->batch->narrowed || b->batch->interrupted ||
	    b->batch->empty_pools_count > 0)
		return false;
	for (size_t i = 0; i < g->boards_count; i++)
		if (!board_ran(&g->boards[i], g->variants_count) &&
		    !board_skipped(&g->boards[i], g->variants_count))
			return false;
	return true;
}

// How many boards have a verdict that counts, how many of them failed, and the same within the pool of
// the last one that failed.
struct spread {
	size_t ran, failed, pool_ran, pool_failed;
	const struct grid_board *last;
};

static void measure_spread(const struct grid *g, enum status status, struct spread *s)
{
	*s = (struct spread){0};
	for (size_t i = 0; i < g->boards_count; i++) {
		s->ran += board_ran(&g->boards[i], g->variants_count);
		if (!board_failed(&g->boards[i], g->variants_count, status))
			continue;
		s->failed++;
		s->last = &g->boards[i];
	}
	for (size_t i = 0; s->last && i < g->boards_count; i++) {
		bool same = board_ran(&g->boards[i], g->variants_count) &&
			    strcmp(grid_pool(&g->boards[i]), grid_pool(s->last)) == 0;
		s->pool_ran += same;
		s->pool_failed += same && board_failed(&g->boards[i], g->variants_count, status);
	}
}

// What the spread of failures over boards says about whose fault it is.
static void append_spread(const struct batch_results *b, const struct grid *g, enum status status,
			  struct buffer *out)
{
	struct spread s;
	measure_spread(g, status, &s);
	if (!s.last)
		return;
	const char *pool = grid_pool(s.last);
	bool whole = is_whole(b, g);
	bool of_pool = s.pool_failed == s.pool_ran && s.failed == s.pool_failed && s.pool_ran > 1;
	if (s.failed == s.ran && s.failed > 1 && whole)
		buffer_append_str(out, ", on every board: the code");
	else if (s.failed == s.ran && s.failed > 1)
		buffer_printf(out,
			      ", on each of the %zu boards that counted, which is not every "
			      "board of the job",
			      s.ran);
	else if (of_pool && whole)
		buffer_printf(out, ", on every %s board and no other: the code, on %s", pool, pool);
	else if (of_pool)
		buffer_printf(out, ", on each %s board that counted and none of %zu others", pool,
			      s.ran - s.pool_ran);
	else if (s.failed == 1 && s.pool_ran > 1)
		buffer_printf(out, ", on %s alone of %zu boards in its pool: the board first",
			      s.last->board->name, s.pool_ran);
	else
		buffer_printf(out, ", on %zu of %zu boards", s.failed, s.ran);
}

static size_t count_repeated(const struct batch_results *b)
{
	size_t n = 0;
	for (size_t i = 0; i < b->runs_count; i++)
		n += b->runs[i]->repeated;
	return n;
}

// What keeps the batch from being the whole job, ahead of everything else.
static void append_limits(const struct batch_results *b, struct buffer *out)
{
	const struct narrowed *n = b->batch->narrowed;
	if (b->batch->interrupted)
		buffer_append_str(out, "interrupted; ");
	if (n && n->pool)
		buffer_printf(out, "only pool %s; ", n->pool);
	if (n && n->board)
		buffer_printf(out, "only board %s; ", n->board);
	if (n && n->variant)
		buffer_printf(out, "only variant %s; ", n->variant);
	if (n && n->changed)
		buffer_printf(out, "changed: %s; ", n->changed);
}

static bool is_for_busy_host(const struct run *r)
{
	return r->error && r->error->code && strcmp(r->error->code, "HostBusy") == 0;
}

static void append_repeated(const struct batch_results *b, struct buffer *out)
{
	size_t busy = 0, lab = 0;
	for (size_t i = 0; i < b->runs_count; i++) {
		busy += b->runs[i]->repeated && is_for_busy_host(b->runs[i]);
		lab += b->runs[i]->repeated && !is_for_busy_host(b->runs[i]);
	}
	if (busy > 0)
		buffer_printf(out, "; %zu run%s made again, the host was too busy", busy,
			      plural(busy));
	if (lab > 0)
		buffer_printf(out, "; %zu run%s made again, the lab had failed %s", lab,
			      plural(lab), lab == 1 ? "it" : "them");
}

// A run that was left out on purpose has no console; one that its board was not made for has.
static bool was_left_out(const struct run *r)
{
	return r->verdict == STATUS_SKIP && !r->log;
}

static size_t count_left_out(const struct batch_results *b)
{
	size_t n = 0;
	for (size_t i = 0; i < b->runs_count; i++)
		n += was_left_out(b->runs[i]);
	return n;
}

static void append_left_out(const struct batch_results *b, struct buffer *out)
{
	size_t count = count_left_out(b);
	for (size_t i = 0; i < b->runs_count; i++) {
		const char *reason = b->runs[i]->reason;
		if (!was_left_out(b->runs[i]))
			continue;
		size_t len = utf8_cut(reason, strlen(reason), REASON_MAX);
		buffer_printf(out, "; %zu run%s left out (%.*s%s)", count, plural(count), (int)len,
			      reason, reason[len] ? "..." : "");
		return;
	}
}

static void append_absent(const struct batch_results *b, struct buffer *out)
{
	append_repeated(b, out);
	append_left_out(b, out);
	if (b->lost_count > 0)
		buffer_printf(out, "; %zu run%s left no result", b->lost_count,
			      plural(b->lost_count));
	if (never_begun(b) > 0)
		buffer_printf(out, "; %zu of %lld planned runs never began", never_begun(b),
			      (long long)b->batch->planned);
	for (size_t i = 0; i < b->batch->empty_pools_count; i++)
		buffer_printf(out, "; pool %s has no board", b->batch->empty_pools[i]);
}

void summary_overall_sentence(const struct batch_results *b, const struct grid *g,
			      struct buffer *out)
{
	size_t total = b->runs_count + b->lost_count - count_repeated(b) - count_left_out(b);
	append_limits(b, out);
	if (results_exit_code(b) == 0) {
		if (total == 0)
			buffer_append_str(out, "nothing was run");
		else if (total == 1)
			buffer_append_str(out, "the run went as wanted");
		else
			buffer_printf(out, "all %zu runs as wanted", total);
		append_absent(b, out);
		return;
	}
	if (g->count[STATUS_FAIL] > 0) {
		buffer_printf(out, "FAIL: %zu of %zu run%s", g->count[STATUS_FAIL], total,
			      plural(total));
		append_spread(b, g, STATUS_FAIL, out);
	} else {
		buffer_append_str(out, "lab or test trouble only, nothing says the code is bad");
	}
	for (enum status s = STATUS_ERROR; s <= STATUS_MISS; s++)
		if (g->count[s] > 0)
			buffer_printf(out, "; %s: %zu run%s", status_name(s), g->count[s],
				      plural(g->count[s]));
	append_absent(b, out);
}

// ---- the printed page ---------------------------------------------------------------------------

static size_t longer(size_t width, const char *text)
{
	return strlen(text) > width ? strlen(text) : width;
}

// Cells of one line, padded; blanks at its end are cut.
static void end_line(struct buffer *out)
{
	size_t len = out->len;
	while (len > 0 && out->data[len - 1] == ' ')
		len--;
	buffer_truncate(out, len);
	buffer_append(out, "\n", 1);
}

void summary_table(const struct grid *g, struct buffer *out)
{
	enum { CELL = 9 };
	size_t name = strlen("board"), type = strlen("type"), pool = strlen("pool");
	for (size_t i = 0; i < g->boards_count; i++) {
		name = longer(name, g->boards[i].board->name);
		type = longer(type, g->boards[i].board->type);
		pool = longer(pool, grid_pool(&g->boards[i]));
	}
	buffer_printf(out, "%-*s  %-*s  %-*s", (int)name, "board", (int)type, "type", (int)pool,
		      "pool");
	for (size_t v = 0; v < g->variants_count; v++)
		buffer_printf(out, "  %-*s", CELL, g->variants[v]);
	end_line(out);
	for (size_t i = 0; i < g->boards_count; i++) {
		const struct grid_board *b = &g->boards[i];
		buffer_printf(out, "%-*s  %-*s  %-*s", (int)name, b->board->name, (int)type,
			      b->board->type, (int)pool, grid_pool(b));
		for (size_t v = 0; v < g->variants_count; v++) {
			CLEANUP_BUFFER struct buffer cell = {0};
			summary_cell(&b->cells[v], &cell);
			buffer_printf(out, "  %-*s", (int)longer(CELL, g->variants[v]),
				      buffer_str(&cell));
		}
		end_line(out);
	}
}

static void append_once(struct buffer *list, const char *word)
{
	size_t len = strlen(word);
	for (const char *at = buffer_str(list); (at = strstr(at, word)); at += len)
		if ((at == buffer_str(list) || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
			return;
	if (list->len > 0)
		buffer_append(list, " ", 1);
	buffer_append_str(list, word);
}

static bool is_absent(const struct run *r, const char *metric)
{
	for (size_t i = 0; i < r->metrics_absent_count; i++)
		if (strcmp(r->metrics_absent[i], metric) == 0)
			return true;
	return false;
}

// Runs that the lab did not bring about had no lines to read.
static bool tells_of_metrics(const struct run *r)
{
	return r->verdict != STATUS_MISS && r->verdict != STATUS_ERROR;
}

// "no number for metric boot.smp in 2 of 4 runs (premap): ..."; a mistyped `from:` shows here.
static void print_absent_metric(FILE *out, const struct batch_results *b, const char *metric)
{
	CLEANUP_BUFFER struct buffer variants = {0};
	size_t absent = 0, runs = 0;
	for (size_t i = 0; i < b->runs_count; i++) {
		const struct run *r = b->runs[i];
		if (!tells_of_metrics(r))
			continue;
		runs++;
		if (!is_absent(r, metric))
			continue;
		absent++;
		append_once(&variants, r->variant);
	}
	fprintf(
	    out,
	    "no number for metric %s in %zu of %zu run%s (%s): no console line fits its `from:`\n",
	    metric, absent, runs, plural(runs), buffer_str(&variants));
}

static void print_absent_metrics(FILE *out, const struct batch_results *b)
{
	for (size_t i = 0; i < b->runs_count; i++) {
		const struct run *r = b->runs[i];
		for (size_t k = 0; k < r->metrics_absent_count && tells_of_metrics(r); k++) {
			bool told = false;
			for (size_t j = 0; j < i && !told; j++)
				told = tells_of_metrics(b->runs[j]) &&
				       is_absent(b->runs[j], r->metrics_absent[k]);
			if (!told)
				print_absent_metric(out, b, r->metrics_absent[k]);
		}
	}
}

static void print_splat(FILE *out, const struct splat *s)
{
	const struct finding *f = s->best->finding;
	CLEANUP_BUFFER struct buffer boards = {0}, variants = {0};
	for (size_t i = 0; i < s->sightings_count; i++) {
		append_once(&boards, s->sightings[i].run->board->name);
		append_once(&variants, s->sightings[i].run->variant);
	}
	fprintf(out, "  %s  [%s%s]\n    %s: %s\n    " LAYOUT_RUNS "/%s/%s:%jd\n", f->title, f->sig2,
		s->wanted ? ", wanted" : "", buffer_str(&variants), buffer_str(&boards),
		s->best->run->id, finding_file(f), (intmax_t)f->line);
}

static bool failed(const struct run *r, void *arg)
{
	(void)arg;
	return r->verdict == STATUS_FAIL;
}

static void print_confirmed(FILE *out, const struct batch_results *b)
{
	for (size_t i = 0; i < b->runs_count; i++) {
		CLEANUP_BUFFER struct buffer text = {0};
		struct confirm_counts counts;
		if (!confirm_count(b, b->runs[i], failed, NULL, &counts))
			continue;
		confirm_words(&counts, &text);
		fprintf(out, "%s on %s, run again: FAIL %s\n", b->runs[i]->variant,
			b->runs[i]->board->name, buffer_str(&text));
	}
}

void results_print_summary(FILE *out, const struct batch_results *b)
{
	CLEANUP_GRID struct grid g;
	CLEANUP_SPLATS struct splats s;
	grid_build(b, &g);
	splats_collect(b, &s);
	fprintf(out, "batch %s  job %s  %.19s%s  %zu run%s on %zu board%s\n\n", b->batch->id,
		b->batch->job, b->batch->start_time, strchr(b->batch->start_time, 'Z') ? "Z" : "",
		b->runs_count, plural(b->runs_count), g.boards_count, plural(g.boards_count));
	CLEANUP_BUFFER struct buffer text = {0};
	summary_table(&g, &text);
	fputs(buffer_str(&text), out);
	if (s.count > 0)
		fprintf(out, "\nsplats (the number in brackets behind a verdict counts them):\n");
	for (size_t i = 0; i < s.count && i < SPLATS_MAX; i++)
		print_splat(out, &s.items[i]);
	if (s.count > SPLATS_MAX)
		fprintf(out, "  and %zu more (mmfarm results splats)\n", s.count - SPLATS_MAX);
	fputc('\n', out);
	for (size_t v = 0; v < g.variants_count; v++) {
		buffer_truncate(&text, 0);
		summary_variant_sentence(&g, &s, v, &text);
		fprintf(out, "%s\n", buffer_str(&text));
	}
	for (size_t i = 0; i < b->lost_count; i++)
		fprintf(out, "run %s: %s\n", b->lost[i].id, b->lost[i].reason);
	print_confirmed(out, b);
	print_absent_metrics(out, b);
	buffer_truncate(&text, 0);
	console_loss_describe(b, &text);
	if (text.len)
		fprintf(out, "%s\n", buffer_str(&text));
	buffer_truncate(&text, 0);
	summary_overall_sentence(b, &g, &text);
	fprintf(out, "%s\n", buffer_str(&text));
}
