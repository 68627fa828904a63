// SPDX-License-Identifier: GPL-2.0-or-later
// Each wait until U-Boot stands at a clean prompt: nothing happens a nanosecond before its end, and
// exactly what is to happen does at its end.
#include "unit/board_uboot_shell_time.h"

// ---- booting ------------------------------------------------------------------------------------

static void a_prompt_counts_after_20_ms_of_silence(void **state)
{
	(void)state;
	struct uboot_shell u;
	start(&u, &whole, FAR_AWAY);
	expect_wait(&u, FAR_AWAY);
	say(&u, "\r\n=> ", BEGIN + 3);
	expect_wait(&u, BEGIN + 3 + SILENCE);
	uboot_shell_tick(&u, BEGIN + 3 + SILENCE);
	expect_sent(&u, "\x03");
	assert_int_equal(u.state, UBOOT_SYNCING);
	expect_wait(&u, BEGIN + 3 + SILENCE + RETRY);
	uboot_shell_deinit(&u);
}

static void a_prompt_that_is_followed_by_text_is_none_unless_autoboot_was_stopped(void **state)
{
	(void)state;
	struct uboot_shell u;
	start(&u, &whole, FAR_AWAY);
	say(&u, "\r\n=> help", BEGIN);
	uboot_shell_tick(&u, BEGIN + SILENCE);
	assert_int_equal(u.state, UBOOT_BOOTING);
	expect_wait(&u, FAR_AWAY);
	uboot_shell_deinit(&u);

	start(&u, &whole, FAR_AWAY);
	say(&u, "\r\nHit any key to stop autoboot:  2 ", BEGIN);
	expect_sent(&u, " ");
	say(&u, "\r\n=> x", BEGIN + 9);
	expect_wait(&u, BEGIN + 9 + SILENCE);
	uboot_shell_tick(&u, BEGIN + 9 + SILENCE);
	expect_sent(&u, "\x03");
	uboot_shell_deinit(&u);
}

// While bytes come, a prompt is not yet looked at, whatever is due.
static void a_prompt_is_not_taken_while_the_board_talks(void **state)
{
	(void)state;
	struct uboot_shell u;
	start(&u, &whole, FAR_AWAY);
	say(&u, "\r\nHit any key to stop autoboot:  2 \r\n=> ", BEGIN);
	expect_sent(&u, " ");
	say(&u, "a", BEGIN + SILENCE - 1);
	assert_int_equal(u.state, UBOOT_BOOTING);
	expect_wait(&u, BEGIN + 2 * SILENCE - 1);
	uboot_shell_deinit(&u);
}

static void a_boot_without_prompt_ends_at_its_limit(void **state)
{
	(void)state;
	struct uboot_shell u;
	start(&u, &whole, BEGIN + NS_PER_S);
	say(&u, "\r\nU-Boot 2023\r\n", BEGIN + NS_PER_S - SILENCE / 2);
	expect_wait(&u, BEGIN + NS_PER_S);
	uboot_shell_tick(&u, BEGIN + NS_PER_S);
	expect_over(&u, UBOOT_NO_PROMPT);
	uboot_shell_tick(&u, FAR_AWAY);
	say(&u, "\r\n=> ", FAR_AWAY);
	expect_over(&u, UBOOT_NO_PROMPT);
	uboot_shell_deinit(&u);
}

static void eight_keys_are_sent_200_ms_apart_and_then_ctrl_c(void **state)
{
	(void)state;
	struct uboot_shell u;
	start(&u, &whole, FAR_AWAY);
	int64_t now = BEGIN + 5;
	say(&u, "\r\nHit any key to stop autoboot:  2 ", now);
	for (int key = 1; key <= 8; key++) {
		expect_sent(&u, " ");
		expect_wait(&u, now + KEY);
		say(&u, ".", now + SILENCE); // moves nothing
		assert_int_equal(u.wake_ns, now + KEY);
		now += KEY;
		uboot_shell_tick(&u, now);
	}
	expect_sent(&u, "\x03");
	assert_int_equal(u.state, UBOOT_SYNCING);
	uboot_shell_deinit(&u);
}

