// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/url.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/memory.h"

CLEANUP_DEFINE(cleanup_curl_url, CURLU *, curl_url_cleanup)
#define CLEANUP_CURL_URL CLEANUP(cleanup_curl_url)

// NULL when it is no URL.
static CURLU *take_apart(const char *text)
{
	CURLU *u = curl_url();
	if (u && curl_url_set(u, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK)
		return u;
	curl_url_cleanup(u);
	return NULL;
}

// A part as a string of ours, NULL when it is not there.
static char *part(CURLU *u, CURLUPart what, unsigned flags)
{
	char *text = NULL;
	if (curl_url_get(u, what, &text, flags) != CURLUE_OK)
		return NULL;
	char *copy = memory_strdup(text);
	curl_free(text);
	return copy;
}

static bool has(CURLU *u, CURLUPart what)
{
	CLEANUP_FREE char *text = part(u, what, 0);
	return text != NULL;
}

bool url_is_plain(const char *text)
{
	for (; *text; text++)
		if (*text <= 0x20 || *text >= 0x7f || strchr("\"<>\\^`", *text))
			return false;
	return true;
}

// libcurl guesses a scheme from a host's name where there is none.
static bool has_scheme(const char *text, const char *const *schemes)
{
	for (; *schemes; schemes++) {
		size_t len = strlen(*schemes);
		if (strncasecmp(text, *schemes, len) == 0 && strncmp(text + len, "://", 3) == 0)
			return true;
	}
	return false;
}

const char *url_check(const char *text, const char *const *schemes, bool server)
{
	if (!has_scheme(text, schemes))
		return "not such a URL";
	const char *host = strstr(text, "://") + 3;
	if (!*host || strchr("/?#", *host))
		return "it names no host";
	CLEANUP_CURL_URL CURLU *u = take_apart(text);
	if (!u || !url_is_plain(text))
		return "no URL";
	CLEANUP_FREE char *port = part(u, CURLUPART_PORT, 0);
	size_t len = strcspn(host, "/?#");
	if (port ? atoi(port) == 0 : host[len - 1] == ':')
		return "no port";
	if (server &&
	    (has(u, CURLUPART_QUERY) || has(u, CURLUPART_FRAGMENT) || strpbrk(host, "?#")))
		return "more than a path";
	return NULL;
}

// Also where libcurl would not take it: what stands there must not be shown.
bool url_has_login(const char *text)
{
	const char *authority = strstr(text, "://");
	authority = authority ? authority + 3 : text;
	return memchr(authority, '@', strcspn(authority, "/?#")) != NULL;
}

static bool is_this_host(const char *host)
{
	// A name may begin with digits: an address has nothing else.
	return strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
	       (strncmp(host, "127.", 4) == 0 && !host[strspn(host, "0123456789.")]);
}

bool url_is_exposed(const char *text)
{
	if (strncasecmp(text, "http://", 7) != 0)
		return false;
	CLEANUP_CURL_URL CURLU *u = take_apart(text);
	CLEANUP_FREE char *host = u ? part(u, CURLUPART_HOST, 0) : NULL;
	return !host || !is_this_host(host);
}

void url_public(const char *text, struct buffer *out)
{
	const char *authority = strstr(text, "://");
	authority = authority ? authority + 3 : text;
	const char *end = authority + strcspn(authority, "/?#");
	const char *at = memrchr(authority, '@', (size_t)(end - authority));
	buffer_append(out, text, (size_t)(authority - text));
	authority = at ? at + 1 : authority;
	buffer_append(out, authority, strcspn(authority, "?#"));
}

void url_normal(const char *text, struct buffer *out)
{
	CLEANUP_CURL_URL CURLU *u = take_apart(text);
	CLEANUP_FREE char *host = u ? part(u, CURLUPART_HOST, 0) : NULL;
	if (!host) {
		buffer_append_str(out, text);
		return;
	}
	for (char *c = host; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	curl_url_set(u, CURLUPART_HOST, host, 0);
	CLEANUP_FREE char *normal = part(u, CURLUPART_URL, CURLU_NO_DEFAULT_PORT);
	buffer_append_str(out, normal ? normal : text);
}

bool url_split_token(const char *text, char **url, char **token)
{
	CLEANUP_CURL_URL CURLU *u = take_apart(text);
	CLEANUP_FREE char *user = u ? part(u, CURLUPART_USER, CURLU_URLDECODE) : NULL;
	if (!user || !*user)
		return false;
	curl_url_set(u, CURLUPART_USER, NULL, 0);
	curl_url_set(u, CURLUPART_PASSWORD, NULL, 0);
	*url = part(u, CURLUPART_URL, 0);
	*token = STEAL(user);
	return *url != NULL;
}

void url_escape(const char *text, struct buffer *out)
{
	char *escaped = *text ? curl_easy_escape(NULL, text, 0) : NULL;
	if (escaped)
		buffer_append_str(out, escaped);
	curl_free(escaped);
}

void url_escape_path(const char *text, struct buffer *out)
{
	for (;;) {
		size_t len = strcspn(text, "/");
		CLEANUP_FREE char *part = memory_strndup(text, len);
		url_escape(part, out);
		if (!text[len])
			return;
		buffer_append(out, "/", 1);
		text += len + 1;
	}
}
