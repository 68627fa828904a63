// SPDX-License-Identifier: GPL-2.0-or-later
// What the last bytes of a U-Boot console are taken for, and what they are not.
#include "unit/unit.h"

#include <stdbool.h>
#include <stdlib.h>

#include "board/boot/uboot_sight.h"

static const struct uboot_shell_config none;

static void show(struct uboot_shell *u, const char *text)
{
	buffer_truncate(&u->window, 0);
	buffer_append_str(&u->window, text);
}

static bool is_prompt(const char *text)
{
	struct uboot_shell u;
	uboot_shell_init(&u, &none);
	show(&u, text);
	bool prompt = uboot_sight_prompt(&u);
	uboot_shell_deinit(&u);
	return prompt;
}

static void a_prompt_stands_at_the_start_of_a_line(void **state)
{
	(void)state;
	assert_true(is_prompt("=> "));
	assert_true(is_prompt("\n=> "));
	assert_true(is_prompt("\r=> "));
	assert_true(is_prompt("words\r\n=> "));
	assert_false(is_prompt(""));
	assert_false(is_prompt("> "));
	assert_false(is_prompt("=>"));
	assert_false(is_prompt("=> x"));
	assert_false(is_prompt("\r\n => "));
	assert_false(is_prompt("usage: a => "));
	assert_false(is_prompt("\r\n=> => "));
}

static void a_stamp_ahead_of_a_prompt_is_learnt_from_the_line_before(void **state)
{
	(void)state;
	assert_true(is_prompt("[12:00:01] words\r\n[12:00:02] => "));
	assert_true(is_prompt("[12:00:01] words\r\n\r\n[12:00:02] => "));
	assert_true(is_prompt("[12:00:01] \n\r[12:00:02] => "));
	assert_true(is_prompt("[1] words\r\n[12:00:01] words\r\n[12:00:02] => "));
	assert_false(is_prompt("[12:00:02] => "));
	assert_false(is_prompt("words\r\n[12:00:02] => "));
	assert_false(is_prompt("[12:00:01] words\r\nwords\r\n[12:00:02] => "));
	assert_false(is_prompt("[12:00:01] words\r\n[12:00:02]: => "));
	assert_false(is_prompt("ab words\r\nab => ")); // two letters are no time
	assert_false(is_prompt("\r\nvalue 123 => "));
}

static void a_stamp_that_was_learnt_needs_no_line_before(void **state)
{
	(void)state;
	struct uboot_shell u;
	uboot_shell_init(&u, &none);
	show(&u, "[12:00:01] words\r\n[12:00:02] => ");
	assert_true(uboot_sight_prompt(&u));
	assert_string_equal(u.stamp, "[0:0:0] ");
	show(&u, "[13:45:59] => ");
	assert_true(uboot_sight_prompt(&u));
	show(&u, "\r\n=> "); // it may be missing
	assert_true(uboot_sight_prompt(&u));
	show(&u, "[13:45:59] x => ");
	assert_false(uboot_sight_prompt(&u));
	show(&u, "[13:45] => ");
	assert_false(uboot_sight_prompt(&u));
	uboot_shell_deinit(&u);
}

static void only_so_many_bytes_are_looked_back_on(void **state)
{
	(void)state;
	struct uboot_shell u;
	uboot_shell_init(&u, &none);
	for (const char *c = "12345678"; *c; c++)
		uboot_sight_append(&u, *c, 8);
	assert_string_equal(buffer_str(&u.window), "12345678");
	uboot_sight_append(&u, '9', 8);
	assert_string_equal(buffer_str(&u.window), "6789");
	uboot_sight_append(&u, 'a', 8);
	assert_string_equal(buffer_str(&u.window), "6789a");
	uboot_shell_deinit(&u);
}

static bool is_reboot(const char *stamp, const char *text)
{
	struct uboot_shell u;
	uboot_shell_init(&u, &none);
	snprintf(u.stamp, sizeof(u.stamp), "%s", stamp);
	show(&u, text);
	bool again = uboot_sight_reboot(&u);
	uboot_shell_deinit(&u);
	return again;
}

