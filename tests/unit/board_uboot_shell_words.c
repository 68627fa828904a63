// SPDX-License-Identifier: GPL-2.0-or-later
// What the conversation with U-Boot says when it failed: whole sentences, each from what was seen.
#include "unit/unit.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"
#include "board/boot/uboot_shell.h"

#define LIMIT (3 * NS_PER_S)

static void expect_words(struct uboot_shell *u, const char *wanted)
{
	CLEANUP_BUFFER struct buffer text = {0};
	uboot_shell_describe(u, &text);
	assert_string_equal(buffer_str(&text), wanted);
}

// A board that says `said` and then nothing more, until its time is over.
static void expect_boot(const struct uboot_shell_config *config, const char *said,
			const char *wanted)
{
	struct uboot_shell u;
	uboot_shell_init(&u, config);
	uboot_shell_boot(&u, 0, LIMIT);
	uboot_shell_feed(&u, said, strlen(said), 1);
	for (int64_t now = 2; u.state != UBOOT_FAILED; now = u.wake_ns)
		uboot_shell_tick(&u, now);
	expect_words(&u, wanted);
	uboot_shell_deinit(&u);
}

static const struct uboot_shell_config none;

#define HELLO "\r\n\r\nU-Boot 2023\r\n"

static void no_prompt_is_explained_by_the_first_thing_that_was_missing(void **state)
{
	(void)state;
	expect_boot(&none, "",
		    "no U-Boot prompt: the console stayed silent (power, cable or wrong port)");
	expect_boot(&none, "loader 1.0\r\n",
		    "no U-Boot prompt: no U-Boot banner came either; last line: \"loader 1.0\"");
	expect_boot(&none, HELLO "fine\r\n\r\n",
		    "no U-Boot prompt: U-Boot started, but never said \"Hit any key to stop "
		    "autoboot\"; last line: \"fine\"");
	expect_boot(
	    &none, HELLO "Hit any key to stop autoboot:  2 ",
	    "no U-Boot prompt \"=> \", although autoboot was interrupted: U-Boot said \"Hit "
	    "any key to stop autoboot\", and got \" \" and Ctrl-C; last line: \"Hit any key "
	    "to stop autoboot:  2\"");
	// An announcement without a banner is one of U-Boot all the same.
	expect_boot(
	    &none, "Press 'x' to stop autoboot\r\nfoo# ",
	    "no U-Boot prompt \"=> \", although autoboot was interrupted: U-Boot said "
	    "\"Press 'x' to stop autoboot\", and got \"x\" and Ctrl-C; last line: \"foo#\"");
	expect_boot(&none, HELLO "Enter password - autoboot in 2 sec...\r\n",
		    "no U-Boot prompt: U-Boot wants a password (\"Enter password - autoboot in 2 "
		    "sec...\"), expected `interrupt: TEXT` in the board's file; last line: \"Enter "
		    "password - autoboot in 2 sec...\"");
}

static void the_board_s_own_words_stand_in_the_sentence(void **state)
{
	(void)state;
	const struct uboot_shell_config own = {
	    .prompt = "MX> ", .autoboot = "any digit", .interrupt = "a\x1b\r\x03"};
	expect_boot(&own, HELLO "x\r\n",
		    "no U-Boot prompt: U-Boot started, but never said \"any digit\"; last line: "
		    "\"x\"");
	expect_boot(
	    &own, HELLO "any digit\r\n",
	    "no U-Boot prompt \"MX> \", although autoboot was interrupted: U-Boot said \"any "
	    "digit\", and got \"a<Esc><Enter><Ctrl-C>\" and Ctrl-C; last line: \"any digit\"");
	// Who tells the password is not asked for it.
	const struct uboot_shell_config secret = {.interrupt = "sesame"};
	expect_boot(
	    &secret, HELLO "Enter password - autoboot in 2 sec...\r\n",
	    "no U-Boot prompt \"=> \", although autoboot was interrupted: U-Boot said \"Enter "
	    "password - autoboot in 2 sec...\", and got \"sesame\" and Ctrl-C; last line: "
	    "\"Enter password - autoboot in 2 sec...\"");
}

