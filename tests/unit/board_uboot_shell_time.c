// SPDX-License-Identifier: GPL-2.0-or-later
// Each wait of a command that U-Boot is given: nothing happens a nanosecond before its end, and exactly
// what is to happen does at its end; which bytes are sent, and when the next thing is due.
#include "unit/board_uboot_shell_time.h"

// ---- typing -------------------------------------------------------------------------------------

static void the_next_chunk_is_typed_once_the_last_is_echoed(void **state)
{
	(void)state;
	for (unsigned chunk = 1; chunk < sizeof(LINE) + 1; chunk += 5) {
		const struct uboot_shell_config config = {.chunk = chunk};
		struct uboot_shell u;
		ready(&u, &config);
		uboot_shell_command(&u, "md 0", NULL, BEGIN, FAR_AWAY);
		int64_t now = BEGIN;
		for (size_t at = 0; at < strlen(LINE); at += chunk) {
			char piece[sizeof(LINE)];
			snprintf(piece, sizeof(piece), "%.*s", (int)chunk, &LINE[at]);
			expect_sent(&u, piece);
			expect_wait(&u, now + ECHO);
			now += 7;
			for (size_t k = 0; piece[k]; k++) {
				assert_int_equal(u.out.len, 0);
				uboot_shell_feed(&u, piece + k, 1, now);
			}
		}
		expect_wait(&u, now + ENTER);
		uboot_shell_tick(&u, now + ENTER);
		expect_sent(&u, "\r");
		uboot_shell_deinit(&u);
	}
}

static void a_pause_between_chunks_is_kept(void **state)
{
	(void)state;
	const struct uboot_shell_config slow = {.chunk = 16, .chunk_delay_ns = NS_PER_MS};
	struct uboot_shell u;
	ready(&u, &slow);
	uboot_shell_command(&u, "md 0", NULL, BEGIN, FAR_AWAY);
	expect_sent(&u, "echo M''F0001; m");
	say(&u, "echo M''F0001; m", BEGIN + 1);
	expect_wait(&u, BEGIN + 1 + NS_PER_MS);
	uboot_shell_tick(&u, BEGIN + 1 + NS_PER_MS);
	expect_sent(&u, "d 0; echo M''F00");
	expect_wait(&u, BEGIN + 1 + NS_PER_MS + ECHO);
	uboot_shell_deinit(&u);
}

// Right bytes, but ahead of what was typed: it was not their echo.
static void an_echo_of_what_was_not_typed_yet_is_noise(void **state)
{
	(void)state;
	const struct uboot_shell_config slow = {.chunk = 4, .chunk_delay_ns = NS_PER_MS};
	struct uboot_shell u;
	ready(&u, &slow);
	uboot_shell_command(&u, "md 0", NULL, BEGIN, FAR_AWAY);
	expect_sent(&u, "echo");
	say(&u, "echo", BEGIN);
	assert_int_equal(u.state, UBOOT_TYPING);
	say(&u, " ", BEGIN);
	assert_int_equal(u.state, UBOOT_SYNCING);
	expect_sent(&u, "\x03");
	uboot_shell_deinit(&u);
}

static void an_echo_that_stays_away_is_waited_for_two_seconds(void **state)
{
	(void)state;
	struct uboot_shell u;
	ready(&u, &whole);
	uboot_shell_command(&u, "md 0", NULL, BEGIN, FAR_AWAY);
	expect_sent(&u, LINE);
	say(&u, "echo M", BEGIN + 4);
	expect_wait(&u, BEGIN + ECHO);
	uboot_shell_tick(&u, BEGIN + ECHO);
	expect_sent(&u, "\x03");
	assert_int_equal(u.state, UBOOT_SYNCING);
	say(&u, "\r\n=> ", BEGIN + ECHO);
	expect_wait(&u, BEGIN + ECHO + SILENCE);
	uboot_shell_tick(&u, BEGIN + ECHO + SILENCE);
	assert_int_equal(u.state, UBOOT_TYPING);
	expect_sent(&u, LINE);
	assert_int_equal(u.tries, 2);
	assert_false(u.retype);
	uboot_shell_deinit(&u);
}

static void a_byte_more_than_the_echo_keeps_enter_back(void **state)
{
	(void)state;
	struct uboot_shell u;
	typed(&u, NULL, FAR_AWAY);
	say(&u, "?", RUNS - 1);
	assert_int_equal(u.state, UBOOT_SYNCING);
	expect_sent(&u, "\x03");
	uboot_shell_deinit(&u);
	// At the end of the wait it is too late for it: Enter goes out first.
	typed(&u, NULL, FAR_AWAY);
	say(&u, "?", RUNS);
	expect_sent(&u, "\r");
	assert_int_equal(u.state, UBOOT_RUNNING);
	uboot_shell_deinit(&u);
}

