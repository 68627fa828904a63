// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/pump.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/stop_signal.h"

#define READ_BYTES 65536

// A tty that is read that full (N_TTY_BUF_SIZE is 4096) may hold back more.
#define TTY_FULL 3968

// The longest single poll, so that a clock that is not polled for is still looked at.
#define TURN_NS (NS_PER_S / 2)

struct error *pump_take_signals(struct pump *p)
{
	return stop_signal_open(&p->signals);
}

void pump_deinit(struct pump *p)
{
	if (p)
		cleanup_close(&p->signals);
}

bool pump_line_gone(const struct pump *p)
{
	return !p->line || line_is_gone(p->line);
}

// ---- one turn -----------------------------------------------------------------------------------

int64_t pump_rest_ns(int64_t last_ns, int64_t unread_ns)
{
	int64_t rest = last_ns ? 2 * last_ns : PUMP_FIRST_REST_NS;
	int64_t longest = unread_ns < PUMP_REST_NS ? unread_ns : PUMP_REST_NS;
	if (longest < PUMP_FIRST_REST_NS)
		return 0;
	return rest < longest ? rest : longest;
}

int64_t pump_rest_end_ns(int64_t now_ns, int64_t rest_ns)
{
	if (!rest_ns)
		return 0;
	int64_t end = (now_ns + rest_ns) / rest_ns * rest_ns, soonest = now_ns + rest_ns / 2;
	return end < soonest ? soonest : end; // the next one ends with the others'
}

// Decides on the line's rest after `len` bytes were read at `now_ns`. One that may hold back more is
// read again at once, and then rests as before: it has not fallen silent.
static void decide_rest(struct pump *p, size_t len, int64_t now_ns)
{
	const struct line *l = p->line;
	bool limited = l->driver->unread_ns != NULL;
	p->rest_until_ns = 0;
	if (l->tapped) {
		p->rest_ns = 0;
	} else if (len >= (limited ? TTY_FULL : READ_BYTES)) {
		p->rest_ns /= 2;
	} else {
		p->rest_ns =
		    pump_rest_ns(p->rest_ns, limited ? l->driver->unread_ns(l->state) : INT64_MAX);
		p->rest_until_ns = pump_rest_end_ns(now_ns, p->rest_ns);
	}
}

// The console closing is not an error: what it means is its holder's matter.
static struct error *read_console(struct pump *p)
{
	char chunk[READ_BYTES];
	size_t n;
	p->rest_until_ns = 0;
	TRY(line_read(p->line, chunk, sizeof(chunk), &n));
	if (n == 0) {
		p->rest_ns = 0;
		return NULL;
	}
	int64_t now = clock_monotonic_ns();
	decide_rest(p, n, now);
	return p->sink.take(p->sink.arg, chunk, n, now);
}

static void pump_note(void *arg, const char *what, const char *detail)
{
	const struct pump *p = arg;
	if (p->sink.note)
		p->sink.note(p->sink.arg, what, detail);
}

// A line that closed may come back; what was said meanwhile is lost, and that goes on record.
static void look_for_line(struct pump *p)
{
	struct line *l = p->line;
	if (!l || !line_may_return(l) || clock_monotonic_ns() < l->retry_ns)
		return;
	unsigned gaps = l->gaps;
	line_revive(l);
	if (l->gaps == gaps)
		return;
	char text[64];
	snprintf(text, sizeof(text), "away for %.3f s", (double)l->gap_ns / (double)NS_PER_S);
	pump_note(p, "console-gap", text);
}

static struct error *stopped(const struct pump *p)
{
	return error_errno(ERROR_LAB, EINTR, "stopped by signal %u", p->stopped);
}

// Reads the console if it is due. Only one that was looked at and has nothing to read is silent: a
// process that was stopped for a while must not take its own pause for the board's.
static struct error *look_at_console(struct pump *p, bool rested, bool polled)
{
	bool due = rested && clock_monotonic_ns() >= p->rest_until_ns;
	if (polled || due)
		return read_console(p);
	if (!rested && p->sink.quiet)
		p->sink.quiet(p->sink.arg, clock_monotonic_ns());
	return NULL;
}

