// SPDX-License-Identifier: GPL-2.0-or-later
// The stored form of a series' state: every key, and what is said of one that is missing or wrong.
#include "unit/unit.h"

#include <float.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/memory.h"
#include "timing/evaluate/alert.h"

static struct transition history[] = {{STATE_CANDIDATE, 5, (char *)"seen once"},
				      {STATE_ACKED, -6, (char *)"by eve"}};

static struct alert known = {
    .id = "0123456789abcdef",
    .kind = ALERT_ENVIRONMENT,
    .state = STATE_ACKED,
    .effect = EFFECT_IMPROVEMENT,
    .confidence = CONFIDENCE_STRONG,
    .same_night = true,
    .place = {1, 2},
    .commit_from = (char *)"c5",
    .commit_to = (char *)"c6",
    .from = {3, 4},
    .to = {-5, 6},
    .board = (char *)"b",
    .shift = 0.5,
    .shift_raised = 0.25,
    .relative = 1.5,
    .low = 2.5,
    .high = 3.5,
    .before = 4.5,
    .after = 5.5,
    .t = 6.5,
    .sigma = 7.5,
    .proof = {.before = 10.5,
	      .after = 11.5,
	      .relative = 12.5,
	      .low = 13.5,
	      .high = 14.5,
	      .t = 15.5,
	      .sigma = 16.5,
	      .before_points = 17,
	      .after_points = 18},
    .ab = AB_INCONCLUSIVE,
    .ab_p = 8.5,
    .ab_boards = 2,
    .ab_runs = 16,
    .bisect_booked = true,
    .bug = (char *)"bug",
    .by = (char *)"eve",
    .linked = "fedcba9876543210",
    .told_state = STATE_PENDING,
    .told_shift = 9.5,
    .transitions = history,
    .transitions_count = 2,
};
static struct step_sighting seen = {{7, 8}, -1, 3, (char *)"night"};
static struct series_state full = {.alerts = &known,
				   .alerts_count = 1,
				   .sightings = &seen,
				   .sightings_count = 1,
				   .batch = (char *)"batch",
				   .announced = true,
				   .demoted = true,
				   .baseline_lost = true,
				   .noise_told = 2,
				   .drift_told = 0.125,
				   .drift_place = {9, 10}};

static const char full_text[] =
    "{\"aggregate_told\":false,\"alerts\":[{\"ab\":\"inconclusive\",\"ab_boards\":2,\"ab_p\":8.5,"
    "\"ab_runs\":16,\"after\":5.5,\"before\":4.5,\"bisect_booked\":true,\"board\":\"b\","
    "\"bug\":\"bug\",\"by\":\"eve\",\"class\":\"strong\",\"commit_from\":\"c5\","
    "\"commit_to\":\"c6\",\"effect\":\"improvement\",\"exact\":false,\"from\":[3,4],"
    "\"high\":3.5,\"history\":[{\"reason\":\"seen once\",\"time_ns\":5,\"to\":\"candidate\"},"
    "{\"reason\":\"by eve\",\"time_ns\":-6,\"to\":\"acked\"}],\"id\":\"0123456789abcdef\","
    "\"kind\":\"environment\",\"linked\":\"fedcba9876543210\",\"low\":2.5,\"place\":[1,2],"
    "\"proof\":{\"after\":11.5,\"after_points\":18,\"before\":10.5,\"before_points\":17,"
    "\"high\":14.5,\"low\":13.5,\"relative\":12.5,\"sigma\":16.5,\"t\":15.5},"
    "\"relative\":1.5,\"same_night\":true,\"shift\":0.5,\"shift_raised\":0.25,\"sigma\":7.5,"
    "\"state\":\"acked\",\"t\":6.5,\"to\":[-5,6],\"told\":false,\"told_shift\":9.5,"
    "\"told_state\":\"pending\"}],\"announced\":true,\"baseline_lost\":true,\"batch\":\"batch\","
    "\"closed_told\":false,\"demoted\":true,\"drift_place\":[9,10],\"drift_told\":0.125,"
    "\"format\":\"mmfarm-series-state/1\",\"noise_told\":2,\"sightings\":[{\"batch\":\"night\","
    "\"nights\":3,\"place\":[7,8],\"sign\":-1}],\"suggested_exact\":false}";

