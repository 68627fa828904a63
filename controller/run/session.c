// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/stop_signal.h"

#define READ_BYTES 65536

// How long a payload that is done may still talk (a panic's last lines, an orderly power-off).
#define AFTERWORD_NS (2 * NS_PER_S)
// How long the console must be silent after the end for the board to be taken as finished.
#define AFTERWORD_SILENCE_NS (250 * NS_PER_MS)

static void on_event(const struct detect_event *event, void *arg)
{
	struct session *s = arg;
	evidence_take(event, &s->evidence);
	if (!s->reopened) // its worker wrote them when they happened
		events_detect(&s->events, event);
}

static struct error *open_common(struct session *s, const char *run_dir, const struct plan *plan)
{
	s->start_ns = clock_monotonic_ns();
	s->start_realtime_ns = clock_realtime_ns();
	s->last_byte_ns = s->start_ns;
	s->console_limit = plan->job->console_limit;
	evidence_init(&s->evidence, plan->job);
	TRY(plan_detector(plan, &s->detect));
	return events_init(&s->events, run_dir, s->start_ns);
}

struct error *session_init(struct session *s, const char *run_dir, const struct plan *plan)
{
	TRY(open_common(s, run_dir, plan));
	TRY(capture_init(&s->capture, run_dir));
	return stop_signal_open(&s->signals);
}

static int64_t modified_ns(const char *dir, const char *name)
{
	CLEANUP_FREE char *path = path_join(dir, name);
	struct stat st;
	if (stat(path, &st) < 0)
		return 0;
	return (int64_t)st.st_mtim.tv_sec * NS_PER_S + st.st_mtim.tv_nsec;
}

// When the dead worker's run began and was last heard of, as its files tell.
static void find_times(struct session *s, const char *run_dir)
{
	static const char *const touched[] = {"events.jsonl", "console.raw"};
	int64_t start = modified_ns(run_dir, "job.yaml");
	if (start)
		s->start_realtime_ns = start;
	s->end_realtime_ns = s->start_realtime_ns;
	for (size_t i = 0; i < 2; i++) {
		int64_t t = modified_ns(run_dir, touched[i]);
		if (t > s->end_realtime_ns)
			s->end_realtime_ns = t;
	}
}

double session_duration_s(const struct session *s)
{
	int64_t ns = s->reopened ? s->end_realtime_ns - s->start_realtime_ns
				 : clock_monotonic_ns() - s->start_ns;
	return (double)ns / (double)NS_PER_S;
}

struct error *session_reopen(struct session *s, const char *run_dir, const struct plan *plan)
{
	TRY(open_common(s, run_dir, plan));
	s->reopened = true;
	find_times(s, run_dir);
	CLEANUP_FREE char *path = path_join(run_dir, "console.raw");
	CLEANUP_CLOSE int raw = open(path, O_RDONLY | O_CLOEXEC);
	char chunk[READ_BYTES];
	ssize_t n;
	while (raw >= 0 && (n = read(raw, chunk, sizeof(chunk))) > 0) {
		detect_feed(s->detect, chunk, (size_t)n, 0, on_event, s);
		s->capture.bytes += (uint64_t)n;
	}
	CLEANUP_FREE char *index = path_join(run_dir, "console.idx");
	struct stat st;
	if (stat(index, &st) == 0)
		s->capture.lines = (uint64_t)st.st_size / CAPTURE_INDEX_ENTRY;
	s->end_reason = DETECT_END_INTERRUPTED;
	session_end(s);
	return NULL;
}

void session_deinit(struct session *s)
{
	if (!s)
		return;
	cleanup_close(&s->signals);
	capture_deinit(&s->capture);
	events_deinit(&s->events);
	evidence_deinit(&s->evidence);
	detect_free(s->detect);
	*s = SESSION_NONE;
}

void session_state(struct session *s, const char *state, const char *detail)
{
	events_state(&s->events, state, detail);
}

void session_start_deadline(struct session *s, double seconds)
{
	int64_t now = clock_monotonic_ns();
	s->deadline_ns = now + (int64_t)(seconds * (double)NS_PER_S);
	s->last_byte_ns = now;
}

// ---- reading
// -------------------------------------------------------------------------------------

// Reads what is there. The console closing is not an error: what it means is the judge's matter.
static struct error *read_console(struct session *s)
{
	char chunk[READ_BYTES];
	size_t n;
	TRY(line_read(s->line, chunk, sizeof(chunk), &n));
	if (n == 0)
		return NULL;
	int64_t now = clock_monotonic_ns();
	s->last_byte_ns = now;
	bool over = (int64_t)s->capture.bytes > s->console_limit;
	if (s->winding_down && over)
		return NULL; // a board that floods must not keep its switch from being turned
	detect_feed(s->detect, chunk, n, now, on_event, s);
	CLEANUP_ERROR struct error *full = capture_feed(&s->capture, chunk, n, now);
	if (full && !s->winding_down)
		return STEAL(full);
	if ((int64_t)s->capture.bytes > s->console_limit && !s->winding_down)
		return error_new(ERROR_LAB, "the console exceeded its limit of %lld bytes",
				 (long long)s->console_limit);
	return NULL;
}

