// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/secret.h"

#include <stdlib.h>
#include <string.h>

#include "base/environment.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/process.h"
#include "base/url.h"

#define SECRET_LIMIT 65536u

struct error *secret_parse(struct config_node n, struct secret *out)
{
	static const char *const known[] = {"file", "environment", NULL};
	CLEANUP_CONFIG_MAP struct config_map map = {0};
	CLEANUP_ERROR struct error *plain = config_map_init(&map, n);
	if (plain) // not repeated here: it may be the secret itself
		return config_error(n, "a secret itself, expected where it is: {file: PATH} or "
				       "{environment: NAME}");
	TRY(config_map_only(&map, known));
	struct config_node file = config_map_find(&map, "file");
	struct config_node environment = config_map_find(&map, "environment");
	if (config_is_set(file) == config_is_set(environment))
		return config_error(n, "expected {file: PATH} or {environment: NAME}, one of them");
	process_hide();
	out->node = config_is_set(file) ? file : environment;
	if (config_is_set(file))
		return config_path(file, &out->file);
	TRY(config_string(environment, &out->environment));
	if (environment_is_name(out->environment))
		return NULL;
	return config_error(environment, "no name of a variable"); // it may be the secret itself
}

void secret_deinit(struct secret *s)
{
	if (!s)
		return;
	free(s->file);
	*s = (struct secret){0};
}

bool secret_is_set(const struct secret *s)
{
	return s->file || s->environment;
}

void secret_free(char *value)
{
	if (!value)
		return;
	explicit_bzero(value, strlen(value));
	free(value);
}

static struct error *read_variable(const struct secret *s, char **out)
{
	const char *value = getenv(s->environment);
	if (!value || !value[0])
		return config_error(s->node, "environment variable %s is %s", s->environment,
				    value ? "empty" : "not set");
	*out = memory_strdup(value);
	return NULL;
}

struct error *secret_read(const struct secret *s, char **out)
{
	*out = NULL;
	if (!secret_is_set(s))
		return NULL;
	process_hide();
	if (s->environment)
		return read_variable(s, out);
	CLEANUP_BUFFER struct buffer text = {0};
	CLEANUP_ERROR struct error *e = file_read(s->file, SECRET_LIMIT, ERROR_CONFIG, &text);
	if (e)
		return config_error(s->node, "%s", error_text(e));
	buffer_truncate(&text, strcspn(buffer_str(&text), "\r\n"));
	if (text.len == 0)
		return config_error(s->node, "%s is empty, expected a token or password", s->file);
	*out = memory_strdup(buffer_str(&text));
	explicit_bzero(text.data, text.len);
	return NULL;
}

struct error *secret_check_exposure(const struct config_map *map, const char *url, bool has_secret,
				    bool insecure)
{
	if (insecure || !has_secret || !url || !url_is_exposed(url))
		return NULL;
	return config_error(config_map_find(map, "url"),
			    "url: a password or token would go over plain http, expected https, or "
			    "`insecure: true` where the network is trusted");
}
