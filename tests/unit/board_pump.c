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

extern const struct console_driver console_unix; // of board/drivers.c's table
static const struct console_driver driver = {.driver.name = "test"};

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
	assert_int_equal(pump_rest_ns(0, INT64_MAX), PUMP_FIRST_REST_NS);
	int64_t last = 0;
	for (int i = 0; i < 10; i++) {
		int64_t rest = pump_rest_ns(last, INT64_MAX);
		assert_true(rest >= last);
		last = rest;
	}
	assert_int_equal(last, PUMP_REST_NS);
}

static void no_rest_is_longer_than_the_line_may_be_left_unread(void **state)
{
	(void)state;
	for (int64_t unread = 0; unread < 2 * PUMP_REST_NS; unread += NS_PER_MS / 4)
		for (int64_t last = 0; last < PUMP_REST_NS; last += NS_PER_MS) {
			int64_t rest = pump_rest_ns(last, unread);
			assert_true(rest >= 0 && rest <= unread);
		}
}

static void rests_of_one_length_end_together(void **state)
{
	(void)state;
	for (int64_t rest = PUMP_FIRST_REST_NS; rest <= PUMP_REST_NS; rest += NS_PER_MS / 3)
		for (int64_t now = NS_PER_S; now < NS_PER_S + 2 * rest; now += rest / 7) {
			int64_t end = pump_rest_end_ns(now, rest);
			assert_true(end - now >= rest / 2 && end - now <= rest);
			int64_t next = pump_rest_end_ns(end, rest);
			assert_true(next - end >= rest / 2 && next - end <= rest);
			assert_int_equal(next % rest, 0);
			assert_int_equal(pump_rest_end_ns(next, rest), next + rest);
		}
	assert_int_equal(pump_rest_end_ns(NS_PER_S, 0), 0);
}

static int64_t one_ms(const void *state)
{
	(void)state;
	return NS_PER_MS;
}

static int64_t ten_ms(const void *state)
{
	(void)state;
	return 10 * NS_PER_MS;
}

static void a_line_rests_as_its_driver_allows(void **state)
{
	(void)state;
	static const struct console_driver none = {.driver.name = "none", .unread_ns = one_ms};
	static const struct console_driver some = {.driver.name = "some", .unread_ns = ten_ms};
	static char much[4000];
	memset(much, 'x', sizeof(much) - 1);
	struct scene s;
	scene_init(&s);
	s.line.driver = &none;
	board_says(&s, "a");
	assert_null(turn(&s, 1000));
	assert_int_equal(s.pump.rest_ns, 0);
	s.line.driver = &some;
	board_says(&s, "b");
	assert_null(turn(&s, 1000));
	assert_int_equal(s.pump.rest_ns, PUMP_FIRST_REST_NS);
	s.pump.rest_until_ns = 0;
	s.pump.rest_ns = 4 * NS_PER_MS;
	board_says(&s, much); // a tty that was full is read again at once,
	assert_null(turn(&s, 1000));
	assert_int_equal(s.pump.rest_until_ns, 0);
	board_says(&s, "c"); // and rests as before
	assert_null(turn(&s, 1000));
	assert_int_equal(s.pump.rest_ns, 4 * NS_PER_MS);
	scene_deinit(&s);
}

static void an_emulator_that_writes_byte_by_byte_never_waits(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	s.line.driver = &console_unix;
	s.pump.rest_ns = PUMP_REST_NS; // it has been talking
	for (int i = 0; i < 2000; i++) {
		assert_int_equal(write(s.board, "x", 1), 1);
		if (i % 100 == 99)
			assert_null(turn(&s, 0));
	}
	assert_int_equal(s.len, 2000);
	scene_deinit(&s);
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
	assert_true(board_wait_stopped(e));
	assert_int_equal(s.pump.stopped, SIGTERM);
	// Whoever took that for one more failure and tried again is told once more.
	CLEANUP_ERROR struct error *again =
	    pump_wait(&s.pump, -1, 0, clock_monotonic_ns() + 20 * NS_PER_S, &ready);
	assert_true(board_wait_stopped(again));
	const struct board_wait wait = pump_board_wait(&s.pump);
	wait.wind_down(wait.arg);
	assert_null(wait.wait(wait.arg, -1, 0, clock_monotonic_ns() + NS_PER_MS, &ready));
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
	    cmocka_unit_test(no_rest_is_longer_than_the_line_may_be_left_unread),
	    cmocka_unit_test(rests_of_one_length_end_together),
	    cmocka_unit_test(a_line_rests_as_its_driver_allows),
	    cmocka_unit_test(an_emulator_that_writes_byte_by_byte_never_waits),
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
