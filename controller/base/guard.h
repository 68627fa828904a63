// SPDX-License-Identifier: GPL-2.0-or-later
// The guard of a program: a process between the program and whoever started it. It ends everything
// that the program left behind, also when either of the two was killed by SIGKILL. Processes that the
// program detached become the guard's children (PR_SET_CHILD_SUBREAPER). For base/process.c only.
#ifndef BASE_GUARD_H
#define BASE_GUARD_H

#include <stdbool.h>
#include <sys/types.h>

// In the forked guard, before it forks the program: from here on orphans fall to it.
void guard_init(void);

// Carries the guard out and ends the process as the program ended. `control` is a stream socket to
// whoever started it: each byte from there is a signal for the program; its end means that all is
// to be ended. `detach`: what the program leaves is left alone; else it is ended, and what it was
// is written to `control` ("sleep (4711), sh (4712)").
_Noreturn void guard_run(pid_t program, int control, bool detach);

#endif
