// SPDX-License-Identifier: GPL-2.0-or-later
// Which lines a report takes where several tell of themselves: objects, CPUs, callers, torn traces.
#include "unit/unit.h"

#include <stdio.h>

#include "unit/detect_collect.h"

static void assert_text(const struct collected *c, const char *text, bool wanted)
{
	if ((strstr(buffer_str(&c->text), text) != NULL) != wanted)
		fail_msg("\"%s\" is %s in\n%s", text, wanted ? "not" : "there",
			 buffer_str(&c->text));
}

// The word of a test program ahead of an object belongs to it; each object is a leak of its own.
static void each_object_of_kmemleak_is_one_report(void **state)
{
	(void)state;
	static const char object[] =
	    "unreferenced object 0xffff0000c5f3d800 (size 1024):\n"
	    "  comm \"kettle\", pid 412, jiffies 4294899112\n"
	    "  hex dump (first 32 bytes):\n"
	    "    00 00 00 00 00 00 00 00 18 d8 f3 c5 00 00 ff ff  ................\n"
	    "  backtrace (crc 9d4b1ad9):\n"
	    "    kmemleak_alloc+0xb4/0xc4\n"
	    "    __kmalloc_cache_noprof+0x23c/0x334\n"
	    "    %s+0x40/0x1a8\n"
	    "    do_one_initcall+0x74/0x2e0\n";
	static const struct {
		const char *ahead, *closes;
	} cases[] = {
	    {"", "1 leak 2 fill_pot|memory leak in fill_pot\n"
		 "11 leak 2 boil_tea|memory leak in boil_tea\n"},
	    {"BUG: memory leak\n", "1 leak 2 fill_pot|memory leak in fill_pot\n"
				   "12 leak 2 boil_tea|memory leak in boil_tea\n"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP_BUFFER struct buffer log = {0};
		buffer_append_str(&log, cases[i].ahead);
		buffer_printf(&log, object, "fill_pot");
		buffer_append_str(&log, "\n");
		buffer_append_str(&log, cases[i].ahead);
		buffer_printf(&log, object, "boil_tea");
		CLEANUP_COLLECTED struct collected c;
		collect_text(buffer_str(&log), &c);
		assert_string_equal(buffer_str(&c.closes), cases[i].closes);
	}
}

// Of big machines: each CPU by its number, also beyond the first 64.
static void stall_of_any_cpu_takes_the_trace_of_that_cpu_alone(void **state)
{
	(void)state;
	static const int cpus[] = {0, 1, 63, 64, 65, 127, 128, 200, 510, 511};
	enum { COUNT = sizeof(cpus) / sizeof(cpus[0]) };
	for (size_t i = 0; i < COUNT; i++) {
		for (size_t other = 0; other < COUNT; other++) {
			if (other == i)
				continue;
			CLEANUP_BUFFER struct buffer log = {0};
			buffer_printf(
			    &log,
			    "[  310.000001] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:\n"
			    "[  310.000002] rcu: \t%d-...!: (10499 ticks this GP) idle=1/1/0x40\n"
			    "[  310.000003] rcu: \t(detected by 2, t=5252 jiffies, g=-1131, q=4)\n",
			    cpus[i]);
			const int told[] = {cpus[other], cpus[i]};
			for (int t = 0; t < 2; t++)
				buffer_printf(
				    &log,
				    "[  310.00001%d] NMI backtrace for cpu %d\n"
				    "[  310.00001%d] CPU: %d PID: 7 Comm: k Not tainted 6.1.0 #1\n"
				    "[  310.00001%d] pc : %s+0x20/0x60\n"
				    "[  310.00001%d] Call trace:\n"
				    "[  310.00001%d]  %s+0x20/0x60\n",
				    t, told[t], t, told[t], t, t ? "boil" : "idle_tea", t, t,
				    t ? "boil" : "idle_tea");
			CLEANUP_COLLECTED struct collected c;
			collect_text(buffer_str(&log), &c);
			assert_string_equal(buffer_str(&c.closes),
					    "1 hang.rcu 4 boil|RCU stall in boil\n");
		}
	}
}

// Its own words have no caller: lines that have one are others', and forty of them end it.
static void report_without_a_caller_ends_among_lines_that_have_one(void **state)
{
	(void)state;
	for (unsigned n = 39; n <= 40; n++) {
		CLEANUP_BUFFER struct buffer log = {0};
		buffer_append_str(
		    &log, "[    1.000001] WARNING: CPU: 1 PID: 2 at mm/a.c:3 brew+0x1/0x2\n");
		for (unsigned i = 0; i < n; i++)
			buffer_printf(&log, "[    1.000003][   T9] tea: %u\n", i);
		buffer_append_str(&log, "[    1.000004] ---[ end trace 0000000000000000 ]---\n");
		CLEANUP_COLLECTED struct collected c;
		collect_text(buffer_str(&log), &c);
		assert_text(&c, "close foreign", n >= 40);
		assert_text(&c, "close marker", n < 40);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_object_of_kmemleak_is_one_report),
	    cmocka_unit_test(stall_of_any_cpu_takes_the_trace_of_that_cpu_alone),
	    cmocka_unit_test(report_without_a_caller_ends_among_lines_that_have_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
