// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "text/utf8.h"
#include "text/csv.h"
#include "text/terminal.h"

// Whether the text holds nothing that drives a terminal: valid UTF-8 of safe characters.
static void assert_safe(const struct buffer *text)
{
	for (size_t i = 0; i < text->len;) {
		uint32_t code;
		bool ok;
		i += utf8_decode(text->data + i, text->len - i, &code, &ok);
		assert_true(ok);
		assert_true(terminal_is_safe(code));
	}
}

static void check(const char *text, const char *lines, const char *line)
{
	CLEANUP_BUFFER struct buffer out = {0};
	terminal_text(text, strlen(text), &out);
	assert_string_equal(buffer_str(&out), lines);
	buffer_truncate(&out, 0);
	terminal_line(text, &out);
	assert_string_equal(buffer_str(&out), line);
}

static void what_drives_a_terminal_is_shown(void **state)
{
	(void)state;
	check("\033]0;owned\a", "\\x1b]0;owned\\x07", "\\x1b]0;owned\\x07");
	check("a\r\nb\tc\rd", "a\nb\tc\\x0dd", "a\\x0d\\nb\\tc\\x0dd");
	check("\x7f\xc2\x9b"
	      "2J",
	      "\\u007f\\u009b2J", "\\u007f\\u009b2J");
	check("\x9b"
	      "2J \xff\xfe",
	      "\\x9b2J \\xff\\xfe", "\\x9b2J \\xff\\xfe");
	check("\xe2\x80\xae"
	      "abc\xe2\x81\xa6\xd8\x9c\xe2\x80\x8f",
	      "\\u202eabc\\u2066\\u061c\\u200f", "\\u202eabc\\u2066\\u061c\\u200f");
	check("\xe2\x80\xa8\xe2\x80\xa9\xf3\xa0\x81\x81", "\\u2028\\u2029\\udb40\\udc41",
	      "\\u2028\\u2029\\udb40\\udc41");
	check("M\xc3\xbcnchen \xe2\x82\xac \xf0\x9f\x92\xa5",
	      "M\xc3\xbcnchen \xe2\x82\xac \xf0\x9f\x92\xa5",
	      "M\xc3\xbcnchen \xe2\x82\xac \xf0\x9f\x92\xa5");
	check("\xc3(", "\\xc3(", "\\xc3(");
}

static void pieces_give_what_the_whole_gives(void **state)
{
	(void)state;
	srand(1);
	static const char *const parts[] = {
	    "\033[1;31m", "\033[2J", "\xc2\x9b", "\xe2\x80\xae", "\xf0\x9f\x92\xa5",
	    "\r\n",       "\r",      "\n",       "plain",        "\xf0\x9f",
	    "\xff",       "\033[1",  "\x7f",     "\xe2\x80"};
	for (int round = 0; round < 2000; round++) {
		CLEANUP_BUFFER struct buffer text = {0}, whole = {0}, pieces = {0};
		for (int i = 0; i < 12; i++)
			buffer_append_str(
			    &text, parts[(size_t)rand() % (sizeof(parts) / sizeof(parts[0]))]);
		struct terminal_filter one = {.styles = round & 1}, two = one;
		terminal_filter_feed(&one, text.data, text.len, &whole);
		terminal_filter_end(&one, &whole);
		for (size_t at = 0; at < text.len;) {
			size_t n = 1 + (size_t)rand() % 3;
			n = n < text.len - at ? n : text.len - at;
			terminal_filter_feed(&two, text.data + at, n, &pieces);
			at += n;
		}
		terminal_filter_end(&two, &pieces);
		assert_string_equal(buffer_str(&pieces), buffer_str(&whole));
	}
}