// More than a quarter of the bytes, not a quarter.
static void unreadable_bytes_speak_for_another_baud_rate(void **state)
{
	(void)state;
	expect_boot(
	    &none, "abc\x80",
	    "no U-Boot prompt: no U-Boot banner came either; last line: \"abc\xef\xbf\xbd\"");
	expect_boot(
	    &none, "ab\x80",
	    "no U-Boot prompt: 1 of 3 bytes are unreadable (wrong baud rate, or noise); last "
	    "line: \"ab\xef\xbf\xbd\"");
}

static void a_missed_autoboot_tells_what_was_tried(void **state)
{
	(void)state;
	static const char begin[] = "autoboot was missed: U-Boot started its default system";
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_printf(&text,
		      "%s, and never said \"Hit any key to stop autoboot\"; last line: "
		      "\"Starting kernel\"",
		      begin);
	expect_boot(&none, HELLO "Starting kernel", buffer_str(&text));
	buffer_truncate(&text, 0);
	buffer_printf(&text,
		      "%s; it said \"Press 'x' to stop autoboot\", and \"x\" did not stop it "
		      "(`interrupt`); last line: \"Starting kernel\"",
		      begin);
	expect_boot(&none, HELLO "Press 'x' to stop autoboot\r\nStarting kernel",
		    buffer_str(&text));
	buffer_truncate(&text, 0);
	buffer_printf(&text,
		      "%s; U-Boot wants a password (\"Enter password - autoboot in 2 "
		      "sec...\"), expected `interrupt: TEXT` in the board's file; last line: "
		      "\"Starting kernel\"",
		      begin);
	expect_boot(&none, HELLO "Enter password - autoboot in 2 sec...\r\nStarting kernel",
		    buffer_str(&text));
	const struct uboot_shell_config secret = {.interrupt = "sesame"};
	buffer_truncate(&text, 0);
	buffer_printf(&text,
		      "%s; it said \"Enter password - autoboot in 2 sec...\", and \"sesame\" "
		      "did not stop it (`interrupt`); last line: \"Starting kernel\"",
		      begin);
	expect_boot(&secret, HELLO "Enter password - autoboot in 2 sec...\r\nStarting kernel",
		    buffer_str(&text));
}

// ---- commands -----------------------------------------------------------------------------------

// Types a command; each typing's echo is `echoes[i]`, and a prompt follows each Ctrl-C.
static void type(struct uboot_shell *u, const char *const echoes[UBOOT_TYPE_TRIES])
{
	static const struct uboot_shell_config whole = {.chunk = UBOOT_LINE_MAX};
	int64_t now = 0;
	uboot_shell_init(u, &whole);
	uboot_shell_sync(u, now, LIMIT);
	for (int i = -1; u->state != UBOOT_FAILED; i++) {
		uboot_shell_feed(u, "\r\n=> ", 5, now);
		now = u->wake_ns;
		uboot_shell_tick(u, now);
		if (i < 0)
			uboot_shell_command(u, "md.l 0 1", NULL, now, 100 * NS_PER_S);
		assert_int_equal(u->state, UBOOT_TYPING);
		const char *echo = echoes[i + 1];
		uboot_shell_feed(u, echo, strlen(echo), now);
		if (u->state == UBOOT_TYPING) { // it may come yet
			now = u->wake_ns;
			uboot_shell_tick(u, now);
		}
	}
}

static void expect_noise(const char *const echoes[UBOOT_TYPE_TRIES], const char *wanted)
{
	struct uboot_shell u;
	type(&u, echoes);
	assert_int_equal(u.failure, UBOOT_NOISE);
	expect_words(&u, wanted);
	uboot_shell_deinit(&u);
}