static void a_line_that_never_gets_calm_is_given_up_after_ten_seconds(void **state)
{
	(void)state;
	struct uboot_shell u;
	typed(&u, NULL, FAR_AWAY);
	say(&u, "?", BEGIN);
	int64_t now = BEGIN;
	for (; now < BEGIN + SYNC; now += RETRY) {
		expect_sent(&u, "\x03");
		expect_wait(&u, now + RETRY);
		uboot_shell_tick(&u, now + RETRY);
	}
	assert_int_equal(now, BEGIN + SYNC);
	expect_over(&u, UBOOT_NOISE);
	uboot_shell_deinit(&u);
}

// What comes while a prompt is asked for is kept with the echo, two lines of it, if a command waits.
static void what_follows_an_altered_echo_is_kept_in_part(void **state)
{
	(void)state;
	char text[UBOOT_ECHO_MAX + 40];
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	struct uboot_shell u;
	typed(&u, NULL, FAR_AWAY);
	say(&u, "?", BEGIN);
	say(&u, text, BEGIN);
	assert_int_equal(u.came.len, UBOOT_ECHO_MAX);
	uboot_shell_deinit(&u);
	uboot_shell_init(&u, &whole);
	uboot_shell_sync(&u, BEGIN, FAR_AWAY);
	say(&u, text, BEGIN);
	assert_int_equal(u.came.len, 0);
	uboot_shell_deinit(&u);
}

static void the_fourth_altered_echo_is_the_last(void **state)
{
	(void)state;
	struct uboot_shell u;
	ready(&u, &whole);
	uboot_shell_command(&u, "md 0", NULL, BEGIN, FAR_AWAY);
	int64_t now = BEGIN;
	for (unsigned i = 1; i <= UBOOT_TYPE_TRIES; i++) {
		assert_int_equal(u.tries, i);
		assert_int_equal(u.state, UBOOT_TYPING);
		if (i < UBOOT_TYPE_TRIES) // the last one is not even on its way
			expect_sent(&u, LINE);
		say(&u, "?", now);
		expect_sent(&u, "\x03");
		if (i == UBOOT_TYPE_TRIES)
			break;
		say(&u, "\r\n=> ", now);
		now += SILENCE;
		uboot_shell_tick(&u, now);
	}
	expect_over(&u, UBOOT_NOISE);
	uboot_shell_deinit(&u);
}

static void each_command_has_four_typings_and_a_mark_of_its_own(void **state)
{
	(void)state;
	struct uboot_shell u;
	running(&u, NULL, FAR_AWAY);
	say(&u, "\r\nMF0001\r\nMF0001=3\r\n=> ", RUNS);
	assert_int_equal(u.state, UBOOT_READY);
	assert_true(u.wake_ns == INT64_MAX);
	assert_int_equal(u.code, 3);
	u.said = true;
	uboot_shell_command(&u, "md 1", NULL, RUNS, FAR_AWAY);
	expect_sent(&u, "echo M''F0002; md 1; echo M''F0002=$?");
	assert_int_equal(u.tries, 1);
	assert_int_equal(u.code, -1);
	assert_int_equal(u.output.len, 0);
	assert_false(u.said);
	uboot_shell_deinit(&u);
	// Four hexadecimal digits, then it begins anew.
	ready(&u, &whole);
	u.number = 0xfffe;
	uboot_shell_command(&u, "md", NULL, BEGIN, FAR_AWAY);
	expect_sent(&u, "echo M''Fffff; md; echo M''Fffff=$?");
	u.state = UBOOT_READY;
	uboot_shell_command(&u, "md", NULL, BEGIN, FAR_AWAY);
	expect_sent(&u, "echo M''F0000; md; echo M''F0000=$?");
	uboot_shell_deinit(&u);
}

static void only_plain_text_that_fits_can_be_typed(void **state)
{
	(void)state;
	char text[UBOOT_COMMAND_MAX + 2];
	for (size_t len = UBOOT_COMMAND_MAX - 1; len <= UBOOT_COMMAND_MAX + 1; len++) {
		memset(text, 'x', len);
		text[len] = '\0';
		assert_int_equal(uboot_shell_can_type(text), len <= UBOOT_COMMAND_MAX);
	}
	assert_false(uboot_shell_can_type(""));
	for (unsigned c = 1; c < 256; c++) {
		const char one[] = {'a', (char)c, 'b', '\0'};
		assert_int_equal(uboot_shell_can_type(one), c >= 0x20 && c < 0x7f);
	}
}

// ---- running ------------------------------------------------------------------------------------

