// SPDX-License-Identifier: GPL-2.0-or-later
#include "calendar/civil.h"

// Days of 400 years, after which the calendar repeats itself, and of 1970-01-01 from 0000-03-01.
#define ERA_DAYS   INT64_C(146097)
#define EPOCH_DAYS INT64_C(719468)

static int64_t divide_down(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

// Years are counted from March, so that the leap day is the last of its year.
int64_t civil_day(int64_t year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = divide_down(y, 400);
	int64_t of_era = y - era * 400;
	int64_t from_march = (month + 9) % 12;
	int64_t of_year = (153 * from_march + 2) / 5 + day - 1;
	return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + of_year - EPOCH_DAYS;
}

struct civil_date civil_date(int64_t day)
{
	int64_t from = day + EPOCH_DAYS;
	int64_t era = divide_down(from, ERA_DAYS);
	int64_t of_era = from - era * ERA_DAYS;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t from_march = (5 * of_year + 2) / 153;
	struct civil_date d = {
	    .month = (int)(from_march < 10 ? from_march + 3 : from_march - 9),
	    .day = (int)(of_year - (153 * from_march + 2) / 5 + 1),
	};
	d.year = year + era * 400 + (d.month <= 2);
	return d;
}

int civil_weekday(int64_t day)
{
	int64_t of_week = (day + 4) % 7; // 1970-01-01 was a Thursday
	return (int)(of_week < 0 ? of_week + 7 : of_week);
}

bool civil_leap_year(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int civil_month_days(int64_t year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	return month == 2 && civil_leap_year(year) ? 29 : days[month - 1];
}

int64_t civil_day_of(int64_t civil_s)
{
	return divide_down(civil_s, CIVIL_DAY_S);
}
