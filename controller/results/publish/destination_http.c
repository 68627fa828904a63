// SPDX-License-Identifier: GPL-2.0-or-later
// Any HTTP(S) service: the document as the body of a PUT or POST.
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/http.h"
#include "base/memory.h"
#include "base/redact.h"
#include "base/url.h"
#include "results/publish/destination.h"
#include "text/format.h"

struct secret_header {
	const char *name;
	struct secret value;
};

enum http_method { HTTP_POST, HTTP_PUT };
static const char *const methods[] = {"POST", "PUT", NULL};

struct http_destination {
	char *url; // may hold placeholders; owned
	enum http_method method;
	const char **headers;
	struct secret_header *secret_headers; // owned array
	size_t secret_headers_count;
	bool insecure;
	struct secret token;
	const char *user;
	struct secret password;
	char *ca_file; // owned
};

static const struct key http_keys[] = {
    {"url", KEY_URL(struct http_destination, url, NULL), .required = true,
     .help = "with placeholders"},
    {"method", KEY_WORD(struct http_destination, method, methods), .preset = "POST"},
    {"headers", KEY_LIST(struct http_destination, headers), .help = "as \"Name: value\""},
    {"secret_headers", .type = KEY_TYPE_MAP, .value = "{NAME: SECRET}",
     .help = "headers whose values are secrets"},
    {"token", KEY_SECRET(struct http_destination, token), .help = "of Authorization: Bearer"},
    {"user", KEY_TEXT(struct http_destination, user), .value = "NAME"},
    {"password", KEY_SECRET(struct http_destination, password)},
    {"ca_file", KEY_FILE(struct http_destination, ca_file),
     .help = "certificates to trust, else the system's"},
    {"insecure", KEY_BOOL(struct http_destination, insecure), .preset = "false",
     .help = "secrets may go over plain http to another host"},
    {0},
};

static void http_release(void *state)
{
	struct http_destination *h = state;
	for (size_t i = 0; i < h->secret_headers_count; i++)
		secret_deinit(&h->secret_headers[i].value);
	free(h->secret_headers);
}

// Whoever may read farm.yaml, and whatever copies it, is not to know them.
static struct error *check_headers(struct config_node n, const struct http_destination *h)
{
	for (size_t i = 0; h->headers && h->headers[i]; i++) {
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

static struct error *http_check(void *state, const struct config_map *map)
{
	struct http_destination *h = state;
	struct config_node n = config_map_find(map, "secret_headers");
	TRY(destination_check_text(config_map_find(map, "url"), h->url));
	TRY(check_headers(config_map_find(map, "headers"), h));
	if (config_is_set(n))
		TRY(parse_secret_headers(n, h));
	bool has_secret =
	    h->secret_headers_count || secret_is_set(&h->token) || secret_is_set(&h->password);
	return secret_check_exposure(map, h->url, has_secret, h->insecure);
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
	size_t count = 0, plain = keys_count(h->headers);
	x->lines = memory_new(plain + h->secret_headers_count + 2, sizeof(*x->lines));
	x->secret = memory_new(h->secret_headers_count, sizeof(*x->secret));
	x->lines[count++] = type;
	for (size_t i = 0; i < plain; i++)
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

// One exchange with the service: with `document`, or without one a question (OPTIONS) that changes
// nothing.
static struct error *exchange(const struct http_destination *h, const struct send_context *c,
			      const struct buffer *document, struct http_response *response)
{
	CLEANUP_BUFFER struct buffer url = {0};
	CLEANUP_HEADERS struct headers headers = {0};
	CLEANUP_SECRET char *token = NULL;
	CLEANUP_SECRET char *password = NULL;
	TRY(secret_read(&h->token, &token));
	TRY(secret_read(&h->password, &password));
	destination_fill(h->url, c, NULL, true, &url);
	CLEANUP_FREE char *type = memory_printf("Content-Type: %s", c->item->content_type);
	TRY(collect_headers(h, type, &headers));
	// What such a header is called says nothing about its value.
	CLEANUP_FREE const char **secrets =
	    memory_new(h->secret_headers_count + 1, sizeof(*secrets));
	for (size_t i = 0; i < h->secret_headers_count; i++)
		secrets[i] = headers.secret[i] + strlen(h->secret_headers[i].name) + 2;
	const struct http_request request = {
	    .method = document ? methods[h->method] : "OPTIONS",
	    .url = buffer_str(&url),
	    .headers = headers.lines,
	    .secrets = secrets,
	    .insecure = h->insecure,
	    .bearer = token,
	    .user = h->user,
	    .password = password,
	    .ca_file = h->ca_file,
	    .body = document ? buffer_str(document) : NULL,
	    .body_len = document ? document->len : 0,
	    .timeout_s = c->timeout_s,
	};
	return http_perform(&request, NULL, response);
}

static struct error *send(const struct http_destination *h, const struct send_context *c,
			  struct send_outcome *out)
{
	CLEANUP_BUFFER struct buffer document = {0};
	CLEANUP_HTTP_RESPONSE struct http_response response = {0};
	TRY(spool_read(c->spool, c->item, &document));
	TRY(exchange(h, c, &document, &response));
	if (response.status >= 200 && response.status < 300)
		send_outcome_set(out, SEND_DONE, "HTTP %ld", response.status);
	else
		send_outcome_http(out, response.status, buffer_str(&response.body),
				  response.retry_after_s);
	return NULL;
}

static void http_ask(void *state, const struct send_context *c, struct send_outcome *out)
{
	CLEANUP_HTTP_RESPONSE struct http_response response = {0};
	struct error *e = exchange(state, c, NULL, &response);
	if (e)
		send_outcome_error(out, e);
	else
		destination_judge_answer(response.status, buffer_str(&response.body), out);
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
	buffer_printf(out, "%s ", methods[h->method]);
	url_public(h->url, out);
}

const struct destination_driver destination_http = {
    .driver = {.name = "http",
	       .help = "any HTTP service: one PUT or POST a document",
	       .keys = http_keys,
	       .size = sizeof(struct http_destination),
	       .check = http_check,
	       .release = http_release},
    .allowed =
	PUBLISH_KCIDB | PUBLISH_TEXT | PUBLISH_HTML | PUBLISH_JUNIT | PUBLISH_TAP | PUBLISH_CSV,
    .usual = PUBLISH_KCIDB,
    .send = http_send,
    .ask = http_ask,
    .describe = http_describe,
};
