// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/world.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "daemon/request.h"
#include "config/job_folder.h"
#include "night/carry_out.h"
#include "run/batch_plan.h"

// Beyond its deadline a run is judged and its board switched off.
#define RUN_SLACK_S 10

struct world {
	struct world_options o;
	struct configuration *configuration;
	struct executor_work **works;
	size_t works_count;
	// Of the last expansion, which mostly is begun next.
	char expanded[PLANNER_ID_SIZE];
	struct arena arena;
	struct run_request request;
	struct run_material material;
	struct batch_plan plan;
	struct plan_run *view;
	struct plan_candidate *candidates;
	size_t candidates_count;
};

struct executor_work {
	struct world *world;
	struct executor *executor;
	struct configuration *configuration;
	char id[PLANNER_ID_SIZE];
	struct arena arena;
	struct run_request request;
	struct plan_rules rules;
	struct run_material material;
	struct batch_gate gate;
	struct batch *batch;
	struct carry_out *work;
	const struct batch *seen; // of which the view is
	struct plan_run *view;
	size_t view_count;
	struct plan_candidate *candidates;
	size_t candidates_count;
	const char **chosen; // boards, of a job that takes some of each pool
	size_t chosen_count;
	size_t asked; // the run that the gate was asked for last
	bool done;
};

// ---- what a batch is made of --------------------------------------------------------------------

static struct error *read_request(const struct batch_row *row, struct arena *arena,
				  struct run_request *out)
{
	if (row->request)
		return request_parse(row->id, row->request, arena, out);
	CLEANUP_FREE char *path = NULL;
	TRY(job_folder_need(row->job, &path));
	*out = (struct run_request){.job = arena_strndup(arena, path, strlen(path))};
	if (row->board)
		out->board = arena_strndup(arena, row->board, strlen(row->board));
	// A health check is for the lab alone.
	out->no_publish = row->trigger == TRIGGER_HEALTH;
	return NULL;
}

static struct error *open_request(const struct world *w, const struct configuration *c,
				  const struct run_request *r, const char *resume,
				  struct run_material *out)
{
	return request_open(r, c->farm, w->o.results, w->o.program, w->o.parallel, resume, out);
}

// All boards of the job's pools, where runs may be added.
static void find_candidates(const struct configuration *c, const struct job_config *job,
			    struct plan_candidate **out, size_t *count)
{
	free(*out);
	*out = NULL;
	*count = 0;
	for (size_t i = 0; i < job->pools_count; i++) {
		const struct pool_config *pool = boards_find_pool(c->boards, job->pools[i]);
		for (size_t j = 0; pool && j < c->boards->boards_count; j++) {
			const struct board_config *board = &c->boards->boards[j];
			const struct plan_candidate candidate = {pool->name, board->name};
			if (pool_has(pool, board))
				ARRAY_APPEND(*out, *count, candidate);
		}
	}
}

// What a person asked for is run as he asked: he sees what becomes of it.
static struct plan_rules rules_of(const struct batch_row *row, const struct job_config *job,
				  const struct run_request *r,
				  const struct plan_candidate *candidates, size_t count)
{
	bool alone = row->trigger == TRIGGER_PERSON || r->board;
	return (struct plan_rules){.boards_per_pool = r->board ? 0 : (unsigned)job->boards_per_pool,
				   .confirm = job->confirm && !r->board,
				   .retries = alone ? 0 : PLANNER_RETRIES,
				   .candidates = candidates,
				   .candidates_count = r->board ? 0 : count};
}

static enum plan_state state_of(const struct batch_run *run)
{
	if (run->state == BATCH_FINISHED)
		return PLAN_ENDED;
	if (run->state == BATCH_RUNNING)
		return PLAN_RUNNING;
	return run->waits ? PLAN_WAITING : PLAN_PENDING;
}

static enum plan_why why_of(const struct batch_run *run)
{
	return run->why == BATCH_RETRY     ? PLAN_RETRY
	       : run->why == BATCH_CONFIRM ? PLAN_CONFIRM
					   : PLAN_FIRST;
}

