// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/batch.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/stop_signal.h"
#include "board/board.h"
#include "run/batch_json.h"
#include "run/batch_state.h"
#include "run/directory.h"
#include "run/payload.h"

// Beyond its deadline a worker gets this long to switch its board off and judge; then it is ended.
#define DEADLINE_SLACK_NS (8 * NS_PER_S)
// A worker that was asked to stop gets this long before it is ended.
#define STOP_SLACK_NS (10 * NS_PER_S)
// From its start to power-on: fetching nothing, starting an emulator at most.
#define PREPARE_LIMIT_NS (120 * NS_PER_S)
#define TICK_NS          (200 * NS_PER_MS)

const char *batch_id(const struct batch *b)
{
	return b->id;
}

void batch_free(struct batch *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->count; i++) {
		process_deinit(&b->slots[i].worker);
		cleanup_close(&b->slots[i].events);
		buffer_deinit(&b->slots[i].unread);
		cleanup_close(&b->slots[i].board_lock);
		free(b->slots[i].died);
		free(b->runs[i].id);
		free(b->runs[i].dir);
		free(b->runs[i].reason);
		free(b->runs[i].waits);
	}
	free(b->runs);
	free(b->slots);
	free(b->dir);
	free(b->empty_pools);
	revision_deinit(&b->revision);
	cleanup_close(&b->signals);
	cleanup_close(&b->active);
	free(b);
}

// ---- planning -----------------------------------------------------------------------------------

void batch_name_run(const struct batch *b, struct batch_run *run)
{
	run->id = directory_run_id(b->id, run->board->name, run->variant->name, run->attempt);
	run->dir = directory_path(b->options->results_dir, run->id);
}

void batch_add_run(struct batch *b, struct batch_run run)
{
	struct slot slot = {.worker = PROCESS_NONE, .events = -1, .board_lock = -1};
	size_t count = b->count;
	ARRAY_APPEND(b->slots, count, slot);
	ARRAY_APPEND(b->runs, b->count, run);
}

static bool has_board(const struct batch *b, const struct board_config *board,
		      const struct variant_config *variant)
{
	for (size_t i = 0; i < b->count; i++)
		if (b->runs[i].board == board && b->runs[i].variant == variant)
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
	CLEANUP_FREE char *batches = path_join(results, "batches");
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
	bool whole = !o->board && !o->pool && !b->stop_ns;
	return !o->no_publish && (whole || o->ask_publish);
}

struct error *batch_write_record(const struct batch *b, int64_t finish_realtime_ns)
{
	const struct batch_facts record = {
	    .options = b->options,
	    .job = b->job,
	    .payload = b->payload,
	    .id = b->id,
	    .start_realtime_ns = b->start_realtime_ns,
	    .finish_realtime_ns = finish_realtime_ns,
	    .runs = b->runs,
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
			    .active = -1,
			    .start_realtime_ns = clock_realtime_ns()};
	TRY(plan_runs(b));
	if (!job->source.commit)
		revision_find(payload->path, job->payload.kind, payload->source, &b->revision);
	TRY(claim_id(b));
	for (size_t i = 0; i < b->count; i++)
		batch_name_run(b, &b->runs[i]);
	TRY(batch_write_record(b, 0));
	*out = STEAL(b);
	return NULL;
}

// ---- following ----------------------------------------------------------------------------------

static void take_event_line(struct batch_run *run, const char *line, size_t len,
			    int64_t deadline_ns)
{
	json_error_t why;
	json_t *o = json_loadb(line, len, 0, &why);
	const char *state = json_string_value(json_object_get(o, "state"));
	const char *event = json_string_value(json_object_get(o, "event"));
	if (state && event && strcmp(event, "state") == 0) {
		snprintf(run->phase, sizeof(run->phase), "%s", state);
		run->phase_ns = clock_monotonic_ns();
		// A worker's own deadline starts anew when a flashed payload has been started.
		if (strcmp(state, "power-on") == 0 || strcmp(state, "started") == 0)
			run->power_on_ns = clock_monotonic_ns();
		if (strcmp(state, "started") == 0)
			run->limit_ns = deadline_ns;
	}
	json_decref(o);
}

// Reads what the worker added to its events since the last look.
static void follow_events(struct batch_run *run, struct slot *slot, int64_t deadline_ns)
{
	if (slot->events < 0) {
		CLEANUP_FREE char *path = path_join(run->dir, "events.jsonl");
		error_free(file_open_regular(path, ERROR_SYSTEM, &slot->events));
	}
	char chunk[8192];
	ssize_t n;
	while (slot->events >= 0 && (n = read(slot->events, chunk, sizeof(chunk))) > 0) {
		buffer_append(&slot->unread, chunk, (size_t)n);
		char *start = slot->unread.data;
		char *newline;
		while ((newline = strchr(start, '\n'))) {
			take_event_line(run, start, (size_t)(newline - start), deadline_ns);
			start = newline + 1;
		}
		size_t rest = slot->unread.len - (size_t)(start - slot->unread.data);
		memmove(slot->unread.data, start, rest);
		buffer_truncate(&slot->unread, rest);
	}
}

