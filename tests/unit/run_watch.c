// SPDX-License-Identifier: GPL-2.0-or-later
// The last line of a console, and names read from a payload's file.
#include "unit/unit.h"

#include <fcntl.h>
#include <stdio.h>

#include "base/file.h"
#include "text/utf8.h"
#include "board/doubt.h"
#include "run/banner.h"
#include "run/watch.h"
#include "unit/folder.h"

static void assert_last(const char *console, const char *wanted)
{
	char line[WATCH_LINE_SIZE];
	watch_last_line(console, strlen(console), line);
	assert_string_equal(line, wanted);
}

static void the_last_line_that_says_something_is_quoted(void **state)
{
	(void)state;
	assert_last("", "");
	assert_last("\r\n\r\n", "");
	assert_last("one\r\ntwo\r\n", "two");
	assert_last("one\ntwo", "two");
	assert_last("one\nx\n", "x");
	assert_last("one\n   \r\n\033[0m\r\n", "one");
	assert_last("10%\r20%\r30%\r\n", "30%");
	assert_last("  login: ", "login:");
}

static void it_holds_nothing_that_moves_a_terminal(void **state)
{
	(void)state;
	assert_last("\033[31mred\033[0m \a\b\x7f", "red");
	assert_last("a\xc2\x9b"
		    "b \xe2\x80\xae"
		    "c \xe2\x80\x8b"
		    "d",
		    "ab c d");
	assert_last("bad \xff byte, \xe2\x82", "bad ? byte, ?");
	assert_last("\033[1m\033[31mred\033[0m\033[K", "red");
	assert_last("\033", "");
	assert_last("\033[", "");
	assert_last("\033[1;2", "");
}

static size_t encode(uint32_t code, char out[5])
{
	size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
	for (size_t i = len; i-- > 1; code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3f));
	out[0] = (char)(leads[len] | code);
	out[len] = '\0';
	return len;
}

// All of the ranges of controls, and their neighbours, which are text.
static void what_moves_a_terminal_is_known_to_the_character(void **state)
{
	(void)state;
	static const struct {
		uint32_t first, last;
	} controls[] = {{0x01, 0x09},     {0x0b, 0x0c},    {0x0e, 0x1a},     {0x1c, 0x1f},
			{0x7f, 0x9f},     {0x61c, 0x61c},  {0x200b, 0x200f}, {0x2028, 0x202e},
			{0x2060, 0x206f}, {0xfeff, 0xfeff}};
	static const uint32_t texts[] = {0x21,   0x7e,   0xa0,   0x61b,  0x61d,  0x200a, 0x2010,
					 0x2027, 0x202f, 0x205f, 0x2070, 0xfefe, 0xff00, 0x1f600};
	char line[16], wanted[16], character[5];
	for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++)
		for (uint32_t code = controls[i].first; code <= controls[i].last; code++) {
			encode(code, character);
			snprintf(line, sizeof(line), "a%sb", character);
			assert_last(line, "ab");
		}
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		encode(texts[i], character);
		snprintf(wanted, sizeof(wanted), "a%sb", character);
		assert_last(wanted, wanted);
	}
}

static void a_long_line_keeps_all_that_fits(void **state)
{
	(void)state;
	char text[2 * WATCH_LINE_SIZE], wanted[WATCH_LINE_SIZE + 8];
	memset(text, 'x', sizeof(text));
	for (size_t len = WATCH_LINE_SIZE - 8; len < WATCH_LINE_SIZE + 8; len++) {
		char line[WATCH_LINE_SIZE];
		bool whole = len < WATCH_LINE_SIZE - 3;
		snprintf(wanted, sizeof(wanted), "%.*s%s", (int)(whole ? len : WATCH_LINE_SIZE - 4),
			 text, whole ? "" : "\xe2\x80\xa6");
		watch_last_line(text, len, line);
		assert_string_equal(line, wanted);
	}
}

static void each_end_is_told_to_the_detector(void **state)
{
	(void)state;
	assert_int_equal(watch_detect_reason(WATCH_SILENCE), DETECT_END_DEADLINE);
	assert_int_equal(watch_detect_reason(WATCH_DONE), DETECT_END_POWER_OFF);
	assert_int_equal(watch_detect_reason(WATCH_INTERRUPTED), DETECT_END_INTERRUPTED);
	assert_int_equal(watch_detect_reason(WATCH_CLOSED), DETECT_END_CLOSED);
	assert_int_equal(watch_detect_reason(WATCH_DEADLINE), DETECT_END_CLOSED);
	assert_int_equal(watch_detect_reason(WATCH_LOST), DETECT_END_CLOSED);
}

static void it_is_cut_between_characters(void **state)
{
	(void)state;
	static const char *const characters[] = {"x", "\xc3\xa4", "\xe2\x82\xac",
						 "\xf0\x9f\x98\x80"};
	for (size_t c = 0; c < 4; c++) {
		for (size_t shift = 0; shift < 5; shift++) {
			CLEANUP_BUFFER struct buffer text = {0};
			for (size_t i = 0; i < shift; i++)
				buffer_append_str(&text, "-");
			for (size_t i = 0; i < 200; i++)
				buffer_append_str(&text, characters[c]);
			char line[WATCH_LINE_SIZE];
			watch_last_line(text.data, text.len, line);
			assert_true(utf8_valid(line, strlen(line)));
			assert_true(strlen(line) > WATCH_LINE_SIZE - 12);
			assert_non_null(strstr(line, "\xe2\x80\xa6"));
		}
	}
}

// ---- names --------------------------------------------------------------------------------------

