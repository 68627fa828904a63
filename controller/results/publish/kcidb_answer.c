// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/publish/kcidb_answer.h"

#include <jansson.h>
#include <string.h>

// Member of a JSON answer; "" when the answer is no JSON or has none.
static const char *member(const json_t *root, const char *name)
{
	const char *s = json_string_value(json_object_get(root, name));
	return s ? s : "";
}

// Ids are 32 letters and digits; anything else is not one to ask about.
static bool is_submission(const char *id)
{
	size_t len = strlen(id);
	return len > 0 && len <= 128 && strcmp(id, "0") != 0 &&
	       strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
		   len;
}

// The service's own refusals are JSON, those of what stands before it are not.
static void take_refusal(const struct http_response *r, struct send_outcome *out)
{
	json_t *root = json_loadb(buffer_str(&r->body), r->body.len, 0, NULL);
	const char *message = member(root, "message");
	send_outcome_http(out, r->status, message[0] ? message : buffer_str(&r->body),
			  r->retry_after_s);
	json_decref(root);
}

void kcidb_take_submission(const struct http_response *r, bool confirm, struct send_outcome *out)
{
	if (r->status != 200) {
		take_refusal(r, out);
		return;
	}
	json_t *root = json_loadb(buffer_str(&r->body), r->body.len, 0, NULL);
	const char *id = member(root, "id");
	buffer_truncate(&out->submission, 0);
	if (!confirm) {
		send_outcome_set(out, SEND_DONE, "taken, not asked what became of it");
	} else if (!is_submission(id)) {
		send_outcome_set(out, SEND_DONE, "taken without an id to ask about");
	} else {
		buffer_append_str(&out->submission, id);
		send_outcome_set(out, SEND_ACCEPTED, "taken");
	}
	json_decref(root);
}

void kcidb_take_status(const struct http_response *r, struct send_outcome *out)
{
	json_t *root = json_loadb(buffer_str(&r->body), r->body.len, 0, NULL);
	const char *status = member(root, "status");
	const char *message = member(root, "message");
	if (strcmp(status, "processed") == 0)
		send_outcome_set(out, SEND_DONE, "confirmed");
	else if (strcmp(status, "failed") == 0)
		send_outcome_set(out, SEND_PARK, "refused after it was taken: %s", message);
	else if (strcmp(status, "ready") == 0 || strcmp(status, "inprogress") == 0)
		send_outcome_set(out, SEND_ACCEPTED, "%s", status);
	else if (strcmp(status, "notfound") == 0)
		send_outcome_set(out, SEND_RETRY, "the service no longer knows the submission");
	else if (r->status == 404 || r->status == 405)
		// A service without this question cannot be asked.
		send_outcome_set(out, SEND_DONE, "taken; the service cannot be asked about it");
	else if (r->status >= 500 || r->status == 429 || r->status == 408 || r->status == 200)
		send_outcome_set(out, SEND_ACCEPTED, "asking gave HTTP %ld", r->status);
	else if (r->status == 401 || r->status == 403)
		take_refusal(r, out);
	else
		send_outcome_set(out, SEND_PARK, "asking gave HTTP %ld: %.200s", r->status,
				 message);
	json_decref(root);
}
