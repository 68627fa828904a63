// SPDX-License-Identifier: GPL-2.0-or-later
// The calendar says what a walk through each minute says, around every change of clocks of many zones
// (tests/long/calendar_zones.sh: every minute of ten years in all of them).
#include "unit/unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "calendar/calendar.h"
#include "config/zone_file.h"
#include "support/calendar_oracle.h"

#define DAY_S 86400

static size_t texts_count(void)
{
	size_t n = 0;
	while (oracle_texts[n])
		n++;
	return n;
}

struct comparison {
	const char *zone;
	struct calendar *calendars[64];
	int64_t next[64];
	size_t told;
};

static void compare(void *cookie, size_t i, int64_t at_s)
{
	struct comparison *c = cookie;
	if (c->next[i] != at_s)
		fail_msg("%s, \"%s\": the walk says %lld, the calendar %lld", c->zone,
			 oracle_texts[i], (long long)at_s, (long long)c->next[i]);
	c->next[i] = calendar_next(c->calendars[i], at_s);
	c->told++;
}

// The whole range of a zone.
static size_t compare_range(struct comparison *c, int64_t begin, int64_t end)
{
	size_t count = texts_count();
	for (size_t i = 0; i < count; i++)
		c->next[i] = calendar_next(c->calendars[i], begin - 1);
	c->told = 0;
	oracle_walk(c->zone, begin, end, oracle_texts, count, compare, c);
	for (size_t i = 0; i < count; i++)
		if (c->next[i] < end)
			fail_msg("%s, \"%s\": the calendar alone says %lld", c->zone,
				 oracle_texts[i], (long long)c->next[i]);
	return c->told;
}

static void comparison_begin(struct comparison *c, const struct zone *z)
{
	c->zone = zone_name(z);
	for (size_t i = 0; oracle_texts[i]; i++) {
		bool period = strncmp(oracle_texts[i], "every", 5) == 0;
		CLEANUP_FREE char *text = memory_printf("%s%s", oracle_texts[i], period ? "m" : "");
		CLEANUP_ERROR struct error *e = calendar_parse(text, z, &c->calendars[i]);
		if (e)
			fail_msg("%s: %s", text, error_text(e));
	}
}

static void comparison_end(struct comparison *c)
{
	for (size_t i = 0; oracle_texts[i]; i++)
		calendar_free(c->calendars[i]);
}

static struct zone *must_load(const char *name)
{
	struct zone *z = NULL;
	CLEANUP_ERROR struct error *e = zone_file_load(name, &z);
	if (e)
		fail_msg("%s", error_text(e));
	return z;
}

// Two days on either side of each change, as the C library sees it, in `years` from 2010 on.
static size_t compare_changes(const char *name, int years)
{
	CLEANUP_ZONE struct zone *z = must_load(name);
	struct comparison c;
	comparison_begin(&c, z);
	setenv("TZ", name, 1);
	tzset();
	size_t changes = 0;
	long last = 0;
	for (int64_t at = 1262304000; at < 1262304000 + years * 366 * (int64_t)DAY_S;
	     at += 3 * 3600) {
		time_t t = (time_t)at;
		struct tm tm;
		localtime_r(&t, &tm);
		if (at > 1262304000 && tm.tm_gmtoff != last) {
			compare_range(&c, at - 2 * DAY_S, at + 2 * DAY_S);
			changes++;
		}
		last = tm.tm_gmtoff;
	}
	comparison_end(&c);
	return changes;
}

static void around_each_change_of_odd_zones(void **state)
{
	(void)state;
	const struct {
		const char *name;
		size_t least; // changes of 2010 to 2037
	} zones[] = {
	    {"Europe/Berlin", 50},     {"Australia/Lord_Howe", 50}, {"Europe/Dublin", 50},
	    {"Africa/Casablanca", 50}, {"Pacific/Apia", 10},        {"Antarctica/Troll", 50},
	};
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		assert_true(compare_changes(zones[i].name, 27) >= zones[i].least);
}

static void around_each_change_of_some_years_elsewhere(void **state)
{
	(void)state;
	const char *const zones[] = {
	    "America/Havana",  "America/Nuuk",         "America/Santiago", "Asia/Beirut",
	    "Asia/Gaza",       "Asia/Pyongyang",       "Asia/Tehran",      "Africa/Cairo",
	    "Africa/Juba",     "Africa/Sao_Tome",      "America/New_York", "Europe/Volgograd",
	    "Pacific/Chatham", "America/Scoresbysund", "Pacific/Fiji",
	};
	size_t changes = 0;
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		changes += compare_changes(zones[i], 16);
	assert_true(changes > 150);
}

static void two_months_without_a_change(void **state)
{
	(void)state;
	const char *const zones[] = {"UTC", "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Kiritimati"};
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		CLEANUP_ZONE struct zone *z = must_load(zones[i]);
		struct comparison c;
		comparison_begin(&c, z);
		assert_true(compare_range(&c, 1835395200, 1835395200 + 60 * DAY_S) > 86400);
		comparison_end(&c);
	}
}

static void every_zone_of_tzdata_is_read(void **state)
{
	(void)state;
	size_t count;
	char **zones = oracle_zones(1, &count);
	assert_true(count > 400);
	for (size_t i = 0; i < count; i++) {
		CLEANUP_ZONE struct zone *z = must_load(zones[i]);
		setenv("TZ", zones[i], 1);
		tzset();
		// Each five days of 1900 to 2100.
		for (int64_t at = -2208988800; at < 4102444800; at += 5 * DAY_S + 3607) {
			time_t t = (time_t)at;
			struct tm tm;
			localtime_r(&t, &tm);
			struct zone_span s = zone_span_at(z, at);
			if (s.offset_s != tm.tm_gmtoff || s.summer != (tm.tm_isdst > 0) ||
			    strcmp(s.abbreviation, tm.tm_zone) != 0)
				fail_msg("%s at %lld: %d %s, expected %ld %s", zones[i],
					 (long long)at, s.offset_s, s.abbreviation, tm.tm_gmtoff,
					 tm.tm_zone);
		}
		free(zones[i]);
	}
	free(zones);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(around_each_change_of_odd_zones),
	    cmocka_unit_test(around_each_change_of_some_years_elsewhere),
	    cmocka_unit_test(two_months_without_a_change),
	    cmocka_unit_test(every_zone_of_tzdata_is_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