static void noise_shows_what_came_and_what_was_expected(void **state)
{
	(void)state;
	const char *const altered[] = {"ecHo", "e?ho", "echo?", "x"};
	expect_noise(altered,
		     "noise on the line: a command came back altered 4 times: came \"echo?\r\n"
		     "=> \", expected \"echo M''F0\"");
}

// Of several typings the one is shown of which most came.
static void the_longest_echo_is_shown(void **state)
{
	(void)state;
	const char *const first[] = {"echo M''F0001; ?", "?", "?", "?"};
	expect_noise(first, "noise on the line: a command came back altered 4 times: came \"echo "
			    "M''F0001; ?\r\n=> \", expected \"echo M''F0001; md.l 0\"");
	const char *const last[] = {"?", "?", "?", "echo M''F0001; ?"};
	expect_noise(last, "noise on the line: a command came back altered 4 times: came \"echo "
			   "M''F0001; ?\", expected \"echo M''F0001; m\"");
}

// Of equally long ones it is the latest, and never one of another command.
static void the_echo_shown_is_the_latest_of_its_command(void **state)
{
	(void)state;
	const char *const equal[] = {"a", "b", "c", "d"};
	expect_noise(equal,
		     "noise on the line: a command came back altered 4 times: came \"c\r\n=> \", "
		     "expected \"echo M\"");
	struct uboot_shell u;
	const char *const longer[] = {"echo M''F0001; ?", "?", "?", "?"};
	type(&u, longer);
	u.state = UBOOT_READY;
	uboot_shell_command(&u, "md.l 0 1", NULL, NS_PER_S, 100 * NS_PER_S);
	assert_int_equal(u.came.len + u.came_before.len, 0);
	uboot_shell_deinit(&u);
}

// The prompt that it was typed at is not a word of the command.
static void a_silent_command_has_no_last_line(void **state)
{
	(void)state;
	static const struct uboot_shell_config whole = {.chunk = UBOOT_LINE_MAX};
	struct uboot_shell u;
	uboot_shell_init(&u, &whole);
	uboot_shell_sync(&u, 0, LIMIT);
	uboot_shell_feed(&u, "words\r\n=> ", 10, 1);
	uboot_shell_tick(&u, u.wake_ns);
	uboot_shell_command(&u, "sleep 9", NULL, NS_PER_S, 2 * NS_PER_S);
	uboot_shell_feed(&u, u.line.data, u.line.len, NS_PER_S);
	while (u.state != UBOOT_FAILED)
		uboot_shell_tick(&u, u.wake_ns);
	expect_words(&u, "the command did not end in time");
	uboot_shell_deinit(&u);
}

static void a_long_last_line_is_cut(void **state)
{
	(void)state;
	char said[140], wanted[300];
	memset(said, 'x', 130);
	snprintf(said + 130, 3, "\r\n");
	snprintf(wanted, sizeof(wanted),
		 "no U-Boot prompt: no U-Boot banner came either; last line: \"%.120s\"", said);
	expect_boot(&none, said, wanted);
}

static void silence_instead_of_an_echo_is_no_noise(void **state)
{
	(void)state;
	struct uboot_shell u;
	uboot_shell_init(&u, &none);
	uboot_shell_sync(&u, 0, LIMIT);
	uboot_shell_feed(&u, "\r\n=> ", 5, 1);
	uboot_shell_tick(&u, u.wake_ns);
	uboot_shell_command(&u, "md.l 0 1", NULL, NS_PER_S, 100 * NS_PER_S);
	while (u.state != UBOOT_FAILED)
		uboot_shell_tick(&u, u.wake_ns);
	expect_words(&u,
		     "what is typed does not come back, 1 times (is the console's line to the "
		     "board connected? flow control?); expected an echo of \"echo M''F0001; m\"");
	uboot_shell_deinit(&u);
}

