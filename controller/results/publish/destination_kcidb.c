// SPDX-License-Identifier: GPL-2.0-or-later
// KCIDB's REST service: POST BASE/submit, then GET BASE/status?id=... until it says what became of
// the document. "200" only means that it is JSON and stored; a document that does not pass the
// service's own validation is noticed by the second step alone.
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/http.h"
#include "base/memory.h"
#include "base/url.h"
#include "results/publish/destination.h"
#include "text/format.h"
#include "results/publish/kcidb_answer.h"
#include "results/kcidb/kcidb_check.h"

struct kcidb {
	struct secret rest;  // "https://TOKEN@host[:port]/", as KCIDB's own clients have it; or
	char *url;           // without a token, and (owned)
	struct secret token; // the token
	char *ca_file;       // owned
	bool confirm, insecure;
};

static const struct key kcidb_keys[] = {
    {"url", KEY_SERVER(struct kcidb, url), .help = "the service, without a token; or `rest`"},
    {"token", KEY_SECRET(struct kcidb, token)},
    {"rest", KEY_SECRET(struct kcidb, rest),
     .help = "address and token in one, https://TOKEN@host/, as KCIDB's own clients have it"},
    {"ca_file", KEY_FILE(struct kcidb, ca_file),
     .help = "certificates to trust, else the system's"},
    {"confirm", KEY_BOOL(struct kcidb, confirm), .preset = "true",
     .help = "ask /status what became of a document; false for a service that cannot be asked"},
    {"insecure", KEY_BOOL(struct kcidb, insecure), .preset = "false",
     .help = "secrets may go over plain http to another host"},
    {0},
};

static struct error *kcidb_check(void *state, const struct config_map *map)
{
	const struct kcidb *k = state;
	if (secret_is_set(&k->rest) == (k->url != NULL))
		return config_error(map->node, "expected `url:` with `token:`, or `rest:` with an "
					       "address like https://TOKEN@host/");
	if (k->url && !secret_is_set(&k->token))
		return config_error(map->node, "expected `token:`, without which the service takes "
					       "nothing");
	return secret_check_exposure(map, k->url, secret_is_set(&k->token), k->insecure);
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

static struct error *open_access(const struct kcidb *k, struct access *a)
{
	if (k->url) {
		a->base = memory_strdup(k->url);
		TRY(secret_read(&k->token, &a->token));
	} else {
		CLEANUP_SECRET char *rest = NULL;
		TRY(secret_read(&k->rest, &rest));
		if (!url_split_token(rest, &a->base, &a->token))
			return error_new(ERROR_CONFIG,
					 "rest: expected an address like https://TOKEN@host/");
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
	TRY(http_perform(&request, NULL, &response));
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
	url_escape(c->item->submission, &url);
	const struct http_request request = {
	    .url = buffer_str(&url),
	    .bearer = a.token,
	    .insecure = k->insecure,
	    .ca_file = k->ca_file,
	    .timeout_s = c->timeout_s,
	};
	TRY(http_perform(&request, NULL, &response));
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

// /authtest takes a token and nothing else; older services lack it.
static struct error *ask_service(const struct kcidb *k, const struct send_context *c,
				 struct send_outcome *out)
{
	CLEANUP_HTTP_RESPONSE struct http_response response = {0};
	CLEANUP_ACCESS struct access a = {0};
	TRY(open_access(k, &a));
	CLEANUP_FREE char *url = memory_printf("%s/authtest", a.base);
	const struct http_request request = {
	    .url = url,
	    .bearer = a.token,
	    .insecure = k->insecure,
	    .ca_file = k->ca_file,
	    .timeout_s = c->timeout_s,
	};
	TRY(http_perform(&request, NULL, &response));
	if (response.status == 200)
		send_outcome_set(out, SEND_DONE, "it takes our token");
	else if (response.status == 404 || response.status == 405)
		send_outcome_set(out, SEND_DONE,
				 "it answers (HTTP %ld), and cannot be asked about tokens",
				 response.status);
	else
		kcidb_take_submission(&response, false, out); // of a refusal: its reason
	return NULL;
}

static void kcidb_ask(void *state, const struct send_context *c, struct send_outcome *out)
{
	struct error *e = ask_service(state, c, out);
	if (e)
		send_outcome_error(out, e);
}

static void kcidb_describe(const void *state, struct buffer *out)
{
	const struct kcidb *k = state;
	if (k->url)
		url_public(k->url, out);
	else
		buffer_printf(out, "address from %s",
			      k->rest.environment ? k->rest.environment : k->rest.file);
}

const struct destination_driver destination_kcidb = {
    .driver = {.name = "kcidb-rest",
	       .help = "KCIDB documents to KCIDB-ng's REST service",
	       .keys = kcidb_keys,
	       .size = sizeof(struct kcidb),
	       .check = kcidb_check},
    .allowed = PUBLISH_KCIDB,
    .usual = PUBLISH_KCIDB,
    .collection = true,
    .send = kcidb_send,
    .confirm = kcidb_confirm,
    .ask = kcidb_ask,
    .describe = kcidb_describe,
};
