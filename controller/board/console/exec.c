// SPDX-License-Identifier: GPL-2.0-or-later
// Console as the standard input and output of any program: `ipmitool sol activate`, `ssh`, a site's
// own tool. No shell: the words go to the program as they are. It gets a terminal, or its words would
// stay in its buffer: ipmitool's "SOL Session operational" never came through a pipe.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/process.h"
#include "board/console/terminal.h"
#include "board/driver.h"
#include "board/line.h"
#include "board/words.h"
#include "record/layout.h"

#define READY_LIMIT_NS (30 * NS_PER_S)

// What has closed its output is about to end.
#define END_LIMIT_NS (500 * NS_PER_MS)

#define LAST_BYTES 512
#define LOG_LIMIT  ((size_t)1 << 20)

struct exec_console {
	const char **command;          // NULL-terminated
	const struct config_map *keys; // borrowed
	const char **environment;      // variables that it gets; may be NULL
	const char *ready;             // what it says when it is connected; NULL = it does not tell
	double grace;
	bool terminal; // else a socket
	struct process process;
	bool is_ready;
	struct buffer last; // the newest bytes of its output
	char *log_path;     // its complaints, NULL before it was started
	off_t log_start;    // where those of this start begin
	struct buffer tail; // last bytes, as long as `ready` may still be among them
};

static const struct key exec_keys[] = {
    {"command", KEY_COMMAND(struct exec_console, command), .required = true,
     .help = "program and arguments; its input and output are the console. It runs in the run's "
	     "directory"},
    {"environment", KEY_VARIABLES(struct exec_console, environment),
     .help = "variables of mmfarm's environment that it gets too (IPMI_PASSWORD)"},
    {"ready", KEY_TEXT(struct exec_console, ready),
     .help = "what it says when it is connected; the board is not switched on before (none: at "
	     "once)"},
    {"terminal", KEY_BOOL(struct exec_console, terminal), .preset = "true",
     .help = "its input and output are a terminal, raw and without echo, or a socket: then many "
	     "programs keep back what they say"},
    {"grace", KEY_SECONDS(struct exec_console, grace, 0, 600), .preset = "0",
     .help = "started again when it ends, for this long (0: it ends the run)"},
    {0},
};

static void exec_init(void *state)
{
	((struct exec_console *)state)->process = PROCESS_NONE;
}

static struct error *exec_check(void *state, const struct config_map *keys)
{
	((struct exec_console *)state)->keys = keys;
	return NULL;
}

static struct error *open_pair(const struct exec_console *x, int *ours, int *theirs)
{
	if (x->terminal)
		return terminal_open(ours, theirs);
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(ERROR_SYSTEM, errno, "socketpair");
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	*ours = pair[0];
	*theirs = pair[1];
	return NULL;
}

