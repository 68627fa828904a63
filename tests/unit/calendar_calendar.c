// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/memory.h"
#include "calendar/calendar.h"
#include "calendar/civil.h"
#include "config/zone_file.h"

static struct zone *zone;
static struct calendar *calendar;

static void begin(const char *text, const char *zone_name)
{
	CLEANUP_ERROR struct error *e = zone_file_load(zone_name, &zone);
	if (!e)
		e = calendar_parse(text, zone, &calendar);
	if (e)
		fail_msg("%s: %s", text, error_text(e));
}

static void end(void)
{
	calendar_free(calendar);
	zone_free(zone);
	calendar = NULL;
	zone = NULL;
}

// "2027-03-28 01:00" as an instant, read as UTC.
static int64_t utc(const char *text)
{
	int year, month, day, hour, minute;
	assert_int_equal(sscanf(text, "%d-%d-%d %d:%d", &year, &month, &day, &hour, &minute), 5);
	return civil_day(year, month, day) * CIVIL_DAY_S + hour * 3600 + minute * 60;
}

static char *as_utc(int64_t at)
{
	time_t t = (time_t)at;
	struct tm tm;
	char text[60];
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M", gmtime_r(&t, &tm));
	return memory_strdup(at == INT64_MAX ? "never" : text);
}

// The nominal times behind `after`, all in UTC; `wanted` ends with NULL.
static void expect(const char *text, const char *zone_name, const char *after,
		   const char *const *wanted)
{
	begin(text, zone_name);
	int64_t at = utc(after);
	for (; *wanted; wanted++) {
		at = calendar_next(calendar, at);
		CLEANUP_FREE char *found = as_utc(at);
		if (strcmp(found, *wanted) != 0)
			fail_msg("%s %s: %s, expected %s", text, zone_name, found, *wanted);
	}
	end();
}

#define EXPECT(text, zone_name, after, ...) \
	expect(text, zone_name, after, (const char *const[]){__VA_ARGS__, NULL})

// ---- where clocks change -------------------------------------------------------------------------

static void a_day_job_in_the_gap_fires_behind_it(void **state)
{
	(void)state;
	EXPECT("30 2 * * *", "Europe/Berlin", "2027-03-26 12:00", "2027-03-27 01:30",
	       "2027-03-28 01:00", "2027-03-29 00:30");
	// Two times of one gap are one; a time behind it is another.
	EXPECT("0,30 2 * * *", "Europe/Berlin", "2027-03-27 12:00", "2027-03-28 01:00",
	       "2027-03-29 00:00");
	EXPECT("30 2,3 * * *", "Europe/Berlin", "2027-03-27 12:00", "2027-03-28 01:00",
	       "2027-03-28 01:30");
	EXPECT("0 2,3 * * *", "Europe/Berlin", "2027-03-27 12:00", "2027-03-28 01:00",
	       "2027-03-29 00:00");
	// Half an hour, two hours, and a winter that is the summer time of the other half.
	EXPECT("15 2 * * *", "Australia/Lord_Howe", "2027-10-02 00:00", "2027-10-02 15:30",
	       "2027-10-03 15:15");
	EXPECT("30 2 * * *", "Antarctica/Troll", "2027-03-27 12:00", "2027-03-28 01:00",
	       "2027-03-29 00:30");
	EXPECT("30 1 * * *", "Europe/Dublin", "2027-03-27 12:00", "2027-03-28 01:00",
	       "2027-03-29 00:30");
	// Midnight itself is missing.
	EXPECT("0 0 * * *", "America/Havana", "2027-03-13 12:00", "2027-03-14 05:00",
	       "2027-03-15 04:00");
}

