// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/environment.h"
#include "base/file.h"
#include "base/http.h"
#include "base/memory.h"
#include "base/process.h"
#include "base/redact.h"

#define SECRET_LIMIT 4096

static struct error *take_text(struct config_node n, const char *key, const char **out)
{
	const char *text;
	TRY(config_string(n, &text));
	if (!*text)
		return config_error(n, "%s: an empty text, expected some", key);
	*out = text;
	return NULL;
}

struct error *keys_string(const struct config_map *keys, const char *key, const char **out)
{
	struct config_node n = config_map_find(keys, key);
	return config_is_set(n) ? take_text(n, key, out) : NULL;
}

struct error *keys_need_string(const struct config_map *keys, const char *key, const char **out)
{
	struct config_node n;
	TRY(config_map_need(keys, key, &n));
	return take_text(n, key, out);
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
	if (redact_command_has_secret(words)) { // not repeated here: messages reach logs
		free(words);
		return config_error(n,
				    "%s: a password or token among the arguments, which everybody "
				    "on this host can read; expected a file, or a variable named "
				    "by the key \"environment\" (ipmitool -E, sshpass -e)",
				    key);
	}
	free(*out);
	*out = words;
	return NULL;
}

struct error *keys_environment(const struct config_map *keys, const char ***out)
{
	struct config_node n = config_map_find(keys, "environment");
	if (!config_is_set(n))
		return NULL;
	const char **names = NULL;
	size_t count;
	TRY(config_strings(n, &names, &count));
	for (size_t i = 0; i < count; i++)
		if (!environment_is_name(names[i])) {
			// Not repeated here: it may be NAME=password.
			free(names);
			return config_error(n, "environment: expected names of variables only, "
					       "whose values come from mmfarm's own environment");
		}
	names = memory_grow(names, count + 1, sizeof(*names));
	names[count] = NULL;
	free(*out);
	*out = names;
	process_hide(); // its own environment holds them
	return NULL;
}

struct error *keys_check_environment(const struct config_map *keys, const char *const *names)
{
	for (; names && *names; names++)
		if (!getenv(*names))
			return config_error(config_map_find(keys, "environment"),
					    "environment: mmfarm's has no variable %s", *names);
	return NULL;
}

// ---- URLs ---------------------------------------------------------------------------------------

// What may stand in a URL (RFC 3986); the rest would have to be escaped.
static const char *find_bad_character(const char *text)
{
	for (; *text; text++)
		if (*text <= 0x20 || *text >= 0x7f || strchr("\"<>\\^`", *text))
			return text;
	return NULL;
}

// HOST, HOST:PORT, [ADDRESS] or [ADDRESS]:PORT.
static bool is_server(const char *server, size_t len)
{
	const char *bracket = memchr(server, ']', len);
	const char *host_end = bracket ? bracket + 1 : memchr(server, ':', len);
	if (!host_end || host_end == server + len)
		return len > 0;
	char *end;
	unsigned long port = strtoul(host_end + 1, &end, 10);
	return host_end > server && *host_end == ':' && host_end[1] >= '0' && host_end[1] <= '9' &&
	       end == server + len && port >= 1 && port <= 65535;
}

struct error *keys_url(const struct config_map *keys, const char *key, char **out)
{
	struct config_node n;
	const char *url;
	TRY(config_map_need(keys, key, &n));
	TRY(config_string(n, &url));
	if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
		return config_error(n, "%s: \"%s\", expected http:// or https://", key, url);
	const char *server = strstr(url, "://") + 3;
	size_t len = strcspn(server, "/?#");
	if (memchr(server, '@', len)) // not repeated here: messages reach logs
		return config_error(
		    n,
		    "%s: a user or password in a URL, expected the keys \"user\" and "
		    "\"password-file\" or \"password-env\"",
		    key);
	if (!len)
		return config_error(n, "%s: \"%s\" names no host", key, url);
	if (!is_server(server, len) || find_bad_character(url) || strpbrk(server, "?#"))
		return config_error(
		    n, "%s: \"%s\", expected http://HOST or http://HOST:PORT, and a path at most",
		    key, url);
	*out = memory_strdup(url);
	for (size_t end = strlen(*out); (*out)[end - 1] == '/'; end--)
		(*out)[end - 1] = '\0';
	return NULL;
}