static void a_banner_has_an_empty_line_before_it(void **state)
{
	(void)state;
	assert_true(is_reboot("", "\n\nU-Boot "));
	assert_true(is_reboot("", "\r\n\r\nU-Boot "));
	assert_true(is_reboot("", "\n\r\n\rU-Boot "));
	assert_true(is_reboot("", "words\r\n\r\nU-Boot "));
	assert_true(is_reboot("", "words\r\n\r\n\r\nU-Boot "));
	assert_false(is_reboot("", "U-Boot "));
	assert_false(is_reboot("", "\nU-Boot "));
	assert_false(is_reboot("", "\r\rU-Boot "));
	assert_false(is_reboot("", "words\r\nU-Boot "));
	assert_false(is_reboot("", "words\r\nwords\r\nU-Boot "));
	assert_false(is_reboot("", "\r\n\r\nthis is U-Boot "));
	assert_false(is_reboot("", "\r\n\r\nU-Boot"));
	assert_true(is_reboot("", "\r\nU-Boot SPL "));
	assert_true(is_reboot("", "words\nU-Boot SPL "));
	assert_false(is_reboot("", "U-Boot SPL "));
	assert_false(is_reboot("", "words U-Boot SPL "));
	assert_true(is_reboot("", "Hit any key to stop autoboot"));
	assert_false(is_reboot("", "Hit any key to stop"));
}

static void stamps_hide_no_banner(void **state)
{
	(void)state;
	assert_true(is_reboot("[0] ", "[1] \r\n[2] \r\n[3] U-Boot "));
	assert_true(is_reboot("[0] ", "words\r\n[2] \r\n[3] U-Boot "));
	assert_true(is_reboot("[0] ", "words\r\n[3] U-Boot SPL "));
	assert_false(is_reboot("", "[1] \r\n[2] \r\n[3] U-Boot "));
	assert_false(is_reboot("[0] ", "[2] words\r\n(3) U-Boot SPL "));
}

static void a_board_s_own_autoboot_text_is_a_reboot_too(void **state)
{
	(void)state;
	const struct uboot_shell_config own = {.autoboot = "any digit"};
	struct uboot_shell u;
	uboot_shell_init(&u, &own);
	show(&u, "any digit");
	assert_true(uboot_sight_reboot(&u));
	show(&u, "Hit any key to stop autoboot");
	assert_false(uboot_sight_reboot(&u));
	uboot_shell_deinit(&u);
}

static void the_last_line_is_the_last_that_says_something(void **state)
{
	(void)state;
	static const struct {
		const char *window, *line;
	} known[] = {{"one\r\ntwo \t\r\n\r\n", "two"},
		     {"one", "one"},
		     {" one two", " one two"},
		     {"\r\n \r\n", "kept"},
		     {"", "kept"},
		     {"a\rb", "b"},
		     {"x", "x"},
		     {"\nx\n", "x"}};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct uboot_shell u;
		uboot_shell_init(&u, &none);
		buffer_append_str(&u.last_line, "kept");
		show(&u, known[i].window);
		uboot_sight_keep_last_line(&u);
		assert_string_equal(buffer_str(&u.last_line), known[i].line);
		uboot_shell_deinit(&u);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_prompt_stands_at_the_start_of_a_line),
	    cmocka_unit_test(a_stamp_ahead_of_a_prompt_is_learnt_from_the_line_before),
	    cmocka_unit_test(a_stamp_that_was_learnt_needs_no_line_before),
	    cmocka_unit_test(only_so_many_bytes_are_looked_back_on),
	    cmocka_unit_test(a_banner_has_an_empty_line_before_it),
	    cmocka_unit_test(stamps_hide_no_banner),
	    cmocka_unit_test(a_board_s_own_autoboot_text_is_a_reboot_too),
	    cmocka_unit_test(the_last_line_is_the_last_that_says_something),
	};
	return cmocka_run_group_tests_name("board/boot/uboot_sight", tests, NULL, NULL);
}
