// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"

#define SECRET_LIMIT 4096

struct error *keys_string(const struct config_map *keys, const char *key, const char **out)
{
	struct config_node n = config_map_find(keys, key);
	return config_is_set(n) ? config_string(n, out) : NULL;
}

struct error *keys_integer(const struct config_map *keys, const char *key, int64_t min, int64_t max,
			   int64_t *out)
{
	struct config_node n = config_map_find(keys, key);
	return config_is_set(n) ? config_integer(n, min, max, out) : NULL;
}

struct error *keys_bool(const struct config_map *keys, const char *key, bool *out)
{
	struct config_node n = config_map_find(keys, key);
	return config_is_set(n) ? config_bool(n, out) : NULL;
}

struct error *keys_seconds(const struct config_map *keys, const char *key, double min, double max,
			   double *out)
{
	struct config_node n = config_map_find(keys, key);
	return config_is_set(n) ? config_seconds(n, min, max, out) : NULL;
}

struct error *keys_strings(const struct config_map *keys, const char *key, const char ***out,
			   size_t *count)
{
	struct config_node n = config_map_find(keys, key);
	return config_is_set(n) ? config_strings(n, out, count) : NULL;
}

struct error *keys_path(const struct config_map *keys, const char *key, char **out)
{
	struct config_node n = config_map_find(keys, key);
	return config_is_set(n) ? config_path(n, out) : NULL;
}

struct error *keys_word(const struct config_map *keys, const char *key, const char *const *words,
			unsigned *out)
{
	struct config_node n = config_map_find(keys, key);
	if (!config_is_set(n))
		return NULL;
	const char *word;
	TRY(config_string(n, &word));
	CLEANUP_BUFFER struct buffer known = {0};
	for (unsigned i = 0; words[i]; i++) {
		if (strcmp(words[i], word) == 0) {
			*out = i;
			return NULL;
		}
		buffer_printf(&known, "%s%s", i ? ", " : "", words[i]);
	}
	return config_error(n, "%s: \"%s\", expected one of: %s", key, word, buffer_str(&known));
}

struct error *keys_command(const struct config_map *keys, const char *key, const char ***out)
{
	struct config_node n = config_map_find(keys, key);
	if (!config_is_set(n))
		return NULL;
	const char **words = NULL;
	size_t count;
	TRY(config_strings(n, &words, &count));
	if (!count || !words[0][0]) {
		free(words);
		return config_error(n, "%s: expected a program and its arguments", key);
	}
	words = memory_grow(words, count + 1, sizeof(*words));
	words[count] = NULL;
	free(*out);
	*out = words;
	return NULL;
}

struct error *keys_url(const struct config_map *keys, const char *key, const char **out)
{
	struct config_node n;
	TRY(config_map_need(keys, key, &n));
	TRY(config_string(n, out));
	if (strncmp(*out, "http://", 7) != 0 && strncmp(*out, "https://", 8) != 0)
		return config_error(n, "%s: \"%s\", expected http:// or https://", key, *out);
	const char *server = strstr(*out, "://") + 3;
	size_t len = strcspn(server, "/?#");
	if (memchr(server, '@', len)) // not repeated here: messages reach logs
		return config_error(
		    n,
		    "%s: a user or password in a URL, expected the keys \"user\" and "
		    "\"password-file\" or \"password-env\"",
		    key);
	return len ? NULL : config_error(n, "%s: \"%s\" names no host", key, *out);
}

static struct error *secret_from_file(struct config_node n, char **out)
{
	CLEANUP_FREE char *path = NULL;
	TRY(config_path(n, &path));
	CLEANUP_BUFFER struct buffer text = {0};
	TRY(file_read(path, SECRET_LIMIT, ERROR_CONFIG, &text));
	while (text.len && strchr("\r\n", text.data[text.len - 1]))
		buffer_truncate(&text, text.len - 1);
	*out = memory_strdup(buffer_str(&text));
	return NULL;
}

struct error *keys_secret(const struct config_map *keys, const char *key, char **out)
{
	CLEANUP_FREE char *file_key = memory_printf("%s-file", key);
	CLEANUP_FREE char *env_key = memory_printf("%s-env", key);
	struct config_node n = config_map_find(keys, file_key);
	if (config_is_set(n))
		return secret_from_file(n, out);
	const char *text = NULL;
	n = config_map_find(keys, env_key);
	if (config_is_set(n)) {
		TRY(config_string(n, &text));
		const char *value = getenv(text);
		if (!value)
			return config_error(n, "the environment has no variable %s", text);
		*out = memory_strdup(value);
		return NULL;
	}
	return NULL;
}