struct error *keys_url_path(const struct config_map *keys, const char *key, const char **out)
{
	struct config_node n = config_map_find(keys, key);
	if (!config_is_set(n))
		return NULL;
	TRY(config_string(n, out));
	if (redact_url_has_secret(*out)) // not repeated here: messages reach logs
		return config_error(n,
				    "%s: a password or token in a URL, expected {password} in its "
				    "place, with the key \"password-file\" or \"password-env\"",
				    key);
	if (**out == '/' && !find_bad_character(*out))
		return NULL;
	return config_error(n, "%s: \"%s\", expected a path that starts with / and has no blanks",
			    key, *out);
}

// ---- secrets ------------------------------------------------------------------------------------

static void find_secret(const struct config_map *keys, const char *key, struct config_node *file,
			struct config_node *env)
{
	CLEANUP_FREE char *file_key = memory_printf("%s-file", key);
	CLEANUP_FREE char *env_key = memory_printf("%s-env", key);
	*file = config_map_find(keys, file_key);
	*env = config_map_find(keys, env_key);
}

struct error *keys_check_secret(const struct config_map *keys, const char *key, bool *named)
{
	struct config_node file, env;
	find_secret(keys, key, &file, &env);
	*named = config_is_set(file) || config_is_set(env);
	if (*named)
		process_hide();
	if (!config_is_set(file) || !config_is_set(env))
		return NULL;
	bool env_is_second = config_compare_places(file, env) < 0;
	CLEANUP_FREE char *first = config_place(env_is_second ? file : env);
	return config_error(env_is_second ? env : file,
			    "%s-file and %s-env, expected one of them (first: %s)", key, key,
			    first);
}

static struct error *secret_from_file(struct config_node n, const char *key, char **out)
{
	CLEANUP_FREE char *path = NULL;
	TRY(config_path(n, &path));
	CLEANUP_BUFFER struct buffer text = {0};
	CLEANUP_ERROR struct error *e = file_read(path, SECRET_LIMIT, ERROR_CONFIG, &text);
	if (e)
		return config_error(n, "%s-file: %s", key, error_text(e));
	while (text.len && strchr("\r\n", text.data[text.len - 1]))
		buffer_truncate(&text, text.len - 1);
	if (!text.len)
		return config_error(n, "%s-file: %s is empty", key, path);
	*out = memory_strdup(buffer_str(&text));
	return NULL;
}

static struct error *secret_from_environment(struct config_node n, const char *key, char **out)
{
	const char *name;
	TRY(config_string(n, &name));
	const char *value = getenv(name);
	if (!value || !*value)
		return config_error(n, "%s-env: the environment has no variable %s%s", key, name,
				    value ? " that is not empty" : "");
	*out = memory_strdup(value);
	return NULL;
}

struct error *keys_secret(const struct config_map *keys, const char *key, char **out)
{
	struct config_node file, env;
	find_secret(keys, key, &file, &env);
	if (config_is_set(file))
		return secret_from_file(file, key, out);
	return config_is_set(env) ? secret_from_environment(env, key, out) : NULL;
}

void keys_forget_secret(char **secret)
{
	if (*secret)
		explicit_bzero(*secret, strlen(*secret));
	free(*secret);
	*secret = NULL;
}

struct error *keys_check_exposure(const struct config_map *keys, const char *key, const char *url,
				  bool *insecure)
{
	TRY(keys_bool(keys, "insecure", insecure));
	bool named;
	TRY(keys_check_secret(keys, key, &named));
	if (!named || *insecure || !http_is_exposed(url))
		return NULL;
	return config_error(config_map_find(keys, "url"),
			    "url: the %s would go over plain http, expected https://, or "
			    "\"insecure: true\" where the network is trusted",
			    key);
}