static void every_field_is_printed_and_read_back(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer out = {0}, again = {0};
	series_state_print(&full, &out);
	assert_string_equal(buffer_str(&out), full_text);
	CLEANUP_SERIES_STATE struct series_state s = {0};
	assert_null(series_state_parse(out.data, out.len, &s));
	series_state_print(&s, &again);
	assert_string_equal(buffer_str(&again), full_text);
	// The other way round of each yes and no.
	struct alert turned = known;
	turned.same_night = turned.bisect_booked = false;
	turned.exact = turned.told = true;
	struct series_state other = {.alerts = &turned,
				     .alerts_count = 1,
				     .aggregate_told = true,
				     .suggested_exact = true,
				     .closed_told = true};
	buffer_truncate(&out, 0);
	buffer_truncate(&again, 0);
	series_state_print(&other, &out);
	CLEANUP_SERIES_STATE struct series_state t = {0};
	assert_null(series_state_parse(out.data, out.len, &t));
	assert_null(t.batch);
	assert_true(t.aggregate_told && t.suggested_exact && t.closed_told);
	assert_false(t.announced || t.demoted || t.baseline_lost);
	assert_true(t.alerts[0].exact && t.alerts[0].told);
	assert_false(t.alerts[0].same_night || t.alerts[0].bisect_booked);
}

static void what_json_cannot_say_is_kept_as_near_as_it_can(void **state)
{
	(void)state;
	struct alert odd = known;
	odd.t = INFINITY;
	odd.shift = -INFINITY;
	odd.low = NAN;
	odd.by = (char *)"\xff\x80 x\x7f";
	odd.board = NULL;
	odd.proof.before_points = 0;
	struct series_state s = {.alerts = &odd, .alerts_count = 1};
	CLEANUP_BUFFER struct buffer out = {0};
	series_state_print(&s, &out);
	assert_null(strstr(buffer_str(&out), "\"proof\""));
	CLEANUP_SERIES_STATE struct series_state back = {0};
	assert_null(series_state_parse(out.data, out.len, &back));
	assert_true(back.alerts[0].t >= DBL_MAX && isfinite(back.alerts[0].t));
	assert_true(back.alerts[0].shift <= -DBL_MAX && isfinite(back.alerts[0].shift));
	assert_true(fpclassify(back.alerts[0].low) == FP_ZERO);
	assert_string_equal(back.alerts[0].by, "?? x\x7f");
	assert_string_equal(back.alerts[0].board, "");
	assert_int_equal(back.alerts[0].proof.before_points, 0);
}

// The object that the path leads to: "", "alerts", "history", "proof" or "sightings".
static json_t *part_of(json_t *whole, const char *part)
{
	json_t *alert = json_array_get(json_object_get(whole, "alerts"), 0);
	if (strcmp(part, "alert") == 0)
		return alert;
	if (strcmp(part, "history") == 0)
		return json_array_get(json_object_get(alert, "history"), 1);
	if (strcmp(part, "proof") == 0)
		return json_object_get(alert, "proof");
	if (strcmp(part, "sighting") == 0)
		return json_array_get(json_object_get(whole, "sightings"), 0);
	return whole;
}

// Parses the full state with part.key replaced (NULL: left out); the error's text or "".
static void parse_changed(const char *part, const char *key, const char *value, char *out,
			  size_t size)
{
	json_t *whole = json_loads(full_text, 0, NULL);
	assert_non_null(whole);
	json_t *object = part_of(whole, part);
	assert_non_null(json_object_get(object, key));
	if (value)
		json_object_set_new(object, key, json_loads(value, JSON_DECODE_ANY, NULL));
	else
		json_object_del(object, key);
	CLEANUP_FREE char *text = json_dumps(whole, 0);
	json_decref(whole);
	CLEANUP_SERIES_STATE struct series_state s = {0};
	CLEANUP_ERROR struct error *e = series_state_parse(text, strlen(text), &s);
	snprintf(out, size, "%s", e ? error_text(e) : "");
	assert_true(!e || s.alerts_count == 0);
}

static void assert_wrong(const char *part, const char *key, const char *value, const char *expected)
{
	char found[256], wanted[256];
	bool inside = *part && strcmp(part, "sighting") != 0;
	parse_changed(part, key, value, found, sizeof(found));
	snprintf(wanted, sizeof(wanted), "%sseries state: \"%s\": expected %s",
		 inside ? "alert 0: " : "", key, expected);
	assert_string_equal(found, wanted);
}

