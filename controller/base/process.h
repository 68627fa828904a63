// SPDX-License-Identifier: GPL-2.0-or-later
// Child processes: started without a shell, watched through a pidfd, never left behind.
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct process_spec {
	const char *const *argv; // NULL-terminated; argv[0] is looked up in PATH
	// Instead of a program: the child calls it and ends with exit code 0.
	void (*call)(void *arg);
	void *arg;
	const char *cwd; // or NULL
	int in;          // fds that become 0, 1, 2 (borrowed); -1 = /dev/null
	int out;
	int err;
	int pass;             // an fd (borrowed) that the child gets as number 3; -1 = none
	bool new_group;       // its own process group
	bool die_with_parent; // SIGKILL when the thread that started it dies
};

struct process {
	pid_t pid; // 0 = none
	int pidfd; // readable (poll) once the process has ended; -1 = none
	bool group;
	bool ended;
	int status; // waitpid(2) status, valid when ended
};

// A process that is not running; process_deinit may be called on it.
#define PROCESS_NONE ((struct process){.pidfd = -1})

// Fails with the child's own error when the program cannot be executed.
struct error *process_spawn(const struct process_spec *spec, struct process *out) ERROR_RESULT;

// Reaps it if it has ended; true when it has.
bool process_poll(struct process *p);
// Waits until it has ended or the deadline (monotonic ns); true when it has.
bool process_wait(struct process *p, int64_t deadline_ns);
// Sends a signal to it (to its group, if it has its own).
void process_signal(struct process *p, int signal_number);
// Lets it run on by itself: it is neither ended nor reaped here, and `p` is none afterwards.
void process_detach(struct process *p);
// SIGKILLs what still runs, reaps it and closes the pidfd. Safe twice.
void process_deinit(struct process *p);
#define CLEANUP_PROCESS CLEANUP(process_deinit)

// "exit 3" or "signal 9", for messages.
void process_describe(const struct process *p, char *text, size_t size);

#endif
