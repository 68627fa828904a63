// SPDX-License-Identifier: GPL-2.0-or-later
// Both sides of each limit: how many lines, how much time and how much text still belong to a report.
#include "unit/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "detect/detect.h"
#include "unit/detect_collect.h"

static void fill(struct buffer *out, const char *line, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		buffer_printf(out, "%s%u\n", line, i);
}

static void find(const struct buffer *log, struct collected *c)
{
	collect(log->data, log->len, &(struct collect_options){0}, c);
}

static void check(const struct buffer *log, const char *text, bool wanted, const char *what,
		  unsigned count)
{
	CLEANUP_COLLECTED struct collected c;
	find(log, &c);
	if ((strstr(buffer_str(&c.text), text) != NULL) != wanted)
		fail_msg("%s, %u: \"%s\" is %s in\n%.3000s", what, count, text,
			 wanted ? "not" : "there", buffer_str(&c.text));
}

// ---- lines of others ----------------------------------------------------------------------------

static const char warning[] = "[    1.000001] WARNING: CPU: 1 PID: 2 at mm/a.c:3 brew+0x1/0x2\n"
			      "[    1.000002] CPU: 1 PID: 2 Comm: k Not tainted 6.1.0 #1\n";
static const char warning_end[] = "[    1.000004] ---[ end trace 0000000000000000 ]---\n";
static const char natural[] = "[    1.000001] BUG: scheduling while atomic: k/1/0x00000002\n";
static const char trace[] = "[    1.000002] Call trace:\n[    1.000002]  brew+0x1/0x2\n";

static void report_waits_forty_lines_for_its_end(void **state)
{
	(void)state;
	for (unsigned n = 39; n <= 41; n++) {
		CLEANUP_BUFFER struct buffer log = {0};
		buffer_append_str(&log, warning);
		fill(&log, "[    1.000003] tea: ", n);
		buffer_append_str(&log, warning_end);
		check(&log, "close marker", n < 40, "lines of others", n);
		check(&log, "close foreign", n >= 40, "lines of others", n);
	}
}

static void report_waits_a_thousand_lines_of_other_callers(void **state)
{
	(void)state;
	for (unsigned n = 999; n <= 1001; n++) {
		CLEANUP_BUFFER struct buffer log = {0};
		buffer_append_str(
		    &log,
		    "[    1.000001][   T1] WARNING: CPU: 1 PID: 2 at mm/a.c:3 brew+0x1/0x2\n");
		fill(&log, "[    1.000003][   T2] tea: ", n);
		buffer_append_str(&log,
				  "[    1.000004][   T1] ---[ end trace 0000000000000000 ]---\n");
		check(&log, "close marker", n < 1000, "lines of another caller", n);
	}
}

static void report_without_end_ends_with_the_third_line_of_another(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 4; n++) {
		CLEANUP_BUFFER struct buffer log = {0};
		buffer_append_str(&log, natural);
		buffer_append_str(&log, trace);
		fill(&log, "[    1.000003] tea: ", n);
		buffer_append_str(&log, "[    1.000003]  serve+0x3/0x4\n");
		check(&log, "frames 2", n < 3, "lines of others", n);
		check(&log, "close natural", true, "lines of others", n);
	}
}

static void report_of_a_caller_ends_with_its_first_other_line(void **state)
{
	(void)state;
	for (unsigned n = 0; n <= 2; n++) {
		CLEANUP_BUFFER struct buffer log = {0};
		buffer_append_str(&log,
				  "[    1.000001][   T1] BUG: scheduling while atomic: k/1/0x2\n"
				  "[    1.000002][   T1] Call trace:\n"
				  "[    1.000002][   T1]  brew+0x1/0x2\n");
		fill(&log, "[    1.000003][   T2] tea: ", 5);
		fill(&log, "[    1.000003][   T1] tea: ", n);
		buffer_append_str(&log, "[    1.000003][   T1]  serve+0x3/0x4\n");
		check(&log, "frames 2", n < 1, "lines of the caller", n);
	}
}

