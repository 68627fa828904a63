// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <jansson.h>
#include <nettle/base64.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/http.h"
#include "base/url.h"
#include "base/memory.h"
#include "base/redact.h"

// ---- encoders of the kind that servers have -----------------------------------------------------

typedef void encoder(const char *s, struct buffer *out);

static void plain(const char *s, struct buffer *out)
{
	buffer_append_str(out, s);
}

static void percent_upper(const char *s, struct buffer *out)
{
	url_escape(s, out);
}

static void percent_every_lower(const char *s, struct buffer *out)
{
	for (; *s; s++)
		buffer_printf(out, "%%%02x", (unsigned char)*s);
}

static void percent_twice(const char *s, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer once = {0};
	url_escape(s, &once);
	url_escape(buffer_str(&once), out);
}

static void form(const char *s, struct buffer *out)
{
	for (; *s; s++) {
		char one[2] = {*s, '\0'};
		if (*s == ' ')
			buffer_append_str(out, "+");
		else
			url_escape(one, out);
	}
}

static void dump_json(const char *s, size_t flags, struct buffer *out)
{
	json_t *v = json_string(s);
	char *text = json_dumps(v, JSON_ENCODE_ANY | flags);
	buffer_append(out, text + 1, strlen(text) - 2);
	free(text);
	json_decref(v);
}

static void json(const char *s, struct buffer *out)
{
	dump_json(s, JSON_ESCAPE_SLASH, out);
}

static void json_ascii(const char *s, struct buffer *out)
{
	dump_json(s, JSON_ENSURE_ASCII, out);
}

static void json_twice(const char *s, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer once = {0};
	dump_json(s, JSON_ENSURE_ASCII, &once);
	dump_json(buffer_str(&once), 0, out);
}

static void html(const char *s, struct buffer *out)
{
	for (; *s; s++) {
		const char *name = *s == '&'    ? "&amp;"
				   : *s == '<'  ? "&lt;"
				   : *s == '>'  ? "&gt;"
				   : *s == '"'  ? "&quot;"
				   : *s == '\'' ? "&#39;"
						: NULL;
		buffer_append(out, name ? name : s, name ? strlen(name) : 1);
	}
}

static void html_numbers(const char *s, struct buffer *out)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x80)
			buffer_printf(out, *s & 1 ? "&#x%02X;" : "&#%03d;", *s);
		else
			buffer_append(out, s, 1);
}

static void html_of_json(const char *s, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer once = {0};
	json(s, &once);
	html(buffer_str(&once), out);
}

static void percent_of_json(const char *s, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer once = {0};
	json(s, &once);
	url_escape(buffer_str(&once), out);
}

static void json_of_html_of_percent(const char *s, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer once = {0}, twice = {0};
	url_escape(s, &once);
	html_numbers(buffer_str(&once), &twice);
	json(buffer_str(&twice), out);
}

static void base64_of(const char *s, struct buffer *out)
{
	char letters[512] = "";
	base64_encode_raw(letters, strlen(s), (const uint8_t *)s);
	buffer_append_str(out, letters);
}

static void login_base64(const char *s, struct buffer *out)
{
	CLEANUP_FREE char *login = memory_printf("operator:%s", s);
	base64_of(login, out);
}

static void inner_base64(const char *s, struct buffer *out)
{
	CLEANUP_FREE char *header = memory_printf("x\nAuthorization: %s\nmore", s);
	base64_of(header, out);
}

static const struct {
	const char *name;
	encoder *encode;
	bool base64;
} encoders[] = {
    {"plain", plain, false},
    {"percent", percent_upper, false},
    {"percent, each byte, small", percent_every_lower, false},
    {"percent twice", percent_twice, false},
    {"form", form, false},
    {"JSON", json, false},
    {"JSON, ASCII", json_ascii, false},
    {"JSON in JSON", json_twice, false},
    {"HTML", html, false},
    {"HTML, numbers", html_numbers, false},
    {"HTML of JSON", html_of_json, false},
    {"percent of JSON", percent_of_json, false},
    {"JSON of HTML of percent", json_of_html_of_percent, false},
    {"base64 of the login", login_base64, true},
    {"base64 around it", inner_base64, true},
};

static const char *const secrets[] = {
    "correct-horse",
    "p@ss/w\"o\\r'd&<x>",
    "100%25 sure%",
    "\\\\host\\share",
    "Z\xc3\xbcrich \xf0\x9f\x94\x91 key",
    "a+b c=d&e",
    "tab\there\nline",
    "{\"a\":1}",
    "kci_0123456789abcdefABCDEF",
};