static struct error *exec_open(void *state, struct board_place *place, int *fd)
{
	struct exec_console *x = state;
	process_deinit(&x->process);
	TRY(keys_check_environment(x->keys, x->environment));
	CLEANUP_CLOSE int ours = -1;
	CLEANUP_CLOSE int theirs = -1;
	TRY(open_pair(x, &ours, &theirs));
	free(x->log_path);
	x->log_path = path_join(place->run_dir, LAYOUT_CONSOLE_LOG);
	CLEANUP_CLOSE int log = open(x->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	x->log_start = log >= 0 ? lseek(log, 0, SEEK_END) : 0;
	buffer_truncate(&x->last, 0);
	const struct process_spec spec = {
	    .argv = x->command,
	    .cwd = place->run_dir, // in a run as under `mmfarm board`
	    .in = theirs,
	    .out = theirs,
	    .err = log,
	    .pass = -1,
	    .guard = true,
	    .environment = x->environment,
	};
	TRY(error_wrap_kind(process_spawn(&spec, &x->process), ERROR_LAB, "console"));
	x->is_ready = x->ready == NULL;
	buffer_truncate(&x->tail, 0);
	*fd = steal_fd(&ours);
	return NULL;
}

static void keep_last(struct exec_console *x, const char *bytes, size_t len)
{
	if (len > LAST_BYTES) {
		bytes += len - LAST_BYTES;
		len = LAST_BYTES;
	}
	buffer_append(&x->last, bytes, len);
	if (x->last.len > 2 * LAST_BYTES) {
		memmove(x->last.data, x->last.data + x->last.len - LAST_BYTES, LAST_BYTES);
		buffer_truncate(&x->last, LAST_BYTES);
	}
}

// Looks for the word of readiness; console bytes are what they are.
static size_t exec_decode(void *state, char *bytes, size_t len, struct buffer *reply)
{
	(void)reply;
	struct exec_console *x = state;
	keep_last(x, bytes, len);
	if (x->is_ready)
		return len;
	buffer_append(&x->tail, bytes, len);
	size_t size = strlen(x->ready);
	x->is_ready = memmem(x->tail.data, x->tail.len, x->ready, size) != NULL;
	if (x->tail.len >= size) {
		size_t keep = size - 1;
		memmove(x->tail.data, x->tail.data + x->tail.len - keep, keep);
		buffer_truncate(&x->tail, keep);
	}
	return len;
}

// Its complaints of this start, or, when it had none, its output.
static void last_words(const struct exec_console *x, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer said = {0};
	if (x->log_path)
		error_free(file_read(x->log_path, LOG_LIMIT, ERROR_LAB, &said));
	size_t start = x->log_start < (off_t)said.len ? (size_t)x->log_start : said.len;
	words_last_line(buffer_str(&said) + start, said.len - start, out);
	if (!out->len)
		words_last_line(buffer_str(&x->last), x->last.len, out);
}

static void exec_ending(void *state, struct buffer *out)
{
	struct exec_console *x = state;
	if (!x->process.pid)
		return;
	char how[32] = "it closed its output";
	if (process_wait(&x->process, clock_monotonic_ns() + END_LIMIT_NS))
		process_describe(&x->process, how, sizeof(how));
	CLEANUP_BUFFER struct buffer words = {0};
	last_words(x, &words);
	buffer_printf(out, "%s: %s%s%s", x->command[0], how, words.len ? ": " : "",
		      buffer_str(&words));
}

// What a board says before its console is connected is lost, so it is not switched on before.
static struct error *exec_settle(void *state, struct board_place *place)
{
	struct exec_console *x = state;
	int64_t limit = clock_monotonic_ns() + READY_LIMIT_NS;
	while (!x->is_ready && !line_is_gone(place->line) && clock_monotonic_ns() < limit) {
		bool ready; // the word comes through decode, whenever the console is read
		TRY(place->wait->wait(place->wait->arg, -1, 0, clock_monotonic_ns() + 5 * NS_PER_MS,
				      &ready));
	}
	if (x->is_ready)
		return line_need(place, INT64_MAX); // and it lasts
	CLEANUP_BUFFER struct buffer why = {0};
	if (line_is_gone(place->line))
		line_ending(place->line, &why);
	return error_new(ERROR_LAB, "console %s: %s before it said \"%s\"%s", x->command[0],
			 line_is_gone(place->line) ? "it ended" : "30 s went by", x->ready,
			 buffer_str(&why));
}

static double exec_grace(const void *state)
{
	return ((const struct exec_console *)state)->grace;
}

static void exec_release(void *state)
{
	struct exec_console *x = state;
	process_deinit(&x->process);
	buffer_deinit(&x->tail);
	buffer_deinit(&x->last);
	free(x->log_path);
}

const struct console_driver console_exec = {
    .driver = {.name = "exec",
	       .help = "any program's input and output: `ipmitool ... sol activate`, `ssh`",
	       .keys = exec_keys,
	       .size = sizeof(struct exec_console),
	       .init = exec_init,
	       .check = exec_check,
	       .release = exec_release},
    .open = exec_open,
    .unread_ns = console_never_unread,
    .settle = exec_settle,
    .decode = exec_decode,
    .grace = exec_grace,
    .ending = exec_ending,
    .server = true,
};
