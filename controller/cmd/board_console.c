// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/board_console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <termios.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/stop_signal.h"
#include "board/line.h"
#include "record/layout.h"
#include "run/directory.h"

#define ESCAPE_KEY 0x1d // Ctrl-], as telnet has it
#define BREAK_KEY  0x1e // Ctrl-^
#define SILENCE_NS NS_PER_S

// ---- the terminal -------------------------------------------------------------------------------

struct terminal {
	bool changed;
	struct termios before;
};

// Every key goes to the board, also Ctrl-C.
static void terminal_make_raw(struct terminal *t)
{
	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &t->before) < 0)
		return;
	struct termios raw = t->before;
	cfmakeraw(&raw);
	t->changed = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
}

static void terminal_restore(struct terminal *t)
{
	if (t->changed)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &t->before);
}
#define CLEANUP_TERMINAL CLEANUP(terminal_restore)

static struct terminal_filter filter_for_output(void)
{
	return (struct terminal_filter){.controls = isatty(STDOUT_FILENO) ? ATTEND_CONTROLS : NULL};
}

// ---- a board of our own -------------------------------------------------------------------------

// A line that knows no break says so and goes on.
static struct error *send_break(struct attend *a)
{
	CLEANUP_ERROR struct error *e = line_break(a->pump.line->place);
	if (e && error_kind(e) != ERROR_USAGE)
		return STEAL(e);
	if (e)
		fprintf(stderr, "(%s)\r\n", error_text(e));
	return NULL;
}

// Hands keys to the board; *ended: the user wants no more, *input_over: there are no more.
static struct error *send_keys(struct attend *a, bool *ended, bool *input_over)
{
	char keys[256];
	ssize_t n = read(STDIN_FILENO, keys, sizeof(keys));
	if (n < 0 && errno == EINTR)
		return NULL;
	if (n <= 0) {
		*input_over = true;
		return NULL;
	}
	for (ssize_t at = 0; at < n && !*ended; at++) {
		ssize_t plain = at;
		while (at < n && keys[at] != ESCAPE_KEY && keys[at] != BREAK_KEY)
			at++;
		TRY(attend_send(a, keys + plain, (size_t)(at - plain)));
		*ended = at < n && keys[at] == ESCAPE_KEY;
		if (at < n && keys[at] == BREAK_KEY)
			TRY(send_break(a));
	}
	return NULL;
}

struct error *board_console_run(struct board *board, struct attend *attend)
{
	CLEANUP_TERMINAL struct terminal t = {0};
	if (isatty(STDIN_FILENO))
		fprintf(stderr, "(Ctrl-] ends, Ctrl-^ sends a break; the console is kept)\r\n");
	terminal_make_raw(&t);
	attend->show = STDOUT_FILENO;
	attend->filter = filter_for_output();
	line_tap(board_line(board), false); // no driver listens any more
	bool ended = false, input_over = false;
	const struct line *line = board_line(board);
	uint64_t seen = line->bytes;
	int64_t quiet = clock_monotonic_ns();
	while (!ended && !line_is_gone(line)) {
		bool ready;
		TRY(attend->wait.wait(attend->wait.arg, input_over ? -1 : STDIN_FILENO, POLLIN,
				      clock_monotonic_ns() + SILENCE_NS / 4, &ready));
		if (ready)
			TRY(send_keys(attend, &ended, &input_over));
		if (ready || line->bytes != seen)
			quiet = clock_monotonic_ns();
		seen = line->bytes;
		if (input_over && clock_monotonic_ns() > quiet + SILENCE_NS)
			break;
	}
	return NULL;
}

// ---- somebody else's run ------------------------------------------------------------------------

static struct error *copy_new_bytes(int file, bool raw, struct terminal_filter *filter)
{
	char chunk[65536];
	ssize_t n;
	while ((n = read(file, chunk, sizeof(chunk))) > 0) {
		CLEANUP_BUFFER struct buffer safe = {0};
		if (raw)
			buffer_append(&safe, chunk, (size_t)n);
		else
			terminal_filter_feed(filter, chunk, (size_t)n, &safe);
		TRY(file_write_all(STDOUT_FILENO, buffer_str(&safe), safe.len, "terminal"));
	}
	return NULL;
}

// Waits for the file to grow or its end; false: the user wants no more.
static bool wait_for_more(int notify, int signals)
{
	struct pollfd pfds[] = {{.fd = notify, .events = POLLIN},
				{.fd = signals, .events = POLLIN},
				{.fd = isatty(STDIN_FILENO) ? STDIN_FILENO : -1, .events = POLLIN}};
	poll(pfds, 3, 1000);
	char events[4096];
	if (pfds[0].revents && read(notify, events, sizeof(events)) < 0 && errno != EAGAIN)
		return false;
	char keys[64];
	ssize_t n = pfds[2].revents ? read(STDIN_FILENO, keys, sizeof(keys)) : 0;
	bool hung_up = pfds[2].revents && n == 0;
	return !hung_up && !pfds[1].revents &&
	       !(n > 0 && (memchr(keys, ESCAPE_KEY, (size_t)n) || memchr(keys, 3, (size_t)n)));
}

// A run ends with its verdict; a console that was opened by hand with the lock on its folder.
static bool is_over(const char *dir, const char *raw, const char *verdict, const char *plan)
{
	if (file_exists(verdict) || !file_exists(raw))
		return true;
	if (file_exists(plan))
		return false;
	CLEANUP_CLOSE int lock = -1;
	CLEANUP_ERROR struct error *e = directory_lock(dir, &lock);
	return e || lock >= 0;
}

struct error *board_console_follow(const char *dir, bool exact)
{
	CLEANUP_FREE char *path = path_join(dir, LAYOUT_CONSOLE);
	CLEANUP_FREE char *verdict = path_join(dir, LAYOUT_RUN_JSON);
	CLEANUP_FREE char *plan = path_join(dir, LAYOUT_BOARD_YAML);
	CLEANUP_CLOSE int raw = -1;
	TRY(file_open_regular(path, ERROR_LAB, &raw)); // whoever holds the board names it
	CLEANUP_CLOSE int notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	inotify_add_watch(notify, path, IN_MODIFY);
	inotify_add_watch(notify, dir, IN_MOVED_TO | IN_DELETE_SELF);
	CLEANUP_CLOSE int signals = -1;
	TRY(stop_signal_open(&signals)); // they must not end us with the terminal left raw
	CLEANUP_TERMINAL struct terminal t = {0};
	fprintf(stderr, "(the board is held by %s; to be read only, Ctrl-] ends)\n", dir);
	terminal_make_raw(&t);
	struct terminal_filter filter = filter_for_output();
	for (;;) {
		bool over = is_over(dir, path, verdict, plan);
		TRY(copy_new_bytes(raw, exact, &filter));
		if (over || !wait_for_more(notify, signals))
			return NULL;
	}
}