static void a_day_job_in_the_fold_fires_once_the_first_time(void **state)
{
	(void)state;
	EXPECT("30 2 * * *", "Europe/Berlin", "2027-10-30 12:00", "2027-10-31 00:30",
	       "2027-11-01 01:30");
	EXPECT("0 1,2,3 * * *", "Europe/Berlin", "2027-10-30 12:00", "2027-10-30 23:00",
	       "2027-10-31 00:00", "2027-10-31 02:00", "2027-11-01 00:00");
	EXPECT("45 1 * * *", "Australia/Lord_Howe", "2027-04-03 12:00", "2027-04-03 14:45",
	       "2027-04-04 15:15");
	EXPECT("30 1 * * *", "Antarctica/Troll", "2027-10-30 12:00", "2027-10-30 23:30",
	       "2027-11-01 01:30");
	EXPECT("30 1 * * *", "Europe/Dublin", "2027-10-30 12:00", "2027-10-31 00:30",
	       "2027-11-01 01:30");
	// Asked between the two passes.
	EXPECT("30 2 * * *", "Europe/Berlin", "2027-10-31 00:45", "2027-11-01 01:30");
}

static void a_fast_in_summer_is_two_changes_more(void **state)
{
	(void)state;
	// Ramadan of 2027: clocks go back on 7 February at 03:00, forth on 14 March at 02:00.
	EXPECT("30 2 * * *", "Africa/Casablanca", "2027-02-06 12:00", "2027-02-07 01:30",
	       "2027-02-08 02:30");
	EXPECT("30 2 * * *", "Africa/Casablanca", "2027-03-13 12:00", "2027-03-14 02:00",
	       "2027-03-15 01:30");
	EXPECT("0 */12 * * *", "Africa/Casablanca", "2027-02-06 12:00", "2027-02-06 23:00",
	       "2027-02-07 11:00", "2027-02-07 23:00");
}

static void a_date_that_was_skipped_fires_with_the_next(void **state)
{
	(void)state;
	EXPECT("30 2 * * *", "Pacific/Apia", "2011-12-28 20:00", "2011-12-29 12:30",
	       "2011-12-30 12:30", "2011-12-31 12:30");
	// A month's own day is not lost.
	EXPECT("30 2 30 * *", "Pacific/Apia", "2011-12-01 00:00", "2011-12-30 10:00",
	       "2012-01-29 12:30");
	EXPECT("0 */8 * * *", "Pacific/Apia", "2011-12-29 23:00", "2011-12-30 03:00",
	       "2011-12-30 11:00");
}

static void interval_jobs_are_even_across_changes(void **state)
{
	(void)state;
	const struct {
		const char *text;
		int64_t period_s;
	} cases[] = {{"*/15 * * * *", 900},  {"0 */6 * * *", 21600}, {"30 * * * *", 3600},
		     {"* * * * *", 60},      {"@hourly", 3600},      {"every 15m", 900},
		     {"every 6h", 21600},    {"every 7m", 420},      {"every 5h", 18000},
		     {"30 0-23 * * *", 3600}};
	const char *const zones[] = {"Europe/Berlin", "Australia/Lord_Howe", "Antarctica/Troll",
				     "Africa/Casablanca", "America/Nuuk"};
	for (size_t z = 0; z < sizeof(zones) / sizeof(zones[0]); z++)
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			begin(cases[i].text, zones[z]);
			int64_t last = calendar_next(calendar, utc("2027-01-01 00:00"));
			while (last < utc("2028-01-01 00:00")) {
				int64_t next = calendar_next(calendar, last);
				if (next - last != cases[i].period_s)
					fail_msg("%s %s: %lld s at %lld", cases[i].text, zones[z],
						 (long long)(next - last), (long long)last);
				last = next;
			}
			end();
		}
}

