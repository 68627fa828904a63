// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/driver.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/similar.h"

const struct key driver_keys[] = {DRIVER_KEY, {0}};

void driver_free(const struct driver *d, void *state)
{
	if (!state)
		return;
	if (d->release)
		d->release(state);
	keys_deinit(d->keys, state);
	free(state);
}

static struct error *fill(const struct driver *d, const struct key *common,
			  const struct config_map *keys, void *state)
{
	const struct key *const tables[] = {common, d->keys, NULL};
	TRY(keys_only(keys, tables));
	TRY(keys_read(d->keys, keys, state));
	return d->check ? d->check(state, keys) : NULL;
}

struct error *driver_config(const struct driver *d, const struct key *common,
			    const struct config_map *keys, void **state)
{
	void *new = memory_new(1, d->size ? d->size : 1);
	if (d->init)
		d->init(new);
	struct error *e = fill(d, common, keys, new);
	if (e)
		driver_free(d, new);
	else
		*state = new;
	return e;
}

struct error *driver_find(const struct config_map *keys, const char *kind,
			  const struct driver *const *list, const struct driver **out)
{
	struct config_node n;
	const char *name;
	TRY(config_map_need(keys, "driver", &n));
	TRY(config_string(n, &name));
	CLEANUP_BUFFER struct buffer known = {0};
	struct similar similar;
	similar_init(&similar, name);
	for (size_t i = 0; list[i]; i++) {
		if (strcmp(list[i]->name, name) == 0) {
			*out = list[i];
			return NULL;
		}
		similar_offer(&similar, list[i]->name);
		buffer_printf(&known, "%s%s", i ? ", " : "", list[i]->name);
	}
	return config_error(n, "unknown %s driver \"%s\", %s%s%sexpected one of: %s", kind, name,
			    similar.best ? "did you mean \"" : "", similar.best ? similar.best : "",
			    similar.best ? "\"? " : "", buffer_str(&known));
}
