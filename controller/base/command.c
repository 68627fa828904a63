// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/environment.h"
#include "base/memory.h"

#define LOOK_EVERY_NS (50 * NS_PER_MS)

struct command {
	const struct command_spec *spec;
	struct process process;
	int output;               // read end of what it says; -1 = closed
	struct buffer kept;       // the beginning
	struct buffer head, tail; // the first bytes and the last
	size_t dropped;           // between them
};

static void command_deinit(struct command *c)
{
	process_deinit(&c->process);
	cleanup_close(&c->output);
	buffer_deinit(&c->kept);
	buffer_deinit(&c->head);
	buffer_deinit(&c->tail);
}
#define CLEANUP_COMMAND CLEANUP(command_deinit)

void command_end_deinit(struct command_end *e)
{
	if (!e)
		return;
	free(e->left);
	buffer_deinit(&e->kept);
	buffer_deinit(&e->said);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void keep(struct command *c, const char *bytes, size_t len)
{
	buffer_append(&c->kept, bytes, least(len, COMMAND_KEPT_LIMIT - c->kept.len));
	size_t n = least(len, COMMAND_SAID_HALF - c->head.len);
	buffer_append(&c->head, bytes, n);
	buffer_append(&c->tail, bytes + n, len - n);
	if (c->tail.len <= 2 * COMMAND_SAID_HALF)
		return;
	size_t cut = c->tail.len - COMMAND_SAID_HALF;
	memmove(c->tail.data, c->tail.data + cut, COMMAND_SAID_HALF);
	buffer_truncate(&c->tail, COMMAND_SAID_HALF);
	c->dropped += cut;
}

// True when there was something.
static bool read_output(struct command *c)
{
	char chunk[4096];
	ssize_t n = c->output >= 0 ? read(c->output, chunk, sizeof(chunk)) : -1;
	if (n > 0)
		keep(c, chunk, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		cleanup_close(&c->output);
	return n > 0;
}

static struct error *start(struct command *c)
{
	CLEANUP_CLOSE int input = -1;
	if (c->spec->in) {
		input = open(c->spec->in, O_RDONLY | O_CLOEXEC);
		if (input < 0)
			return error_errno(ERROR_SYSTEM, errno, "%s", c->spec->in);
	}
	int fds[2];
	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_errno(ERROR_SYSTEM, errno, "pipe");
	c->output = fds[0];
	CLEANUP_CLOSE int theirs = fds[1];
	fcntl(c->output, F_SETFL, O_NONBLOCK);
	const struct process_spec spec = {
	    .argv = c->spec->argv,
	    .in = input,
	    .out = c->spec->errors_only ? -1 : theirs,
	    .err = theirs,
	    .pass = -1,
	    .guard = true,
	    .detach = c->spec->detach,
	    .environment = c->spec->environment,
	};
	return error_wrap_kind(process_spawn(&spec, &c->process), ERROR_LAB, "command");
}

// To the program's end; its output may be held by others for longer.
static struct error *attend(struct command *c, const struct wait *w, bool *in_time)
{
	int64_t limit = clock_monotonic_ns() + (int64_t)(c->spec->timeout_s * (double)NS_PER_S);
	while (!process_poll(&c->process)) {
		bool ready;
		int64_t look = clock_monotonic_ns() + LOOK_EVERY_NS;
		int fd = c->output >= 0 ? c->output : c->process.pidfd;
		TRY(wait_for(w, fd, POLLIN, look < limit ? look : limit, &ready));
		if (ready && c->output >= 0)
			read_output(c);
		if (!ready && clock_monotonic_ns() >= limit)
			return NULL;
	}
	*in_time = true;
	while (read_output(c)) // what it had said before its end
		;
	return NULL;
}

// Its secrets are taken out of what it said.
static void give_output(struct command *c, struct command_end *out)
{
	CLEANUP_REDACT struct redact secrets = {0};
	environment_add_secrets(c->spec->environment, &secrets);
	for (const char *const *s = c->spec->secrets; s && *s; s++)
		redact_add(&secrets, *s);
	buffer_append(&out->said, buffer_str(&c->head), c->head.len);
	if (c->dropped)
		buffer_printf(&out->said, "\n[%zu bytes]\n", c->dropped);
	buffer_append(&out->said, buffer_str(&c->tail), c->tail.len);
	redact_text(&secrets, &out->said);
	buffer_append(&out->kept, buffer_str(&c->kept), c->kept.len);
	redact_text(&secrets, &out->kept);
}

struct error *command_run(const struct command_spec *spec, const struct wait *w,
			  struct command_end *out)
{
	CLEANUP_COMMAND struct command c = {.spec = spec, .process = PROCESS_NONE, .output = -1};
	TRY(start(&c));
	struct error *e = attend(&c, w, &out->in_time);
	give_output(&c, out);
	if (e) {
		snprintf(out->how, sizeof(out->how), "given up");
	} else if (!out->in_time) {
		snprintf(out->how, sizeof(out->how), "no end in %.0f s", spec->timeout_s);
	} else {
		out->status = c.process.status;
		process_describe(&c.process, out->how, sizeof(out->how));
		out->left = STEAL(c.process.left);
	}
	return e;
}
