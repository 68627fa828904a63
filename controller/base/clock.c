// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t clock_ns(clockid_t id)
{
	struct timespec ts;
	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

int64_t clock_monotonic_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

int64_t clock_realtime_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

void clock_rfc3339(int64_t realtime_ns, char out[CLOCK_RFC3339_SIZE])
{
	time_t s = (time_t)(realtime_ns / NS_PER_S);
	struct tm tm;
	gmtime_r(&s, &tm);
	size_t n = strftime(out, CLOCK_RFC3339_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, CLOCK_RFC3339_SIZE - n, ".%06uZ",
		 (unsigned)(realtime_ns % NS_PER_S / 1000) % 1000000U);
}

void clock_compact(int64_t realtime_ns, char out[17])
{
	time_t s = (time_t)(realtime_ns / NS_PER_S);
	struct tm tm;
	gmtime_r(&s, &tm);
	strftime(out, 17, "%Y%m%dT%H%M%SZ", &tm);
}

int clock_poll_ms(int64_t deadline_ns, int cap_ms)
{
	int64_t left = deadline_ns - clock_monotonic_ns();
	if (left <= 0)
		return 0;
	int64_t ms = (left + NS_PER_MS - 1) / NS_PER_MS;
	return ms < cap_ms ? (int)ms : cap_ms;
}