static void the_begin_mark_is_waited_for_five_seconds(void **state)
{
	(void)state;
	struct uboot_shell u;
	running(&u, NULL, FAR_AWAY);
	expect_wait(&u, RUNS + MARK);
	say(&u, "\r\nMF0001", RUNS + 1); // without its line end it is none
	expect_wait(&u, RUNS + MARK);
	uboot_shell_tick(&u, RUNS + MARK);
	expect_sent(&u, "\x03");
	assert_int_equal(u.state, UBOOT_SYNCING);
	assert_true(u.retype);
	uboot_shell_deinit(&u);

	running(&u, NULL, RUNS + MARK - 1);
	expect_wait(&u, RUNS + MARK - 1);
	uboot_shell_tick(&u, RUNS + MARK - 1);
	expect_over(&u, UBOOT_COMMAND_TIMEOUT);
	uboot_shell_deinit(&u);
}

static void a_command_that_began_has_until_its_limit(void **state)
{
	(void)state;
	struct uboot_shell u;
	running(&u, NULL, RUNS + 100 * NS_PER_S);
	say(&u, "\r\nMF0001\r", RUNS + 1);
	expect_wait(&u, RUNS + 100 * NS_PER_S);
	say(&u, "\nworking\r\n", RUNS + 1);
	uboot_shell_tick(&u, RUNS + 50 * NS_PER_S);
	expect_wait(&u, RUNS + 100 * NS_PER_S);
	uboot_shell_tick(&u, RUNS + 100 * NS_PER_S);
	expect_over(&u, UBOOT_COMMAND_TIMEOUT);
	uboot_shell_deinit(&u);
}

static void the_prompt_behind_the_end_is_waited_for_two_seconds(void **state)
{
	(void)state;
	struct uboot_shell u;
	running(&u, NULL, FAR_AWAY);
	say(&u, "\r\nMF0001\r\nwords\r\nMF0001=0\r\n", RUNS + 5);
	assert_int_equal(u.state, UBOOT_RUNNING);
	expect_wait(&u, RUNS + 5 + PROMPT);
	uboot_shell_tick(&u, RUNS + 5 + PROMPT);
	// Its result is known: a prompt is all that is missing.
	expect_sent(&u, "\x03");
	assert_int_equal(u.state, UBOOT_SYNCING);
	assert_false(u.retype);
	assert_int_equal(u.last_line.len, 0); // neither mark nor output is what it says now
	assert_int_equal(u.limit_ns, RUNS + 5 + PROMPT + SYNC);
	say(&u, "\r\n=> ", RUNS + 5 + PROMPT);
	uboot_shell_tick(&u, RUNS + 5 + PROMPT + SILENCE);
	assert_int_equal(u.state, UBOOT_READY);
	assert_int_equal(u.code, 0);
	assert_string_equal(buffer_str(&u.output), "words\n");
	uboot_shell_deinit(&u);
}

// The end mark was altered on its way, if a prompt stands there and nothing follows it.
static void a_prompt_without_end_mark_is_watched_for_two_seconds(void **state)
{
	(void)state;
	struct uboot_shell u;
	running(&u, NULL, FAR_AWAY);
	say(&u, "\r\nMF0001\r\nMF00?1=0\r\n=> ", RUNS + 5);
	expect_wait(&u, RUNS + 5 + PROMPT);
	uboot_shell_tick(&u, RUNS + 5 + PROMPT);
	expect_sent(&u, "\x03");
	assert_true(u.retype);
	uboot_shell_deinit(&u);

	// A prompt that more output follows was a part of the output.
	running(&u, NULL, FAR_AWAY);
	say(&u, "\r\nMF0001\r\n=> is a prompt\r\n", RUNS + 5);
	expect_wait(&u, FAR_AWAY);
	say(&u, "MF0001=0\r\n=> ", RUNS + 6 + PROMPT);
	assert_int_equal(u.state, UBOOT_READY);
	assert_string_equal(buffer_str(&u.output), "=> is a prompt\n");
	uboot_shell_deinit(&u);

	// What said its `until` is under way, and is left alone.
	running(&u, "bps", FAR_AWAY);
	say(&u, "\r\nMF0001\r\nat 9600 bps\r\n=> ", RUNS + 5);
	assert_true(u.said);
	uboot_shell_tick(&u, RUNS + 5 + PROMPT);
	assert_int_equal(u.out.len, 0);
	expect_wait(&u, FAR_AWAY);
	uboot_shell_deinit(&u);
}

static void until_counts_in_the_output_only(void **state)
{
	(void)state;
	struct uboot_shell u;
	running(&u, "bps", FAR_AWAY);
	say(&u, "\r\nMF0001\r\nbp", RUNS);
	assert_false(u.said);
	say(&u, "s", RUNS);
	assert_true(u.said);
	uboot_shell_deinit(&u);
	running(&u, "bps", FAR_AWAY);
	say(&u, "\r\nMF0001\r\nMF0001=0\r\nbps", RUNS);
	assert_false(u.said);
	uboot_shell_deinit(&u);
}