static struct plan_run look_at(const struct job_config *job, const struct batch_run *run)
{
	enum status verdict = STATUS_NONE;
	if (run->state == BATCH_FINISHED && !status_parse(run->verdict, &verdict))
		verdict = STATUS_MISS; // it left none: the lab's trouble
	int64_t limit_ns = batch_limit_ns(job, run->start_limit_s);
	return (struct plan_run){.board = run->board->name,
				 .pool = run->pool,
				 .variant = run->variant->name,
				 .attempt = run->attempt,
				 .cpus = run->cpus,
				 .need_s = limit_ns / NS_PER_S + RUN_SLACK_S,
				 .state = state_of(run),
				 .id = run->id,
				 .why = why_of(run),
				 .of = run->of,
				 .waits = run->waits,
				 .verdict = verdict,
				 .code = run->error_code};
}

// ---- the executor's questions -------------------------------------------------------------------

static struct error *world_save(void *arg, struct planner *p)
{
	const struct world *w = arg;
	if (w->o.state)
		return state_save(w->o.state, p, NULL, 0);
	planner_saved(p);
	return NULL;
}

static void forget_expansion(struct world *w)
{
	batch_plan_deinit(&w->plan);
	run_material_deinit(&w->material);
	arena_deinit(&w->arena);
	w->arena = (struct arena){0};
	free(w->view);
	w->view = NULL;
	w->expanded[0] = '\0';
}

// Also of a job that takes only some boards of each pool: which ones, the planner chooses.
static struct error *plan_all(struct run_material *m, const struct boards_config *boards,
			      struct batch_plan *out)
{
	int64_t per_pool = m->job->boards_per_pool;
	m->job->boards_per_pool = 0;
	struct error *e = batch_plan_make(&m->options, m->job, boards, out);
	m->job->boards_per_pool = per_pool;
	return e;
}

static struct error *world_expand(void *arg, const struct batch_row *row, struct executor_runs *out)
{
	struct world *w = arg;
	const struct configuration *c = w->configuration;
	struct run_request *r = &w->request;
	forget_expansion(w);
	TRY(read_request(row, &w->arena, r));
	TRY(open_request(w, c, r, NULL, &w->material));
	memcpy(w->expanded, row->id, PLANNER_ID_SIZE);
	TRY(plan_all(&w->material, c->boards, &w->plan));
	w->view = memory_new(w->plan.count + 1, sizeof(*w->view));
	for (size_t i = 0; i < w->plan.count; i++)
		w->view[i] = look_at(w->material.job, &w->plan.runs[i]);
	find_candidates(c, w->material.job, &w->candidates, &w->candidates_count);
	*out = (struct executor_runs){
	    .rules = rules_of(row, w->material.job, r, w->candidates, w->candidates_count),
	    .runs = w->view,
	    .count = w->plan.count};
	return NULL;
}

// Runs are asked for in their order, so that the one meant mostly is the next one.
static bool may_begin(void *arg, const struct batch *b, const struct batch_run *run)
{
	struct executor_work *x = arg;
	size_t count;
	const struct batch_run *runs = batch_runs((struct batch *)(uintptr_t)b, &count);
	for (size_t n = 0; n < count; n++) {
		size_t i = (x->asked + 1 + n) % count;
		if (strcmp(runs[i].id, run->id) != 0)
			continue;
		x->asked = i;
		return executor_may_begin(x->executor, x->id, i);
	}
	return false;
}

static void take_progress(enum batch_event event, const struct batch_run *runs, size_t count,
			  const struct batch_run *run, void *arg)
{
	struct executor_work *x = arg;
	const struct world_options *o = &x->world->o;
	if (o->progress)
		o->progress(o->arg, x->id, event, runs, count, run);
	if (event == BATCH_EVENT_FINISH)
		executor_take_news(x->executor, x);
}

static void take_line(void *arg, bool trouble, const char *line)
{
	const struct executor_work *x = arg;
	const struct world_options *o = &x->world->o;
	o->tell(o->arg, trouble, line);
}

