// SPDX-License-Identifier: GPL-2.0-or-later
// What hosts put ahead of a line: each time with each fraction, zone and speaker ends where it ends, and
// one wrong byte makes it none. Records of the kernel's log are read back.
#include "unit/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "detect/prefix.h"
#include "detect/text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct prefix parse(const char *text)
{
	size_t len = strlen(text);
	char *copy = malloc(len + !len); // of exactly this size
	assert_non_null(copy);
	memcpy(copy, text, len);
	struct prefix prefix;
	prefix_parse((struct detect_view){copy, len}, &prefix);
	free(copy);
	return prefix;
}

static const char *const clocks[] = {
    "16:00:04",
    "2026-11-22T16:00:04",
    "2026-11-22 16:00:04",
    "2026/11/22 16:00:04",
    "2026-11-22_16:00:04",
    "22.11.2026 16:00:04",
    "22/11/2026 16:00:04",
    "11-22 16:00:04",
};
static const char *const dates[] = {
    "Nov 22 16:00:04",         "Nov  2 16:00:04",           "Sun Nov 22 16:00:04",
    "Sun 2026-11-22 16:00:04", "22 Nov 16:00:04",           "nov. 22 16:00:04",
    "Nov 22, 2026 16:00:04",   "Nov 22, 2026 @ 16:00:04",   "Sunday Nov 22 16:00:04",
    "M\xC3\xA4r 22 16:00:04",  "Sun, 22 Nov 2026 16:00:04",
};
static const char *const fractions[] = {"",     ".1",      ".112",       ",112",
					":112", ".112000", ".112000123", ".1120001234567"};
static const char *const zones[] = {"", "Z", "+01:00", "-01:00", "+0100", "-0100"};
static const char *const tails[] = {"",          " UTC",      " GMT",   " CET",   " CEST",
				    " WESTT",    " NZDT",     " +0100", " -0100", " 2026",
				    " stdout F", " stderr F", " 00O",   " 01E",   " 00O+"};

struct speaker {
	const char *text;
	enum prefix_speaker who;
};

static const struct speaker speakers[] = {
    {"", PREFIX_UNKNOWN},
    {" kernel:", PREFIX_KERNEL},
    {" kernel[0]:", PREFIX_KERNEL},
    {" board kernel:", PREFIX_KERNEL},
    {" board kern.warn kernel:", PREFIX_KERNEL},
    {" kern.warn kernel:", PREFIX_KERNEL},
};

static void check(const char *head, const char *text, size_t len, enum prefix_speaker who)
{
	struct prefix p = parse(text);
	bool right = p.len == len && p.stamped && p.speaker == who &&
		     p.kernel == (who == PREFIX_KERNEL) && p.kernel_us == -1 && p.level == -1;
	if (!right)
		fail_msg("%s: \"%s\": %zu bytes, wanted %zu; time %d speaker %d", head, text, p.len,
			 len, p.stamped, (int)p.speaker);
}

static void check_time(const char *time, const char *fraction, const char *zone, const char *tail)
{
	for (size_t s = 0; s < COUNT(speakers); s++) {
		char text[160];
		int len = snprintf(text, sizeof(text), "%s%s%s%s%s ", time, fraction, zone, tail,
				   speakers[s].text);
		snprintf(text + len, sizeof(text) - (size_t)len, "tea is served");
		check("time", text, (size_t)len, speakers[s].who);
	}
}

static void every_time_ends_where_it_ends(void **state)
{
	(void)state;
	for (size_t f = 0; f < COUNT(fractions); f++) {
		for (size_t z = 0; z < COUNT(zones); z++) {
			for (size_t t = 0; t < COUNT(tails); t++) {
				for (size_t i = 0; i < COUNT(clocks); i++)
					check_time(clocks[i], fractions[f], zones[z], tails[t]);
				for (size_t i = 0; i < COUNT(dates); i++)
					check_time(dates[i], fractions[f], zones[z], tails[t]);
			}
		}
	}
}

// A letter in place of a digit, another mark in place of a mark: no time.
static void one_wrong_byte_makes_no_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(clocks); i++) {
		for (size_t at = 0; clocks[i][at]; at++) {
			char text[80];
			snprintf(text, sizeof(text), "%s tea is served", clocks[i]);
			text[at] = is_digit(text[at]) ? 'x' : '!';
			struct prefix p = parse(text);
			if (p.stamped || p.len)
				fail_msg("\"%s\": %zu bytes", text, p.len);
		}
	}
	for (size_t i = 0; i < COUNT(dates); i++) {
		size_t clock = strlen(dates[i]) - 8;
		for (size_t at = clock; dates[i][at]; at++) {
			char text[80];
			snprintf(text, sizeof(text), "%s tea is served", dates[i]);
			text[at] = is_digit(text[at]) ? 'x' : '!';
			struct prefix p = parse(text);
			if (p.stamped || p.len)
				fail_msg("\"%s\": %zu bytes", text, p.len);
		}
	}
}

