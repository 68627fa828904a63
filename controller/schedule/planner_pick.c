// SPDX-License-Identifier: GPL-2.0-or-later
// Whose turn it is, and why it is not another one's.
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "schedule/planner_state.h"

// ---- the order ----------------------------------------------------------------------------------

// Waiting counts, up to a rank above every priority: there the oldest goes first, so that nothing waits
// for ever behind a stream of more important work.
int64_t planner_rank(const struct queued_batch *b, int64_t now_s)
{
	int64_t waited_s = now_s - b->row.submitted_s;
	int64_t rank = b->row.priority + (waited_s > 0 ? waited_s / PLANNER_AGE_STEP_S : 0);
	return rank < PLANNER_AGED_OUT ? rank : PLANNER_AGED_OUT;
}

struct ranked {
	struct queued_batch *batch;
	int64_t rank;
};

static int compare_ranked(const void *x, const void *y)
{
	const struct ranked *a = x, *b = y;
	if (a->rank != b->rank)
		return a->rank > b->rank ? -1 : 1;
	if (a->batch->row.submitted_s != b->batch->row.submitted_s)
		return a->batch->row.submitted_s < b->batch->row.submitted_s ? -1 : 1;
	return strcmp(a->batch->row.id, b->batch->row.id);
}

static bool is_pending(const struct queued_run *r)
{
	return (r->state == PLAN_PENDING || r->state == PLAN_WAITING) && !r->left_out && !r->skip;
}

static void order_runs(struct planner *p, int64_t now_s)
{
	struct ranked *ranked = memory_new(p->batches_count + 1, sizeof(*ranked));
	size_t count = 0, runs = 0;
	for (size_t i = 0; i < p->batches_count; i++) {
		struct queued_batch *b = p->batches[i];
		if (b->gone || b->stopped || !b->expanded)
			continue;
		ranked[count++] = (struct ranked){b, planner_rank(b, now_s)};
		runs += b->count;
	}
	qsort(ranked, count, sizeof(*ranked), compare_ranked);
	free(p->order);
	p->order = memory_new(runs + 1, sizeof(struct queued_run *));
	p->order_count = 0;
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < ranked[i].batch->count; j++)
			if (is_pending(&ranked[i].batch->runs[j]))
				p->order[p->order_count++] = &ranked[i].batch->runs[j];
	free(ranked);
}

// ---- what stands against a run ------------------------------------------------------------------

static char *say_window(const struct planner *p, const struct queued_run *r)
{
	char end[CLOCK_RFC3339_SIZE];
	planner_clock_text(r->batch->row.window_end_s, end);
	CLEANUP_FREE char *hold = planner_explain(p, r);
	return memory_printf("the window ends at %s, the run may need %lld s%s%s", end,
			     (long long)r->need_s, hold ? "; it waited: " : "", hold ? hold : "");
}

// What it will never be able to do is on record at once, rather than waited for.
static char *find_skip(const struct planner *p, const struct queued_run *r, int64_t now_s)
{
	const struct queued_batch *b = r->batch;
	const struct planned_board *board = r->board;
	if (!board->known)
		return memory_printf("board %s is no longer in boards/", board->row.name);
	bool shut = board->row.health >= HEALTH_BAD && b->row.trigger != TRIGGER_HEALTH;
	if (shut && planner_health_holds(board, b))
		return planner_health_explain(board);
	if (r->granted || b->row.window_end_s == PLANNER_NO_TIME ||
	    now_s + r->need_s <= b->row.window_end_s)
		return NULL;
	return say_window(p, r);
}

static bool is_reserved(const struct planner *p, const struct queued_run *r, int64_t now_s)
{
	const char *submitter = r->batch->row.submitter;
	if (!p->reservations_count)
		return false;
	const struct reservation_row *own = planner_reserved(p, r->board->row.name, now_s);
	return own && own->from_s < now_s + r->need_s &&
	       !(submitter && strcmp(submitter, own->who) == 0);
}

