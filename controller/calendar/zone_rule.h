// SPDX-License-Identifier: GPL-2.0-or-later
// The rule at the end of a TZif file, a POSIX TZ string such as "CET-1CEST,M3.5.0,M10.5.0/3": standard
// time, summer time and the two days of each year on which clocks change. For calendar/zone*.c alone.
#ifndef CALENDAR_ZONE_RULE_H
#define CALENDAR_ZONE_RULE_H

#include <stddef.h>

#include "calendar/span.h"

#define ZONE_ABBREVIATION_SIZE 32 // with its NUL

enum zone_day_kind {
	ZONE_DAY_NO_LEAP, // Jn: 1 to 365, 29 February is never counted
	ZONE_DAY_OF_YEAR, // n: 0 to 365
	ZONE_DAY_OF_WEEK, // Mm.w.d: the w-th weekday d of month m, the last one if w is 5
};

// When clocks change: a day of the year and seconds from its 00:00 on, as the clock before it shows.
struct zone_day {
	enum zone_day_kind kind;
	int month, week, day;
	int32_t time_s;
};

struct zone_clock {
	int32_t offset_s;
	char abbreviation[ZONE_ABBREVIATION_SIZE];
};

struct zone_rule {
	struct zone_clock standard, summer;
	bool has_summer;
	struct zone_day begin, end; // of summer time
};

// Reads `len` bytes. False when they are no such rule; `*why` says what was expected.
bool zone_rule_parse(const char *text, size_t len, struct zone_rule *out, const char **why);

// The stretch of an instant within [-2^46, 2^46], by the rule alone. Its abbreviation is the rule's.
struct zone_span zone_rule_span(const struct zone_rule *rule, int64_t instant);

#endif
