// SPDX-License-Identifier: GPL-2.0-or-later
// Text of the job's own that a console says back, which proves nothing: the kernel prints its command
// line when it starts, init its environment. Pure.
#ifndef RUN_ECHO_H
#define RUN_ECHO_H

#include <stdbool.h>
#include <stddef.h>

#include "detect/detect.h"

// Whether a kernel's message (behind stamp and level) tells its command line or part of it.
bool echo_is_command_line(struct detect_view message);

// Finds `wanted` in `line` at a place where it is not merely read out of `arguments`, which the
// payload was given: there the words around it, or the rest of its own, are those of the arguments
// too. `echoed` becomes true when it was found at such places only.
bool echo_find(struct detect_view line, const char *wanted, const char *arguments, bool *echoed);

#endif
