// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/console/socket.h"

#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/memory.h"
#include "board/claims.h"
#include "board/keys.h"

#define CONNECT_LIMIT_NS (5 * NS_PER_S)

struct error *socket_config(const struct config_map *keys, struct socket_address *a)
{
	struct config_node n;
	int64_t port;
	TRY(keys_need_string(keys, "host", &a->host));
	TRY(config_map_need(keys, "port", &n));
	TRY(config_integer(n, 1, 65535, &port));
	snprintf(a->port, sizeof(a->port), "%d", (int)port);
	return NULL;
}

void socket_claim(const struct socket_address *a, const struct config_map *keys, struct claims *out)
{
	CLEANUP_FREE char *host = memory_strdup(a->host);
	for (char *c = host; *c; c++) // RFC 4343: names are told apart without their case
		*c = (char)tolower((unsigned char)*c);
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

static struct error *connect_one(const struct addrinfo *info, struct board_place *place, int *fd)
{
	CLEANUP_CLOSE int s =
	    socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s < 0)
		return error_errno(ERROR_SYSTEM, errno, "socket");
	if (connect(s, info->ai_addr, info->ai_addrlen) < 0) {
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
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *list = NULL;
	int code = getaddrinfo(a->host, a->port, &hints, &list);
	if (code)
		return error_new(ERROR_LAB, "console %s:%s: %s", a->host, a->port,
				 gai_strerror(code));
	struct error *e = NULL;
	for (const struct addrinfo *i = list; i; i = i->ai_next) {
		error_free(e);
		e = connect_one(i, place, fd);
		if (!e || board_wait_stopped(e))
			break;
	}
	freeaddrinfo(list);
	return error_wrap(e, "console %s:%s", a->host, a->port);
}