// The boards that the planner chose; the work's own.
static void choose_boards(struct executor_work *x)
{
	for (size_t i = 0; i < x->candidates_count; i++) {
		const struct plan_candidate *c = &x->candidates[i];
		if (planner_uses_board(x->world->o.planner, x->id, c->pool, c->board))
			ARRAY_APPEND(x->chosen, x->chosen_count, c->board);
	}
	x->material.options.only_boards = x->chosen;
	x->material.options.only_boards_count = x->chosen_count;
}

static struct error *make_batch(struct executor_work *x)
{
	struct batch_options *o = &x->material.options;
	// Of a batch that a dead farm meant to begin, the choice is lost: it takes the first ones.
	if (x->rules.boards_per_pool && planner_runs(x->world->o.planner, x->id) > 0)
		choose_boards(x);
	bool resumes = batch_is_begun(x->world->o.results, x->id);
	o->gate = &x->gate;
	o->id = x->id;
	if (resumes)
		return batch_resume(o, x->material.job, x->configuration->boards,
				    &x->material.payload, x->id, &x->batch);
	return batch_new(o, x->material.job, x->configuration->boards, &x->material.payload,
			 &x->batch);
}

static void begin_work(struct executor_work *x)
{
	const struct world_options *o = &x->world->o;
	const struct carry_out_options options = {
	    .results = o->results,
	    .boards_dir = o->boards_dir,
	    .boards = x->configuration->boards,
	    .farm_file = o->farm_file,
	    .program = o->program,
	    .farm = x->configuration->farm,
	    .publish = &x->configuration->publish,
	    .job = x->material.job,
	    .batch = x->batch,
	    .gate = &x->gate,
	    .no_recovery = !o->recovers,
	    .progress = take_progress,
	    .progress_arg = x,
	    .out = o->summary ? o->summary(o->arg, x->id) : NULL,
	    .tell = take_line,
	    .tell_arg = x,
	};
	x->work = carry_out_new(&options);
}

static void free_work(struct executor_work *x)
{
	if (!x)
		return;
	carry_out_free(x->work);
	batch_free(x->batch);
	run_material_deinit(&x->material);
	arena_deinit(&x->arena);
	configuration_release(x->configuration);
	free(x->view);
	free(x->candidates);
	free(x->chosen);
	free(x);
}
CLEANUP_DEFINE(cleanup_work, struct executor_work *, free_work)

// What was read to tell its runs need not be read twice: a payload's digest takes its time.
static struct error *take_request(struct world *w, struct executor_work *x,
				  const struct batch_row *row)
{
	bool resumes = batch_is_begun(w->o.results, row->id);
	if (!resumes && strcmp(w->expanded, row->id) == 0) {
		x->arena = w->arena;
		x->request = w->request;
		x->material = w->material;
		w->arena = (struct arena){0};
		w->material = (struct run_material){0};
		forget_expansion(w);
		return NULL;
	}
	TRY(read_request(row, &x->arena, &x->request));
	return open_request(w, x->configuration, &x->request, resumes ? row->id : NULL,
			    &x->material);
}

static struct error *world_begin(void *arg, struct executor *executor, const struct batch_row *row,
				 struct executor_work **out)
{
	struct world *w = arg;
	CLEANUP(cleanup_work) struct executor_work *x = memory_new(1, sizeof(*x));
	x->world = w;
	x->executor = executor;
	x->configuration = configuration_hold(w->configuration);
	x->gate = (struct batch_gate){.may_begin = may_begin, .arg = x};
	memcpy(x->id, row->id, sizeof(x->id));
	TRY(take_request(w, x, row));
	find_candidates(x->configuration, x->material.job, &x->candidates, &x->candidates_count);
	x->rules = rules_of(row, x->material.job, &x->request, x->candidates, x->candidates_count);
	TRY(make_batch(x));
	begin_work(x);
	*out = STEAL(x);
	ARRAY_APPEND(w->works, w->works_count, *out);
	return NULL;
}

// While results are made no runs go on: it stays with what was seen last.
static void world_look(void *arg, struct executor_work *x, struct executor_runs *out)
{
	(void)arg;
	struct batch *b = carry_out_batch(x->work);
	if (b || !x->view) {
		size_t count;
		const struct batch_run *runs = batch_runs(b ? b : x->batch, &count);
		free(x->view);
		x->view = memory_new(count + 1, sizeof(*x->view));
		x->view_count = count;
		for (size_t i = 0; i < count; i++)
			x->view[i] = look_at(x->material.job, &runs[i]);
	}
	*out = (struct executor_runs){.rules = x->rules, .runs = x->view, .count = x->view_count};
}

