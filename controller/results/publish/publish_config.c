// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/publish/publish_config.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/format.h"
#include "results/publish/publish_content.h"
#include "results/publish/secret.h"

#define TIMEOUT_S     60
#define RETRY_FIRST_S 30
#define RETRY_MAX_S   3600
#define LIMIT         (UINT64_C(1) << 30)

static const char *const common_keys[] = {"driver", "what",  "jobs", "timeout",
					  "retry",  "limit", NULL};
enum { KEYS_MAX = 32 };

static void destination_deinit(struct destination *d)
{
	if (d->driver && d->state)
		d->driver->free(d->state);
	free(d->jobs);
	*d = (struct destination){0};
}

void publish_config_deinit(struct publish_config *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->count; i++)
		destination_deinit(&c->destinations[i]);
	free(c->destinations);
	*c = (struct publish_config){0};
}

static struct error *find_driver(struct config_node n, const struct destination_driver **out)
{
	const char *name;
	CLEANUP_BUFFER struct buffer known = {0};
	TRY(config_string(n, &name));
	for (const struct destination_driver *const *d = destination_drivers; *d; d++) {
		if (strcmp((*d)->name, name) == 0) {
			*out = *d;
			return NULL;
		}
		buffer_printf(&known, "%s%s", known.len ? ", " : "", (*d)->name);
	}
	return config_error(n, "unknown driver \"%s\", expected one of %s", name,
			    buffer_str(&known));
}

static struct error *parse_what(struct config_node n, struct destination *d)
{
	const char **names;
	size_t count;
	TRY(config_strings(n, &names, &count));
	d->what = 0;
	struct error *e = NULL;
	for (size_t i = 0; !e && i < count; i++) {
		enum publish_what what;
		if (!content_parse_what(names[i], &what))
			e = config_error(n,
					 "\"%s\", expected kcidb, text, html, junit, tap, csv, "
					 "mail or files",
					 names[i]);
		else if (!(d->driver->allowed & what))
			e = config_error(n, "driver %s cannot send %s", d->driver->name, names[i]);
		else
			d->what |= what;
	}
	free(names);
	return e;
}

static struct error *parse_retry(struct config_node n, struct destination *d)
{
	static const char *const known[] = {"first", "max", NULL};
	CLEANUP_CONFIG_MAP struct config_map map = {0};
	TRY(config_map_init(&map, n));
	TRY(config_map_only(&map, known));
	struct config_node v = config_map_find(&map, "first");
	if (config_is_set(v))
		TRY(config_seconds(v, 0.1, 86400, &d->retry_first_s));
	v = config_map_find(&map, "max");
	if (config_is_set(v))
		TRY(config_seconds(v, 0.1, 7 * 86400.0, &d->retry_max_s));
	if (d->retry_max_s < d->retry_first_s)
		return config_error(n, "max is shorter than first");
	return NULL;
}

// "1GiB", "200MiB", "64KiB" or bytes.
static struct error *parse_size(struct config_node n, uint64_t *out)
{
	static const struct {
		const char *unit;
		unsigned shift;
	} units[] = {{"", 0}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"TiB", 40}};
	const char *text;
	TRY(config_string(n, &text));
	char *end;
	unsigned long long value = strtoull(text, &end, 10);
	for (size_t i = 0; end > text && i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(end, units[i].unit) == 0 && text[0] >= '0' && text[0] <= '9' &&
		    value <= UINT64_MAX >> units[i].shift) {
			*out = (uint64_t)value << units[i].shift;
			return NULL;
		}
	return config_error(n, "\"%s\" is no size, expected like 200MiB or 1GiB", text);
}

static struct error *parse_common(const struct config_map *map, struct destination *d)
{
	struct config_node n = config_map_find(map, "what");
	if (config_is_set(n))
		TRY(parse_what(n, d));
	n = config_map_find(map, "jobs");
	if (config_is_set(n))
		TRY(config_strings(n, &d->jobs, &d->jobs_count));
	n = config_map_find(map, "timeout");
	if (config_is_set(n))
		TRY(config_seconds(n, 0.1, 3600, &d->timeout_s));
	n = config_map_find(map, "retry");
	if (config_is_set(n))
		TRY(parse_retry(n, d));
	n = config_map_find(map, "limit");
	return config_is_set(n) ? parse_size(n, &d->limit) : NULL;
}

static struct error *check_keys(const struct config_map *map, const struct destination_driver *d)
{
	const char *known[KEYS_MAX];
	size_t count = 0;
	for (size_t i = 0; common_keys[i]; i++)
		known[count++] = common_keys[i];
	for (size_t i = 0; d->keys[i] && count < KEYS_MAX - 1; i++)
		known[count++] = d->keys[i];
	known[count] = NULL;
	return config_map_only(map, known);
}

static struct error *parse_destination(const struct config_pair *pair, struct destination *d)
{
	CLEANUP_CONFIG_MAP struct config_map map = {0};
	struct config_node driver;
	TRY(config_name(pair->key, &d->name));
	// Names are folders of the spool and parts of commands.
	if (!format_is_word(d->name))
		return config_error(pair->key, "\"%s\" is no name", d->name);
	TRY(config_map_init(&map, pair->value));
	TRY(config_map_need(&map, "driver", &driver));
	TRY(find_driver(driver, &d->driver));
	TRY(check_keys(&map, d->driver));
	d->what = d->driver->usual;
	d->timeout_s = TIMEOUT_S;
	d->retry_first_s = RETRY_FIRST_S;
	d->retry_max_s = RETRY_MAX_S;
	d->limit = LIMIT;
	TRY(parse_common(&map, d));
	return d->driver->configure(&map, &d->state);
}

static struct error *parse(struct config_node publish, struct publish_config *c)
{
	static const char *const known[] = {"files_url", "destinations", NULL};
	CLEANUP_CONFIG_MAP struct config_map top = {0}, list = {0};
	TRY(config_map_init(&top, publish));
	TRY(config_map_only(&top, known));
	struct config_node n = config_map_find(&top, "files_url");
	if (config_is_set(n)) {
		TRY(config_string(n, &c->files_url));
		TRY(secret_check_url(n, c->files_url, "the web server's own access rules"));
		if (!format_is_uri(c->files_url, strlen(c->files_url)))
			return config_error(n, "\"%s\" is no absolute URL, percent-encoded",
					    c->files_url);
	}
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

struct error *publish_config_load(const struct farm_config *farm, struct publish_config *out)
{
	*out = (struct publish_config){0};
	if (!config_is_set(farm->publish))
		return NULL;
	struct error *e = parse(farm->publish, out);
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
	for (size_t i = 0; i < d->jobs_count; i++)
		if (strcmp(d->jobs[i], job) == 0)
			return true;
	return false;
}