// All that came is right, and then came no more, in two seconds: that is no noise.
static void an_echo_that_is_late_is_called_so(void **state)
{
	(void)state;
	const char *const part[] = {"echo M", "echo", "e", "echo M"};
	expect_noise(part, "what is typed comes back too late or in part, 4 times (a slow line or "
			   "host?): came \"echo M\r\n=> \", expected \"echo M''F00\"");
	const char *const nothing[] = {"", "", "", ""};
	expect_noise(
	    nothing,
	    "what is typed does not come back, 4 times (is the console's line to the board "
	    "connected? flow control?); expected an echo of \"echo M''F0001; md.l 0 1; echo "
	    "M''F0001=$?\"");
}

static void a_doubled_echo_is_called_so(void **state)
{
	(void)state;
	const char *const twice[] = {"eecchhoo", "eecchhoo", "eecchhoo", "eecchhoo"};
	expect_noise(twice,
		     "what is typed comes back twice (a terminal or server on the way echoes "
		     "too): came \"eecchhoo\r\n=> \", expected \"echo M''F0001\"");
}

// A terminal that echoes at once and a board that does not: the whole line has come when the second
// echo begins.
static void an_echo_of_the_whole_line_twice_is_called_so(void **state)
{
	(void)state;
	static const char command[] =
	    "setenv mmfarm0 'order=textro debug_pagealloc=1 tests=S11,S12'";
	struct uboot_shell u;
	uboot_shell_init(&u, &none);
	uboot_shell_sync(&u, 0, LIMIT);
	uboot_shell_feed(&u, "\r\n=> ", 5, 1);
	uboot_shell_tick(&u, u.wake_ns);
	uboot_shell_command(&u, command, NULL, NS_PER_S, 100 * NS_PER_S);
	char line[200];
	int len = snprintf(line, sizeof(line), "echo M''F0001; %s; echo M''F0001=$?", command);
	for (int i = 0; i < UBOOT_TYPE_TRIES; i++) {
		for (int at = 0; at < len; at++) {
			uboot_shell_feed(&u, line + at, 1, u.last_ns);
			if (u.sent == u.echoed && u.echoed < u.line.len)
				uboot_shell_tick(&u, u.wake_ns);
		}
		uboot_shell_feed(&u, line, (size_t)len, u.last_ns);
		uboot_shell_feed(&u, "\r\n=> ", 5, u.last_ns);
		if (u.state != UBOOT_FAILED)
			uboot_shell_tick(&u, u.wake_ns);
	}
	assert_int_equal(u.failure, UBOOT_NOISE);
	char wanted[300];
	snprintf(
	    wanted, sizeof(wanted),
	    "what is typed comes back twice (a terminal or server on the way echoes too): came "
	    "\"%.64s\", expected \"%.64s\"",
	    line, line);
	expect_words(&u, wanted);
	uboot_shell_deinit(&u);
}

// 64 bytes of both are enough to see it.
static void a_long_echo_is_shown_in_part(void **state)
{
	(void)state;
	struct uboot_shell u;
	static const struct uboot_shell_config whole = {.chunk = UBOOT_LINE_MAX};
	char command[201], line[300], wanted[400];
	memset(command, 'x', 200);
	command[200] = '\0';
	snprintf(line, sizeof(line), "echo M''F0001; %s; echo M''F0001=$?", command);
	uboot_shell_init(&u, &whole);
	uboot_shell_sync(&u, 0, LIMIT);
	uboot_shell_feed(&u, "\r\n=> ", 5, 1);
	uboot_shell_tick(&u, u.wake_ns);
	uboot_shell_command(&u, command, NULL, NS_PER_S, 100 * NS_PER_S);
	for (int i = 0; i < UBOOT_TYPE_TRIES; i++) {
		uboot_shell_feed(&u, line, 100, u.last_ns);
		uboot_shell_feed(&u, "?\r\n=> ", 6, u.last_ns);
		if (u.state != UBOOT_FAILED)
			uboot_shell_tick(&u, u.wake_ns);
	}
	assert_int_equal(u.failure, UBOOT_NOISE);
	snprintf(wanted, sizeof(wanted),
		 "noise on the line: a command came back altered 4 times: came \"%.64s\", expected "
		 "\"%.64s\"",
		 line, line);
	expect_words(&u, wanted);
	uboot_shell_deinit(&u);
}

