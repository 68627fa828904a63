// SPDX-License-Identifier: GPL-2.0-or-later
#include "support/simulated_farm.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "calendar/calendar.h"
#include "daemon/executor.h"
#include "schedule/state.h"

#define START_S    INT64_C(1774656000) // 2026-03-28, the day before clocks change in Europe
#define RUN_MAX_S  600
#define BOARDS_MAX 32
#define JOBS_MAX   16
#define VARIANTS   2

enum { POOL_ALL, POOL_EVEN, POOLS };
static const char *const pool_names[POOLS] = {"all", "even"};

struct sim_board {
	char name[16];
	int64_t free_s; // its worker holds it until then
	int64_t bad_from, bad_until;
};

struct sim_run {
	int board, variant, pool;
	int64_t attempt;
	enum plan_state state;
	int64_t start_s, end_s;
	enum status verdict;
	const char *code;
	enum plan_why why;
	char id[96], of[96];
	bool killed;
	int ends; // verdicts that it was given
};

// A batch as the disk has it.
struct sim_batch {
	char id[PLANNER_ID_SIZE], schedule[32];
	int64_t nominal_s;
	int job, only_board;
	enum trigger trigger;
	struct sim_run *runs;
	size_t count;
	int stage; // of finishing: 0 runs, 1 stored, 2 published, 3 closed
	int made, published;
	bool stopped;
};

struct executor_work {
	struct sim *sim;
	struct executor *farm;
	struct sim_batch *batch;
};

struct sim_job {
	char name[16];
	struct calendar *calendar;
	int pool;
	unsigned per_pool;
	bool confirm;
	struct planner_schedule schedule;
};

struct sim {
	struct simulation_options o;
	struct simulation_result *out;
	uint64_t random;
	int64_t now_s;  // true time
	int64_t skew_s; // of the wall clock
	int64_t configured_s,
	    born_s; // when schedules were told last, and when that was first saved
	struct sim_board boards[BOARDS_MAX];
	struct sim_job jobs[JOBS_MAX];
	struct zone *zone;
	struct sim_batch **batches;
	size_t batches_count;
	size_t first_open; // all batches before it are done
	struct farm_state *state;
	struct planner *planner;
	struct executor *farm;
	bool dead;
	struct plan_run view[BOARDS_MAX * VARIANTS * 8];
	struct plan_candidate candidates[BOARDS_MAX];
};

// ---- chance -------------------------------------------------------------------------------------

static uint64_t chance(struct sim *s)
{
	uint64_t x = s->random;
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return s->random = x;
}

static int64_t between(struct sim *s, int64_t low, int64_t high)
{
	return low + (int64_t)(chance(s) % (uint64_t)(high - low + 1));
}

static bool happens(struct sim *s, int in_a_thousand)
{
	return in_a_thousand && between(s, 0, 999) < in_a_thousand;
}

__attribute__((format(printf, 2, 3))) static void broken(struct sim *s, const char *fmt, ...)
{
	if (s->out->broken[0])
		return;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(s->out->broken, sizeof(s->out->broken), fmt, ap);
	va_end(ap);
}

static int64_t wall(const struct sim *s)
{
	return s->now_s + s->skew_s;
}

// The farm does one thing, or dies before it has.
static struct error *do_thing(struct sim *s)
{
	s->out->things++;
	if (s->dead || s->out->things == s->o.die_at || happens(s, s->o.die)) {
		s->dead = true;
		return error_new(ERROR_SYSTEM, "the farm died");
	}
	return NULL;
}

// ---- the disk -----------------------------------------------------------------------------------

static struct sim_batch *find_batch(const struct sim *s, const char *id)
{
	for (size_t i = s->batches_count; i-- > 0;)
		if (strcmp(s->batches[i]->id, id) == 0)
			return s->batches[i];
	return NULL;
}

static void name_run(const struct sim *s, const struct sim_batch *b, struct sim_run *r)
{
	snprintf(r->id, sizeof(r->id), "%s~%s~v%d~%d", b->id, s->boards[r->board].name, r->variant,
		 (int)r->attempt);
}

static bool in_pool(int pool, int board)
{
	return pool == POOL_ALL || board % 2 == 0;
}

