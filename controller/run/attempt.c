// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/attempt.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/process.h"
#include "board/claims.h"
#include "kernel/payload.h"
#include "record/event.h"
#include "record/layout.h"
#include "record/model.h"
#include "run/adopt.h"
#include "run/batch_json.h"
#include "run/directory.h"
#include "run/hooks.h"
#include "run/recover.h"
#include "run/worker_process.h"

// Beyond its deadline a worker gets this long to switch its board off and judge; then it is ended.
#define DEADLINE_SLACK_NS (8 * NS_PER_S)
// A worker that was asked to stop gets this long before it is ended.
#define STOP_SLACK_NS (10 * NS_PER_S)
// From its start to power-on: fetching nothing, starting an emulator at most.
#define PREPARE_LIMIT_NS (120 * NS_PER_S)
// How often the worker's events are read.
#define LOOK_NS (200 * NS_PER_MS)
// From its start until it has its run's lock, at most.
#define BEGIN_LIMIT_NS (10 * NS_PER_S)

struct attempt {
	const struct attempt_plan *plan;
	struct batch_run run;
	struct process process; // the worker, or the recovery in its stead
	int events;             // events.jsonl, as far as it was read
	struct buffer unread;   // of an unfinished line
	const char *killed;     // why we ended it; NULL = we did not
	char *died;             // owned: why it left no verdict; NULL = nothing happened to it
	int64_t recover_ns;     // until then its run may be finished in its stead; 0 = it is not
	unsigned recoveries;    // that were begun
	struct lease *lease;    // from when it is asked for until the worker has it; else NULL
	int64_t wait_ns;        // since then its board is somebody else's; 0 = it is not
	int64_t stop_ns;        // when it was asked to stop; 0 = it was not
	int64_t look_ns;        // when its events are read again
	bool adopted;           // its worker was started by a scheduler that died
	int64_t origin_ns;      // of an adopted worker's events; 0 = not known
};

struct attempt *attempt_new(const struct attempt_plan *plan, const struct batch_run *run)
{
	struct attempt *a = memory_new(1, sizeof(*a));
	*a = (struct attempt){
	    .plan = plan, .run = *run, .process = PROCESS_NONE, .events = -1, .lease = NULL};
	return a;
}

void attempt_name(struct attempt *a, const char *id)
{
	struct batch_run *run = &a->run;
	run->id = id ? memory_strdup(id)
		     : directory_run_id(a->plan->batch, run->board->name, run->variant->name,
					run->attempt);
	run->dir = layout_run(a->plan->results_dir, run->id);
}

// The process is no longer looked at, and is gone.
static void end_process(struct attempt *a)
{
	if (a->process.pidfd >= 0)
		epoll_ctl(a->plan->epoll, EPOLL_CTL_DEL, a->process.pidfd, NULL);
	process_deinit(&a->process);
	a->process = PROCESS_NONE;
}

// A process that cannot be watched is found by attempt_wake_ns.
static void watch_process(struct attempt *a)
{
	struct epoll_event event = {.events = EPOLLIN};
	epoll_ctl(a->plan->epoll, EPOLL_CTL_ADD, a->process.pidfd, &event);
}

void attempt_free(struct attempt *a)
{
	if (!a)
		return;
	end_process(a);
	cleanup_close(&a->events);
	buffer_deinit(&a->unread);
	lease_free(a->lease);
	free(a->died);
	free(a->run.id);
	free(a->run.dir);
	free(a->run.reason);
	free(a->run.waits);
	free(a->run.of);
	free(a);
}

const struct batch_run *attempt_run(const struct attempt *a)
{
	return &a->run;
}

static int64_t seconds_ns(double seconds)
{
	return (int64_t)(seconds * (double)NS_PER_S);
}

void attempt_yield(struct attempt *a)
{
	lease_free(a->lease);
	a->lease = NULL;
}

// ---- the worker ---------------------------------------------------------------------------------

