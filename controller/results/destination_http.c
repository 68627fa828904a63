// SPDX-License-Identifier: GPL-2.0-or-later
// Any HTTP(S) service: the document as the body of a PUT or POST.
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/http.h"
#include "base/memory.h"
#include "results/destination.h"
#include "results/format.h"
#include "results/placeholder.h"
#include "results/secret.h"

struct http_destination {
	const char *url; // may hold {batch}, {what}, {item}, {file}
	const char *method;
	const char **headers; // owned array
	size_t headers_count;
	struct secret token;
	const char *user;
	struct secret password;
	char *ca_file; // owned
};

static const char *const keys[] = {"url",  "method",   "headers", "token",
				   "user", "password", "ca_file", NULL};

static void http_free(void *state)
{
	struct http_destination *h = state;
	if (!h)
		return;
	free(h->headers);
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

static struct error *parse(const struct config_map *map, struct http_destination *h)
{
	struct config_node url, n;
	TRY(config_map_need(map, "url", &url));
	TRY(config_string(url, &h->url));
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
	return parse_access(map, h);
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

static struct error *send(const struct http_destination *h, const struct send_context *c,
			  struct send_outcome *out)
{
	CLEANUP_BUFFER struct buffer document = {0}, url = {0};
	CLEANUP_HTTP_RESPONSE struct http_response response = {0};
	CLEANUP_SECRET char *token = NULL;
	CLEANUP_SECRET char *password = NULL;
	TRY(secret_read(&h->token, &token));
	TRY(secret_read(&h->password, &password));
	TRY(spool_read(c->spool, c->item, &document));
	placeholder_expand(h->url, c, NULL, true, &url);
	CLEANUP_FREE char *type = memory_printf("Content-Type: %s", c->item->content_type);
	CLEANUP_FREE const char **headers = memory_new(h->headers_count + 2, sizeof(*headers));
	headers[0] = type;
	for (size_t i = 0; i < h->headers_count; i++)
		headers[i + 1] = h->headers[i];
	const struct http_request request = {
	    .method = h->method,
	    .url = buffer_str(&url),
	    .headers = headers,
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
