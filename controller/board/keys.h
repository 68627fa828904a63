// SPDX-License-Identifier: GPL-2.0-or-later
// A driver's keys with their presets: each call leaves *out as it is when the key is absent.
#ifndef BOARD_KEYS_H
#define BOARD_KEYS_H

#include "config/node.h"

// Never an empty text: no driver has a use for one, and an identity of "" would fit every board.
struct error *keys_string(const struct config_map *keys, const char *key,
			  const char **out) ERROR_RESULT;
// The same of a key that must be there.
struct error *keys_need_string(const struct config_map *keys, const char *key,
			       const char **out) ERROR_RESULT;
// A whole number from `min` to `max`.
struct error *keys_integer(const struct config_map *keys, const char *key, int64_t min, int64_t max,
			   int64_t *out) ERROR_RESULT;
// true or false.
struct error *keys_bool(const struct config_map *keys, const char *key, bool *out) ERROR_RESULT;
// Seconds from `min` to `max`, as config_seconds reads them.
struct error *keys_seconds(const struct config_map *keys, const char *key, double min, double max,
			   double *out) ERROR_RESULT;
// The array is the caller's to free, as *out when it was set.
struct error *keys_strings(const struct config_map *keys, const char *key, const char ***out,
			   size_t *count) ERROR_RESULT;
// A file name, relative ones from the board file's folder. The caller frees *out.
struct error *keys_path(const struct config_map *keys, const char *key, char **out) ERROR_RESULT;
// One of the NULL-terminated words; *out becomes its index.
struct error *keys_word(const struct config_map *keys, const char *key, const char *const *words,
			unsigned *out) ERROR_RESULT;
// A list of words for a program: the value split nowhere, since no shell ever sees it. One that
// says a secret is refused. Ends with a
// NULL; the array is the caller's to free.
struct error *keys_command(const struct config_map *keys, const char *key,
			   const char ***out) ERROR_RESULT;
// Names of environment variables for a program (base/environment.h), ends with a NULL; the array is
// the caller's to free.
struct error *keys_environment(const struct config_map *keys, const char ***out) ERROR_RESULT;
// Whether each of them (or NULL: none) is set; a program without its password would only puzzle.
struct error *keys_check_environment(const struct config_map *keys,
				     const char *const *names) ERROR_RESULT;
// A server's http:// or https:// URL, which must be there; no "/" is left at its end, and paths are
// put behind it. One that holds a user or a password is refused: it would be copied into every run
// directory. The caller frees.
struct error *keys_url(const struct config_map *keys, const char *key, char **out) ERROR_RESULT;
// A path behind such a URL, with or without a query: it starts with "/", else it would become part
// of the server's name. One whose query says a secret itself is refused.
struct error *keys_url_path(const struct config_map *keys, const char *key,
			    const char **out) ERROR_RESULT;
// Checks that a secret comes from one place at most; *named: whether there is one.
struct error *keys_check_secret(const struct config_map *keys, const char *key,
				bool *named) ERROR_RESULT;
// A secret, from the file named by `key`-file or the environment variable named by `key`-env: it
// stands in no board file, which every run copies into its directory. The caller frees; NULL when
// neither key is there. Read only when needed: the file need not be there when boards are listed.
// An empty one is refused.
struct error *keys_secret(const struct config_map *keys, const char *key, char **out) ERROR_RESULT;
// Wipes and frees it; NULL afterwards.
void keys_forget_secret(char **secret);
// Reads the key "insecure"; without it, a secret that would go to `url` over plain http to another
// host is refused.
struct error *keys_check_exposure(const struct config_map *keys, const char *key, const char *url,
				  bool *insecure) ERROR_RESULT;

#endif
