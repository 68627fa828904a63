// SPDX-License-Identifier: GPL-2.0-or-later
// The one place that reads consoles: behind every wait of whoever holds a board (a run's session,
// `mmfarm board`) this pump polls the console, the signals that ask to stop and the caller's fd.
// What the bytes mean is its sink's matter.
//
// A console that goes on talking is read once in PUMP_REST_NS, not once a byte: what a line costs the
// host is its wake-ups, not its bytes. It gets there in steps from PUMP_FIRST_REST_NS, so that a
// prompt or an echo after a silence is not held up. Rests of one length end at the same instants in
// every process: a host that must leave its sleep for one line reads all of them, for waking it
// costs several times what the reading does. A byte's stamp is never early and at most
// PUMP_REST_NS late, plus what the host itself is late. A line that has little room (a fast serial
// port, an emulator's socket) says how long it may be left unread, and rests no longer; while a
// driver converses with the board (the line's tap is on) every byte is read at once.
#ifndef BOARD_PUMP_H
#define BOARD_PUMP_H

#include "board/line.h"

#define PUMP_FIRST_REST_NS (INT64_C(2) * 1000 * 1000)
#define PUMP_REST_NS       (INT64_C(50) * 1000 * 1000)

struct pump_sink {
	// Console bytes, read at monotonic `now_ns`. An error ends the wait that read them.
	struct error *(*take)(void *arg, const char *bytes, size_t len, int64_t now_ns);
	// The console was looked at and had nothing to say. Nullable.
	void (*quiet)(void *arg, int64_t now_ns);
	// What is being done, for people and records (struct board_wait). Nullable.
	void (*note)(void *arg, const char *what, const char *detail);
	void *arg;
};

struct pump {
	struct pump_sink sink;
	struct line *line; // borrowed; NULL while there is no board
	int signals;       // signalfd, owned; -1 = signals are not ours
	unsigned stopped;  // number of the signal that asked to stop; 0 = none did
	bool winding_down; // the board is being switched off: one that came does not count any more
	int64_t limit_ns;  // every wait fails from then on; 0 = no limit
	int64_t rest_ns;   // how long it was left alone last; 0 = it had been silent
	int64_t rest_until_ns; // before that it is left alone; 0 = it is polled
};

#define PUMP_NONE ((struct pump){.signals = -1})

// From now on a signal that asks to stop ends every wait with an error (board_wait_stopped), until
// the board is being switched off. One that comes then ends the wait that meets it.
struct error *pump_take_signals(struct pump *p) ERROR_RESULT;
// Closes the signalfd; signals stay blocked. Safe on NULL and twice.
void pump_deinit(struct pump *p);

// How a board's drivers wait while this pump reads the console. `p` must not move.
struct board_wait pump_board_wait(struct pump *p);

// The wait of struct board_wait; `arg` is the pump.
struct error *pump_wait(void *arg, int fd, short events, int64_t deadline_ns, bool *ready);

// One turn: returns when the console was read, the line changed, `fd` (or -1) has one of `events`
// (*ready), the deadline is reached, or sooner.
struct error *pump_turn(struct pump *p, int fd, short events, int64_t deadline_ns,
			bool *ready) ERROR_RESULT;

// Takes in what the console holds, without waiting for more: at most a second of a console that
// does not fall silent.
void pump_drain(struct pump *p);

// Whether there is no console to read, nor will be.
bool pump_line_gone(const struct pump *p);

// How long a line that spoke is left alone, after a rest of `last_ns` (0: none), if it may be left
// unread for `unread_ns` (INT64_MAX: for ever); 0 when it is to be read again at once.
int64_t pump_rest_ns(int64_t last_ns, int64_t unread_ns);

// When a rest of `rest_ns` that is decided on at `now_ns` ends: between half of it and the whole, at a
// multiple of it when one lies there. 0 for no rest.
int64_t pump_rest_end_ns(int64_t now_ns, int64_t rest_ns);

#endif