static void each_other_failure_has_its_sentence(void **state)
{
	(void)state;
	static const struct {
		enum uboot_shell_failure failure;
		const char *words;
	} known[] = {
	    {UBOOT_COMMAND_TIMEOUT, "the command did not end in time; last line: \"words\""},
	    {UBOOT_REBOOTED,
	     "U-Boot started anew in the middle of the conversation; last line: \"words\""},
	    {UBOOT_NO_HUSH, "this U-Boot has the old command parser: it takes \"$?\" for text, "
			    "expected hush (CONFIG_HUSH_PARSER)"},
	    {UBOOT_NO_ECHO, "this U-Boot has no `echo`, expected CONFIG_CMD_ECHO"},
	    {UBOOT_TOO_LONG, "a command of 5 bytes, or not plain text (at most 480 bytes)"},
	    {UBOOT_FAILURE_NONE, ""},
	};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct uboot_shell u;
		uboot_shell_init(&u, &none);
		u.failure = known[i].failure;
		buffer_append_str(&u.window, "before\r\nwords \r\n\r\n");
		buffer_append_str(&u.line, "12345");
		expect_words(&u, known[i].words);
		uboot_shell_deinit(&u);
	}
}

// The last words before a Ctrl-C are kept for the sentence, the latest of them.
static void last_words_outlive_a_ctrl_c(void **state)
{
	(void)state;
	struct uboot_shell u;
	uboot_shell_init(&u, &none);
	uboot_shell_sync(&u, 0, 100 * NS_PER_S);
	uboot_shell_feed(&u, "first\r\n", 7, 1);
	uboot_shell_tick(&u, NS_PER_S);
	uboot_shell_feed(&u, "second\r\n", 8, NS_PER_S);
	uboot_shell_tick(&u, 2 * NS_PER_S);
	uboot_shell_tick(&u, 3 * NS_PER_S);
	u.failure = UBOOT_COMMAND_TIMEOUT;
	expect_words(&u, "the command did not end in time; last line: \"second\"");
	uboot_shell_deinit(&u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_prompt_is_explained_by_the_first_thing_that_was_missing),
	    cmocka_unit_test(the_board_s_own_words_stand_in_the_sentence),
	    cmocka_unit_test(unreadable_bytes_speak_for_another_baud_rate),
	    cmocka_unit_test(a_missed_autoboot_tells_what_was_tried),
	    cmocka_unit_test(noise_shows_what_came_and_what_was_expected),
	    cmocka_unit_test(the_longest_echo_is_shown),
	    cmocka_unit_test(the_echo_shown_is_the_latest_of_its_command),
	    cmocka_unit_test(a_silent_command_has_no_last_line),
	    cmocka_unit_test(a_long_last_line_is_cut),
	    cmocka_unit_test(silence_instead_of_an_echo_is_no_noise),
	    cmocka_unit_test(an_echo_that_is_late_is_called_so),
	    cmocka_unit_test(a_doubled_echo_is_called_so),
	    cmocka_unit_test(an_echo_of_the_whole_line_twice_is_called_so),
	    cmocka_unit_test(a_long_echo_is_shown_in_part),
	    cmocka_unit_test(each_other_failure_has_its_sentence),
	    cmocka_unit_test(last_words_outlive_a_ctrl_c),
	};
	return cmocka_run_group_tests_name("board/boot/uboot_shell: words", tests, NULL, NULL);
}
