// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/executor.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

// How often one step asks the planner again because of what came of its last answer.
#define ROUNDS_MAX 8
// How long the planner's answer stands while nothing happens.
#define PICK_EVERY_S 10

struct work_entry {
	char batch[PLANNER_ID_SIZE];
	struct executor_work *work;
	size_t told; // runs that the planner knows of
	bool done;
};

struct executor {
	struct executor_world world;
	struct planner *planner;
	struct work_entry *works;
	size_t works_count;
	struct planner_action *actions; // not carried out yet
	size_t actions_count;
	int64_t now_s;
	int64_t picked_s; // when the planner was asked last
	bool changed;     // it is to be asked again
};

struct executor *executor_new(const struct executor_world *world, struct planner *p)
{
	struct executor *x = memory_new(1, sizeof(*x));
	x->world = *world;
	x->planner = p;
	return x;
}

static void forget_actions(struct executor *x)
{
	for (size_t i = 0; i < x->actions_count; i++)
		planner_action_deinit(&x->actions[i]);
	free(x->actions);
	x->actions = NULL;
	x->actions_count = 0;
}

void executor_free(struct executor *x)
{
	if (!x)
		return;
	for (size_t i = 0; i < x->works_count; i++)
		x->world.end(x->world.arg, x->works[i].work);
	forget_actions(x);
	free(x->works);
	free(x);
}

void executor_poke(struct executor *x)
{
	x->changed = true;
}

size_t executor_works(const struct executor *x)
{
	return x->works_count;
}

struct executor_work *executor_work_at(const struct executor *x, size_t i)
{
	return x->works[i].work;
}

static struct work_entry *find_work(struct executor *x, const char *batch)
{
	for (size_t i = 0; i < x->works_count; i++)
		if (strcmp(x->works[i].batch, batch) == 0)
			return &x->works[i];
	return NULL;
}

static void tell_trouble(struct executor *x, const char *batch, struct error *e)
{
	CLEANUP_FREE char *line = memory_printf("batch %s: %s", batch, error_text(e));
	x->world.tell(x->world.arg, true, line);
}

// ---- news ---------------------------------------------------------------------------------------

static void take_runs(struct executor *x, struct work_entry *w)
{
	struct executor_runs runs = {0};
	x->world.look(x->world.arg, w->work, &runs);
	if (runs.count != w->told) {
		planner_set_runs(x->planner, x->now_s, w->batch, &runs.rules, runs.runs,
				 runs.count);
		w->told = runs.count;
		x->changed = true;
		return;
	}
	x->changed |= planner_news(x->planner, x->now_s, w->batch, runs.runs, runs.count);
}

bool executor_may_begin(const struct executor *x, const char *batch, size_t i)
{
	return planner_may_begin(x->planner, batch, i);
}

// ---- carrying out -------------------------------------------------------------------------------

static struct error *do_expand(struct executor *x, const struct planner_action *a)
{
	const struct batch_row *batch = planner_find_batch(x->planner, a->batch);
	if (!batch)
		return NULL;
	struct executor_runs runs = {0};
	TRY(x->world.expand(x->world.arg, batch, &runs));
	planner_set_runs(x->planner, x->now_s, a->batch, &runs.rules, runs.runs, runs.count);
	return NULL;
}

static struct error *do_begin(struct executor *x, const struct planner_action *a)
{
	const struct batch_row *batch = planner_find_batch(x->planner, a->batch);
	if (!batch || find_work(x, a->batch))
		return NULL;
	struct work_entry w = {.told = SIZE_MAX};
	memcpy(w.batch, a->batch, PLANNER_ID_SIZE);
	TRY(x->world.begin(x->world.arg, x, batch, &w.work));
	ARRAY_APPEND(x->works, x->works_count, w);
	take_runs(x, &x->works[x->works_count - 1]);
	return NULL;
}

