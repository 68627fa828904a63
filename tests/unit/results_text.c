// SPDX-License-Identifier: GPL-2.0-or-later
// The small writers: JSON, CSV, XML, mail headers, numbers and console text for people.
#include "unit/unit.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "text/json_writer.h"
#include "results/report/report.h"
#include "results/report/show.h"
#include "text/csv.h"
#include "text/mail_address.h"
#include "text/xml.h"

static void json_is_escaped_and_comma_right(void **state)
{
	(void)state;
	CLEANUP_JSON_WRITER struct json_writer w;
	json_writer_init(&w, NULL);
	json_put_object(&w, NULL);
	json_put_text(&w, "a", "q\"\\\n\t\x1b\x7f\xc3\xa9\xff");
	json_put_array(&w, "b");
	json_put_int(&w, NULL, INT64_MIN + 1);
	json_put_flag(&w, NULL, false);
	json_put_end(&w, ']');
	json_put_object(&w, "c");
	json_put_end(&w, '}');
	json_put_text_if(&w, "absent", NULL);
	json_put_double_if(&w, "nan", NAN);
	json_put_end(&w, '}');
	assert_string_equal(buffer_str(&w.text),
			    "{\"a\":\"q\\\"\\\\\\n\\t\\u001b\\u007f\xc3\xa9\xef\xbf\xbd\","
			    "\"b\":[-9223372036854775807,false],\"c\":{}}");
}

static void numbers_read_back_the_same(void **state)
{
	(void)state;
	const double values[] = {0,        1,     -0.1,   1.6e-7,        1.0 / 3,
				 62500000, 1e300, 5e-324, 123456789.125, 1e15,
				 -3,       -0.0,  1e18};
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		CLEANUP_JSON_WRITER struct json_writer w;
		json_writer_init(&w, NULL);
		json_put_double(&w, NULL, values[i]);
		double back = strtod(buffer_str(&w.text), NULL);
		assert_true(back == values[i] && signbit(back) == signbit(values[i]));
	}
}

static void a_write_that_fails_is_reported(void **state)
{
	(void)state;
	FILE *full = fopen("/dev/full", "w");
	CLEANUP_JSON_WRITER struct json_writer w;
	json_writer_init(&w, full);
	json_put_text(&w, NULL, "x");
	CLEANUP_ERROR struct error *e = json_writer_finish(&w, "document");
	fclose(full);
	assert_non_null(e);
}

static void csv_fields_are_quoted_where_needed(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer out = {0};
	csv_field("plain", &out);
	csv_field("a,b", &out);
	csv_field("say \"x\"\r\n", &out);
	assert_string_equal(buffer_str(&out), "plain\"a,b\"\"say \"\"x\"\"\n\"");
}

static void xml_has_no_markup_and_no_forbidden_characters(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer out = {0};
	xml_escape("<a b='\"'>&\x01\x1b\xef\xbf\xbe\n\xc3\xa9", &out);
	assert_string_equal(buffer_str(&out), "&lt;a b=&#39;&quot;&#39;&gt;&amp;\xef\xbf\xbd\xef"
					      "\xbf\xbd\xef\xbf\xbd\n\xc3\xa9");
}

static void assert_number(double value, const char *unit, const char *prefix, const char *expected)
{
	CLEANUP_BUFFER struct buffer out = {0};
	show_number(value, unit, prefix, &out);
	assert_string_equal(buffer_str(&out), expected);
}

static void numbers_are_shown_with_their_prefix(void **state)
{
	(void)state;
	assert_number(1.6e-7, "s", "metric", "160 ns");
	assert_number(0.25, "s", "metric", "250 ms");
	assert_number(-2e-3, "s", "metric", "-2 ms");
	assert_number(62500000, "Hz", "metric", "62.5 MHz");
	assert_number(0, "s", "metric", "0 s");
	assert_number(1e-15, "s", "metric", "1e-06 ns");
	assert_number(4.0 * 1024 * 1024 * 1024, "B", "binary", "4 GiB");
	assert_number(512, "B", "binary", "512 B");
	assert_number(720, "KB", NULL, "720 KB");
	assert_number(42, NULL, NULL, "42");
}

static void console_text_cannot_drive_a_terminal(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer out = {0};
	show_console_text("a\r\nb\x1b[2J\tc\r\r\nd\re", &out);
	assert_string_equal(buffer_str(&out), "a\nb\\x1b[2J\tc\nd\\x0de");
}