static bool has_reached(int64_t used, unsigned cap)
{
	return cap && used >= cap;
}

static struct hold hold_by(enum hold_kind kind, const struct queued_run *by)
{
	struct hold h = {.kind = kind, .by = by->index};
	memcpy(h.batch, by->batch->row.id, PLANNER_ID_SIZE);
	return h;
}

static struct hold find_hold(const struct planner *p, const struct queued_run *r, int64_t now_s)
{
	const struct planned_board *board = r->board;
	if (p->limits.draining)
		return (struct hold){.kind = HOLD_DRAINING};
	if (p->stuck)
		return (struct hold){.kind = HOLD_STUCK};
	if (board->user)
		return hold_by(HOLD_BOARD, board->user);
	if (planner_health_holds(board, r->batch))
		return (struct hold){.kind = HOLD_HEALTH};
	if (is_reserved(p, r, now_s))
		return (struct hold){.kind = HOLD_RESERVED};
	if (board->row.night == planner_night(now_s)) {
		if (has_reached(board->row.cycles, board->power_cap))
			return (struct hold){.kind = HOLD_POWER_CAP};
		if (board->erases && has_reached(board->row.erases, board->erase_cap))
			return (struct hold){.kind = HOLD_ERASE_CAP};
	}
	return (struct hold){.kind = HOLD_NONE};
}

// In the order of the queue: a small board does not slip past a large one for which there is no room
// yet, or that one might wait for ever.
static struct hold find_crowd(const struct planner *p, unsigned used, const struct queued_run *r,
			      const struct queued_run *first)
{
	if (first)
		return hold_by(HOLD_BEHIND, first);
	if (used == 0 || used + r->cpus <= p->limits.cpus)
		return (struct hold){.kind = HOLD_NONE};
	return (struct hold){.kind = HOLD_CPUS, .cpus = used};
}

// ---- picking ------------------------------------------------------------------------------------

// A run that waits for its board's holder uses no CPU yet.
static unsigned mark_users(struct planner *p)
{
	unsigned used = 0;
	for (size_t i = 0; i < p->boards_count; i++)
		p->boards[i]->user = NULL;
	for (size_t i = 0; i < p->batches_count; i++)
		for (size_t j = 0; j < p->batches[i]->count; j++) {
			struct queued_run *r = &p->batches[i]->runs[j];
			bool runs = r->state == PLAN_RUNNING;
			if (!runs && !(r->granted && is_pending(r)))
				continue;
			r->board->user = r;
			used += r->state == PLAN_WAITING ? 0 : r->cpus;
			r->hold = (struct hold){.kind = r->state == PLAN_WAITING ? HOLD_LEASE
										 : HOLD_NONE};
		}
	return used;
}

// A run that is granted and has not begun loses that when the farm may begin nothing any more.
static void withdraw_grants(struct planner *p)
{
	if (!p->limits.draining && !p->stuck)
		return;
	for (size_t i = 0; i < p->order_count; i++)
		p->order[i]->granted = false;
}

static void grant_runs(struct planner *p, int64_t now_s)
{
	unsigned used = mark_users(p);
	const struct queued_run *first = NULL; // for which there is no room
	for (size_t i = 0; i < p->order_count; i++) {
		struct queued_run *r = p->order[i];
		if (r->granted)
			continue;
		r->hold = find_hold(p, r, now_s);
		if (r->hold.kind == HOLD_NONE) {
			r->hold = find_crowd(p, used, r, first);
			first = first || r->hold.kind == HOLD_NONE ? first : r;
		}
		if (r->hold.kind != HOLD_NONE)
			continue;
		r->granted = true;
		r->board->user = r;
		used += r->cpus;
	}
}

static void skip_runs(struct planner *p, int64_t now_s)
{
	size_t kept = 0;
	for (size_t i = 0; i < p->order_count; i++) {
		struct queued_run *r = p->order[i];
		r->skip = find_skip(p, r, now_s);
		if (r->skip)
			r->granted = false;
		else
			p->order[kept++] = r;
	}
	p->order_count = kept;
}