static void random_bytes_never_drive_a_terminal(void **state)
{
	(void)state;
	srand(2);
	for (int round = 0; round < 20000; round++) {
		char bytes[40];
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (char)(rand() % 3 ? 0x80 + rand() % 0x80 : rand() % 0x100);
		CLEANUP_BUFFER struct buffer out = {0}, streamed = {0};
		terminal_text(bytes, sizeof(bytes), &out);
		assert_safe(&out);
		struct terminal_filter f = {0};
		terminal_filter_feed(&f, bytes, sizeof(bytes), &streamed);
		terminal_filter_end(&f, &streamed);
		for (size_t i = 0; i + 1 < streamed.len; i++) // CR LF passes here
			if (streamed.data[i] == '\r' && streamed.data[i + 1] == '\n')
				streamed.data[i] = ' ';
		assert_safe(&streamed);
	}
}

static void only_own_styles_pass_and_only_where_they_may(void **state)
{
	(void)state;
	const char *text = TERMINAL_BAD "x" TERMINAL_OFF "\033[5m\033[";
	CLEANUP_BUFFER struct buffer with = {0}, without = {0};
	struct terminal_filter styles = {.styles = true}, none = {0};
	terminal_filter_feed(&styles, text, strlen(text), &with);
	terminal_filter_end(&styles, &with);
	assert_string_equal(buffer_str(&with), TERMINAL_BAD "x" TERMINAL_OFF "\\x1b[5m\\x1b[");
	terminal_filter_feed(&none, text, strlen(text), &without);
	terminal_filter_end(&none, &without);
	assert_safe(&without);
}

// jansson leaves DEL, C1 and the like in strings as they are.
static void json_stays_the_same_json(void **state)
{
	(void)state;
	json_t *v = json_pack("{s:s}", "a\\\xc2\x9b", "\x7f\xe2\x80\xae\xf3\xa0\x81\x81 \033[2J\\");
	char *text = json_dumps(v, JSON_COMPACT);
	CLEANUP_BUFFER struct buffer out = {0};
	struct terminal_filter f = {0};
	terminal_filter_feed(&f, text, strlen(text), &out);
	assert_safe(&out);
	json_t *back = json_loads(buffer_str(&out), 0, NULL);
	assert_true(json_equal(v, back));
	json_decref(back);
	json_decref(v);
	free(text);
}

static void an_escape_sequence_ends_with_its_final_byte_or_the_text(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t length;
	} cases[] = {{"\033[1;31mred", 7}, {"\033[0m", 4},  {"\033cx", 2},   {"\033", 1},
		     {"\033[", 2},         {"\033[1;3", 5}, {"\033[?25h", 6}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(terminal_escape_length(cases[i].text, strlen(cases[i].text)),
				 cases[i].length);
}

static void assert_cell(const char *text, const char *wanted)
{
	CLEANUP_BUFFER struct buffer out = {0};
	csv_field(text, &out);
	assert_string_equal(buffer_str(&out), wanted);
}

static void cells_that_are_formulas_are_inert_and_numbers_stay(void **state)
{
	(void)state;
	assert_cell("=1+1", "'=1+1");
	assert_cell("=HYPERLINK(\"http://x\",\"y\")",
		    "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
	assert_cell("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0");
	assert_cell("-2+3", "'-2+3");
	assert_cell("@SUM(A1)", "'@SUM(A1)");
	assert_cell("\t=1", "'\t=1");
	assert_cell("\r=1", "'\\x0d=1");
	assert_cell("  =1", "'  =1");
	assert_cell("\xef\xbc\x9d"
		    "1",
		    "'\xef\xbc\x9d"
		    "1");
	assert_cell("-", "'-");
	static const char *const same[] = {"-12", "+1.5",  "-1.5e-3", "1e9", "plain text",
					   "a=b", "-0.25", "",        "x-y", "12:30"};
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		assert_cell(same[i], same[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_drives_a_terminal_is_shown),
	    cmocka_unit_test(pieces_give_what_the_whole_gives),
	    cmocka_unit_test(random_bytes_never_drive_a_terminal),
	    cmocka_unit_test(only_own_styles_pass_and_only_where_they_may),
	    cmocka_unit_test(json_stays_the_same_json),
	    cmocka_unit_test(an_escape_sequence_ends_with_its_final_byte_or_the_text),
	    cmocka_unit_test(cells_that_are_formulas_are_inert_and_numbers_stay),
	};
	return cmocka_run_group_tests_name("text/terminal", tests, NULL, NULL);
}
