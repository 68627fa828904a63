// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/batch.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/stop_signal.h"
#include "kernel/payload.h"
#include "record/batch_id.h"
#include "record/layout.h"
#include "run/batch_json.h"
#include "run/batch_state.h"
#include "run/directory.h"

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
	batch_plan_deinit(&b->planned);
	arena_deinit(&b->arena);
	revision_deinit(&b->revision);
	cleanup_close(&b->signals);
	cleanup_close(&b->epoll);
	cleanup_close(&b->active);
	free(b);
}

// ---- runs ---------------------------------------------------------------------------------------

void batch_add_run(struct batch *b, struct batch_run run)
{
	const struct slot slot = {.attempt = attempt_new(&b->plan, &run)};
	ARRAY_APPEND(b->slots, b->count, slot);
	free(b->view);
	b->view = memory_new(b->count, sizeof(*b->view));
}

const struct batch_run *batch_runs(struct batch *b, size_t *count)
{
	for (size_t i = 0; i < b->count; i++)
		b->view[i] = *batch_run_at(b, i);
	*count = b->count;
	return b->view;
}

// The folder of a batch whose id the caller has made before; that a death left it there without a
// batch.json does not matter.
static struct error *claim_given_id(struct batch *b)
{
	const char *results = b->options->results_dir;
	if (!batch_id_is_valid(b->options->id))
		return error_new(ERROR_BUG, "\"%s\" is no id of a batch", b->options->id);
	snprintf(b->id, sizeof(b->id), "%s", b->options->id);
	b->dir = layout_batch(results, b->id);
	TRY(batch_take(b));
	if (mkdir(b->dir, 0777) < 0 && errno != EEXIST)
		return error_errno(ERROR_SYSTEM, errno, "%s", b->dir);
	if (batch_is_begun(results, b->id))
		return error_new(ERROR_LAB, "batch %s was begun already", b->id);
	directory_tidy(b->dir);
	return NULL;
}

// An id that no other batch has here: its folder is new. It is marked active first, so that whoever
// finds the folder without a batch.json knows whether somebody is about to write it.
static struct error *claim_new_id(struct batch *b)
{
	const char *results = b->options->results_dir;
	for (;;) {
		batch_id_make(b->start_realtime_ns, b->id);
		TRY(directory_mark_active(results, b->id, &b->active));
		free(b->dir);
		b->dir = layout_batch(results, b->id);
		if (b->active >= 0 && mkdir(b->dir, 0777) == 0)
			return NULL;
		if (b->active >= 0 && errno != EEXIST)
			return error_errno(ERROR_SYSTEM, errno, "%s", b->dir);
		cleanup_close(&b->active);
	}
}

static struct error *claim_id(struct batch *b)
{
	CLEANUP_FREE char *batches = path_join(b->options->results_dir, LAYOUT_BATCHES);
	TRY(file_make_dirs(batches));
	return b->options->id ? claim_given_id(b) : claim_new_id(b);
}

bool batch_publishes(const struct batch *b)
{
	const struct batch_options *o = b->options;
	if (b->resumed)
		return !b->unpublished && (b->over || !b->stop_ns || o->ask_publish);
	bool whole = !o->board && !o->pool && !o->variant && !o->changed && !b->stop_ns;
	return !o->no_publish && (whole || o->ask_publish);
}

struct error *batch_write_record(struct batch *b, int64_t finish_realtime_ns)
{
	size_t count;
	const struct batch_run *runs = batch_runs(b, &count);
	const struct batch_facts record = {
	    .options = b->options,
	    .job = b->job,
	    .payload = b->payload,
	    .id = b->id,
	    .start_realtime_ns = b->start_realtime_ns,
	    .finish_realtime_ns = finish_realtime_ns,
	    .runs = runs,
	    .runs_count = count,
	    .commit = b->revision.commit,
	    .commit_name = b->revision.name,
	    .interrupted = b->stop_ns != 0,
	    .publish = batch_publishes(b),
	    .empty_pools = b->planned.empty_pools,
	    .empty_pools_count = b->planned.empty_pools_count,
	};
	return b->resumed ? batch_json_update(b->options->results_dir, &record)
			  : batch_json_write(b->dir, &record);
}

struct batch *batch_alloc(const struct batch_options *options, const struct job_config *job,
			  const struct boards_config *boards, const struct payload_file *payload)
{
	struct batch *b = memory_new(1, sizeof(*b));
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
					.payload = payload,
					.epoll = -1};
	return b;
}

struct error *batch_open_epoll(struct batch *b)
{
	b->plan.epoll = b->epoll = epoll_create1(EPOLL_CLOEXEC);
	return b->epoll < 0 ? error_errno(ERROR_SYSTEM, errno, "epoll_create1") : NULL;
}

struct error *batch_take(struct batch *b)
{
	TRY(directory_mark_active(b->options->results_dir, b->id, &b->active));
	if (b->active >= 0)
		return NULL;
	return error_new(ERROR_LAB, "batch %s is in the hands of another process", b->id);
}

bool batch_is_begun(const char *results_dir, const char *id)
{
	CLEANUP_FREE char *record = layout_batch_file(results_dir, id, LAYOUT_BATCH_JSON);
	return file_exists(record);
}

struct error *batch_new(const struct batch_options *options, const struct job_config *job,
			const struct boards_config *boards, const struct payload_file *payload,
			struct batch **out)
{
	CLEANUP_BATCH struct batch *b = batch_alloc(options, job, boards, payload);
	TRY(batch_plan_make(options, job, boards, &b->planned));
	TRY(batch_open_epoll(b));
	if (!job->source.commit)
		revision_find(payload->path, job->payload.kind, payload->source, &b->revision);
	TRY(claim_id(b));
	for (size_t i = 0; i < b->planned.count; i++) {
		batch_add_run(b, b->planned.runs[i]);
		attempt_name(b->slots[i].attempt, NULL);
	}
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
static bool needs_ticks(const struct batch *b)
{
	if (!b->options->gate || b->tick_ns == 0 || batch_count(b, BATCH_RUNNING) > 0)
		return true;
	for (size_t i = 0; i < b->count; i++)
		if (b->slots[i].repeat_ns || attempt_has_asked(b->slots[i].attempt))
			return true;
	return false;
}

int64_t batch_wake_ns(const struct batch *b)
{
	int64_t wake_ns = needs_ticks(b) ? b->tick_ns : INT64_MAX;
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

bool batch_is_closed(const struct batch *b)
{
	return b->closed;
}

void batch_leave(struct batch *b)
{
	for (size_t i = 0; i < b->count; i++)
		attempt_leave(b->slots[i].attempt);
}

static bool goes_on(struct batch *b)
{
	bool repeats = batch_repeat_starved(b);
	return repeats || batch_count(b, BATCH_RUNNING) > 0 ||
	       (!b->stop_ns && !b->over && batch_count(b, BATCH_PENDING) > 0);
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
		size_t count;
		const struct batch_run *runs = batch_runs(b, &count);
		progress(BATCH_EVENT_TICK, runs, count, NULL, arg);
		b->tick_ns = now + TICK_NS;
	}
	*done = !goes_on(b);
	return *done && !b->over ? batch_write_record(b, clock_realtime_ns()) : NULL;
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
	if (!complete)
		return;
	CLEANUP_FREE char *dir = layout_batch(results_dir, id);
	directory_tidy(dir);
	directory_unmark_active(results_dir, id);
}
