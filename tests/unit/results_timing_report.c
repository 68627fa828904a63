// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "results/report/timing_report.h"

static struct alert alert_with(struct transition *history)
{
	history[0] = (struct transition){.reason = (char *)(uintptr_t) "said \"so\"\n"};
	return (struct alert){.id = "0123456789abcdef",
			      .kind = ALERT_STEP,
			      .relative = 0.0312345678912,
			      .low = 0.03,
			      .high = 0.04,
			      .t = 12.5,
			      .commit_from = "a",
			      .commit_to = "b",
			      .board = "vx4-01",
			      .transitions = history,
			      .transitions_count = 1};
}

static json_t *parsed(const char *key, const struct alert *a)
{
	CLEANUP_BUFFER struct buffer out = {0};
	json_error_t why;
	alert_report_json(key, a, &out);
	assert_int_equal(out.data[out.len - 1], '\n');
	json_t *root = json_loadb(out.data, out.len, 0, &why);
	if (!root)
		fail_msg("%s: %s", why.text, buffer_str(&out));
	return root;
}

static void an_alert_is_json_whatever_its_series_is_called(void **state)
{
	(void)state;
	static const char *const keys[] = {"plain",    "qu\"ote\\", "cut \xc3",
					   "\xff\xfe", "\x7f\x01",  "Cort\xc3\xabx"};
	struct transition history[1];
	const struct alert a = alert_with(history);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		json_t *root = parsed(keys[i], &a);
		const char *series = json_string_value(json_object_get(root, "series"));
		assert_non_null(series);
		if (i == 1 || i == 5)
			assert_string_equal(series, keys[i]);
		json_decref(root);
	}
}

static void an_alert_has_its_numbers_with_nine_digits(void **state)
{
	(void)state;
	struct transition history[1];
	struct alert a = alert_with(history);
	a.ab_p = NAN;
	CLEANUP_BUFFER struct buffer out = {0};
	alert_report_json("k", &a, &out);
	assert_non_null(strstr(buffer_str(&out), "\"relative\":0.0312345679,"));
	// What is no number is not said: JSON has no word for it.
	assert_null(strstr(buffer_str(&out), "ab_p"));
	json_t *root = parsed("k", &a);
	assert_string_equal(json_string_value(json_object_get(root, "reason")), "said \"so\"\n");
	json_decref(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_alert_is_json_whatever_its_series_is_called),
	    cmocka_unit_test(an_alert_has_its_numbers_with_nine_digits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
