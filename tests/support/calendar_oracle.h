// SPDX-License-Identifier: GPL-2.0-or-later
// What calendar/calendar.h promises, told by looking at each minute of a range through the C library's
// localtime_r. It shares no code with calendar/.
#ifndef SUPPORT_CALENDAR_ORACLE_H
#define SUPPORT_CALENDAR_ORACLE_H

#include <stddef.h>
#include <stdint.h>

// Called for each nominal time of schedule number `i`, in the order of time.
typedef void (*oracle_told)(void *cookie, size_t i, int64_t at_s);

// Walks from `begin_s` to before `end_s`, whole minutes since 1970, in the zone `zone` of tzdata. A text
// is five fields of cron or "every N", N in minutes. Leaves TZ changed.
void oracle_walk(const char *zone, int64_t begin_s, int64_t end_s, const char *const *texts,
		 size_t count, oracle_told told, void *cookie);

// Schedules of every kind, for tests over many zones; NULL-terminated.
extern const char *const oracle_texts[];

// The names of all zones of tzdata, sorted, without "right/" and "posix/"; of files of equal bytes the
// first alone if `distinct`. The caller frees each and the array.
char **oracle_zones(int distinct, size_t *count);

#endif