static void an_interval_job_counts_in_standard_time(void **state)
{
	(void)state;
	EXPECT("0 */6 * * *", "Europe/Berlin", "2027-01-01 00:00", "2027-01-01 05:00",
	       "2027-01-01 11:00");
	EXPECT("0 */6 * * *", "Europe/Berlin", "2027-07-01 00:00", "2027-07-01 05:00",
	       "2027-07-01 11:00");
	EXPECT("30 * * * *", "Asia/Kolkata", "2027-07-01 00:00", "2027-07-01 01:00",
	       "2027-07-01 02:00");
	// A step begins anew with its field, an interval does not.
	EXPECT("*/25 * * * *", "UTC", "2027-07-01 00:00", "2027-07-01 00:25", "2027-07-01 00:50",
	       "2027-07-01 01:00");
	EXPECT("every 25m", "UTC", "1970-01-01 00:30", "1970-01-01 00:50", "1970-01-01 01:15");
	EXPECT("every 6h", "Europe/Berlin", "2027-07-01 00:00", "2027-07-01 05:00");
	EXPECT("every 1d", "Asia/Kolkata", "2027-07-01 00:00", "2027-07-01 18:30");
	// The days are those on the wall: a Monday of Berlin's summer begins at 22:00 UTC.
	EXPECT("0 * * * 1", "Europe/Berlin", "2027-07-04 00:00", "2027-07-04 22:00",
	       "2027-07-04 23:00");
	EXPECT("0 */12 1 7 *", "Europe/Berlin", "2027-01-01 00:00", "2027-06-30 23:00",
	       "2027-07-01 11:00", "2028-06-30 23:00");
}

static void open_minutes_of_named_hours_follow_the_wall(void **state)
{
	(void)state;
	EXPECT("*/30 9-10 * * *", "Europe/Berlin", "2027-03-27 12:00", "2027-03-28 07:00",
	       "2027-03-28 07:30", "2027-03-28 08:00", "2027-03-28 08:30", "2027-03-29 07:00");
	// Both passes; nothing is lost in the gap.
	EXPECT("*/30 2 * * *", "Europe/Berlin", "2027-10-30 12:00", "2027-10-31 00:00",
	       "2027-10-31 00:30", "2027-10-31 01:00", "2027-10-31 01:30", "2027-11-01 01:00");
	EXPECT("*/30 2 * * *", "Europe/Berlin", "2027-03-27 12:00", "2027-03-28 01:00",
	       "2027-03-29 00:00");
	// A time shown again in a later stretch, though the first one showed later times already.
	EXPECT("*/20 1-3 * * *", "Pacific/Apia", "2012-03-31 13:40", "2012-03-31 14:00",
	       "2012-03-31 14:20");
}

// What others document for the same line (reference: cronie's cron.c, systemd.time(7)).
static void it_differs_from_others_as_it_says(void **state)
{
	(void)state;
	// As cronie: a job of the gap runs behind it, not twice in the fold, and wildcards go on.
	EXPECT("30 2 * * *", "Europe/Berlin", "2027-03-28 00:00", "2027-03-28 01:00");
	EXPECT("*/30 * * * *", "Europe/Berlin", "2027-10-31 00:00", "2027-10-31 00:30",
	       "2027-10-31 01:00", "2027-10-31 01:30", "2027-10-31 02:00");
	// Not as systemd 252: it skips the day of the gap, and an hour of the fold.
	EXPECT("30 2 * * *", "Europe/Berlin", "2025-03-30 00:00", "2025-03-30 01:00",
	       "2025-03-31 00:30");
	EXPECT("@hourly", "Europe/Berlin", "2025-10-25 23:30", "2025-10-26 00:00",
	       "2025-10-26 01:00", "2025-10-26 02:00");
}

static void a_change_is_told_with_its_time(void **state)
{
	(void)state;
	const struct {
		const char *text, *after, *civil;
		enum calendar_change change;
	} cases[] = {
	    {"30 2 * * *", "2027-03-28 00:00", "2027-03-28 02:30", CALENDAR_GAP},
	    {"10,30 2 * * *", "2027-03-28 00:30", "2027-03-28 02:10", CALENDAR_GAP},
	    {"30 2 * * *", "2027-10-31 00:00", "2027-10-31 02:30", CALENDAR_FOLD_FIRST},
	    {"*/30 2 * * *", "2027-10-31 00:30", "2027-10-31 02:00", CALENDAR_FOLD_SECOND},
	    {"30 2 * * *", "2027-11-01 00:00", "2027-11-01 02:30", CALENDAR_PLAIN},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(cases[i].text, "Europe/Berlin");
		struct calendar_time t = calendar_next_time(calendar, utc(cases[i].after));
		assert_int_equal(t.change, cases[i].change);
		assert_int_equal(t.civil_s, utc(cases[i].civil));
		end();
	}
}

