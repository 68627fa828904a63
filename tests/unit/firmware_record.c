// SPDX-License-Identifier: GPL-2.0-or-later
// The record protocol and the formatting below it, with lines caught ahead of the console.
#include "unit/unit.h"

#include <stdio.h>
#include <zlib.h>

#include "report/console.h"
#include "report/format.h"
#include "report/record.h"

#define LINES_MAX 16

static char lines[LINES_MAX][512];
static unsigned int line_count;
static int depth;

void console_lock(void)
{
	depth++;
}

void console_unlock(void)
{
	depth--;
}

void console_line(const char *line)
{
	assert_true(depth > 0);
	assert_in_range(strlen(line), 1, RECORD_LINE_MAX);
	snprintf(lines[line_count++ % LINES_MAX], sizeof(lines[0]), "%s", line);
}

static const char *last_line(void)
{
	return lines[(line_count - 1) % LINES_MAX];
}

static unsigned int sum_of(const char *line)
{
	unsigned int sum = 0;
	for (const char *p = line + 1; strncmp(p, " *", 2) != 0; p++)
		sum ^= (unsigned char)*p;
	return sum;
}

static void a_record_has_kind_keys_sequence_and_checksum(void **state)
{
	(void)state;
	unsigned int q;
	record_begin("test");
	record_text("id", "S9.alias");
	record_signed("rc", -16);
	record_end();
	assert_int_equal(sscanf(last_line(), "#mm test id=S9.alias rc=-16 q=%u", &q), 1);
	char tail[8];
	snprintf(tail, sizeof(tail), " *%02x", sum_of(last_line()));
	assert_string_equal(last_line() + strlen(last_line()) - 4, tail);
	record_begin("test");
	record_end();
	unsigned int next;
	assert_int_equal(sscanf(last_line(), "#mm test q=%u", &next), 1);
	assert_int_equal(next, q + 1);
	assert_int_equal(depth, 0);
}

static void values_with_blanks_or_nothing_in_them_are_quoted(void **state)
{
	(void)state;
	record_begin("hello");
	record_text("args", "");
	record_text("why", "a \"b\" c\n");
	record_end();
	assert_non_null(strstr(last_line(), "args=\"\" why=\"a 'b' c?\" q="));
}

static void a_record_too_long_for_a_line_goes_on_in_another(void **state)
{
	(void)state;
	unsigned int before = line_count;
	record_begin("cpu");
	record_unsigned("n", 3);
	for (int i = 0; i < 12; i++)
		record_hex("register", UINT64_MAX);
	record_end();
	assert_in_range(line_count - before, 2, LINES_MAX);
	unsigned int seen = 0;
	for (unsigned int i = before; i < line_count; i++) {
		const char *line = lines[i % LINES_MAX];
		assert_memory_equal(line, "#mm cpu n=3 ", 12);
		for (const char *p = line; (p = strstr(p, "register=0xffffffffffffffff")); p++)
			seen++;
	}
	assert_int_equal(seen, 12);
}

static void a_value_that_no_line_could_hold_is_cut_and_stays_quoted(void **state)
{
	(void)state;
	char text[400];
	memset(text, 'x', sizeof(text) - 1);
	text[100] = ' ';
	text[sizeof(text) - 1] = '\0';
	record_begin("hello");
	record_text("args", text);
	record_end();
	assert_non_null(strstr(last_line(), "x\" q="));
}

static void the_sum_over_all_records_is_zlibs_crc32(void **state)
{
	(void)state;
	uint32_t before = record_crc();
	record_begin("hb");
	record_unsigned("t", 1);
	record_end();
	const char *line = last_line();
	assert_int_equal(record_crc(),
			 crc32(before, (const unsigned char *)line, (unsigned int)strlen(line)));
}

static void check_format(const char *expected, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static void check_format(const char *expected, const char *fmt, ...)
{
	char ours[128], theirs[128];
	va_list args, copy;
	va_start(args, fmt);
	va_copy(copy, args);
	size_t length = format_v(ours, sizeof(ours), fmt, args);
	vsnprintf(theirs, sizeof(theirs), fmt, copy);
	va_end(args);
	va_end(copy);
	assert_string_equal(ours, theirs);
	assert_string_equal(ours, expected);
	assert_int_equal(length, strlen(expected));
}

static void formats_are_those_of_printf(void **state)
{
	(void)state;
	check_format("[    0.000017] x", "[%5lu.%06lu] %c", 0UL, 17UL, 'x');
	check_format("0xff/0x100 0000002a", "%#lx/%#x %08x", 255UL, 256U, 42U);
	check_format("-5 -9223372036854775807 100%", "%d %ld 100%%", -5, -9223372036854775807L);
	check_format("  ab|ab  |ab|a", "%4s|%-4s|%.*s|%.1s", "ab", "ab", 2, "abc", "abc");
	check_format("18446744073709551615 ffffffffffffffff", "%lu %lx", ~0UL, ~0UL);
	check_format("7   |007|  7", "%-4u|%03u|%*u", 7U, 7U, 3, 7U);
}

static void a_text_that_does_not_fit_is_cut_and_ended(void **state)
{
	(void)state;
	char out[5] = "....";
	assert_int_equal(format(out, sizeof(out), "%s", "abcdefgh"), 8);
	assert_string_equal(out, "abcd");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_record_has_kind_keys_sequence_and_checksum),
	    cmocka_unit_test(values_with_blanks_or_nothing_in_them_are_quoted),
	    cmocka_unit_test(a_record_too_long_for_a_line_goes_on_in_another),
	    cmocka_unit_test(a_value_that_no_line_could_hold_is_cut_and_stays_quoted),
	    cmocka_unit_test(the_sum_over_all_records_is_zlibs_crc32),
	    cmocka_unit_test(formats_are_those_of_printf),
	    cmocka_unit_test(a_text_that_does_not_fit_is_cut_and_ended),
	};
	return cmocka_run_group_tests_name("firmware/report/record", tests, NULL, NULL);
}
