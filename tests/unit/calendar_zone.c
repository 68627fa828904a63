// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "calendar/civil.h"
#include "calendar/zone.h"
#include "config/zone_file.h"
#include "unit/calendar_tzif.h"

static const struct tzif_type two_types[] = {{3600, false, 0}, {7200, true, 4}};
#define TWO_WORDS "CET\0CEST"

// A zone of no listed change whose rule is `rule`.
static struct error *rule_zone(const char *rule, struct zone **out)
{
	const struct tzif t = {.version = '3',
			       .types = two_types,
			       .types_count = 2,
			       .words = TWO_WORDS,
			       .words_size = sizeof(TWO_WORDS),
			       .rule = rule};
	CLEANUP_BUFFER struct buffer bytes = {0};
	tzif_write(&t, &bytes);
	return zone_parse("Test/Rule", bytes.data, bytes.len, out);
}

static int64_t utc(int64_t year, int month, int day, int hour, int minute)
{
	return civil_day(year, month, day) * CIVIL_DAY_S + hour * 3600 + minute * 60;
}

// Where the stretch that holds an instant begins and ends, and how far its clock is from UTC.
static void expect_span(const struct zone *z, int64_t at, int64_t begin, int64_t end,
			int32_t offset_s, bool summer)
{
	struct zone_span s = zone_span_at(z, at);
	assert_int_equal(s.begin, begin);
	assert_int_equal(s.end, end);
	assert_int_equal(s.offset_s, offset_s);
	assert_int_equal(s.summer, summer);
}

static struct zone *must_load(const char *name)
{
	struct zone *z = NULL;
	CLEANUP_ERROR struct error *e = zone_file_load(name, &z);
	if (e)
		fail_msg("%s", error_text(e));
	return z;
}

// ---- rules ---------------------------------------------------------------------------------------

struct rule_case {
	const char *rule;
	int64_t begin, end; // of summer time in 2027
	int32_t standard_s, summer_s;
};

static void rules_of_every_form_say_when_summer_is(void **state)
{
	(void)state;
	const struct rule_case cases[] = {
	    {"CET-1CEST,M3.5.0,M10.5.0/3", utc(2027, 3, 28, 1, 0), utc(2027, 10, 31, 1, 0), 3600,
	     7200},
	    {"EST5EDT,M3.2.0,M11.1.0", utc(2027, 3, 14, 7, 0), utc(2027, 11, 7, 6, 0), -18000,
	     -14400},
	    {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", utc(2026, 10, 3, 15, 30),
	     utc(2027, 4, 3, 15, 0), 37800, 39600},
	    // The hour of Troll's change, Dublin's winter time, Gaza's 50th hour, Nuuk's hour -1.
	    {"<+00>0<+02>-2,M3.5.0/1,M10.5.0/3", utc(2027, 3, 28, 1, 0), utc(2027, 10, 31, 1, 0), 0,
	     7200},
	    {"IST-1GMT0,M10.5.0,M3.5.0/1", utc(2026, 10, 25, 1, 0), utc(2027, 3, 28, 1, 0), 3600,
	     0},
	    {"EET-2EEST,M3.4.4/50,M10.4.4/50", utc(2027, 3, 27, 0, 0), utc(2027, 10, 29, 23, 0),
	     7200, 10800},
	    {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", utc(2027, 3, 28, 1, 0), utc(2027, 10, 31, 1, 0),
	     -7200, -3600},
	    {"AAA0BBB,J60/0,J300/0", utc(2027, 3, 1, 0, 0), utc(2027, 10, 26, 23, 0), 0, 3600},
	    {"AAA0BBB,59/0,299/0:30:15", utc(2027, 3, 1, 0, 0), utc(2027, 10, 26, 23, 30) + 15, 0,
	     3600},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP_ZONE struct zone *z = NULL;
		CLEANUP_ERROR struct error *e = rule_zone(cases[i].rule, &z);
		assert_null(e);
		int64_t inside = cases[i].begin + 86400;
		struct zone_span s = zone_span_at(z, inside);
		if (s.begin != cases[i].begin || s.end != cases[i].end)
			fail_msg("%s: summer from %lld to %lld", cases[i].rule, (long long)s.begin,
				 (long long)s.end);
		assert_true(s.summer);
		assert_int_equal(s.offset_s, cases[i].summer_s);
		struct zone_span before = zone_span_at(z, cases[i].begin - 1);
		assert_int_equal(before.offset_s, cases[i].standard_s);
		assert_int_equal(before.end, cases[i].begin);
		assert_int_equal(zone_span_at(z, cases[i].end).offset_s, cases[i].standard_s);
		assert_int_equal(zone_standard_offset(z), cases[i].standard_s);
	}
}