// ---- actions ------------------------------------------------------------------------------------

struct actions {
	struct planner_action *items;
	size_t count;
};

static struct planner_action *ask(struct actions *a, const struct queued_batch *b,
				  enum action_kind kind)
{
	struct planner_action action = {.kind = kind};
	memcpy(action.batch, b->row.id, PLANNER_ID_SIZE);
	ARRAY_APPEND(a->items, a->count, action);
	return &a->items[a->count - 1];
}

static void ask_skips(struct actions *a, struct queued_batch *b)
{
	for (size_t i = 0; i < b->count; i++) {
		struct queued_run *r = &b->runs[i];
		if (!r->skip || r->skip_asked || !r->id || r->state == PLAN_ENDED)
			continue;
		struct planner_action *action = ask(a, b, ACTION_SKIP);
		action->run = i;
		action->text = memory_strdup(r->skip);
		r->skip_asked = true;
	}
}

static void ask_adds(struct actions *a, struct queued_batch *b)
{
	planner_batch_weigh(b);
	for (size_t i = 0; i < b->adds_count; i++)
		ARRAY_APPEND(a->items, a->count, b->adds[i]);
	free(b->adds);
	b->adds = NULL;
	b->adds_count = 0;
}

static void ask_stop(struct actions *a, struct queued_batch *b)
{
	if (!b->stopped || b->stop_asked)
		return;
	ask(a, b, ACTION_STOP)->text = memory_strdup(b->stopped);
	b->stop_asked = true;
}

static bool has_grant(const struct queued_batch *b)
{
	for (size_t i = 0; i < b->count; i++)
		if (b->runs[i].granted)
			return true;
	return false;
}

// Nothing of it can be run any more: it need not begin.
static bool drop_if_hopeless(struct planner *p, int64_t now_s, struct queued_batch *b)
{
	const char *reason = NULL;
	for (size_t i = 0; i < b->count; i++) {
		if (is_pending(&b->runs[i]))
			return false;
		reason = b->runs[i].skip ? b->runs[i].skip : reason;
	}
	CLEANUP_FREE char *copy = memory_strdup(reason ? reason : "it has no runs");
	planner_refuse(p, now_s, b->row.id, copy);
	return true;
}

static void ask_of_batch(struct planner *p, int64_t now_s, struct actions *a,
			 struct queued_batch *b)
{
	bool here = b->row.begun;
	if (!here && !b->expanded) {
		if (!b->expand_asked)
			ask(a, b, ACTION_EXPAND);
		b->expand_asked = true;
		return;
	}
	if (!here && drop_if_hopeless(p, now_s, b))
		return;
	if (!b->begin_asked && (b->row.begun || has_grant(b))) {
		ask(a, b, ACTION_BEGIN);
		b->begin_asked = true;
		// Saved before it is carried out: from then on it is never dropped without an end.
		b->dirty |= !b->row.begun;
		b->row.begun = true;
	}
	ask_skips(a, b);
	ask_adds(a, b);
	ask_stop(a, b);
}

size_t planner_pick(struct planner *p, int64_t now_s, struct planner_action **out)
{
	struct actions a = {0};
	p->picked_s = now_s;
	order_runs(p, now_s);
	skip_runs(p, now_s);
	withdraw_grants(p);
	grant_runs(p, now_s);
	for (size_t i = 0; i < p->batches_count; i++)
		if (!p->batches[i]->gone)
			ask_of_batch(p, now_s, &a, p->batches[i]);
	*out = a.items;
	return a.count;
}

// A run that had to wait for its board may find the room taken meanwhile.
bool planner_may_begin(const struct planner *p, const char *batch, size_t i)
{
	const struct queued_batch *b = planner_batch_find(p, batch);
	if (!b || i >= b->count || b->stopped)
		return false;
	const struct queued_run *r = &b->runs[i];
	return r->granted && !r->skip;
}
