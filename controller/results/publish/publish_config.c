// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/publish/publish_config.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/format.h"
#include "results/publish/publish_content.h"

static const struct key retry_keys[] = {
    {"first", KEY_SECONDS(struct destination, retry_first_s, 0.1, 86400), .preset = "30",
     .help = "the pause after a failure, doubling, up to half of it taken off by chance"},
    {"max", KEY_SECONDS(struct destination, retry_max_s, 0.1, 7 * 86400.0), .preset = "3600",
     .help = "the longest pause"},
    {0},
};

const struct key destination_keys[] = {
    DRIVER_KEY,
    {"what", KEY_LIST(struct destination, what_names),
     .help = "of kcidb, text, html, junit, tap, csv, mail, html-mail, files (the driver's)"},
    {"jobs", KEY_LIST(struct destination, jobs), .help = "only batches of these jobs (all)"},
    {"timeout", KEY_SECONDS(struct destination, timeout_s, 0.1, 3600), .preset = "60",
     .help = "of one exchange"},
    {"retry", KEY_GROUP(retry_keys), .help = "how often it is tried again"},
    {"limit", KEY_SIZE(struct destination, limit), .preset = "1GiB", .help = "size of its spool"},
    {0},
};

static void destination_deinit(struct destination *d)
{
	if (d->driver)
		driver_free(&d->driver->driver, d->state);
	keys_deinit(destination_keys, d);
	config_map_deinit(&d->keys);
	*d = (struct destination){0};
}

void publish_config_deinit(struct publish_config *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->count; i++)
		destination_deinit(&c->destinations[i]);
	free(c->destinations);
	keys_deinit(publish_keys, c);
	*c = (struct publish_config){0};
}

static struct error *read_what(const struct config_map *map, struct destination *d)
{
	struct config_node n = config_map_find(map, "what");
	d->what = config_is_set(n) ? 0 : d->driver->usual;
	for (size_t i = 0; d->what_names && d->what_names[i]; i++) {
		enum publish_what what;
		if (!content_parse_what(d->what_names[i], &what))
			return config_error(n,
					    "\"%s\", expected kcidb, text, html, junit, tap, csv, "
					    "mail, html-mail or files",
					    d->what_names[i]);
		if (!(d->driver->allowed & what))
			return config_error(n, "driver %s cannot send %s", d->driver->driver.name,
					    d->what_names[i]);
		d->what |= what;
	}
	return NULL;
}

static struct error *parse_destination(const struct config_pair *pair, struct destination *d)
{
	const struct driver *driver;
	TRY(config_name(pair->key, &d->name));
	// Names are folders of the spool and parts of commands.
	if (!format_is_word(d->name))
		return config_error(pair->key, "\"%s\" is no name", d->name);
	TRY(config_map_init(&d->keys, pair->value));
	TRY(driver_find(&d->keys, "destination", destination_drivers, &driver));
	d->driver = (const struct destination_driver *)driver; // its first member
	TRY(driver_config(driver, destination_keys, &d->keys, &d->state));
	TRY(keys_read(destination_keys, &d->keys, d));
	if (d->retry_max_s < d->retry_first_s)
		return config_error(config_map_find(&d->keys, "retry"),
				    "max is shorter than first");
	return read_what(&d->keys, d);
}

const struct key publish_keys[] = {
    {"files_url", KEY_URL(struct publish_config, files_url, NULL),
     .help = "where the run directories can be read; for log links"},
    {"destinations", .type = KEY_TYPE_MAP, .value = "{NAME: KEYS}", .help = "where results go"},
    {0},
};

static struct error *parse(struct config_node publish, struct publish_config *c)
{
	const struct key *const tables[] = {publish_keys, NULL};
	CLEANUP_CONFIG_MAP struct config_map top = {0}, list = {0};
	TRY(config_map_init(&top, publish));
	TRY(keys_only(&top, tables));
	TRY(keys_read(publish_keys, &top, c));
	struct config_node n = config_map_find(&top, "files_url");
	if (c->files_url && !format_is_uri(c->files_url, strlen(c->files_url)))
		return config_error(n, "\"%s\" is no absolute URL, percent-encoded", c->files_url);
	n = config_map_find(&top, "destinations");
	if (!config_is_set(n))
		return NULL;
	TRY(config_map_init(&list, n));
	c->destinations = memory_new(list.count, sizeof(*c->destinations));
	for (size_t i = 0; i < list.count; i++) {
		c->count = i + 1;
		TRY(parse_destination(&list.pairs[i], &c->destinations[i]));
	}
	return NULL;
}

// Results of all farms that call themselves the same would be taken for one farm's.
static struct error *check_origin(const struct farm_config *farm, const struct publish_config *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->destinations[i].driver->collection &&
		    strcmp(farm->origin, FARM_DEFAULT_ORIGIN) == 0)
			return config_error(c->destinations[i].keys.node,
					    "%s: the origin is still the default \"%s\", expected "
					    "`origin:` with a name of the lab's own",
					    c->destinations[i].name, farm->origin);
	return NULL;
}

struct error *publish_config_load(const struct farm_config *farm, struct publish_config *out)
{
	*out = (struct publish_config){0};
	if (!config_is_set(farm->publish))
		return NULL;
	struct error *e = parse(farm->publish, out);
	if (!e)
		e = check_origin(farm, out);
	if (e)
		publish_config_deinit(out);
	return e;
}

const struct destination *publish_config_find(const struct publish_config *c, const char *name)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->destinations[i].name, name) == 0)
			return &c->destinations[i];
	return NULL;
}

bool destination_takes_job(const struct destination *d, const char *job)
{
	if (!d->jobs)
		return true;
	for (size_t i = 0; d->jobs[i]; i++)
		if (strcmp(d->jobs[i], job) == 0)
			return true;
	return false;
}
