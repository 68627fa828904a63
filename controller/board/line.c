// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/line.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"

// A device node that comes back gives no event that works for every kind of line; looking often
// enough loses little and costs nothing beside the gap itself.
#define RETRY_NS (50 * NS_PER_MS)

// A line that closes again within this time did not really come back: a server that takes
// connections only to say that its port is in use, a program that ends at once.
#define STEADY_NS NS_PER_S

// How long a line that takes no more bytes may still hold some that the board sent before.
#define LAST_BYTES_NS (500 * NS_PER_MS)

#define BREAK_NS       (300 * NS_PER_MS)
#define BREAK_LIMIT_NS (10 * NS_PER_S)

struct error *line_open(struct line *l)
{
	line_close(l);
	l->lost = false;
	l->closed_ns = l->opened_ns = 0;
	return l->driver->open(l->state, l->place, &l->fd);
}

void line_close(struct line *l)
{
	cleanup_close(&l->fd);
}

void line_deinit(struct line *l)
{
	if (!l)
		return;
	line_close(l);
	buffer_deinit(&l->tap);
}

void line_tap(struct line *l, bool on)
{
	l->tapped = on;
	buffer_truncate(&l->tap, 0);
}

static void keep_in_tap(struct line *l, const char *bytes, size_t len)
{
	if (l->tap.len + len > LINE_TAP_LIMIT)
		buffer_truncate(&l->tap, 0);
	buffer_append(&l->tap, bytes, len);
}

static int64_t grace_ns(const struct line *l)
{
	return l->driver->grace ? (int64_t)(l->driver->grace(l->state) * (double)NS_PER_S) : 0;
}

static void line_went_away(struct line *l, int code)
{
	int64_t now = clock_monotonic_ns();
	l->close_code = code;
	line_close(l);
	if (!l->opened_ns || now - l->opened_ns >= STEADY_NS)
		l->away_ns = now;
	if (now - l->away_ns < grace_ns(l)) {
		l->closed_ns = now;
		l->retry_ns = now + RETRY_NS;
	} else {
		l->lost = true;
	}
}

// Answers of the line's own protocol are few bytes; a line that does not take them is ill.
static struct error *send_reply(struct line *l, const struct buffer *reply)
{
	ssize_t n = reply->len ? write(l->fd, reply->data, reply->len) : 0;
	if (n != (ssize_t)reply->len)
		return error_errno(ERROR_LAB, n < 0 ? errno : EAGAIN, "console: answering the %s",
				   l->driver->name);
	return NULL;
}

struct error *line_read(struct line *l, char *bytes, size_t size, size_t *len)
{
	*len = 0;
	ssize_t n = read(l->fd, bytes, size);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return NULL;
	if (n <= 0) {
		line_went_away(l, n < 0 ? errno : 0);
		return NULL;
	}
	*len = (size_t)n;
	if (l->driver->decode) {
		CLEANUP_BUFFER struct buffer reply = {0};
		*len = l->driver->decode(l->state, bytes, (size_t)n, &reply);
		// What came in counts, whether or not the answer goes out.
		CLEANUP_ERROR struct error *unsent = send_reply(l, &reply);
		if (unsent)
			line_went_away(l, error_code(unsent) ? error_code(unsent) : EIO);
	}
	l->bytes += *len;
	if (l->tapped)
		keep_in_tap(l, bytes, *len);
	return NULL;
}

bool line_may_return(const struct line *l)
{
	return l->closed_ns != 0;
}

bool line_is_gone(const struct line *l)
{
	return l->fd < 0 && !line_may_return(l);
}

void line_describe_loss(const struct line *l, char *text, size_t size)
{
	const char *why = l->close_code ? strerror(l->close_code) : "the other side closed it";
	snprintf(text, size, "%s (console driver %s)", why, l->driver->name);
}

void line_revive(struct line *l)
{
	int64_t now = clock_monotonic_ns();
	l->retry_ns = INT64_MAX; // a driver that waits while it opens must not bring us here again
	CLEANUP_ERROR struct error *e = l->driver->open(l->state, l->place, &l->fd);
	if (!e) {
		l->opened_ns = clock_monotonic_ns();
		l->gap_ns = l->opened_ns - l->closed_ns;
		l->gaps++;
		l->closed_ns = 0;
	} else if (now - l->away_ns >= grace_ns(l)) {
		l->closed_ns = 0;
		l->lost = true;
	} else {
		l->retry_ns = now + RETRY_NS;
	}
}