static void days_of_the_year_know_leap_years(void **state)
{
	(void)state;
	CLEANUP_ZONE struct zone *with = NULL, *without = NULL;
	assert_null(rule_zone("AAA0BBB,59/0,299/0", &with));
	assert_null(rule_zone("AAA0BBB,J60/0,J300/0", &without));
	assert_int_equal(zone_span_at(with, utc(2028, 6, 1, 0, 0)).begin, utc(2028, 2, 29, 0, 0));
	assert_int_equal(zone_span_at(without, utc(2028, 6, 1, 0, 0)).begin, utc(2028, 3, 1, 0, 0));
	assert_int_equal(zone_span_at(with, utc(2027, 6, 1, 0, 0)).begin, utc(2027, 3, 1, 0, 0));
}

static void summer_may_be_all_year(void **state)
{
	(void)state;
	CLEANUP_ZONE struct zone *z = NULL;
	assert_null(rule_zone("XXX3EDT4,0/0,J365/23", &z)); // RFC 8536, 3.3.1
	for (int64_t t = utc(2026, 12, 28, 0, 0); t < utc(2028, 1, 4, 0, 0); t += 1800)
		assert_int_equal(zone_span_at(z, t).offset_s, -4 * 3600);
}

static void no_summer_is_one_stretch(void **state)
{
	(void)state;
	CLEANUP_ZONE struct zone *z = NULL;
	assert_null(rule_zone("<+0545>-5:45", &z));
	expect_span(z, 0, INT64_MIN, INT64_MAX, 20700, false);
	expect_span(z, INT64_MAX, INT64_MIN, INT64_MAX, 20700, false);
	expect_span(z, INT64_MIN, INT64_MIN, INT64_MAX, 20700, false);
	assert_string_equal(zone_span_at(z, 0).abbreviation, "+0545");
}

