// SPDX-License-Identifier: GPL-2.0-or-later
// Console as the standard input and output of any program: `ipmitool sol activate`, `ssh`, a site's
// own tool. No shell: the words go to the program as they are.
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/process.h"
#include "board/keys.h"
#include "board/driver.h"

struct exec_console {
	const char **command; // NULL-terminated
	double grace;
	struct process process;
};

static struct error *exec_config(const struct config_map *keys, void **state)
{
	static const char *const known[] = {"driver", "command", "grace", NULL};
	TRY(config_map_only(keys, known));
	struct exec_console *x = memory_new(1, sizeof(*x));
	x->process = PROCESS_NONE;
	*state = x;
	struct config_node n;
	TRY(config_map_need(keys, "command", &n));
	TRY(keys_command(keys, "command", &x->command));
	return keys_seconds(keys, "grace", 0, 600, &x->grace);
}

static struct error *exec_open(void *state, struct board_place *place, int *fd)
{
	struct exec_console *x = state;
	process_deinit(&x->process);
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
	    .in = theirs,
	    .out = theirs,
	    .err = log,
	    .pass = -1,
	    .new_group = true,
	    .die_with_parent = true,
	};
	TRY(error_wrap_kind(process_spawn(&spec, &x->process), ERROR_LAB, "console"));
	*fd = steal_fd(&ours);
	return NULL;
}

static double exec_grace(const void *state)
{
	return ((const struct exec_console *)state)->grace;
}

static void exec_free(void *state)
{
	struct exec_console *x = state;
	process_deinit(&x->process);
	free(x->command);
	free(x);
}

const struct console_driver console_exec = {
    .name = "exec",
    .help = "command: LIST       program and arguments; its input and output are the console\n"
	    "grace: SECONDS      started again when it ends, for this long (0: it ends the run)\n",
    .config = exec_config,
    .open = exec_open,
    .grace = exec_grace,
    .free = exec_free,
};