static void plan_batch(const struct sim *s, struct sim_batch *b)
{
	for (int v = 0; v < VARIANTS; v++)
		for (int i = 0; i < s->o.boards; i++) {
			bool used = b->only_board >= 0 ? b->only_board == i && v == 0
						       : in_pool(s->jobs[b->job].pool, i);
			if (!used)
				continue;
			struct sim_run r = {.board = i,
					    .variant = v,
					    .pool = b->only_board >= 0 ? POOL_ALL
								       : s->jobs[b->job].pool,
					    .attempt = 1};
			name_run(s, b, &r);
			ARRAY_APPEND(b->runs, b->count, r);
		}
}

static struct sim_batch *new_batch(struct sim *s, const struct batch_row *row)
{
	struct sim_batch *b = memory_new(1, sizeof(*b));
	memcpy(b->id, row->id, PLANNER_ID_SIZE);
	snprintf(b->schedule, sizeof(b->schedule), "%s", row->schedule ? row->schedule : "");
	b->nominal_s = row->nominal_s;
	b->trigger = row->trigger;
	b->only_board = row->board ? atoi(row->board + 1) : -1;
	b->job = row->trigger == TRIGGER_HEALTH ? 0 : atoi(row->job + 1);
	plan_batch(s, b);
	return b;
}

static void free_batch(struct sim_batch *b)
{
	free(b->runs);
	free(b);
}

static void show(struct sim *s, const struct sim_batch *b, struct executor_runs *out, bool made)
{
	const struct sim_job *job = &s->jobs[b->job];
	size_t n = 0;
	for (size_t i = 0; i < b->count && n < sizeof(s->view) / sizeof(s->view[0]); i++) {
		const struct sim_run *r = &b->runs[i];
		s->view[n++] = (struct plan_run){
		    .board = s->boards[r->board].name,
		    .pool = pool_names[r->pool],
		    .variant = r->variant ? "v1" : "v0",
		    .attempt = r->attempt,
		    .cpus = 2,
		    .need_s = RUN_MAX_S,
		    .state = r->state,
		    .id = made ? r->id : NULL,
		    .why = r->why,
		    .of = r->of[0] ? r->of : NULL,
		    .waits = r->state == PLAN_WAITING ? "in use by another" : NULL,
		    .verdict = r->verdict,
		    .code = r->code,
		};
	}
	size_t c = 0;
	for (int i = 0; i < s->o.boards; i++)
		if (in_pool(job->pool, i))
			s->candidates[c++] =
			    (struct plan_candidate){pool_names[job->pool], s->boards[i].name};
	bool health = b->trigger == TRIGGER_HEALTH;
	*out = (struct executor_runs){
	    .rules = {.boards_per_pool = health ? 0 : job->per_pool,
		      .confirm = !health && job->confirm,
		      .retries = PLANNER_RETRIES,
		      .candidates = s->candidates,
		      .candidates_count = health ? 0 : c},
	    .runs = s->view,
	    .count = n,
	};
}

// ---- workers ------------------------------------------------------------------------------------

static void check_start(struct sim *s, const struct sim_batch *b, const struct sim_run *r)
{
	struct sim_board *board = &s->boards[r->board];
	if (board->free_s > s->now_s)
		broken(s, "%s begins while its board is held", r->id);
	const struct board_row *row = planner_find_board(s->planner, board->name);
	if (row && row->health >= HEALTH_BAD && b->trigger != TRIGGER_HEALTH)
		broken(s, "%s begins on a board that is %s", r->id, health_name(row->health));
	if (r->state == PLAN_RUNNING || r->state == PLAN_ENDED)
		broken(s, "%s begins twice", r->id);
}

static void start_run(struct sim *s, const struct sim_batch *b, struct sim_run *r)
{
	check_start(s, b, r);
	struct sim_board *board = &s->boards[r->board];
	bool bad = s->now_s >= board->bad_from && s->now_s < board->bad_until;
	r->state = PLAN_RUNNING;
	r->start_s = s->now_s;
	r->end_s = s->now_s + between(s, 5, RUN_MAX_S - 100);
	r->killed = happens(s, s->o.kill);
	r->verdict = bad || r->killed        ? STATUS_MISS
		     : happens(s, s->o.fail) ? STATUS_FAIL
					     : STATUS_PASS;
	r->code = bad ? "Infrastructure" : "";
	board->free_s = r->end_s;
	s->out->runs++;
}

// What becomes of runs, whether or not a farm is there to see it.
static void end_runs(struct sim *s)
{
	while (s->first_open < s->batches_count && s->batches[s->first_open]->stage == 3)
		s->first_open++;
	for (size_t i = s->first_open; i < s->batches_count; i++)
		for (size_t j = 0; s->batches[i]->stage < 3 && j < s->batches[i]->count; j++) {
			struct sim_run *r = &s->batches[i]->runs[j];
			if (r->state != PLAN_RUNNING || r->end_s > s->now_s)
				continue;
			r->state = PLAN_ENDED;
			r->ends++;
		}
}