// ---- fields --------------------------------------------------------------------------------------

static void fields_are_read_as_cron_does(void **state)
{
	(void)state;
	EXPECT("5,10-14/2,50 3 * * *", "UTC", "2027-01-01 00:00", "2027-01-01 03:05",
	       "2027-01-01 03:10", "2027-01-01 03:12", "2027-01-01 03:14", "2027-01-01 03:50",
	       "2027-01-02 03:05");
	EXPECT("0 0 * jan,MAR-may/2 *", "UTC", "2027-03-30 12:00", "2027-03-31 00:00",
	       "2027-05-01 00:00");
	EXPECT("0 0 * * 7", "UTC", "2027-01-01 00:00", "2027-01-03 00:00", "2027-01-10 00:00");
	EXPECT("0 0 * * 0", "UTC", "2027-01-01 00:00", "2027-01-03 00:00", "2027-01-10 00:00");
	EXPECT("0 0 * * sun-sun", "UTC", "2027-01-01 00:00", "2027-01-03 00:00",
	       "2027-01-10 00:00");
	EXPECT("0 0 * * fri-sun", "UTC", "2027-01-01 00:00", "2027-01-02 00:00", "2027-01-03 00:00",
	       "2027-01-08 00:00");
	EXPECT("0 0 * * 5-7", "UTC", "2027-01-01 00:00", "2027-01-02 00:00", "2027-01-03 00:00",
	       "2027-01-08 00:00");
	EXPECT("  0\t0  1 1 *  ", "UTC", "2027-01-01 00:00", "2028-01-01 00:00");
}

static void a_day_of_month_and_a_weekday_are_either(void **state)
{
	(void)state;
	EXPECT("0 0 13 * 5", "UTC", "2027-01-01 12:00", "2027-01-08 00:00", "2027-01-13 00:00",
	       "2027-01-15 00:00");
	// With a * ahead of one of them, both.
	EXPECT("0 0 */2 * mon", "UTC", "2027-01-01 00:00", "2027-01-11 00:00", "2027-01-25 00:00",
	       "2027-02-01 00:00");
	EXPECT("0 0 13 * */5", "UTC", "2027-01-01 00:00", "2027-06-13 00:00", "2027-08-13 00:00");
}

static void the_last_day_is_the_months_own(void **state)
{
	(void)state;
	EXPECT("0 12 L * *", "UTC", "2027-12-01 00:00", "2027-12-31 12:00", "2028-01-31 12:00",
	       "2028-02-29 12:00", "2028-03-31 12:00", "2028-04-30 12:00");
	EXPECT("0 12 15,L 2 *", "UTC", "2027-01-01 00:00", "2027-02-15 12:00", "2027-02-28 12:00");
}

static void rare_days_come(void **state)
{
	(void)state;
	EXPECT("0 3 29 2 *", "Europe/Berlin", "2096-03-01 00:00", "2104-02-29 02:00",
	       "2108-02-29 02:00");
	EXPECT("0 0 29 2 */7", "UTC", "2088-03-01 00:00", "2128-02-29 00:00");
	EXPECT("0 */12 29 2 */7", "UTC", "2088-03-01 00:00", "2128-02-29 00:00",
	       "2128-02-29 12:00");
	EXPECT("0 0 30 2 5", "UTC", "2027-01-01 00:00",
	       "2027-02-05 00:00"); // each Friday of February
}

