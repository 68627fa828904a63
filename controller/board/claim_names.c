// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/claim_names.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/url.h"

#define LOCAL "localhost"

// RFC 4343: names are told apart without their case; RFC 1034: a final dot only says that it is whole.
static char *plain_name(const char *host, size_t len)
{
	if (len > 2 && host[0] == '[' && host[len - 1] == ']')
		host++, len -= 2;
	char *name = memory_strndup(host, len);
	for (char *c = name; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	if (len > 1 && name[len - 1] == '.')
		name[len - 1] = '\0';
	return name;
}

// RFC 6761: all of .localhost is this host. Other addresses of 127.0.0.0/8 may be other servers' ports.
static bool is_local_name(const char *name, const char *own)
{
	size_t len = strlen(name), tail = strlen("." LOCAL);
	if (strcmp(name, LOCAL) == 0 || (len > tail && strcmp(name + len - tail, "." LOCAL) == 0))
		return true;
	return own && own[0] && strcasecmp(name, own) == 0;
}

static char *number_v4(const struct in_addr *a)
{
	uint32_t n = ntohl(a->s_addr);
	char text[INET_ADDRSTRLEN];
	if (n == INADDR_LOOPBACK || n == INADDR_ANY)
		return memory_strdup(LOCAL);
	inet_ntop(AF_INET, a, text, sizeof(text));
	return memory_strdup(text);
}

static char *number_v6(const struct in6_addr *a)
{
	struct in_addr inner;
	char text[INET6_ADDRSTRLEN];
	if (IN6_IS_ADDR_LOOPBACK(a) || IN6_IS_ADDR_UNSPECIFIED(a))
		return memory_strdup(LOCAL);
	if (IN6_IS_ADDR_V4MAPPED(a)) {
		memcpy(&inner, a->s6_addr + 12, sizeof(inner));
		return number_v4(&inner);
	}
	inet_ntop(AF_INET6, a, text, sizeof(text));
	return memory_strdup(text);
}

static char *host_of(const char *host, size_t len, const char *own)
{
	char *name = plain_name(host, len);
	struct in_addr v4;
	struct in6_addr v6;
	char *number = NULL;
	if (inet_aton(name, &v4)) // also 127.1 and 0x7f000001, as connect takes them
		number = number_v4(&v4);
	else if (inet_pton(AF_INET6, name, &v6) == 1)
		number = number_v6(&v6);
	else if (is_local_name(name, own))
		number = memory_strdup(LOCAL);
	if (!number)
		return name;
	free(name);
	return number;
}

char *claim_host(const char *host, const char *own)
{
	return host_of(host, strlen(host), own);
}

// ---- URLs ---------------------------------------------------------------------------------------

// Where the host ends: at the port, but not within [::1].
static size_t host_length(const char *authority, size_t len)
{
	const char *bracket = memchr(authority, ']', len);
	size_t from = bracket ? (size_t)(bracket - authority) : 0;
	const char *colon = memchr(authority + from, ':', len - from);
	return colon ? (size_t)(colon - authority) : len;
}

char *claim_url(const char *url, const char *own)
{
	CLEANUP_BUFFER struct buffer normal = {0};
	url_normal(url, &normal);
	const char *scheme_end = strstr(buffer_str(&normal), "://");
	if (!scheme_end)
		return buffer_steal(&normal);
	const char *authority = scheme_end + 3;
	size_t len = strcspn(authority, "/?#");
	const char *login = memrchr(authority, '@', len);
	const char *host = login ? login + 1 : authority;
	size_t host_len = host_length(host, len - (size_t)(host - authority));
	CLEANUP_FREE char *name = host_of(host, host_len, own);
	CLEANUP_BUFFER struct buffer out = {0};
	buffer_append(&out, buffer_str(&normal), (size_t)(authority - buffer_str(&normal)));
	buffer_append_str(&out, name);
	buffer_append_str(&out, host + host_len);
	return buffer_steal(&out);
}