static struct error *read_signal(struct session *s)
{
	unsigned number = stop_signal_read(s->signals);
	if (!number)
		return NULL;
	s->interrupted = true;
	s->end_reason = DETECT_END_INTERRUPTED;
	return error_new(ERROR_LAB, "interrupted by signal %u", number);
}

static int console_fd(const struct session *s)
{
	return s->line ? s->line->fd : -1;
}

static bool console_gone(const struct session *s)
{
	return !s->line || line_is_gone(s->line);
}

// A line that closed may come back; what was said meanwhile is lost, and that goes on record.
static void look_for_console(struct session *s)
{
	if (!s->line || !line_may_return(s->line) || clock_monotonic_ns() < s->line->retry_ns)
		return;
	line_revive(s->line);
	if (s->line->gaps == s->gaps)
		return;
	s->gaps = s->line->gaps;
	char text[64];
	snprintf(text, sizeof(text), "away for %.3f s", (double)s->line->gap_ns / (double)NS_PER_S);
	session_state(s, "console-gap", text);
}

// One poll: console, signals and, if asked, the caller's fd; *ready tells of the latter.
static struct error *wait_once(struct session *s, int fd, short events, int timeout_ms, bool *ready)
{
	struct pollfd pfds[] = {
	    {.fd = console_fd(s), .events = POLLIN},
	    {.fd = s->signals, .events = POLLIN},
	    {.fd = fd, .events = events},
	};
	*ready = false;
	if (s->line && line_may_return(s->line))
		timeout_ms = clock_poll_ms(s->line->retry_ns, timeout_ms);
	int n = poll(pfds, 3, timeout_ms);
	if (n < 0)
		return errno == EINTR ? NULL : error_errno(ERROR_SYSTEM, errno, "poll");
	// Only a console with nothing to read is silent: a worker that was stopped for a while must
	// not take its own pause for the board's.
	if (pfds[0].revents)
		TRY(read_console(s));
	else
		detect_tick(s->detect, clock_monotonic_ns(), on_event, s);
	look_for_console(s);
	if (pfds[1].revents)
		TRY(read_signal(s));
	*ready = pfds[2].revents != 0;
	return NULL;
}

struct error *session_wait(void *arg, int fd, short events, int64_t deadline_ns, bool *ready)
{
	struct session *s = arg;
	*ready = false;
	while (!*ready) {
		int ms = clock_poll_ms(deadline_ns, 500);
		if (ms == 0)
			return NULL;
		TRY(wait_once(s, fd, events, ms, ready));
	}
	return NULL;
}

static struct error *session_listen(void *arg, int fd, short events, int64_t deadline_ns,
				    bool *ready)
{
	struct session *s = arg;
	*ready = false;
	unsigned gaps = s->gaps; // a line that came back is news as well
	while (!*ready && !s->line->tap.len && !console_gone(s) && s->gaps == gaps) {
		int ms = clock_poll_ms(deadline_ns, 500);
		if (ms == 0)
			return NULL;
		TRY(wait_once(s, fd, events, ms, ready));
	}
	return NULL;
}

static void session_note(void *arg, const char *what, const char *detail)
{
	session_state(arg, what, detail);
}

struct board_wait session_board_wait(struct session *s)
{
	return (struct board_wait){
	    .wait = session_wait, .listen = session_listen, .note = session_note, .arg = s};
}

// ---- watching
// ------------------------------------------------------------------------------------

static bool payload_done(const struct session *s, const struct job_config *job)
{
	if (job->payload.kind == PAYLOAD_FIRMWARE && s->evidence.end)
		return true;
	return s->evidence.done_text || s->evidence.fatal;
}

// When to stop looking at a board whose console stays silent from now on.
static int64_t next_stop(const struct session *s, const struct job_config *job, int64_t done_ns)
{
	int64_t stop = s->deadline_ns;
	int64_t silence = s->last_byte_ns + (int64_t)(job->silence_s * (double)NS_PER_S);
	if (done_ns) {
		silence = s->last_byte_ns + AFTERWORD_SILENCE_NS;
		if (done_ns + AFTERWORD_NS < stop)
			stop = done_ns + AFTERWORD_NS;
	}
	return silence < stop ? silence : stop;
}

struct error *session_watch(struct session *s, const struct job_config *job)
{
	int64_t done_ns = 0;
	while (!console_gone(s)) {
		if (!done_ns && payload_done(s, job))
			done_ns = clock_monotonic_ns();
		int ms = clock_poll_ms(next_stop(s, job, done_ns), 500);
		if (ms == 0) {
			s->end_reason = done_ns ? DETECT_END_POWER_OFF : DETECT_END_DEADLINE;
			return NULL;
		}
		bool ready;
		TRY(wait_once(s, -1, 0, ms, &ready));
	}
	s->end_reason = DETECT_END_CLOSED;
	return NULL;
}

void session_drain(struct session *s)
{
	// Bounded: a console that goes on after power-off (a lying switch) must not keep us here.
	int64_t stop = clock_monotonic_ns() + NS_PER_S;
	while (console_fd(s) >= 0 && clock_monotonic_ns() < stop) {
		struct pollfd pfd = {.fd = console_fd(s), .events = POLLIN};
		if (poll(&pfd, 1, 0) <= 0)
			return;
		CLEANUP_ERROR struct error *e = read_console(s);
		if (e)
			return;
	}
}

void session_end(struct session *s)
{
	detect_end(s->detect, s->end_reason, on_event, s);
}
