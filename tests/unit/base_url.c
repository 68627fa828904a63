// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include "base/memory.h"
#include "base/placeholder.h"
#include "base/url.h"

static const char *const http[] = {"http", "https", NULL};

static void what_is_wrong_with_a_url_is_told(void **state)
{
	(void)state;
	static const struct {
		const char *url, *wrong;
		bool server;
	} cases[] = {
	    {"http://h", NULL, true},
	    {"https://h:8080/shelf/7/", NULL, true},
	    {"HTTPS://h/", NULL, true},
	    {"http://[::1]:80", NULL, true},
	    {"https://h/{batch}?n={item}", NULL, false},
	    {"https://h/a?n=1#x", "more than a path", true},
	    {"https://h/a?", "more than a path", true},
	    {"ftp://h", "not such a URL", false},
	    {"h", "not such a URL", false},
	    {"httpx://h", "not such a URL", false},
	    {"http:/h", "not such a URL", false},
	    {"http://", "it names no host", false},
	    {"http:///path", "it names no host", false},
	    {"http://:80", "no URL", false},
	    {"http://h x", "no URL", false},
	    {"http://h:99999", "no URL", false},
	    {"http://h:+8", "no URL", false},
	    {"http://h:", "no port", false},
	    {"http://h:/x", "no port", false},
	    {"http://h/\"", "no URL", false},
	    {"http://h/\x7f", "no URL", false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *wrong = url_check(cases[i].url, http, cases[i].server);
		if (!wrong != !cases[i].wrong || (wrong && strcmp(wrong, cases[i].wrong) != 0))
			fail_msg("%s: %s", cases[i].url, wrong ? wrong : "accepted");
	}
}

static void two_names_of_one_server_are_one(void **state)
{
	(void)state;
	static const char *const same[][2] = {
	    {"HTTP://Plug-01.Lab/cm?cmnd=Power1", "http://plug-01.lab/cm?cmnd=Power1"},
	    {"http://h:80/a", "http://h/a"},
	    {"https://h:443", "https://h/"},
	};
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		CLEANUP_BUFFER struct buffer a = {0}, b = {0};
		url_normal(same[i][0], &a);
		url_normal(same[i][1], &b);
		assert_string_equal(buffer_str(&a), buffer_str(&b));
	}
	CLEANUP_BUFFER struct buffer path = {0};
	url_normal("http://h:8080/A", &path);
	assert_string_equal(buffer_str(&path), "http://h:8080/A");
}

static void a_token_is_taken_out_of_an_address(void **state)
{
	(void)state;
	CLEANUP_FREE char *url = NULL;
	CLEANUP_FREE char *token = NULL;
	assert_true(url_split_token("https://t%2Fk@db.example:8/x/", &url, &token));
	assert_string_equal(url, "https://db.example:8/x/");
	assert_string_equal(token, "t/k");
	CLEANUP_FREE char *none = NULL;
	CLEANUP_FREE char *nobody = NULL;
	assert_false(url_split_token("https://db.example/", &none, &nobody));
	assert_false(url_split_token("no address", &none, &nobody));
}

static void a_login_is_seen_also_where_it_is_no_url(void **state)
{
	(void)state;
	assert_true(url_has_login("http://u:p@h"));
	assert_true(url_has_login("token@h"));
	assert_true(url_has_login("http://u:p@h x"));
	assert_false(url_has_login("http://h/@x"));
	assert_false(url_has_login("http://h?u=@"));
}

static void placeholders_that_are_not_known_are_found(void **state)
{
	(void)state;
	static const struct placeholder list[] = {{"run", "R 1"}, {"item", NULL}, {0}};
	assert_null(placeholder_find_unknown("a{run}b{item}", list));
	const char *text = "{run}/{ruin}";
	assert_ptr_equal(placeholder_find_unknown(text, list), text + 6);
	assert_non_null(placeholder_find_unknown("{run", list));
	CLEANUP_BUFFER struct buffer out = {0};
	placeholder_fill("{run}-{item}-{x}-{", list, true, &out);
	assert_string_equal(buffer_str(&out), "R%201--{x}-{");
	assert_true(placeholder_uses("x{run}", "run"));
	assert_false(placeholder_uses("x{runs}", "run"));
	assert_false(placeholder_uses(NULL, "run"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_wrong_with_a_url_is_told),
	    cmocka_unit_test(two_names_of_one_server_are_one),
	    cmocka_unit_test(a_token_is_taken_out_of_an_address),
	    cmocka_unit_test(a_login_is_seen_also_where_it_is_no_url),
	    cmocka_unit_test(placeholders_that_are_not_known_are_found),
	};
	return cmocka_run_group_tests_name("base/url", tests, NULL, NULL);
}
