// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/keys.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/environment.h"
#include "base/memory.h"
#include "base/process.h"
#include "base/redact.h"
#include "base/url.h"
#include "text/similar.h"

static void *place(const struct key *k, void *base)
{
	return (char *)base + k->at;
}

size_t keys_count(const char *const *list)
{
	size_t count = 0;
	while (list && list[count])
		count++;
	return count;
}

const struct key *keys_find(const struct key *table, const char *name)
{
	for (; table && table->name; table++)
		if (strcmp(table->name, name) == 0)
			return table;
	return NULL;
}

// ---- unknown keys -------------------------------------------------------------------------------

// "password-file" and "password-env" were the ways to name a secret once.
static const struct key *former_secret(const struct key *table, const char *name)
{
	for (; table && table->name; table++) {
		size_t len = strlen(table->name);
		if (table->type == KEY_TYPE_SECRET && strncmp(table->name, name, len) == 0 &&
		    (strcmp(name + len, "-file") == 0 || strcmp(name + len, "-env") == 0))
			return table;
	}
	return NULL;
}

static struct error *unknown_key(const struct config_pair *pair, const struct key *const tables[2])
{
	CLEANUP_BUFFER struct buffer list = {0};
	struct similar similar;
	similar_init(&similar, pair->name);
	for (size_t t = 0; t < 2; t++) {
		const struct key *secret = former_secret(tables[t], pair->name);
		if (secret)
			return config_error(pair->key,
					    "unknown key \"%s\", expected %s: {file: PATH} or %s: "
					    "{environment: NAME}",
					    pair->name, secret->name, secret->name);
		for (const struct key *k = tables[t]; k && k->name; k++) {
			similar_offer(&similar, k->name);
			buffer_printf(&list, "%s%s", list.len ? ", " : "", k->name);
		}
	}
	if (similar.best)
		return config_error(pair->key, "unknown key \"%s\", did you mean \"%s\"? Known: %s",
				    pair->name, similar.best, buffer_str(&list));
	return config_error(pair->key, "unknown key \"%s\", expected one of: %s", pair->name,
			    buffer_str(&list));
}

struct error *keys_only(const struct config_map *map, const struct key *const tables[2])
{
	for (size_t i = 0; i < map->count; i++)
		if (!keys_find(tables[0], map->pairs[i].name) &&
		    !keys_find(tables[1], map->pairs[i].name))
			return unknown_key(&map->pairs[i], tables);
	return NULL;
}

// ---- values -------------------------------------------------------------------------------------

static struct error *read_text(const struct key *k, struct config_node n, const char **out)
{
	const char *text;
	TRY(config_string(n, &text));
	if (!*text) // no driver has a use for one, and an identity of "" would fit every board
		return config_error(n, "%s: an empty text, expected some", k->name);
	*out = text;
	return NULL;
}

static bool parse_size(const char *text, uint64_t *out)
{
	static const struct {
		const char *unit;
		unsigned shift;
	} units[] = {{"", 0}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"TiB", 40}};
	char *end;
	unsigned long long value = strtoull(text, &end, 10);
	for (size_t i = 0; end > text && i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(end, units[i].unit) == 0 && text[0] >= '0' && text[0] <= '9' &&
		    value <= UINT64_MAX >> units[i].shift) {
			*out = (uint64_t)value << units[i].shift;
			return true;
		}
	return false;
}

static struct error *read_size(struct config_node n, uint64_t *out)
{
	const char *text;
	TRY(config_string(n, &text));
	if (parse_size(text, out))
		return NULL;
	return config_error(n, "\"%s\" is no size, expected like 200MiB or 1GiB", text);
}

static void put_words(const char *const *words, const char *between, struct buffer *out)
{
	for (size_t i = 0; words[i]; i++)
		buffer_printf(out, "%s%s", i ? between : "", words[i]);
}

static bool find_word(const struct key *k, const char *word, unsigned *out)
{
	for (unsigned i = 0; k->words[i]; i++)
		if (strcmp(k->words[i], word) == 0) {
			*out = i;
			return true;
		}
	return false;
}

static struct error *read_word(const struct key *k, struct config_node n, unsigned *out)
{
	const char *word;
	TRY(config_string(n, &word));
	if (find_word(k, word, out))
		return NULL;
	CLEANUP_BUFFER struct buffer known = {0};
	put_words(k->words, ", ", &known);
	return config_error(n, "%s: \"%s\", expected one of: %s", k->name, word,
			    buffer_str(&known));
}

