// SPDX-License-Identifier: GPL-2.0-or-later
// The line of a tool's output that tells why.
#include "unit/unit.h"

#include "board/words.h"

static void expect(const char *output, const char *telling, const char *last)
{
	CLEANUP_BUFFER struct buffer a = {0};
	CLEANUP_BUFFER struct buffer b = {0};
	words_telling_line(output, strlen(output), &a);
	words_last_line(output, strlen(output), &b);
	assert_string_equal(buffer_str(&a), telling);
	assert_string_equal(buffer_str(&b), last);
}

static void an_error_tells_more_than_a_failure_and_that_more_than_the_last_line(void **state)
{
	(void)state;
	expect("Open On-Chip Debugger 0.12.0\nError: unable to find a CMSIS-DAP device\n"
	       "** OpenOCD init failed **\nshutdown command invoked\n",
	       "Error: unable to find a CMSIS-DAP device", "shutdown command invoked");
	expect("Sending 'boot' (65536 KB)\nFAILED (remote: 'Partition not found')\ndone\n",
	       "FAILED (remote: 'Partition not found')", "done");
	expect("dfu-util 0.11\n\nOpening\n", "Opening", "Opening");
	expect("Error in packet.\nReason: notWritable (That object does not support modification)\n"
	       "Failed object: .1.3.6\n",
	       "Reason: notWritable (That object does not support modification)",
	       "Failed object: .1.3.6");
	expect("No compatible devices detected at location 2-4!\nRun with -h to get usage info.\n",
	       "No compatible devices detected at location 2-4!", "Run with -h to get usage info.");
	expect("", "", "");
	expect("\n \r\n", "", "");
}

static void good_news_is_no_error(void **state)
{
	(void)state;
	expect("verify: 0 errors\nnot programmed: no such chip\nbye\n",
	       "not programmed: no such chip", "bye");
	expect("errors: 0\nready\n", "ready", "ready");
}

static void progress_and_colours_are_taken_away(void **state)
{
	(void)state;
	expect("10%\r50%\r\x1b[31mERROR:\x1b[0m\tchip\b\bip is  locked \x1b[K\r\n",
	       "ERROR: chip is  locked", "ERROR: chip is  locked");
	expect("a\x1b", "a", "a");
	expect("b\x1b[3", "b", "b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_error_tells_more_than_a_failure_and_that_more_than_the_last_line),
	    cmocka_unit_test(good_news_is_no_error),
	    cmocka_unit_test(progress_and_colours_are_taken_away),
	};
	return cmocka_run_group_tests_name("board/words", tests, NULL, NULL);
}