static void a_key_is_due_no_later_than_the_limit(void **state)
{
	(void)state;
	struct uboot_shell u;
	start(&u, &whole, BEGIN + KEY / 2);
	say(&u, "\r\nHit any key to stop autoboot:  2 ", BEGIN);
	expect_sent(&u, " ");
	expect_wait(&u, BEGIN + KEY / 2);
	uboot_shell_tick(&u, BEGIN + KEY / 2);
	expect_over(&u, UBOOT_NO_PROMPT);
	uboot_shell_deinit(&u);

	start(&u, &whole, BEGIN + KEY * 3 / 2);
	say(&u, "\r\nHit any key to stop autoboot:  2 ", BEGIN);
	expect_sent(&u, " ");
	uboot_shell_tick(&u, BEGIN + KEY);
	expect_sent(&u, " ");
	expect_wait(&u, BEGIN + KEY * 3 / 2);
	uboot_shell_deinit(&u);
}

static void an_announcement_without_line_end_is_read_after_20_ms(void **state)
{
	(void)state;
	static const char said[] = "\r\nPress 'x' to stop autoboot";
	struct uboot_shell u;
	start(&u, &whole, FAR_AWAY);
	say(&u, said, BEGIN);
	expect_wait(&u, BEGIN + SILENCE);
	uboot_shell_tick(&u, BEGIN + SILENCE);
	expect_sent(&u, "x");
	expect_wait(&u, BEGIN + SILENCE + KEY);
	uboot_shell_deinit(&u);

	// The board's file tells the text: only that counts.
	const struct uboot_shell_config own = {.autoboot = "any digit"};
	start(&u, &own, FAR_AWAY);
	say(&u, "\r\nPress 'x' to stop autoboot", BEGIN);
	uboot_shell_tick(&u, BEGIN + SILENCE);
	assert_int_equal(u.out.len, 0);
	say(&u, "\r\nany digit", BEGIN + NS_PER_S);
	expect_sent(&u, " ");
	assert_string_equal(buffer_str(&u.announced), "any digit");
	uboot_shell_deinit(&u);
}

// One announcement is answered; what follows is another line's business.
static void an_announcement_is_answered_once(void **state)
{
	(void)state;
	struct uboot_shell u;
	start(&u, &whole, FAR_AWAY);
	say(&u, "\r\nPress 'x' to stop autoboot\r\nPress 'y' to stop autoboot\r\n", BEGIN);
	expect_sent(&u, "x");
	assert_int_equal(u.key_tries, 1);
	assert_string_equal(buffer_str(&u.announced), "Press 'x' to stop autoboot");
	uboot_shell_deinit(&u);
}

static void what_no_text_has_is_counted_as_unreadable(void **state)
{
	(void)state;
	struct uboot_shell u;
	for (unsigned c = 0; c < 256; c++) {
		bool text = (c >= 0x20 && c < 0x7f) || c == '\b' || c == '\t' || c == '\n' ||
			    c == '\r' || c == 0x1b;
		const char byte = (char)c;
		start(&u, &whole, FAR_AWAY);
		uboot_shell_feed(&u, &byte, 1, BEGIN);
		assert_int_equal(u.bytes, 1);
		assert_int_equal(u.unreadable, text ? 0 : 1);
		uboot_shell_deinit(&u);
	}
}

