// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/batch.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/stop_signal.h"
#include "board/board.h"
#include "record/layout.h"
#include "run/batch_json.h"
#include "run/batch_state.h"
#include "run/directory.h"
#include "run/payload.h"

#define TICK_NS (200 * NS_PER_MS)

const char *batch_id(const struct batch *b)
{
	return b->id;
}

void batch_free(struct batch *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->count; i++)
		attempt_free(b->slots[i].attempt);
	free(b->slots);
	free(b->view);
	free(b->dir);
	free(b->empty_pools);
	revision_deinit(&b->revision);
	cleanup_close(&b->signals);
	cleanup_close(&b->epoll);
	cleanup_close(&b->active);
	free(b);
}

// ---- planning -----------------------------------------------------------------------------------

void batch_add_run(struct batch *b, struct batch_run run)
{
	const struct slot slot = {.attempt = attempt_new(&b->plan, &run)};
	ARRAY_APPEND(b->slots, b->count, slot);
	free(b->view);
	b->view = memory_new(b->count, sizeof(*b->view));
}

const struct batch_run *batch_view(struct batch *b)
{
	for (size_t i = 0; i < b->count; i++)
		b->view[i] = *batch_run_at(b, i);
	return b->view;
}

static bool has_board(const struct batch *b, const struct board_config *board,
		      const struct variant_config *variant)
{
	for (size_t i = 0; i < b->count; i++)
		if (batch_run_at(b, i)->board == board && batch_run_at(b, i)->variant == variant)
			return true;
	return false;
}

static struct error *add_pool(struct batch *b, const struct pool_config *pool,
			      const struct variant_config *variant)
{
	for (size_t i = 0; i < b->boards->boards_count; i++) {
		const struct board_config *board = &b->boards->boards[i];
		if (!pool_has(pool, board) || has_board(b, board, variant))
			continue;
		if (b->options->board && strcmp(b->options->board, board->name) != 0)
			continue;
		// Its drivers check their keys now, not in the middle of the night.
		CLEANUP_BOARD struct board *check = NULL;
		TRY(board_new(board, &check));
		CLEANUP_FREE char *arguments = job_arguments(b->job, variant, board->arguments);
		TRY(error_wrap(job_check_arguments(b->job, variant, arguments), "board %s",
			       board->name));
		const struct batch_run run = {
		    .pool = pool->name,
		    .board = board,
		    .variant = variant,
		    .attempt = 1,
		    .start_limit_s = board_start_limit(check),
		    .cpus = board_host_cpus(check),
		};
		batch_add_run(b, run);
	}
	return NULL;
}

static struct error *unknown_name(const char *option, const char *name, const char *expected)
{
	return error_new(ERROR_USAGE, "%s %s: %s", option, name, expected);
}

static struct error *check_filters(const struct batch *b)
{
	const struct batch_options *o = b->options;
	if (o->board && !boards_find(b->boards, o->board))
		return unknown_name("--board", o->board, "no such board in boards/");
	bool found = !o->pool;
	for (size_t i = 0; i < b->job->pools_count; i++) {
		const char *name = b->job->pools[i];
		if (!boards_find_pool(b->boards, name))
			return config_error(b->job->pools_node,
					    "the job names pool \"%s\", which boards/ does not "
					    "declare",
					    name);
		found |= o->pool && strcmp(o->pool, name) == 0;
	}
	return found ? NULL : unknown_name("--pool", o->pool, "not a pool of this job");
}

// The job's pools as a list for people; the caller frees.
static char *pool_names(const struct batch *b)
{
	CLEANUP_BUFFER struct buffer text = {0};
	for (size_t i = 0; i < b->job->pools_count; i++)
		buffer_printf(&text, "%s%s", i ? ", " : "", b->job->pools[i]);
	return buffer_steal(&text);
}

static struct error *no_board(const struct batch *b)
{
	const struct batch_options *o = b->options;
	CLEANUP_FREE char *pools = pool_names(b);
	if (o->board && o->pool)
		return error_new(ERROR_USAGE, "--board %s: not in pool %s", o->board, o->pool);
	if (o->board)
		return error_new(ERROR_USAGE, "--board %s: the job leaves it out, its pools are %s",
				 o->board, pools);
	return config_error(b->job->pools_node, "no board of boards/ is in %s",
			    o->pool ? o->pool : pools);
}

