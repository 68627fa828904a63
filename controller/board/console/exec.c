// SPDX-License-Identifier: GPL-2.0-or-later
// Console as the standard input and output of any program: `ipmitool sol activate`, `ssh`, a site's
// own tool. No shell: the words go to the program as they are.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/process.h"
#include "board/driver.h"
#include "board/keys.h"
#include "board/line.h"

#define READY_LIMIT_NS (30 * NS_PER_S)

struct exec_console {
	const char **command;          // NULL-terminated
	const struct config_map *keys; // borrowed
	const char **environment;      // variables that it gets; may be NULL
	const char *ready;             // what it says when it is connected; NULL = it does not tell
	double grace;
	struct process process;
	bool is_ready;
	struct buffer tail; // last bytes, as long as `ready` may still be among them
};

static struct error *exec_config(const struct config_map *keys, void **state)
{
	static const char *const known[] = {"driver", "command",     "ready",
					    "grace",  "environment", NULL};
	TRY(config_map_only(keys, known));
	struct exec_console *x = memory_new(1, sizeof(*x));
	x->process = PROCESS_NONE;
	*state = x;
	struct config_node n;
	TRY(config_map_need(keys, "command", &n));
	TRY(keys_command(keys, "command", &x->command));
	TRY(keys_string(keys, "ready", &x->ready));
	x->keys = keys;
	TRY(keys_environment(keys, &x->environment));
	return keys_seconds(keys, "grace", 0, 600, &x->grace);
}

static struct error *exec_open(void *state, struct board_place *place, int *fd)
{
	struct exec_console *x = state;
	process_deinit(&x->process);
	TRY(keys_check_environment(x->keys, x->environment));
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(ERROR_SYSTEM, errno, "socketpair");
	CLEANUP_CLOSE int ours = pair[0];
	CLEANUP_CLOSE int theirs = pair[1];
	fcntl(ours, F_SETFL, O_NONBLOCK);
	CLEANUP_FREE char *log_path = path_join(place->run_dir, "console.log");
	CLEANUP_CLOSE int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
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

// Looks for the word of readiness; console bytes are what they are.
static size_t exec_decode(void *state, char *bytes, size_t len, struct buffer *reply)
{
	(void)reply;
	struct exec_console *x = state;
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
		return NULL;
	return error_new(ERROR_LAB, "console %s: %s before it said \"%s\"", x->command[0],
			 line_is_gone(place->line) ? "it ended" : "30 s went by", x->ready);
}

static double exec_grace(const void *state)
{
	return ((const struct exec_console *)state)->grace;
}

static void exec_free(void *state)
{
	struct exec_console *x = state;
	process_deinit(&x->process);
	buffer_deinit(&x->tail);
	free(x->command);
	free(x->environment);
	free(x);
}

const struct console_driver console_exec = {
    .name = "exec",
    .help =
	"command: LIST       program and arguments; its input and output are the console. It\n"
	"                    runs in the run's directory\n"
	"environment: LIST   variables of mmfarm's environment that it gets too (IPMI_PASSWORD)\n"
	"ready: TEXT         what it says when it is connected; the board is not switched on\n"
	"                    before (none: at once)\n"
	"grace: SECONDS      started again when it ends, for this long (0: it ends the run)\n",
    .config = exec_config,
    .open = exec_open,
    .unread_ns = console_never_unread,
    .settle = exec_settle,
    .decode = exec_decode,
    .grace = exec_grace,
    .free = exec_free,
};
