// SPDX-License-Identifier: GPL-2.0-or-later
// A console line that goes away and comes back, or does not.
#include "unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
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

static double patient_grace(const void *state)
{
	(void)state;
	return 60;
}

static const struct console_driver server_driver = {
    .driver = {.name = "test"}, .open = server_open, .grace = patient_grace, .server = true};

static const struct console_driver driver = {
    .driver = {.name = "test"}, .open = server_open, .grace = server_grace};

struct scene {
	struct server server;
	struct pump pump;
	struct line line;
	struct board_wait wait;
	struct board_place place;
	uint64_t bytes;
	char last[64];  // of them
	unsigned notes; // lines that people were told
	char note[200];
};

static struct error *take(void *arg, const char *bytes, size_t len, int64_t now_ns)
{
	(void)now_ns;
	struct scene *s = arg;
	s->bytes += len;
	snprintf(s->last, sizeof(s->last), "%.*s", (int)(len < 60 ? len : 60), bytes);
	return NULL;
}

static void note(void *arg, const char *what, const char *detail)
{
	struct scene *s = arg;
	s->notes++;
	snprintf(s->note, sizeof(s->note), "%s: %s", what, detail);
}

static void scene_with(struct scene *s, const struct console_driver *d)
{
	*s = (struct scene){.server = {SERVER_STAYS, -1, 0}, .pump = PUMP_NONE, .line = LINE_NONE};
	signal(SIGPIPE, SIG_IGN);
	s->pump.line = &s->line;
	s->pump.sink = (struct pump_sink){.take = take, .note = note, .arg = s};
	s->wait = pump_board_wait(&s->pump);
	s->place = (struct board_place){.board = "b", .wait = &s->wait, .line = &s->line};
	s->line.driver = d;
	s->line.state = &s->server;
	s->line.place = &s->place;
	assert_null(line_open(&s->line));
}