static void write_image(const char *dir, const char *bytes, size_t len, size_t at, char *path,
			size_t size)
{
	snprintf(path, size, "%s/image", dir);
	FILE *f = fopen(path, "w");
	for (size_t i = 0; i < at; i++)
		fputc(i % 251 ? 0 : 'L', f);
	fwrite(bytes, 1, len, f);
	for (size_t i = 0; i < 3000; i++)
		fputc(0, f);
	fclose(f);
}

static void a_kernel_is_named_by_its_banner_wherever_it_lies(void **state)
{
	(void)state;
	static const char text[] = "Linux version 7.3.0 (a@b) (gcc 14) #2 SMP PREEMPT Sun\n";
	static const char name[] = "Linux version 7.3.0 (a@b) (gcc 14) #2 SMP PREEMPT Sun";
	// About the borders of what is read at once.
	static const size_t places[] = {
	    0,       100,           (1 << 20) - 1025, (1 << 20) - 20, (1 << 20) - 1,
	    1 << 20, (1 << 20) + 1, 2 << 20};
	CLEANUP_FREE char *dir = folder_new();
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char path[256];
		CLEANUP_BANNERS struct banners b = {0};
		write_image(dir, text, sizeof(text), places[i], path, sizeof(path));
		assert_null(banners_read(path, PAYLOAD_KERNEL, &b));
		assert_int_equal(b.count, 1);
		assert_string_equal(b.items[0], name);
		assert_true(banners_have(&b, name, strlen(name), false));
		assert_true(banners_have(&b, name, 30, true));
		assert_false(banners_have(&b, name, 30, false));
		assert_false(banners_have(&b, "Linux version 7.3.0 (a@b) (gcc 14) #3", 37, true));
		// Somebody else wrote to the same line behind it; a longer name is another one.
		CLEANUP_BUFFER struct buffer more = {0};
		buffer_printf(&more, "%s[    0.0] x", name);
		assert_true(banners_have(&b, more.data, more.len, false));
		buffer_truncate(&more, 0);
		buffer_printf(&more, "%s 29", name);
		assert_false(banners_have(&b, more.data, more.len, false));
	}
	folder_remove(dir);
}

static void words_about_kernels_are_no_names(void **state)
{
	(void)state;
	static const char text[] =
	    "Linux version %s (%s)\n\0Linux version 6 is needed\n\0Linux version \0"
	    "Linux version 5.0 \x01(a@b) #1\n\0mmfw-abc\0";
	CLEANUP_FREE char *dir = folder_new();
	char path[256];
	CLEANUP_BANNERS struct banners b = {0};
	write_image(dir, text, sizeof(text), 10, path, sizeof(path));
	assert_null(banners_read(path, PAYLOAD_KERNEL, &b));
	assert_int_equal(b.count, 0);
	folder_remove(dir);
}

static void the_firmware_is_named_by_its_build(void **state)
{
	(void)state;
	static const char text[] = "mmfw-\0mmfw-v1.2-3-gabc+\0mmfw-%s x\0";
	CLEANUP_FREE char *dir = folder_new();
	char path[256];
	CLEANUP_BANNERS struct banners b = {0}, again = {0};
	write_image(dir, text, sizeof(text), 10, path, sizeof(path));
	assert_null(banners_read(path, PAYLOAD_FIRMWARE, &b));
	assert_int_equal(b.count, 1);
	assert_string_equal(b.items[0], "v1.2-3-gabc+");
	banners_take(&(struct payload){.banners = (const char *const *)b.items, .banners_count = 1},
		     &again);
	assert_string_equal(again.items[0], b.items[0]);
	banners_deinit(&again);
	banners_take(&(struct payload){0}, &again);
	assert_int_equal(again.count, 0);
	folder_remove(dir);
}

// ---- words of boot tools ------------------------------------------------------------------------

static void a_tools_words_of_failure_are_found(void **state)
{
	(void)state;
	static const struct {
		const char *text, *line;
	} cases[] = {
	    {"Sending 'boot'\nFAILED (remote: partition not found)\nFinished.\n",
	     "FAILED (remote: partition not found)"},
	    {"** Programming Failed **\n", "** Programming Failed **"},
	    {"ok\r\n  Error: timed out while waiting for target halted\r\n",
	     "Error: timed out while waiting for target halted"},
	    {"Wrote 4096 bytes\nverified OK\n", NULL},
	    {"done, 0 errors, 0 failures\n", NULL},
	    {"No error status detected\nerrors: 0\nwithout errors\n", NULL},
	    {"errors: 10\n", "errors: 10"},
	    {"10 errors\n", "10 errors"},
	    {"terror of the seas\n", NULL},
	    {"", NULL},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char line[DOUBT_SIZE] = "";
		if (doubt_find(cases[i].text, line) != (cases[i].line != NULL))
			fail_msg("%s", cases[i].text);
		assert_string_equal(line, cases[i].line ? cases[i].line : "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_last_line_that_says_something_is_quoted),
	    cmocka_unit_test(it_holds_nothing_that_moves_a_terminal),
	    cmocka_unit_test(what_moves_a_terminal_is_known_to_the_character),
	    cmocka_unit_test(a_long_line_keeps_all_that_fits),
	    cmocka_unit_test(each_end_is_told_to_the_detector),
	    cmocka_unit_test(it_is_cut_between_characters),
	    cmocka_unit_test(a_kernel_is_named_by_its_banner_wherever_it_lies),
	    cmocka_unit_test(words_about_kernels_are_no_names),
	    cmocka_unit_test(the_firmware_is_named_by_its_build),
	    cmocka_unit_test(a_tools_words_of_failure_are_found),
	};
	return cmocka_run_group_tests_name("run/watch", tests, NULL, NULL);
}