static void each_form_of_a_secret_is_taken_out(void **state)
{
	(void)state;
	for (size_t s = 0; s < sizeof(secrets) / sizeof(secrets[0]); s++)
		for (size_t e = 0; e < sizeof(encoders) / sizeof(encoders[0]); e++) {
			CLEANUP_REDACT struct redact r = {0};
			CLEANUP_BUFFER struct buffer form_of_it = {0}, text = {0};
			redact_add_login(&r, "operator", secrets[s]);
			encoders[e].encode(secrets[s], &form_of_it);
			buffer_printf(&text, "denied: (%s), see the manual",
				      buffer_str(&form_of_it));
			redact_text(&r, &text);
			const char *wanted = "denied: (***), see the manual";
			bool whole = strcmp(buffer_str(&text), wanted) == 0;
			// Letters of base64 that hold bytes of its neighbours too may stay.
			size_t letters = strlen(secrets[s]) * 4 / 3 - 7, room = strlen(wanted);
			bool gone = encoders[e].base64 && strstr(buffer_str(&text), "***") &&
				    text.len <= room + form_of_it.len - letters;
			if (!whole && !gone)
				fail_msg("%s of \"%s\": %s", encoders[e].name, secrets[s],
					 buffer_str(&text));
		}
}

static void check(const char *secret, const char *text, const char *wanted)
{
	CLEANUP_REDACT struct redact r = {0};
	CLEANUP_BUFFER struct buffer b = {0};
	redact_add(&r, secret);
	buffer_append_str(&b, text);
	redact_text(&r, &b);
	assert_string_equal(buffer_str(&b), wanted);
}

static void what_is_no_secret_stays(void **state)
{
	(void)state;
	check("sesame", "the seas are calm %73 &#115; \\u0073",
	      "the seas are calm %73 &#115; \\u0073");
	check("on", "power is on: {\"ison\":true}", "power is ***: {\"ison\":true}");
	check("", "anything", "anything");
	check(NULL, "anything", "anything");
}

static void a_long_beginning_or_a_cut_secret_is_taken_out(void **state)
{
	(void)state;
	check("abcdefghijklmnop", "token abcdefghij... is bad", "token ***... is bad");
	check("abcdefghijklmnop", "token abcde", "token ***");
	check("abcdefghijklmnop", "abcd is fine", "abcd is fine");
}

static void json_stays_json_and_its_numbers_numbers(void **state)
{
	(void)state;
	CLEANUP_REDACT struct redact r = {0};
	CLEANUP_BUFFER struct buffer b = {0};
	redact_add(&r, "1234");
	redact_add(&r, "Power");
	buffer_append_str(&b, "{\"PowerState\":\"On\",\"Energy\":12345,\"said\":[\"pin 1234\"]}");
	redact_answer(&r, &b);
	assert_string_equal(buffer_str(&b),
			    "{\"PowerState\":\"On\",\"Energy\":12345,\"said\":[\"pin ***\"]}");
	buffer_truncate(&b, 0);
	buffer_append_str(&b, "<p>1234");
	redact_answer(&r, &b);
	assert_string_equal(buffer_str(&b), "<p>***");
}

static void a_url_says_which_of_it_is_secret(void **state)
{
	(void)state;
	CLEANUP_REDACT struct redact r = {0};
	CLEANUP_BUFFER struct buffer b = {0};
	redact_add_url(&r, "https://me:open%20it@h/x?user=bob&Access_Token=tok%2Fen1&n=12");
	buffer_append_str(&b, "bob, 12: open it, open%20it; tok/en1, tok%2fen1");
	redact_text(&r, &b);
	assert_string_equal(buffer_str(&b), "bob, 12: ***, ***; ***, ***");
}

static void urls_with_secrets_are_told_from_others(void **state)
{
	(void)state;
	static const char *const with[] = {
	    "https://tok@h/",           "https://u:p@h/",        "http://h/?token=x",
	    "http://h/a?b=c&api-key=x", "http://h/?X-Api-Key=1", "/cm?cmnd=On&password=sesame",
	    "http://h/?access_token=1", "http://h/?sig=1",       "http://h/?key=AIzaSyA-0123456789",
	};
	static const char *const without[] = {
	    "https://h/",       "https://h/@me",          "http://h/?n=1&user=bob",
	    "/on?key=POWER",    "/x?password={password}", "http://h/?tokens=3",
	    "http://h/?token=",
	};
	for (size_t i = 0; i < sizeof(with) / sizeof(with[0]); i++)
		if (!redact_url_has_secret(with[i]))
			fail_msg("no secret seen in %s", with[i]);
	for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++)
		if (redact_url_has_secret(without[i]))
			fail_msg("a secret seen in %s", without[i]);
}