// ---- the world ----------------------------------------------------------------------------------

static struct error *sim_save(void *arg, struct planner *p)
{
	struct sim *s = arg;
	size_t count;
	planner_unsaved(p, &count);
	if (!count)
		return NULL;
	TRY(do_thing(s));
	if (happens(s, s->o.busy))
		return error_new(ERROR_SYSTEM, "database is locked");
	TRY(state_save(s->state, p, NULL, 0));
	s->born_s = s->born_s ? s->born_s : s->configured_s;
	return do_thing(s); // it may die just behind it
}

static struct error *sim_expand(void *arg, const struct batch_row *batch, struct executor_runs *out)
{
	struct sim *s = arg;
	TRY(do_thing(s));
	struct sim_batch *b = new_batch(s, batch);
	show(s, b, out, false);
	free_batch(b);
	return NULL;
}

// Only the boards that were chosen.
static void keep_chosen(const struct sim *s, struct sim_batch *b)
{
	size_t kept = 0;
	if (planner_runs(s->planner, b->id) == 0)
		return; // it was meant to begin when the farm died
	for (size_t i = 0; i < b->count; i++)
		if (planner_uses_board(s->planner, b->id, pool_names[b->runs[i].pool],
				       s->boards[b->runs[i].board].name))
			b->runs[kept++] = b->runs[i];
	b->count = kept;
}

static void check_new(struct sim *s, const struct sim_batch *b)
{
	size_t first = s->batches_count > 500 ? s->batches_count - 500 : 0;
	for (size_t i = first; b->schedule[0] && i < s->batches_count; i++)
		if (strcmp(s->batches[i]->schedule, b->schedule) == 0 &&
		    s->batches[i]->nominal_s == b->nominal_s)
			broken(s, "two batches for %s at %lld", b->schedule,
			       (long long)b->nominal_s);
}

static struct error *sim_begin(void *arg, struct executor *f, const struct batch_row *row,
			       struct executor_work **out)
{
	struct sim *s = arg;
	TRY(do_thing(s));
	struct sim_batch *b = find_batch(s, row->id);
	if (!b) {
		b = new_batch(s, row);
		keep_chosen(s, b);
		check_new(s, b);
		ARRAY_APPEND(s->batches, s->batches_count, b);
		s->out->batches++;
		s->out->checks += b->trigger == TRIGGER_HEALTH;
	}
	struct executor_work *w = memory_new(1, sizeof(*w));
	*w = (struct executor_work){s, f, b};
	*out = w;
	return NULL;
}

static void sim_look(void *arg, struct executor_work *w, struct executor_runs *out)
{
	(void)arg;
	show(w->sim, w->batch, out, true);
}

static void begin_runs(struct executor_work *w)
{
	struct sim *s = w->sim;
	struct sim_batch *b = w->batch;
	for (size_t i = 0; i < b->count; i++) {
		struct sim_run *r = &b->runs[i];
		if ((r->state != PLAN_PENDING && r->state != PLAN_WAITING) ||
		    !executor_may_begin(w->farm, b->id, i))
			continue;
		CLEANUP_ERROR struct error *e = do_thing(s);
		if (e)
			return;
		if (s->boards[r->board].free_s > s->now_s)
			r->state = PLAN_WAITING;
		else
			start_run(s, b, r);
	}
}

static bool runs_are_over(const struct sim_batch *b)
{
	for (size_t i = 0; i < b->count; i++)
		if (b->runs[i].state != PLAN_ENDED)
			return false;
	return true;
}

static void check_retries(struct sim *s, const struct sim_batch *b)
{
	int n[POOLS][VARIANTS] = {0};
	for (size_t i = 0; i < b->count; i++) {
		const struct sim_run *r = &b->runs[i];
		if (r->ends != 1)
			broken(s, "%s has %d verdicts", r->id, r->ends);
		if (r->why == PLAN_RETRY && ++n[r->pool][r->variant] > PLANNER_RETRIES)
			broken(s, "%s is one retry too many", r->id);
	}
}

static struct error *finish(struct sim *s, struct sim_batch *b)
{
	TRY(do_thing(s));
	b->stage++;
	if (b->stage == 2)
		b->published = 1;
	if (b->stage == 3)
		check_retries(s, b);
	return NULL;
}

