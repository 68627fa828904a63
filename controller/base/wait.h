// SPDX-License-Identifier: GPL-2.0-or-later
// A wait that the caller supplies, for functions that wait for a server or a program. By it the
// caller's other work goes on meanwhile: a board's console is read.
#ifndef BASE_WAIT_H
#define BASE_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct wait {
	// Returns when `fd` (or -1) has one of `events` (poll(2)), or at `deadline_ns` (monotonic);
	// *ready says which. An error means that whatever waits is to be given up.
	struct error *(*wait)(void *arg, int fd, short events, int64_t deadline_ns, bool *ready);
	void *arg;
};

// Waits by `w`; by poll(2) alone when it is NULL.
struct error *wait_for(const struct wait *w, int fd, short events, int64_t deadline_ns,
		       bool *ready) ERROR_RESULT;

#endif
