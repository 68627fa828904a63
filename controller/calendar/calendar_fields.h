// SPDX-License-Identifier: GPL-2.0-or-later
// A calendar's text as sets. For calendar/calendar*.c alone.
#ifndef CALENDAR_CALENDAR_FIELDS_H
#define CALENDAR_CALENDAR_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct zone;

enum calendar_kind {
	CALENDAR_DAY,      // hours and minutes are named
	CALENDAR_WINDOW,   // hours are named, minutes are open
	CALENDAR_INTERVAL, // hours are open
	CALENDAR_PERIOD,   // every N
};

#define ALL_MINUTES  ((UINT64_C(1) << 60) - 1)
#define ALL_HOURS    ((UINT64_C(1) << 24) - 1)
#define ALL_DAYS     (((UINT64_C(1) << 31) - 1) << 1)
#define ALL_MONTHS   (((UINT64_C(1) << 12) - 1) << 1)
#define ALL_WEEKDAYS ((UINT64_C(1) << 7) - 1)

// Bit N of a set is the value N.
struct calendar {
	char *text;
	const struct zone *zone;
	enum calendar_kind kind;
	uint64_t minutes, hours, days, months, weekdays;
	bool last_day;                 // L
	bool days_star, weekdays_star; // the field begins with *
	int64_t period_s;              // of CALENDAR_PERIOD
};

// Fills the sets from the text. On failure `*column` is the complaint's.
struct error *calendar_read_fields(const char *text, size_t *column,
				   struct calendar *out) ERROR_RESULT;

// Whether the days are those of both fields, or of either (crontab(5)).
static inline bool calendar_days_are_both(const struct calendar *c)
{
	return c->days_star || c->weekdays_star;
}

#endif