static void each_key_must_be_there_and_of_its_kind(void **state)
{
	(void)state;
	static const struct {
		const char *part, *keys, *wrong, *expected;
	} kinds[] = {
	    {"", "announced aggregate_told demoted suggested_exact", "1", "true or false"},
	    {"", "drift_told", "\"1\"", "a number"},
	    {"", "drift_place", "[1]", "[position, time_ns]"},
	    {"", "noise_told", "3", "a whole number in its range"},
	    {"", "noise_told", "-1", "a whole number in its range"},
	    {"", "alerts sightings", "{}", "a list"},
	    {"", "format", "\"other\"", "mmfarm-series-state/1"},
	    {"alert", "id", "\"\"", "16 hexadecimal digits"},
	    {"alert", "id linked", "\"0123456789abcde\"", "16 hexadecimal digits"},
	    {"alert", "id linked", "\"0123456789abcdeg\"", "16 hexadecimal digits"},
	    {"alert", "kind state effect class ab told_state", "\"other\"", "one of its words"},
	    {"alert", "ab_boards", "1001", "a whole number in its range"},
	    {"alert", "ab_boards ab_runs", "-1", "a whole number in its range"},
	    {"alert", "ab_runs", "1000001", "a whole number in its range"},
	    {"alert", "ab_runs", "1.0", "a whole number in its range"},
	    {"alert", "shift shift_raised relative low high before after t sigma ab_p told_shift",
	     "\"1\"", "a number"},
	    {"alert", "same_night exact bisect_booked told", "0", "true or false"},
	    {"alert", "commit_from commit_to board bug by", "7", "a string"},
	    {"alert", "place from to", "[1,\"2\"]", "[position, time_ns]"},
	    {"alert", "place from to", "[\"1\",2]", "[position, time_ns]"},
	    {"alert", "place from to", "[1,2,3]", "[position, time_ns]"},
	    {"alert", "history", "7", "a list"},
	    {"history", "to", "\"other\"", "one of its words"},
	    {"history", "time_ns", "\"1\"", "a whole number in its range"},
	    {"history", "reason", "1", "a string"},
	    {"proof", "before_points after_points", "0", "a whole number in its range"},
	    {"proof", "before_points after_points", "1000001", "a whole number in its range"},
	    {"proof", "before after relative low high t sigma", "\"\"", "a number"},
	    {"sighting", "place", "7", "[position, time_ns]"},
	    {"sighting", "sign", "2", "a whole number in its range"},
	    {"sighting", "sign", "-2", "a whole number in its range"},
	    {"sighting", "nights", "0", "a whole number in its range"},
	    {"sighting", "nights", "1000001", "a whole number in its range"},
	    {"sighting", "batch", "7", "a string"},
	};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		CLEANUP_FREE char *keys = memory_strdup(kinds[i].keys);
		for (char *rest = keys, *key; (key = strsep(&rest, " "));) {
			assert_wrong(kinds[i].part, key, kinds[i].wrong, kinds[i].expected);
			assert_wrong(kinds[i].part, key, NULL, kinds[i].expected);
		}
	}
	char found[256];
	parse_changed("alert", "proof", "7", found, sizeof(found));
	assert_string_equal(found, "alert 0: series state: \"proof\": expected an object");
}

// The ends of each range, and what older states lack.
static void what_may_be_is_taken(void **state)
{
	(void)state;
	static const struct {
		const char *part, *key, *value;
	} cases[] = {
	    {"", "noise_told", "0"},
	    {"", "noise_told", "2"},
	    {"", "baseline_lost", NULL},
	    {"", "closed_told", NULL},
	    {"", "batch", NULL},
	    {"alert", "proof", NULL},
	    {"alert", "linked", "\"\""},
	    {"alert", "ab_boards", "0"},
	    {"alert", "ab_boards", "1000"},
	    {"alert", "ab_runs", "0"},
	    {"alert", "ab_runs", "1000000"},
	    {"sighting", "sign", "1"},
	    {"sighting", "sign", "-1"},
	    {"sighting", "nights", "1"},
	    {"sighting", "nights", "1000000"},
	    {"proof", "before_points", "1"},
	    {"proof", "after_points", "1"},
	    {"proof", "before_points", "1000000"},
	    {"proof", "after_points", "1000000"},
	    {"alert", "t", "7"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char found[256];
		parse_changed(cases[i].part, cases[i].key, cases[i].value, found, sizeof(found));
		assert_string_equal(found, "");
	}
	char found[256];
	parse_changed("", "batch", "7", found, sizeof(found));
	assert_string_equal(found, "series state: \"batch\": expected a string");
	parse_changed("", "baseline_lost", "7", found, sizeof(found));
	assert_string_equal(found, "series state: \"baseline_lost\": expected true or false");
	parse_changed("", "closed_told", "7", found, sizeof(found));
	assert_string_equal(found, "series state: \"closed_told\": expected true or false");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_field_is_printed_and_read_back),
	    cmocka_unit_test(what_json_cannot_say_is_kept_as_near_as_it_can),
	    cmocka_unit_test(each_key_must_be_there_and_of_its_kind),
	    cmocka_unit_test(what_may_be_is_taken),
	};
	return cmocka_run_group_tests_name("timing/state_fields", tests, NULL, NULL);
}
