// SPDX-License-Identifier: GPL-2.0-or-later
// The queue: batches from the moment at which they are triggered until their results are out.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "record/batch_id.h"
#include "schedule/planner_state.h"

// ---- batches ------------------------------------------------------------------------------------

static void free_run(struct queued_run *r)
{
	free(r->pool);
	free(r->variant);
	free(r->id);
	free(r->of);
	free(r->waits);
	free(r->code);
	free(r->skip);
	free(r->hold_text);
}

static void forget_runs(struct queued_batch *b)
{
	for (size_t i = 0; i < b->count; i++)
		free_run(&b->runs[i]);
	free(b->runs);
	b->runs = NULL;
	b->count = 0;
}

static void forget_candidates(struct queued_batch *b)
{
	for (size_t i = 0; i < b->candidates_count; i++)
		free(b->candidates[i].pool);
	free(b->candidates);
	b->candidates = NULL;
	b->candidates_count = 0;
}

void planner_action_deinit(struct planner_action *a)
{
	free(a->text);
	free(a->board);
	free(a->pool);
	free(a->variant);
	free(a->of);
	*a = (struct planner_action){0};
}

void planner_batch_free(struct queued_batch *b)
{
	if (!b)
		return;
	forget_runs(b);
	forget_candidates(b);
	for (size_t i = 0; i < b->adds_count; i++)
		planner_action_deinit(&b->adds[i]);
	for (size_t i = 0; i < b->seen_count; i++)
		free(b->seen[i]);
	free(b->adds);
	free(b->seen);
	free(b->row.job);
	free(b->row.request);
	free(b->row.schedule);
	free(b->row.board);
	free(b->row.submitter);
	free(b->stopped);
	free(b);
}

struct queued_batch *planner_batch_find(const struct planner *p, const char *id)
{
	for (size_t i = p->batches_count; i-- > 0;)
		if (strcmp(p->batches[i]->row.id, id) == 0 && !p->batches[i]->gone)
			return p->batches[i];
	return NULL;
}

static struct queued_batch *copy_batch(struct planner *p, const struct batch_row *row)
{
	struct queued_batch *b = memory_new(1, sizeof(*b));
	b->row = *row;
	b->row.job = memory_strdup(row->job);
	b->row.request = row->request ? memory_strdup(row->request) : NULL;
	b->row.schedule = row->schedule ? memory_strdup(row->schedule) : NULL;
	b->row.board = row->board ? memory_strdup(row->board) : NULL;
	b->row.submitter = row->submitter ? memory_strdup(row->submitter) : NULL;
	ARRAY_APPEND(p->batches, p->batches_count, b);
	return b;
}

static void make_id(struct planner *p, int64_t now_s, char id[PLANNER_ID_SIZE])
{
	do
		batch_id_form(now_s * NS_PER_S, random_next(&p->random), id);
	while (planner_batch_find(p, id));
}

struct queued_batch *planner_batch_add(struct planner *p, int64_t now_s,
				       const struct batch_row *row)
{
	struct batch_row own = *row;
	make_id(p, now_s, own.id);
	own.submitted_s = now_s;
	struct queued_batch *b = copy_batch(p, &own);
	b->dirty = true;
	return b;
}

void planner_queue_load(struct planner *p, const struct batch_row *row)
{
	copy_batch(p, row);
	struct planned_board *board = row->board ? planner_board_need(p, row->board) : NULL;
	if (board && row->trigger == TRIGGER_HEALTH)
		board->checked = true;
}

void planner_queue_load_seen(struct planner *p, const struct seen_row *row)
{
	struct queued_batch *b = planner_batch_find(p, row->batch);
	if (b)
		ARRAY_APPEND(b->seen, b->seen_count, memory_strdup(row->run));
}

void planner_queue_forget(struct planner *p)
{
	for (size_t i = 0; i < p->batches_count; i++)
		if (!p->batches[i]->row.begun)
			p->batches[i]->expanded = p->batches[i]->expand_asked = false;
}

size_t planner_waiting(const struct planner *p)
{
	size_t n = 0;
	for (size_t i = 0; i < p->batches_count; i++)
		n += !p->batches[i]->row.begun && !p->batches[i]->gone;
	return n;
}