static struct error *read_list(struct config_node n, const char ***out)
{
	size_t count;
	const char **items;
	TRY(config_strings(n, &items, &count));
	items = memory_grow(items, count + 1, sizeof(*items));
	items[count] = NULL;
	*out = items;
	return NULL;
}

static struct error *read_command(const struct key *k, struct config_node n, const char ***out)
{
	TRY(read_list(n, out));
	if (!(*out)[0][0])
		return config_error(n, "%s: expected a program and its arguments", k->name);
	if (!redact_command_has_secret(*out))
		return NULL;
	return config_error(n, // not repeated here: messages reach logs
			    "%s: a password or token among the arguments, which everybody on this "
			    "host can read; expected a file, or a variable named by "
			    "`environment:` (ipmitool -E, sshpass -e)",
			    k->name);
}

static struct error *read_variables(const struct key *k, struct config_node n, const char ***out)
{
	TRY(read_list(n, out));
	for (size_t i = 0; (*out)[i]; i++)
		if (!environment_is_name((*out)[i])) // not repeated: it may be NAME=password
			return config_error(n,
					    "%s: expected names of variables only, whose values "
					    "come from mmfarm's own environment",
					    k->name);
	process_hide(); // its own environment holds them
	return NULL;
}

struct error *keys_check_environment(const struct config_map *map, const char *const *names)
{
	for (; names && *names; names++)
		if (!getenv(*names))
			return config_error(config_map_find(map, "environment"),
					    "environment: mmfarm's has no variable %s", *names);
	return NULL;
}

// ---- URLs ---------------------------------------------------------------------------------------

// The keys that take what must not stand in a URL.
static void put_secret_keys(const struct key *table, struct buffer *out)
{
	for (; table->name; table++)
		if (table->type == KEY_TYPE_SECRET)
			buffer_printf(out, "%s`%s:`", out->len ? ", " : "", table->name);
}

static struct error *url_has_secret(const struct key *table, const struct key *k,
				    struct config_node n)
{
	CLEANUP_BUFFER struct buffer instead = {0};
	put_secret_keys(table, &instead);
	return config_error(n, // the URL is not repeated: messages reach logs
			    "%s: a user, password or token in a URL, expected %s", k->name,
			    instead.len ? buffer_str(&instead) : "the server's own access rules");
}

static struct error *read_url(const struct key *table, const struct key *k, struct config_node n,
			      char **out)
{
	static const char *const http[] = {"http", "https", NULL};
	const char *const *schemes = k->words ? k->words : http;
	const char *text = "";
	TRY(read_text(k, n, &text));
	if (url_has_login(text) || redact_url_has_secret(text))
		return url_has_secret(table, k, n);
	const char *wrong = url_check(text, schemes, k->type == KEY_TYPE_SERVER);
	if (wrong) {
		CLEANUP_BUFFER struct buffer known = {0};
		put_words(schemes, ":// or ", &known);
		return config_error(n, "%s: \"%s\": %s, expected %s://HOST or %s://HOST:PORT%s",
				    k->name, text, wrong, buffer_str(&known), schemes[0],
				    k->type == KEY_TYPE_SERVER ? ", and a path at most" : "");
	}
	*out = memory_strdup(text);
	for (size_t end = strlen(*out); k->type == KEY_TYPE_SERVER && (*out)[end - 1] == '/'; end--)
		(*out)[end - 1] = '\0';
	return NULL;
}

static struct error *read_url_path(const struct key *table, const struct key *k,
				   struct config_node n, const char **out)
{
	TRY(read_text(k, n, out));
	CLEANUP_BUFFER struct buffer instead = {0};
	put_secret_keys(table, &instead);
	if (redact_url_has_secret(*out)) // not repeated here: messages reach logs
		return config_error(n,
				    "%s: a password or token in a URL, expected {password} in its "
				    "place, with %s",
				    k->name, buffer_str(&instead));
	if (**out == '/' && url_is_plain(*out))
		return NULL;
	return config_error(n, "%s: \"%s\", expected a path that starts with / and has no blanks",
			    k->name, *out);
}

// ---- reading ------------------------------------------------------------------------------------

static struct error *read_group(const struct key *k, struct config_node n, void *base)
{
	CLEANUP_CONFIG_MAP struct config_map map = {0};
	const struct key *const tables[] = {k->keys, NULL};
	TRY(config_map_init(&map, n));
	TRY(keys_only(&map, tables));
	return keys_read(k->keys, &map, base);
}