static struct error *do_in_work(struct executor *x, const struct planner_action *a)
{
	struct work_entry *w = find_work(x, a->batch);
	if (!w)
		return NULL; // it has ended meanwhile
	if (a->kind == ACTION_ADD)
		TRY(x->world.add(x->world.arg, w->work, a));
	else if (a->kind == ACTION_SKIP)
		TRY(x->world.skip(x->world.arg, w->work, a->run, a->text));
	else
		x->world.stop(x->world.arg, w->work, a->text);
	take_runs(x, w);
	return NULL;
}

// A batch that cannot be made leaves the queue; what is asked of a batch that runs costs only that.
static void carry_out(struct executor *x, const struct planner_action *a)
{
	struct error *e = a->kind == ACTION_EXPAND  ? do_expand(x, a)
			  : a->kind == ACTION_BEGIN ? do_begin(x, a)
						    : do_in_work(x, a);
	x->changed = true;
	if (!e)
		return;
	if (a->kind == ACTION_EXPAND || a->kind == ACTION_BEGIN) {
		planner_refuse(x->planner, x->now_s, a->batch, error_text(e));
		x->world.refuse(x->world.arg, a->batch, e);
	} else {
		tell_trouble(x, a->batch, e);
		error_free(e);
	}
}

static void carry_out_all(struct executor *x)
{
	struct planner_action *actions = STEAL(x->actions);
	size_t count = x->actions_count;
	x->actions_count = 0;
	for (size_t i = 0; i < count; i++) {
		carry_out(x, &actions[i]);
		planner_action_deinit(&actions[i]);
	}
	free(actions);
}

static void append_actions(struct executor *x, struct planner_action *more, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ARRAY_APPEND(x->actions, x->actions_count, more[i]);
	free(more);
}

static struct error *save(struct executor *x)
{
	return x->world.save(x->world.arg, x->planner);
}

// Saved first: what dies between the two is asked for again by the next farm.
static struct error *ask_planner(struct executor *x)
{
	for (int round = 0; x->changed && round < ROUNDS_MAX; round++) {
		struct planner_action *more = NULL;
		TRY(save(x));
		x->changed = false;
		x->picked_s = x->now_s;
		size_t count = planner_pick(x->planner, x->now_s, &more);
		append_actions(x, more, count);
		TRY(save(x));
		carry_out_all(x);
	}
	return NULL;
}

// ---- the works ----------------------------------------------------------------------------------

// A run that has ended may want a successor before its batch is done.
void executor_take_news(struct executor *x, struct executor_work *work)
{
	for (size_t i = 0; i < x->works_count; i++)
		if (x->works[i].work == work)
			take_runs(x, &x->works[i]);
	CLEANUP_ERROR struct error *e = ask_planner(x);
	if (e)
		x->world.tell(x->world.arg, true, error_text(e));
}

static void step_work(struct executor *x, size_t i)
{
	struct executor_work *work = x->works[i].work;
	bool done = false;
	struct error *e = x->world.step(x->world.arg, work, &done);
	struct work_entry *w = &x->works[i]; // others may have been added
	take_runs(x, w);
	w->done = done || e != NULL;
	if (!w->done)
		return;
	planner_batch_ended(x->planner, x->now_s, w->batch);
	x->changed = true;
	if (e)
		x->world.refuse(x->world.arg, w->batch, e);
}

static void drop_done(struct executor *x)
{
	size_t kept = 0;
	for (size_t i = 0; i < x->works_count; i++) {
		if (x->works[i].done)
			x->world.end(x->world.arg, x->works[i].work);
		else
			x->works[kept++] = x->works[i];
	}
	x->works_count = kept;
}

struct error *executor_step(struct executor *x, int64_t now_s)
{
	x->now_s = now_s;
	// Age, windows and reservations move on by themselves.
	bool due = now_s < x->picked_s || now_s - x->picked_s >= PICK_EVERY_S;
	x->changed |= planner_tick(x->planner, now_s) || due;
	TRY(ask_planner(x));
	for (size_t i = 0; i < x->works_count; i++)
		step_work(x, i);
	drop_done(x);
	return ask_planner(x);
}