static bool pool_is_empty(const struct batch *b, const struct pool_config *pool)
{
	for (size_t i = 0; i < b->boards->boards_count; i++)
		if (pool_has(pool, &b->boards->boards[i]))
			return false;
	return true;
}

// A pool that lost its last board must not look like one that passed.
static void find_empty_pools(struct batch *b)
{
	const struct batch_options *o = b->options;
	for (size_t i = 0; i < b->job->pools_count && !o->board; i++) {
		const char *name = b->job->pools[i];
		if ((!o->pool || strcmp(o->pool, name) == 0) &&
		    pool_is_empty(b, boards_find_pool(b->boards, name)))
			ARRAY_APPEND(b->empty_pools, b->empty_pools_count, name);
	}
}

static struct error *plan_runs(struct batch *b)
{
	TRY(check_filters(b));
	// Variants outermost: neighbouring runs are on different boards and can go on at once.
	for (size_t v = 0; v < b->job->variants_count; v++)
		for (size_t p = 0; p < b->job->pools_count; p++) {
			const char *name = b->job->pools[p];
			if (!b->options->pool || strcmp(b->options->pool, name) == 0)
				TRY(add_pool(b, boards_find_pool(b->boards, name),
					     &b->job->variants[v]));
		}
	find_empty_pools(b);
	return b->count ? NULL : no_board(b);
}

static void make_id(struct batch *b)
{
	unsigned char random[5] = {0};
	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
		int64_t now = clock_monotonic_ns(); // claim_id sees to the rest
		memcpy(random, &now, sizeof(random));
	}
	char stamp[17];
	clock_compact(b->start_realtime_ns, stamp);
	snprintf(b->id, sizeof(b->id), "%s-%02x%02x%02x%02x%02x", stamp, random[0], random[1],
		 random[2], random[3], random[4]);
}

// An id that no other batch has here: its folder is new. It is marked active first, so that whoever
// finds the folder without a batch.json knows whether somebody is about to write it.
static struct error *claim_id(struct batch *b)
{
	const char *results = b->options->results_dir;
	CLEANUP_FREE char *batches = path_join(results, LAYOUT_BATCHES);
	TRY(file_make_dirs(batches));
	for (;;) {
		make_id(b);
		TRY(directory_mark_active(results, b->id, &b->active));
		free(b->dir);
		b->dir = path_join(batches, b->id);
		if (b->active >= 0 && mkdir(b->dir, 0777) == 0)
			return NULL;
		if (b->active >= 0 && errno != EEXIST)
			return error_errno(ERROR_SYSTEM, errno, "%s", b->dir);
		cleanup_close(&b->active);
	}
}

bool batch_publishes(const struct batch *b)
{
	const struct batch_options *o = b->options;
	bool whole = !o->board && !o->pool && !o->variant && !o->changed && !b->stop_ns;
	return !o->no_publish && (whole || o->ask_publish);
}

struct error *batch_write_record(struct batch *b, int64_t finish_realtime_ns)
{
	const struct batch_facts record = {
	    .options = b->options,
	    .job = b->job,
	    .payload = b->payload,
	    .id = b->id,
	    .start_realtime_ns = b->start_realtime_ns,
	    .finish_realtime_ns = finish_realtime_ns,
	    .runs = batch_view(b),
	    .runs_count = b->count,
	    .commit = b->revision.commit,
	    .commit_name = b->revision.name,
	    .interrupted = b->stop_ns != 0,
	    .publish = batch_publishes(b),
	    .empty_pools = b->empty_pools,
	    .empty_pools_count = b->empty_pools_count,
	};
	return batch_json_write(b->dir, &record);
}

struct error *batch_new(const struct batch_options *options, const struct job_config *job,
			const struct boards_config *boards, const struct payload_file *payload,
			struct batch **out)
{
	CLEANUP_BATCH struct batch *b = memory_new(1, sizeof(*b));
	*b = (struct batch){.options = options,
			    .job = job,
			    .boards = boards,
			    .payload = payload,
			    .signals = -1,
			    .epoll = -1,
			    .active = -1,
			    .start_realtime_ns = clock_realtime_ns()};
	b->plan = (struct attempt_plan){.results_dir = options->results_dir,
					.program = options->program,
					.batch = b->id,
					.job = job,
					.payload = payload};
	TRY(plan_runs(b));
	b->plan.epoll = b->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (b->epoll < 0)
		return error_errno(ERROR_SYSTEM, errno, "epoll_create1");
	if (!job->source.commit)
		revision_find(payload->path, job->payload.kind, payload->source, &b->revision);
	TRY(claim_id(b));
	for (size_t i = 0; i < b->count; i++)
		attempt_name(b->slots[i].attempt);
	size_t once = b->count;
	for (unsigned n = 1; n < options->repeat; n++)
		for (size_t i = 0; i < once; i++)
			batch_add_attempt(b, i);
	TRY(batch_write_record(b, 0));
	*out = STEAL(b);
	return NULL;
}

