// SPDX-License-Identifier: GPL-2.0-or-later
// Any HTTP(S) service: the document as the body of a PUT or POST.
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/http.h"
#include "base/memory.h"
#include "base/redact.h"
#include "results/publish/destination.h"
#include "text/format.h"
#include "results/publish/placeholder.h"
#include "results/publish/secret.h"

struct secret_header {
	const char *name;
	struct secret value;
};

struct http_destination {
	const char *url; // may hold {batch}, {what}, {item}, {file}
	const char *method;
	const char **headers; // owned array
	size_t headers_count;
	struct secret_header *secret_headers; // owned array
	size_t secret_headers_count;
	bool insecure;
	struct secret token;
	const char *user;
	struct secret password;
	char *ca_file; // owned
};

static const char *const keys[] = {"url",  "method",   "headers", "secret_headers", "token",
				   "user", "password", "ca_file", "insecure",       NULL};

static void http_free(void *state)
{
	struct http_destination *h = state;
	if (!h)
		return;
	free(h->headers);
	for (size_t i = 0; i < h->secret_headers_count; i++)
		secret_deinit(&h->secret_headers[i].value);
	free(h->secret_headers);
	secret_deinit(&h->token);
	secret_deinit(&h->password);
	free(h->ca_file);
	free(h);
}

static struct error *parse_access(const struct config_map *map, struct http_destination *h)
{
	struct config_node n = config_map_find(map, "token");
	if (config_is_set(n))
		TRY(secret_parse(n, &h->token));
	n = config_map_find(map, "user");
	if (config_is_set(n))
		TRY(config_string(n, &h->user));
	n = config_map_find(map, "password");
	if (config_is_set(n))
		TRY(secret_parse(n, &h->password));
	n = config_map_find(map, "ca_file");
	return config_is_set(n) ? config_path(n, &h->ca_file) : NULL;
}

// Whoever may read farm.yaml, and whatever copies it, is not to know them.
static struct error *check_headers(struct config_node n, const struct http_destination *h)
{
	for (size_t i = 0; i < h->headers_count; i++) {
		size_t len = strcspn(h->headers[i], ": \t");
		if (redact_names_secret(h->headers[i], len))
			return config_error(
			    n,
			    "header %.*s holds a secret, expected `token:`, `user:` "
			    "with `password:`, or `secret_headers: {%.*s: {file: "
			    "PATH}}`",
			    (int)len, h->headers[i], (int)len, h->headers[i]);
	}
	return NULL;
}

// {NAME: {file: PATH} or {environment: NAME}, ...}: the whole value.
static struct error *parse_secret_headers(struct config_node n, struct http_destination *h)
{
	CLEANUP_CONFIG_MAP struct config_map map = {0};
	TRY(config_map_init(&map, n));
	h->secret_headers = memory_new(map.count, sizeof(*h->secret_headers));
	for (size_t i = 0; i < map.count; i++) {
		struct secret_header *header = &h->secret_headers[i];
		TRY(config_name(map.pairs[i].key, &header->name));
		if (!format_is_word(header->name))
			return config_error(map.pairs[i].key, "\"%s\" is no header's name",
					    header->name);
		h->secret_headers_count = i + 1;
		TRY(secret_parse(map.pairs[i].value, &header->value));
	}
	return NULL;
}

static struct error *parse(const struct config_map *map, struct http_destination *h)
{
	struct config_node url, n;
	TRY(config_map_need(map, "url", &url));
	TRY(config_string(url, &h->url));
	TRY(secret_check_url(url, h->url,
			     "`token:`, `user:` with `password:`, or `secret_headers:`"));
	TRY(placeholder_check(url, h->url));
	if (strncmp(h->url, "http://", 7) != 0 && strncmp(h->url, "https://", 8) != 0)
		return config_error(url, "\"%s\", expected an http(s) URL", h->url);
	n = config_map_find(map, "method");
	if (config_is_set(n)) {
		TRY(config_string(n, &h->method));
		if (strcmp(h->method, "PUT") != 0 && strcmp(h->method, "POST") != 0)
			return config_error(n, "\"%s\", expected PUT or POST", h->method);
	}
	n = config_map_find(map, "headers");
	if (config_is_set(n))
		TRY(config_strings(n, &h->headers, &h->headers_count));
	TRY(check_headers(n, h));
	n = config_map_find(map, "secret_headers");
	if (config_is_set(n))
		TRY(parse_secret_headers(n, h));
	TRY(parse_access(map, h));
	bool has_secret = h->secret_headers_count || config_is_set(config_map_find(map, "token")) ||
			  config_is_set(config_map_find(map, "password"));
	return secret_parse_insecure(map, h->url, has_secret, &h->insecure);
}

