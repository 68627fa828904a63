// SPDX-License-Identifier: GPL-2.0-or-later
// Tokens and passwords: named in farm.yaml by where they are, read when they are needed, wiped
// afterwards. They never stand in a configuration file, a message or a result.
#ifndef RESULTS_SECRET_H
#define RESULTS_SECRET_H

#include <stdbool.h>

#include "config/node.h"

struct secret {
	char *file;              // owned; or
	const char *environment; // a variable's name; both NULL: no secret
};

// From `{file: PATH}` or `{environment: NAME}`.
struct error *secret_parse(struct config_node n, struct secret *out) ERROR_RESULT;
void secret_deinit(struct secret *s);

// Refuses a URL that says a secret itself: it would stand in the farm's file. `instead`: the key to
// use, for the message, which does not repeat it.
struct error *secret_check_url(struct config_node n, const char *url,
			       const char *instead) ERROR_RESULT;

// Reads the key `insecure`. Without it, with `has_secret`, a `url` (or NULL: not known yet) is
// refused that would show it on its way (http_is_exposed).
struct error *secret_parse_insecure(const struct config_map *map, const char *url, bool has_secret,
				    bool *out) ERROR_RESULT;

// The secret without a line end behind it, to be released with secret_free; NULL when none is
// configured. An absent file or variable is ERROR_CONFIG.
struct error *secret_read(const struct secret *s, char **out) ERROR_RESULT;
void secret_free(char *value); // wipes it
CLEANUP_DEFINE(cleanup_secret, char *, secret_free)
#define CLEANUP_SECRET CLEANUP(cleanup_secret)

#endif
