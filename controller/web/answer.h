// SPDX-License-Identifier: GPL-2.0-or-later
// What a request is answered with, before any of HTTP: a page's bytes, an asset, or what a stream is of.
#ifndef WEB_ANSWER_H
#define WEB_ANSWER_H

#include "web/context.h"
#include "web/route.h"

struct web_answer {
	unsigned status;
	enum route_kind kind; // ROUTE_BYTES and ROUTE_LIVE: the server opens `run`'s console
	const char *type;     // Content-Type
	struct buffer body;
	bool moving;    // nobody keeps it
	bool immutable; // it has another URL when it changes
	char *run;      // owned; ROUTE_BYTES and ROUTE_LIVE
	int64_t from;   // ROUTE_LIVE: ?from=, or -1
	bool skip;      // ... and what a slow reader has not read may be left out
	char tag[17];   // of the body, for ETag; "" none
};

void web_answer_deinit(struct web_answer *a);
#define CLEANUP_WEB_ANSWER CLEANUP(web_answer_deinit)

// Answers GET of a target. Nothing fails: what goes wrong is a page that says so, and `*trouble` (owned;
// NULL: nothing) for the server's log.
void web_answer_make(struct web_context *c, const char *target, const char *accept,
		     struct web_answer *out, struct error **trouble);

// A page that says what a status means.
void web_answer_refuse(unsigned status, const char *text, struct web_answer *out);

// Appends the body as gzip has it; false: it does not get smaller.
bool web_answer_pack(const struct buffer *body, struct buffer *out);

#endif