struct error *planner_submit(struct planner *p, int64_t now_s, const struct planner_request *r,
			     char id[PLANNER_ID_SIZE])
{
	if (planner_waiting(p) >= PLANNER_QUEUE_MAX)
		return error_new(ERROR_LAB, "the queue is full: %d batches wait",
				 PLANNER_QUEUE_MAX);
	struct batch_row row = {
	    .trigger = r->trigger,
	    .priority = r->priority,
	    .nominal_s = now_s,
	    .window_end_s = r->window_s ? now_s + r->window_s : PLANNER_NO_TIME,
	};
	row.job = memory_strdup(r->job);
	planner_text(&row.request, r->request);
	planner_text(&row.submitter, r->submitter);
	const struct queued_batch *b = planner_batch_add(p, now_s, &row);
	free(row.job);
	free(row.request);
	free(row.submitter);
	memcpy(id, b->row.id, PLANNER_ID_SIZE);
	planner_note(p, now_s, r->submitter, "submits %s, batch %s", r->job, id);
	return NULL;
}

// It stays until that is saved.
static void drop(struct planner *p, struct queued_batch *b)
{
	b->gone = b->dirty = true;
	struct planned_board *board = b->row.board ? planner_board_find(p, b->row.board) : NULL;
	if (board && b->row.trigger == TRIGGER_HEALTH)
		board->checked = false;
}

static void remember_refusal(struct planner *p, const char *batch, const char *why)
{
	struct refusal *r = &p->refusals[p->refusals_next++ % REFUSALS_KEPT];
	memcpy(r->batch, batch, PLANNER_ID_SIZE);
	planner_text(&r->why, why);
}

const char *planner_refusal(const struct planner *p, const char *batch)
{
	for (size_t i = 0; i < REFUSALS_KEPT; i++)
		if (p->refusals[i].why && strcmp(p->refusals[i].batch, batch) == 0)
			return p->refusals[i].why;
	return "";
}

// A batch that has begun is ended by the world, and is gone when that says so.
bool planner_cancel(struct planner *p, int64_t now_s, const char *batch, const char *who)
{
	struct queued_batch *b = planner_batch_find(p, batch);
	if (!b)
		return false;
	planner_note(p, now_s, who, "cancels batch %s of %s", batch, b->row.job);
	char *reason = memory_printf("cancelled by %s", who ? who : "the farm");
	if (b->row.begun) {
		free(b->stopped);
		b->stopped = reason;
		for (size_t i = 0; i < b->count; i++)
			b->runs[i].granted &= b->runs[i].state == PLAN_RUNNING;
		return true;
	}
	planner_fire_note(p, now_s, &b->row, FIRE_SKIPPED, reason);
	remember_refusal(p, b->row.id, reason);
	free(reason);
	drop(p, b);
	return true;
}

void planner_refuse(struct planner *p, int64_t now_s, const char *batch, const char *why)
{
	struct queued_batch *b = planner_batch_find(p, batch);
	if (!b)
		return;
	planner_fire_note(p, now_s, &b->row, FIRE_SKIPPED, why);
	planner_note(p, now_s, NULL, "batch %s of %s cannot be made: %s", batch, b->row.job, why);
	remember_refusal(p, b->row.id, why);
	drop(p, b);
	struct planned_board *board = b->row.board ? planner_board_find(p, b->row.board) : NULL;
	if (board && b->row.trigger == TRIGGER_HEALTH)
		planner_health_refuse(p, now_s, board, why);
}

void planner_batch_ended(struct planner *p, int64_t now_s, const char *batch)
{
	(void)now_s;
	struct queued_batch *b = planner_batch_find(p, batch);
	if (b)
		drop(p, b);
}

void planner_drop_gone(struct planner *p)
{
	size_t kept = 0;
	for (size_t i = 0; i < p->batches_count; i++) {
		struct queued_batch *b = p->batches[i];
		b->dirty = false;
		if (b->gone)
			planner_batch_free(b);
		else
			p->batches[kept++] = b;
	}
	p->batches_count = kept;
}

// ---- runs ---------------------------------------------------------------------------------------

static struct queued_run *find_run(struct queued_run *runs, size_t count,
				   const struct planned_board *board, const struct plan_run *like)
{
	for (size_t i = 0; i < count; i++)
		if (runs[i].board == board && runs[i].attempt == like->attempt &&
		    strcmp(runs[i].variant, like->variant) == 0 &&
		    !(runs[i].id && like->id && strcmp(runs[i].id, like->id) != 0))
			return &runs[i];
	return NULL;
}