static void a_rule_that_is_none_is_refused(void **state)
{
	(void)state;
	const struct {
		const char *rule, *why;
	} cases[] = {
	    {"CE-1", "a clock's name of three letters"},
	    {"<+1-1", "> behind the name"},
	    {"CET", "hours within"},
	    {"CET-26", "hours within"},
	    {"CET-1:60", "minutes from 0"},
	    {"CET-1:59:60", "seconds from 0"},
	    {"CET-1CEST", "the days on which"},
	    {"CET-1CEST,M3.5.0", "the days on which"},
	    {"CET-1CEST,M13.5.0,M10.5.0", "a month from 1"},
	    {"CET-1CEST,M3.0.0,M10.5.0", "a week from 1 to 5"},
	    {"CET-1CEST,M3,M10.5.0", "Mm.w.d"},
	    {"CET-1CEST,M3.6.0,M10.5.0", "a week from 1 to 5"},
	    {"CET-1CEST,M3.5.7,M10.5.0", "a weekday from 0"},
	    {"CET-1CEST,J0,J300", "from J1 to J365"},
	    {"CET-1CEST,J366,J300", "from J1 to J365"},
	    {"CET-1CEST,366,300", "from 0 to 365"},
	    {"CET-1CEST,M3.5.0/168,M10.5.0", "hours within"},
	    {"CET-1CEST,M3.5.0,M10.5.0/-168", "hours within"},
	    {"CET-1CEST,M3.5.0,M10.5.0x", "nothing behind the rule"},
	    {"ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGH-1", "a shorter name"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP_ZONE struct zone *z = NULL;
		CLEANUP_ERROR struct error *e = rule_zone(cases[i].rule, &z);
		if (!e || !strstr(error_text(e), cases[i].why))
			fail_msg("%s: %s", cases[i].rule, e ? error_text(e) : "taken");
		assert_int_equal(error_kind(e), ERROR_CONFIG);
		assert_true(strncmp(error_text(e), "zone Test/Rule: ", 16) == 0);
	}
}

// ---- files ---------------------------------------------------------------------------------------

static const int64_t two_changes[] = {1000000, 2000000};
static const uint8_t two_change_types[] = {1, 0};

static struct tzif two_change_file(void)
{
	return (struct tzif){
	    .version = '2',
	    .changes = two_changes,
	    .change_types = two_change_types,
	    .changes_count = 2,
	    .types = two_types,
	    .types_count = 2,
	    .words = TWO_WORDS,
	    .words_size = sizeof(TWO_WORDS),
	    .rule = "",
	};
}

static struct error *parse(const struct tzif *t, struct zone **out)
{
	CLEANUP_BUFFER struct buffer bytes = {0};
	tzif_write(t, &bytes);
	return zone_parse("Test/File", bytes.data, bytes.len, out);
}

static void versions_1_to_4_say_the_same(void **state)
{
	(void)state;
	const char versions[] = {0, '2', '3', '4', '5'}; // later ones are read as the last known
	for (size_t i = 0; i < sizeof(versions); i++) {
		struct tzif t = two_change_file();
		t.version = versions[i];
		CLEANUP_ZONE struct zone *z = NULL;
		CLEANUP_ERROR struct error *e = parse(&t, &z);
		assert_null(e);
		expect_span(z, 999999, INT64_MIN, 1000000, 3600, false);
		expect_span(z, 1000000, 1000000, 2000000, 7200, true);
		expect_span(z, 1999999, 1000000, 2000000, 7200, true);
		expect_span(z, 2000000, 2000000, INT64_MAX, 3600, false);
		assert_string_equal(zone_span_at(z, 1500000).abbreviation, "CEST");
		assert_string_equal(zone_name(z), "Test/File");
		assert_int_equal(zone_standard_offset(z), 3600);
	}
}

static void the_rule_holds_from_the_last_change_on(void **state)
{
	(void)state;
	const int64_t changes[] = {utc(2026, 3, 29, 1, 0)};
	const uint8_t types[] = {1};
	struct tzif t = two_change_file();
	t.changes = changes;
	t.change_types = types;
	t.changes_count = 1;
	t.rule = "CET-1CEST,M3.5.0,M10.5.0/3";
	CLEANUP_ZONE struct zone *z = NULL;
	assert_null(parse(&t, &z));
	expect_span(z, changes[0] - 1, INT64_MIN, changes[0], 3600, false);
	expect_span(z, changes[0], changes[0], utc(2026, 10, 25, 1, 0), 7200, true);
	expect_span(z, utc(2036, 7, 1, 0, 0), utc(2036, 3, 30, 1, 0), utc(2036, 10, 26, 1, 0), 7200,
		    true);
}

static void a_file_that_ends_too_early_is_refused(void **state)
{
	(void)state;
	struct tzif t = two_change_file();
	t.rule = "CET-1CEST,M3.5.0,M10.5.0/3";
	CLEANUP_BUFFER struct buffer bytes = {0};
	tzif_write(&t, &bytes);
	for (size_t len = 0; len < bytes.len; len++) {
		CLEANUP_FREE char *exact = malloc(len + 1); // so that ASan sees a read behind it
		memcpy(exact, bytes.data, len);
		exact = realloc(exact, len ? len : 1);
		CLEANUP_ZONE struct zone *z = NULL;
		CLEANUP_ERROR struct error *e = zone_parse("Test/Cut", exact, len, &z);
		assert_non_null(e);
		assert_null(z);
	}
}

static void what_is_wrong_with_a_file_is_said(void **state)
{
	(void)state;
	static const int64_t backwards[] = {2000000, 1000000};
	static const int64_t restless[] = {1000000, 1000000 + 86399};
	static const uint8_t nowhere[] = {1, 2};
	static const struct tzif_type far[] = {{100000, false, 0}};
	static const struct tzif_type wordless[] = {{0, false, 9}};
	struct tzif cases[9];
	for (size_t i = 0; i < 9; i++)
		cases[i] = two_change_file();
	cases[0].version = '1';
	cases[1].leaps = 2;
	cases[2].types_count = 0;
	cases[3].changes = backwards;
	cases[4].change_types = nowhere;
	cases[5].types = far;
	cases[5].types_count = 1;
	cases[6].types = wordless;
	cases[6].types_count = 1;
	cases[7].rule = NULL;
	cases[8].changes = restless;
	const char *const why[] = {
	    "an unknown version", "leap seconds",       "no kind of local time",
	    "not in the order",   "that is not there",  "26 hours",
	    "does not end",       "no rule at the end", "twice within a day",
	};
	for (size_t i = 0; i < 9; i++) {
		CLEANUP_ZONE struct zone *z = NULL;
		CLEANUP_ERROR struct error *e = parse(&cases[i], &z);
		if (!e || !strstr(error_text(e), why[i]))
			fail_msg("%s: %s", why[i], e ? error_text(e) : "taken");
	}
}

// ---- the clock's reading -------------------------------------------------------------------------

static void expect_instants(const char *name, int64_t civil_s, size_t count, int64_t first,
			    int64_t last_or_gap_end)
{
	CLEANUP_ZONE struct zone *z = must_load(name);
	struct zone_instants found = zone_instants(z, civil_s);
	assert_int_equal(found.count, count);
	if (count) {
		assert_int_equal(found.at[0], first);
		assert_int_equal(found.at[1], last_or_gap_end);
	} else {
		assert_int_equal(found.gap_end, last_or_gap_end);
	}
}

static void a_gap_has_no_instant_and_a_fold_two(void **state)
{
	(void)state;
	expect_instants("Europe/Berlin", utc(2027, 3, 28, 1, 59), 1, utc(2027, 3, 28, 0, 59),
			utc(2027, 3, 28, 0, 59));
	expect_instants("Europe/Berlin", utc(2027, 3, 28, 2, 0), 0, 0, utc(2027, 3, 28, 1, 0));
	expect_instants("Europe/Berlin", utc(2027, 3, 28, 2, 59), 0, 0, utc(2027, 3, 28, 1, 0));
	expect_instants("Europe/Berlin", utc(2027, 3, 28, 3, 0), 1, utc(2027, 3, 28, 1, 0),
			utc(2027, 3, 28, 1, 0));
	expect_instants("Europe/Berlin", utc(2027, 10, 31, 1, 59), 1, utc(2027, 10, 30, 23, 59),
			utc(2027, 10, 30, 23, 59));
	expect_instants("Europe/Berlin", utc(2027, 10, 31, 2, 0), 2, utc(2027, 10, 31, 0, 0),
			utc(2027, 10, 31, 1, 0));
	expect_instants("Europe/Berlin", utc(2027, 10, 31, 3, 0), 1, utc(2027, 10, 31, 2, 0),
			utc(2027, 10, 31, 2, 0));
	expect_instants("Australia/Lord_Howe", utc(2027, 10, 3, 2, 15), 0, 0,
			utc(2027, 10, 2, 15, 30));
	expect_instants("Australia/Lord_Howe", utc(2027, 4, 4, 1, 45), 2, utc(2027, 4, 3, 14, 45),
			utc(2027, 4, 3, 15, 15));
	expect_instants("Europe/Dublin", utc(2027, 10, 31, 1, 30), 2, utc(2027, 10, 31, 0, 30),
			utc(2027, 10, 31, 1, 30));
	expect_instants("Antarctica/Troll", utc(2027, 3, 28, 2, 30), 0, 0, utc(2027, 3, 28, 1, 0));
	expect_instants("Antarctica/Troll", utc(2027, 10, 31, 1, 30), 2, utc(2027, 10, 30, 23, 30),
			utc(2027, 10, 31, 1, 30));
	// The day that Samoa skipped: noon of 30 December 2011.
	expect_instants("Pacific/Apia", utc(2011, 12, 30, 12, 0), 0, 0, utc(2011, 12, 30, 10, 0));
	expect_instants("UTC", utc(2027, 3, 28, 2, 30), 1, utc(2027, 3, 28, 2, 30),
			utc(2027, 3, 28, 2, 30));
}

// Both ways, each quarter of an hour around every change of a file with odd ones.
static void the_reading_of_an_instant_leads_back_to_it(void **state)
{
	(void)state;
	const char *const names[] = {"Europe/Berlin",    "Australia/Lord_Howe", "Africa/Casablanca",
				     "Pacific/Apia",     "America/Anchorage",   "Asia/Manila",
				     "Antarctica/Troll", "Africa/Monrovia"};
	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
		CLEANUP_ZONE struct zone *z = must_load(names[n]);
		struct zone_span s = zone_span_at(z, utc(1800, 1, 1, 0, 0));
		for (size_t i = 0; i < 300 && s.end < utc(2100, 1, 1, 0, 0); i++) {
			int64_t change = s.end;
			for (int64_t t = change - 90000; t < change + 90000; t += 900) {
				int64_t civil = t + zone_span_at(z, t).offset_s;
				struct zone_instants back = zone_instants(z, civil);
				assert_true(back.count && (back.at[0] == t || back.at[1] == t));
				assert_true(back.at[0] <= back.at[1]);
			}
			s = zone_span_at(z, change);
			assert_int_equal(s.begin, change);
		}
	}
}