static void a_second_boot_knows_nothing_of_the_first(void **state)
{
	(void)state;
	struct uboot_shell u, fresh;
	start(&u, &whole, FAR_AWAY);
	say(&u, "[1.234] \x80" UBOOT_ENVIRONMENT_LOST "\r\n[1.234] U-Boot 2023\r\n", BEGIN);
	say(&u, "[1.235] Press 'x' to stop autoboot\r\n[1.236] => ", BEGIN);
	assert_true(u.environment_lost && u.banner && u.autoboot_seen && u.prompt_seen);
	assert_string_equal(u.stamp, "[0.0] ");
	buffer_append_str(&u.last_line, "of the first");
	u.retype = true;
	u.failure = UBOOT_NOISE;
	uboot_shell_boot(&u, BEGIN, FAR_AWAY);
	start(&fresh, &whole, FAR_AWAY);
	assert_false(u.environment_lost || u.banner || u.autoboot_seen || u.prompt_seen);
	assert_false(u.retype || u.announcement.secret || u.announcement.keys[0]);
	assert_int_equal(u.failure, UBOOT_FAILURE_NONE);
	assert_string_equal(u.stamp, "");
	assert_int_equal(u.announced.len + u.last_line.len + u.out.len + u.window.len, 0);
	assert_int_equal(u.bytes + u.unreadable + u.key_tries, 0);
	assert_int_equal(u.last_ns, fresh.last_ns);
	assert_int_equal(u.step_ns, fresh.step_ns);
	assert_int_equal(u.wake_ns, fresh.wake_ns);
	uboot_shell_deinit(&fresh);
	uboot_shell_deinit(&u);
}

static void who_gives_way_has_missed_its_autoboot(void **state)
{
	(void)state;
	static const char *const words[] = {"Starting kernel", "Booting Linux on physical CPU",
					    "[    0.000000] Linux version "};
	for (size_t i = 0; i < 3; i++) {
		struct uboot_shell u;
		start(&u, &whole, FAR_AWAY);
		for (size_t k = 0; k + 1 < strlen(words[i]); k++)
			uboot_shell_feed(&u, words[i] + k, 1, BEGIN);
		assert_int_equal(u.state, UBOOT_BOOTING);
		say(&u, words[i] + strlen(words[i]) - 1, BEGIN);
		expect_over(&u, UBOOT_AUTOBOOT_MISSED);
		uboot_shell_deinit(&u);
	}
	const struct uboot_shell_config own = {.started = "Jumping"};
	struct uboot_shell u;
	start(&u, &own, FAR_AWAY);
	say(&u, "Starting kernel", BEGIN);
	assert_int_equal(u.state, UBOOT_BOOTING);
	say(&u, "Jumping", BEGIN);
	expect_over(&u, UBOOT_AUTOBOOT_MISSED);
	uboot_shell_deinit(&u);
}

// ---- a clean prompt -----------------------------------------------------------------------------

static void a_clean_prompt_is_asked_for_each_half_second_until_the_limit(void **state)
{
	(void)state;
	struct uboot_shell u;
	int64_t limit = BEGIN + 3 * RETRY + 7;
	uboot_shell_init(&u, &whole);
	buffer_append_str(&u.out, "half-typed");
	u.failure = UBOOT_NOISE;
	u.retype = true;
	uboot_shell_sync(&u, BEGIN, limit);
	assert_int_equal(u.failure, UBOOT_FAILURE_NONE);
	assert_false(u.retype);
	for (int64_t now = BEGIN; now < limit; now += RETRY) {
		expect_sent(&u, "\x03");
		expect_wait(&u, now + RETRY < limit ? now + RETRY : limit);
		uboot_shell_tick(&u, now + RETRY < limit ? now + RETRY : limit);
	}
	expect_over(&u, UBOOT_NO_PROMPT);
	uboot_shell_deinit(&u);
}

