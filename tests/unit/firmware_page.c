// SPDX-License-Identifier: GPL-2.0-or-later
// The result page: whole and consistent at every moment somebody may look at it.
#include "unit/unit.h"

#include <zlib.h>

#include "report/memory.h"
#include "report/page.h"

// The page as this CPU has it, and as others see it: what was settled.
static _Alignas(64) uint8_t own[RESULT_PAGE_SIZE], memory[RESULT_PAGE_SIZE];
static unsigned settled;

void *memory_page(void)
{
	return own;
}

static const struct result_page *seen(void)
{
	return (const struct result_page *)memory;
}

static const char *text(void)
{
	return (const char *)memory + seen()->header;
}

// What a reader relies on, whenever the magic is there.
static void assert_consistent(void)
{
	if (memcmp(seen()->magic, "MMFWPAGE", 8) != 0)
		return;
	assert_int_equal(seen()->header, sizeof(struct result_page));
	assert_int_equal(seen()->room, RESULT_PAGE_SIZE - sizeof(struct result_page));
	assert_in_range(seen()->length, 0, seen()->room);
	assert_int_equal(seen()->crc, crc32(0, (const Bytef *)text(), seen()->length));
}

void memory_settle(const void *start, size_t size)
{
	size_t offset = (size_t)((const uint8_t *)start - own);
	assert_in_range(offset + size, 1, RESULT_PAGE_SIZE);
	memcpy(memory + offset, start, size);
	settled++;
	assert_consistent();
}

static int set_up(void **state)
{
	(void)state;
	memset(own, 0xa5, sizeof(own));
	memset(memory, 0xa5, sizeof(memory));
	settled = 0;
	page_start();
	return 0;
}

static void a_fresh_page_is_empty(void **state)
{
	(void)state;
	assert_memory_equal(seen()->magic, "MMFWPAGE", 8);
	assert_int_equal(seen()->length, 0);
	assert_int_equal(seen()->ended, 0);
	assert_int_equal(settled, 2); // the magic behind all else
}

static void nothing_of_an_earlier_run_is_left(void **state)
{
	(void)state;
	page_line("#mm end r=pass");
	assert_int_equal(seen()->ended, 1);
	page_start();
	assert_int_equal(seen()->length, 0);
	assert_int_equal(seen()->ended, 0);
	assert_int_equal(seen()->crc, 0);
}

static void lines_follow_each_other(void **state)
{
	(void)state;
	page_line("");
	page_line("#mm hello v=1");
	page_line("bad \x01\xff");
	static const char expected[] = "\n#mm hello v=1\nbad ??\n";
	assert_int_equal(seen()->length, sizeof(expected) - 1);
	assert_memory_equal(text(), expected, sizeof(expected) - 1);
	assert_int_equal(seen()->ended, 0);
	page_line("#mm end r=pass pass=1");
	assert_int_equal(seen()->ended, 1);
	page_line("and something behind it");
	assert_int_equal(seen()->ended, 0);
}

static void a_full_page_keeps_failures_and_the_end(void **state)
{
	(void)state;
	char line[200];
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	while (!seen()->lost)
		page_line(line);
	assert_int_equal(seen()->lost, 200);
	while (seen()->lost == 200)
		page_line("y");
	assert_int_equal(seen()->lost, 202);
	uint32_t length = seen()->length;
	page_line("#mm test id=S14.W1 r=pass q=1");
	assert_int_equal(seen()->length, length);
	page_line("#mm test id=S14.W7 r=fail why=\"late\" q=2");
	page_line("#mm test id=S1.arguments r=error q=3");
	page_line("#mm end r=fail q=4");
	assert_non_null(strstr(text() + length, "S14.W7 r=fail"));
	assert_non_null(strstr(text() + length, "r=error"));
	assert_int_equal(seen()->ended, 1);
	// Even these come to an end.
	for (unsigned i = 0; i < 1000; i++)
		page_line("#mm test id=S14.W7 r=fail why=\"late\" q=2");
	assert_consistent();
	assert_in_range(seen()->lost, 1000, UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(a_fresh_page_is_empty, set_up),
	    cmocka_unit_test_setup(nothing_of_an_earlier_run_is_left, set_up),
	    cmocka_unit_test_setup(lines_follow_each_other, set_up),
	    cmocka_unit_test_setup(a_full_page_keeps_failures_and_the_end, set_up),
	};
	return cmocka_run_group_tests_name("firmware/report/page", tests, NULL, NULL);
}