bool batch_run_is_late(const struct batch_run *run, int64_t now_ns)
{
	// Queueing for a board is not the worker's fault; everything after it has a limit.
	if (strcmp(run->phase, "waiting") == 0)
		return false;
	int64_t limit = run->power_on_ns ? run->power_on_ns + run->limit_ns
					 : run->phase_ns + PREPARE_LIMIT_NS +
					       (int64_t)(run->start_limit_s * (double)NS_PER_S);
	return now_ns > limit + DEADLINE_SLACK_NS;
}

// The worker keeps its own deadline; this is for the one that cannot.
static void enforce_deadline(struct batch *b, size_t i, int64_t now)
{
	struct batch_run *run = &b->runs[i];
	if (b->slots[i].recover_ns) {
		if (now > b->slots[i].recover_ns)
			process_signal(&b->slots[i].worker, SIGKILL);
		return;
	}
	bool late = batch_run_is_late(run, now);
	bool stubborn = b->stop_ns && now > b->stop_ns + STOP_SLACK_NS;
	if ((late || stubborn) && !b->slots[i].killed) {
		b->slots[i].killed = stubborn ? "did not stop when asked and was ended"
					      : "was ended beyond its deadline";
		process_signal(&b->slots[i].worker, SIGKILL);
	}
}

static void ask_to_stop(struct batch *b)
{
	if (!stop_signal_read(b->signals))
		return;
	b->stop_ns = clock_monotonic_ns();
	for (size_t i = 0; i < b->count; i++)
		if (b->runs[i].state == BATCH_RUNNING && !b->slots[i].recover_ns)
			process_signal(&b->slots[i].worker, SIGTERM);
}

static void wait_for_news(struct batch *b, int64_t tick_ns)
{
	struct pollfd *pfds = memory_new(b->count + 1, sizeof(*pfds));
	nfds_t n = 0;
	pfds[n++] = (struct pollfd){.fd = b->signals, .events = POLLIN};
	for (size_t i = 0; i < b->count; i++)
		if (b->runs[i].state == BATCH_RUNNING)
			pfds[n++] =
			    (struct pollfd){.fd = b->slots[i].worker.pidfd, .events = POLLIN};
	poll(pfds, n, clock_poll_ms(tick_ns, 1000));
	if (pfds[0].revents)
		ask_to_stop(b);
	free(pfds);
}

static void tick(struct batch *b, batch_fn *progress, void *arg)
{
	int64_t now = clock_monotonic_ns();
	for (size_t i = 0; i < b->count; i++) {
		if (b->runs[i].state != BATCH_RUNNING)
			continue;
		follow_events(&b->runs[i], &b->slots[i], batch_deadline_ns(b));
		enforce_deadline(b, i, now);
	}
	progress(BATCH_EVENT_TICK, b->runs, b->count, NULL, arg);
}

static bool goes_on(struct batch *b)
{
	bool repeats = batch_repeat_starved(b);
	return repeats || batch_count(b, BATCH_RUNNING) > 0 ||
	       (!b->stop_ns && batch_count(b, BATCH_PENDING) > 0);
}

struct error *batch_run(struct batch *b, batch_fn *progress, void *arg, bool *interrupted)
{
	if (b->signals < 0)
		TRY(stop_signal_open(&b->signals));
	int64_t tick_ns = clock_monotonic_ns() + TICK_NS;
	batch_start_more(b, progress, arg);
	while (goes_on(b)) {
		wait_for_news(b, tick_ns);
		for (size_t i = 0; i < b->count; i++) {
			if (b->runs[i].state != BATCH_RUNNING || !process_poll(&b->slots[i].worker))
				continue;
			if (batch_finish_run(b, i))
				progress(BATCH_EVENT_FINISH, b->runs, b->count, &b->runs[i], arg);
		}
		batch_start_more(b, progress, arg);
		if (clock_monotonic_ns() >= tick_ns) {
			tick(b, progress, arg);
			tick_ns = clock_monotonic_ns() + TICK_NS;
		}
	}
	*interrupted = b->stop_ns != 0;
	return batch_write_record(b, clock_realtime_ns());
}

struct error *batch_repeat(struct batch *b, const char *id, unsigned times)
{
	size_t first = 0;
	while (first < b->count && strcmp(b->runs[first].id, id) != 0)
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
		CLEANUP_FREE char *dir = directory_path(results_dir, ids[i]);
		complete = complete && directory_is_finished(dir);
		free(ids[i]);
	}
	free(ids);
	if (complete)
		directory_unmark_active(results_dir, id);
}
