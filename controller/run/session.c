// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/session.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "record/layout.h"

#define READ_BYTES 65536
#define TAIL_BYTES 4096

// How long a payload that is done may still talk (a panic's last lines, an orderly power-off).
#define AFTERWORD_NS (2 * NS_PER_S)
// How long the console must be silent after the end for the board to be taken as finished.
#define AFTERWORD_SILENCE_NS (250 * NS_PER_MS)

static void on_event(const struct detect_event *event, void *arg)
{
	struct session *s = arg;
	evidence_take(event, &s->evidence);
	detect_want(s->detect, evidence_wants(&s->evidence));
	if (!s->reopened) // its worker wrote them when they happened
		events_detect(&s->events, event);
}

void session_state(struct session *s, const char *state, const char *detail)
{
	events_state(&s->events, state, detail);
}

void session_look_at_host(struct session *s, int64_t now_ns, bool at_once)
{
	if (s->board)
		host_watch_look(&s->host, board_process(s->board), now_ns, at_once);
}

// ---- the pump's sink ----------------------------------------------------------------------------

// Of the console's end as much is kept as a line may have.
static void keep_tail(struct session *s, const char *bytes, size_t len)
{
	if (len > TAIL_BYTES) {
		bytes += len - TAIL_BYTES;
		len = TAIL_BYTES;
	}
	if (s->tail.len + len > 2 * TAIL_BYTES) {
		size_t more = s->tail.len - TAIL_BYTES;
		memmove(s->tail.data, s->tail.data + more, TAIL_BYTES);
		buffer_truncate(&s->tail, TAIL_BYTES);
	}
	buffer_append(&s->tail, bytes, len);
}

// What the boot driver knows of the moment from which the payload may speak.
static void note_handover(struct session *s)
{
	uint64_t known = s->evidence.speech.handover;
	uint64_t now = s->pump.line && s->pump.line->place ? s->pump.line->place->handover : known;
	if (now == known)
		return;
	evidence_hand_over(&s->evidence, now);
	events_handover(&s->events, now);
	detect_hand_over(s->detect, on_event, s);
}

// Keeps the bytes, then judges what was kept: the verdict never rests on what nobody can read again.
static struct error *take_bytes(void *arg, const char *bytes, size_t len, int64_t now_ns)
{
	struct session *s = arg;
	s->last_byte_ns = now_ns;
	session_look_at_host(s, now_ns, false);
	bool over = (int64_t)s->capture.bytes > s->console_limit;
	if (s->winding_down && over) {
		capture_skip(&s->capture, len); // no flood keeps the board from being switched off
		return NULL;
	}
	readable_take(&s->since_handover, bytes, len);
	uint64_t before = s->capture.bytes;
	CLEANUP_ERROR struct error *full = capture_feed(&s->capture, bytes, len, now_ns);
	size_t kept = (size_t)(s->capture.bytes - before);
	note_handover(s);
	keep_tail(s, bytes, kept);
	detect_feed(s->detect, bytes, kept, now_ns, on_event, s);
	if (s->winding_down)
		return NULL;
	if (full)
		return STEAL(full);
	if ((int64_t)s->capture.bytes > s->console_limit)
		return error_new(ERROR_LAB, "the console exceeded its limit of %lld bytes",
				 (long long)s->console_limit);
	return NULL;
}

static void take_silence(void *arg, int64_t now_ns)
{
	struct session *s = arg;
	session_look_at_host(s, now_ns, false);
	detect_tick(s->detect, now_ns, on_event, s);
}

static void take_note(void *arg, const char *what, const char *detail)
{
	session_state(arg, what, detail);
}

static struct pump_sink session_sink(struct session *s)
{
	return (struct pump_sink){
	    .take = take_bytes, .quiet = take_silence, .note = take_note, .arg = s};
}

// ---- beginning and end --------------------------------------------------------------------------

static struct error *open_common(struct session *s, const char *run_dir, const struct plan *plan)
{
	s->start_ns = clock_monotonic_ns();
	s->start_realtime_ns = clock_realtime_ns();
	s->last_byte_ns = s->start_ns;
	s->console_limit = plan->job->console_limit;
	s->pump.sink = session_sink(s);
	evidence_init(&s->evidence, plan->job, &s->payload);
	s->evidence.speech.handover = SPEECH_NO_HANDOVER;
	TRY(plan_detector(plan, &s->detect));
	return events_init(&s->events, run_dir, s->start_ns);
}