// poll(2) until a monotonic time, to the nanosecond: rests that end together must wake together.
static int poll_until(struct pollfd *pfds, nfds_t count, int64_t until_ns)
{
	int64_t left = until_ns - clock_monotonic_ns();
	if (left < 0)
		left = 0;
	const struct timespec time = {.tv_sec = left / NS_PER_S, .tv_nsec = left % NS_PER_S};
	return ppoll(pfds, count, &time, NULL);
}

static int64_t sooner(int64_t a_ns, int64_t b_ns)
{
	return a_ns < b_ns ? a_ns : b_ns;
}

struct error *pump_turn(struct pump *p, int fd, short events, int64_t deadline_ns, bool *ready)
{
	struct line *l = p->line;
	bool open = l && l->fd >= 0;
	bool rest = open && p->rest_until_ns && !l->tapped;
	struct pollfd pfds[] = {
	    {.fd = open && !rest ? l->fd : -1, .events = POLLIN},
	    {.fd = p->signals, .events = POLLIN},
	    {.fd = fd, .events = events},
	};
	int64_t until = sooner(deadline_ns, clock_monotonic_ns() + TURN_NS);
	if (p->limit_ns)
		until = sooner(until, p->limit_ns);
	if (rest)
		until = sooner(until, p->rest_until_ns);
	else if (l && line_may_return(l))
		until = sooner(until, l->retry_ns);
	*ready = false;
	if (p->stopped && !p->winding_down)
		return stopped(p);
	if (p->limit_ns && clock_monotonic_ns() >= p->limit_ns)
		return error_new(ERROR_LAB, "no answer in time, given up");
	if (poll_until(pfds, 3, until) < 0)
		return errno == EINTR ? NULL : error_errno(ERROR_SYSTEM, errno, "poll");
	TRY(look_at_console(p, rest, pfds[0].revents != 0));
	look_for_line(p);
	if (pfds[1].revents) {
		p->stopped = stop_signal_read(p->signals);
		if (p->stopped)
			return stopped(p);
	}
	*ready = pfds[2].revents != 0;
	return NULL;
}

// ---- waiting ------------------------------------------------------------------------------------

struct error *pump_wait(void *arg, int fd, short events, int64_t deadline_ns, bool *ready)
{
	*ready = false;
	while (!*ready && clock_monotonic_ns() < deadline_ns)
		TRY(pump_turn(arg, fd, events, deadline_ns, ready));
	return NULL;
}

static struct error *pump_listen(void *arg, int fd, short events, int64_t deadline_ns, bool *ready)
{
	struct pump *p = arg;
	unsigned gaps = p->line->gaps; // a line that came back is news as well
	*ready = false;
	while (!*ready && !p->line->tap.len && !line_is_gone(p->line) && p->line->gaps == gaps &&
	       clock_monotonic_ns() < deadline_ns)
		TRY(pump_turn(p, fd, events, deadline_ns, ready));
	return NULL;
}

static void pump_wind_down(void *arg)
{
	((struct pump *)arg)->winding_down = true;
}

struct board_wait pump_board_wait(struct pump *p)
{
	return (struct board_wait){.wait = pump_wait,
				   .listen = pump_listen,
				   .note = pump_note,
				   .wind_down = pump_wind_down,
				   .arg = p};
}

void pump_drain(struct pump *p)
{
	int64_t stop = clock_monotonic_ns() + NS_PER_S;
	while (p->line && p->line->fd >= 0 && clock_monotonic_ns() < stop) {
		struct pollfd pfd = {.fd = p->line->fd, .events = POLLIN};
		if (poll(&pfd, 1, 0) <= 0)
			return;
		CLEANUP_ERROR struct error *e = read_console(p);
		if (e)
			return;
	}
}