static struct error *make_directory(struct attempt *a)
{
	const struct attempt_plan *plan = a->plan;
	struct batch_run *run = &a->run;
	run->limit_ns = batch_limit_ns(plan->job, run->start_limit_s);
	run->hooks_ns = batch_hooks_ns(plan->job);
	run->start_ns = run->phase_ns = clock_monotonic_ns();
	run->state = BATCH_RUNNING;
	const struct run_identity identity = {
	    .id = run->id,
	    .batch = plan->batch,
	    .pool = run->pool,
	    .sha256 = plan->payload->sha256,
	    .payload_name = plan->payload->name,
	    .package = plan->payload->package,
	    .build_id = plan->payload->build_id[0] ? plan->payload->build_id : NULL,
	    .attempt = run->attempt,
	    .retry_of = run->why == BATCH_RETRY ? run->of : NULL,
	    .confirms = run->why == BATCH_CONFIRM ? run->of : NULL,
	    .rerun_of = run->why == BATCH_RERUN ? run->of : NULL,
	    .waited_s = a->wait_ns ? (double)(run->start_ns - a->wait_ns) / (double)NS_PER_S : 0,
	};
	if (file_exists(run->dir)) // of a scheduler that died before it had a worker
		return NULL;
	return directory_create(plan->results_dir, plan->job, run->variant, run->board, &identity);
}

// Of a run whose directory is not made yet, `where` is NULL.
static struct lease_use use_of(const struct attempt *a, const char *where, const char *why)
{
	double limit_s = a->run.start_limit_s + a->plan->job->deadline_s;
	return (struct lease_use){.board = a->run.board->name,
				  .where = where,
				  .why = why,
				  .until_ns = clock_realtime_ns() + seconds_ns(limit_s) +
					      DEADLINE_SLACK_NS};
}

static void tell_lease(struct attempt *a, const char *where)
{
	CLEANUP_FREE char *why = memory_printf("job %s", a->plan->job->name);
	const struct lease_use use = use_of(a, where, why);
	lease_tell(a->lease, &use);
}

static struct error *start_worker(struct attempt *a)
{
	const struct batch_run *run = &a->run;
	TRY(make_directory(a));
	int fds[LEASE_DESCRIPTORS_MAX];
	const struct worker_order order = {
	    .program = a->plan->program,
	    .run_dir = run->dir,
	    .lease = fds,
	    .lease_count = a->lease ? lease_descriptors(a->lease, fds) : 0,
	};
	if (a->lease)
		tell_lease(a, run->dir);
	TRY(worker_start(&order, &a->process));
	watch_process(a);
	return NULL;
}

// ---- the end ------------------------------------------------------------------------------------

// Verdict and reason, as the worker wrote them, and the cause of a MISS.
static void read_verdict(struct attempt *a)
{
	struct batch_run *run = &a->run;
	CLEANUP_FREE char *path = path_join(run->dir, LAYOUT_RUN_JSON);
	CLEANUP_BUFFER struct buffer text = {0};
	CLEANUP_ARENA struct arena arena = {0};
	const struct run *r = NULL;
	struct error *e = file_read_regular(path, MODEL_RUN_LIMIT, ERROR_SYSTEM, &text);
	if (!e)
		e = model_parse_run(path, buffer_str(&text), text.len, &arena, &r);
	error_free(e);
	const char *cause = r && r->error ? r->error->code : NULL;
	snprintf(run->verdict, sizeof(run->verdict), "%s", r ? status_name(r->verdict) : "");
	snprintf(run->error_code, sizeof(run->error_code), "%s", cause ? cause : "");
	free(run->reason);
	run->reason = memory_strdup(r ? r->reason : "");
}

// A run that no recovery can finish has its verdict all the same, if only in batch.json.
static void give_up_run(struct attempt *a)
{
	struct batch_run *run = &a->run;
	// What a recovery could still do is left to the next scheduler.
	bool possible = recover_run_is_possible(run->dir);
	CLEANUP_ERROR struct error *e =
	    possible ? NULL
		     : batch_json_miss(a->plan->results_dir, a->plan->batch, run->id, a->died);
	free(run->reason);
	run->reason = memory_printf("%s; no verdict could be written%s%s", a->died, e ? ": " : "",
				    e ? error_text(e) : "");
}

