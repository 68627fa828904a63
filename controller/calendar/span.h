// SPDX-License-Identifier: GPL-2.0-or-later
// A stretch of time in which a zone's clocks do not change; for users of calendar/zone.h.
#ifndef CALENDAR_SPAN_H
#define CALENDAR_SPAN_H

#include <stdbool.h>
#include <stdint.h>

// A stretch of time, from `begin` to before `end`, in which the clock is equally far from UTC. The next
// stretch may be as far: its abbreviation differs then, or a rule says so. The first begins at
// INT64_MIN, the last ends at INT64_MAX.
struct zone_span {
	int64_t begin, end; // instants
	int32_t offset_s;   // added to an instant, gives the civil second
	bool summer;        // the zone calls it daylight saving time
	const char *abbreviation;
};

#endif
