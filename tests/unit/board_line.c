// SPDX-License-Identifier: GPL-2.0-or-later
// A console line that goes away and comes back, or does not.
#include "unit/unit.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "board/pump.h"

#define GRACE_S 2.0

// A server that takes connections; each ends as `ending` says.
struct server {
	enum { SERVER_ABSENT, SERVER_CLOSES_AT_ONCE, SERVER_STAYS } ending;
	int board; // the other end of the last connection; -1 = none
	unsigned opened;
};

static struct error *server_open(void *state, struct board_place *place, int *fd)
{
	(void)place;
	struct server *s = state;
	if (s->ending == SERVER_ABSENT)
		return error_new(ERROR_LAB, "nobody there");
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	s->opened++;
	cleanup_close(&s->board);
	s->board = pair[1];
	if (s->ending == SERVER_CLOSES_AT_ONCE) {
		assert_int_equal(write(s->board, "port in use\r\n", 13), 13);
		cleanup_close(&s->board);
	}
	*fd = pair[0];
	return NULL;
}

static double server_grace(const void *state)
{
	(void)state;
	return GRACE_S;
}

static const struct console_driver driver = {
    .name = "test", .open = server_open, .grace = server_grace};

struct scene {
	struct server server;
	struct pump pump;
	struct line line;
	struct board_wait wait;
	struct board_place place;
	uint64_t bytes;
};

static struct error *take(void *arg, const char *bytes, size_t len, int64_t now_ns)
{
	(void)bytes, (void)now_ns;
	((struct scene *)arg)->bytes += len;
	return NULL;
}

static void scene_init(struct scene *s)
{
	*s = (struct scene){.server = {SERVER_STAYS, -1, 0}, .pump = PUMP_NONE, .line = LINE_NONE};
	signal(SIGPIPE, SIG_IGN);
	s->pump.line = &s->line;
	s->pump.sink = (struct pump_sink){.take = take, .arg = s};
	s->wait = pump_board_wait(&s->pump);
	s->place = (struct board_place){.board = "b", .wait = &s->wait, .line = &s->line};
	s->line.driver = &driver;
	s->line.state = &s->server;
	s->line.place = &s->place;
	assert_null(line_open(&s->line));
}

static void scene_deinit(struct scene *s)
{
	cleanup_close(&s->server.board);
	line_deinit(&s->line);
	pump_deinit(&s->pump);
}

static void wait_for(struct scene *s, double seconds)
{
	bool ready;
	assert_null(pump_wait(
	    &s->pump, -1, 0, clock_monotonic_ns() + (int64_t)(seconds * (double)NS_PER_S), &ready));
}

static void a_line_that_comes_back_is_used_again(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	cleanup_close(&s.server.board);
	wait_for(&s, 0.3);
	assert_int_equal(s.line.gaps, 1);
	assert_true(s.line.fd >= 0);
	// A next time has its own grace.
	wait_for(&s, 1);
	s.server.ending = SERVER_ABSENT;
	cleanup_close(&s.server.board);
	wait_for(&s, GRACE_S - 0.5);
	assert_false(line_is_gone(&s.line));
	wait_for(&s, 1);
	assert_true(line_is_gone(&s.line));
	scene_deinit(&s);
}

// A busy port of a terminal server takes each connection, says so and closes: the grace must end.
static void a_line_that_only_opens_to_close_is_given_up_in_its_grace(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	s.server.ending = SERVER_CLOSES_AT_ONCE;
	cleanup_close(&s.server.board);
	wait_for(&s, GRACE_S + 0.5);
	assert_true(s.server.opened > 2);
	assert_true(line_is_gone(&s.line));
	scene_deinit(&s);
}

// Bytes are written to a line that has closed before anybody has read that it did.
static void what_is_written_in_a_gap_waits_for_the_line(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	assert_int_equal(write(s.server.board, "last words", 10), 10);
	cleanup_close(&s.server.board);
	assert_null(line_write(&s.place, "key", 3, clock_monotonic_ns() + 5 * NS_PER_S));
	assert_int_equal(s.bytes, 10); // not one of them was lost
	assert_int_equal(s.line.gaps, 1);
	char got[8] = "";
	assert_int_equal(read(s.server.board, got, sizeof(got)), 3);
	assert_string_equal(got, "key");
	scene_deinit(&s);
}

static void what_is_written_to_a_line_that_stays_away_is_an_error(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	s.server.ending = SERVER_ABSENT;
	cleanup_close(&s.server.board);
	CLEANUP_ERROR struct error *e =
	    line_write(&s.place, "key", 3, clock_monotonic_ns() + 10 * NS_PER_S);
	assert_non_null(e);
	assert_non_null(strstr(error_text(e), "the console closed"));
	scene_deinit(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_line_that_comes_back_is_used_again),
	    cmocka_unit_test(a_line_that_only_opens_to_close_is_given_up_in_its_grace),
	    cmocka_unit_test(what_is_written_in_a_gap_waits_for_the_line),
	    cmocka_unit_test(what_is_written_to_a_line_that_stays_away_is_an_error),
	};
	return cmocka_run_group_tests_name("board/line", tests, NULL, NULL);
}