static void report_waits_thirty_lines_for_its_trace(void **state)
{
	(void)state;
	for (unsigned n = 29; n <= 31; n++) {
		CLEANUP_BUFFER struct buffer log = {0};
		buffer_append_str(&log, natural);
		// the first is its text
		fill(&log, "[    1.000003] tea: ", n + 1);
		buffer_append_str(&log, trace);
		check(&log, "frames 1", n < 30, "lines of others", n);
	}
}

static void report_waits_a_minute(void **state)
{
	(void)state;
	for (int i = -1; i <= 1; i++) {
		CLEANUP_BUFFER struct buffer log = {0};
		buffer_append_str(&log, warning);
		buffer_printf(&log, "[   61.%06d]  serve+0x3/0x4\n", 2 + i);
		buffer_printf(&log, "[   61.%06d] ---[ end trace 0000000000000000 ]---\n", 2 + i);
		check(&log, "close marker", i <= 0, "microseconds beyond a minute",
		      (unsigned)(i + 1));
		check(&log, "close idle", i > 0, "microseconds beyond a minute", (unsigned)(i + 1));
	}
}

static void report_has_two_thousand_lines(void **state)
{
	(void)state;
	for (unsigned n = 1998; n <= 2000; n++) {
		CLEANUP_BUFFER struct buffer log = {0};
		buffer_append_str(&log, warning);
		fill(&log, "[    1.000003] Code: ", n);
		buffer_append_str(&log, warning_end);
		check(&log, "close cap", n > 1999, "lines", n);
	}
}

static void ruler_ends_a_report_behind_three_lines(void **state)
{
	(void)state;
	for (unsigned n = 2; n <= 4; n++) {
		CLEANUP_BUFFER struct buffer log = {0};
		buffer_append_str(
		    &log, "[    1.000001] BUG: KASAN: slab-out-of-bounds in brew+0x1/0x2\n");
		fill(&log, "[    1.000002] Read of size 8 at addr ffff00000000000", n);
		buffer_append_str(&log, "[    1.000003] =========================================="
					"========================\n");
		check(&log, "close marker", n >= 3, "lines", n);
	}
}

// ---- text ahead ---------------------------------------------------------------------------------

static void cut_line_waits_eight_lines_for_its_header(void **state)
{
	(void)state;
	for (unsigned n = 7; n <= 9; n++) {
		CLEANUP_BUFFER struct buffer log = {0};
		buffer_append_str(&log, "[    1.000001] ------------[ cut here ]------------\n");
		fill(&log, "[    1.000001] tea: ", n);
		buffer_append_str(&log, warning);
		check(&log, "bytes 0-", n <= 8, "lines", n);
		check(&log, "message tea: 0", n <= 8, "lines", n);
	}
}

static void text_ahead_counts_for_eight_lines_and_once(void **state)
{
	(void)state;
	for (unsigned n = 6; n <= 8; n++) {
		CLEANUP_BUFFER struct buffer log = {0};
		buffer_append_str(&log, "[    1.000001] list_add corruption. next is odd\n");
		fill(&log, "[    1.000001] tea: ", n);
		buffer_append_str(&log, "[    1.000001] kernel BUG at lib/list_debug.c:23!\n");
		check(&log, "message list_add corruption", n <= 7, "lines", n);
	}
	CLEANUP_BUFFER struct buffer twice = {0};
	CLEANUP_COLLECTED struct collected c;
	buffer_append_str(&twice, "[    1.000001] list_add corruption. next is odd\n"
				  "[    1.000001] kernel BUG at lib/list_debug.c:23!\n"
				  "[    1.000002] kernel BUG at lib/other.c:23!\n");
	find(&twice, &c);
	const char *first = strstr(buffer_str(&c.text), "message list_add");
	assert_non_null(first);
	assert_null(strstr(first + 1, "message list_add"));
}