static struct error *sim_step(void *arg, struct executor_work *w, bool *done)
{
	struct sim *s = arg;
	begin_runs(w);
	executor_take_news(w->farm, w);
	if (s->dead)
		return error_new(ERROR_SYSTEM, "the farm died");
	if (!runs_are_over(w->batch))
		return NULL;
	while (w->batch->stage < 3)
		TRY(finish(s, w->batch));
	*done = true;
	return NULL;
}

static int64_t next_attempt(const struct sim_batch *b, int board, int variant)
{
	int64_t n = 1;
	for (size_t i = 0; i < b->count; i++)
		n += b->runs[i].board == board && b->runs[i].variant == variant;
	return n;
}

// A retry where another board of the pool is fit is not on the same one.
static void check_add(struct sim *s, const struct sim_batch *b, const struct planner_action *a)
{
	CLEANUP_FREE char *part = memory_printf("~%s~", a->board);
	if (a->why != PLAN_RETRY || !strstr(a->of, part))
		return;
	for (int i = 0; i < s->o.boards; i++) {
		const struct board_row *row = planner_find_board(s->planner, s->boards[i].name);
		if (in_pool(s->jobs[b->job].pool, i) && strcmp(s->boards[i].name, a->board) != 0 &&
		    row && row->health <= HEALTH_UNKNOWN)
			broken(s, "%s is retried on the same board, though %s is fit", a->of,
			       s->boards[i].name);
	}
}

static struct error *sim_add(void *arg, struct executor_work *w, const struct planner_action *a)
{
	struct sim *s = arg;
	TRY(do_thing(s));
	if (w->batch->stage == 3)
		return error_new(ERROR_LAB, "its results are out");
	check_add(s, w->batch, a);
	struct sim_run r = {.board = atoi(a->board + 1),
			    .variant = a->variant[1] - '0',
			    .pool = strcmp(a->pool, "even") == 0 ? POOL_EVEN : POOL_ALL,
			    .why = a->why};
	r.attempt = next_attempt(w->batch, r.board, r.variant);
	name_run(s, w->batch, &r);
	snprintf(r.of, sizeof(r.of), "%s", a->of);
	ARRAY_APPEND(w->batch->runs, w->batch->count, r);
	s->out->retries += a->why == PLAN_RETRY;
	return NULL;
}

static struct error *sim_skip(void *arg, struct executor_work *w, size_t run, const char *reason)
{
	struct sim *s = arg;
	TRY(do_thing(s));
	struct sim_run *r = &w->batch->runs[run];
	if (r->state == PLAN_RUNNING || r->state == PLAN_ENDED)
		broken(s, "%s is skipped (%s) though it runs", r->id, reason);
	r->state = PLAN_ENDED;
	r->verdict = STATUS_SKIP;
	r->ends++;
	return NULL;
}

static void sim_stop(void *arg, struct executor_work *w, const char *why)
{
	(void)arg, (void)why;
	w->batch->stopped = true;
}

static void sim_end(void *arg, struct executor_work *w)
{
	(void)arg;
	free(w);
}

static void sim_refuse(void *arg, const char *batch, struct error *e)
{
	(void)arg, (void)batch;
	error_free(e);
}

static void sim_tell(void *arg, bool trouble, const char *line)
{
	(void)arg, (void)trouble, (void)line;
}

// ---- births and deaths of the farm --------------------------------------------------------------

static void configure(struct sim *s)
{
	struct planner_board boards[BOARDS_MAX];
	struct planner_schedule schedules[JOBS_MAX];
	for (int i = 0; i < s->o.boards; i++)
		boards[i] = (struct planner_board){.name = s->boards[i].name,
						   .type = i % 3 ? "type-a" : "type-b",
						   .health_check = i % 4 == 3 ? NULL : "j0",
						   .power_cap = s->o.caps ? 20 : 0};
	for (int i = 0; i < s->o.jobs; i++)
		schedules[i] = s->jobs[i].schedule;
	s->configured_s = wall(s);
	planner_set_boards(s->planner, boards, (size_t)s->o.boards);
	planner_set_schedules(s->planner, wall(s), schedules, (size_t)s->o.jobs);
}