// ---- carrying it out ----------------------------------------------------------------------------

int batch_fd(const struct batch *b)
{
	return b->epoll;
}

// Boards that are waited for, and hosts that are busy, tell nothing when they are free: they are asked
// with every tick.
int64_t batch_wake_ns(const struct batch *b)
{
	int64_t wake_ns = b->tick_ns;
	for (size_t i = 0; i < b->count; i++) {
		int64_t own_ns = attempt_wake_ns(b->slots[i].attempt);
		wake_ns = own_ns < wake_ns ? own_ns : wake_ns;
	}
	return wake_ns;
}

void batch_stop(struct batch *b)
{
	b->stop_ns = clock_monotonic_ns();
	for (size_t i = 0; i < b->count; i++)
		attempt_stop(b->slots[i].attempt);
}

bool batch_is_stopped(const struct batch *b)
{
	return b->stop_ns != 0;
}

static bool goes_on(struct batch *b)
{
	bool repeats = batch_repeat_starved(b);
	return repeats || batch_count(b, BATCH_RUNNING) > 0 ||
	       (!b->stop_ns && batch_count(b, BATCH_PENDING) > 0);
}

static void poll_attempts(struct batch *b, batch_fn *progress, void *arg)
{
	for (size_t i = 0; i < b->count; i++) {
		if (attempt_poll(b->slots[i].attempt) == ATTEMPT_FINISHES)
			batch_tell_end(b, i, progress, arg);
	}
}

struct error *batch_step(struct batch *b, batch_fn *progress, void *arg, bool *done)
{
	poll_attempts(b, progress, arg);
	batch_start_more(b, progress, arg);
	int64_t now = clock_monotonic_ns();
	if (now >= b->tick_ns) {
		progress(BATCH_EVENT_TICK, batch_view(b), b->count, NULL, arg);
		b->tick_ns = now + TICK_NS;
	}
	*done = !goes_on(b);
	return *done ? batch_write_record(b, clock_realtime_ns()) : NULL;
}

static void wait_for_news(struct batch *b)
{
	struct pollfd pfds[] = {{.fd = b->signals, .events = POLLIN},
				{.fd = b->epoll, .events = POLLIN}};
	poll(pfds, 2, clock_poll_ms(batch_wake_ns(b), 1000));
	if (pfds[0].revents && stop_signal_read(b->signals))
		batch_stop(b);
}

struct error *batch_run(struct batch *b, batch_fn *progress, void *arg, bool *interrupted)
{
	if (b->signals < 0)
		TRY(stop_signal_open(&b->signals));
	bool done = false;
	for (;;) {
		TRY(batch_step(b, progress, arg, &done));
		if (done)
			break;
		wait_for_news(b);
	}
	*interrupted = b->stop_ns != 0;
	return NULL;
}

struct error *batch_repeat(struct batch *b, const char *id, unsigned times)
{
	size_t first = 0;
	while (first < b->count && strcmp(batch_run_at(b, first)->id, id) != 0)
		first++;
	if (first == b->count)
		return error_new(ERROR_BUG, "%s is no run of batch %s", id, b->id);
	for (unsigned i = 0; i < times; i++)
		batch_add_attempt(b, first);
	return batch_write_record(b, 0);
}

void batch_close(const char *results_dir, const char *id)
{
	char **ids = NULL;
	size_t count = 0;
	CLEANUP_ERROR struct error *e = batch_json_runs(results_dir, id, &ids, &count);
	bool complete = !e;
	for (size_t i = 0; i < count; i++) {
		CLEANUP_FREE char *dir = layout_run(results_dir, ids[i]);
		complete = complete && directory_is_finished(dir);
		free(ids[i]);
	}
	free(ids);
	if (complete)
		directory_unmark_active(results_dir, id);
}