static void message_is_cut_at_its_room(void **state)
{
	(void)state;
	for (unsigned len = 319; len <= 321; len++) {
		CLEANUP_BUFFER struct buffer log = {0}, wanted = {0};
		buffer_append_str(
		    &log, "[    1.000001] ------------[ cut here ]------------\n[    1.000001] ");
		buffer_append_str(&wanted, "message ");
		for (unsigned i = 0; i < len; i++)
			buffer_append_str(&log, i + 1 == len ? "z" : "y");
		for (unsigned i = 0; i < (len < 320 ? len : 320); i++)
			buffer_append_str(&wanted, i + 1 == len ? "z" : "y");
		buffer_append_str(&wanted, "\n");
		buffer_append_str(&log, "\n");
		buffer_append_str(&log, warning);
		check(&log, buffer_str(&wanted), true, "bytes", len);
	}
}

// ---- causes and consequences --------------------------------------------------------------------

static const char die[] =
    "[    1.000000] Unable to handle kernel paging request at virtual address 08\n"
    "[    1.000000] Internal error: Oops: 0000000096000006 [#1] SMP\n"
    "[    1.000000] CPU: 1 PID: 2 Comm: k Not tainted 6.1.0 #1\n"
    "[    1.000000] ---[ end trace 0000000000000000 ]---\n";
static const char bare_die[] = "Unable to handle kernel paging request at virtual address 08\n"
			       "Internal error: Oops: 0000000096000006 [#1] SMP\n"
			       "CPU: 1 PID: 2 Comm: k Not tainted 6.1.0 #1\n"
			       "---[ end trace 0000000000000000 ]---\n";

static unsigned folded(const struct buffer *log)
{
	CLEANUP_COLLECTED struct collected c;
	find(log, &c);
	return c.folded;
}

static void panic_follows_from_a_death_within_ten_seconds(void **state)
{
	(void)state;
	for (int i = -1; i <= 1; i++) {
		CLEANUP_BUFFER struct buffer log = {0};
		buffer_append_str(&log, die);
		buffer_printf(&log, "[   %d.%06d] Kernel panic - not syncing: Fatal exception\n",
			      i < 0 ? 10 : 11, i < 0 ? 999999 : i);
		assert_int_equal(folded(&log), i <= 0);
	}
}

static void panic_follows_from_a_death_within_sixty_lines_without_stamps(void **state)
{
	(void)state;
	for (unsigned n = 58; n <= 60; n++) {
		CLEANUP_BUFFER struct buffer log = {0};
		buffer_append_str(&log, bare_die);
		fill(&log, "tea: ", n);
		buffer_append_str(&log, "Kernel panic - not syncing: Fatal exception\n");
		assert_int_equal(folded(&log), n < 60);
	}
}

static void panic_follows_from_a_warning_within_sixty_lines(void **state)
{
	(void)state;
	for (unsigned n = 58; n <= 60; n++) {
		CLEANUP_BUFFER struct buffer log = {0};
		buffer_append_str(&log, warning);
		buffer_append_str(&log, warning_end);
		fill(&log, "[    1.000005] tea: ", n);
		buffer_append_str(&log,
				  "[    1.000006] Kernel panic - not syncing: panic_on_warn set\n");
		assert_int_equal(folded(&log), n < 60);
	}
}

static void cascade_follows_within_a_second(void **state)
{
	(void)state;
	for (int i = -1; i <= 1; i++) {
		CLEANUP_BUFFER struct buffer log = {0};
		buffer_append_str(&log, die);
		buffer_printf(&log,
			      "[    %d.%06d] WARNING: CPU: 1 PID: 2 at mm/a.c:3 pour+0x1/0x2\n",
			      i < 0 ? 1 : 2, i < 0 ? 999999 : i);
		buffer_append_str(
		    &log, "[    2.000001] CPU: 1 PID: 2 Comm: k Tainted: G      D  6.1.0 #1\n"
			  "[    2.000001] ---[ end trace 0000000000000000 ]---\n");
		assert_int_equal(folded(&log), i <= 0);
	}
}

