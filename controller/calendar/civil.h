// SPDX-License-Identifier: GPL-2.0-or-later
// Dates of the Gregorian calendar as numbers.
//
// A civil second is what a clock shows, counted as if the clock showed UTC: 1970-01-01 00:00:00 is 0,
// wherever the clock hangs. A day is one of 86,400 civil seconds, 1970-01-01 is day 0.
#ifndef CALENDAR_CIVIL_H
#define CALENDAR_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

#define CIVIL_DAY_S INT64_C(86400)

struct civil_date {
	int64_t year;
	int month, day; // from 1
};

// Any year; the day may lie outside of its month, such as day 0 for the last one of the month before.
int64_t civil_day(int64_t year, int month, int day);
struct civil_date civil_date(int64_t day);

// 0 is Sunday.
int civil_weekday(int64_t day);

bool civil_leap_year(int64_t year);
int civil_month_days(int64_t year, int month);

// The day of a civil second; rounds down ahead of 1970, too.
int64_t civil_day_of(int64_t civil_s);

#endif
