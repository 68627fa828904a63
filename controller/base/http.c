// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/http.h"

#include <math.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/curl.h"
#include "base/memory.h"
#include "base/redact.h"
#include "base/url.h"

#define CONNECT_TIMEOUT_S 10
#define TIMEOUT_S         60

void http_response_deinit(struct http_response *r)
{
	if (!r)
		return;
	buffer_deinit(&r->headers);
	buffer_deinit(&r->body);
	free(r->redirect);
}

char *http_header(const struct http_response *r, const char *name)
{
	size_t len = strlen(name);
	const char *line = buffer_str(&r->headers);
	while (line) {
		if (strncasecmp(line, name, len) == 0 && line[len] == ':') {
			const char *value = line + len + 1;
			value += strspn(value, " \t");
			return memory_strndup(value, strcspn(value, "\r\n"));
		}
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return NULL;
}

// ---- secrets ------------------------------------------------------------------------------------

static const char *header_value(const char *header)
{
	const char *colon = strchr(header, ':');
	return colon ? colon + 1 + strspn(colon + 1, " \t") : NULL;
}

// "Authorization: Bearer abc" has "abc" for its secret, "X-Auth-Token: abc" too.
static void collect_header(struct redact *out, const char *header)
{
	const char *value = header_value(header);
	if (!value || !redact_names_secret(header, strcspn(header, ":")))
		return;
	const char *blank = strchr(value, ' ');
	redact_add(out, blank && blank[1] ? blank + 1 : value);
}

static void collect_secrets(const struct http_request *r, struct redact *out)
{
	redact_add_url(out, r->url);
	redact_add(out, r->bearer);
	redact_add_login(out, r->user, r->password);
	if (r->sigv4)
		redact_add(out, r->user); // the key's id comes from where the key does
	for (const char *const *h = r->headers; h && *h; h++)
		collect_header(out, *h);
	for (const char *const *s = r->secrets; s && *s; s++)
		redact_add(out, *s);
}

void http_redact(const struct http_request *r, struct buffer *text)
{
	CLEANUP_REDACT struct redact secrets = {0};
	collect_secrets(r, &secrets);
	redact_text(&secrets, text);
}

void http_public_request(const struct http_request *r, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer url = {0};
	url_public(r->url, &url);
	http_redact(r, &url);
	buffer_append_str(out, buffer_str(&url));
}

static struct error *check_exposure(const struct http_request *r, const struct redact *secrets)
{
	if (r->insecure || secrets->count == 0 || !url_is_exposed(r->url))
		return NULL;
	CLEANUP_BUFFER struct buffer url = {0};
	http_public_request(r, &url);
	return error_new(ERROR_CONFIG,
			 "%s: a password or token would go over plain http, expected https, or "
			 "`insecure: true` where the network is trusted",
			 buffer_str(&url));
}

// ---- the exchange -------------------------------------------------------------------------------

struct http_exchange {
	struct transfer *transfer; // owned
	CURL *handle;              // owned
	struct curl_slist *headers;
	struct redact secrets;
	struct http_response response;
	const struct http_request *request; // borrowed
	struct error *refused;              // owned: `take` wants no more
	char why[CURL_ERROR_SIZE];
};

static size_t keep(struct buffer *out, const char *bytes, size_t len, size_t limit)
{
	size_t room = out->len < limit ? limit - out->len : 0;
	buffer_append(out, bytes, len < room ? len : room);
	return len;
}

static size_t keep_answer(char *bytes, size_t size, size_t count, void *out)
{
	struct http_exchange *x = out;
	const struct http_request *r = x->request;
	size_t len = size * count;
	long status = 0;
	curl_easy_getinfo(x->handle, CURLINFO_RESPONSE_CODE, &status);
	if (!r->take || status != 200) {
		size_t limit = r->answer_limit ? r->answer_limit : HTTP_ANSWER_LIMIT;
		x->response.cut |= x->response.body.len + len > limit;
		return keep(&x->response.body, bytes, len, limit);
	}
	if (!x->refused)
		x->refused = r->take(r->take_arg, bytes, len);
	return x->refused ? 0 : len; // 0 ends the exchange
}

// Those of a "100 Continue" or of a proxy come ahead of those that count.
static size_t keep_header(char *bytes, size_t size, size_t count, void *out)
{
	struct http_exchange *x = out;
	if (size * count > 5 && strncmp(bytes, "HTTP/", 5) == 0)
		buffer_truncate(&x->response.headers, 0);
	return keep(&x->response.headers, bytes, size * count, HTTP_ANSWER_LIMIT);
}

void http_exchange_free(struct http_exchange *x)
{
	if (!x)
		return;
	curl_transfer_free(x->transfer);
	curl_easy_cleanup(x->handle);
	curl_slist_free_all(x->headers);
	redact_deinit(&x->secrets);
	http_response_deinit(&x->response);
	error_free(x->refused);
	free(x);
}

static void set_body(struct http_exchange *x, const struct http_request *r)
{
	if (r->body_file) {
		curl_easy_setopt(x->handle, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(x->handle, CURLOPT_READDATA, r->body_file);
		curl_easy_setopt(x->handle, CURLOPT_INFILESIZE_LARGE, (curl_off_t)r->body_size);
	} else if (r->body) {
		curl_easy_setopt(x->handle, CURLOPT_POST, 1L);
		curl_easy_setopt(x->handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_len);
		curl_easy_setopt(x->handle, CURLOPT_POSTFIELDS, r->body);
	}
	if (r->method)
		curl_easy_setopt(x->handle, CURLOPT_CUSTOMREQUEST, r->method);
	else if (r->body_file)
		curl_easy_setopt(x->handle, CURLOPT_CUSTOMREQUEST, "POST");
}

static void add_header(struct http_exchange *x, const char *header)
{
	struct curl_slist *list = curl_slist_append(x->headers, header);
	if (list)
		x->headers = list;
}

static void set_headers(struct http_exchange *x, const struct http_request *r)
{
	for (const char *const *h = r->headers; h && *h; h++)
		add_header(x, *h);
	// libcurl would wait a second for a "100 Continue" that many services never send.
	add_header(x, "Expect:");
	curl_easy_setopt(x->handle, CURLOPT_HTTPHEADER, x->headers);
}

static void set_credentials(struct http_exchange *x, const struct http_request *r)
{
	if (r->bearer) {
		curl_easy_setopt(x->handle, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
		curl_easy_setopt(x->handle, CURLOPT_XOAUTH2_BEARER, r->bearer);
	}
	if (r->digest)
		curl_easy_setopt(x->handle, CURLOPT_HTTPAUTH,
				 (long)(CURLAUTH_BASIC | CURLAUTH_DIGEST));
	if (r->sigv4)
		curl_easy_setopt(x->handle, CURLOPT_AWS_SIGV4, r->sigv4);
	if (r->user)
		curl_easy_setopt(x->handle, CURLOPT_USERNAME, r->user);
	if (r->password)
		curl_easy_setopt(x->handle, CURLOPT_PASSWORD, r->password);
	if (r->ca_file)
		curl_easy_setopt(x->handle, CURLOPT_CAINFO, r->ca_file);
}

static long milliseconds(double seconds, double fallback)
{
	return lround((seconds > 0 ? seconds : fallback) * 1000);
}

static void set_limits(struct http_exchange *x, const struct http_request *r)
{
	curl_easy_setopt(x->handle, CURLOPT_CONNECTTIMEOUT_MS,
			 milliseconds(r->connect_timeout_s, CONNECT_TIMEOUT_S));
	curl_easy_setopt(x->handle, CURLOPT_TIMEOUT_MS, milliseconds(r->timeout_s, TIMEOUT_S));
	if (r->stall_s > 0) {
		curl_easy_setopt(x->handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
		curl_easy_setopt(x->handle, CURLOPT_LOW_SPEED_TIME, lround(ceil(r->stall_s)));
	}
}

static void set_all(struct http_exchange *x, const struct http_request *r)
{
	curl_easy_setopt(x->handle, CURLOPT_ERRORBUFFER, x->why);
	curl_easy_setopt(x->handle, CURLOPT_URL, r->url);
	curl_easy_setopt(x->handle, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(x->handle, CURLOPT_USERAGENT, "mmfarm/" MMFARM_VERSION);
	curl_easy_setopt(x->handle, CURLOPT_WRITEFUNCTION, keep_answer);
	curl_easy_setopt(x->handle, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(x->handle, CURLOPT_HEADERFUNCTION, keep_header);
	curl_easy_setopt(x->handle, CURLOPT_HEADERDATA, x);
	set_limits(x, r);
	set_body(x, r);
	set_headers(x, r);
	set_credentials(x, r);
}

static bool is_configuration(CURLcode code)
{
	return code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL ||
	       code == CURLE_SSL_CACERT_BADFILE;
}

static struct error *failure(const struct http_exchange *x, const struct http_request *r,
			     CURLcode code)
{
	CLEANUP_BUFFER struct buffer text = {0};
	url_public(r->url, &text);
	buffer_printf(&text, ": %s", x->why[0] ? x->why : curl_easy_strerror(code));
	http_redact(r, &text);
	return error_new(is_configuration(code) ? ERROR_CONFIG : ERROR_LAB, "%s",
			 buffer_str(&text));
}

struct error *http_begin(const struct http_request *request, struct http_exchange **out)
{
	CLEANUP_EXCHANGE struct http_exchange *x = memory_new(1, sizeof(*x));
	x->request = request;
	collect_secrets(request, &x->secrets);
	TRY(check_exposure(request, &x->secrets));
	x->handle = curl_easy_init();
	if (!x->handle)
		return error_new(ERROR_SYSTEM, "libcurl gives no handle");
	set_all(x, request);
	TRY(curl_transfer_begin(x->handle, &x->transfer));
	*out = STEAL(x);
	return NULL;
}

int http_exchange_fd(const struct http_exchange *x)
{
	return curl_transfer_fd(x->transfer);
}

int64_t http_exchange_due_ns(const struct http_exchange *x)
{
	return curl_transfer_due_ns(x->transfer);
}

static void take_metadata(struct http_exchange *x)
{
	curl_off_t wait = 0;
	const char *redirect = NULL;
	struct http_response *r = &x->response;
	curl_easy_getinfo(x->handle, CURLINFO_RESPONSE_CODE, &r->status);
	curl_easy_getinfo(x->handle, CURLINFO_RETRY_AFTER, &wait);
	curl_easy_getinfo(x->handle, CURLINFO_REDIRECT_URL, &redirect);
	r->retry_after_s = wait > 0 ? (double)wait : NAN;
	r->redirect = redirect ? memory_strdup(redirect) : NULL;
}

struct error *http_step(struct http_exchange *x, bool *over, struct http_response *out)
{
	CURLcode code = CURLE_FAILED_INIT;
	*over = curl_transfer_step(x->transfer, &code);
	if (!*over)
		return NULL;
	if (x->refused)
		return STEAL(x->refused);
	if (code != CURLE_OK)
		return failure(x, x->request, code);
	take_metadata(x);
	redact_text(&x->secrets, &x->response.headers);
	redact_answer(&x->secrets, &x->response.body);
	*out = x->response;
	x->response = (struct http_response){0};
	return NULL;
}

struct error *http_perform(const struct http_request *request, const struct wait *w,
			   struct http_response *out)
{
	CLEANUP_EXCHANGE struct http_exchange *x = NULL;
	TRY(http_begin(request, &x));
	for (;;) {
		bool over, ready;
		TRY(http_step(x, &over, out));
		if (over)
			return NULL;
		TRY(wait_for(w, http_exchange_fd(x), POLLIN, http_exchange_due_ns(x), &ready));
	}
}
