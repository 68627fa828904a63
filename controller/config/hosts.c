// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/hosts.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

const struct key host_keys[] = {
    {"ssh", KEY_TEXT(struct host_config, ssh),
     .help = "its destination, as ssh(1) takes it (its name)"},
    {"folder", KEY_TEXT(struct host_config, folder),
     .help = "where commands are run there, such as /var/lib/mmfarm (the user's home)"},
    {"program", KEY_TEXT(struct host_config, program), .preset = "mmfarm", .help = "mmfarm there"},
    {"timeout", KEY_SECONDS(struct host_config, timeout_s, 1, 300), .preset = "10s",
     .help = "of reaching it"},
    {0},
};

void hosts_deinit(struct hosts_config *h)
{
	for (size_t i = 0; i < h->count; i++)
		keys_deinit(host_keys, &h->items[i]);
	free(h->items);
	*h = (struct hosts_config){0};
}

static struct error *parse_host(const struct config_pair *pair, struct host_config *out)
{
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	const struct key *const tables[] = {host_keys, NULL};
	out->name = pair->name;
	TRY(config_map_init(&m, pair->value));
	TRY(keys_only(&m, tables));
	TRY(keys_read(host_keys, &m, out));
	// ssh would take it for an option.
	const char *destination = out->ssh ? out->ssh : out->name;
	if (destination[0] == '-')
		return config_error(pair->value, "\"%s\" is no destination of ssh", destination);
	return NULL;
}

struct error *hosts_parse(struct config_node n, struct hosts_config *out)
{
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	if (!config_is_set(n))
		return NULL;
	TRY(config_map_init(&m, n));
	out->items = memory_new(m.count + 1, sizeof(*out->items));
	for (size_t i = 0; i < m.count; i++)
		TRY(parse_host(&m.pairs[i], &out->items[out->count++]));
	return NULL;
}

const struct host_config *hosts_find(const struct hosts_config *h, const char *name)
{
	for (size_t i = 0; i < h->count; i++)
		if (strcmp(h->items[i].name, name) == 0)
			return &h->items[i];
	return NULL;
}