static void bear(struct sim *s)
{
	const struct executor_world world = {.arg = s,
					     .save = sim_save,
					     .expand = sim_expand,
					     .begin = sim_begin,
					     .look = sim_look,
					     .step = sim_step,
					     .add = sim_add,
					     .skip = sim_skip,
					     .stop = sim_stop,
					     .end = sim_end,
					     .refuse = sim_refuse,
					     .tell = sim_tell};
	const struct planner_limits limits = {.cpus = 1000, .seed = chance(s)};
	s->dead = false;
	s->planner = planner_new(&limits);
	CLEANUP_ERROR struct error *e = state_load(s->state, s->planner);
	if (e)
		broken(s, "%s", error_text(e));
	configure(s);
	s->farm = executor_new(&world, s->planner);
}

static void bury(struct sim *s)
{
	executor_free(s->farm);
	planner_free(s->planner);
	s->farm = NULL;
	s->planner = NULL;
	// Workers whose farm is dead end their runs; a queue for a board dies with it.
	for (size_t i = 0; i < s->batches_count; i++)
		for (size_t j = 0; j < s->batches[i]->count; j++)
			if (s->batches[i]->runs[j].state == PLAN_WAITING)
				s->batches[i]->runs[j].state = PLAN_PENDING;
}

// ---- time ---------------------------------------------------------------------------------------

static int64_t next_end(const struct sim *s)
{
	int64_t next = INT64_MAX;
	for (size_t i = s->first_open; i < s->batches_count; i++)
		for (size_t j = 0; s->batches[i]->stage < 3 && j < s->batches[i]->count; j++)
			if (s->batches[i]->runs[j].state == PLAN_RUNNING &&
			    s->batches[i]->runs[j].end_s < next)
				next = s->batches[i]->runs[j].end_s;
	return next;
}

static void step_clock(struct sim *s)
{
	static const int64_t steps[] = {3600, -3600, 3 * 3600, -3 * 3600};
	if (happens(s, 250))
		s->now_s += between(s, 600, 8 * 3600); // the host slept, and its workers too
	else
		s->skew_s += steps[between(s, 0, 3)];
	s->out->steps++;
}

static void move_on(struct sim *s, int64_t end_s)
{
	int64_t wake = planner_wake_s(s->planner);
	int64_t next = wake == PLANNER_NO_TIME ? end_s : wake - s->skew_s;
	int64_t ends = next_end(s);
	next = ends < next ? ends : next;
	int64_t limit = s->now_s + 3600;
	next = next > s->now_s ? next : s->now_s + 1;
	s->now_s = next < limit ? next : limit;
	if (next >= limit && happens(s, s->o.clock_step))
		step_clock(s);
}

// ---- what must hold at the end ------------------------------------------------------------------

struct fires {
	struct sim *sim;
	int64_t count, last_s;
	const char *schedule;
};

static void take_fire(void *arg, const struct fire_row *row)
{
	struct fires *f = arg;
	f->count += row->count;
	if (row->last_s > f->last_s)
		f->last_s = row->last_s;
}

// Every nominal time since the beginning is on record, once.
static void check_fires(struct sim *s)
{
	for (int i = 0; i < s->o.jobs; i++) {
		const struct sim_job *job = &s->jobs[i];
		struct fires f = {.sim = s};
		CLEANUP_ERROR struct error *e =
		    state_fires(s->state, job->name, 0, 1000000, take_fire, &f);
		if (e)
			broken(s, "%s", error_text(e));
		int64_t wanted = 0;
		for (int64_t t = s->born_s; (t = calendar_next(job->calendar, t)) <= f.last_s;)
			wanted++;
		if (f.count != wanted)
			broken(s, "%s: %lld nominal times on record, there were %lld", job->name,
			       (long long)f.count, (long long)wanted);
		s->out->fires += f.count;
	}
}

// What keeps the batch from its end, as the planner says it.
static const char *say_why_not(const struct sim *s, const struct sim_batch *b)
{
	const char *why = "its runs are";
	if (!planner_find_batch(s->planner, b->id))
		return "the planner has forgotten it";
	for (size_t i = 0; i < b->count; i++)
		if (b->runs[i].state != PLAN_ENDED && i < planner_runs(s->planner, b->id)) {
			(void)planner_run(s->planner, b->id, i, &why);
			return why[0]                             ? why
			       : b->runs[i].state == PLAN_RUNNING ? "a run runs"
			       : planner_may_begin(s->planner, b->id, i)
				   ? "a run may begin, and does not"
				   : "a run waits for nothing";
		}
	return why;
}

