// SPDX-License-Identifier: GPL-2.0-or-later
// Whose turn it is, and how a run begins and ends.
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "record/layout.h"
#include "run/batch_json.h"
#include "run/batch_state.h"
#include "run/directory.h"
#include "run/host.h"
#include "run/payload.h"
#include "run/recover.h"

#define RUN_JSON_LIMIT ((size_t)64 << 20)

// ---- workers ------------------------------------------------------------------------------------

static struct error *make_directory(struct batch *b, size_t i)
{
	struct batch_run *run = &b->runs[i];
	struct slot *slot = &b->slots[i];
	run->limit_ns = batch_deadline_ns(b) + (int64_t)(run->start_limit_s * (double)NS_PER_S);
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
	CLEANUP_FREE char *log_path = path_join(run->dir, LAYOUT_WORKER_LOG);
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
	CLEANUP_FREE char *path = path_join(run->dir, LAYOUT_RUN_JSON);
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

// Finishes in its stead the run of a worker that left no verdict. A process of its own does it: a
// power switch that does not answer must not hold up the other boards. It can die as the worker did,
// and is begun again then.
static bool start_recovery(struct batch *b, size_t i)
{
	struct batch_run *run = &b->runs[i];
	struct slot *slot = &b->slots[i];
	while (!directory_is_finished(run->dir) && slot->recoveries < RECOVER_TRIES &&
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
	if (!directory_is_finished(run->dir))
		give_up_run(b, run, slot);
	if (directory_is_finished(run->dir))
		read_verdict(run, code, sizeof(code));
	directory_tidy(run->dir);
	if (strcmp(code, HOST_BUSY_CODE) == 0 && !slot->is_repeat && b->job->busy_wait_s > 0)
		slot->repeat_ns =
		    clock_monotonic_ns() + (int64_t)(b->job->busy_wait_s * (double)NS_PER_S);
}

// The run's process has ended; false: another one finishes the run.
bool batch_finish_run(struct batch *b, size_t i)
{
	struct batch_run *run = &b->runs[i];
	struct slot *slot = &b->slots[i];
	if (!slot->died && !directory_is_finished(run->dir)) {
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
	batch_finish_run(b, i);
}

size_t batch_count(const struct batch *b, enum batch_run_state state)
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
		batch_finish_run(b, i);
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
void batch_start_more(struct batch *b, batch_fn *progress, void *arg)
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

void batch_add_attempt(struct batch *b, size_t i)
{
	const struct batch_run like = b->runs[i];
	struct batch_run run = {.pool = like.pool,
				.board = like.board,
				.variant = like.variant,
				.attempt = last_attempt(b, &like) + 1,
				.start_limit_s = like.start_limit_s,
				.cpus = like.cpus};
	batch_name_run(b, &run);
	batch_add_run(b, run);
}

// Alone on the host, as far as we have it in hand; true while one waits for the load to go down.
bool batch_repeat_starved(struct batch *b)
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
		if (batch_count(b, BATCH_RUNNING) > 0 || !host_is_idle_enough(b->runs[i].cpus))
			continue;
		slot->repeat_ns = 0;
		batch_add_attempt(b, i);
		b->slots[b->count - 1].is_repeat = true;
		// If we die now, the repetition is owed as any other run is.
		error_free(batch_write_record(b, 0));
		break;
	}
	return waits;
}