static void cascade_follows_within_thirty_lines_of_one_stamp(void **state)
{
	(void)state;
	for (unsigned n = 28; n <= 30; n++) {
		CLEANUP_BUFFER struct buffer log = {0};
		buffer_append_str(&log, die);
		fill(&log, "[    1.000000] tea: ", n);
		buffer_append_str(
		    &log, "[    1.000000] WARNING: CPU: 1 PID: 2 at mm/a.c:3 pour+0x1/0x2\n"
			  "[    1.000000] CPU: 1 PID: 2 Comm: k Tainted: G      D  6.1.0 #1\n"
			  "[    1.000000] ---[ end trace 0000000000000000 ]---\n");
		assert_int_equal(folded(&log), n < 30);
	}
}

static void cascade_follows_within_six_lines_without_stamps(void **state)
{
	(void)state;
	for (unsigned n = 4; n <= 6; n++) {
		CLEANUP_BUFFER struct buffer log = {0};
		buffer_append_str(&log, bare_die);
		fill(&log, "tea: ", n);
		buffer_append_str(&log, "WARNING: CPU: 1 PID: 2 at mm/a.c:3 pour+0x1/0x2\n"
					"CPU: 1 PID: 2 Comm: k Tainted: G      D  6.1.0 #1\n"
					"---[ end trace 0000000000000000 ]---\n");
		assert_int_equal(folded(&log), n < 6);
	}
}

// The list of all tasks may stand between, of at most 2000 lines where one of the two has no stamp.
static void memory_that_is_short_is_one_report_within_two_thousand_lines(void **state)
{
	(void)state;
	for (unsigned n = 1990; n <= 2010; n += 20) {
		for (int stamped = 0; stamped < 2; stamped++) {
			CLEANUP_BUFFER struct buffer log = {0};
			CLEANUP_COLLECTED struct collected c;
			buffer_printf(
			    &log,
			    "%skettle invoked oom-killer: gfp_mask=0x1, order=0, oom_score_adj=0\n",
			    stamped ? "[    1.000001] " : "");
			fill(&log, "tea: ", n);
			buffer_append_str(
			    &log, "Out of memory: Killed process 313 (kettle) total-vm:1kB\n");
			find(&log, &c);
			assert_int_equal(c.closed, 2);
			assert_int_equal(c.folded, n < 2000);
		}
	}
}

// Only what its own task does next follows from a warning, and only when the taint is new.
static void warning_spoils_its_own_task(void **state)
{
	(void)state;
	static const struct {
		const char *first, *second;
		unsigned folded;
	} cases[] = {
	    {"CPU: 1 PID: 2 Comm: k Not tainted 6.1.0", "CPU: 1 PID: 2 Comm: k Tainted: G W 6.1.0",
	     1},
	    {"CPU: 1 PID: 2 Comm: k Not tainted 6.1.0", "CPU: 1 PID: 3 Comm: k Tainted: G W 6.1.0",
	     0},
	    {"CPU: 1 PID: 2 Comm: k Tainted: G W 6.1.0", "CPU: 1 PID: 2 Comm: k Tainted: G W 6.1.0",
	     0},
	    {"CPU: 1 PID: 2 Comm: k Not tainted 6.1.0", "CPU: 1 PID: 2 Comm: k Not tainted 6.1.0",
	     0},
	    {"CPU: 1 PID: 0 Comm: k Not tainted 6.1.0", "CPU: 1 PID: 0 Comm: k Tainted: G W 6.1.0",
	     1},
	    {"CPU: 1 PID: 0 Comm: k Not tainted 6.1.0", "CPU: 2 PID: 0 Comm: k Tainted: G W 6.1.0",
	     0},
	    {"CPU: 1 PID: 2 Comm: k Not tainted 6.1.0", "CPU: 2 PID: 2 Comm: k Tainted: G W 6.1.0",
	     1},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP_BUFFER struct buffer log = {0};
		buffer_printf(&log,
			      "[    1.000001] WARNING: mm/a.c:3 at brew+0x1/0x2\n"
			      "[    1.000002] %s #1\n[    1.000003] ---[ end trace 0 ]---\n",
			      cases[i].first);
		buffer_printf(&log,
			      "[    1.000011] WARNING: mm/b.c:3 at pour+0x1/0x2\n"
			      "[    1.000012] %s #1\n[    1.000013] ---[ end trace 0 ]---\n",
			      cases[i].second);
		if (folded(&log) != cases[i].folded)
			fail_msg("%s, then %s", cases[i].first, cases[i].second);
	}
}

