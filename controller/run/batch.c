// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/batch.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/process.h"
#include "base/stop_signal.h"
#include "board/board.h"
#include "run/batch_json.h"
#include "run/directory.h"
#include "run/host.h"
#include "run/payload.h"
#include "run/recover.h"
#include "run/revision.h"

// Beyond its deadline a worker gets this long to switch its board off and judge; then it is ended.
#define DEADLINE_SLACK_NS (8 * NS_PER_S)
// A worker that was asked to stop gets this long before it is ended.
#define STOP_SLACK_NS (10 * NS_PER_S)
// From its start to power-on: fetching nothing, starting an emulator at most.
#define PREPARE_LIMIT_NS (120 * NS_PER_S)
#define TICK_NS          (200 * NS_PER_MS)
#define RUN_JSON_LIMIT   ((size_t)64 << 20)

// What only the batch itself needs of a run.
struct slot {
	struct process worker;
	int events;           // events.jsonl, as far as it was read
	struct buffer unread; // of an unfinished line
	const char *killed;   // why we ended it; NULL = we did not
	char *died;           // owned: what became of it when it left no verdict; NULL = nothing
	int64_t recover_ns;   // until then its run may be finished in its stead; 0 = it is not
	unsigned recoveries;  // that were begun
	int board_lock;       // from before its directory is made until the worker has it; else -1
	int64_t wait_ns;      // since then its board is somebody else's; 0 = it is not
	bool is_repeat;       // of a run that the host was too busy for
	int64_t repeat_ns; // until then it is to be repeated once the load is down; 0 = it is not
};

struct batch {
	const struct batch_options *options;
	const struct job_config *job;
	const struct boards_config *boards;
	const struct payload_file *payload;
	char id[32];
	char *dir;
	struct batch_run *runs;
	struct slot *slots; // as many as runs
	size_t count;
	struct revision revision;
	int64_t start_realtime_ns;
	int signals;
	int active;               // lock on RESULTS/active/ID: says that this scheduler lives
	int64_t stop_ns;          // 0 = nobody asked to stop
	const char **empty_pools; // of the job; borrowed names
	size_t empty_pools_count;
};

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

static void name_run(const struct batch *b, struct batch_run *run)
{
	run->id = directory_run_id(b->id, run->board->name, run->variant->name, run->attempt);
	run->dir = directory_path(b->options->results_dir, run->id);
}

static void add_run(struct batch *b, struct batch_run run)
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
		add_run(b, run);
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