static struct error *http_configure(const struct config_map *map, void **state)
{
	struct http_destination *h = memory_new(1, sizeof(*h));
	h->method = "POST";
	struct error *e = parse(map, h);
	if (e) {
		http_free(h);
		return e;
	}
	*state = h;
	return NULL;
}

// Headers of a request, the last ones owned.
struct headers {
	const char **lines; // owned array, NULL-terminated
	char **secret;      // owned array of owned lines
	size_t secret_count;
};

static void headers_deinit(struct headers *x)
{
	for (size_t i = 0; i < x->secret_count; i++)
		secret_free(x->secret[i]);
	free(x->secret);
	free(x->lines);
}
#define CLEANUP_HEADERS CLEANUP(headers_deinit)

static struct error *collect_headers(const struct http_destination *h, const char *type,
				     struct headers *x)
{
	size_t count = 0;
	x->lines = memory_new(h->headers_count + h->secret_headers_count + 2, sizeof(*x->lines));
	x->secret = memory_new(h->secret_headers_count, sizeof(*x->secret));
	x->lines[count++] = type;
	for (size_t i = 0; i < h->headers_count; i++)
		x->lines[count++] = h->headers[i];
	for (size_t i = 0; i < h->secret_headers_count; i++) {
		CLEANUP_SECRET char *value = NULL;
		TRY(secret_read(&h->secret_headers[i].value, &value));
		x->secret[i] = memory_printf("%s: %s", h->secret_headers[i].name, value);
		x->secret_count = i + 1;
		x->lines[count++] = x->secret[i];
	}
	return NULL;
}

static struct error *send(const struct http_destination *h, const struct send_context *c,
			  struct send_outcome *out)
{
	CLEANUP_BUFFER struct buffer document = {0}, url = {0};
	CLEANUP_HEADERS struct headers headers = {0};
	CLEANUP_HTTP_RESPONSE struct http_response response = {0};
	CLEANUP_SECRET char *token = NULL;
	CLEANUP_SECRET char *password = NULL;
	TRY(secret_read(&h->token, &token));
	TRY(secret_read(&h->password, &password));
	TRY(spool_read(c->spool, c->item, &document));
	placeholder_expand(h->url, c, NULL, true, &url);
	CLEANUP_FREE char *type = memory_printf("Content-Type: %s", c->item->content_type);
	TRY(collect_headers(h, type, &headers));
	// What such a header is called says nothing about its value.
	CLEANUP_FREE const char **secrets =
	    memory_new(h->secret_headers_count + 1, sizeof(*secrets));
	for (size_t i = 0; i < h->secret_headers_count; i++)
		secrets[i] = headers.secret[i] + strlen(h->secret_headers[i].name) + 2;
	const struct http_request request = {
	    .method = h->method,
	    .url = buffer_str(&url),
	    .headers = headers.lines,
	    .secrets = secrets,
	    .insecure = h->insecure,
	    .bearer = token,
	    .user = h->user,
	    .password = password,
	    .ca_file = h->ca_file,
	    .body = buffer_str(&document),
	    .body_len = document.len,
	    .timeout_s = c->timeout_s,
	};
	TRY(http_perform(&request, &response));
	if (response.status >= 200 && response.status < 300)
		send_outcome_set(out, SEND_DONE, "HTTP %ld", response.status);
	else
		send_outcome_http(out, response.status, buffer_str(&response.body),
				  response.retry_after_s);
	return NULL;
}

static void http_send(void *state, const struct send_context *c, struct send_outcome *out)
{
	struct error *e = send(state, c, out);
	if (e)
		send_outcome_error(out, e);
}

static void http_describe(const void *state, struct buffer *out)
{
	const struct http_destination *h = state;
	buffer_printf(out, "%s ", h->method);
	http_public_url(h->url, out);
}

const struct destination_driver destination_http = {
    .name = "http",
    .keys = keys,
    .allowed =
	PUBLISH_KCIDB | PUBLISH_TEXT | PUBLISH_HTML | PUBLISH_JUNIT | PUBLISH_TAP | PUBLISH_CSV,
    .usual = PUBLISH_KCIDB,
    .configure = http_configure,
    .free = http_free,
    .send = http_send,
    .describe = http_describe,
};
