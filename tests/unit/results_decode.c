// SPDX-License-Identifier: GPL-2.0-or-later
// Entries of a trace in console text, and which of them are return addresses.
#include "unit/unit.h"

#include "results/report/decode.h"

static void assert_next(const char **at, const char *symbol, unsigned long offset,
			unsigned long size, bool returns)
{
	struct trace_entry e;
	assert_true(trace_next(at, &e));
	assert_int_equal(e.symbol_len, strlen(symbol));
	assert_memory_equal(e.symbol, symbol, e.symbol_len);
	assert_int_equal(e.offset, offset);
	assert_int_equal(e.size, size);
	assert_int_equal(e.returns, returns);
}

static void entries_are_found_in_order(void **state)
{
	(void)state;
	const char *at = "[   1.0] WARNING: mm/x.c:8 at split+0x15c/0x170, CPU#0: main\n"
			 "pc : split.isra.0+0x10/0x20\n"
			 "lr : caller+0x14/0x28\n"
			 " split+0x15c/0x170 (P)\n"
			 " begin+0x0/0x44 back+0x4/0x8\n";
	assert_next(&at, "split", 0x15c, 0x170, false);
	assert_next(&at, "split.isra.0", 0x10, 0x20, false);
	assert_next(&at, "caller", 0x14, 0x28, true);
	assert_next(&at, "split", 0x15c, 0x170, false);
	assert_next(&at, "begin", 0, 0x44, false);
	assert_next(&at, "back", 4, 8, true);
	struct trace_entry e;
	assert_false(trace_next(&at, &e));
}

static void what_is_no_entry_is_passed_over(void **state)
{
	(void)state;
	static const char *const none[] = {"",           "+",         "a+0x/0x8",
					   "a+0x8",      "a+8/0x10",  "+0x1/2",
					   "a+0x8/0x8",  "a+0x9/0x8", "a+0x1/0x8 [m]",
					   "a+ 0x1/0x8", "a+0x1/",    "a+0xfffffffffffffffff/0x8"};
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		const char *at = none[i];
		struct trace_entry e;
		if (trace_next(&at, &e))
			fail_msg("%s", none[i]);
	}
	const char *at = "x+y a+0x1/0x1 b+0x2/0x4";
	assert_next(&at, "b", 2, 4, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(entries_are_found_in_order),
	    cmocka_unit_test(what_is_no_entry_is_passed_over),
	};
	return cmocka_run_group_tests_name("results/decode", tests, NULL, NULL);
}
