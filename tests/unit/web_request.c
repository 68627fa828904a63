// SPDX-License-Identifier: GPL-2.0-or-later
// Targets of requests: what they name, what is refused; the URLs that may never change their meaning;
// who may read.
#include "unit/unit.h"

#include <stdlib.h>

#include "base/memory.h"
#include "web/access.h"
#include "web/listen.h"
#include "web/route.h"

static unsigned parse(const char *target, const char *accept, struct web_request *r)
{
	return web_request_parse(target, accept, r);
}

static void a_target_is_taken_apart(void **state)
{
	(void)state;
	CLEANUP_WEB_REQUEST struct web_request r;
	assert_int_equal(parse("/run/a%7Eb~c/log.txt?line=120&q=a+b%26&empty=&flag", NULL, &r), 0);
	assert_int_equal(r.segments_count, 3);
	assert_string_equal(r.segments[0], "run");
	assert_string_equal(r.segments[1], "a~b~c");
	assert_string_equal(r.segments[2], "log");
	assert_int_equal(r.form, FORM_TEXT);
	assert_int_equal(web_parameter_number(&r, "line", 1, 1000, 7), 120);
	assert_int_equal(web_parameter_number(&r, "line", 1, 100, 7), 7);
	assert_int_equal(web_parameter_number(&r, "q", 1, 100, 7), 7);
	assert_string_equal(web_parameter(&r, "q", NULL), "a b&");
	assert_string_equal(web_parameter(&r, "empty", NULL), "");
	assert_string_equal(web_parameter(&r, "flag", NULL), "");
	assert_null(web_parameter(&r, "nothing", NULL));
}

static void the_form_is_the_suffix_or_what_is_accepted(void **state)
{
	(void)state;
	static const struct {
		const char *target, *accept;
		enum web_form form;
		const char *last;
	} cases[] = {
	    {"/boards", NULL, FORM_HTML, "boards"},
	    {"/boards", "text/html,application/xhtml+xml,*/*;q=0.8", FORM_HTML, "boards"},
	    {"/boards", "application/json", FORM_JSON, "boards"},
	    {"/boards", "text/csv, application/json", FORM_CSV, "boards"},
	    {"/boards.html", "application/json", FORM_HTML, "boards"},
	    {"/test/a.b.json", NULL, FORM_JSON, "a.b"},
	    {"/test/a.b.json.html", NULL, FORM_HTML, "a.b.json"},
	    {"/test/.json", NULL, FORM_HTML, ".json"},
	    {"/run/x/console.raw", NULL, FORM_HTML, "console.raw"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP_WEB_REQUEST struct web_request r;
		assert_int_equal(parse(cases[i].target, cases[i].accept, &r), 0);
		assert_int_equal(r.form, cases[i].form);
		assert_string_equal(r.segments[r.segments_count - 1], cases[i].last);
	}
	CLEANUP_WEB_REQUEST struct web_request first;
	assert_int_equal(parse("/index.json", NULL, &first), 0);
	assert_int_equal(first.segments_count, 0);
	assert_int_equal(first.form, FORM_JSON);
}

static void what_leads_elsewhere_is_refused(void **state)
{
	(void)state;
	static const char *const refused[] = {
	    "",
	    "boards",
	    "http://x/boards",
	    "//boards",
	    "/run//log",
	    "/run/..",
	    "/run/%2e%2e/log",
	    "/run/.",
	    "/run/a%2fb",
	    "/run/a%00b",
	    "/run/%0aX",
	    "/run/%",
	    "/run/%4",
	    "/run/%zz",
	    "/run/%ff",
	    "/boards?%",
	    "/boards?a=%0d",
	    "/run/%e2%80%ae",
	    "/run/a%1b[m",
	    "/a#b",
	    "/run/%c0%ae",
	    "*",
	};
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		CLEANUP_WEB_REQUEST struct web_request r;
		if (parse(refused[i], NULL, &r) != 400)
			fail_msg("%s is not refused", refused[i]);
	}
}

static void what_is_too_long_is_refused(void **state)
{
	(void)state;
	char target[WEB_TARGET_MAX + 2];
	memset(target, 'a', sizeof(target));
	target[0] = '/';
	target[WEB_TARGET_MAX] = '\0';
	CLEANUP_WEB_REQUEST struct web_request fits, longer, deep, many;
	assert_int_equal(parse(target, NULL, &fits), 0);
	target[WEB_TARGET_MAX] = 'a';
	target[WEB_TARGET_MAX + 1] = '\0';
	assert_int_equal(parse(target, NULL, &longer), 414);
	assert_int_equal(parse("/1/2/3/4/5/6/7/8", NULL, &deep), 0);
	web_request_deinit(&deep);
	assert_int_equal(parse("/1/2/3/4/5/6/7/8/9", NULL, &deep), 414);
	assert_int_equal(parse("/?1&2&3&4&5&6&7&8&9&10&11&12&13&14&15&16&17", NULL, &many), 414);
}