static void a_clean_prompt_is_one_that_20_ms_of_silence_follow(void **state)
{
	(void)state;
	struct uboot_shell u;
	uboot_shell_init(&u, &whole);
	uboot_shell_sync(&u, BEGIN, FAR_AWAY);
	expect_sent(&u, "\x03");
	say(&u, "<INTERRUPT>\r\n=> ", BEGIN + 11);
	expect_wait(&u, BEGIN + 11 + SILENCE);
	say(&u, "x", BEGIN + 12); // no prompt any more
	expect_wait(&u, BEGIN + RETRY);
	say(&u, "\r\n=> ", BEGIN + RETRY - 3);
	expect_wait(&u, BEGIN + RETRY); // the earlier of both
	uboot_shell_tick(&u, BEGIN + RETRY);
	expect_sent(&u, "\x03");
	assert_int_equal(u.state, UBOOT_SYNCING);
	uboot_shell_deinit(&u);

	uboot_shell_init(&u, &whole);
	uboot_shell_sync(&u, BEGIN, FAR_AWAY);
	say(&u, "\r\n=> ", BEGIN + 11);
	uboot_shell_tick(&u, BEGIN + 11 + SILENCE);
	assert_int_equal(u.state, UBOOT_READY);
	assert_true(u.wake_ns == INT64_MAX);
	uboot_shell_deinit(&u);
}

// Silence is counted from the Ctrl-C too: what stood there before is not what it asks for.
static void a_prompt_before_the_ctrl_c_does_not_count(void **state)
{
	(void)state;
	struct uboot_shell u;
	start(&u, &whole, FAR_AWAY);
	say(&u, "\r\n=> ", BEGIN);
	uboot_shell_tick(&u, BEGIN + SILENCE);
	assert_int_equal(u.window.len, 0);
	uboot_shell_tick(&u, BEGIN + 2 * SILENCE);
	assert_int_equal(u.state, UBOOT_SYNCING);
	uboot_shell_deinit(&u);
}

static void a_prompt_at_the_limit_itself_still_counts(void **state)
{
	(void)state;
	struct uboot_shell u;
	uboot_shell_init(&u, &whole);
	uboot_shell_sync(&u, BEGIN, BEGIN + SILENCE);
	say(&u, "\r\n=> ", BEGIN);
	uboot_shell_tick(&u, BEGIN + SILENCE);
	assert_int_equal(u.state, UBOOT_READY);
	uboot_shell_deinit(&u);
}

static void asking_for_a_prompt_ends_when_another_system_speaks(void **state)
{
	(void)state;
	struct uboot_shell u;
	uboot_shell_init(&u, &whole);
	uboot_shell_sync(&u, BEGIN, FAR_AWAY);
	say(&u, "Starting kernel", BEGIN);
	expect_over(&u, UBOOT_AUTOBOOT_MISSED);
	uboot_shell_sync(&u, BEGIN, FAR_AWAY);
	say(&u, "\r\n\r\nU-Boot ", BEGIN);
	expect_over(&u, UBOOT_REBOOTED);
	uboot_shell_deinit(&u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_prompt_counts_after_20_ms_of_silence),
	    cmocka_unit_test(a_prompt_that_is_followed_by_text_is_none_unless_autoboot_was_stopped),
	    cmocka_unit_test(a_prompt_is_not_taken_while_the_board_talks),
	    cmocka_unit_test(a_boot_without_prompt_ends_at_its_limit),
	    cmocka_unit_test(eight_keys_are_sent_200_ms_apart_and_then_ctrl_c),
	    cmocka_unit_test(a_key_is_due_no_later_than_the_limit),
	    cmocka_unit_test(an_announcement_without_line_end_is_read_after_20_ms),
	    cmocka_unit_test(an_announcement_is_answered_once),
	    cmocka_unit_test(what_no_text_has_is_counted_as_unreadable),
	    cmocka_unit_test(a_second_boot_knows_nothing_of_the_first),
	    cmocka_unit_test(who_gives_way_has_missed_its_autoboot),
	    cmocka_unit_test(a_clean_prompt_is_asked_for_each_half_second_until_the_limit),
	    cmocka_unit_test(a_clean_prompt_is_one_that_20_ms_of_silence_follow),
	    cmocka_unit_test(a_prompt_before_the_ctrl_c_does_not_count),
	    cmocka_unit_test(a_prompt_at_the_limit_itself_still_counts),
	    cmocka_unit_test(asking_for_a_prompt_ends_when_another_system_speaks),
	};
	return cmocka_run_group_tests_name("board/boot/uboot_shell: time until the prompt", tests,
					   NULL, NULL);
}