// What the planner has decided of a run outlives that it is told anew.
static void keep_decisions(struct queued_run *run, struct queued_run *old)
{
	run->granted = old->granted;
	run->taken = old->taken;
	run->weighed = old->weighed;
	run->skip_asked = old->skip_asked;
	run->skip = STEAL(old->skip);
	run->state = old->state;
	run->id = STEAL(old->id);
}

static void add_run(struct planner *p, struct queued_batch *b, size_t i,
		    const struct plan_run *from, struct queued_run *old, size_t old_count)
{
	struct queued_run *run = &b->runs[i];
	*run = (struct queued_run){.batch = b,
				   .index = i,
				   .board = planner_board_need(p, from->board),
				   .pool = memory_strdup(from->pool),
				   .variant = memory_strdup(from->variant),
				   .attempt = from->attempt,
				   .cpus = from->cpus,
				   .need_s = from->need_s,
				   .why = from->why};
	planner_text(&run->of, from->of);
	// Mostly the world adds at the end, so that a run is where it was.
	struct queued_run *same = i < old_count ? find_run(old + i, 1, run->board, from) : NULL;
	if (!same)
		same = find_run(old, old_count, run->board, from);
	if (same)
		keep_decisions(run, same);
}

// Whether a batch takes board `a` rather than `b`: a healthy one, one that has not been used for longer.
static bool is_rather(const struct planned_board *a, const struct planned_board *b)
{
	bool a_usable = planner_health_usable(a), b_usable = planner_health_usable(b);
	if (a_usable != b_usable)
		return a_usable;
	if (a->row.used_s != b->row.used_s)
		return a->row.used_s < b->row.used_s;
	return strcmp(a->row.name, b->row.name) < 0;
}

// Whether the board is among those that the job takes of the pool.
static bool is_chosen(const struct queued_batch *b, const char *pool,
		      const struct planned_board *board)
{
	size_t before = 0;
	bool member = false;
	for (size_t i = 0; i < b->candidates_count; i++) {
		const struct planned_candidate *c = &b->candidates[i];
		if (strcmp(c->pool, pool) != 0)
			continue;
		member |= c->board == board;
		before += c->board != board && is_rather(c->board, board);
	}
	return member && before < b->rules.boards_per_pool;
}

// A board of several pools runs once, for whichever of them takes it.
static bool is_chosen_anywhere(const struct queued_batch *b, const struct planned_board *board)
{
	for (size_t i = 0; i < b->candidates_count; i++)
		if (b->candidates[i].board == board && is_chosen(b, b->candidates[i].pool, board))
			return true;
	return false;
}

static void choose_boards(struct queued_batch *b)
{
	for (size_t i = 0; i < b->count; i++)
		b->runs[i].left_out = b->rules.boards_per_pool && !b->row.begun &&
				      !is_chosen_anywhere(b, b->runs[i].board);
}

static void add_candidate(struct planner *p, struct queued_batch *b, const char *pool,
			  const char *board)
{
	const struct planned_candidate c = {memory_strdup(pool), planner_board_need(p, board)};
	ARRAY_APPEND(b->candidates, b->candidates_count, c);
}

static void set_candidates(struct planner *p, struct queued_batch *b,
			   const struct plan_rules *rules)
{
	forget_candidates(b);
	for (size_t i = 0; i < rules->candidates_count; i++)
		add_candidate(p, b, rules->candidates[i].pool, rules->candidates[i].board);
}

static bool was_seen(const struct queued_batch *b, const char *id)
{
	for (size_t i = 0; id && i < b->seen_count; i++)
		if (strcmp(b->seen[i], id) == 0)
			return true;
	return false;
}

void planner_set_runs(struct planner *p, int64_t now_s, const char *batch,
		      const struct plan_rules *rules, const struct plan_run *runs, size_t count)
{
	struct queued_batch *b = planner_batch_find(p, batch);
	if (!b)
		return;
	struct queued_run *old = b->runs;
	size_t old_count = b->count;
	b->rules = *rules;
	set_candidates(p, b, rules);
	b->runs = memory_new(count ? count : 1, sizeof(*b->runs));
	b->count = count;
	for (size_t i = 0; i < count; i++)
		add_run(p, b, i, &runs[i], old, old_count);
	for (size_t i = 0; i < old_count; i++)
		free_run(&old[i]);
	free(old);
	choose_boards(b);
	b->expanded = true;
	b->expand_asked = false;
	planner_news(p, now_s, batch, runs, count);
}

