// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "board/pump.h"

// A console on a socket pair, and what its pump handed on.
struct scene {
	struct pump pump;
	struct line line;
	int board; // the other end
	char said[100000];
	size_t len, reads;
	struct error *refuse;
};

static const struct console_driver driver = {.name = "test"};

static struct error *take(void *arg, const char *bytes, size_t len, int64_t now_ns)
{
	struct scene *s = arg;
	assert_true(now_ns <= clock_monotonic_ns());
	assert_true(s->len + len <= sizeof(s->said));
	memcpy(s->said + s->len, bytes, len);
	s->len += len;
	s->reads++;
	return STEAL(s->refuse);
}

static void scene_init(struct scene *s)
{
	*s = (struct scene){.pump = PUMP_NONE, .line = LINE_NONE};
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	s->line.driver = &driver;
	s->line.fd = pair[0];
	s->board = pair[1];
	s->pump.line = &s->line;
	s->pump.sink = (struct pump_sink){.take = take, .arg = s};
}

static void scene_deinit(struct scene *s)
{
	line_deinit(&s->line);
	pump_deinit(&s->pump);
	close(s->board);
}

static void board_says(struct scene *s, const char *text)
{
	assert_int_equal(write(s->board, text, strlen(text)), strlen(text));
}

static struct error *turn(struct scene *s, int64_t ms)
{
	bool ready;
	return pump_turn(&s->pump, -1, 0, clock_monotonic_ns() + ms * NS_PER_MS, &ready);
}

static void a_line_that_goes_on_talking_rests_longer_and_longer(void **state)
{
	(void)state;
	int64_t rest = 0, last = 0;
	for (int i = 0; i < 10; i++) { // 11 bytes a millisecond: 115200 baud
		rest = pump_rest_ns(23, 2 * NS_PER_MS, last);
		assert_true(rest >= last && rest <= PUMP_REST_NS);
		last = rest;
	}
	assert_int_equal(rest, PUMP_REST_NS);
	assert_int_equal(pump_rest_ns(1, INT64_MAX / 2, 0), PUMP_FIRST_REST_NS);
}

static void no_rest_is_long_enough_for_a_tty_to_overflow(void **state)
{
	(void)state;
	// Bytes a second of 1.5 and 3 Mbaud; a tty holds 4096.
	static const int64_t rates[] = {11520, 150000, 300000, 1000000};
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		for (size_t len = 1; len < 4096; len += 7) {
			int64_t since = (int64_t)len * NS_PER_S / rates[i];
			int64_t rest = pump_rest_ns(len, since, PUMP_REST_NS);
			assert_true(rest * rates[i] / NS_PER_S < 3000);
		}
}

static void a_talking_console_is_read_seldom_and_whole(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	s.pump.rest_ns = PUMP_REST_NS; // it has been talking
	board_says(&s, "a");
	assert_null(turn(&s, 1000));
	assert_int_equal(s.reads, 1);
	for (int i = 0; i < 10; i++) {
		board_says(&s, "b");
		assert_null(turn(&s, 0));
	}
	// However slow the host is: bytes that came within one rest came in few reads.
	int64_t limit = clock_monotonic_ns() + 20 * NS_PER_S;
	while (s.len < 11 && clock_monotonic_ns() < limit)
		assert_null(turn(&s, 1000));
	assert_int_equal(s.len, 11);
	assert_memory_equal(s.said, "abbbbbbbbbb", 11);
	assert_true(s.reads < 11);
	scene_deinit(&s);
}

static void a_conversation_is_read_at_once(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	line_tap(&s.line, true);
	s.pump.rest_until_ns = INT64_MAX; // also when it began within a rest
	for (size_t i = 1; i <= 5; i++) {
		board_says(&s, "=> ");
		assert_null(turn(&s, 1000));
		assert_int_equal(s.reads, i);
	}
	assert_int_equal(s.line.tap.len, 15);
	scene_deinit(&s);
}

static void a_rest_does_not_delay_the_caller(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	int pipe_fds[2];
	assert_int_equal(pipe(pipe_fds), 0);
	assert_int_equal(write(pipe_fds[1], "x", 1), 1);
	s.pump.rest_until_ns = INT64_MAX;
	bool ready;
	assert_null(
	    pump_wait(&s.pump, pipe_fds[0], POLLIN, clock_monotonic_ns() + NS_PER_S * 20, &ready));
	assert_true(ready);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	scene_deinit(&s);
}

static void what_the_sink_refuses_ends_the_wait(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	s.refuse = error_new(ERROR_LAB, "full");
	board_says(&s, "x");
	bool ready;
	CLEANUP_ERROR struct error *e =
	    pump_wait(&s.pump, -1, 0, clock_monotonic_ns() + 20 * NS_PER_S, &ready);
	assert_non_null(e);
	assert_string_equal(error_text(e), "full");
	scene_deinit(&s);
}

static void a_signal_ends_every_wait(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	assert_null(pump_take_signals(&s.pump));
	raise(SIGTERM);
	bool ready;
	CLEANUP_ERROR struct error *e =
	    pump_wait(&s.pump, -1, 0, clock_monotonic_ns() + 20 * NS_PER_S, &ready);
	assert_non_null(e);
	assert_int_equal(s.pump.stopped, SIGTERM);
	scene_deinit(&s);
}

static void what_was_said_before_the_line_closed_is_taken(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	board_says(&s, "last words");
	close(s.board);
	s.board = -1;
	int64_t limit = clock_monotonic_ns() + 20 * NS_PER_S;
	while (!pump_line_gone(&s.pump) && clock_monotonic_ns() < limit)
		assert_null(turn(&s, 1000));
	assert_true(pump_line_gone(&s.pump));
	assert_int_equal(s.len, 10);
	scene_deinit(&s);
}

static void a_drain_takes_all_that_is_there_and_no_rest(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	s.pump.rest_until_ns = INT64_MAX;
	char text[1001] = {0};
	memset(text, 'x', 1000);
	for (int i = 0; i < 20; i++)
		board_says(&s, text);
	pump_drain(&s.pump);
	assert_int_equal(s.len, 20000);
	scene_deinit(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_line_that_goes_on_talking_rests_longer_and_longer),
	    cmocka_unit_test(no_rest_is_long_enough_for_a_tty_to_overflow),
	    cmocka_unit_test(a_talking_console_is_read_seldom_and_whole),
	    cmocka_unit_test(a_conversation_is_read_at_once),
	    cmocka_unit_test(a_rest_does_not_delay_the_caller),
	    cmocka_unit_test(what_the_sink_refuses_ends_the_wait),
	    cmocka_unit_test(a_signal_ends_every_wait),
	    cmocka_unit_test(what_was_said_before_the_line_closed_is_taken),
	    cmocka_unit_test(a_drain_takes_all_that_is_there_and_no_rest),
	};
	return cmocka_run_group_tests_name("board/pump", tests, NULL, NULL);
}
