// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/access.h"

#include <nettle/base64.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#define CREDENTIALS_MAX 1024

static bool same(const char *token, const char *given, size_t len)
{
	size_t own = strlen(token);
	unsigned char differs = (unsigned char)(own != len);
	for (size_t i = 0; i < len; i++)
		differs |= (unsigned char)(given[i] ^ token[own ? i % own : 0]);
	return !differs && own > 0;
}

static bool is_bearer(const char *token, const char *header)
{
	return strncasecmp(header, "Bearer ", 7) == 0 &&
	       same(token, header + 7, strlen(header + 7));
}

static bool is_basic(const char *token, const char *header)
{
	uint8_t plain[BASE64_DECODE_LENGTH(CREDENTIALS_MAX) + 1];
	struct base64_decode_ctx ctx;
	size_t len = sizeof(plain) - 1;
	if (strncasecmp(header, "Basic ", 6) != 0 || strlen(header) > CREDENTIALS_MAX)
		return false;
	base64_decode_init(&ctx);
	if (!base64_decode_update(&ctx, &len, plain, strlen(header + 6), header + 6) ||
	    !base64_decode_final(&ctx))
		return false;
	const uint8_t *colon = memchr(plain, ':', len);
	if (!colon)
		return false;
	return same(token, (const char *)colon + 1, len - (size_t)(colon + 1 - plain));
}

bool web_access_allows(const struct web_access *a, const char *authorization)
{
	if (!a->token)
		return true;
	return authorization &&
	       (is_bearer(a->token, authorization) || is_basic(a->token, authorization));
}

bool web_access_allows_change(const struct web_access *a, const char *authorization)
{
	return a->token && authorization && is_bearer(a->token, authorization);
}

// The name without its port.
static bool is_name(const char *host, size_t len, const char *name)
{
	return strlen(name) == len && strncasecmp(host, name, len) == 0;
}

bool web_access_knows_host(const struct web_access *a, const char *host)
{
	static const char *const own[] = {"localhost", "127.0.0.1", "[::1]"};
	if (a->token || !host)
		return true;
	size_t len = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (is_name(host, len, own[i]))
			return true;
	return a->host && (is_name(host, len, a->host) || strcasecmp(host, a->host) == 0);
}