// A process of its own does it: a power switch that does not answer must not hold up other boards. It
// can die as the worker did, and is begun again then.
static bool start_recovery(struct attempt *a)
{
	const char *dir = a->run.dir;
	while (!directory_is_finished(dir) && a->recoveries < RECOVER_TRIES &&
	       recover_run_is_possible(dir)) {
		a->recoveries++;
		end_process(a);
		CLEANUP_ERROR struct error *e =
		    recover_run_start(a->plan->program, dir, a->died, &a->process);
		a->adopted = false;
		a->recover_ns = clock_monotonic_ns() + RECOVER_LIMIT_NS;
		if (e)
			continue;
		watch_process(a);
		return true;
	}
	return false;
}

// What became of the worker, for the verdict; the caller frees.
static char *tell_death(const struct attempt *a)
{
	char how[32];
	if (a->adopted)
		return a->killed ? memory_printf("the worker %s", a->killed)
				 : memory_strdup(RECOVER_DEATH_REASON);
	process_describe(&a->process, how, sizeof(how));
	return memory_printf("the worker %s (%s)", a->killed ? a->killed : "died", how);
}

// The run's process has ended, or could not be started: another one finishes the run, or it is over.
static enum attempt_news take_end(struct attempt *a)
{
	struct batch_run *run = &a->run;
	if (!a->died && !directory_is_finished(run->dir))
		a->died = tell_death(a);
	if (start_recovery(a))
		return ATTEMPT_NO_NEWS;
	run->state = BATCH_FINISHED;
	end_process(a);
	cleanup_close(&a->events);
	if (!directory_is_finished(run->dir))
		give_up_run(a);
	if (directory_is_finished(run->dir))
		read_verdict(a);
	directory_tidy(run->dir);
	return ATTEMPT_FINISHES;
}

// ---- the beginning ------------------------------------------------------------------------------

// A run that cannot even be started is a MISS with that reason. The lease is the worker's from now on,
// and dies with it.
static enum attempt_news start_or_miss(struct attempt *a)
{
	CLEANUP_ERROR struct error *e = start_worker(a);
	attempt_yield(a);
	if (!e)
		return ATTEMPT_STARTS;
	a->died = memory_strdup(error_text(e));
	return take_end(a) == ATTEMPT_FINISHES ? ATTEMPT_FINISHES : ATTEMPT_STARTS;
}

// Its board is somebody else's for longer than the job waits: the run is a MISS that says so.
static struct error *start_miss(struct attempt *a, const char *holder)
{
	a->died = memory_printf("board %s is %s; waited %.0f s (board_wait)", a->run.board->name,
				holder, a->plan->job->board_wait_s);
	TRY(make_directory(a));
	a->recoveries++;
	a->recover_ns = clock_monotonic_ns() + RECOVER_LIMIT_NS;
	TRY(recover_run_start(a->plan->program, a->run.dir, a->died, &a->process));
	watch_process(a);
	return NULL;
}

static enum attempt_news give_up_waiting(struct attempt *a, const char *holder)
{
	CLEANUP_ERROR struct error *e = start_miss(a, holder);
	attempt_yield(a);
	return e && take_end(a) == ATTEMPT_FINISHES ? ATTEMPT_FINISHES : ATTEMPT_STARTS;
}

// Tells once that the run waits, and ends the wait when its time is over.
static enum attempt_news wait_for_board(struct attempt *a)
{
	int64_t now = clock_monotonic_ns();
	bool first = a->wait_ns == 0;
	if (first)
		a->wait_ns = now;
	bool over = now - a->wait_ns >= seconds_ns(a->plan->job->board_wait_s);
	if (!first && !over)
		return ATTEMPT_NO_NEWS;
	CLEANUP_FREE char *holder = lease_describe_blocker(a->lease);
	if (first) {
		a->run.waits = memory_strdup(holder);
		return ATTEMPT_WAITS; // one that waits for no time gives up the next time
	}
	return give_up_waiting(a, holder);
}

static struct error *take_board(struct attempt *a, bool *held)
{
	if (!a->lease)
		TRY(claims_ask(a->run.board, &a->lease));
	CLEANUP_FREE char *why = memory_printf("job %s", a->plan->job->name);
	const struct lease_use use = use_of(a, NULL, why);
	return lease_try(a->lease, &use, held);
}

