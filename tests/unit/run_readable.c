// SPDX-License-Identifier: GPL-2.0-or-later
// A console that cannot be read since the handover is told from one that says odd things.
#include "unit/unit.h"

#include <stdbool.h>

#include "run/readable.h"

static bool is_unreadable(const char *bytes, size_t len, size_t chunk)
{
	struct readable r = {0};
	for (size_t at = 0; at < len; at += chunk)
		readable_take(&r, bytes + at, len - at < chunk ? len - at : chunk);
	CLEANUP_ERROR struct error *e = readable_check(&r);
	if (e)
		assert_non_null(strstr(error_text(e), "another baud rate?"));
	return e != NULL;
}

static void what_a_wrong_rate_makes_of_text_is_unreadable(void **state)
{
	(void)state;
	char garbled[200];
	for (size_t i = 0; i < sizeof(garbled); i++)
		garbled[i] = (char)((i * 37 & 0xff) | 0x80);
	for (size_t chunk = 1; chunk < 60; chunk += 7)
		assert_true(is_unreadable(garbled, sizeof(garbled), chunk));
	char late[6200]; // an early console that could be read, the kernel's own that cannot
	memset(late, 'x', sizeof(late));
	memcpy(late + sizeof(late) - 60, garbled, 60);
	assert_false(is_unreadable(late, sizeof(late), 100)); // too little to tell
	for (size_t i = 1; i <= 3; i++)
		memcpy(late + sizeof(late) - i * sizeof(garbled), garbled, sizeof(garbled));
	assert_true(is_unreadable(late, sizeof(late), 100));
	memset(garbled, 0, sizeof(garbled)); // a rate far too low
	assert_true(is_unreadable(garbled, sizeof(garbled), 64));
	assert_false(is_unreadable(garbled, 20, 64)); // a glitch
}

static void text_of_any_tongue_and_terminal_codes_are_readable(void **state)
{
	(void)state;
	static const char text[] = "Starting kernel ...\r\n\r\n[    0.000000] Booting Linux\r\n"
				   "\x1b[0;32m  OK  \x1b[0m Gr\xc3\xbc\xc3\x9f"
				   "e \xe2\x97\x8f\t\a\b\r\n";
	assert_false(is_unreadable(text, sizeof(text) - 1, 1000));
	char noisy[200];
	memset(noisy, 'x', sizeof(noisy));
	for (size_t i = 0; i < sizeof(noisy); i += 5)
		noisy[i] = '\xff'; // a fifth
	assert_false(is_unreadable(noisy, sizeof(noisy), 50));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_a_wrong_rate_makes_of_text_is_unreadable),
	    cmocka_unit_test(text_of_any_tongue_and_terminal_codes_are_readable),
	};
	return cmocka_run_group_tests_name("run/readable", tests, NULL, NULL);
}