static void extreme_times_end(void **state)
{
	(void)state;
	CLEANUP_ZONE struct zone *z = must_load("Europe/Berlin");
	const int64_t times[] = {INT64_MIN,        INT64_MIN + 1, -(INT64_C(1) << 46),
				 INT64_C(1) << 46, INT64_MAX - 1, INT64_MAX};
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		(void)zone_span_at(z, times[i]);
		assert_in_range(zone_instants(z, times[i]).count, 1, 2);
	}
}

static void standard_time_is_what_tzdata_calls_so(void **state)
{
	(void)state;
	const struct {
		const char *name;
		int32_t offset_s;
	} cases[] = {
	    {"Europe/Berlin", 3600},      {"Europe/Dublin", 3600}, // summer is its standard
	    {"Africa/Casablanca", 3600},  {"Asia/Kolkata", 19800},
	    {"America/New_York", -18000}, {"UTC", 0}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP_ZONE struct zone *z = must_load(cases[i].name);
		assert_int_equal(zone_standard_offset(z), cases[i].offset_s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rules_of_every_form_say_when_summer_is),
	    cmocka_unit_test(days_of_the_year_know_leap_years),
	    cmocka_unit_test(summer_may_be_all_year),
	    cmocka_unit_test(no_summer_is_one_stretch),
	    cmocka_unit_test(a_rule_that_is_none_is_refused),
	    cmocka_unit_test(versions_1_to_4_say_the_same),
	    cmocka_unit_test(the_rule_holds_from_the_last_change_on),
	    cmocka_unit_test(a_file_that_ends_too_early_is_refused),
	    cmocka_unit_test(what_is_wrong_with_a_file_is_said),
	    cmocka_unit_test(a_gap_has_no_instant_and_a_fold_two),
	    cmocka_unit_test(the_reading_of_an_instant_leads_back_to_it),
	    cmocka_unit_test(extreme_times_end),
	    cmocka_unit_test(standard_time_is_what_tzdata_calls_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
