// SPDX-License-Identifier: GPL-2.0-or-later
// How text travels in a mail: the plainest encoding that carries it unchanged.
#include "unit/unit.h"

#include <stdlib.h>

#include "text/quoted_printable.h"

static enum mail_encoding encoding_of(const char *s)
{
	return mail_encoding_of(s, strlen(s));
}

static void the_plainest_encoding_that_fits_is_chosen(void **state)
{
	(void)state;
	char line[1001];
	memset(line, 'x', sizeof(line));
	line[998] = '\0';
	assert_int_equal(encoding_of(line), MAIL_7BIT);
	line[998] = 'x';
	line[999] = '\0';
	assert_int_equal(encoding_of(line), MAIL_QUOTED_PRINTABLE);
	line[500] = '\n';
	assert_int_equal(encoding_of(line), MAIL_7BIT);
	line[10] = '\xc3';
	assert_int_equal(encoding_of(line), MAIL_8BIT);
	assert_int_equal(encoding_of(""), MAIL_7BIT);
	assert_int_equal(encoding_of("a\rb"), MAIL_QUOTED_PRINTABLE);
	assert_int_equal(mail_encoding_of("a\0b", 3), MAIL_QUOTED_PRINTABLE);
	assert_string_equal(mail_encoding_name(MAIL_7BIT), "7bit");
	assert_string_equal(mail_encoding_name(MAIL_8BIT), "8bit");
	assert_string_equal(mail_encoding_name(MAIL_QUOTED_PRINTABLE), "quoted-printable");
}

static void assert_encoded(enum mail_encoding e, const char *text, const char *expected)
{
	CLEANUP_BUFFER struct buffer out = {0};
	mail_encode(e, text, strlen(text), &out);
	assert_string_equal(buffer_str(&out), expected);
}

static void lines_end_as_mail_has_them(void **state)
{
	(void)state;
	assert_encoded(MAIL_8BIT, "a\n\nb\xc3\xa9", "a\r\n\r\nb\xc3\xa9\r\n");
	assert_encoded(MAIL_7BIT, "", "");
	assert_encoded(MAIL_7BIT, "\n", "\r\n");
}

static void what_a_server_may_change_is_quoted(void **state)
{
	(void)state;
	assert_encoded(MAIL_QUOTED_PRINTABLE, "a=b \x7f\xc3\xa9\r\nx \ty \nz\t",
		       "a=3Db =7F=C3=A9=0D\r\nx \ty=20\r\nz=09\r\n");
}

// 75 characters and the `=`, no quoted byte cut in two.
static void no_line_is_longer_than_76_characters(void **state)
{
	(void)state;
	char text[76 + 3];
	memset(text, 'x', sizeof(text));
	text[75] = '\0';
	CLEANUP_BUFFER struct buffer exact = {0}, cut = {0}, whole = {0};
	mail_encode(MAIL_QUOTED_PRINTABLE, text, 75, &exact);
	assert_int_equal(exact.len, 77);
	text[75] = 'y';
	mail_encode(MAIL_QUOTED_PRINTABLE, text, 76, &cut);
	assert_int_equal(cut.len, 75 + 3 + 1 + 2);
	assert_memory_equal(cut.data + 75, "=\r\ny\r\n", 6);
	text[73] = '=';
	mail_encode(MAIL_QUOTED_PRINTABLE, text, 75, &whole);
	assert_memory_equal(whole.data + 73, "=\r\n=3Dx\r\n", 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_plainest_encoding_that_fits_is_chosen),
	    cmocka_unit_test(lines_end_as_mail_has_them),
	    cmocka_unit_test(what_a_server_may_change_is_quoted),
	    cmocka_unit_test(no_line_is_longer_than_76_characters),
	};
	return cmocka_run_group_tests_name("text/quoted_printable", tests, NULL, NULL);
}
