// SPDX-License-Identifier: GPL-2.0-or-later
// One HTTP exchange (libcurl): request out, answer in, within a deadline.
#ifndef BASE_HTTP_H
#define BASE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/wait.h"

#define HTTP_ANSWER_LIMIT 65536 // bytes of an answer that are kept; the rest is read and dropped

// All strings are borrowed; NULL and 0 mean "none" or the default.
struct http_request {
	const char *method; // NULL: POST with a body, else GET
	const char *url;    // http or https; user and password in it are used and never shown
	const char *const *headers; // "Name: value", NULL-terminated
	const char *bearer;         // token for "Authorization: Bearer"
	const char *user;           // basic authentication, or the key id for `sigv4`
	const char *password;
	bool digest;         // the server may ask for digest authentication instead of basic
	const char *sigv4;   // "aws:amz:REGION:SERVICE": sign as AWS does
	const char *ca_file; // certificates to trust instead of the system's
	const void *body;
	size_t body_len;
	FILE *body_file; // read from its current position, `body_size` bytes, instead of `body`
	uint64_t body_size;
	// Further secrets (NULL-terminated) that stand in the URL's path or in the body.
	const char *const *secrets;
	bool insecure;            // secrets may go over plain http to another host
	double connect_timeout_s; // default 10
	double timeout_s;         // of the whole exchange, default 60
	double stall_s;           // so long without a byte ends it; 0: it may
	size_t answer_limit;      // bytes of the body that are kept; 0: HTTP_ANSWER_LIMIT
	// Takes the body of an answer of status 200 as it comes, instead of its being kept and without
	// redaction. An error ends the exchange and is its error.
	struct error *(*take)(void *arg, const void *bytes, size_t len)ERROR_RESULT;
	void *take_arg;
};

struct http_response {
	long status;           // 200...
	struct buffer headers; // of the last answer, "Name: value\r\n" each, at most as much
	struct buffer body;
	bool cut;             // the body was longer than what is kept
	char *redirect;       // where an answer of 3xx points, absolute; owned, or NULL
	double retry_after_s; // what the server asked for, in seconds from now; NaN: nothing
};
void http_response_deinit(struct http_response *r);
#define CLEANUP_HTTP_RESPONSE CLEANUP(http_response_deinit)

// An answer, of whatever status, is success. What the server says loses the request's own secrets
// before anybody sees it (base/redact.h): userinfo and secret parameters of the URL, bearer,
// password, values of headers that name a secret, and `secrets`. A request with one of them over
// plain http to a host that is not this one is ERROR_CONFIG unless `insecure`. Errors are ERROR_LAB (no connection, cut, too late:
// worth another try) or ERROR_CONFIG (a URL or certificate file that cannot work). Redirects are
// not followed: an answer of 3xx is the caller's to report. Waits by `w` (NULL: by poll(2) alone), whose
// errors end the exchange. `out` is a zeroed response.
struct error *http_perform(const struct http_request *request, const struct wait *w,
			   struct http_response *out) ERROR_RESULT;

// The same for a loop that has other work: step it when its fd is readable or its time has come, until
// it is over. `request` and what it points to outlive the exchange.
struct http_exchange;
struct error *http_begin(const struct http_request *request,
			 struct http_exchange **out) ERROR_RESULT;
int http_exchange_fd(const struct http_exchange *x);
int64_t http_exchange_due_ns(const struct http_exchange *x); // monotonic; INT64_MAX: no time
struct error *http_step(struct http_exchange *x, bool *over,
			struct http_response *out) ERROR_RESULT;
void http_exchange_free(struct http_exchange *x);
CLEANUP_DEFINE(cleanup_exchange, struct http_exchange *, http_exchange_free)
#define CLEANUP_EXCHANGE CLEANUP(cleanup_exchange)

// Value of a header of the answer, without blanks around it; the caller frees. NULL: none.
char *http_header(const struct http_response *r, const char *name);

// Appends the request's URL as url_public does, without the secrets of its path.
void http_public_request(const struct http_request *r, struct buffer *out);

// Takes the request's secrets out of a text.
void http_redact(const struct http_request *r, struct buffer *text);

#endif
