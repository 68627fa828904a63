// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/line.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "board/words.h"

// A device node that comes back gives no event that works for every kind of line; looking often
// enough loses little and costs nothing beside the gap itself.
#define RETRY_NS (50 * NS_PER_MS)

// A line that closes again within this time did not really come back: a server that takes
// connections only to say that its port is in use, a program that ends at once.
#define STEADY_NS NS_PER_S

// A server that closes what it has just taken does so at once, as a program ends whose words are wrong;
// a network may be that late. More bytes than their own words have are a board's.
#define PROOF_NS   (250 * NS_PER_MS)
#define PROOF_SIZE 512

// A server that refuses is left alone longer and longer.
#define RETRY_MAX_NS (2 * NS_PER_S)

// How long a line that takes no more bytes may still hold some that the board sent before.
#define LAST_BYTES_NS (500 * NS_PER_MS)

#define BREAK_NS       (300 * NS_PER_MS)
#define BREAK_LIMIT_NS (10 * NS_PER_S)

static void was_opened(struct line *l)
{
	l->opened_ns = clock_monotonic_ns();
	l->proof_ns = l->driver->server ? l->opened_ns + PROOF_NS : 0;
	buffer_truncate(&l->held, 0);
}

struct error *line_open(struct line *l)
{
	line_close(l);
	l->lost = l->returning = false;
	l->closed_ns = l->opened_ns = 0;
	buffer_truncate(&l->words, 0);
	TRY(l->driver->open(l->state, l->place, &l->fd));
	was_opened(l);
	return NULL;
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
	buffer_deinit(&l->held);
	buffer_deinit(&l->words);
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

// What was held is the server's, who closed it.
static void keep_words(struct line *l)
{
	CLEANUP_BUFFER struct buffer line = {0};
	words_telling_line(buffer_str(&l->held), l->held.len, &line);
	buffer_truncate(&l->held, 0);
	if (!line.len || strcmp(buffer_str(&line), buffer_str(&l->words)) == 0)
		return;
	buffer_truncate(&l->words, 0);
	buffer_append(&l->words, line.data, line.len);
	l->words_are_news = true;
}

static void line_went_away(struct line *l, int code)
{
	int64_t now = clock_monotonic_ns();
	l->close_code = code;
	// A terminal says EIO when its other side is closed; of anything else that is a failure.
	l->failed = code && code != ECONNRESET && code != EPIPE && !isatty(l->fd);
	line_close(l);
	bool proved = !l->proof_ns && now - l->opened_ns >= STEADY_NS;
	if (l->proof_ns)
		keep_words(l);
	l->proof_ns = 0;
	if (proved || !l->away_ns)
		l->away_ns = now;
	int64_t step = 2 * l->retry_step_ns < RETRY_MAX_NS ? 2 * l->retry_step_ns : RETRY_MAX_NS;
	l->retry_step_ns = proved || !l->retry_step_ns ? RETRY_NS : step;
	l->returning = true;
	int64_t end = l->away_ns + grace_ns(l);
	if (now < end) {
		l->closed_ns = now;
		l->retry_ns = now + l->retry_step_ns < end ? now + l->retry_step_ns : end;
	} else {
		l->lost = true;
	}
}

// It lasts: what it says is the board's, and it is back if it had been away.
static void prove(struct line *l)
{
	l->proof_ns = 0;
	buffer_truncate(&l->words, 0);
	if (!l->returning)
		return;
	l->returning = false;
	l->gap_ns = l->opened_ns - l->away_ns;
	l->gaps_ns += l->gap_ns;
	l->gaps++;
}

int64_t line_due_ns(const struct line *l)
{
	if (l->fd < 0)
		return INT64_MAX;
	if (l->held.len > (l->proof_ns ? PROOF_SIZE : 0))
		return 0;
	return l->proof_ns ? l->proof_ns : INT64_MAX;
}

// Answers of the line's own protocol are few bytes; a line that does not take them is ill.
static struct error *send_reply(struct line *l, const struct buffer *reply)
{
	ssize_t n = reply->len ? write(l->fd, reply->data, reply->len) : 0;
	if (n != (ssize_t)reply->len)
		return error_errno(ERROR_LAB, n < 0 ? errno : EAGAIN, "console: answering the %s",
				   l->driver->driver.name);
	return NULL;
}

static void take_in(struct line *l, const char *bytes, size_t len)
{
	l->bytes += len;
	if (l->tapped)
		keep_in_tap(l, bytes, len);
}

// Bytes that were held are handed out, as many as fit.
static size_t release(struct line *l, char *bytes, size_t size)
{
	size_t len = l->held.len < size ? l->held.len : size;
	memcpy(bytes, buffer_str(&l->held), len);
	memmove(l->held.data, l->held.data + len, l->held.len - len);
	buffer_truncate(&l->held, l->held.len - len);
	return len;
}

struct error *line_read(struct line *l, char *bytes, size_t size, size_t *len)
{
	*len = 0;
	if (l->proof_ns && (clock_monotonic_ns() >= l->proof_ns || l->held.len > PROOF_SIZE))
		prove(l);
	if (!l->proof_ns && l->held.len) {
		*len = release(l, bytes, size);
		take_in(l, bytes, *len);
		return NULL;
	}
	ssize_t n = read(l->fd, bytes, size);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return NULL;
	if (n <= 0) {
		line_went_away(l, n < 0 ? errno : 0);
		return NULL;
	}
	*len = (size_t)n;
	CLEANUP_BUFFER struct buffer reply = {0};
	if (l->driver->decode)
		*len = l->driver->decode(l->state, bytes, (size_t)n, &reply);
	if (l->proof_ns) {
		buffer_append(&l->held, bytes, *len);
		*len = 0;
	} else {
		take_in(l, bytes, *len);
	}
	// What came in counts, whether or not the answer goes out.
	CLEANUP_ERROR struct error *unsent = send_reply(l, &reply);
	if (unsent)
		line_went_away(l, error_code(unsent) ? error_code(unsent) : EIO);
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

bool line_has_failed(const struct line *l)
{
	return l->failed;
}

void line_describe_loss(const struct line *l, char *text, size_t size)
{
	const char *why = l->close_code ? strerror(l->close_code) : "the other side closed it";
	CLEANUP_BUFFER struct buffer said = {0};
	if (l->driver->ending)
		l->driver->ending(l->state, &said);
	else if (l->words.len)
		buffer_printf(&said, "it says \"%s\"", buffer_str(&l->words));
	if (said.len)
		snprintf(text, size, "%s", buffer_str(&said));
	else
		snprintf(text, size, "%s (console driver %s)", why, l->driver->driver.name);
}

void line_revive(struct line *l)
{
	int64_t now = clock_monotonic_ns();
	l->retry_ns = INT64_MAX; // a driver that waits while it opens must not bring us here again
	CLEANUP_ERROR struct error *e = l->driver->open(l->state, l->place, &l->fd);
	if (!e) {
		l->closed_ns = 0;
		was_opened(l);
		if (!l->proof_ns)
			prove(l);
	} else if (now - l->away_ns >= grace_ns(l)) {
		l->closed_ns = 0;
		l->lost = true;
	} else {
		l->retry_ns = now + RETRY_NS;
	}
}

void line_ending(const struct line *l, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer why = {0};
	if (l->driver->ending)
		l->driver->ending(l->state, &why);
	else if (l->words.len)
		buffer_printf(&why, "the server says \"%s\"", buffer_str(&l->words));
	if (why.len)
		buffer_printf(out, ": %s", buffer_str(&why));
}

static struct error *lost(const struct board_place *place)
{
	CLEANUP_BUFFER struct buffer why = {0};
	line_ending(place->line, &why);
	return error_new(ERROR_LAB, "board %s: the console closed%s", place->board,
			 buffer_str(&why));
}

struct error *line_need(struct board_place *place, int64_t deadline_ns)
{
	const struct line *l = place->line;
	while (l->fd < 0 ? line_may_return(l) : l->proof_ns != 0) {
		bool ready;
		int64_t until = l->fd < 0 ? l->retry_ns : l->proof_ns + NS_PER_MS;
		TRY(place->wait->wait(place->wait->arg, -1, 0,
				      until < deadline_ns ? until : deadline_ns, &ready));
		if (clock_monotonic_ns() >= deadline_ns)
			break;
	}
	return l->fd < 0 ? lost(place) : NULL;
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
		TRY(line_need(place, deadline_ns));
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
	TRY(line_need(place, deadline_ns));
	TRY(error_wrap(l->driver->set_break(l->state, l->fd, on, &out), "board %s", place->board));
	return send_out(place, &out, deadline_ns);
}

struct error *line_break(struct board_place *place)
{
	const struct console_driver *driver = place->line->driver;
	if (!driver->set_break)
		return error_new(ERROR_USAGE, "board %s: its console driver \"%s\" knows no break",
				 place->board, driver->driver.name);
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
