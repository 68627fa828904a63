// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/qmp.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/file.h"

void qmp_deinit(struct qmp *q)
{
	if (!q)
		return;
	buffer_deinit(&q->pending);
	*q = (struct qmp){0};
}

static void take_shutdown(struct qmp *q, const json_t *message)
{
	const char *reason = NULL;
	json_unpack((json_t *)(uintptr_t)message, "{s:{s:s}}", "data", "reason", &reason);
	snprintf(q->shutdown, sizeof(q->shutdown), "%s", reason ? reason : "unknown");
}

static void take_greeting(struct qmp *q, json_t *greeting)
{
	q->greeted = true;
	json_unpack(greeting, "{s:{s:{s:i, s:i, s:i}}}", "version", "qemu", "major", &q->major,
		    "minor", &q->minor, "micro", &q->micro);
}

static struct error *take_line(struct qmp *q, const char *line, size_t len)
{
	json_error_t why;
	json_t *message = json_loadb(line, len, 0, &why);
	if (!json_is_object(message)) {
		json_decref(message);
		return error_new(ERROR_LAB, "QMP: not a JSON object: %.60s", line);
	}
	const char *event = json_string_value(json_object_get(message, "event"));
	const json_t *error = json_object_get(message, "error");
	json_t *greeting = json_object_get(message, "QMP");
	if (greeting)
		take_greeting(q, greeting);
	else if (event && strcmp(event, "SHUTDOWN") == 0)
		take_shutdown(q, message);
	else if (error || json_object_get(message, "return"))
		q->answers++;
	if (error) {
		const char *text = json_string_value(json_object_get(error, "desc"));
		snprintf(q->failure, sizeof(q->failure), "%s", text ? text : "error");
	}
	json_decref(message);
	return NULL;
}

struct error *qmp_feed(struct qmp *q, const void *bytes, size_t len)
{
	const char *p = bytes;
	for (size_t i = 0; i < len; i++) {
		if (p[i] != '\n') {
			if (q->pending.len >= QMP_LINE_LIMIT)
				return error_new(ERROR_LAB, "QMP: a message of more than %d bytes",
						 QMP_LINE_LIMIT);
			buffer_append(&q->pending, &p[i], 1);
			continue;
		}
		while (q->pending.len && q->pending.data[q->pending.len - 1] == '\r')
			buffer_truncate(&q->pending, q->pending.len - 1);
		struct error *e =
		    q->pending.len ? take_line(q, buffer_str(&q->pending), q->pending.len) : NULL;
		buffer_truncate(&q->pending, 0);
		TRY(e);
	}
	return NULL;
}

static struct error *read_more(struct qmp *q, int fd, const struct board_wait *wait,
			       int64_t deadline_ns)
{
	bool ready = false;
	TRY(wait->wait(wait->arg, fd, POLLIN, deadline_ns, &ready));
	if (!ready)
		return error_new(ERROR_LAB, "QMP: no answer in time");
	char chunk[4096];
	ssize_t n = read(fd, chunk, sizeof(chunk));
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return NULL;
	if (n <= 0)
		return error_new(ERROR_LAB, "QMP: the emulator closed the connection");
	return qmp_feed(q, chunk, (size_t)n);
}

struct error *qmp_greet(struct qmp *q, int fd, const struct board_wait *wait, int64_t deadline_ns)
{
	while (!q->greeted)
		TRY(read_more(q, fd, wait, deadline_ns));
	return NULL;
}

struct error *qmp_execute(struct qmp *q, int fd, const struct board_wait *wait, const char *command,
			  int64_t deadline_ns)
{
	char line[96];
	int len = snprintf(line, sizeof(line), "{\"execute\": \"%s\"}\n", command);
	unsigned before = q->answers;
	q->failure[0] = '\0';
	if (send(fd, line, (size_t)len, MSG_NOSIGNAL) != len)
		return error_errno(ERROR_LAB, errno, "QMP: sending %s", command);
	while (q->answers == before)
		TRY(error_wrap(read_more(q, fd, wait, deadline_ns), "%s", command));
	if (q->failure[0])
		return error_new(ERROR_LAB, "QMP: %s: %s", command, q->failure);
	return NULL;
}

void qmp_drain(struct qmp *q, int fd)
{
	char chunk[4096];
	ssize_t n;
	while ((n = recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT)) > 0)
		error_free(qmp_feed(q, chunk, (size_t)n));
}
