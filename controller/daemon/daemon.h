// SPDX-License-Identifier: GPL-2.0-or-later
// `mmfarm daemon`: the loop around planner, executor and control socket. It waits for what may happen and
// hands it on; it owns no rule.
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include "base/error.h"

struct daemon_options {
	const char *results, *boards;
	const char *farm_file; // NULL: the usual one
	const char *socket;    // NULL: RESULTS/control
	unsigned parallel;     // CPUs of emulated boards at once
};

// Until SIGTERM or SIGINT: runs go on without it, and the next daemon takes them up. SIGHUP reads the
// configuration anew, and keeps the old one where the new one is wrong. ERROR_LAB: another daemon has
// these results.
struct error *daemon_run(const struct daemon_options *o) ERROR_RESULT;

#endif