static void what_is_nearly_a_time_is_none(void **state)
{
	(void)state;
	static const char *const texts[] = {
	    "16:00:04x tea",
	    "16:00:04.x tea",
	    "16:00:04+01 tea",
	    "16:00:04+1:00 tea",
	    "16:00:04z tea",
	    "16:00 tea is served here",
	    "Nov 22 16:00 tea served",
	    "Nov22 16:00:04 tea is served",
	    "Nov 16:00:04 tea is served",
	    "16.00.04 tea is served",
	    "1795106404 tea is served",
	    "1795106404.11 tea is served",
	    "1795106404.1120001234 tea",
	    "1795106404.112x tea",
	    "1795106404. tea is served",
	    "tea was served at 16:00:04",
	    "The 22 cups drunk by us at 16:00:04",

	    "Verylongmonth 22 16:00:04 tea",
	    "Nov: 22 16:00:04 tea is s",
	    "Nov 22 x6:00:04 tea is s",
	    "Nov 22; 16:00:04 tea is served",
	};
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct prefix p = parse(texts[i]);
		if (p.stamped || p.len)
			fail_msg("\"%s\": %zu bytes", texts[i], p.len);
	}
}

static void seconds_and_bracketed_times_end_where_they_end(void **state)
{
	(void)state;
	static const char *const times[] = {
	    "1795106404.112 ",
	    "1795106404.112000 ",
	    "1795106404.112000123 ",
	    "3.112000 ",
	    "0.112 ",
	    "[Sun Nov 22 16:00:04 2026] ",
	    "[2026-11-22T16:00:04.112Z] ",
	    "[2026-11-22 16:00:04] ",
	    "[16:00:04] ",
	    "[16:00:04.112] ",
	    "[ 16:00:04] ",
	    "[Nov22 16:00] ",
	    "[Nov 2 16:00] ",
	    "[  +0.000123] ",
	    "[ +12.000123] ",
	    "[+123.456789] ",
	    "[Sunday 22 November 2026 16:00:04.1123456] ", // 40 bytes
	};
	for (size_t i = 0; i < COUNT(times); i++) {
		char text[128];
		snprintf(text, sizeof(text), "%stea is served", times[i]);
		check("time", text, strlen(times[i]), PREFIX_UNKNOWN);
	}
	static const char *const others[] = {
	    "[@ Nov 22 16:00:04] tea is served",
	    "[Nov22 16:0x] tea is served",
	    "[No22 16:00] tea is served",
	    "[Nove22 16:00] tea is served",
	    "[Nov 22 16:00] tea is served",
	    "[+0.0001] tea is served",
	    "[  +0.00] tea is served now",
	    "[  +x.000123] tea is served",
	    "[  0.000123x] tea is served",
	    "[16:00:04 ] tea is served",
	    "[] tea is served",
	    "[tea is served",
	    "[16:00:04 tea is served",
	    "[Sunday 22 November 2026 16:00:04.11234567] tea is served", // 41 bytes
	};
	for (size_t i = 0; i < COUNT(others); i++) {
		struct prefix p = parse(others[i]);
		if (p.stamped || p.len)
			fail_msg("\"%s\": %zu bytes", others[i], p.len);
	}
}

static void tail_of_a_time_ends_at_a_blank(void **state)
{
	(void)state;
	static const char *const texts[] = {
	    "UTCx tea",    "GMTs tea",    "CES tea",  "CESTX tea",  "ABCDET tea", "AT tea",
	    "20266 tea",   "202 tea",     "00X tea",  "0O tea",     "00O++ tea",  "stdout P tea",
	    "stdoutF tea", "stdin F tea", "+010 tea", "+01000 tea", "cest tea",
	};
	for (size_t i = 0; i < COUNT(texts); i++) {
		char text[128];
		snprintf(text, sizeof(text), "16:00:04 %s", texts[i]);
		check("tail", text, strlen("16:00:04 "), PREFIX_UNKNOWN);
	}
}