// A board whose lease cannot even be asked for is the worker's to complain about.
enum attempt_news attempt_begin(struct attempt *a)
{
	bool held = false;
	CLEANUP_ERROR struct error *e = take_board(a, &held);
	if (!e && !held)
		return wait_for_board(a);
	if (e)
		attempt_yield(a);
	return start_or_miss(a);
}

// ---- following ----------------------------------------------------------------------------------

// When an event happened, `t` seconds after its worker began. Those that are read late are known to be
// older only of a worker that somebody else started.
static int64_t time_of(const struct attempt *a, double t)
{
	int64_t now = clock_monotonic_ns();
	if (!a->origin_ns || !(t >= 0))
		return now;
	int64_t then = a->origin_ns + seconds_ns(t);
	return then < now ? then : now;
}

static void take_event_line(struct attempt *a, const char *line, size_t len)
{
	struct batch_run *run = &a->run;
	CLEANUP_ARENA struct arena arena = {0};
	struct event event;
	if (!event_parse(line, len, &arena, &event) || !event.state ||
	    strcmp(event.event, EVENT_STATE) != 0)
		return;
	if (strncmp(event.state, "hook-", 5) == 0 || strcmp(event.state, "hook") == 0)
		return; // the phase goes on
	snprintf(run->phase, sizeof(run->phase), "%s", event.state);
	run->phase_ns = time_of(a, event.t);
	// A worker's own deadline starts anew when a flashed payload has been started.
	if (strcmp(event.state, "power-on") == 0 || strcmp(event.state, "started") == 0)
		run->power_on_ns = run->phase_ns;
	if (strcmp(event.state, "started") == 0)
		run->limit_ns = seconds_ns(a->plan->job->deadline_s);
}

// Reads what the worker added to its events since the last look.
static void follow_events(struct attempt *a)
{
	if (a->events < 0) {
		CLEANUP_FREE char *path = path_join(a->run.dir, LAYOUT_EVENTS);
		error_free(file_open_regular(path, ERROR_SYSTEM, &a->events));
	}
	char chunk[8192];
	ssize_t n;
	while (a->events >= 0 && (n = read(a->events, chunk, sizeof(chunk))) > 0) {
		buffer_append(&a->unread, chunk, (size_t)n);
		char *start = a->unread.data;
		char *newline;
		while ((newline = strchr(start, '\n'))) {
			take_event_line(a, start, (size_t)(newline - start));
			start = newline + 1;
		}
		size_t rest = a->unread.len - (size_t)(start - a->unread.data);
		memmove(a->unread.data, start, rest);
		buffer_truncate(&a->unread, rest);
	}
}

bool batch_run_is_late(const struct batch_run *run, int64_t now_ns)
{
	// Queueing for a board is not the worker's fault; everything after it has a limit.
	if (strcmp(run->phase, "waiting") == 0)
		return false;
	if (strcmp(run->phase, HOOKS_STATE) == 0)
		return now_ns > run->phase_ns + run->hooks_ns + DEADLINE_SLACK_NS;
	int64_t limit = run->power_on_ns
			    ? run->power_on_ns + run->limit_ns
			    : run->phase_ns + PREPARE_LIMIT_NS + seconds_ns(run->start_limit_s);
	return now_ns > limit + DEADLINE_SLACK_NS;
}

// The worker keeps its own deadline; this is for the one that cannot.
static void enforce_deadline(struct attempt *a, int64_t now)
{
	if (a->recover_ns) {
		if (now > a->recover_ns)
			process_signal(&a->process, SIGKILL);
		return;
	}
	bool late = batch_run_is_late(&a->run, now);
	bool stubborn = a->stop_ns && now > a->stop_ns + STOP_SLACK_NS;
	if ((late || stubborn) && !a->killed) {
		a->killed = stubborn ? "did not stop when asked and was ended"
				     : "was ended beyond its deadline";
		process_signal(&a->process, SIGKILL);
	}
}

