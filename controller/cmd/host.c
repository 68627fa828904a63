// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/host.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/memory.h"
#include "base/process.h"
#include "cmd/terminal.h"
#include "config/farm.h"

#define SSH_FAILED 255 // its own exit code (ssh(1)); a command's are smaller

// ---- what is run there --------------------------------------------------------------------------

// A word for the shell at the other end, whatever it holds.
static void quote(const char *word, struct buffer *out)
{
	buffer_append_str(out, "'");
	for (const char *c = word; *c; c++)
		if (*c == '\'')
			buffer_append_str(out, "'\\''");
		else
			buffer_append(out, c, 1);
	buffer_append_str(out, "'");
}

static void write_command(const struct host_config *h, int argc, char **argv, struct buffer *out)
{
	if (h->folder) {
		buffer_append_str(out, "cd ");
		quote(h->folder, out);
		buffer_append_str(out, " && ");
	}
	buffer_printf(out, "COLUMNS=%u exec ", terminal_columns());
	quote(h->program, out);
	for (int i = 0; i < argc; i++) {
		buffer_append_str(out, " ");
		quote(argv[i], out);
	}
}

// ---- what it says -------------------------------------------------------------------------------

static bool pass_on(int fd, FILE *to)
{
	char chunk[4096];
	ssize_t n = read(fd, chunk, sizeof(chunk));
	if (n < 0 && errno == EINTR)
		return true;
	if (n > 0)
		fwrite(chunk, 1, (size_t)n, to);
	fflush(to);
	return n > 0 && !terminal_reader_left();
}

static void pass_on_all(int out, int err)
{
	struct pollfd fds[] = {{.fd = out, .events = POLLIN}, {.fd = err, .events = POLLIN}};
	FILE *const to[] = {stdout, stderr};
	while (fds[0].fd >= 0 || fds[1].fd >= 0) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return;
		for (int i = 0; i < 2; i++)
			if (fds[i].fd >= 0 && fds[i].revents && !pass_on(fds[i].fd, to[i]))
				fds[i].fd = -1;
	}
}

static struct error *new_pipe(int *in, int *out)
{
	int fds[2];
	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_errno(ERROR_SYSTEM, errno, "pipe");
	*in = fds[0];
	*out = fds[1];
	return NULL;
}

static struct error *run_ssh(const char *const *argv, int *status)
{
	static const char *const environment[] = {"SSH_AUTH_SOCK", NULL};
	CLEANUP_CLOSE int out = -1, err = -1, child_out = -1, child_err = -1;
	TRY(new_pipe(&out, &child_out));
	TRY(new_pipe(&err, &child_err));
	const struct process_spec spec = {.argv = argv,
					  .in = -1,
					  .out = child_out,
					  .err = child_err,
					  .pass = -1,
					  .die_with_parent = true,
					  .environment = environment};
	struct process p = PROCESS_NONE;
	TRY(process_spawn(&spec, &p));
	cleanup_close(&child_out);
	cleanup_close(&child_err);
	pass_on_all(out, err);
	cleanup_close(&out); // who still writes there has nobody who reads
	cleanup_close(&err);
	process_wait(&p, INT64_MAX);
	*status = p.status;
	process_deinit(&p);
	return NULL;
}

// ---- the command --------------------------------------------------------------------------------

static struct error *unknown_host(const struct hosts_config *hosts, const char *name)
{
	CLEANUP_BUFFER struct buffer known = {0};
	for (size_t i = 0; i < hosts->count; i++)
		buffer_printf(&known, "%s%s", i ? ", " : "", hosts->items[i].name);
	return error_new(ERROR_USAGE, "farm.yaml has no host \"%s\"; its hosts: %s", name,
			 hosts->count ? buffer_str(&known) : "none");
}

struct error *host_run(const char *name, int argc, char **argv, int *code)
{
	CLEANUP_FARM struct farm_config *farm = NULL;
	TRY(farm_load(NULL, &farm));
	const struct host_config *h = hosts_find(&farm->hosts, name);
	if (!h)
		return unknown_host(&farm->hosts, name);
	CLEANUP_BUFFER struct buffer command = {0};
	write_command(h, argc, argv, &command);
	CLEANUP_FREE char *limit = memory_printf("ConnectTimeout=%d", (int)h->timeout_s);
	// It asks nobody anything, and a host that is gone is noticed.
	const char *const words[] = {"ssh",
				     "-T",
				     "-o",
				     "BatchMode=yes",
				     "-o",
				     limit,
				     "-o",
				     "ServerAliveInterval=10",
				     "-o",
				     "ServerAliveCountMax=3",
				     "--",
				     h->ssh ? h->ssh : h->name,
				     buffer_str(&command),
				     NULL};
	int status;
	TRY(run_ssh(words, &status));
	if (!WIFEXITED(status) || WEXITSTATUS(status) == SSH_FAILED)
		return error_new(ERROR_LAB, "host %s is not reached", name);
	*code = WEXITSTATUS(status);
	return NULL;
}