// "host name[123]:" is a program; its words stay. Neither a long word, nor one with a colon, is a host;
// between host and tag only a facility may stand.
static void speaker_is_told_by_its_tag(void **state)
{
	(void)state;
	char long_host[160];
	snprintf(long_host, sizeof(long_host), "%064d kernel: tea", 0);
	char longer_host[160];
	snprintf(longer_host, sizeof(longer_host), "%065d kernel: tea", 0);
	const struct {
		const char *text;
		enum prefix_speaker who;
		size_t len;
	} cases[] = {
	    {"kernel: tea", PREFIX_KERNEL, 8},
	    {"kernel:tea", PREFIX_KERNEL, 7},
	    {"kernel:  tea", PREFIX_KERNEL, 8},
	    {"kernel[1]: tea", PREFIX_KERNEL, 11},
	    {"kernel[12]: tea", PREFIX_PROGRAM, 0},
	    {"kernel tea", PREFIX_UNKNOWN, 0},
	    {"kernels: tea", PREFIX_UNKNOWN, 0},
	    {"kettle[1]: tea", PREFIX_PROGRAM, 0},
	    {"kettle[123]: tea", PREFIX_PROGRAM, 0},
	    {"kettle[123] : tea", PREFIX_UNKNOWN, 0},
	    {"kettle[x]: tea", PREFIX_UNKNOWN, 0},
	    {"kettle[]: tea", PREFIX_UNKNOWN, 0},
	    {"[123]: tea", PREFIX_UNKNOWN, 0},
	    {"board kettle[123]: tea", PREFIX_PROGRAM, 0},
	    {"board daemon.info kettle[123]: tea", PREFIX_PROGRAM, 0},
	    {"board daemon kettle[123]: tea", PREFIX_UNKNOWN, 0},
	    {"board daemon kernel: tea", PREFIX_UNKNOWN, 0},
	    {"board kern.warn kernel: tea", PREFIX_KERNEL, 24},
	    {"board kern.warn other.too kernel: tea", PREFIX_UNKNOWN, 0},
	    {"board: kernel: tea", PREFIX_UNKNOWN, 0},
	    {long_host, PREFIX_KERNEL, 73},
	    {longer_host, PREFIX_UNKNOWN, 0},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[256];
		int head = snprintf(text, sizeof(text), "16:00:04 ");
		snprintf(text + head, sizeof(text) - (size_t)head, "%s", cases[i].text);
		check("speaker", text, (size_t)head + cases[i].len, cases[i].who);
	}
	// Behind the kernel's own stamp the host's name must be there.
	static const struct {
		const char *text;
		enum prefix_speaker who;
		size_t len;
	} behind[] = {
	    {"board kernel: tea", PREFIX_KERNEL, 14},    {"kernel: tea", PREFIX_UNKNOWN, 0},
	    {"board kettle[1]: tea", PREFIX_PROGRAM, 0}, {"kettle[1]: tea", PREFIX_UNKNOWN, 0},
	    {" board kernel: tea", PREFIX_UNKNOWN, 0},   {"", PREFIX_UNKNOWN, 0},
	};
	for (size_t i = 0; i < COUNT(behind); i++) {
		char text[128];
		struct prefix p;
		snprintf(text, sizeof(text), "[    3.298433] %s", behind[i].text);
		prefix_parse(view_of(text), &p);
		size_t len = p.len;
		prefix_look_behind(view_of(text), &p);
		assert_int_equal(p.speaker, behind[i].who);
		assert_int_equal(p.len, len + behind[i].len);
	}
	// Without the stamp nobody looks.
	struct prefix p;
	prefix_parse(view_of("board kernel: tea"), &p);
	prefix_look_behind(view_of("board kernel: tea"), &p);
	assert_int_equal(p.speaker, PREFIX_UNKNOWN);
	assert_int_equal(p.len, 0);
}

