// SPDX-License-Identifier: GPL-2.0-or-later
// Tokens and passwords: named in farm.yaml by where they are, read when they are needed, wiped
// afterwards. They never stand in a configuration file, a message or a result.
#ifndef RESULTS_SECRET_H
#define RESULTS_SECRET_H

#include "config/node.h"

struct secret {
	char *file;              // owned; or
	const char *environment; // a variable's name; both NULL: no secret
};

// From `{file: PATH}` or `{environment: NAME}`.
struct error *secret_parse(struct config_node n, struct secret *out) ERROR_RESULT;
void secret_deinit(struct secret *s);

// The secret without a line end behind it, to be released with secret_free; NULL when none is
// configured. An absent file or variable is ERROR_CONFIG.
struct error *secret_read(const struct secret *s, char **out) ERROR_RESULT;
void secret_free(char *value); // wipes it
CLEANUP_DEFINE(cleanup_secret, char *, secret_free)
#define CLEANUP_SECRET CLEANUP(cleanup_secret)

#endif
