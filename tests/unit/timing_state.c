// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/timing_nights.h"

static void fill_state(struct lab *l)
{
	for (size_t i = 0; i < 90; i++)
		lab_night(l, i, lab_noise(l, i < 60 ? 100 : 112, 0.01));
	struct alert *a = lab_alert(l, ALERT_STEP);
	assert_non_null(a);
	assert_null(alert_acknowledge(a, "eve \"the\" tester", "bug\n7", 99));
	a->t = INFINITY;
}

static void the_state_survives_printing_and_parsing(void **state)
{
	(void)state;
	struct lab *l = lab_new();
	fill_state(l);
	CLEANUP_BUFFER struct buffer first = {0}, second = {0};
	series_state_print(&l->state, &first);
	CLEANUP_SERIES_STATE struct series_state again = {0};
	assert_null(series_state_parse(first.data, first.len, &again));
	series_state_print(&again, &second);
	assert_string_equal(buffer_str(&first), buffer_str(&second));
	assert_int_equal(again.alerts_count, l->state.alerts_count);
	assert_string_equal(alert_find(&again, lab_alert(l, ALERT_STEP)->id)->bug, "bug\n7");
	lab_free(l);
}

// A farm that restarts between any two nights must decide as one that never did.
static void nights_through_the_store_decide_as_nights_in_memory(void **state)
{
	(void)state;
	struct lab *kept = lab_new(), *stored = lab_new();
	for (size_t i = 0; i < 120; i++) {
		double level = i < 50 ? 100 : i < 80 ? 108 : 100;
		lab_night(kept, i, lab_noise(kept, level, 0.01));
		CLEANUP_BUFFER struct buffer text = {0};
		series_state_print(&stored->state, &text);
		series_state_deinit(&stored->state);
		assert_null(series_state_parse(text.data, text.len, &stored->state));
		lab_night(stored, i, lab_noise(stored, level, 0.01));
	}
	CLEANUP_BUFFER struct buffer a = {0}, b = {0};
	series_state_print(&kept->state, &a);
	series_state_print(&stored->state, &b);
	assert_string_equal(buffer_str(&a), buffer_str(&b));
	assert_true(kept->state.alerts_count >= 2);
	lab_free(kept);
	lab_free(stored);
}

static void a_broken_document_is_refused_with_what_was_expected(void **state)
{
	(void)state;
	static const struct {
		const char *text, *message;
	} cases[] = {
	    {"[1,\n  x]", "series state:2:3: invalid token near 'x'"},
	    {"{}", "series state: \"format\": expected mmfarm-series-state/1"},
	    {"{\"format\":\"mmfarm-series-state/1\"}",
	     "series state: \"announced\": expected true or false"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct series_state s = {0};
		CLEANUP_ERROR struct error *e =
		    series_state_parse(cases[i].text, strlen(cases[i].text), &s);
		assert_non_null(e);
		assert_string_equal(error_text(e), cases[i].message);
		assert_int_equal(s.alerts_count, 0);
	}
}

static void every_truncation_is_refused(void **state)
{
	(void)state;
	struct lab *l = lab_new();
	fill_state(l);
	CLEANUP_BUFFER struct buffer text = {0};
	series_state_print(&l->state, &text);
	for (size_t len = 0; len < text.len; len += 13) {
		struct series_state s = {0};
		CLEANUP_ERROR struct error *e = series_state_parse(text.data, len, &s);
		assert_non_null(e);
	}
	lab_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_state_survives_printing_and_parsing),
	    cmocka_unit_test(nights_through_the_store_decide_as_nights_in_memory),
	    cmocka_unit_test(a_broken_document_is_refused_with_what_was_expected),
	    cmocka_unit_test(every_truncation_is_refused),
	};
	return cmocka_run_group_tests_name("timing/state", tests, NULL, NULL);
}