static void expect_end(const char *mark, int code)
{
	struct uboot_shell u;
	running(&u, NULL, FAR_AWAY);
	say(&u, "\r\nMF0001\r\n", RUNS);
	say(&u, mark, RUNS);
	assert_int_equal(u.ended, code >= 0);
	assert_int_equal(u.code, code);
	uboot_shell_deinit(&u);
}

static void the_exit_code_is_what_stands_behind_the_end_mark(void **state)
{
	(void)state;
	expect_end("MF0001=0\r", 0);
	expect_end("MF0001=1\n", 1);
	expect_end("MF0001=254\r", 254);
	expect_end("MF0001=255\r", 255);
	expect_end("MF0001=256\r", 255);
	expect_end("MF0001=999\r", 255);
	expect_end("no end of lineMF0001=17\r", 17);
	expect_end("MF0001=17", -1);
	expect_end("MF0001=\r", -1);
	expect_end("MF0001=1x\r", -1);
	expect_end("MF0001=1000\r", -1); // no code has four digits
	expect_end("MF0002=0\r", -1);
	expect_end("MF0001=0\r\r\n", 0);
}

static void of_too_much_output_the_end_is_kept(void **state)
{
	(void)state;
	struct uboot_shell u;
	running(&u, NULL, FAR_AWAY);
	say(&u, "\r\nMF0001\r\n", RUNS);
	CLEANUP_BUFFER struct buffer said = {0};
	for (int i = 0; said.len < UBOOT_OUTPUT_MAX + 100; i++)
		buffer_printf(&said, "line %d\r\n", i);
	uboot_shell_feed(&u, said.data, said.len, RUNS);
	say(&u, "MF0001=2\r\n=> ", RUNS);
	assert_int_equal(u.state, UBOOT_READY);
	assert_int_equal(u.code, 2);
	assert_true(u.output.len > 0 && u.output.len < UBOOT_OUTPUT_MAX);
	CLEANUP_BUFFER struct buffer clean = {0};
	for (size_t i = 0; i < said.len; i++)
		if (said.data[i] != '\r')
			buffer_append(&clean, said.data + i, 1);
	assert_memory_equal(u.output.data, clean.data + clean.len - u.output.len, u.output.len);
	uboot_shell_deinit(&u);
}

static void a_reboot_ends_each_state(void **state)
{
	(void)state;
	static const char *const starts[] = {"\r\n\r\nU-Boot ", "\r\nU-Boot SPL ",
					     "Hit any key to stop autoboot"};
	for (size_t i = 0; i < 3; i++) {
		struct uboot_shell u;
		running(&u, NULL, FAR_AWAY);
		say(&u, starts[i], RUNS);
		expect_over(&u, UBOOT_REBOOTED);
		uboot_shell_deinit(&u);
		ready(&u, &whole);
		say(&u, starts[i], BEGIN);
		expect_over(&u, UBOOT_REBOOTED);
		uboot_shell_deinit(&u);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_next_chunk_is_typed_once_the_last_is_echoed),
	    cmocka_unit_test(a_pause_between_chunks_is_kept),
	    cmocka_unit_test(an_echo_of_what_was_not_typed_yet_is_noise),
	    cmocka_unit_test(an_echo_that_stays_away_is_waited_for_two_seconds),
	    cmocka_unit_test(a_byte_more_than_the_echo_keeps_enter_back),
	    cmocka_unit_test(a_line_that_never_gets_calm_is_given_up_after_ten_seconds),
	    cmocka_unit_test(what_follows_an_altered_echo_is_kept_in_part),
	    cmocka_unit_test(the_fourth_altered_echo_is_the_last),
	    cmocka_unit_test(each_command_has_four_typings_and_a_mark_of_its_own),
	    cmocka_unit_test(only_plain_text_that_fits_can_be_typed),
	    cmocka_unit_test(the_begin_mark_is_waited_for_five_seconds),
	    cmocka_unit_test(a_command_that_began_has_until_its_limit),
	    cmocka_unit_test(the_prompt_behind_the_end_is_waited_for_two_seconds),
	    cmocka_unit_test(a_prompt_without_end_mark_is_watched_for_two_seconds),
	    cmocka_unit_test(until_counts_in_the_output_only),
	    cmocka_unit_test(the_exit_code_is_what_stands_behind_the_end_mark),
	    cmocka_unit_test(of_too_much_output_the_end_is_kept),
	    cmocka_unit_test(a_reboot_ends_each_state),
	};
	return cmocka_run_group_tests_name("board/boot/uboot_shell: time", tests, NULL, NULL);
}
