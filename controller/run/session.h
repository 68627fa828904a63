// SPDX-License-Identifier: GPL-2.0-or-later
// What a worker holds while its board lives: console, capture, detector, events. Every wait goes
// through the session's pump, which reads the console meanwhile, so nothing is lost while a driver
// talks to a power switch or a boot loader.
#ifndef RUN_SESSION_H
#define RUN_SESSION_H

#include "board/board.h"
#include "board/pump.h"
#include "capture/capture.h"
#include "run/events.h"
#include "run/evidence.h"
#include "run/host.h"
#include "run/banner.h"
#include "run/plan.h"
#include "run/readable.h"
#include "run/watch.h"

struct session {
	struct pump pump; // its line is the board's console; it takes SIGINT, SIGTERM and SIGHUP
	struct capture capture;
	struct detect *detect;
	struct evidence evidence;
	struct events events;
	int64_t start_ns; // monotonic
	int64_t start_realtime_ns;
	int64_t deadline_ns; // of the whole run; INT64_MAX until the board is powered on
	int64_t begin_ns;    // of the deadline; 0 until then
	int64_t gaps_ns;     // the console had been away for so long by then
	int64_t last_byte_ns;
	int64_t console_limit;
	const struct board *board; // while it is in hand; NULL = not
	struct host_watch host;    // what it gets of the host's CPU
	struct host_use host_use;  // what it got, once it was watched to its end
	bool start_failed;         // the boot driver gave up
	double waited_s;           // for the board, before start_ns
	struct watch watch;        // how the reading of the console ended
	struct buffer tail;        // the console's last bytes
	struct banners payload;    // what the payload calls itself
	struct error *unread;      // of a dead worker's console; owned, NULL: all of it was read
	struct buffer emulator;    // what plays the board; empty for a real one
	unsigned gaps;             // how often the line was away before the run was over
	int64_t away_ns;           // and how long in all
	struct readable since_handover; // until then: since power-on
	bool winding_down; // the run is over: what goes wrong with the console no longer matters
	bool reopened;     // a dead worker's run; end_realtime_ns is when it was last heard of
	int64_t end_realtime_ns;
};

#define SESSION_NONE                               \
	((struct session){.pump = PUMP_NONE,       \
			  .capture = CAPTURE_NONE, \
			  .events = EVENTS_NONE,   \
			  .deadline_ns = INT64_MAX})

// A new run in `run_dir`: creates console.raw, console.idx and events.jsonl.
struct error *session_init(struct session *s, const char *run_dir,
			   const struct plan *plan) ERROR_RESULT;
// A dead worker's run: no console, but the evidence of the console.raw that it left.
struct error *session_reopen(struct session *s, const char *run_dir,
			     const struct plan *plan) ERROR_RESULT;
// Seconds from the run's start until now, or until a dead worker was last heard of.
double session_duration_s(const struct session *s);
void session_deinit(struct session *s);
#define CLEANUP_SESSION CLEANUP(session_deinit)

void session_state(struct session *s, const char *state, const char *detail);
// Looks at what the board's emulator gets of the host; every wait of the session does so by itself.
void session_look_at_host(struct session *s, int64_t now_ns, bool at_once);
void session_start_deadline(struct session *s, double seconds);

// How the board was when reading stopped, whatever the reason: to be told while the console is open.
void session_note_end(struct session *s);

// Reads until the payload is done, the console closes, or a limit is reached.
struct error *session_watch(struct session *s, const struct job_config *job) ERROR_RESULT;

// Ends detection; the evidence is final afterwards.
void session_end(struct session *s);

#endif
