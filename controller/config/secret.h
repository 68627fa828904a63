// SPDX-License-Identifier: GPL-2.0-or-later
// Tokens and passwords: a YAML file says where they are, they are read when they are needed, and wiped
// afterwards. They never stand in a configuration file, a message or a result.
//
//     password: {file: PATH}           the first line of a file
//     password: {environment: NAME}    a variable of mmfarm's own environment
#ifndef CONFIG_SECRET_H
#define CONFIG_SECRET_H

#include <stdbool.h>

#include "config/node.h"

struct secret {
	char *file;              // owned; or
	const char *environment; // a variable's name; both NULL: no secret
	struct config_node node; // where it is named
};

// Reads `{file: PATH}` or `{environment: NAME}`. This process is hidden from others from then on
// (process_hide).
struct error *secret_parse(struct config_node n, struct secret *out) ERROR_RESULT;
void secret_deinit(struct secret *s);

// Whether there is one.
bool secret_is_set(const struct secret *s);

// The secret without a line end behind it, to be released with secret_free; NULL when none is
// configured. An absent or empty file or variable is ERROR_CONFIG, with its place.
struct error *secret_read(const struct secret *s, char **out) ERROR_RESULT;
void secret_free(char *value); // wipes it
CLEANUP_DEFINE(cleanup_secret, char *, secret_free)
#define CLEANUP_SECRET CLEANUP(cleanup_secret)

// Refuses a `url` (or NULL: not known yet) of the map's key "url" that would show a secret on its way
// to another host, unless `insecure`. Nothing is refused without a secret.
struct error *secret_check_exposure(const struct config_map *map, const char *url, bool has_secret,
				    bool insecure) ERROR_RESULT;

#endif