bool planner_uses_board(const struct planner *p, const char *batch, const char *pool,
			const char *board)
{
	const struct queued_batch *b = planner_batch_find(p, batch);
	const struct planned_board *own = planner_board_find(p, board);
	if (!b || !own)
		return false;
	if (b->rules.boards_per_pool)
		return is_chosen(b, pool, own);
	for (size_t i = 0; i < b->count; i++)
		if (strcmp(b->runs[i].pool, pool) == 0 && b->runs[i].board == own)
			return true;
	return false;
}

// ---- runs that are added ------------------------------------------------------------------------

static void ask_for(struct queued_batch *b, const struct queued_run *like,
		    const struct planned_board *board, enum plan_why why)
{
	const struct planner_action a = {.kind = ACTION_ADD,
					 .board = memory_strdup(board->row.name),
					 .pool = memory_strdup(like->pool),
					 .variant = memory_strdup(like->variant),
					 .of = memory_strdup(like->id),
					 .why = why};
	ARRAY_APPEND(b->adds, b->adds_count, a);
	memcpy(b->adds[b->adds_count - 1].batch, b->row.id, PLANNER_ID_SIZE);
}

// Whether the batch has a run of this variant on the board already, or will have.
static bool covers(const struct queued_batch *b, const struct queued_run *like,
		   const struct planned_board *board)
{
	for (size_t i = 0; i < b->count; i++)
		if (b->runs[i].board == board && !b->runs[i].left_out &&
		    strcmp(b->runs[i].variant, like->variant) == 0)
			return true;
	for (size_t i = 0; i < b->adds_count; i++)
		if (strcmp(b->adds[i].board, board->row.name) == 0 &&
		    strcmp(b->adds[i].variant, like->variant) == 0)
			return true;
	return false;
}

static bool is_like(const struct planned_board *a, const struct planned_board *b)
{
	return a->type && b->type && strcmp(a->type, b->type) == 0;
}

// Another usable board of the pool: one of the same type first, then the least recently used. `fresh`:
// one that has no run of the variant.
static struct planned_board *another_board(const struct queued_batch *b,
					   const struct queued_run *run, bool fresh)
{
	struct planned_board *best = NULL;
	for (size_t i = 0; i < b->candidates_count; i++) {
		struct planned_board *o = b->candidates[i].board;
		if (o == run->board || strcmp(b->candidates[i].pool, run->pool) != 0 ||
		    !planner_health_usable(o) || (fresh && covers(b, run, o)))
			continue;
		bool same = is_like(o, run->board), best_same = best && is_like(best, run->board);
		if (!best || (same != best_same ? same : is_rather(o, best)))
			best = o;
	}
	return best;
}

static bool has_child(const struct queued_batch *b, const struct queued_run *run, enum plan_why why)
{
	for (size_t i = 0; i < b->count; i++)
		if (b->runs[i].of && b->runs[i].why == why && strcmp(b->runs[i].of, run->id) == 0)
			return true;
	return false;
}

static unsigned retries_of(const struct queued_batch *b, const struct queued_run *run)
{
	unsigned n = 0;
	for (size_t i = 0; i < b->count; i++)
		n += b->runs[i].why == PLAN_RETRY && strcmp(b->runs[i].pool, run->pool) == 0 &&
		     strcmp(b->runs[i].variant, run->variant) == 0;
	for (size_t i = 0; i < b->adds_count; i++)
		n += b->adds[i].why == PLAN_RETRY && strcmp(b->adds[i].pool, run->pool) == 0 &&
		     strcmp(b->adds[i].variant, run->variant) == 0;
	return n;
}

// Trouble of the lab: once more, on a board that has not shown the variant yet. Where every other board
// of the pool has (a job that runs on all of them), a retry elsewhere would tell nothing new. The same
// board gets it only when no other one is fit.
static void retry(struct queued_batch *b, const struct queued_run *run)
{
	if (has_child(b, run, PLAN_RETRY) || retries_of(b, run) >= b->rules.retries)
		return;
	const struct planned_board *board = another_board(b, run, true);
	if (board)
		ask_for(b, run, board, PLAN_RETRY);
	else if (!another_board(b, run, false))
		ask_for(b, run, run->board, PLAN_RETRY);
}