static void check_rest(struct sim *s)
{
	for (size_t i = 0; i < s->batches_count; i++) {
		const struct sim_batch *b = s->batches[i];
		s->out->left += b->stage < 3;
		if (b->stage < 3)
			broken(s, "batch %s of %s is not done: %s", b->id, b->schedule,
			       say_why_not(s, b));
	}
	if (planner_batches(s->planner) && !s->out->broken[0])
		broken(s, "%zu batches are left in the queue, the first for %s",
		       planner_batches(s->planner),
		       planner_batch(s->planner, 0)->board
			   ? planner_batch(s->planner, 0)->board
			   : planner_batch(s->planner, 0)->schedule);
}

// ---- setting up ---------------------------------------------------------------------------------

static void set_up_boards(struct sim *s)
{
	for (int i = 0; i < s->o.boards; i++) {
		struct sim_board *b = &s->boards[i];
		snprintf(b->name, sizeof(b->name), "b%d", i);
		b->bad_from = b->bad_until = 0;
		if (!happens(s, s->o.bad_board))
			continue;
		b->bad_from = s->now_s + between(s, 0, s->o.days * INT64_C(86400));
		b->bad_until = b->bad_from + between(s, 3600, 3 * 86400);
	}
}

static void set_up_jobs(struct sim *s)
{
	static const char *const texts[] = {"30 2 * * *", "every 3h", "0 6,18 * * *",
					    "15 1 * * 1-5"};
	static const char *const storm[] = {"every 10m", "every 7m", "*/15 * * * *", "every 5m"};
	for (int i = 0; i < s->o.jobs; i++) {
		struct sim_job *j = &s->jobs[i];
		snprintf(j->name, sizeof(j->name), "j%d", i);
		const char *text = s->o.storm ? storm[i % 4] : texts[i % 4];
		CLEANUP_ERROR struct error *e = calendar_parse(text, s->zone, &j->calendar);
		if (e)
			broken(s, "%s", error_text(e));
		j->pool = i % 3 == 1 ? POOL_EVEN : POOL_ALL;
		j->per_pool = i % 4 == 3 ? 2 : 0;
		j->confirm = i % 2;
		j->schedule = (struct planner_schedule){.name = j->name,
							.job = j->name,
							.text = text,
							.calendar = j->calendar,
							.window_s = 6 * 3600,
							.catch_up = (enum catch_up)(i % 3),
							.backlog = (enum backlog)((i / 2) % 3),
							.every = 3,
							.priority = 10 * (i % 8)};
	}
}

static void tear_down(struct sim *s)
{
	for (int i = 0; i < s->o.jobs; i++)
		calendar_free(s->jobs[i].calendar);
	zone_free(s->zone);
	for (size_t i = 0; i < s->batches_count; i++)
		free_batch(s->batches[i]);
	free(s->batches);
	state_close(s->state);
}

static void live_on(struct sim *s, int64_t end_s)
{
	for (int64_t n = 0; s->now_s < end_s && !s->out->broken[0] && n < 50000000; n++) {
		if (!s->farm)
			bear(s);
		end_runs(s);
		CLEANUP_ERROR struct error *e = executor_step(s->farm, wall(s));
		if (s->dead) {
			bury(s);
			s->out->deaths++;
			s->now_s += between(s, 1, happens(s, 100) ? 20 * 3600 : 30);
			continue;
		}
		s->now_s += e ? 1 : 0;
		if (!e)
			move_on(s, end_s);
	}
}

// Nothing new, and no faults: what is there comes to its end.
static void calm_down(struct sim *s)
{
	struct simulation_options calm = {.boards = s->o.boards, .jobs = s->o.jobs};
	calm.days = s->o.days;
	s->o = calm;
	for (int i = 0; i < s->o.boards; i++)
		s->boards[i].bad_until = 0;
	if (!s->farm)
		bear(s);
	planner_set_schedules(s->planner, wall(s), NULL, 0);
}

void simulated_farm_run(const struct simulation_options *o, struct simulation_result *out)
{
	struct sim *s = memory_new(1, sizeof(*s));
	*out = (struct simulation_result){0};
	s->o = *o;
	s->out = out;
	s->random = o->seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	s->now_s = START_S;
	s->zone = zone_new_utc();
	set_up_boards(s);
	set_up_jobs(s);
	CLEANUP_ERROR struct error *e = state_open("", &s->state);
	if (e) {
		broken(s, "%s", error_text(e));
	} else {
		int64_t end_s = START_S + o->days * INT64_C(86400);
		live_on(s, end_s);
		calm_down(s);
		live_on(s, (s->now_s > end_s ? s->now_s : end_s) + 3 * INT64_C(86400));
		check_fires(s);
		check_rest(s);
	}
	if (s->farm)
		bury(s);
	tear_down(s);
	free(s);
}