static struct error *world_step(void *arg, struct executor_work *x, bool *done)
{
	const struct world *w = arg;
	TRY(carry_out_step(x->work, done));
	x->done = *done;
	if (*done && w->o.finished)
		w->o.finished(w->o.arg, x->id, carry_out_exit_code(x->work),
			      carry_out_interrupted(x->work));
	return NULL;
}

static struct error *world_add(void *arg, struct executor_work *x, const struct planner_action *a)
{
	(void)arg;
	if (batch_is_closed(x->batch))
		return error_new(ERROR_LAB, "no run is added for %s: its results are out", a->of);
	const struct batch_addition addition = {.of = a->of,
						.why = a->why == PLAN_RETRY ? BATCH_RETRY
									    : BATCH_CONFIRM,
						.board = a->board};
	return batch_add(x->batch, &addition, NULL);
}

static struct error *world_skip(void *arg, struct executor_work *x, size_t run, const char *reason)
{
	(void)arg;
	return batch_skip(x->batch, run, reason);
}

static void world_stop(void *arg, struct executor_work *x, const char *why)
{
	(void)arg;
	CLEANUP_FREE char *line = memory_printf("batch %s is ended: %s", x->id, why);
	take_line(x, false, line);
	carry_out_stop(x->work);
}

static void world_end(void *arg, struct executor_work *x)
{
	struct world *w = arg;
	size_t kept = 0;
	for (size_t i = 0; i < w->works_count; i++)
		if (w->works[i] != x)
			w->works[kept++] = w->works[i];
	w->works_count = kept;
	if (!x->done)
		carry_out_leave(x->work);
	free_work(x);
}

static void world_refuse(void *arg, const char *batch, struct error *e)
{
	const struct world *w = arg;
	w->o.refused(w->o.arg, batch, e);
}

static void world_tell(void *arg, bool trouble, const char *line)
{
	const struct world *w = arg;
	w->o.tell(w->o.arg, trouble, line);
}

struct executor_world world_executor(struct world *w)
{
	return (struct executor_world){.arg = w,
				       .save = world_save,
				       .expand = world_expand,
				       .begin = world_begin,
				       .look = world_look,
				       .step = world_step,
				       .add = world_add,
				       .skip = world_skip,
				       .stop = world_stop,
				       .end = world_end,
				       .refuse = world_refuse,
				       .tell = world_tell};
}

// ---- life ---------------------------------------------------------------------------------------

struct world *world_new(const struct world_options *o, struct configuration *c)
{
	struct world *w = memory_new(1, sizeof(*w));
	w->o = *o;
	w->configuration = configuration_hold(c);
	return w;
}

void world_free(struct world *w)
{
	if (!w)
		return;
	forget_expansion(w);
	configuration_release(w->configuration);
	free(w->candidates);
	free(w->works);
	free(w);
}

void world_configure(struct world *w, struct configuration *c)
{
	forget_expansion(w); // it borrows from the old one
	configuration_release(w->configuration);
	w->configuration = configuration_hold(c);
}

size_t world_fds(const struct world *w, struct pollfd *fds, size_t max)
{
	size_t n = 0;
	for (size_t i = 0; i < w->works_count && n < max; i++) {
		int fd = carry_out_fd(w->works[i]->work);
		if (fd >= 0)
			fds[n++] = (struct pollfd){.fd = fd, .events = POLLIN};
	}
	return n;
}

int64_t world_wake_ns(const struct world *w)
{
	int64_t wake_ns = INT64_MAX;
	for (size_t i = 0; i < w->works_count; i++) {
		int64_t own_ns = carry_out_wake_ns(w->works[i]->work);
		wake_ns = own_ns < wake_ns ? own_ns : wake_ns;
	}
	return wake_ns;
}

bool world_owns(const struct world *w, const char *id)
{
	return planner_find_batch(w->o.planner, id) != NULL;
}
