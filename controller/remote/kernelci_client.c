// SPDX-License-Identifier: GPL-2.0-or-later
#include "remote/kernelci_client.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/http.h"
#include "base/memory.h"

#define STEPS_MAX \
	64 // requests that may be answered in one step, so that the loop's other work goes on

struct kernelci_client {
	struct kernelci *k; // owned
	const struct kernelci_secrets *secrets;
	struct http_exchange *exchange; // owned; NULL: none under way
	struct http_request request;
	const char *headers[4];
	const char *hidden[2];
	char *token, *authorization; // owned, wiped
};

static void forget(char **secret)
{
	if (*secret)
		explicit_bzero(*secret, strlen(*secret));
	free(*secret);
	*secret = NULL;
}

static void end_exchange(struct kernelci_client *c)
{
	http_exchange_free(c->exchange);
	c->exchange = NULL;
	forget(&c->token);
	forget(&c->authorization);
}

struct kernelci_client *kernelci_client_new(struct kernelci *k,
					    const struct kernelci_secrets *secrets)
{
	struct kernelci_client *c = memory_new(1, sizeof(*c));
	c->k = k;
	c->secrets = secrets;
	return c;
}

void kernelci_client_free(struct kernelci_client *c)
{
	if (!c)
		return;
	end_exchange(c);
	kernelci_free(c->k);
	free(c);
}

struct kernelci *kernelci_client_machine(struct kernelci_client *c)
{
	return c->k;
}

static struct kernelci_time now(void)
{
	return (struct kernelci_time){clock_monotonic_ns(), clock_realtime_ns() / NS_PER_MS};
}

// ---- one exchange -------------------------------------------------------------------------------

static struct error *set_login(struct kernelci_client *c, enum kernelci_login login)
{
	if (login == KERNELCI_NO_LOGIN)
		return NULL;
	TRY(c->secrets->token(c->secrets->arg, login, &c->token));
	if (!c->token)
		return error_new(ERROR_CONFIG, "no token is configured");
	if (login == KERNELCI_BEARER) {
		c->request.bearer = c->token;
		return NULL;
	}
	c->authorization = memory_printf("Authorization: %s", c->token);
	c->headers[2] = c->authorization;
	c->hidden[0] = c->token;
	return NULL;
}

static struct error *begin(struct kernelci_client *c, const struct kernelci_request *r)
{
	memset(c->headers, 0, sizeof(c->headers));
	memset(c->hidden, 0, sizeof(c->hidden));
	c->headers[0] = "Accept: application/json";
	c->headers[1] = "Content-Type: application/json";
	c->request = (struct http_request){
	    .method = r->method,
	    .url = r->url,
	    .headers = c->headers,
	    .secrets = c->hidden,
	    .body = r->body,
	    .body_len = r->body ? strlen(r->body) : 0,
	    .ca_file = c->secrets->ca_file,
	    // What stands in the URL of a storage is the storage's own, and was published with it.
	    .insecure = c->secrets->insecure || r->login == KERNELCI_NO_LOGIN,
	    .timeout_s = r->timeout_s,
	    .answer_limit = r->answer_limit,
	};
	TRY(set_login(c, r->login));
	return http_begin(&c->request, &c->exchange);
}

static void say_error(struct kernelci_client *c, struct error *e)
{
	const struct kernelci_time at = now();
	const struct kernelci_answer a = {.why = error_text(e), .retry_after_s = NAN};
	kernelci_answer(c->k, &at, &a);
	error_free(e);
}

static void say_response(struct kernelci_client *c, const struct http_response *r)
{
	const struct kernelci_time at = now();
	const struct kernelci_answer a = {.status = r->status,
					  .body = buffer_str(&r->body),
					  .len = r->body.len,
					  .retry_after_s = r->retry_after_s};
	kernelci_answer(c->k, &at, &a);
}

// True when the machine may want something new.
static bool advance(struct kernelci_client *c)
{
	CLEANUP_HTTP_RESPONSE struct http_response response = {0};
	struct kernelci_request r;
	struct kernelci_time at = now();
	struct error *e = NULL;
	bool over = false;
	if (c->exchange) {
		e = http_step(c->exchange, &over, &response);
	} else {
		if (!kernelci_next(c->k, &at, &r))
			return false;
		e = begin(c, &r);
	}
	if (!e && !over)
		return false;
	end_exchange(c);
	if (e)
		say_error(c, e);
	else
		say_response(c, &response);
	return true;
}

void kernelci_client_step(struct kernelci_client *c, int *fd, int64_t *due_ns)
{
	int i = 0;
	while (i < STEPS_MAX && advance(c))
		i++;
	*fd = c->exchange ? http_exchange_fd(c->exchange) : -1;
	*due_ns = c->exchange ? http_exchange_due_ns(c->exchange) : kernelci_due_ns(c->k);
	if (i == STEPS_MAX)
		*due_ns = clock_monotonic_ns();
}