// An adopted worker lives as long as it has its run's lock; its process is known a moment later than
// the run itself when it was just started.
static bool worker_has_ended(struct attempt *a)
{
	if (!a->adopted || a->process.pid)
		return process_poll(&a->process);
	int64_t now = clock_monotonic_ns();
	if (now < a->look_ns)
		return false;
	enum adopt_answer answer = adopt_look(a->run.dir, a->run.board, &a->process);
	if (a->process.pid) {
		watch_process(a);
		a->origin_ns = adopt_start_ns(&a->process);
		if (a->stop_ns)
			process_signal(&a->process, SIGTERM);
	}
	if (answer == ADOPT_BEGINS)
		return now > a->run.start_ns + BEGIN_LIMIT_NS;
	return answer == ADOPT_NOBODY;
}

// No worker ever came to it: nothing was done to its board.
static bool was_never_begun(const struct attempt *a)
{
	return a->adopted && !a->killed && !directory_is_finished(a->run.dir) &&
	       !adopt_has_begun(a->run.dir);
}

enum attempt_news attempt_poll(struct attempt *a)
{
	if (a->run.state != BATCH_RUNNING)
		return ATTEMPT_NO_NEWS;
	if (worker_has_ended(a)) {
		if (!was_never_begun(a))
			return take_end(a);
		a->adopted = false;
		a->run.state = BATCH_PENDING;
		return ATTEMPT_NO_NEWS;
	}
	int64_t now = clock_monotonic_ns();
	if (now >= a->look_ns) {
		follow_events(a);
		enforce_deadline(a, now);
		a->look_ns = now + LOOK_NS;
	}
	return ATTEMPT_NO_NEWS;
}

int64_t attempt_wake_ns(const struct attempt *a)
{
	return a->run.state == BATCH_RUNNING ? a->look_ns : INT64_MAX;
}

void attempt_stop(struct attempt *a)
{
	a->stop_ns = clock_monotonic_ns();
	if (a->run.state == BATCH_RUNNING && !a->recover_ns)
		process_signal(&a->process, SIGTERM);
}

// ---- behind a scheduler that died ---------------------------------------------------------------

static void finish_as_told(struct attempt *a)
{
	a->run.state = BATCH_FINISHED;
	read_verdict(a);
	directory_tidy(a->run.dir);
}

void attempt_resume(struct attempt *a)
{
	struct batch_run *run = &a->run;
	directory_forget(a->plan->results_dir, run->id);
	if (directory_is_finished(run->dir)) {
		finish_as_told(a);
		return;
	}
	if (!file_exists(run->dir))
		return;
	a->adopted = true;
	enum adopt_answer answer = adopt_look(run->dir, run->board, &a->process);
	if (answer == ADOPT_NOBODY && was_never_begun(a)) {
		a->adopted = false;
		return;
	}
	a->origin_ns = adopt_start_ns(&a->process);
	if (a->process.pid)
		watch_process(a);
	run->state = BATCH_RUNNING;
	run->limit_ns = batch_limit_ns(a->plan->job, run->start_limit_s);
	run->hooks_ns = batch_hooks_ns(a->plan->job);
	run->start_ns = run->phase_ns = clock_monotonic_ns();
}

void attempt_miss(struct attempt *a, const char *reason)
{
	a->died = memory_strdup(reason);
	a->run.state = BATCH_FINISHED;
	if (!directory_is_finished(a->run.dir))
		give_up_run(a);
	if (directory_is_finished(a->run.dir))
		finish_as_told(a);
}

struct error *attempt_skip(struct attempt *a, const char *reason)
{
	attempt_yield(a);
	TRY(batch_json_skip(a->plan->results_dir, a->plan->batch, a->run.id, reason));
	finish_as_told(a);
	return NULL;
}

void attempt_leave(struct attempt *a)
{
	if (a->run.state != BATCH_RUNNING || a->recover_ns || process_poll(&a->process))
		return; // a recovery is begun anew by whoever resumes the batch
	if (a->process.pidfd >= 0)
		epoll_ctl(a->plan->epoll, EPOLL_CTL_DEL, a->process.pidfd, NULL);
	process_detach(&a->process);
}

bool attempt_has_asked(const struct attempt *a)
{
	return a->run.state == BATCH_PENDING && a->lease;
}
