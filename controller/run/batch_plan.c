// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/batch_plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "board/board.h"

struct batch_planner {
	const struct batch_options *options;
	const struct job_config *job;
	const struct boards_config *boards;
	struct batch_plan *out;
};

void batch_plan_deinit(struct batch_plan *p)
{
	if (!p)
		return;
	free(p->runs);
	free(p->empty_pools);
	*p = (struct batch_plan){0};
}

int64_t batch_limit_ns(const struct job_config *job, double start_limit_s)
{
	return (int64_t)((job->deadline_s + start_limit_s) * (double)NS_PER_S);
}

static bool has_board(const struct batch_planner *p, const struct board_config *board,
		      const struct variant_config *variant)
{
	for (size_t i = 0; i < p->out->count; i++)
		if (p->out->runs[i].board == board && p->out->runs[i].variant == variant)
			return true;
	return false;
}

static struct error *add_pool(struct batch_planner *p, const struct pool_config *pool,
			      const struct variant_config *variant)
{
	for (size_t i = 0; i < p->boards->boards_count; i++) {
		const struct board_config *board = &p->boards->boards[i];
		if (!pool_has(pool, board) || has_board(p, board, variant))
			continue;
		if (p->options->board && strcmp(p->options->board, board->name) != 0)
			continue;
		// Its drivers check their keys now, not in the middle of the night.
		CLEANUP_BOARD struct board *check = NULL;
		TRY(board_new(board, &check));
		CLEANUP_FREE char *arguments = job_arguments(p->job, variant, board->arguments);
		TRY(error_wrap(job_check_arguments(p->job, variant, arguments), "board %s",
			       board->name));
		const struct batch_run run = {
		    .pool = pool->name,
		    .board = board,
		    .variant = variant,
		    .attempt = 1,
		    .start_limit_s = board_start_limit(check),
		    .cpus = board_host_cpus(check),
		    .limit_ns = batch_limit_ns(p->job, board_start_limit(check)),
		};
		ARRAY_APPEND(p->out->runs, p->out->count, run);
	}
	return NULL;
}

static struct error *unknown_name(const char *option, const char *name, const char *expected)
{
	return error_new(ERROR_USAGE, "%s %s: %s", option, name, expected);
}

static struct error *check_filters(const struct batch_planner *p)
{
	const struct batch_options *o = p->options;
	if (o->board && !boards_find(p->boards, o->board))
		return unknown_name("--board", o->board, "no such board in boards/");
	bool found = !o->pool;
	for (size_t i = 0; i < p->job->pools_count; i++) {
		const char *name = p->job->pools[i];
		if (!boards_find_pool(p->boards, name))
			return config_error(p->job->pools_node,
					    "the job names pool \"%s\", which boards/ does not "
					    "declare",
					    name);
		found |= o->pool && strcmp(o->pool, name) == 0;
	}
	return found ? NULL : unknown_name("--pool", o->pool, "not a pool of this job");
}

// The job's pools as a list for people; the caller frees.
static char *pool_names(const struct batch_planner *p)
{
	CLEANUP_BUFFER struct buffer text = {0};
	for (size_t i = 0; i < p->job->pools_count; i++)
		buffer_printf(&text, "%s%s", i ? ", " : "", p->job->pools[i]);
	return buffer_steal(&text);
}

static struct error *no_board(const struct batch_planner *p)
{
	const struct batch_options *o = p->options;
	CLEANUP_FREE char *pools = pool_names(p);
	if (o->board && o->pool)
		return error_new(ERROR_USAGE, "--board %s: not in pool %s", o->board, o->pool);
	if (o->board)
		return error_new(ERROR_USAGE, "--board %s: the job leaves it out, its pools are %s",
				 o->board, pools);
	return config_error(p->job->pools_node, "no board of boards/ is in %s",
			    o->pool ? o->pool : pools);
}

static bool pool_is_empty(const struct batch_planner *p, const struct pool_config *pool)
{
	for (size_t i = 0; i < p->boards->boards_count; i++)
		if (pool_has(pool, &p->boards->boards[i]))
			return false;
	return true;
}

// A pool that lost its last board must not look like one that passed.
static void find_empty_pools(struct batch_planner *p)
{
	const struct batch_options *o = p->options;
	for (size_t i = 0; i < p->job->pools_count && !o->board; i++) {
		const char *name = p->job->pools[i];
		if ((!o->pool || strcmp(o->pool, name) == 0) &&
		    pool_is_empty(p, boards_find_pool(p->boards, name)))
			ARRAY_APPEND(p->out->empty_pools, p->out->empty_pools_count, name);
	}
}

static struct error *plan_runs(struct batch_planner *p)
{
	TRY(check_filters(p));
	// Variants outermost: neighbouring runs are on different boards and can go on at once.
	for (size_t v = 0; v < p->job->variants_count; v++)
		for (size_t k = 0; k < p->job->pools_count; k++) {
			const char *name = p->job->pools[k];
			if (!p->options->pool || strcmp(p->options->pool, name) == 0)
				TRY(add_pool(p, boards_find_pool(p->boards, name),
					     &p->job->variants[v]));
		}
	find_empty_pools(p);
	return p->out->count ? NULL : no_board(p);
}

// Behind the first attempts, in the same order: a board's turns lie as far apart as they can.
static void add_repeats(struct batch_planner *p)
{
	size_t once = p->out->count;
	for (unsigned n = 1; n < p->options->repeat; n++)
		for (size_t i = 0; i < once; i++) {
			struct batch_run run = p->out->runs[i];
			run.attempt = (int64_t)n + 1;
			ARRAY_APPEND(p->out->runs, p->out->count, run);
		}
}

struct error *batch_plan_make(const struct batch_options *options, const struct job_config *job,
			      const struct boards_config *boards, struct batch_plan *out)
{
	*out = (struct batch_plan){0};
	CLEANUP_BATCH_PLAN struct batch_plan plan = {0};
	struct batch_planner planner = {options, job, boards, &plan};
	TRY(plan_runs(&planner));
	add_repeats(&planner);
	*out = plan;
	plan = (struct batch_plan){0};
	return NULL;
}
