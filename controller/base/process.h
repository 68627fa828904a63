// SPDX-License-Identifier: GPL-2.0-or-later
// Child processes: started without a shell, watched through a pidfd, never left behind.
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

#define PROCESS_PASS_MORE 11

struct process_spec {
	const char *const *argv; // NULL-terminated; argv[0] is looked up in PATH
	// Instead of a program: the child calls it and ends with exit code 0. It shares no descriptor
	// with its parent but those below. `name` (or NULL) and `argv` are what ps shows of it. Only for
	// processes of one thread: the child goes on with all that its parent has in memory.
	void (*call)(void *arg);
	void *arg;
	const char *name;
	const char *cwd; // or NULL
	int in;          // fds that become 0, 1, 2 (borrowed); -1 = /dev/null
	int out;
	int err;
	int pass;             // an fd (borrowed) that the child gets as number 3; -1 = none
	const int *pass_more; // further ones, as numbers 4, 5, ...; at most PROCESS_PASS_MORE
	size_t pass_more_count;
	bool new_group;       // its own process group
	bool die_with_parent; // SIGKILL when the thread that started it dies
	// Nothing that it starts outlives it, nor the process that started it, however that ends and
	// whatever groups or sessions are made (base/guard.h). Implies new_group and die_with_parent.
	bool guard;
	bool detach; // with `guard`: what the program leaves behind when it ends goes on
	// It is this program itself: it gets the whole environment. Else it gets the usual variables
	// and those named here (NULL-terminated; borrowed) (base/environment.h).
	bool own_environment;
	const char *const *environment;
};

struct process {
	pid_t pid; // 0 = none
	int pidfd; // readable (poll) once the process has ended; -1 = none
	bool group;
	bool ended;
	int status;   // waitpid(2) status, valid when ended
	bool adopted; // somebody else started it: how it ends is not known
	int guard;    // with `guard`: socket to it; else -1
	char *left;   // with `guard`: what it left behind and was ended, for people; owned, or NULL
};

// A process that is not running; process_deinit may be called on it.
#define PROCESS_NONE ((struct process){.pidfd = -1, .guard = -1})

// This program itself in another role, out of reach of the terminal's interrupt. `log` (borrowed) takes
// what it says; -1: nobody does.
static inline struct process_spec process_spec_own(const char *const *argv, int log)
{
	return (struct process_spec){.argv = argv,
				     .in = -1,
				     .out = log,
				     .err = log,
				     .pass = -1,
				     .new_group = true,
				     .own_environment = true};
}

// Fails with the child's own error when the program cannot be executed.
struct error *process_spawn(const struct process_spec *spec, struct process *out) ERROR_RESULT;

// Reaps it if it has ended; true when it has.
bool process_poll(struct process *p);
// Waits until it has ended or the deadline (monotonic ns); true when it has.
bool process_wait(struct process *p, int64_t deadline_ns);
// Sends a signal to it (to its group, if it has its own; SIGKILL of a guarded one: to all of it).
void process_signal(struct process *p, int signal_number);
// When a process was started, in clock ticks since boot (proc(5), field 22 of stat): a number may come
// again, both together do not. 0: there is none.
uint64_t process_started(pid_t pid);

// Takes in hand a process that another one started, with its group if it leads one: *out is none when
// `pid` is gone or is another one by now, by `started`. It is watched, signalled and ended as a child
// is.
struct error *process_adopt(pid_t pid, uint64_t started, struct process *out) ERROR_RESULT;

// Lets it run on by itself: it is neither ended nor reaped here, and `p` is none afterwards.
void process_detach(struct process *p);
// SIGKILLs what still runs, reaps it and closes the pidfd. Safe twice.
void process_deinit(struct process *p);
#define CLEANUP_PROCESS CLEANUP(process_deinit)

// This process holds a secret: it leaves no core dump, and others of the same user cannot read its
// memory. Cheap to call again.
void process_hide(void);

// "exit 3" or "signal 9", for messages; of an adopted one "nobody saw how".
void process_describe(const struct process *p, char *text, size_t size);

#endif