static void scene_init(struct scene *s)
{
	scene_with(s, &driver);
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

// ---- why it closed -------------------------------------------------------------------------------

// A terminal whose last program has ended reads as EIO, not as an end.
static struct error *terminal_open(void *state, struct board_place *place, int *fd)
{
	(void)place;
	struct server *s = state;
	char name[64];
	*fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
	assert_int_equal(grantpt(*fd) | unlockpt(*fd), 0);
	assert_int_equal(ptsname_r(*fd, name, sizeof(name)), 0);
	s->board = open(name, O_RDWR | O_NOCTTY);
	return NULL;
}

static const struct console_driver terminal = {.driver = {.name = "terminal"},
					       .open = terminal_open};
static const struct console_driver ending = {.driver = {.name = "ending"}, .open = server_open};

static void an_error_of_a_line_is_told_from_its_end(void **state)
{
	(void)state;
	static const struct {
		const struct console_driver *driver;
		int code;
		const char *words;
	} cases[] = {{&ending, 0, "the other side closed it (console driver ending)"},
		     {&terminal, EIO, "Input/output error (console driver terminal)"}};
	for (size_t i = 0; i < 2; i++) {
		struct scene s;
		char words[160];
		scene_init(&s);
		line_close(&s.line);
		s.line.driver = cases[i].driver;
		assert_null(line_open(&s.line));
		cleanup_close(&s.server.board);
		int64_t limit = clock_monotonic_ns() + 10 * NS_PER_S;
		while (!pump_line_gone(&s.pump) && clock_monotonic_ns() < limit) {
			bool ready;
			assert_null(pump_turn(&s.pump, -1, 0, limit, &ready));
		}
		assert_true(line_is_gone(&s.line));
		assert_int_equal(s.line.close_code, cases[i].code);
		line_describe_loss(&s.line, words, sizeof(words));
		assert_string_equal(words, cases[i].words);
		scene_deinit(&s);
	}
}

static void no_wait_outlives_the_limit_of_a_pump(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	int64_t begin = clock_monotonic_ns();
	s.pump.limit_ns = begin + 50 * NS_PER_MS;
	for (int i = 0; i < 3; i++) { // tries of a switch that does not answer
		bool ready;
		CLEANUP_ERROR struct error *e =
		    pump_wait(&s.pump, -1, 0, begin + 3600 * NS_PER_S, &ready);
		assert_non_null(e);
		assert_false(board_wait_stopped(e));
	}
	assert_true(clock_monotonic_ns() >= begin + 50 * NS_PER_MS);
	assert_true(clock_monotonic_ns() < begin + 60 * NS_PER_S);
	scene_deinit(&s);
}

// ---- behind a server ----------------------------------------------------------------------------

static void a_refusing_server_s_text_is_not_the_board_s(void **state)
{
	(void)state;
	struct scene s;
	scene_with(&s, &server_driver);
	assert_null(line_need(&s.place, INT64_MAX)); // it proved itself
	wait_for(&s, 0.01);
	s.server.ending = SERVER_CLOSES_AT_ONCE;
	cleanup_close(&s.server.board);
	wait_for(&s, 1);
	assert_int_equal(s.bytes, 0);
	assert_int_equal(s.line.bytes, 0);
	assert_int_equal(s.line.gaps, 0); // it never came back
	assert_int_equal(s.notes, 1);     // however often it refused
	assert_string_equal(s.note, "console-refused: it says \"port in use\"");
	unsigned opened = s.server.opened;
	assert_in_range(opened, 2, 8); // less and less often
	CLEANUP_BUFFER struct buffer why = {0};
	line_ending(&s.line, &why);
	assert_string_equal(buffer_str(&why), ": the server says \"port in use\"");
	// It gives way in the end.
	s.server.ending = SERVER_STAYS;
	for (int i = 0; i < 300 && !s.line.gaps; i++)
		wait_for(&s, 0.1);
	assert_true(s.line.fd >= 0);
	assert_int_equal(s.line.gaps, 1);
	assert_int_equal(s.notes, 2);
	scene_deinit(&s);
}

static void what_a_lasting_connection_says_first_is_the_board_s(void **state)
{
	(void)state;
	struct scene s;
	scene_with(&s, &server_driver);
	assert_int_equal(write(s.server.board, "first", 5), 5);
	int64_t opened_ns = s.line.opened_ns;
	wait_for(&s, 0.05);
	if (clock_monotonic_ns() - opened_ns < 200 * NS_PER_MS)
		assert_int_equal(s.bytes, 0); // it may be the server's
	for (int i = 0; i < 300 && !s.bytes; i++)
		wait_for(&s, 0.1);
	assert_int_equal(s.bytes, 5);
	assert_string_equal(s.last, "first");
	assert_int_equal(s.line.gaps, 0);
	scene_deinit(&s);
	// So much is no server's text.
	scene_with(&s, &server_driver);
	char flood[2000];
	memset(flood, 'x', sizeof(flood));
	assert_int_equal(write(s.server.board, flood, sizeof(flood)), sizeof(flood));
	for (int i = 0; i < 300 && !s.bytes; i++)
		wait_for(&s, 0.01);
	assert_int_equal(s.bytes, sizeof(flood));
	scene_deinit(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_line_that_comes_back_is_used_again),
	    cmocka_unit_test(a_line_that_only_opens_to_close_is_given_up_in_its_grace),
	    cmocka_unit_test(what_is_written_in_a_gap_waits_for_the_line),
	    cmocka_unit_test(what_is_written_to_a_line_that_stays_away_is_an_error),
	    cmocka_unit_test(an_error_of_a_line_is_told_from_its_end),
	    cmocka_unit_test(no_wait_outlives_the_limit_of_a_pump),
	    cmocka_unit_test(a_refusing_server_s_text_is_not_the_board_s),
	    cmocka_unit_test(what_a_lasting_connection_says_first_is_the_board_s),
	};
	return cmocka_run_group_tests_name("board/line", tests, NULL, NULL);
}
