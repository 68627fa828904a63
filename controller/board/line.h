// SPDX-License-Identifier: GPL-2.0-or-later
// The console line of a board: one fd behind one console driver.
//
// Whoever holds the board (a run's session, `mmfarm board`) polls line->fd and calls line_read;
// that is the only place where console bytes come in, so all of them can be kept. A driver that
// talks to the board turns the tap on and finds a copy of the same bytes there.
#ifndef BOARD_LINE_H
#define BOARD_LINE_H

#include "base/buffer.h"
#include "board/driver.h"

// A tap that nobody empties keeps only its newest bytes.
#define LINE_TAP_LIMIT ((size_t)1 << 20)

struct line {
	const struct console_driver *driver; // borrowed, as its state
	void *state;
	struct board_place *place; // borrowed
	uint64_t bytes;            // console bytes that came in so far
	int fd;                    // owned; -1 = closed. Poll it for POLLIN
	bool lost;                 // closed by the other side, for good (no grace left)
	int close_code;            // errno of the read that told so; 0 = its end was read
	bool failed;               // it was not closed by the other side: reading or writing failed
	int64_t closed_ns;         // when it closed, while it may still come back; else 0
	int64_t away_ns;           // since when it has been away, short returns not counted
	int64_t opened_ns;         // when it was opened last; 0 = never
	int64_t retry_ns;          // when to look for it again
	int64_t retry_step_ns;     // how long it was left alone last
	int64_t gap_ns;            // how long it had been away, at the last return; 0 = never
	int64_t gaps_ns;           // how long it has been away, all re-openings together
	unsigned gaps;             // how often it came back
	// A connection to a server proves itself by lasting: until then bytes are held, and are the
	// server's own if it closes.
	int64_t proof_ns; // when it will have; 0 = it has, or need not
	bool returning;   // it had been away
	struct buffer held;
	struct buffer words; // what the server said last when it closed, one line
	bool words_are_news; // nobody has been told yet
	bool tapped;
	struct buffer tap;
};

#define LINE_NONE ((struct line){.fd = -1})

// Driver, state and place must be set.
struct error *line_open(struct line *l) ERROR_RESULT;
// Closes the fd, if it is open; the line may be opened again.
void line_close(struct line *l);
// The same, and empties the tap. Safe on NULL and twice.
void line_deinit(struct line *l);

// Reads what is there, at most `size` bytes; *len == 0: nothing came, or the line closed (then
// l->fd is -1). Whether that is an error is the caller's matter.
struct error *line_read(struct line *l, char *bytes, size_t size, size_t *len) ERROR_RESULT;

// When line_read has something to do although nothing comes: held bytes are due. INT64_MAX: never.
int64_t line_due_ns(const struct line *l);

// Whether it went away by an error of reading or writing, not because the other side closed it.
bool line_has_failed(const struct line *l);

// Whether a line that closed may still come back; call line_revive at l->retry_ns.
bool line_may_return(const struct line *l);
// Whether it is closed for good, or was never opened.
bool line_is_gone(const struct line *l);
// Why it closed last, in words: the other side ended it, or what the system said of it.
void line_describe_loss(const struct line *l, char *text, size_t size);
// Appends ": " and why it closed, when its driver can tell.
void line_ending(const struct line *l, struct buffer *out);
// Tries once to open it again; l->fd >= 0 when it is back, l->lost when its time is over.
void line_revive(struct line *l);

// Waits for a line that is away to come back, and to have proved itself; one that is closed for good,
// or does not come back before the deadline, is an error that says why.
struct error *line_need(struct board_place *place, int64_t deadline_ns) ERROR_RESULT;

// Sends to the board. Waits through place->wait, so the console is read meanwhile; what does not
// go out until the deadline is an error.
struct error *line_write(struct board_place *place, const void *bytes, size_t len,
			 int64_t deadline_ns) ERROR_RESULT;

// Holds the line in break for 0.3 s (as tcsendbreak(3) does at least), the console being read
// meanwhile. A console that knows no break (a raw TCP port, a socket) is an error (ERROR_USAGE).
struct error *line_break(struct board_place *place) ERROR_RESULT;

// From now on bytes are also kept in the tap (emptied first), or no more.
void line_tap(struct line *l, bool on);

// Waits until the tap holds bytes and moves them to the end of *out; nothing is added at the
// deadline. A line that closed for good is an error.
struct error *line_listen(struct board_place *place, int64_t deadline_ns,
			  struct buffer *out) ERROR_RESULT;

#endif