static void records_of_the_kernels_log_are_read_back(void **state)
{
	(void)state;
	char wide[200], wider[200];
	snprintf(wide, sizeof(wide), "4,98,310000033,-,%0103d;tea", 0);
	snprintf(wider, sizeof(wider), "4,98,310000033,-,%0104d;tea", 0);
	const struct {
		const char *text;
		size_t len;
		int level;
		int64_t us;
		bool kernel;
		char caller_kind;
		uint32_t caller;
	} cases[] = {
	    {"0,0,0,-;tea", 8, 0, 0, true, 0, 0},
	    {"7,98,310000033,-;tea", 17, 7, 310000033, true, 0, 0},
	    {"8,98,310000033,-;tea", 17, 0, 310000033, false, 0, 0},
	    {"30,98,310000033,-;tea", 18, 6, 310000033, false, 0, 0},
	    {"4,98,310000033,c;tea", 17, 4, 310000033, true, 0, 0},
	    {"4,98,310000033,+;tea", 17, 4, 310000033, true, 0, 0},
	    {"4,98,310000033,x;tea", 0, -1, -1, false, 0, 0},
	    {"4,98,310000033;tea", 0, -1, -1, false, 0, 0},
	    {"4,98,310000033,;tea", 0, -1, -1, false, 0, 0},
	    {"4,98,-;tea", 0, -1, -1, false, 0, 0},
	    {"4,x,310000033,-;tea", 0, -1, -1, false, 0, 0},
	    {"4,98,x,-;tea", 0, -1, -1, false, 0, 0},
	    {"4.98,310000033,-;tea", 0, -1, -1, false, 0, 0},
	    {"4,98,310000033,-,caller=T1;tea", 27, 4, 310000033, true, 'T', 1},
	    {"4,98,310000033,-,caller=C15;tea", 28, 4, 310000033, true, 'C', 15},
	    {"4,98,310000033,-,caller=X1;tea", 27, 4, 310000033, true, 0, 0},
	    {"4,98,310000033,-,caller=T;tea", 26, 4, 310000033, true, 0, 0},
	    {"4,98,310000033,-,caller=;tea", 25, 4, 310000033, true, 0, 0},
	    {"4,98,310000033,-,caller=T4294967295;tea", 36, 4, 310000033, true, 'T', 4294967295},
	    {"7.2.0,4,98,310000033,-,ncfrag=0/66;tea", 35, 4, 310000033, true, 0, 0},
	    {"7.2.0-rc1,4,98,310000033,-,caller=T3;tea", 37, 4, 310000033, true, 'T', 3},
	    {"720,4,98,310000033,-;tea", 0, -1, -1, false, 0, 0},
	    {"4,98,9223372036854775806,-;tea", 27, 4, INT64_MAX - 1, true, 0, 0},
	    {"4,98,9223372036854775807,-;tea", 27, 4, -1, true, 0, 0},
	    {wide, 121, 4, 310000033, true, 0, 0},
	    {wider, 0, -1, -1, false, 0, 0},
	    {"1 2026-11-22T16:00:04Z board kernel - - - tea", 42, -1, -1, true, 0, 0},
	    {"1 2026-11-22T16:00:04.112Z board kettle 312 - - tea", 48, -1, -1, false, 0, 0},
	    {"1 2026-11-22T16:00:04Z board kernel - - [a b=\"c\"] tea", 50, -1, -1, true, 0, 0},
	    {"1 2026-11-22T16:00:04Z board kernel - - - \xEF\xBB\xBFtea", 45, -1, -1, true, 0, 0},
	    {"<4>1 2026-11-22T16:00:04Z board kernel - - - tea", 45, 4, -1, true, 0, 0},
	    {"1 2026-11-22T16:00:04Z board kernel - - x tea", 0, -1, -1, false, 0, 0},
	    {"1 2026-11-22T16:00:04Z board kernel - - [a tea", 0, -1, -1, false, 0, 0},
	    {"1 2026-11-22T16:00:04Z board kernel - ", 0, -1, -1, false, 0, 0},
	    {"1 2026-11-22T16:00:04Z board kernel - - ", 0, -1, -1, false, 0, 0},
	    {"2 2026-11-22T16:00:04Z board kernel - - - tea", 0, -1, -1, false, 0, 0},
	    {"kern  :warn  : tea", 15, -1, -1, true, 0, 0},
	    {"kern:warn: tea", 11, -1, -1, true, 0, 0},
	    {"kern:warn:tea", 10, -1, -1, true, 0, 0},
	    {"kern      :warn      : tea", 23, -1, -1, true, 0, 0}, // six blanks
	    {"kern       :warn  : tea", 0, -1, -1, false, 0, 0},
	    {"kern  :warn       : tea", 0, -1, -1, false, 0, 0},
	    {"kern  :: tea", 0, -1, -1, false, 0, 0},
	    {"kern  :Warn  : tea", 0, -1, -1, false, 0, 0},
	    {"kern  warn  : tea", 0, -1, -1, false, 0, 0},
	    {"kern  :warn tea", 0, -1, -1, false, 0, 0},
	    {"user  :warn  : tea", 0, -1, -1, false, 0, 0},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct prefix p = parse(cases[i].text);
		bool right = p.len == cases[i].len && p.level == cases[i].level &&
			     p.kernel_us == cases[i].us && p.kernel == cases[i].kernel &&
			     p.caller_kind == cases[i].caller_kind && p.caller == cases[i].caller;
		if (!right)
			fail_msg("\"%s\": %zu bytes, level %d, us %" PRId64
				 ", kernel %d, caller %c%" PRIu32,
				 cases[i].text, p.len, p.level, p.kernel_us, p.kernel,
				 p.caller_kind ? p.caller_kind : '-', p.caller);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_time_ends_where_it_ends),
	    cmocka_unit_test(one_wrong_byte_makes_no_time),
	    cmocka_unit_test(what_is_nearly_a_time_is_none),
	    cmocka_unit_test(seconds_and_bracketed_times_end_where_they_end),
	    cmocka_unit_test(tail_of_a_time_ends_at_a_blank),
	    cmocka_unit_test(speaker_is_told_by_its_tag),
	    cmocka_unit_test(records_of_the_kernels_log_are_read_back),
	};
	return cmocka_run_group_tests_name("detect/hosts", tests, NULL, NULL);
}
