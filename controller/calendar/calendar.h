// SPDX-License-Identifier: GPL-2.0-or-later
// When a schedule means to fire: a line of cron, a word such as @nightly, or an interval, in a time
// zone. Pure: it asks no clock and opens no file.
//
//     30 2 * * 1-5     minute hour day-of-month month day-of-week, as crontab(5) has them: lists, ranges
//                      and steps, names of months and weekdays, 0 and 7 for Sunday, L for a month's last
//                      day. With a day of the month and a day of the week either one is enough, unless
//                      one of the two begins with *.
//     @nightly         30 2 * * *     @daily, @midnight  0 0 * * *     @hourly    0 * * * *
//     @weekly          0 0 * * 0      @monthly           0 0 1 * *     @yearly    0 0 1 1 *
//     every 90m        an interval in minutes (m, min), hours (h), days (d) or several of them
//
// What it means where clocks change is decided by the minute and the hour:
//
// * A day job names its hours and its minutes ("30 2", "0 0,6,12,18"). It follows the clock on the wall.
//   A time within a gap fires at the first instant behind it, a time within a fold fires once, the first
//   time. Times that meet in one instant fire once. So "30 2 * * *" fires once for each date. A date that
//   a zone skipped altogether (Apia, 2011-12-30) fires with the date behind the gap.
// * An interval job leaves its hours open ("*", "*/6", or all 24), or is an `every`. It follows elapsed
//   time: it is read on an even clock, the zone's standard time of today (zone_standard_offset), which no
//   summer moves. "*/15 * * * *" is every 15 minutes, "30 * * * *" every hour, "0 */6 * * *" every 6
//   hours, also across changes: in Europe/Berlin at 00, 06, 12 and 18 o'clock in winter and at 01, 07,
//   13 and 19 o'clock in summer. Who means those times on the wall writes "0 0,6,12,18". A step begins
//   anew with its field, as cron has it: "*/7 * * * *" is at minutes 0, 7, ... 56 of each hour, "0 */5"
//   at 0, 5, 10, 15 and 20 o'clock. `every 7m` and `every 5h` are even throughout: they count from
//   1970-01-01 00:00 of the even clock. Days, months and weekdays are those on the wall at that instant.
// * A job that leaves the minutes open within named hours ("*/10 9-17") follows the wall as well, but
//   fires in both passes of a fold. Its times within a gap fire once, at the first instant behind it.
#ifndef CALENDAR_CALENDAR_H
#define CALENDAR_CALENDAR_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "calendar/zone.h"

// Nominal times lie in the years 1 to 9999.
#define CALENDAR_FIRST_S (-INT64_C(62135596800))
#define CALENDAR_LAST_S  INT64_C(253402300799)

struct calendar;

// Reads a schedule's text. The zone stays the caller's and must outlive the calendar. Fails with
// ERROR_CONFIG and "column N: what is wrong, what was expected"; also when the day never comes, such as
// 30 February. `*out` is freed with calendar_free.
struct error *calendar_parse(const char *text, const struct zone *zone,
			     struct calendar **out) ERROR_RESULT;

// The same for a text that stands inside a file: the column (from 1, in bytes) is not part of the
// complaint, but left in `*column`.
struct error *calendar_parse_at(const char *text, const struct zone *zone, size_t *column,
				struct calendar **out) ERROR_RESULT;

void calendar_free(struct calendar *calendar);
CLEANUP_DEFINE(cleanup_calendar, struct calendar *, calendar_free)
#define CLEANUP_CALENDAR CLEANUP(cleanup_calendar)

const char *calendar_text(const struct calendar *calendar);
const struct zone *calendar_zone(const struct calendar *calendar);

// The first nominal time behind `after_s`, both in seconds since 1970 UTC; INT64_MAX when there is none
// up to the year 9999.
int64_t calendar_next(const struct calendar *calendar, int64_t after_s);

enum calendar_change {
	CALENDAR_PLAIN,
	CALENDAR_GAP, // the time does not exist on its date; this is the first instant behind
	CALENDAR_FOLD_FIRST,  // the clock shows the time twice; this is the first one
	CALENDAR_FOLD_SECOND, // this is the second one
};

// A nominal time and what made it so.
struct calendar_time {
	int64_t at_s;    // INT64_MAX: there is none
	int64_t civil_s; // what is meant on the wall (civil.h): the earliest one when several meet
	enum calendar_change change;
};

// As calendar_next.
struct calendar_time calendar_next_time(const struct calendar *calendar, int64_t after_s);

// Appends it in plain words: "each day at 02:30 Europe/Berlin", "every 6 hours from 00:00 UTC+01:00".
void calendar_describe(const struct calendar *calendar, struct buffer *out);

#endif
