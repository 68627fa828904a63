// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include "text/format.h"
#include "base/url.h"

struct sample {
	const char *text;
	bool fits;
};

#define CHECK_ALL(samples, fits_fn)                                                             \
	for (size_t i = 0; i < sizeof(samples) / sizeof((samples)[0]); i++)                     \
		if (fits_fn((samples)[i].text, strlen((samples)[i].text)) != (samples)[i].fits) \
	fail_msg("\"%s\" should%s fit", (samples)[i].text, (samples)[i].fits ? "" : " not")

static void times_are_rfc_3339_with_zone(void **state)
{
	(void)state;
	const struct sample samples[] = {
	    {"2026-06-04T01:10:00Z", true},
	    {"2026-06-04T01:10:00.123456789+02:00", true},
	    {"2026-06-04t01:10:00z", true},
	    {"2024-02-29T00:00:00Z", true},
	    {"2000-02-29T00:00:00Z", true},
	    {"9999-12-31T23:59:59Z", true},
	    {"2026-02-30T00:00:00Z", false},
	    {"2023-02-29T00:00:00Z", false},
	    {"1900-02-29T00:00:00Z", false},
	    {"0000-01-01T00:00:00Z", false},
	    {"2026-06-04T01:10:00", false},
	    {"2026-06-04 01:10:00Z", false},
	    {"2026-06-04T01:10Z", false},
	    {"2026-06-04T01:10:60Z", false},
	    {"2016-12-31T23:59:60Z", true}, // leap seconds, RFC 3339 section 5.8
	    {"1990-12-31T15:59:60-08:00", true},
	    {"2016-12-31T23:59:60+01:00", false},
	    {"2016-12-30T23:59:60Z", false},
	    {"2016-12-31T23:59:61Z", false},
	    {"2026-06-04T24:00:00Z", false},
	    {"2026-06-04T01:10:00+0200", false},
	    {"2026-06-04T01:10:00.Z", false},
	    {"2026-06-04T01:10:00Z\n", false},
	    {"", false},
	};
	CHECK_ALL(samples, format_is_date_time);
}

static void uris_are_absolute_and_encoded(void **state)
{
	(void)state;
	const struct sample samples[] = {
	    {"https://h.example/r/7001/console.raw", true},
	    {"http://h/%20", true},
	    {"file:///srv/x", true},
	    {"http://[::1]:80/", true},
	    {"https://user:pw@h/x?q=a/b?c#f", true},
	    {"urn:x:y", true},
	    {"https://h", true},
	    {"r/7001/console.raw", false},
	    {"https://h/a b", false},
	    {"https://h/\xc3\xa4", false},
	    {"https://h/[x]", false},
	    {"https://h/{x}", false},
	    {"https://h/%2", false},
	    {"https://h/%zz", false},
	    {"https://h:8x/", false},
	    {"https://[::1/", false},
	    {"1https://h/", false},
	    {"://h/", false},
	    {"https://h/a#b#c", false},
	    {"", false},
	    {"http://[::ffff:192.0.2.1]:80/", true},
	    {"http://[v1.fe:80]/", true},
	    {"http://[1:2]/", false},
	    {"http://[1::2::3]/", false},
	    {"http://[::1%25eth0]/", false},
	    {"http://[v1.]/", false},
	    {"http://[v.x]/", false},
	    {"http://[]/", false},
	    {"http://[::1", false},
	};
	CHECK_ALL(samples, format_is_uri);
}

static void paths_are_dotted_words(void **state)
{
	(void)state;
	const struct sample samples[] = {
	    {"boot", true}, {"a.b-c.D_e", true}, {"", true},      {".", false},
	    {"a.", false},  {".a", false},       {"a..b", false}, {"a/b", false},
	    {"a b", false}, {"\xc3\xa9", false},
	};
	CHECK_ALL(samples, format_is_path);
}

static void ids_need_an_origin(void **state)
{
	(void)state;
	const struct sample samples[] = {
	    {"mmfarm:t-1", true}, {"mmfarm:", true},    {"a_1:x:y", true}, {"7001", false},
	    {":x", false},        {"mm-farm:1", false}, {"MM:1", false},
	};
	CHECK_ALL(samples, format_is_id);
}

static void assert_path(const char *raw, const char *expected)
{
	CLEANUP_BUFFER struct buffer path = {0};
	format_path(raw, &path);
	assert_string_equal(buffer_str(&path), expected);
	assert_true(format_is_path(buffer_str(&path), path.len));
}

static void any_text_becomes_a_path(void **state)
{
	(void)state;
	assert_path("mmfarm.tlbi.rvaale1is[512]", "mmfarm.tlbi.rvaale1is_512_");
	assert_path("..a...b/c..", "a.b_c");
	assert_path("...", "");
	assert_path("\xc3\xa9", "__");
}

static void percent_encoding_keeps_only_unreserved(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer out = {0};
	url_escape("a b/\xc3\xa4#~", &out);
	assert_string_equal(buffer_str(&out), "a%20b%2F%C3%A4%23~");
	buffer_truncate(&out, 0);
	url_escape_path("a/b", &out);
	assert_string_equal(buffer_str(&out), "a/b");
}

static void times_count_from_1970_whatever_the_zone(void **state)
{
	(void)state;
	long long ns;
	assert_true(format_parse_time("1970-01-01T00:00:01.5Z", &ns));
	assert_int_equal(ns, 1500000000);
	assert_true(format_parse_time("1970-01-01T02:00:00+02:00", &ns));
	assert_int_equal(ns, 0);
	assert_true(format_parse_time("9999-12-31T23:59:59Z", &ns));
	assert_true(ns > 0);
}

static void words_cannot_leave_a_directory(void **state)
{
	(void)state;
	assert_true(format_is_word("20260604T010000Z-abc-vx4.01-1"));
	assert_false(format_is_word("../x"));
	assert_false(format_is_word("a/b"));
	assert_false(format_is_word(".."));
	assert_false(format_is_word(""));
	assert_false(format_is_word("-x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(times_are_rfc_3339_with_zone),
	    cmocka_unit_test(uris_are_absolute_and_encoded),
	    cmocka_unit_test(paths_are_dotted_words),
	    cmocka_unit_test(ids_need_an_origin),
	    cmocka_unit_test(any_text_becomes_a_path),
	    cmocka_unit_test(percent_encoding_keeps_only_unreserved),
	    cmocka_unit_test(times_count_from_1970_whatever_the_zone),
	    cmocka_unit_test(words_cannot_leave_a_directory),
	};
	return cmocka_run_group_tests_name("results/format", tests, NULL, NULL);
}