static void words_stand_for_lines(void **state)
{
	(void)state;
	EXPECT("@hourly", "UTC", "2027-01-01 00:00", "2027-01-01 01:00");
	EXPECT("@daily", "UTC", "2027-01-01 00:00", "2027-01-02 00:00");
	EXPECT("@midnight", "UTC", "2027-01-01 00:00", "2027-01-02 00:00");
	EXPECT("@nightly", "UTC", "2027-01-01 00:00", "2027-01-01 02:30", "2027-01-02 02:30");
	EXPECT("@weekly", "UTC", "2027-01-01 00:00", "2027-01-03 00:00");
	EXPECT("@monthly", "UTC", "2027-01-01 00:00", "2027-02-01 00:00");
	EXPECT("@yearly", "UTC", "2027-01-01 00:00", "2028-01-01 00:00");
	EXPECT("@annually", "UTC", "2027-01-01 00:00", "2028-01-01 00:00");
	EXPECT("every 1h30m", "UTC", "2027-01-01 00:00", "2027-01-01 01:30", "2027-01-01 03:00");
	EXPECT("every 90min", "UTC", "2027-01-01 00:00", "2027-01-01 01:30", "2027-01-01 03:00");
}

static void seconds_and_ends_of_time_are_taken(void **state)
{
	(void)state;
	begin("30 2 * * *", "Europe/Berlin");
	int64_t at = utc("2027-06-01 00:30");
	assert_int_equal(calendar_next(calendar, at - 1), at);
	assert_int_equal(calendar_next(calendar, at - 59), at);
	assert_int_equal(calendar_next(calendar, at), at + 86400);
	assert_int_equal(calendar_next(calendar, at + 1), at + 86400);
	assert_true(calendar_next(calendar, INT64_MIN) >= CALENDAR_FIRST_S);
	assert_true(calendar_next(calendar, INT64_MIN) < CALENDAR_FIRST_S + 2 * 86400);
	assert_int_equal(calendar_next(calendar, CALENDAR_LAST_S), INT64_MAX);
	assert_int_equal(calendar_next(calendar, INT64_MAX), INT64_MAX);
	assert_int_equal(calendar_next(calendar, CALENDAR_LAST_S - 3600), INT64_MAX);
	assert_string_equal(calendar_text(calendar), "30 2 * * *");
	assert_ptr_equal(calendar_zone(calendar), zone);
	end();
	begin("every 6h", "UTC");
	assert_int_equal(calendar_next(calendar, -1), 0);
	assert_int_equal(calendar_next(calendar, -21601), -21600);
	end();
}

// A walk through minutes would take seconds for one of these.
static void the_rarest_are_found_at_once(void **state)
{
	(void)state;
	const char *const texts[] = {"0 3 29 2 *", "0 0 29 2 */7", "0 */12 29 2 */7",
				     "0 0 31 12 *"};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		begin(texts[i], "Europe/Berlin");
		int64_t start = clock_monotonic_ns();
		for (int64_t n = 0; n < 100; n++)
			assert_true(calendar_next(calendar, n * 30000000) < INT64_MAX);
		assert_true(clock_monotonic_ns() - start < NS_PER_S);
		end();
	}
}

// ---- complaints ----------------------------------------------------------------------------------

