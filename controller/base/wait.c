// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/wait.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

#include "base/clock.h"

struct error *wait_for(const struct wait *w, int fd, short events, int64_t deadline_ns, bool *ready)
{
	if (w)
		return w->wait(w->arg, fd, events, deadline_ns, ready);
	struct pollfd p = {.fd = fd, .events = events};
	for (;;) {
		int64_t left = deadline_ns - clock_monotonic_ns();
		left = left > 0 ? left : 0;
		const struct timespec time = {.tv_sec = left / NS_PER_S,
					      .tv_nsec = left % NS_PER_S};
		int n = ppoll(&p, 1, &time, NULL);
		if (n < 0 && errno != EINTR)
			return error_errno(ERROR_SYSTEM, errno, "poll");
		*ready = n > 0;
		if (n >= 0)
			return NULL;
	}
}
