// SPDX-License-Identifier: GPL-2.0-or-later
// What must not change a finding: the time at which it all happened, and what stood in memory before.
#include "unit/unit.h"

#include <ctype.h>
#include <glob.h>
#include <string.h>

#include "base/file.h"
#include "unit/detect_collect.h"

// Calls `check` with each crafted report.
static void each_block(void (*check)(const char *text, size_t len))
{
	static const char *const paths[] = {"tests/data/detect/classes.txt",
					    "tests/data/detect/blame.txt"};
	size_t blocks = 0;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		CLEANUP_BUFFER struct buffer file = {0};
		struct error *e = file_read(paths[i], 1 << 20, ERROR_SYSTEM, &file);
		assert_null(e);
		for (char *at = strstr(file.data, "\n=== "); at; blocks++) {
			char *text = strchr(at + 1, '\n') + 1, *next = strstr(text, "\n=== ");
			check(text, next ? (size_t)(next + 1 - text) : strlen(text));
			at = next;
		}
	}
	assert_true(blocks > 300);
}

static void each_log(void (*check)(const char *text, size_t len))
{
	glob_t found = {0};
	assert_int_equal(glob("tests/data/detect/logs/*.log", 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= 20);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		CLEANUP_BUFFER struct buffer log = {0};
		struct error *e = file_read(found.gl_pathv[i], 1 << 20, ERROR_SYSTEM, &log);
		assert_null(e);
		check(log.data, log.len);
	}
	globfree(&found);
}

static void assert_same(const char *what, const struct buffer *log, const struct collected *a,
			const struct collected *b)
{
	bool same = strcmp(buffer_str(&a->closes), buffer_str(&b->closes)) == 0 &&
		    a->opens == b->opens && a->voids == b->voids && a->folded == b->folded &&
		    a->tests == b->tests && a->notes == b->notes && a->outcome == b->outcome &&
		    a->boots == b->boots && memcmp(a->sig1, b->sig1, sizeof(a->sig1)) == 0 &&
		    memcmp(a->sig2, b->sig2, sizeof(a->sig2)) == 0 &&
		    memcmp(a->sig3, b->sig3, sizeof(a->sig3)) == 0;
	if (!same)
		fail_msg("%s changes\n%s%u folded, %s\n  into\n%s%u folded, %s\n  of\n%.2000s",
			 what, buffer_str(&a->closes), a->folded, detect_outcome_name(a->outcome),
			 buffer_str(&b->closes), b->folded, detect_outcome_name(b->outcome),
			 buffer_str(log));
}

// ---- time -----------------------------------------------------------------------------------------

// The text with `stamp` in place of each "[   12.000001]".
static void restamp(const char *text, size_t len, const char *stamp, struct buffer *out)
{
	for (size_t at = 0; at < len;) {
		size_t end = at + 1;
		while (text[at] == '[' && end < len &&
		       (isdigit((unsigned char)text[end]) || text[end] == ' ' || text[end] == '.'))
			end++;
		if (end - at == 13 && text[end] == ']' && text[end - 7] == '.') {
			buffer_append_str(out, stamp);
			at = end + 1;
		} else {
			buffer_append(out, text + at++, 1);
		}
	}
}

// Without a host the first lines of a kernel all come at zero: that is a time, not the lack of one.
static void check_zero(const char *text, size_t len)
{
	static const char *const stamps[] = {"[    0.500000]", "[    0.000000]", "[    0.000001]"};
	CLEANUP_COLLECTED struct collected usual = {0};
	for (size_t i = 0; i < sizeof(stamps) / sizeof(stamps[0]); i++) {
		CLEANUP_BUFFER struct buffer log = {0};
		restamp(text, len, stamps[i], &log);
		if (i == 0) {
			collect(log.data, log.len, &(struct collect_options){0}, &usual);
			continue;
		}
		CLEANUP_COLLECTED struct collected c;
		collect(log.data, log.len, &(struct collect_options){0}, &c);
		assert_same(stamps[i], &log, &usual, &c);
	}
}

static void zero_is_a_time_as_any_other(void **state)
{
	(void)state;
	each_block(check_zero);
}

static void die_and_panic(struct buffer *out, const char *stamp, const char *header,
			  const char *end, unsigned lines)
{
	buffer_printf(out, "[    %s] %s\n", stamp, header);
	buffer_printf(out, "[    %s] CPU: 1 PID: 2 Comm: k Not tainted 6.1.0 #1\n", stamp);
	buffer_printf(out, "[    %s] %s\n", stamp, end);
	for (unsigned n = 0; n < lines; n++)
		buffer_printf(out, "[    %s] tea: %u\n", stamp, n);
	buffer_printf(out, "[    %s] Kernel panic - not syncing: Fatal exception\n", stamp);
}

// A death at zero and the panic that follows from it, many lines later: time tells, not the lines.
static void consequences_at_zero_follow_by_time(void **state)
{
	(void)state;
	static const struct {
		const char *header, *end;
	} causes[] = {
	    {"Internal error: Oops: 0000000096000004 [#1] SMP",
	     "---[ end trace 0000000000000000 ]---"},
	    {"BUG: scheduling while atomic: k/1/0x00000002", "Call trace:"},
	};
	for (size_t c = 0; c < sizeof(causes) / sizeof(causes[0]); c++) {
		for (unsigned lines = 1; lines <= 70; lines += 23) {
			CLEANUP_COLLECTED struct collected zero, later;
			CLEANUP_BUFFER struct buffer log = {0};
			die_and_panic(&log, "0.500000", causes[c].header, causes[c].end, lines);
			collect(log.data, log.len, &(struct collect_options){0}, &later);
			buffer_truncate(&log, 0);
			die_and_panic(&log, "0.000000", causes[c].header, causes[c].end, lines);
			collect(log.data, log.len, &(struct collect_options){0}, &zero);
			assert_same("zero", &log, &later, &zero);
			assert_int_equal(zero.folded, c == 0 || lines <= 60);
		}
	}
}

// ---- memory ---------------------------------------------------------------------------------------

// Lines come byte by byte into a buffer that keeps what longer lines left behind their ends.
static void check_stale(const char *text, size_t len)
{
	static const char stale[] = "qT9:";
	CLEANUP_COLLECTED struct collected usual = {0};
	for (size_t i = 0; stale[i]; i++) {
		char line[600];
		memset(line, stale[i], sizeof(line));
		memcpy(line, "tea: ", 5);
		line[sizeof(line) - 1] = '\n';
		CLEANUP_BUFFER struct buffer log = {0};
		buffer_append(&log, line, sizeof(line));
		buffer_append(&log, text, len);
		struct collect_options options = {.chunk = 1};
		if (i == 0) {
			collect(log.data, log.len, &options, &usual);
			continue;
		}
		CLEANUP_COLLECTED struct collected c;
		collect(log.data, log.len, &options, &c);
		assert_same((char[]){stale[i], '\0'}, &log, &usual, &c);
	}
}

static void what_a_longer_line_left_behind_is_not_read(void **state)
{
	(void)state;
	static const char torn[] =
	    "2026-11-22 16:00:04 CES\n16:00:04 CES\n16:00:04 U\n[  310.300000\n"
	    "Nov 22 16:0\nBUG: \n<4\n[    1.000000][  T1\n";
	check_stale(torn, sizeof(torn) - 1);
	each_log(check_stale);
	each_block(check_stale);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(zero_is_a_time_as_any_other),
	    cmocka_unit_test(consequences_at_zero_follow_by_time),
	    cmocka_unit_test(what_a_longer_line_left_behind_is_not_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