static struct error *lost(const struct board_place *place)
{
	char why[160];
	if (!place->line->close_code)
		return error_new(ERROR_LAB, "board %s: the console closed", place->board);
	line_describe_loss(place->line, why, sizeof(why));
	return error_new(ERROR_LAB, "board %s: the console closed: %s", place->board, why);
}

// A line that is away gets its time to return before anything is written to it.
static struct error *wait_for_line(struct board_place *place, int64_t deadline_ns)
{
	while (place->line->fd < 0 && line_may_return(place->line)) {
		bool ready;
		int64_t until = place->line->retry_ns;
		TRY(place->wait->wait(place->wait->arg, -1, 0,
				      until < deadline_ns ? until : deadline_ns, &ready));
		if (clock_monotonic_ns() >= deadline_ns)
			break;
	}
	return place->line->fd < 0 ? lost(place) : NULL;
}

// A line that refuses bytes has mostly closed. Its last bytes may still be there to be read, so it is
// left to the reading to find that out; an error when it does not.
static struct error *let_it_close(struct board_place *place, int code)
{
	const struct line *l = place->line;
	int64_t stop = clock_monotonic_ns() + LAST_BYTES_NS;
	unsigned gaps = l->gaps;
	while (l->fd >= 0 && l->gaps == gaps && clock_monotonic_ns() < stop) {
		bool ready;
		TRY(place->wait->wait(place->wait->arg, -1, 0, clock_monotonic_ns() + NS_PER_MS,
				      &ready));
	}
	if (l->fd >= 0 && l->gaps == gaps)
		return error_errno(ERROR_LAB, code, "board %s: writing to the console",
				   place->board);
	return NULL;
}

// Sends bytes as the line itself takes them.
static struct error *send_out(struct board_place *place, const struct buffer *out,
			      int64_t deadline_ns)
{
	struct line *l = place->line;
	size_t done = 0;
	while (done < out->len) {
		TRY(wait_for_line(place, deadline_ns));
		ssize_t n = write(l->fd, out->data + done, out->len - done);
		if (n >= 0) {
			done += (size_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN) {
			TRY(let_it_close(place, errno));
			continue;
		}
		bool ready;
		TRY(place->wait->wait(place->wait->arg, l->fd, POLLOUT, deadline_ns, &ready));
		if (!ready && clock_monotonic_ns() >= deadline_ns)
			return error_new(ERROR_LAB,
					 "board %s: the console takes no bytes (flow control?)",
					 place->board);
	}
	return NULL;
}

struct error *line_write(struct board_place *place, const void *bytes, size_t len,
			 int64_t deadline_ns)
{
	struct line *l = place->line;
	CLEANUP_BUFFER struct buffer out = {0};
	if (l->driver->encode)
		l->driver->encode(l->state, bytes, len, &out);
	else
		buffer_append(&out, bytes, len);
	return send_out(place, &out, deadline_ns);
}

static struct error *set_break(struct board_place *place, bool on)
{
	struct line *l = place->line;
	int64_t deadline_ns = clock_monotonic_ns() + BREAK_LIMIT_NS;
	CLEANUP_BUFFER struct buffer out = {0};
	TRY(wait_for_line(place, deadline_ns));
	TRY(error_wrap(l->driver->set_break(l->state, l->fd, on, &out), "board %s", place->board));
	return send_out(place, &out, deadline_ns);
}

struct error *line_break(struct board_place *place)
{
	const struct console_driver *driver = place->line->driver;
	if (!driver->set_break)
		return error_new(ERROR_USAGE, "board %s: its console driver \"%s\" knows no break",
				 place->board, driver->name);
	TRY(set_break(place, true));
	bool ready;
	TRY(place->wait->wait(place->wait->arg, -1, 0, clock_monotonic_ns() + BREAK_NS, &ready));
	return set_break(place, false);
}

struct error *line_listen(struct board_place *place, int64_t deadline_ns, struct buffer *out)
{
	struct line *l = place->line;
	bool ready;
	if (!l->tap.len)
		TRY(place->wait->listen(place->wait->arg, -1, 0, deadline_ns, &ready));
	if (!l->tap.len && line_is_gone(l))
		return lost(place);
	buffer_append(out, buffer_str(&l->tap), l->tap.len);
	buffer_truncate(&l->tap, 0);
	return NULL;
}
