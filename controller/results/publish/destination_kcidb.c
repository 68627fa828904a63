// SPDX-License-Identifier: GPL-2.0-or-later
// KCIDB's REST service: POST BASE/submit, then GET BASE/status?id=... until it says what became of
// the document. "200" only means that it is JSON and stored; a document that does not pass the
// service's own validation is noticed by the second step alone.
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/http.h"
#include "base/memory.h"
#include "results/publish/destination.h"
#include "text/format.h"
#include "text/percent.h"
#include "results/publish/kcidb_answer.h"
#include "results/kcidb/kcidb_check.h"
#include "results/publish/secret.h"

struct kcidb {
	struct secret rest;  // "https://TOKEN@host[:port]/", as KCIDB's own clients have it; or
	const char *url;     // without a token, and
	struct secret token; // the token
	char *ca_file;       // owned
	bool confirm, insecure;
};

static const char *const keys[] = {"rest", "url", "token", "ca_file", "confirm", "insecure", NULL};

static void kcidb_free(void *state)
{
	struct kcidb *k = state;
	if (!k)
		return;
	secret_deinit(&k->rest);
	secret_deinit(&k->token);
	free(k->ca_file);
	free(k);
}

static struct error *parse(const struct config_map *map, struct kcidb *k)
{
	struct config_node rest = config_map_find(map, "rest");
	struct config_node url = config_map_find(map, "url");
	struct config_node token = config_map_find(map, "token");
	if (config_is_set(rest) == config_is_set(url))
		return config_error(map->node, "expected `url:` with `token:`, or `rest:` with an "
					       "address like https://TOKEN@host/");
	if (config_is_set(rest))
		TRY(secret_parse(rest, &k->rest));
	if (config_is_set(url)) {
		TRY(config_string(url, &k->url));
		TRY(secret_check_url(url, k->url, "`token:`"));
		if (!format_is_uri(k->url, strlen(k->url)) || strncmp(k->url, "http", 4) != 0)
			return config_error(url, "\"%s\", expected an http(s) URL", k->url);
	}
	if (config_is_set(token))
		TRY(secret_parse(token, &k->token));
	TRY(secret_parse_insecure(map, k->url, config_is_set(token), &k->insecure));
	struct config_node ca = config_map_find(map, "ca_file");
	if (config_is_set(ca))
		TRY(config_path(ca, &k->ca_file));
	struct config_node confirm = config_map_find(map, "confirm");
	return config_is_set(confirm) ? config_bool(confirm, &k->confirm) : NULL;
}

static struct error *kcidb_configure(const struct config_map *map, void **state)
{
	struct kcidb *k = memory_new(1, sizeof(*k));
	k->confirm = true;
	struct error *e = parse(map, k);
	if (e) {
		kcidb_free(k);
		return e;
	}
	*state = k;
	return NULL;
}

// Base address without a trailing slash and without the token, and the token.
struct access {
	char *base;
	char *token;
};

static void access_deinit(struct access *a)
{
	free(a->base);
	secret_free(a->token);
}
#define CLEANUP_ACCESS CLEANUP(access_deinit)

static void cut_trailing_slashes(char *s)
{
	for (size_t len = strlen(s); len > 0 && s[len - 1] == '/'; len--)
		s[len - 1] = '\0';
}

static struct error *split_rest(const char *rest, struct access *a)
{
	const char *user = strstr(rest, "://");
	const char *at = user ? strchr(user, '@') : NULL;
	if (!at)
		return error_new(ERROR_CONFIG,
				 "rest: expected an address like https://TOKEN@host/");
	user += 3;
	a->token = memory_strndup(user, (size_t)(at - user));
	a->base = memory_printf("%.*s%s", (int)(user - rest), rest, at + 1);
	return NULL;
}

