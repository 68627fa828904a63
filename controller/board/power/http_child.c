// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/power/http_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/process.h"

// What a child may take beyond the time that libcurl was given.
#define GRACE_NS (2 * NS_PER_S)

// The answer on standard output: "STATUS HEADER-BYTES\n", headers, body; or "E KIND text".
static void perform(void *request)
{
	struct http_response response = {0};
	struct buffer head = {0};
	struct error *e = http_perform(request, &response);
	if (e)
		buffer_printf(&head, "E %d %s", (int)error_kind(e), error_text(e));
	else
		buffer_printf(&head, "%ld %zu\n", response.status, response.headers.len);
	buffer_append(&head, buffer_str(&response.headers), response.headers.len);
	buffer_append(&head, buffer_str(&response.body), response.body.len);
	error_free(file_write_all(STDOUT_FILENO, head.data, head.len, "pipe"));
}

static struct error *start(struct http_request *r, struct process *process, int *fd)
{
	int fds[2];
	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_errno(ERROR_SYSTEM, errno, "pipe");
	CLEANUP_CLOSE int ours = fds[0];
	CLEANUP_CLOSE int theirs = fds[1];
	const struct process_spec spec = {
	    .call = perform,
	    .arg = r,
	    .in = -1,
	    .out = theirs,
	    .err = STDERR_FILENO,
	    .pass = -1,
	    .die_with_parent = true,
	};
	TRY(process_spawn(&spec, process));
	*fd = steal_fd(&ours);
	return NULL;
}

static struct error *no_answer(const struct http_request *r)
{
	CLEANUP_BUFFER struct buffer url = {0};
	http_public_request(r, &url);
	return error_new(ERROR_LAB, "%s: no answer in %g s", buffer_str(&url), r->timeout_s);
}

static struct error *read_answer(const struct http_request *r, struct board_place *place, int fd,
				 struct buffer *raw)
{
	int64_t limit =
	    clock_monotonic_ns() + (int64_t)(r->timeout_s * (double)NS_PER_S) + GRACE_NS;
	for (;;) {
		bool ready;
		TRY(place->wait->wait(place->wait->arg, fd, POLLIN, limit, &ready));
		if (!ready)
			return no_answer(r);
		char chunk[4096];
		ssize_t n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno != EINTR)
			return error_errno(ERROR_SYSTEM, errno, "pipe");
		if (n == 0)
			return NULL;
		if (n > 0)
			buffer_append(raw, chunk, (size_t)n);
	}
}

static struct error *take_answer(const struct buffer *raw, struct http_response *out)
{
	const char *text = buffer_str(raw);
	int kind = 0, skip = 0;
	if (sscanf(text, "E %d %n", &kind, &skip) == 1)
		return error_new((enum error_kind)kind, "%s", text + skip);
	const char *newline = strchr(text, '\n');
	size_t headers = 0;
	if (!newline || sscanf(text, "%ld %zu", &out->status, &headers) != 2 ||
	    headers > raw->len - (size_t)(newline + 1 - text))
		return error_new(ERROR_SYSTEM, "the process of an HTTP request died");
	const char *body = newline + 1 + headers;
	buffer_append(&out->headers, newline + 1, headers);
	buffer_append(&out->body, body, raw->len - (size_t)(body - text));
	return NULL;
}

struct error *http_child_perform(const struct http_request *r, struct board_place *place,
				 struct http_response *out)
{
	CLEANUP_PROCESS struct process process = PROCESS_NONE;
	CLEANUP_CLOSE int fd = -1;
	CLEANUP_BUFFER struct buffer raw = {0};
	struct http_request request = *r;
	TRY(start(&request, &process, &fd));
	TRY(read_answer(r, place, fd, &raw));
	return take_answer(&raw, out);
}