static void arguments_with_secrets_are_told_from_others(void **state)
{
	(void)state;
	static const char *const with[][4] = {
	    {"/usr/bin/ipmitool", "-P", "sesame"}, {"ipmitool", "-Psesame"},
	    {"sshpass", "-p", "sesame"},           {"curl", "-u", "me:sesame"},
	    {"pdu", "--password=sesame"},          {"pdu", "--token", "sesame"},
	    {"wget", "https://me:sesame@h/"},      {"wget", "http://h/?access_token=sesame"}};
	static const char *const without[][4] = {
	    {"ipmitool", "-E", "-I", "lanplus"},    {"ipmitool", "-f", "/etc/secret"},
	    {"pdu", "--password-file=/etc/secret"}, {"ssh", "-p", "22"},
	    {"pdu", "--token", "--verbose"},        {"wget", "https://h/"}};
	for (size_t i = 0; i < sizeof(with) / sizeof(with[0]); i++) {
		const char *const words[] = {with[i][0], with[i][1], with[i][2], with[i][3], NULL};
		assert_true(redact_command_has_secret(words));
	}
	for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++) {
		const char *const words[] = {without[i][0], without[i][1], without[i][2],
					     without[i][3], NULL};
		assert_false(redact_command_has_secret(words));
	}
}

static void only_this_host_and_tls_are_unexposed(void **state)
{
	(void)state;
	static const char *const exposed[] = {"http://h/",
					      "http://127.0.0.1.evil.example/",
					      "http://localhost.evil/",
					      "http://[::2]/",
					      "HTTP://10.0.0.1:80",
					      "http://127.0.0.1@h/"};
	static const char *const safe[] = {"https://h/", "http://localhost:80/x",
					   "http://127.0.0.53", "http://[::1]:8080/",
					   "http://u:p@127.0.0.1/"};
	for (size_t i = 0; i < sizeof(exposed) / sizeof(exposed[0]); i++)
		if (!url_is_exposed(exposed[i]))
			fail_msg("%s", exposed[i]);
	for (size_t i = 0; i < sizeof(safe) / sizeof(safe[0]); i++)
		if (url_is_exposed(safe[i]))
			fail_msg("%s", safe[i]);
}

static void a_secret_does_not_go_over_plain_http(void **state)
{
	(void)state;
	const char *const tokens[] = {"X-Auth-Token: abcdef", NULL};
	const char *const accepts[] = {"Accept: text/plain", NULL};
	const struct http_request with[] = {
	    {.url = "http://192.0.2.1/", .bearer = "t0ken"},
	    {.url = "http://192.0.2.1/", .user = "u", .password = "sesame"},
	    {.url = "http://192.0.2.1/", .headers = tokens},
	    {.url = "http://u:sesame@192.0.2.1/"},
	};
	for (size_t i = 0; i < sizeof(with) / sizeof(with[0]); i++) {
		struct http_response out = {0};
		CLEANUP_ERROR struct error *e = http_perform(&with[i], NULL, &out);
		assert_non_null(e);
		assert_int_equal(error_kind(e), ERROR_CONFIG);
		assert_non_null(strstr(error_text(e), "plain http"));
		assert_null(strstr(error_text(e), "sesame"));
	}
	// Without one it goes: nobody answers there.
	const struct http_request bare = {
	    .url = "http://192.0.2.1:9/", .headers = accepts, .timeout_s = 0.2};
	struct http_response out = {0};
	CLEANUP_ERROR struct error *e = http_perform(&bare, NULL, &out);
	assert_non_null(e);
	assert_int_equal(error_kind(e), ERROR_LAB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_form_of_a_secret_is_taken_out),
	    cmocka_unit_test(what_is_no_secret_stays),
	    cmocka_unit_test(a_long_beginning_or_a_cut_secret_is_taken_out),
	    cmocka_unit_test(json_stays_json_and_its_numbers_numbers),
	    cmocka_unit_test(a_url_says_which_of_it_is_secret),
	    cmocka_unit_test(urls_with_secrets_are_told_from_others),
	    cmocka_unit_test(arguments_with_secrets_are_told_from_others),
	    cmocka_unit_test(only_this_host_and_tls_are_unexposed),
	    cmocka_unit_test(a_secret_does_not_go_over_plain_http),
	};
	return cmocka_run_group_tests_name("base/redact", tests, NULL, NULL);
}