// A failed test: once more where it was, and once elsewhere, so that the report can say whether it is
// the code or the board.
static void confirm(struct queued_batch *b, const struct queued_run *run)
{
	if (!b->rules.confirm || run->why == PLAN_CONFIRM || has_child(b, run, PLAN_CONFIRM))
		return;
	ask_for(b, run, run->board, PLAN_CONFIRM);
	const struct planned_board *board = another_board(b, run, false);
	if (board)
		ask_for(b, run, board, PLAN_CONFIRM);
}

static bool is_lab_trouble(const struct queued_run *run)
{
	return run->verdict == STATUS_MISS && !run->skip;
}

static void take_end(struct planner *p, int64_t now_s, struct queued_batch *b,
		     struct queued_run *run)
{
	run->taken = true;
	run->granted = false;
	if (!was_seen(b, run->id)) {
		planner_health_take(p, now_s, run);
		struct seen_row row = {.run = memory_strdup(run->id)};
		memcpy(row.batch, b->row.id, PLANNER_ID_SIZE);
		ARRAY_APPEND(p->seen, p->seen_count, row);
	}
}

void planner_batch_weigh(struct queued_batch *b)
{
	for (size_t i = 0; i < b->count; i++) {
		struct queued_run *run = &b->runs[i];
		if (!run->taken || run->weighed)
			continue;
		run->weighed = true;
		if (b->stopped || b->row.trigger == TRIGGER_HEALTH)
			continue;
		if (is_lab_trouble(run))
			retry(b, run);
		else if (run->verdict == STATUS_FAIL)
			confirm(b, run);
	}
}

static bool is_same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

// Of a run without an id, which its batch has not made yet, there is no news.
static bool run_news(struct planner *p, int64_t now_s, struct queued_batch *b,
		     struct queued_run *run, const struct plan_run *from)
{
	if (!from->id)
		return false;
	if (run->state == from->state && is_same(run->id, from->id) &&
	    is_same(run->waits, from->waits) && (run->taken || run->state != PLAN_ENDED))
		return false;
	run->state = from->state;
	run->verdict = from->verdict;
	planner_text(&run->id, from->id);
	planner_text(&run->waits, from->waits);
	planner_text(&run->code, from->code);
	if (run->state == PLAN_ENDED && !run->taken && run->id)
		take_end(p, now_s, b, run);
	return true;
}

bool planner_news(struct planner *p, int64_t now_s, const char *batch, const struct plan_run *runs,
		  size_t count)
{
	struct queued_batch *b = planner_batch_find(p, batch);
	bool changed = false;
	for (size_t i = 0; b && i < b->count && i < count; i++)
		changed |= run_news(p, now_s, b, &b->runs[i], &runs[i]);
	return changed;
}

// ---- questions ----------------------------------------------------------------------------------

size_t planner_batches(const struct planner *p)
{
	return p->batches_count;
}

const struct batch_row *planner_batch(const struct planner *p, size_t i)
{
	return &p->batches[i]->row;
}

const struct batch_row *planner_find_batch(const struct planner *p, const char *id)
{
	const struct queued_batch *b = planner_batch_find(p, id);
	return b ? &b->row : NULL;
}

size_t planner_runs(const struct planner *p, const char *batch)
{
	const struct queued_batch *b = planner_batch_find(p, batch);
	return b ? b->count : 0;
}

struct plan_run planner_run(const struct planner *p, const char *batch, size_t i, const char **why)
{
	const struct queued_batch *b = planner_batch_find(p, batch);
	struct queued_run *run = &b->runs[i];
	free(run->hold_text);
	run->hold_text = run->state == PLAN_ENDED ? NULL : planner_explain(p, run);
	*why = run->hold_text ? run->hold_text : "";
	return (struct plan_run){.board = run->board->row.name,
				 .pool = run->pool,
				 .variant = run->variant,
				 .attempt = run->attempt,
				 .cpus = run->cpus,
				 .need_s = run->need_s,
				 .state = run->state,
				 .id = run->id,
				 .why = run->why,
				 .of = run->of,
				 .waits = run->waits,
				 .verdict = run->verdict,
				 .code = run->code};
}

const struct batch_row *planner_user(const struct planner *p, const char *board)
{
	const struct planned_board *own = planner_board_find(p, board);
	for (size_t i = 0; own && i < p->batches_count; i++)
		for (size_t j = 0; j < p->batches[i]->count; j++)
			if (p->batches[i]->runs[j].board == own &&
			    p->batches[i]->runs[j].state == PLAN_RUNNING)
				return &p->batches[i]->row;
	return NULL;
}
