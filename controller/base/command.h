// SPDX-License-Identifier: GPL-2.0-or-later
// Runs a program of the site to its end: without a shell, guarded (base/guard.h), within a time, with
// what it says kept and freed of its own secrets.
#ifndef BASE_COMMAND_H
#define BASE_COMMAND_H

#include "base/buffer.h"
#include "base/process.h"
#include "base/wait.h"

#define COMMAND_KEPT_LIMIT ((size_t)256 * 1024) // bytes of `kept`
#define COMMAND_SAID_HALF  ((size_t)32768)      // bytes of the head and of the tail in `said`

struct command_spec {
	const char *const *argv;        // NULL-terminated
	const char *const *environment; // variables that it gets (NULL-terminated); NULL: none
	const char *const *secrets; // what must not be in what it says (NULL-terminated, or NULL)
	const char *in;             // file that is its standard input; NULL: nothing
	double timeout_s;
	bool detach;      // what it leaves in the background goes on; else it is ended
	bool errors_only; // its standard output is not looked at
};

struct command_end {
	bool in_time; // it ended by itself
	int status;   // waitpid(2) status, when it did
	char how[48]; // "exit 3", "signal 9", "no end in 10 s", "given up"
	char *left;   // what it left behind and was ended, for people; owned, or NULL
	// What it said, without the values of its variables: the beginning; head and tail.
	struct buffer kept, said;
};
void command_end_deinit(struct command_end *e);
#define CLEANUP_COMMAND_END CLEANUP(command_end_deinit)

// Waits by `w` (NULL: by poll(2) alone). An error is of the start or of the wait: `out` holds what was
// said all the same. `out` is zeroed.
struct error *command_run(const struct command_spec *spec, const struct wait *w,
			  struct command_end *out) ERROR_RESULT;

#endif