static void times_are_shown_in_utc_to_the_second(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer out = {0};
	show_time("2026-06-04T01:10:00.123456Z", &out);
	show_time("2026-06-04T01:10:00+02:00", &out);
	assert_string_equal(buffer_str(&out), "2026-06-04 01:10:00 UTC2026-06-04T01:10:00+02:00");
}

static void mail_addresses_cannot_add_headers_or_options(void **state)
{
	(void)state;
	assert_true(mail_address_is_valid("a@b"));
	assert_true(mail_address_is_valid("The List <list@kernel.example>"));
	assert_false(mail_address_is_valid("nobody"));
	assert_false(mail_address_is_valid("-oX@b"));
	assert_false(mail_address_is_valid("a@b\r\nBcc: c@d"));
	assert_false(mail_address_is_valid("a@b, c@d"));
	assert_false(mail_address_is_valid("@b"));
	assert_false(mail_address_is_valid("a@"));
}

static void assert_no_message(const char *text)
{
	CLEANUP_ARENA struct arena arena = {0};
	struct mail_kept kept;
	if (mail_message_read(text, &arena, &kept))
		fail_msg("read as a message: %s", text);
}

static void a_message_says_first_whom_it_is_for(void **state)
{
	(void)state;
	CLEANUP_ARENA struct arena arena = {0};
	struct mail_kept kept;
	assert_true(mail_message_read("mmfarm-mail/1\r\nresult: lab\r\nid: n1.ab\r\n"
				      "thread: n0\r\nthread: m9\r\n\r\nSubject: x\r\n",
				      &arena, &kept));
	assert_int_equal(kept.result, MAIL_LAB);
	assert_string_equal(kept.id, "n1.ab");
	assert_int_equal(kept.threads_count, 2);
	assert_string_equal(kept.threads[0], "n0");
	assert_string_equal(kept.threads[1], "m9");
	assert_string_equal(kept.message, "Subject: x\r\n");
	assert_no_message("");
	assert_no_message("Subject: x\r\n");
	assert_no_message("mmfarm-mail/1\r\nresult: labs\r\nid: a\r\n\r\n");
	assert_no_message("mmfarm-mail/1\r\nresult: lab\r\n\r\n");           // no id
	assert_no_message("mmfarm-mail/1\r\nresult: lab\r\nid: a\r\n");      // no end
	assert_no_message("mmfarm-mail/1\r\nid: a\r\nthread: ../x\r\n\r\n"); // no batch's name
	assert_no_message("mmfarm-mail/1\r\nid: a\r\nwho: b\r\n\r\n");
}

static void a_message_id_has_the_senders_domain(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer out = {0};
	mail_put_id("n1.ab", "Farm <farm@lab.example>", &out);
	assert_string_equal(buffer_str(&out), "<n1.ab@lab.example>");
	assert_true(mail_id_is_valid("<n1.ab@lab.example>"));
	assert_false(mail_id_is_valid("n1.ab@lab.example"));
	assert_false(mail_id_is_valid("<n1 ab@lab.example>"));
	assert_false(mail_id_is_valid("<a@b>\r\nBcc: <c@d>"));
	assert_false(mail_id_is_valid("<a@b> <c@d>"));
	assert_false(mail_id_is_valid("<ab>"));
	assert_false(mail_id_is_valid(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(json_is_escaped_and_comma_right),
	    cmocka_unit_test(numbers_read_back_the_same),
	    cmocka_unit_test(a_write_that_fails_is_reported),
	    cmocka_unit_test(csv_fields_are_quoted_where_needed),
	    cmocka_unit_test(xml_has_no_markup_and_no_forbidden_characters),
	    cmocka_unit_test(numbers_are_shown_with_their_prefix),
	    cmocka_unit_test(console_text_cannot_drive_a_terminal),
	    cmocka_unit_test(times_are_shown_in_utc_to_the_second),
	    cmocka_unit_test(mail_addresses_cannot_add_headers_or_options),
	    cmocka_unit_test(a_message_says_first_whom_it_is_for),
	    cmocka_unit_test(a_message_id_has_the_senders_domain),
	};
	return cmocka_run_group_tests_name("results/text", tests, NULL, NULL);
}
