// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/console/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/process.h"
#include "board/claims.h"

#define CONNECT_LIMIT_NS (5 * NS_PER_S)
#define LOOKUP_LIMIT_NS  (10 * NS_PER_S)
#define ADDRESSES_MAX    16

void socket_init(struct socket_address *a)
{
	snprintf(a->port, sizeof(a->port), "%d", (int)a->number);
}

void socket_claim(const struct socket_address *a, const struct config_map *keys, struct claims *out)
{
	CLEANUP_FREE char *host = claims_host(a->host);
	claims_add(out, config_map_find(keys, "port"), NULL, "console port %s:%s", host, a->port);
}

static void set_options(int fd)
{
	const int on = 1, idle = 10, interval = 5, count = 3;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
}

// ---- names --------------------------------------------------------------------------------------

// One address, as it goes through the pipe.
struct address {
	int family;
	socklen_t len;
	struct sockaddr_storage bytes;
};

// In a child: getaddrinfo's code and the addresses go to its standard output.
static void answer_question(void *arg)
{
	const struct socket_address *of = arg;
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *list = NULL;
	int code = getaddrinfo(of->host, of->port, &hints, &list);
	// Less than a pipe holds: nobody has to read for the process to end.
	error_free(file_write_all(STDOUT_FILENO, &code, sizeof(code), "an address"));
	size_t count = 0;
	for (const struct addrinfo *i = list; !code && i && count < ADDRESSES_MAX;
	     i = i->ai_next, count++) {
		struct address a = {.family = i->ai_family, .len = i->ai_addrlen};
		memcpy(&a.bytes, i->ai_addr, i->ai_addrlen);
		error_free(file_write_all(STDOUT_FILENO, &a, sizeof(a), "an address"));
	}
}

static struct error *read_answer(int from, struct address *list, size_t *count)
{
	int code;
	if (read(from, &code, sizeof(code)) != (ssize_t)sizeof(code))
		return error_new(ERROR_LAB, "the name was not looked up");
	if (code)
		return error_new(ERROR_LAB, "%s", gai_strerror(code));
	while (*count < ADDRESSES_MAX &&
	       read(from, &list[*count], sizeof(*list)) == (ssize_t)sizeof(*list))
		++*count;
	return NULL;
}

// Name servers that do not answer take getaddrinfo's time, and nothing ends it: a process of its own
// asks, while we go on reading whatever there is to be read.
static struct error *look_up(const struct socket_address *of, struct board_place *place,
			     struct address *list, size_t *count)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_errno(ERROR_SYSTEM, errno, "pipe");
	CLEANUP_CLOSE int from = ends[0];
	CLEANUP_CLOSE int to = ends[1];
	struct socket_address question = *of;
	const struct process_spec spec = {.call = answer_question,
					  .arg = &question,
					  .in = -1,
					  .out = to,
					  .err = -1,
					  .pass = -1,
					  .new_group = true,
					  .die_with_parent = true};
	CLEANUP_PROCESS struct process process = PROCESS_NONE;
	TRY(process_spawn(&spec, &process));
	cleanup_close(&to);
	bool ended = false;
	TRY(place->wait->wait(place->wait->arg, process.pidfd, POLLIN,
			      clock_monotonic_ns() + LOOKUP_LIMIT_NS, &ended));
	if (!ended)
		return error_new(ERROR_LAB, "its name was not found in %lld s",
				 (long long)(LOOKUP_LIMIT_NS / NS_PER_S));
	return read_answer(from, list, count);
}

// A number needs nobody to be asked.
static bool take_number(const struct socket_address *of, struct address *out)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
				       .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	struct addrinfo *list = NULL;
	if (getaddrinfo(of->host, of->port, &hints, &list) != 0)
		return false;
	*out = (struct address){.family = list->ai_family, .len = list->ai_addrlen};
	memcpy(&out->bytes, list->ai_addr, list->ai_addrlen);
	freeaddrinfo(list);
	return true;
}

// ---- connecting ---------------------------------------------------------------------------------

static struct error *connect_one(const struct address *a, struct board_place *place, int *fd)
{
	CLEANUP_CLOSE int s = socket(a->family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s < 0)
		return error_errno(ERROR_SYSTEM, errno, "socket");
	if (connect(s, (const struct sockaddr *)&a->bytes, a->len) < 0) {
		if (errno != EINPROGRESS)
			return error_errno(ERROR_LAB, errno, "connecting");
		bool ready;
		TRY(place->wait->wait(place->wait->arg, s, POLLOUT,
				      clock_monotonic_ns() + CONNECT_LIMIT_NS, &ready));
		int code = 0;
		socklen_t len = sizeof(code);
		getsockopt(s, SOL_SOCKET, SO_ERROR, &code, &len);
		if (!ready || code)
			return error_errno(ERROR_LAB, ready ? code : ETIMEDOUT, "connecting");
	}
	set_options(s);
	*fd = steal_fd(&s);
	return NULL;
}

struct error *socket_connect(const struct socket_address *a, struct board_place *place, int *fd)
{
	struct address list[ADDRESSES_MAX];
	size_t count = take_number(a, &list[0]);
	struct error *e = count ? NULL : look_up(a, place, list, &count);
	for (size_t i = 0; i < count; i++) {
		error_free(e);
		e = connect_one(&list[i], place, fd);
		if (!e || board_wait_stopped(e))
			break;
	}
	return error_wrap(e, "console %s:%s", a->host, a->port);
}