static struct error *write_record(const struct batch *b, int64_t finish_realtime_ns)
{
	const struct batch_record record = {
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
		name_run(b, &b->runs[i]);
	TRY(write_record(b, 0));
	*out = STEAL(b);
	return NULL;
}

// ---- workers ------------------------------------------------------------------------------------

static int64_t deadline_ns(const struct batch *b)
{
	return (int64_t)(b->job->deadline_s * (double)NS_PER_S);
}

static struct error *make_directory(struct batch *b, size_t i)
{
	struct batch_run *run = &b->runs[i];
	struct slot *slot = &b->slots[i];
	run->limit_ns = deadline_ns(b) + (int64_t)(run->start_limit_s * (double)NS_PER_S);
	run->start_ns = run->phase_ns = clock_monotonic_ns();
	run->state = BATCH_RUNNING;
	const struct run_identity identity = {
	    .id = run->id,
	    .batch = b->id,
	    .pool = run->pool,
	    .sha256 = b->payload->sha256,
	    .payload_name = b->payload->name,
	    .attempt = run->attempt,
	    .waited_s =
		slot->wait_ns ? (double)(run->start_ns - slot->wait_ns) / (double)NS_PER_S : 0,
	};
	return directory_create(b->options->results_dir, b->job, run->variant, run->board,
				&identity);
}

static struct error *start_worker(struct batch *b, size_t i)
{
	struct batch_run *run = &b->runs[i];
	struct slot *slot = &b->slots[i];
	TRY(make_directory(b, i));
	CLEANUP_FREE char *log_path = path_join(run->dir, "worker.log");
	CLEANUP_CLOSE int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (log < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", log_path);
	bool locked = slot->board_lock >= 0;
	if (locked)
		directory_name_holder(slot->board_lock, run->dir);
	const char *const argv[] = {b->options->program, "worker", run->dir,
				    locked ? "--board-locked" : NULL, NULL};
	const struct process_spec spec = {.argv = argv,
					  .in = -1,
					  .out = log,
					  .err = log,
					  .pass = slot->board_lock,
					  .new_group = true,
					  .own_environment = true};
	return process_spawn(&spec, &slot->worker);
}

// The lock is the worker's from now on, and dies with it.
static struct error *start_run(struct batch *b, size_t i)
{
	struct error *e = start_worker(b, i);
	cleanup_close(&b->slots[i].board_lock);
	return e;
}

// Verdict and reason, as the worker wrote them; the cause of a MISS goes to `code`.
static void read_verdict(struct batch_run *run, char *code, size_t size)
{
	CLEANUP_FREE char *path = path_join(run->dir, RUN_JSON);
	CLEANUP_BUFFER struct buffer text = {0};
	CLEANUP_ERROR struct error *e =
	    file_read_regular(path, RUN_JSON_LIMIT, ERROR_SYSTEM, &text);
	json_t *o = e ? NULL : json_loadb(buffer_str(&text), text.len, 0, NULL);
	const char *verdict = json_string_value(json_object_get(o, "verdict"));
	const char *reason = json_string_value(json_object_get(o, "reason"));
	const char *cause = json_string_value(json_object_get(json_object_get(o, "error"), "code"));
	snprintf(run->verdict, sizeof(run->verdict), "%s", verdict ? verdict : "");
	snprintf(code, size, "%s", cause ? cause : "");
	free(run->reason);
	run->reason = memory_strdup(reason ? reason : "");
	json_decref(o);
}

static bool has_verdict(const struct batch_run *run)
{
	CLEANUP_FREE char *path = path_join(run->dir, RUN_JSON);
	return file_exists(path);
}

// Finishes in its stead the run of a worker that left no verdict. A process of its own does it: a
// power switch that does not answer must not hold up the other boards. It can die as the worker did,
// and is begun again then.
static bool start_recovery(struct batch *b, size_t i)
{
	struct batch_run *run = &b->runs[i];
	struct slot *slot = &b->slots[i];
	while (!has_verdict(run) && slot->recoveries < RECOVER_TRIES &&
	       recover_run_is_possible(run->dir)) {
		slot->recoveries++;
		process_deinit(&slot->worker);
		slot->worker = PROCESS_NONE;
		CLEANUP_ERROR struct error *e =
		    recover_run_start(b->options->program, run->dir, slot->died, &slot->worker);
		slot->recover_ns = clock_monotonic_ns() + RECOVER_LIMIT_NS;
		if (!e)
			return true;
	}
	return false;
}

// A run that no recovery can finish has its verdict all the same, if only in batch.json.
static void give_up_run(struct batch *b, struct batch_run *run, const struct slot *slot)
{
	// What a recovery could still do is left to the next scheduler.
	bool possible = recover_run_is_possible(run->dir);
	CLEANUP_ERROR struct error *e =
	    possible ? NULL : batch_json_miss(b->options->results_dir, b->id, run->id, slot->died);
	free(run->reason);
	run->reason = memory_printf("%s; no verdict could be written%s%s", slot->died,
				    e ? ": " : "", e ? error_text(e) : "");
}

static void judge_finished(struct batch *b, size_t i)
{
	struct batch_run *run = &b->runs[i];
	struct slot *slot = &b->slots[i];
	char code[32] = "";
	if (!has_verdict(run))
		give_up_run(b, run, slot);
	if (has_verdict(run))
		read_verdict(run, code, sizeof(code));
	directory_tidy(run->dir);
	if (strcmp(code, HOST_BUSY_CODE) == 0 && !slot->is_repeat && b->job->busy_wait_s > 0)
		slot->repeat_ns =
		    clock_monotonic_ns() + (int64_t)(b->job->busy_wait_s * (double)NS_PER_S);
}

// The run's process has ended; false: another one finishes the run.
static bool finish_run(struct batch *b, size_t i)
{
	struct batch_run *run = &b->runs[i];
	struct slot *slot = &b->slots[i];
	if (!slot->died && !has_verdict(run)) {
		char how[32];
		process_describe(&slot->worker, how, sizeof(how));
		slot->died =
		    memory_printf("the worker %s (%s)", slot->killed ? slot->killed : "died", how);
	}
	if (start_recovery(b, i))
		return false;
	run->state = BATCH_FINISHED;
	process_deinit(&slot->worker);
	cleanup_close(&slot->events);
	judge_finished(b, i);
	return true;
}

static bool board_is_busy(const struct batch *b, const struct board_config *board)
{
	for (size_t i = 0; i < b->count; i++)
		if (b->runs[i].state == BATCH_RUNNING && b->runs[i].board == board)
			return true;
	return false;
}

// A run that cannot even be started is a MISS with that reason.
static void start_or_miss(struct batch *b, size_t i)
{
	CLEANUP_ERROR struct error *e = start_run(b, i);
	if (!e)
		return;
	b->slots[i].died = memory_strdup(error_text(e));
	finish_run(b, i);
}

static size_t count_state(const struct batch *b, enum batch_run_state state)
{
	size_t n = 0;
	for (size_t i = 0; i < b->count; i++)
		n += b->runs[i].state == state;
	return n;
}

// ---- whose turn it is ---------------------------------------------------------------------------

static unsigned cpus_in_use(const struct batch *b)
{
	unsigned n = 0;
	for (size_t i = 0; i < b->count; i++)
		n += b->runs[i].state == BATCH_RUNNING ? b->runs[i].cpus : 0;
	return n;
}

// A board with more CPUs than are allowed at once runs alone.
static bool has_room(const struct batch *b, const struct batch_run *run)
{
	unsigned used = cpus_in_use(b);
	return used == 0 || used + run->cpus <= b->options->parallel;
}

// Its board is somebody else's for longer than the job waits: the run is a MISS that says so.
static struct error *give_up_waiting(struct batch *b, size_t i, const char *holder)
{
	struct batch_run *run = &b->runs[i];
	struct slot *slot = &b->slots[i];
	slot->died = memory_printf("board %s is %s; waited %.0f s (board_wait)", run->board->name,
				   holder, b->job->board_wait_s);
	TRY(make_directory(b, i));
	slot->recoveries++;
	slot->recover_ns = clock_monotonic_ns() + RECOVER_LIMIT_NS;
	return recover_run_start(b->options->program, run->dir, slot->died, &slot->worker);
}

// Tells once that the run waits, and ends the wait when its time is over: true, the run goes on.
static bool wait_on(struct batch *b, size_t i, batch_fn *progress, void *arg)
{
	struct batch_run *run = &b->runs[i];
	struct slot *slot = &b->slots[i];
	int64_t now = clock_monotonic_ns();
	bool first = slot->wait_ns == 0;
	if (first)
		slot->wait_ns = now;
	bool over = now - slot->wait_ns >= (int64_t)(b->job->board_wait_s * (double)NS_PER_S);
	if (!first && !over)
		return false;
	CLEANUP_FREE char *holder = directory_describe_holder(run->board);
	if (first) {
		run->waits = memory_strdup(holder);
		progress(BATCH_EVENT_WAIT, b->runs, b->count, run, arg);
	}
	if (!over)
		return false;
	struct error *e = give_up_waiting(b, i, holder);
	if (e && run->state == BATCH_RUNNING)
		finish_run(b, i);
	error_free(e);
	return true;
}

// Takes the run's board, or waits for it; true when the run went on. A board whose lock cannot even
// be asked for is the worker's to complain about.
static bool begin_run(struct batch *b, size_t i, batch_fn *progress, void *arg)
{
	struct slot *slot = &b->slots[i];
	CLEANUP_ERROR struct error *e = directory_lock_board(b->runs[i].board, &slot->board_lock);
	if (!e && slot->board_lock < 0)
		return wait_on(b, i, progress, arg);
	start_or_miss(b, i);
	return true;
}

// In the order of the plan: a small board does not slip past a large one for which there is no room
// yet, or that one might wait for ever.
static void start_more(struct batch *b, batch_fn *progress, void *arg)
{
	for (size_t i = 0; i < b->count && !b->stop_ns; i++) {
		if (b->runs[i].state != BATCH_PENDING || board_is_busy(b, b->runs[i].board))
			continue;
		if (!has_room(b, &b->runs[i]))
			return;
		if (!begin_run(b, i, progress, arg))
			continue;
		progress(BATCH_EVENT_START, b->runs, b->count, &b->runs[i], arg);
		if (b->runs[i].state == BATCH_FINISHED)
			progress(BATCH_EVENT_FINISH, b->runs, b->count, &b->runs[i], arg);
	}
}

// ---- runs that the host was too busy for --------------------------------------------------------

static int64_t last_attempt(const struct batch *b, const struct batch_run *like)
{
	int64_t last = 0;
	for (size_t i = 0; i < b->count; i++)
		if (b->runs[i].board == like->board && b->runs[i].variant == like->variant &&
		    b->runs[i].attempt > last)
			last = b->runs[i].attempt;
	return last;
}

static void add_attempt(struct batch *b, size_t i)
{
	const struct batch_run like = b->runs[i];
	struct batch_run run = {.pool = like.pool,
				.board = like.board,
				.variant = like.variant,
				.attempt = last_attempt(b, &like) + 1,
				.start_limit_s = like.start_limit_s,
				.cpus = like.cpus};
	name_run(b, &run);
	add_run(b, run);
}

// Alone on the host, as far as we have it in hand; true while one waits for the load to go down.
static bool repeat_starved(struct batch *b)
{
	bool waits = false;
	size_t count = b->count;
	for (size_t i = 0; i < count; i++) {
		struct slot *slot = &b->slots[i];
		if (!slot->repeat_ns)
			continue;
		if (b->stop_ns || clock_monotonic_ns() > slot->repeat_ns) {
			slot->repeat_ns = 0;
			continue;
		}
		waits = true;
		if (count_state(b, BATCH_RUNNING) > 0 || !host_is_idle_enough(b->runs[i].cpus))
			continue;
		slot->repeat_ns = 0;
		add_attempt(b, i);
		b->slots[b->count - 1].is_repeat = true;
		// If we die now, the repetition is owed as any other run is.
		error_free(write_record(b, 0));
		break;
	}
	return waits;
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
		follow_events(&b->runs[i], &b->slots[i], deadline_ns(b));
		enforce_deadline(b, i, now);
	}
	progress(BATCH_EVENT_TICK, b->runs, b->count, NULL, arg);
}

static bool goes_on(struct batch *b)
{
	bool repeats = repeat_starved(b);
	return repeats || count_state(b, BATCH_RUNNING) > 0 ||
	       (!b->stop_ns && count_state(b, BATCH_PENDING) > 0);
}

struct error *batch_run(struct batch *b, batch_fn *progress, void *arg, bool *interrupted)
{
	if (b->signals < 0)
		TRY(stop_signal_open(&b->signals));
	int64_t tick_ns = clock_monotonic_ns() + TICK_NS;
	start_more(b, progress, arg);
	while (goes_on(b)) {
		wait_for_news(b, tick_ns);
		for (size_t i = 0; i < b->count; i++) {
			if (b->runs[i].state != BATCH_RUNNING || !process_poll(&b->slots[i].worker))
				continue;
			if (finish_run(b, i))
				progress(BATCH_EVENT_FINISH, b->runs, b->count, &b->runs[i], arg);
		}
		start_more(b, progress, arg);
		if (clock_monotonic_ns() >= tick_ns) {
			tick(b, progress, arg);
			tick_ns = clock_monotonic_ns() + TICK_NS;
		}
	}
	*interrupted = b->stop_ns != 0;
	return write_record(b, clock_realtime_ns());
}

struct error *batch_repeat(struct batch *b, const char *id, unsigned times)
{
	size_t first = 0;
	while (first < b->count && strcmp(b->runs[first].id, id) != 0)
		first++;
	if (first == b->count)
		return error_new(ERROR_BUG, "%s is no run of batch %s", id, b->id);
	for (unsigned i = 0; i < times; i++)
		add_attempt(b, first);
	return write_record(b, 0);
}

void batch_close(const char *results_dir, const char *id)
{
	char **ids = NULL;
	size_t count = 0;
	CLEANUP_ERROR struct error *e = batch_json_runs(results_dir, id, &ids, &count);
	bool complete = !e;
	for (size_t i = 0; i < count; i++) {
		CLEANUP_FREE char *dir = directory_path(results_dir, ids[i]);
		CLEANUP_FREE char *done = path_join(dir, RUN_JSON);
		complete = complete && file_exists(done);
		free(ids[i]);
	}
	free(ids);
	if (complete)
		directory_unmark_active(results_dir, id);
}