// A folded report names the root of its root.
static void consequences_of_consequences_name_the_first(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer log = {0};
	CLEANUP_COLLECTED struct collected c;
	buffer_append_str(&log, die);
	buffer_append_str(&log,
			  "[    1.000001] WARNING: CPU: 1 PID: 2 at mm/a.c:3 pour+0x1/0x2\n"
			  "[    1.000001] CPU: 1 PID: 2 Comm: k Tainted: G      D  6.1.0 #1\n"
			  "[    1.000001] ---[ end trace 0000000000000000 ]---\n"
			  "[    1.000002] WARNING: CPU: 1 PID: 2 at mm/b.c:3 spill+0x1/0x2\n"
			  "[    1.000002] CPU: 1 PID: 2 Comm: k Tainted: G      D W  6.1.0 #1\n"
			  "[    1.000002] ---[ end trace 0000000000000000 ]---\n"
			  "[    1.000003] Kernel panic - not syncing: Fatal exception\n");
	find(&log, &c);
	assert_int_equal(c.folded, 3);
	const char *p = buffer_str(&c.text);
	unsigned roots = 0;
	while ((p = strstr(p, " folded "))) {
		assert_true(strncmp(p, " folded 1 ", 10) == 0 || strncmp(p, " folded 0 ", 10) == 0);
		roots += strncmp(p, " folded 1 ", 10) == 0;
		p++;
	}
	assert_int_equal(roots, 3);
}

static void shell_tells_of_a_killed_child_within_sixty_lines(void **state)
{
	(void)state;
	for (unsigned n = 58; n <= 60; n++) {
		CLEANUP_BUFFER struct buffer log = {0};
		CLEANUP_COLLECTED struct collected c;
		buffer_append_str(&log, bare_die);
		fill(&log, "tea: ", n);
		buffer_append_str(&log, "Segmentation fault\n");
		find(&log, &c);
		assert_int_equal(c.closed, n < 60 ? 1 : 2);
	}
}

// ---- counts -------------------------------------------------------------------------------------

static void frames_beyond_the_forty_eighth_are_counted_but_not_kept(void **state)
{
	(void)state;
	uint64_t last = 0;
	for (unsigned n = 47; n <= 50; n++) {
		CLEANUP_BUFFER struct buffer log = {0}, wanted = {0};
		CLEANUP_COLLECTED struct collected c;
		buffer_append_str(&log, warning);
		buffer_append_str(&log, "[    1.000002] Call trace:\n");
		for (unsigned i = 0; i < n; i++)
			buffer_printf(&log, "[    1.000003]  cup%u+0x1/0x2\n", i);
		buffer_append_str(&log, warning_end);
		find(&log, &c);
		buffer_printf(&wanted, "frames %u ", n < 48 ? n : 48);
		assert_non_null(strstr(buffer_str(&c.text), buffer_str(&wanted)));
		assert_true(c.sig3[0] != last);
		last = c.sig3[0];
	}
}

