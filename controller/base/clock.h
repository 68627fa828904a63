// SPDX-License-Identifier: GPL-2.0-or-later
// Time: monotonic nanoseconds for deadlines and line stamps, RFC 3339 UTC for people and KCIDB.
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define NS_PER_S  INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)

int64_t clock_monotonic_ns(void); // CLOCK_MONOTONIC
int64_t clock_realtime_ns(void);  // CLOCK_REALTIME, since 1970

#define CLOCK_RFC3339_SIZE 32

// "2026-06-04T01:10:00.123456Z"; `out` holds CLOCK_RFC3339_SIZE bytes.
void clock_rfc3339(int64_t realtime_ns, char out[CLOCK_RFC3339_SIZE]);

// "20260604T011000Z", sorts by time; 17 bytes with the NUL.
void clock_compact(int64_t realtime_ns, char out[17]);

// Milliseconds from now to `deadline_ns` (monotonic) for poll(2): rounded up, 0 when past,
// at most `cap_ms`.
int clock_poll_ms(int64_t deadline_ns, int cap_ms);

#endif