static struct error *open_access(const struct kcidb *k, struct access *a)
{
	if (k->url) {
		a->base = memory_strdup(k->url);
		TRY(secret_read(&k->token, &a->token));
	} else {
		CLEANUP_SECRET char *rest = NULL;
		TRY(secret_read(&k->rest, &rest));
		TRY(split_rest(rest, a));
	}
	cut_trailing_slashes(a->base);
	return NULL;
}

static struct error *submit(const struct kcidb *k, const struct send_context *c,
			    struct send_outcome *out)
{
	CLEANUP_BUFFER struct buffer document = {0};
	CLEANUP_HTTP_RESPONSE struct http_response response = {0};
	CLEANUP_ACCESS struct access a = {0};
	TRY(open_access(k, &a));
	TRY(spool_read(c->spool, c->item, &document));
	// Nothing that is not valid leaves, whatever happened to the disk meanwhile.
	struct kcidb_problems problems = {0};
	kcidb_check_text("document", buffer_str(&document), document.len, &problems);
	bool valid = problems.count == 0;
	if (!valid)
		send_outcome_set(out, SEND_PARK, "not valid, not sent: %s", problems.texts[0]);
	kcidb_problems_deinit(&problems);
	if (!valid)
		return NULL;
	CLEANUP_FREE char *url = memory_printf("%s/submit", a.base);
	static const char *const headers[] = {"Content-Type: application/json", NULL};
	const struct http_request request = {
	    .url = url,
	    .headers = headers,
	    .bearer = a.token,
	    .insecure = k->insecure,
	    .ca_file = k->ca_file,
	    .body = buffer_str(&document),
	    .body_len = document.len,
	    .timeout_s = c->timeout_s,
	};
	TRY(http_perform(&request, &response));
	kcidb_take_submission(&response, k->confirm, out);
	return NULL;
}

static void kcidb_send(void *state, const struct send_context *c, struct send_outcome *out)
{
	struct error *e = submit(state, c, out);
	if (e)
		send_outcome_error(out, e);
}

static struct error *ask(const struct kcidb *k, const struct send_context *c,
			 struct send_outcome *out)
{
	CLEANUP_HTTP_RESPONSE struct http_response response = {0};
	CLEANUP_ACCESS struct access a = {0};
	CLEANUP_BUFFER struct buffer url = {0};
	TRY(open_access(k, &a));
	buffer_printf(&url, "%s/status?id=", a.base);
	percent_encode(c->item->submission, false, &url);
	const struct http_request request = {
	    .url = buffer_str(&url),
	    .bearer = a.token,
	    .insecure = k->insecure,
	    .ca_file = k->ca_file,
	    .timeout_s = c->timeout_s,
	};
	TRY(http_perform(&request, &response));
	kcidb_take_status(&response, out);
	return NULL;
}

static void kcidb_confirm(void *state, const struct send_context *c, struct send_outcome *out)
{
	struct error *e = ask(state, c, out);
	if (e && error_kind(e) != ERROR_CONFIG) {
		// What was taken stays taken: only the question is asked again.
		send_outcome_set(out, SEND_ACCEPTED, "%s", error_text(e));
		error_free(e);
	} else if (e) {
		send_outcome_error(out, e);
	}
	if (out->result == SEND_ACCEPTED && out->submission.len == 0)
		buffer_append_str(&out->submission, c->item->submission);
}

static void kcidb_describe(const void *state, struct buffer *out)
{
	const struct kcidb *k = state;
	if (k->url)
		http_public_url(k->url, out);
	else
		buffer_printf(out, "address from %s",
			      k->rest.environment ? k->rest.environment : k->rest.file);
}

const struct destination_driver destination_kcidb = {
    .name = "kcidb-rest",
    .keys = keys,
    .allowed = PUBLISH_KCIDB,
    .usual = PUBLISH_KCIDB,
    .configure = kcidb_configure,
    .free = kcidb_free,
    .send = kcidb_send,
    .confirm = kcidb_confirm,
    .describe = kcidb_describe,
};