static void count_storm(const struct detect_event *event, void *arg)
{
	unsigned *storm = arg;
	*storm += event->kind == DETECT_SPLAT_CLOSE && event->splat.storm;
}

static void storm_begins_behind_the_two_hundredth_report(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer log = {0};
	CLEANUP_DETECT struct detect *d = NULL;
	unsigned storm = 0;
	for (unsigned i = 0; i < 300; i++)
		buffer_printf(&log,
			      "[    1.%06u] WARNING: CPU: 1 PID: 2 at mm/a.c:%u cup%u+0x1/0x2\n"
			      "[    1.%06u] ---[ end trace 0000000000000000 ]---\n",
			      2 * i, i, i, 2 * i + 1);
	struct error *e = detect_new(NULL, &d);
	assert_null(e);
	detect_feed(d, log.data, log.len, 0, count_storm, &storm);
	detect_end(d, DETECT_END_CLOSED, count_storm, &storm);
	assert_int_equal(storm, 100);
}

static void nine_reports_at_once_are_one_too_many(void **state)
{
	(void)state;
	for (unsigned n = 8; n <= 9; n++) {
		CLEANUP_BUFFER struct buffer log = {0};
		for (unsigned i = 0; i < n; i++)
			buffer_printf(&log,
				      "[    1.000001][  T%u] WARNING: CPU: 1 PID: 2 at mm/a.c:3 "
				      "cup%u+0x1/0x2\n",
				      i + 1, i);
		for (unsigned i = 0; i < n; i++)
			buffer_printf(
			    &log, "[    1.000002][  T%u] ---[ end trace 0000000000000000 ]---\n",
			    i + 1);
		check(&log, "close evicted", n > 8, "reports", n);
		check(&log, "close 1 line 1-9", n == 8, "reports", n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(report_waits_forty_lines_for_its_end),
	    cmocka_unit_test(report_waits_a_thousand_lines_of_other_callers),
	    cmocka_unit_test(report_without_end_ends_with_the_third_line_of_another),
	    cmocka_unit_test(report_of_a_caller_ends_with_its_first_other_line),
	    cmocka_unit_test(report_waits_thirty_lines_for_its_trace),
	    cmocka_unit_test(report_waits_a_minute),
	    cmocka_unit_test(report_has_two_thousand_lines),
	    cmocka_unit_test(ruler_ends_a_report_behind_three_lines),
	    cmocka_unit_test(cut_line_waits_eight_lines_for_its_header),
	    cmocka_unit_test(text_ahead_counts_for_eight_lines_and_once),
	    cmocka_unit_test(message_is_cut_at_its_room),
	    cmocka_unit_test(panic_follows_from_a_death_within_ten_seconds),
	    cmocka_unit_test(panic_follows_from_a_death_within_sixty_lines_without_stamps),
	    cmocka_unit_test(panic_follows_from_a_warning_within_sixty_lines),
	    cmocka_unit_test(cascade_follows_within_a_second),
	    cmocka_unit_test(cascade_follows_within_thirty_lines_of_one_stamp),
	    cmocka_unit_test(cascade_follows_within_six_lines_without_stamps),
	    cmocka_unit_test(memory_that_is_short_is_one_report_within_two_thousand_lines),
	    cmocka_unit_test(warning_spoils_its_own_task),
	    cmocka_unit_test(consequences_of_consequences_name_the_first),
	    cmocka_unit_test(shell_tells_of_a_killed_child_within_sixty_lines),
	    cmocka_unit_test(frames_beyond_the_forty_eighth_are_counted_but_not_kept),
	    cmocka_unit_test(storm_begins_behind_the_two_hundredth_report),
	    cmocka_unit_test(nine_reports_at_once_are_one_too_many),
	};
	return cmocka_run_group_tests_name("detect/borders", tests, NULL, NULL);
}