static void a_complaint_says_where_and_what_was_expected(void **state)
{
	(void)state;
	const struct {
		const char *text, *complaint;
	} cases[] = {
	    {"", "column 1: an empty schedule, expected a line of cron"},
	    {"  ", "column 3: an empty schedule"},
	    {"1 2 3", "column 6: only 3 of five fields, expected five fields: minute hour"},
	    {"1 2 3 4 5 6", "column 11: \"6\" behind the day of the week, expected five fields"},
	    {"60 2 * * *", "column 1: minute 60, expected 0 to 59"},
	    {"30 24 * * *", "column 4: hour 24, expected 0 to 23"},
	    {"30 2 0 * *", "column 6: day of the month 0, expected 1 to 31, or L"},
	    {"30 2 32 * *", "column 6: day of the month 32"},
	    {"30 2 * 13 *", "column 8: month 13, expected 1 to 12, or jan to dec"},
	    {"30 2 * foo *", "column 8: month \"foo\", expected 1 to 12"},
	    {"30 2 * * 8", "column 10: day of the week 8, expected 0 to 7, or sun to sat"},
	    {"30 2 * * friday", "column 10: day of the week \"friday\", expected 0 to 7"},
	    {"99999999999999999999 2 * * *", "column 1: minute 99999999999999999999"},
	    {"-1 2 * * *", "column 1: minute \"\", expected 0 to 59"},
	    {"1- 2 * * *", "column 3: minute \"\", expected 0 to 59"},
	    {"1,, 2 * * *", "column 3: minute \"\", expected 0 to 59"},
	    {"10-5 2 * * *", "column 1: a range of the minute that goes backwards"},
	    {"0 0 * * sat-mon", "column 9: a range of the day of the week that goes backwards"},
	    {"5/15 2 * * *",
	     "column 1: a step of a single minute, expected a range, such as 5-59/N"},
	    {"*/ 2 * * *", "column 3: no step of the minute, expected a number behind /"},
	    {"*/0 2 * * *", "column 3: step 0 of the minute, expected 1 to 59"},
	    {"*/60 2 * * *", "column 3: step 60 of the minute, expected 1 to 59"},
	    {"1;2 2 * * *", "column 2: \";2\" in the minute, expected a blank"},
	    {"*5 2 * * *", "column 2: \"5\" in the minute, expected a blank"},
	    {"0 0 5L * *", "column 6: \"L\" in the day of the month, expected a blank"},
	    {"0 0 * * L", "column 9: day of the week \"L\", expected 0 to 7"},
	    {"0 0 30 2 *", "column 5: a day that never comes, expected one that its month has"},
	    {"0 0 31 4,6,9,11 *", "column 5: a day that never comes"},
	    {"0 0 30-31 feb */2", "column 5: a day that never comes"},
	    {"@noon", "column 1: \"@noon\", expected one of @hourly, @daily, @nightly"},
	    {"@reboot", "column 1: \"@reboot\", expected one of"},
	    {"@daily x", "column 8: \"x\", expected nothing more"},
	    {"every", "column 6: \"\" behind every, expected an interval such as every 15m"},
	    {"every day", "column 7: \"day\" behind every, expected an interval"},
	    {"every 0m", "column 7: an interval of nothing, expected one minute at least"},
	    {"every 30s", "column 9: unit \"s\" of an interval, expected m, h or d"},
	    {"every 15", "column 9: unit \"\" of an interval, expected m, h or d"},
	    {"every 367d", "column 7: too long an interval, expected 366d at most"},
	    {"every 1h 2", "column 10: \"2\", expected nothing more"},
	};
	CLEANUP_ZONE struct zone *utc_zone = zone_new_utc();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP_CALENDAR struct calendar *c = NULL;
		CLEANUP_ERROR struct error *e = calendar_parse(cases[i].text, utc_zone, &c);
		if (!e ||
		    strncmp(error_text(e), cases[i].complaint, strlen(cases[i].complaint)) != 0)
			fail_msg("\"%s\": %s", cases[i].text, e ? error_text(e) : "taken");
		assert_int_equal(error_kind(e), ERROR_CONFIG);
		assert_null(c);
		size_t column = 0;
		CLEANUP_ERROR struct error *same =
		    calendar_parse_at(cases[i].text, utc_zone, &column, &c);
		assert_string_equal(strchr(error_text(e), ':') + 2, error_text(same));
		assert_int_equal(column, strtoul(cases[i].complaint + strlen("column "), NULL, 10));
	}
}

// ---- words ---------------------------------------------------------------------------------------

