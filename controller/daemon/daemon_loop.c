// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "daemon/daemon_state.h"
#include "daemon/notify.h"
#include "daemon/triggers.h"
#include "night/old_batches.h"
#include "record/layout.h"

#define FDS_MAX      1024
#define SLEEP_MAX_MS 10000 // also the longest time until a wall clock that was set is noticed
#define RETRY_MS     1000  // after farm.sqlite could not be written
#define OLD_NS       (600 * NS_PER_S)
#define CHECK_NS     (30 * NS_PER_S)
#define BACK_UP_S    INT64_C(86400)
// A batch's results, its store rows and its consoles must fit even when all boards talk at once.
#define FREE_BYTES_MIN (INT64_C(512) << 20)

static int64_t now_s(void)
{
	return clock_realtime_ns() / NS_PER_S;
}

// With the priority that the journal reads off the beginning of a line (sd-daemon(3)).
void daemon_say(const struct daemon *d, bool trouble, const char *fmt, ...)
{
	(void)d;
	va_list ap;
	va_start(ap, fmt);
	if (getenv("JOURNAL_STREAM"))
		fputs(trouble ? "<4>" : "<6>", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
}

// ---- what may be begun --------------------------------------------------------------------------

void daemon_set_limits(struct daemon *d)
{
	const struct planner_limits limits = {.cpus = d->o.parallel,
					      .seed = random_seed(),
					      .draining = d->draining,
					      .stuck = d->stuck};
	if (!d->planner)
		d->planner = planner_new(&limits);
	planner_set_limits(d->planner, &limits);
	if (d->executor)
		executor_poke(d->executor);
}

// A verdict always finds its room (it was set aside when the run was made); more runs would not.
static void check_disk(struct daemon *d)
{
	struct statvfs fs;
	if (statvfs(d->o.results, &fs) < 0)
		return;
	int64_t free_bytes = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
	bool full = free_bytes < FREE_BYTES_MIN;
	if (full == (d->stuck != NULL))
		return;
	free(d->stuck);
	d->stuck =
	    full ? memory_printf("the disk of %s has %lld MB free, %lld are needed", d->o.results,
				 (long long)(free_bytes >> 20), (long long)(FREE_BYTES_MIN >> 20))
		 : NULL;
	daemon_say(d, full, "%s", full ? d->stuck : "the disk has room again");
	daemon_set_limits(d);
}

// ---- setting up ---------------------------------------------------------------------------------

static struct error *take_lock(struct daemon *d)
{
	CLEANUP_FREE char *path = path_join(d->o.results, LAYOUT_DAEMON_LOCK);
	d->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (d->lock < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", path);
	if (flock(d->lock, LOCK_EX | LOCK_NB) < 0)
		return error_new(ERROR_LAB, "%s: another daemon has these results", path);
	return NULL;
}

static struct error *open_signals(struct daemon *d)
{
	sigset_t set;
	sigemptyset(&set);
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	d->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return d->signals < 0 ? error_errno(ERROR_SYSTEM, errno, "signalfd") : NULL;
}

static struct error *load_configuration(const struct daemon *d, struct configuration **out)
{
	const struct configuration_place place = {
	    .boards = d->o.boards, .farm_file = d->o.farm_file, .publish = true, .schedules = true};
	return configuration_load(&place, out);
}

static struct error *open_state(struct daemon *d)
{
	CLEANUP_FREE char *path = path_join(d->o.results, LAYOUT_FARM);
	TRY(state_open(path, &d->state));
	daemon_set_limits(d);
	TRY(state_load(d->state, d->planner));
	configuration_apply(d->configuration, d->planner, now_s(), true);
	return NULL;
}

static void make_executor(struct daemon *d)
{
	const struct world_options o = {.results = d->o.results,
					.boards_dir = d->o.boards,
					.farm_file = d->o.farm_file,
					.parallel = d->o.parallel,
					.state = d->state,
					.planner = d->planner,
					.tell = daemon_tell,
					.progress = daemon_progress,
					.finished = daemon_finished,
					.refused = daemon_refused,
					.summary = daemon_summary,
					.arg = d};
	d->world = world_new(&o, d->configuration);
	const struct executor_world world = world_executor(d->world);
	d->executor = executor_new(&world, d->planner);
}

static bool is_ours(void *arg, const char *batch)
{
	const struct daemon *d = arg;
	return world_owns(d->world, batch);
}

// What other schedulers left that died; ours we resume ourselves.
static void begin_old(struct daemon *d)
{
	d->old_configuration = configuration_hold(d->configuration);
	const struct old_batches_options o = {.results = d->o.results,
					      .farm_file = d->o.farm_file,
					      .publish = &d->old_configuration->publish,
					      .filter = {.is_owned = is_ours, .arg = d},
					      .tell = daemon_tell,
					      .tell_arg = d};
	d->old = old_batches_new(&o);
}

static void end_old(struct daemon *d)
{
	old_batches_free(d->old);
	configuration_release(d->old_configuration);
	d->old = NULL;
	d->old_configuration = NULL;
}

// Again and again: a batch whose disk was full, or one whose worker still lived, is brought to its end
// later.
static void step_old(struct daemon *d)
{
	int64_t now_ns = clock_monotonic_ns();
	if (!d->old && now_ns >= d->old_ns)
		begin_old(d);
	if (!d->old || !old_batches_poll(d->old))
		return;
	d->old_ns = now_ns + OLD_NS;
	old_batches_finish(d->old);
	end_old(d);
}

static struct error *begin_triggers(struct daemon *d)
{
	const struct triggers_options o = {
	    .state = d->state, .planner = d->planner, .tell = daemon_tell, .arg = d};
	triggers_free(d->triggers);
	d->triggers = NULL;
	return triggers_new(&o, d->configuration, &d->triggers);
}

static struct error *set_up(struct daemon *d)
{
	TRY(open_signals(d)); // first: none may end it in the middle of something
	TRY(file_make_dirs(d->o.results));
	TRY(take_lock(d));
	TRY(load_configuration(d, &d->configuration));
	TRY(open_state(d));
	make_executor(d);
	d->socket =
	    d->o.socket ? memory_strdup(d->o.socket) : path_join(d->o.results, LAYOUT_CONTROL);
	TRY(control_open(d->socket, &d->control));
	begin_old(d);
	daemon_pull_begin(d);
	TRY(begin_triggers(d));
	check_disk(d);
	d->started_s = now_s();
	d->watchdog_ns = notify_watchdog_ns();
	return NULL;
}

static void tear_down(struct daemon *d)
{
	control_close(d->control);
	daemon_pull_end(d);
	triggers_free(d->triggers);
	executor_free(d->executor);
	world_free(d->world);
	end_old(d);
	planner_free(d->planner);
	state_close(d->state);
	configuration_release(d->configuration);
	while (d->summaries)
		daemon_forget_summary(d, NULL);
	free(d->stuck);
	free(d->last_trouble);
	free(d->socket);
	cleanup_close(&d->signals);
	cleanup_close(&d->lock);
}

// ---- the configuration, anew --------------------------------------------------------------------

struct error *daemon_reload(struct daemon *d)
{
	struct configuration *fresh = NULL;
	TRY(error_wrap(load_configuration(d, &fresh), "the old configuration stays"));
	configuration_apply(fresh, d->planner, now_s(), true);
	world_configure(d->world, fresh);
	configuration_release(d->configuration);
	d->configuration = fresh;
	daemon_pull_begin(d);
	executor_poke(d->executor);
	daemon_say(d, false, "the configuration was read anew");
	return begin_triggers(d);
}

static void take_signals(struct daemon *d)
{
	struct signalfd_siginfo info;
	while (read(d->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo != SIGHUP) {
			d->stop = true;
			continue;
		}
		notify_service_manager("RELOADING=1");
		CLEANUP_ERROR struct error *e = daemon_reload(d);
		if (e)
			daemon_say(d, true, "%s", error_text(e));
		notify_service_manager("READY=1");
	}
}

// ---- the loop -----------------------------------------------------------------------------------

static void back_up(struct daemon *d)
{
	int64_t now = now_s();
	if (now - d->backed_up_s < BACK_UP_S && now >= d->backed_up_s)
		return;
	d->backed_up_s = now;
	CLEANUP_FREE char *path = path_join(d->o.results, LAYOUT_FARM_COPY);
	CLEANUP_ERROR struct error *e = state_back_up(d->state, path, now);
	if (e)
		daemon_say(d, true, "farm.sqlite could not be copied: %s", error_text(e));
}

static void look_after(struct daemon *d)
{
	int64_t now_ns = clock_monotonic_ns();
	step_old(d);
	if (triggers_step(d->triggers))
		executor_poke(d->executor);
	if (now_ns < d->checked_ns)
		return;
	d->checked_ns = now_ns + CHECK_NS;
	check_disk(d);
	back_up(d);
}

// Trouble of farm.sqlite is told when it begins and when it is over.
static bool step_executor(struct daemon *d)
{
	CLEANUP_ERROR struct error *e = executor_step(d->executor, now_s());
	const char *text = e ? error_text(e) : NULL;
	if (text && (!d->last_trouble || strcmp(d->last_trouble, text) != 0))
		daemon_say(d, true, "nothing is begun: %s", text);
	if (!text && d->last_trouble)
		daemon_say(d, false, "farm.sqlite can be written again");
	free(d->last_trouble);
	d->last_trouble = text ? memory_strdup(text) : NULL;
	daemon_tell_dropped(d);
	return !e;
}

static int sleep_ms(const struct daemon *d, bool well)
{
	int64_t wait_s = planner_wake_s(d->planner) - now_s();
	int64_t ms = !well ? RETRY_MS : wait_s < SLEEP_MAX_MS / 1000 ? wait_s * 1000 : SLEEP_MAX_MS;
	int cap = ms < 0 ? 0 : (int)ms;
	int64_t watchdog_ms = d->watchdog_ns / NS_PER_MS;
	if (watchdog_ms && watchdog_ms < cap)
		cap = (int)watchdog_ms;
	if (d->old && cap > 200)
		cap = 200;
	int64_t wake_ns = world_wake_ns(d->world);
	if (d->pull && pull_due_ns(d->pull) < wake_ns)
		wake_ns = pull_due_ns(d->pull);
	return clock_poll_ms(wake_ns, cap);
}

static void wait_for_news(struct daemon *d, bool well)
{
	struct pollfd fds[FDS_MAX] = {{.fd = d->signals, .events = POLLIN}};
	size_t n = 1;
	n += control_fds(d->control, fds + n, FDS_MAX - n);
	n += world_fds(d->world, fds + n, FDS_MAX - n);
	n += triggers_fds(d->triggers, fds + n, FDS_MAX - n);
	n += d->pull ? pull_fds(d->pull, fds + n, FDS_MAX - n) : 0;
	poll(fds, n, sleep_ms(d, well));
	take_signals(d);
	control_step(d->control, daemon_take_request, d);
	if (d->watchdog_ns)
		notify_service_manager("WATCHDOG=1");
}

static bool is_drained(const struct daemon *d)
{
	return d->draining && executor_works(d->executor) == 0;
}

static void work(struct daemon *d)
{
	notify_service_manager("READY=1");
	daemon_say(d, false, "mmfarm daemon: %zu boards, %zu jobs, results in %s",
		   d->configuration->boards->boards_count, d->configuration->jobs_count,
		   d->o.results);
	while (!d->stop && !is_drained(d)) {
		daemon_pull_step(d);
		bool well = step_executor(d);
		look_after(d);
		wait_for_news(d, well);
	}
	notify_service_manager("STOPPING=1");
	daemon_say(d, false, "ends; %zu batches go on without it", executor_works(d->executor));
}

struct error *daemon_run(const struct daemon_options *o)
{
	struct daemon d = {.o = *o, .lock = -1, .signals = -1};
	struct error *e = set_up(&d);
	if (!e)
		work(&d);
	tear_down(&d);
	return e;
}
