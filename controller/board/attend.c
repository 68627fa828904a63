// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/attend.h"

#include <errno.h>
#include <poll.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/stop_signal.h"

#define READ_BYTES 16384

static struct error *read_console(struct attend *a)
{
	char chunk[READ_BYTES];
	size_t n;
	TRY(line_read(board_line(a->board), chunk, sizeof(chunk), &n));
	if (n == 0)
		return NULL;
	TRY(capture_feed(&a->capture, chunk, n, clock_monotonic_ns()));
	return a->show >= 0 ? file_write_all(a->show, chunk, n, "terminal") : NULL;
}

static struct error *read_signal(struct attend *a)
{
	unsigned number = stop_signal_read(a->signals);
	if (!number)
		return NULL;
	a->ended = true;
	return error_new(ERROR_LAB, "ended by signal %u", number);
}

static void tell(struct attend *a, const char *what, const char *detail)
{
	if (a->notes)
		fprintf(a->notes, "%s%s%s\n", what, detail && *detail ? ": " : "",
			detail ? detail : "");
}

static void look_for_console(struct attend *a)
{
	struct line *l = board_line(a->board);
	if (!line_may_return(l) || clock_monotonic_ns() < l->retry_ns)
		return;
	unsigned gaps = l->gaps;
	line_revive(l);
	if (l->gaps == gaps)
		return;
	char text[64];
	snprintf(text, sizeof(text), "away for %.3f s", (double)l->gap_ns / (double)NS_PER_S);
	tell(a, "console-gap", text);
}

static struct error *wait_once(struct attend *a, int fd, short events, int ms, bool *ready)
{
	struct line *l = board_line(a->board);
	struct pollfd pfds[] = {
	    {.fd = l->fd, .events = POLLIN},
	    {.fd = a->signals, .events = POLLIN},
	    {.fd = fd, .events = events},
	};
	if (line_may_return(l))
		ms = clock_poll_ms(l->retry_ns, ms);
	*ready = false;
	if (poll(pfds, 3, ms) < 0)
		return errno == EINTR ? NULL : error_errno(ERROR_SYSTEM, errno, "poll");
	if (pfds[0].revents)
		TRY(read_console(a));
	if (pfds[1].revents)
		TRY(read_signal(a));
	look_for_console(a);
	*ready = pfds[2].revents != 0;
	return NULL;
}

static struct error *attend_wait(void *arg, int fd, short events, int64_t deadline_ns, bool *ready)
{
	*ready = false;
	while (!*ready) {
		int ms = clock_poll_ms(deadline_ns, 500);
		if (ms == 0)
			return NULL;
		TRY(wait_once(arg, fd, events, ms, ready));
	}
	return NULL;
}

static struct error *attend_listen(void *arg, int fd, short events, int64_t deadline_ns,
				   bool *ready)
{
	struct attend *a = arg;
	const struct line *l = board_line(a->board);
	unsigned gaps = l->gaps; // a line that came back is news as well
	*ready = false;
	while (!*ready && !l->tap.len && !line_is_gone(l) && l->gaps == gaps) {
		int ms = clock_poll_ms(deadline_ns, 500);
		if (ms == 0)
			return NULL;
		TRY(wait_once(a, fd, events, ms, ready));
	}
	return NULL;
}

static void attend_note(void *arg, const char *what, const char *detail)
{
	tell(arg, what, detail);
}

struct error *attend_init(struct attend *a, struct board *board, const char *log_dir)
{
	*a = (struct attend){.board = board, .signals = -1, .show = -1, .capture = CAPTURE_NONE};
	a->wait = (struct board_wait){
	    .wait = attend_wait, .listen = attend_listen, .note = attend_note, .arg = a};
	TRY(file_make_dirs(log_dir));
	return capture_init(&a->capture, log_dir);
}

void attend_deinit(struct attend *a)
{
	if (!a)
		return;
	capture_deinit(&a->capture);
	cleanup_close(&a->signals);
}

struct error *attend_signals(struct attend *a)
{
	return stop_signal_open(&a->signals);
}

struct error *attend_send(struct attend *a, const char *bytes, size_t len)
{
	return line_write(board_line(a->board)->place, bytes, len,
			  clock_monotonic_ns() + 10 * NS_PER_S);
}

void attend_drain(struct attend *a)
{
	int64_t stop = clock_monotonic_ns() + NS_PER_S;
	while (board_line(a->board)->fd >= 0 && clock_monotonic_ns() < stop) {
		struct pollfd pfd = {.fd = board_line(a->board)->fd, .events = POLLIN};
		if (poll(&pfd, 1, 0) <= 0)
			return;
		CLEANUP_ERROR struct error *e = read_console(a);
		if (e)
			return;
	}
}
