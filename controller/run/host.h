// SPDX-License-Identifier: GPL-2.0-or-later
// How much of the host's CPU an emulated board wanted, and how much it got. Its clock goes on while it
// waits for a CPU: a kernel that is not let run looks like one that hangs.
#ifndef RUN_HOST_H
#define RUN_HOST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "record/model.h"

// The cause of a MISS in run.json (error.code).
#define HOST_BUSY_CODE "HostBusy"

// What a board got, over some stretch of time.
struct host_share {
	double ran_s;  // on a CPU, all its threads together
	double lost_s; // ready to go on where it had been interrupted, and not let
};

struct host_use {
	bool known;     // false: a real board, or the kernel does not tell
	unsigned cores; // of the host, online
	double load;    // highest 1-minute load average that was seen
	struct host_share whole;
	double worst;      // smallest share of its wish that the board got in any 10 s
	bool starved;      // over the whole run; of one that fell silent, in the end of its silence
	bool starved_once; // in some 10 s
	// Set by the worker. The board's clock waits with it (-icount).
	bool own_clock;
	// Silence, the deadline or a boot driver's patience ended the run.
	bool by_time;
};

// The share of its wish that the board got: 1 = it never had to wait.
double host_share_got(const struct host_share *s);
// Whether `s`, gathered in `wall_s` seconds, is too little to blame the board for being slow. A board
// that wants little (an idle one) is not starved, whatever it got.
bool host_share_starves(const struct host_share *s, double wall_s);

// One look at all threads of a process. A thread that waits having slept (an idle guest that a timer
// woke) does not lose what it wants; one that was put off its CPU in the middle does. The kernel tells
// one sum of both waits (Documentation/scheduler/sched-stats.rst, schedstat) and how often each
// happened (proc(5), status: voluntary and nonvoluntary switches): the sum is parted by that.
struct host_thread {
	pid_t id;
	uint64_t ran_ns, waited_ns;
	uint64_t slept, interrupted; // how often it left its CPU for either cause
};

struct host_point {
	int64_t now_ns;       // monotonic
	double ran_s, lost_s; // since the watch began
};

struct host_watch {
	pid_t pid;
	int64_t next_ns;
	struct host_thread *threads;
	size_t threads_count;
	struct host_point *points; // one a second at most
	size_t points_count;
	double load;
};

void host_watch_deinit(struct host_watch *w);
#define CLEANUP_HOST_WATCH CLEANUP(host_watch_deinit)

// To be called often; looks twice a second at most, or now when `at_once`. Another `pid` than before
// (a power cycle) is taken as the same board; 0 looks at nothing.
void host_watch_look(struct host_watch *w, pid_t pid, int64_t now_ns, bool at_once);

// Adds what the threads did since the look before: the pure part of host_watch_look.
void host_watch_take(struct host_watch *w, const struct host_thread *threads, size_t count,
		     int64_t now_ns);

// What was seen until now; `last_byte_ns` (monotonic) is when the console last spoke, `silence_s` what
// counts as a hang. One that had its CPU in the second half of so long a silence hangs for causes of
// its own, whatever it had to wait before.
void host_watch_use(const struct host_watch *w, int64_t last_byte_ns, double silence_s,
		    struct host_use *out);

// As run.json keeps it, in the arena; NULL when nothing is known. host_read: a missing one is unknown.
const struct run_host *host_make(const struct host_use *u, struct arena *arena);
void host_read(const struct run_host *h, struct host_use *out);

// Whether a board with so many CPUs would not have to wait for them now.
bool host_is_idle_enough(unsigned cpus);

#endif
