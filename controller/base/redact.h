// SPDX-License-Identifier: GPL-2.0-or-later
// Takes the secrets of a request or a program out of what comes back from it. Servers quote
// requests in their errors, programs their arguments: as they were, percent-encoded, in JSON, in
// HTML, or as the base64 of a basic login.
#ifndef BASE_REDACT_H
#define BASE_REDACT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

#define REDACTED "***"

struct redact {
	char **secrets; // owned
	size_t count;
};

// Adds a secret (copied) and its base64; NULL and "" add nothing.
void redact_add(struct redact *r, const char *secret);
// Adds a password and the base64 of "user:password", as in "Authorization: Basic".
void redact_add_login(struct redact *r, const char *user, const char *password);
// Adds what is secret in a URL: a password before '@' (or what stands there alone: a token), and
// the values of secret query parameters (redact_names_secret).
void redact_add_url(struct redact *r, const char *url);
// Wipes them.
void redact_deinit(struct redact *r);
#define CLEANUP_REDACT CLEANUP(redact_deinit)

// Replaces in `text` each of them, however it is escaped, by REDACTED. Also long beginnings (a
// server may quote the first half of a token, and an answer may be cut in the middle of one). A
// secret of less than 4 bytes is replaced only as a word of its own.
void redact_text(const struct redact *r, struct buffer *text);
// The same for an answer that a program is to read: in JSON only strings lose the secrets, so
// that it stays JSON and its numbers stay numbers. What is no JSON is treated as text.
void redact_answer(const struct redact *r, struct buffer *text);

// Whether a query parameter, header or form field of that name holds a secret (token, api_key,
// Authorization, X-Auth-Token, ...); letter case and separators do not count.
bool redact_names_secret(const char *name, size_t len);

// Whether a URL says a secret itself, in front of '@' or in its query. A value that is a
// {placeholder} does not count.
bool redact_url_has_secret(const char *url);

// Whether a program's arguments (NULL-terminated, the program first) say a secret: everybody on the
// host can read them. A URL with one, --password=X, --token X, and what ipmitool, sshpass, curl and
// SNMP's tools take.
bool redact_command_has_secret(const char *const *words);

#endif
