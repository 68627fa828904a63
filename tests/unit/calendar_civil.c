// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <time.h>

#include "calendar/civil.h"

static void a_day_is_what_the_c_library_says(void **state)
{
	(void)state;
	// 1 March 1600 to 2400, each day; then far ones.
	for (int64_t day = -135080; day < 157114; day++) {
		time_t t = (time_t)(day * CIVIL_DAY_S);
		struct tm tm;
		gmtime_r(&t, &tm);
		struct civil_date d = civil_date(day);
		if (d.year != tm.tm_year + 1900 || d.month != tm.tm_mon + 1 ||
		    d.day != tm.tm_mday || civil_weekday(day) != tm.tm_wday)
			fail_msg("day %lld is %lld-%d-%d", (long long)day, (long long)d.year,
				 d.month, d.day);
		assert_int_equal(civil_day(d.year, d.month, d.day), day);
	}
	const int64_t far[] = {-100000000, -1000001, 1000001, 100000000};
	for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
		struct civil_date d = civil_date(far[i]);
		assert_int_equal(civil_day(d.year, d.month, d.day), far[i]);
	}
}

static void months_have_their_days(void **state)
{
	(void)state;
	for (int64_t year = 1890; year < 2110; year++)
		for (int month = 1; month <= 12; month++) {
			int64_t next =
			    month == 12 ? civil_day(year + 1, 1, 1) : civil_day(year, month + 1, 1);
			assert_int_equal(civil_month_days(year, month),
					 next - civil_day(year, month, 1));
		}
	assert_true(civil_leap_year(2000) && civil_leap_year(2028));
	assert_false(civil_leap_year(1900) || civil_leap_year(2027));
}

static void seconds_ahead_of_1970_belong_to_earlier_days(void **state)
{
	(void)state;
	assert_int_equal(civil_day_of(0), 0);
	assert_int_equal(civil_day_of(86399), 0);
	assert_int_equal(civil_day_of(-1), -1);
	assert_int_equal(civil_day_of(-86400), -1);
	assert_int_equal(civil_day_of(-86401), -2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_day_is_what_the_c_library_says),
	    cmocka_unit_test(months_have_their_days),
	    cmocka_unit_test(seconds_ahead_of_1970_belong_to_earlier_days),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
