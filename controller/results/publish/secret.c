// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/publish/secret.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/http.h"
#include "base/memory.h"
#include "base/process.h"
#include "base/redact.h"

#define SECRET_LIMIT 65536u

struct error *secret_parse(struct config_node n, struct secret *out)
{
	static const char *const known[] = {"file", "environment", NULL};
	CLEANUP_CONFIG_MAP struct config_map map = {0};
	TRY(config_map_init(&map, n));
	TRY(config_map_only(&map, known));
	struct config_node file = config_map_find(&map, "file");
	struct config_node environment = config_map_find(&map, "environment");
	if (config_is_set(file) == config_is_set(environment))
		return config_error(n, "expected `file: PATH` or `environment: NAME`");
	if (config_is_set(file))
		return config_path(file, &out->file);
	return config_string(environment, &out->environment);
}

void secret_deinit(struct secret *s)
{
	if (!s)
		return;
	free(s->file);
	*s = (struct secret){0};
}

struct error *secret_check_url(struct config_node n, const char *url, const char *instead)
{
	if (!redact_url_has_secret(url))
		return NULL;
	return config_error(n,
			    "the URL holds a password or token, expected it in %s, from a file or "
			    "the environment",
			    instead);
}

struct error *secret_parse_insecure(const struct config_map *map, const char *url, bool has_secret,
				    bool *out)
{
	struct config_node n = config_map_find(map, "insecure");
	if (config_is_set(n))
		TRY(config_bool(n, out));
	if (*out || !has_secret || !url || !http_is_exposed(url))
		return NULL;
	return config_error(config_map_find(map, "url"),
			    "a password or token would go over plain http, expected https, or "
			    "`insecure: true` where the network is trusted");
}

void secret_free(char *value)
{
	if (!value)
		return;
	explicit_bzero(value, strlen(value));
	free(value);
}

struct error *secret_read(const struct secret *s, char **out)
{
	*out = NULL;
	process_hide();
	if (s->environment) {
		const char *value = getenv(s->environment);
		if (!value || !value[0])
			return error_new(ERROR_CONFIG, "environment variable %s is not set",
					 s->environment);
		*out = memory_strdup(value);
	} else if (s->file) {
		CLEANUP_BUFFER struct buffer text = {0};
		TRY(file_read(s->file, SECRET_LIMIT, ERROR_CONFIG, &text));
		buffer_truncate(&text, strcspn(buffer_str(&text), "\r\n"));
		if (text.len == 0)
			return error_new(ERROR_CONFIG, "%s: is empty, expected a token or password",
					 s->file);
		*out = buffer_steal(&text);
	}
	return NULL;
}
