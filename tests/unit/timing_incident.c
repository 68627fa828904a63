// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include "timing/evaluate/alert.h"

static struct alert alert_between(int64_t from, int64_t to, double shift, double sigma)
{
	return (struct alert){.from = {from, 0}, .to = {to, 0}, .shift = shift, .sigma = sigma};
}

static void ranges_that_meet_are_one_incident_named_by_its_clearest_member(void **state)
{
	(void)state;
	const struct alert alerts[] = {
	    alert_between(50, 53, 0.02, 0.01), // second incident
	    alert_between(10, 14, 0.10, 0.05),
	    alert_between(13, 15, 0.05, 0.001), // clearest of the first
	    alert_between(12, 13, -0.3, 0.1),
	};
	struct incident_member members[4];
	for (size_t i = 0; i < 4; i++)
		members[i] = (struct incident_member){"key", &alerts[i]};
	size_t incident[4];
	bool title[4];
	assert_int_equal(incidents_group(members, 4, incident, title), 2);
	assert_int_equal(incident[0], 1);
	assert_int_equal(incident[1], 0);
	assert_int_equal(incident[2], 0);
	assert_int_equal(incident[3], 0);
	assert_true(title[0] && title[2] && !title[1] && !title[3]);
}

static void ranges_that_only_touch_are_two(void **state)
{
	(void)state;
	const struct alert alerts[] = {alert_between(1, 2, 1, 1), alert_between(2, 3, 1, 1)};
	const struct incident_member members[] = {{"a", &alerts[0]}, {"b", &alerts[1]}};
	size_t incident[2];
	bool title[2];
	assert_int_equal(incidents_group(members, 2, incident, title), 2);
}

static void no_alerts_are_no_incident(void **state)
{
	(void)state;
	assert_int_equal(incidents_group(NULL, 0, NULL, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ranges_that_meet_are_one_incident_named_by_its_clearest_member),
	    cmocka_unit_test(ranges_that_only_touch_are_two),
	    cmocka_unit_test(no_alerts_are_no_incident),
	};
	return cmocka_run_group_tests_name("timing/incident", tests, NULL, NULL);
}