static void it_is_said_in_plain_words(void **state)
{
	(void)state;
	const struct {
		const char *text, *zone, *words;
	} cases[] = {
	    {"30 2 * * *", "Europe/Berlin", "each day at 02:30 Europe/Berlin"},
	    {"@nightly", "UTC", "each day at 02:30 UTC"},
	    {"0 2,14 * * mon-fri", "UTC", "each Monday to Friday at 02:00 and 14:00 UTC"},
	    {"0 2 * * 0,6", "UTC", "each Saturday and Sunday at 02:00 UTC"},
	    {"0 2 1 * *", "UTC", "on day 1 of each month at 02:00 UTC"},
	    {"0 2 L * *", "UTC", "on the last day of each month at 02:00 UTC"},
	    {"0 2 1,15,L jan-mar,dec *", "UTC",
	     "on day 1, 15 and the last day of January to March and December at 02:00 UTC"},
	    {"0 2 13 * 5", "UTC", "on day 13 of each month and each Friday at 02:00 UTC"},
	    {"0 2 13 6 5", "UTC", "on day 13 of June and each Friday in June at 02:00 UTC"},
	    {"0 2 13 * */5", "UTC",
	     "each Friday and Sunday that is day 13 of each month at 02:00 UTC"},
	    {"0 2 * 6 *", "UTC", "each day in June at 02:00 UTC"},
	    {"*/10 9-17 * * 1-5", "Europe/Berlin",
	     "each Monday to Friday at 54 times from 09:00 to 17:50 Europe/Berlin"},
	    {"*/15 * * * *", "Europe/Berlin", "every 15 minutes"},
	    {"* * * * *", "UTC", "every minute"},
	    {"@hourly", "Europe/Berlin", "every hour"},
	    {"30 * * * *", "Asia/Kolkata", "at minute 30 of every hour UTC+05:30"},
	    {"30 * * * *", "America/New_York", "at minute 30 of every hour UTC-05:00"},
	    {"*/25 * * * *", "UTC", "at minutes 0, 25 and 50 of every hour UTC"},
	    {"0 */6 * * *", "Europe/Berlin", "every 6 hours from 00:00 UTC+01:00"},
	    {"5 */12 * * *", "UTC", "at minute 5 of hour 0 and 12 UTC"},
	    {"0 */6 * * 1", "Europe/Berlin",
	     "every 6 hours from 00:00 UTC+01:00, each Monday in Europe/Berlin"},
	    {"every 15m", "UTC", "every 15 minutes"},
	    {"every 1h", "UTC", "every hour"},
	    {"every 6h", "UTC", "every 6 hours from 00:00 UTC"},
	    {"every 1h30m", "UTC", "every 90 minutes from 00:00 UTC"},
	    {"every 5h", "UTC", "every 5 hours"},
	    {"every 2d", "UTC", "every 2 days"},
	    {"every 1d", "UTC", "every day from 00:00 UTC"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(cases[i].text, cases[i].zone);
		CLEANUP_BUFFER struct buffer words = {0};
		calendar_describe(calendar, &words);
		assert_string_equal(buffer_str(&words), cases[i].words);
		end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_day_job_in_the_gap_fires_behind_it),
	    cmocka_unit_test(a_day_job_in_the_fold_fires_once_the_first_time),
	    cmocka_unit_test(a_fast_in_summer_is_two_changes_more),
	    cmocka_unit_test(a_date_that_was_skipped_fires_with_the_next),
	    cmocka_unit_test(interval_jobs_are_even_across_changes),
	    cmocka_unit_test(an_interval_job_counts_in_standard_time),
	    cmocka_unit_test(open_minutes_of_named_hours_follow_the_wall),
	    cmocka_unit_test(it_differs_from_others_as_it_says),
	    cmocka_unit_test(a_change_is_told_with_its_time),
	    cmocka_unit_test(fields_are_read_as_cron_does),
	    cmocka_unit_test(a_day_of_month_and_a_weekday_are_either),
	    cmocka_unit_test(the_last_day_is_the_months_own),
	    cmocka_unit_test(rare_days_come),
	    cmocka_unit_test(words_stand_for_lines),
	    cmocka_unit_test(seconds_and_ends_of_time_are_taken),
	    cmocka_unit_test(the_rarest_are_found_at_once),
	    cmocka_unit_test(a_complaint_says_where_and_what_was_expected),
	    cmocka_unit_test(it_is_said_in_plain_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