struct error *session_init(struct session *s, const char *run_dir, const struct plan *plan)
{
	TRY(open_common(s, run_dir, plan));
	TRY(capture_init(&s->capture, run_dir));
	return pump_take_signals(&s->pump);
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
	static const char *const touched[] = {LAYOUT_EVENTS, LAYOUT_CONSOLE};
	int64_t start = modified_ns(run_dir, LAYOUT_JOB_YAML);
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

// A read error is not the console's end: what could not be read is told with the verdict.
static void read_console(struct session *s, const char *run_dir)
{
	CLEANUP_FREE char *path = path_join(run_dir, LAYOUT_CONSOLE);
	CLEANUP_CLOSE int raw = -1;
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return; // it died before
	s->unread = file_open_regular(path, ERROR_SYSTEM, &raw);
	if (s->unread)
		return;
	uint64_t handover = s->evidence.speech.handover, at = 0;
	char chunk[READ_BYTES];
	ssize_t n = 1;
	while (n > 0) {
		if (at == handover)
			detect_hand_over(s->detect, on_event, s);
		size_t most = at < handover && handover - at < READ_BYTES ? (size_t)(handover - at)
									  : READ_BYTES;
		n = read(raw, chunk, most);
		if (n > 0) {
			detect_feed(s->detect, chunk, (size_t)n, 0, on_event, s);
			at += (uint64_t)n;
		} else if (n < 0 && errno == EINTR) {
			n = 1;
		}
	}
	if (n < 0)
		s->unread = error_errno(ERROR_SYSTEM, errno, "reading console.raw");
}

struct error *session_reopen(struct session *s, const char *run_dir, const struct plan *plan)
{
	TRY(open_common(s, run_dir, plan));
	s->reopened = true;
	find_times(s, run_dir);
	s->evidence.speech.handover = events_find_handover(run_dir);
	read_console(s, run_dir);
	struct error *e = capture_restore(run_dir, &s->capture.bytes, &s->capture.lines);
	if (!s->unread)
		s->unread = e;
	else
		error_free(e);
	s->watch.end = WATCH_INTERRUPTED;
	session_end(s);
	return NULL;
}

void session_deinit(struct session *s)
{
	if (!s)
		return;
	pump_deinit(&s->pump);
	capture_deinit(&s->capture);
	events_deinit(&s->events);
	evidence_deinit(&s->evidence);
	banners_deinit(&s->payload);
	buffer_deinit(&s->emulator);
	host_watch_deinit(&s->host);
	buffer_deinit(&s->tail);
	error_free(s->unread);
	detect_free(s->detect);
	*s = SESSION_NONE;
}

void session_start_deadline(struct session *s, double seconds)
{
	int64_t now = clock_monotonic_ns();
	s->deadline_ns = now + (int64_t)(seconds * (double)NS_PER_S);
	s->begin_ns = s->last_byte_ns = now;
	s->gaps_ns = s->pump.line ? s->pump.line->gaps_ns : 0;
	s->since_handover = (struct readable){0};
}

// ---- watching -----------------------------------------------------------------------------------

static bool payload_done(const struct session *s, const struct job_config *job)
{
	if (job->payload.kind == PAYLOAD_FIRMWARE && s->evidence.end)
		return true;
	return s->evidence.done_text || s->evidence.fatal;
}

// Until when a board may be silent. What it said while its console was away nobody knows.
static int64_t silence_ends_ns(const struct session *s, const struct job_config *job)
{
	if (line_may_return(s->pump.line))
		return INT64_MAX;
	int64_t back = s->pump.line->gaps ? s->pump.line->opened_ns : 0;
	int64_t since = s->last_byte_ns > back ? s->last_byte_ns : back;
	return since + (int64_t)(job->silence_s * (double)NS_PER_S);
}

// When to stop looking at a board whose console stays silent from now on.
static int64_t next_stop(const struct session *s, const struct job_config *job, int64_t done_ns)
{
	int64_t stop = s->deadline_ns;
	int64_t silence = silence_ends_ns(s, job);
	if (done_ns) {
		silence = s->last_byte_ns + AFTERWORD_SILENCE_NS;
		if (done_ns + AFTERWORD_NS < stop)
			stop = done_ns + AFTERWORD_NS;
	}
	return silence < stop ? silence : stop;
}

// Why a console that is read in vain until `next_stop` is given up.
static enum watch_end why_over(const struct session *s, const struct job_config *job, bool done)
{
	if (done)
		return WATCH_DONE;
	if (line_may_return(s->pump.line))
		return WATCH_LOST;
	return silence_ends_ns(s, job) <= s->deadline_ns ? WATCH_SILENCE : WATCH_DEADLINE;
}

struct error *session_watch(struct session *s, const struct job_config *job)
{
	int64_t done_ns = 0;
	while (!pump_line_gone(&s->pump)) {
		if (!payload_done(s, job))
			done_ns = 0; // the board started anew meanwhile
		else if (!done_ns)
			done_ns = clock_monotonic_ns();
		int64_t stop = next_stop(s, job, done_ns);
		bool over = clock_monotonic_ns() >= stop;
		int64_t last = s->last_byte_ns;
		bool ready;
		TRY(pump_turn(&s->pump, -1, 0, stop, &ready));
		// A board is silent only if its console was empty after its time was over; its deadline
		// holds whatever it says.
		if (over && (s->last_byte_ns == last || clock_monotonic_ns() >= s->deadline_ns)) {
			s->watch.end = why_over(s, job, done_ns != 0);
			break;
		}
	}
	if (pump_line_gone(&s->pump))
		s->watch.end = WATCH_LOST;
	if (s->watch.end == WATCH_LOST)
		line_describe_loss(s->pump.line, s->watch.cause, sizeof(s->watch.cause));
	return done_ns ? NULL : readable_check(&s->since_handover);
}

void session_note_end(struct session *s)
{
	int64_t now = clock_monotonic_ns();
	note_handover(s); // also of a payload that said nothing at all
	s->gaps = s->pump.gaps;
	s->away_ns = s->pump.away_ns;
	if (s->pump.stopped)
		s->watch.end = WATCH_INTERRUPTED;
	s->watch.after_s = s->begin_ns ? watch_seconds(now - s->begin_ns) : 0;
	s->watch.silent_s = s->begin_ns ? watch_seconds(now - s->last_byte_ns) : 0;
	if (s->begin_ns && s->pump.line)
		s->watch.gap_s = watch_seconds(s->pump.line->gaps_ns - s->gaps_ns);
	watch_last_line(buffer_str(&s->tail), s->tail.len, s->watch.last_line);
}

void session_end(struct session *s)
{
	if (s->pump.stopped)
		s->watch.end = WATCH_INTERRUPTED;
	if (s->capture.lost) {
		char text[64];
		snprintf(text, sizeof(text), "%llu bytes", (unsigned long long)s->capture.lost);
		session_state(s, "console-lost", text);
	}
	detect_end(s->detect, watch_detect_reason(s->watch.end), on_event, s);
}