// Never strike a line off: somebody has it in a mail.
static void old_urls_keep_their_meaning(void **state)
{
	(void)state;
	static const struct {
		const char *url, *pattern;
	} frozen[] = {
	    {"/", ""},
	    {"/nights", "nights"},
	    {"/night/2026-06-04", "night/*"},
	    {"/batch/20260604T010000Z-abc123", "batch/*"},
	    {"/run/20260604T010000Z-abc123~b1~v1~1", "run/*"},
	    {"/run/ID/log?line=120", "run/*/log"},
	    {"/run/ID/log.txt?from=1&to=9&quote=1", "run/*/log"},
	    {"/run/ID/console.raw", "run/*/console.raw"},
	    {"/run/ID/live?from=0", "run/*/live"},
	    {"/findings", "findings"},
	    {"/finding/0123456789abcdef", "finding/*"},
	    {"/boards", "boards"},
	    {"/board/vx4-01", "board/*"},
	    {"/test/mmfarm.S4.at", "test/*"},
	    {"/metric/mmfarm.t.walk", "metric/*"},
	    {"/metrics-list", "metrics-list"},
	    {"/queue", "queue"},
	    {"/search?q=split", "search"},
	    {"/api", "api"},
	    {"/metrics", "metrics"},
	    {"/asset/page.css", "asset/*"},
	};
	for (size_t i = 0; i < sizeof(frozen) / sizeof(frozen[0]); i++) {
		CLEANUP_WEB_REQUEST struct web_request r;
		assert_int_equal(parse(frozen[i].url, NULL, &r), 0);
		const struct route *route = route_find(&r);
		if (!route || strcmp(route->pattern, frozen[i].pattern) != 0)
			fail_msg("%s has another meaning", frozen[i].url);
		assert_true(strlen(frozen[i].url) <= 120);
	}
	CLEANUP_WEB_REQUEST struct web_request none;
	assert_int_equal(parse("/run/ID/secret", NULL, &none), 0);
	assert_null(route_find(&none));
}

static void the_token_is_wanted_whole(void **state)
{
	(void)state;
	const struct web_access a = {.token = "0123456789abcdef"}, open = {0};
	assert_true(web_access_allows(&open, NULL));
	assert_false(web_access_allows_change(&open, NULL));
	assert_false(web_access_allows(&a, NULL));
	assert_true(web_access_allows(&a, "Bearer 0123456789abcdef"));
	assert_false(web_access_allows(&a, "Bearer 0123456789abcde"));
	assert_false(web_access_allows(&a, "Bearer 0123456789abcdef0123456789abcdef"));
	assert_false(web_access_allows(&a, "Bearer "));
	// printf 'me:0123456789abcdef' | base64
	assert_true(web_access_allows(&a, "Basic bWU6MDEyMzQ1Njc4OWFiY2RlZg=="));
	assert_false(web_access_allows_change(&a, "Basic bWU6MDEyMzQ1Njc4OWFiY2RlZg=="));
	assert_true(web_access_allows_change(&a, "Bearer 0123456789abcdef"));
	assert_false(web_access_allows(&a, "Basic !!!!"));
	assert_false(web_access_allows(&a, "Basic "));
}

static void a_foreign_name_is_not_ours(void **state)
{
	(void)state;
	const struct web_access a = {.host = "farm.example"};
	assert_true(web_access_knows_host(&a, "127.0.0.1:8080"));
	assert_true(web_access_knows_host(&a, "localhost"));
	assert_true(web_access_knows_host(&a, "[::1]:80"));
	assert_true(web_access_knows_host(&a, "FARM.example:443"));
	assert_false(web_access_knows_host(&a, "evil.example"));
	assert_false(web_access_knows_host(&a, "127.0.0.1.evil.example"));
	assert_false(web_access_knows_host(&a, "localhost.evil.example:8080"));
}

static void addresses_say_who_reaches_them(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool loopback;
		unsigned port;
	} good[] = {{"127.0.0.1:8080", true, 8080},   {"8080", true, 8080},
		    {"127.3.2.1:0", true, 0},         {"[::1]:80", true, 80},
		    {"0.0.0.0:1", false, 1},          {"[::]:9", false, 9},
		    {"192.0.2.1:65535", false, 65535}};
	static const char *const bad[] = {
	    "",        "x",     "127.0.0.1", "127.0.0.1:",   "::1:80", "host:80", "127.0.0.1:65536",
	    "[::1:80", "[]:80", ":80",       "127.0.0.1:-1", "1.2.3:4"};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct listen_address a;
		assert_null(listen_parse(good[i].text, &a));
		assert_int_equal(a.loopback, good[i].loopback);
		assert_int_equal(a.port, good[i].port);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct listen_address a;
		struct error *e = listen_parse(bad[i], &a);
		if (!e)
			fail_msg("\"%s\" is taken", bad[i]);
		error_free(e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_target_is_taken_apart),
	    cmocka_unit_test(the_form_is_the_suffix_or_what_is_accepted),
	    cmocka_unit_test(what_leads_elsewhere_is_refused),
	    cmocka_unit_test(what_is_too_long_is_refused),
	    cmocka_unit_test(old_urls_keep_their_meaning),
	    cmocka_unit_test(the_token_is_wanted_whole),
	    cmocka_unit_test(a_foreign_name_is_not_ours),
	    cmocka_unit_test(addresses_say_who_reaches_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
