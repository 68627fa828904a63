// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include "base/placeholder.h"
#include "board/power/http_template.h"

static const struct http_template *find(const char *name)
{
	for (const struct http_template *t = http_templates; t->name; t++)
		if (strcmp(t->name, name) == 0)
			return t;
	fail_msg("no template %s", name);
	return NULL;
}

static void values_in_a_path_cannot_add_to_it(void **state)
{
	(void)state;
	const struct placeholder v[] = {
	    {"outlet", "1&x=y/../z"}, {"host", "a b"}, {"user", "me"}, {"password", "p%?#&"}, {0}};
	CLEANUP_BUFFER struct buffer out = {0};
	placeholder_fill("/on?o={outlet}&h={host}&u={user}&p={password}&{other}", v, true, &out);
	assert_string_equal(buffer_str(&out),
			    "/on?o=1%26x%3Dy%2F..%2Fz&h=a%20b&u=me&p=p%25%3F%23%26"
			    "&{other}");
}

static void each_make_tells_its_state(void **state)
{
	(void)state;
	static const struct {
		const char *make, *body, *outlet;
		enum power_state state;
	} cases[] = {
	    {"tasmota", "{\"POWER\":\"ON\"}", "", POWER_STATE_ON},
	    {"tasmota", "{\"POWER1\":\"ON\",\"POWER2\":\"OFF\"}", "2", POWER_STATE_OFF},
	    {"tasmota", "{\"WARNING\":\"Need user=<username>\"}", "", POWER_STATE_UNKNOWN},
	    {"shelly", "{\"ison\":true,\"timer\":0}", "0", POWER_STATE_ON},
	    {"shelly", "{\"ison\":\"true\"}", "0", POWER_STATE_UNKNOWN},
	    {"shelly2", "{\"id\":0,\"output\":false}", "0", POWER_STATE_OFF},
	    {"netio", "{\"Outputs\":[{\"ID\":1,\"State\":0},{\"ID\":2,\"State\":1}]}", "2",
	     POWER_STATE_ON},
	    {"netio", "{\"Outputs\":[{\"ID\":1,\"State\":0}]}", "2", POWER_STATE_UNKNOWN},
	    {"netio", "<html>", "1", POWER_STATE_UNKNOWN},
	    {"shelly", "", "0", POWER_STATE_UNKNOWN},
	    {"tasmota", "[1]", "", POWER_STATE_UNKNOWN},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (find(cases[i].make)->state(cases[i].body, cases[i].outlet) != cases[i].state)
			fail_msg("%s: %s", cases[i].make, cases[i].body);
}

static void each_make_tells_what_is_wrong(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
	    {"{\"output\":false,\"errors\":[\"overpower\",\"overtemp\"]}", "overpower, overtemp"},
	    {"{\"ison\":false,\"overpower\":true}", "overpower"},
	    {"{\"code\":-103,\"message\":\"id 9 not found\"}", "id 9 not found"},
	    {"{\"WARNING\":\"Need user=<username>\"}", "Need user=<username>"},
	    {"{\"ison\":true,\"overpower\":false,\"errors\":[]}", ""},
	    {"<html>", ""},
	    {"[\"error\"]", ""},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP_BUFFER struct buffer words = {0};
		http_template_complaint(cases[i][0], &words);
		assert_string_equal(buffer_str(&words), cases[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values_in_a_path_cannot_add_to_it),
	    cmocka_unit_test(each_make_tells_its_state),
	    cmocka_unit_test(each_make_tells_what_is_wrong),
	};
	return cmocka_run_group_tests_name("board/power/http_template", tests, NULL, NULL);
}
