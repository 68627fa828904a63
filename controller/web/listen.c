// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/listen.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool parse_port(const char *text, unsigned *out)
{
	char *end;
	if (text[0] < '0' || text[0] > '9')
		return false;
	unsigned long n = strtoul(text, &end, 10);
	*out = (unsigned)n;
	return !*end && n <= 65535;
}

static bool parse_v4(const char *host, struct listen_address *out)
{
	struct sockaddr_in *a = (struct sockaddr_in *)&out->address;
	if (inet_pton(AF_INET, host, &a->sin_addr) != 1)
		return false;
	a->sin_family = AF_INET;
	a->sin_port = htons((uint16_t)out->port);
	out->loopback = ntohl(a->sin_addr.s_addr) >> 24 == 127;
	snprintf(out->host, sizeof(out->host), "%s", host);
	return true;
}

static bool parse_v6(const char *host, struct listen_address *out)
{
	struct sockaddr_in6 *a = (struct sockaddr_in6 *)&out->address;
	if (inet_pton(AF_INET6, host, &a->sin6_addr) != 1)
		return false;
	a->sin6_family = AF_INET6;
	a->sin6_port = htons((uint16_t)out->port);
	out->loopback = IN6_IS_ADDR_LOOPBACK(&a->sin6_addr);
	snprintf(out->host, sizeof(out->host), "[%s]", host);
	return true;
}

struct error *listen_parse(const char *text, struct listen_address *out)
{
	char host[48] = "127.0.0.1";
	const char *port = text, *colon = strrchr(text, ':');
	struct listen_address at = {0};
	bool v6 = text[0] == '[';
	if (colon) {
		size_t len = (size_t)(colon - text);
		bool closed = !v6 || (len >= 2 && colon[-1] == ']');
		size_t skip = v6 ? 1 : 0;
		if (!closed || len - 2 * skip >= sizeof(host))
			len = 0;
		snprintf(host, sizeof(host), "%.*s", len ? (int)(len - 2 * skip) : 0, text + skip);
		port = colon + 1;
	}
	if (!parse_port(port, &at.port) || !(v6 ? parse_v6(host, &at) : parse_v4(host, &at)))
		return error_new(ERROR_USAGE,
				 "--listen \"%s\": expected ADDRESS:PORT, as 127.0.0.1:8080 or "
				 "[::1]:8080",
				 text);
	*out = at;
	return NULL;
}