static struct error *read_key(const struct key *table, const struct key *k, struct config_node n,
			      void *base)
{
	void *at = place(k, base);
	switch (k->type) {
	case KEY_TYPE_TEXT:
		return read_text(k, n, at);
	case KEY_TYPE_NUMBER:
		return config_integer(n, (int64_t)k->min, (int64_t)k->max, at);
	case KEY_TYPE_BOOL:
		return config_bool(n, at);
	case KEY_TYPE_SECONDS:
		return config_seconds(n, k->min, k->max, at);
	case KEY_TYPE_SIZE:
		return read_size(n, at);
	case KEY_TYPE_WORD:
		return read_word(k, n, at);
	case KEY_TYPE_LIST:
		return read_list(n, at);
	case KEY_TYPE_COMMAND:
		return read_command(k, n, at);
	case KEY_TYPE_VARIABLES:
		return read_variables(k, n, at);
	case KEY_TYPE_FILE:
		return config_path(n, at);
	case KEY_TYPE_SERVER:
	case KEY_TYPE_URL:
		return read_url(table, k, n, at);
	case KEY_TYPE_URL_PATH:
		return read_url_path(table, k, n, at);
	case KEY_TYPE_SECRET:
		return error_wrap(secret_parse(n, at), "%s", k->name);
	case KEY_TYPE_GROUP:
		return read_group(k, n, base);
	case KEY_TYPE_NAME:
	case KEY_TYPE_MAP:
		break;
	}
	return NULL;
}

// Presets are part of the program: they are right.
static void set_preset(const struct key *k, void *base)
{
	void *at = place(k, base);
	switch (k->type) {
	case KEY_TYPE_TEXT:
	case KEY_TYPE_URL_PATH:
		*(const char **)at = k->preset;
		break;
	case KEY_TYPE_NUMBER:
		*(int64_t *)at = strtoll(k->preset, NULL, 0);
		break;
	case KEY_TYPE_BOOL:
		*(bool *)at = strcmp(k->preset, "true") == 0;
		break;
	case KEY_TYPE_SECONDS:
		config_parse_seconds(k->preset, k->min, k->max, at);
		break;
	case KEY_TYPE_SIZE:
		parse_size(k->preset, at);
		break;
	case KEY_TYPE_WORD:
		find_word(k, k->preset, at);
		break;
	default: // the others have none; what stands in the table is for people
		break;
	}
}

static void set_presets(const struct key *table, void *base)
{
	for (const struct key *k = table; k->name; k++)
		if (k->type == KEY_TYPE_GROUP)
			set_presets(k->keys, base);
		else if (k->preset)
			set_preset(k, base);
}

// All that are missing are told at once.
static struct error *check_required(const struct key *table, const struct config_map *map)
{
	CLEANUP_BUFFER struct buffer names = {0};
	size_t count = 0;
	for (const struct key *k = table; k->name; k++)
		if (k->required && !config_is_set(config_map_find(map, k->name)))
			buffer_printf(&names, "%s\"%s\"", count++ ? ", " : "", k->name);
	if (count == 0)
		return NULL;
	return config_error(map->node, "key%s %s %s missing here", count > 1 ? "s" : "",
			    buffer_str(&names), count > 1 ? "are" : "is");
}

struct error *keys_read(const struct key *table, const struct config_map *map, void *base)
{
	set_presets(table, base);
	for (const struct key *k = table; k->name; k++) {
		struct config_node n = config_map_find(map, k->name);
		if (config_is_set(n))
			TRY(read_key(table, k, n, base));
	}
	return check_required(table, map);
}

void keys_deinit(const struct key *table, void *base)
{
	for (const struct key *k = table; k->name; k++) {
		void *at = place(k, base);
		switch (k->type) {
		case KEY_TYPE_LIST:
		case KEY_TYPE_COMMAND:
		case KEY_TYPE_VARIABLES:
		case KEY_TYPE_FILE:
		case KEY_TYPE_SERVER:
		case KEY_TYPE_URL:
			free(*(void **)at);
			*(void **)at = NULL;
			break;
		case KEY_TYPE_SECRET:
			secret_deinit(at);
			break;
		case KEY_TYPE_GROUP:
			keys_deinit(k->keys, base);
			break;
		default:
			break;
		}
	}
}
