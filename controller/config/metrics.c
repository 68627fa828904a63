// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/metrics.h"

#include <errno.h>
#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void metrics_config_deinit(struct metrics_config *m)
{
	free(m->items);
	*m = (struct metrics_config){0};
}

// ---- values -------------------------------------------------------------------------------------

static struct error *optional_text(const struct config_map *m, const char *key, const char **out)
{
	struct config_node n = config_map_find(m, key);
	if (!config_is_set(n))
		return NULL;
	TRY(config_string(n, out));
	return **out ? NULL : config_error(n, "an empty text");
}

// "0.02", or "2%" where per cent make sense.
static struct error *optional_number(const struct config_map *m, const char *key, bool percent,
				     double most, double *out)
{
	struct config_node n = config_map_find(m, key);
	if (!config_is_set(n))
		return NULL;
	const char *text;
	TRY(config_string(n, &text));
	char *end;
	errno = 0;
	double v = strtod(text, &end);
	bool number = end != text && !errno && isfinite(v);
	if (percent && number && strcmp(end, "%") == 0) {
		v /= 100;
		end++;
	}
	if (!number || *end || !(v > 0) || v > most)
		return config_error(n, "%s: \"%s\", expected a number above 0, at most %g%s", key,
				    text, most, percent ? ", or per cent as in 2%" : "");
	*out = v;
	return NULL;
}

static struct error *unknown_word(struct config_node n, const char *key, const char *word,
				  const char *expected)
{
	return config_error(n, "%s: \"%s\", expected %s", key, word, expected);
}

static struct error *parse_words(const struct config_map *m, struct metric_config *c)
{
	struct metric_spec *s = &c->spec;
	const char *word;
	struct config_node n = config_map_find(m, "kind");
	if (config_is_set(n)) {
		TRY(config_string(n, &word));
		if (!metric_kind_parse(word, &s->kind))
			return unknown_word(n, "kind", word, "time, cycles, count, size or bytes");
		c->has_kind = true;
	}
	n = config_map_find(m, "direction");
	if (config_is_set(n)) {
		TRY(config_string(n, &word));
		if (!metric_direction_parse(word, &s->direction))
			return unknown_word(n, "direction", word, "lower, higher or none");
		c->has_direction = true;
	}
	n = config_map_find(m, "model");
	if (config_is_set(n)) {
		TRY(config_string(n, &word));
		if (!metric_model_parse(word, &s->model))
			return unknown_word(n, "model", word, "noisy or exact");
		c->has_model = true;
	}
	n = config_map_find(m, "aggregate");
	if (!config_is_set(n))
		return NULL;
	TRY(config_string(n, &word));
	return metric_aggregate_parse(word, &s->aggregate)
		   ? NULL
		   : unknown_word(n, "aggregate", word, "auto, min or median");
}

// ---- sources ------------------------------------------------------------------------------------

static struct error *parse_printk(struct config_node n, struct metric_config *c)
{
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	TRY(config_map_init(&m, n));
	static const char *const known[] = {"start", "end", NULL};
	TRY(config_map_only(&m, known));
	TRY(optional_text(&m, "start", &c->start));
	TRY(optional_text(&m, "end", &c->end));
	return c->end ? NULL : config_error(n, "expected \"end\": a text of the line that ends it");
}

static struct error *parse_source(struct config_node n, struct metric_config *c)
{
	static const struct {
		const char *word;
		enum metric_source source;
	} sources[] = {
	    {"printk", METRIC_PRINTK},
	    {"initcall", METRIC_INITCALL},
	    {"ktap", METRIC_KTAP},
	    {"line", METRIC_LINE},
	};
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	TRY(config_map_init(&m, n));
	static const char *const known[] = {"printk", "initcall", "ktap", "line", NULL};
	TRY(config_map_only(&m, known));
	if (m.count != 1)
		return config_error(n, "expected one of printk, initcall, ktap and line");
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (strcmp(m.pairs[0].name, sources[i].word) == 0)
			c->source = sources[i].source;
	if (c->source == METRIC_PRINTK)
		return parse_printk(m.pairs[0].value, c);
	return optional_text(&m, m.pairs[0].name, c->source == METRIC_LINE ? &c->key : &c->glob);
}

// Metrics of the console get their path from the name, so it must be one.
static struct error *check_name(struct config_node n, const struct metric_config *c)
{
	static const char word[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789_-.";
	const char *name = c->spec.name;
	if (c->source == METRIC_RECORDS || (name[0] != '.' && !name[strspn(name, word)] &&
					    !strstr(name, "..") && name[strlen(name) - 1] != '.'))
		return NULL;
	return config_error(n, "name \"%s\", expected words of A-Z a-z 0-9 _ - joined by dots",
			    name);
}

static struct error *parse_metric(struct config_node n, struct metric_config *c)
{
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	TRY(config_map_init(&m, n));
	static const char *const known[] = {
	    "name",    "unit",       "kind", "direction", "model", "aggregate", "min_rel",
	    "min_abs", "budget_rel", "tick", "owner",     "from",  NULL};
	TRY(config_map_only(&m, known));
	c->node = n;
	struct config_node name;
	TRY(config_map_need(&m, "name", &name));
	TRY(optional_text(&m, "name", &c->spec.name));
	TRY(optional_text(&m, "unit", &c->spec.unit));
	TRY(optional_text(&m, "owner", &c->spec.owner));
	TRY(parse_words(&m, c));
	TRY(optional_number(&m, "min_rel", true, 10, &c->spec.min_rel));
	TRY(optional_number(&m, "min_abs", false, 1e300, &c->spec.min_abs));
	TRY(optional_number(&m, "budget_rel", true, 10, &c->spec.budget_rel));
	TRY(optional_number(&m, "tick", false, 1e300, &c->spec.tick));
	struct config_node from = config_map_find(&m, "from");
	if (config_is_set(from))
		TRY(parse_source(from, c));
	return check_name(name, c);
}

struct error *metrics_config_parse(struct config_node n, struct metrics_config *out)
{
	size_t count;
	TRY(config_list(n, &count));
	out->items = memory_new(count, sizeof(*out->items));
	for (size_t i = 0; i < count; i++) {
		out->count = i + 1;
		TRY(parse_metric(config_item(n, i), &out->items[i]));
		for (size_t k = 0; k < i; k++)
			if (strcmp(out->items[k].spec.name, out->items[i].spec.name) == 0)
				return config_error(config_item(n, i),
						    "metric \"%s\" a second time",
						    out->items[i].spec.name);
	}
	return NULL;
}

void metrics_config_dump(const struct metrics_config *m, struct buffer *out)
{
	if (m->count)
		buffer_append_str(out, "metrics:\n");
	for (size_t i = 0; i < m->count; i++) {
		CLEANUP_CONFIG_MAP struct config_map map = {0};
		// It was parsed from this very node.
		error_free(config_map_init(&map, m->items[i].node));
		buffer_append_str(out, "  -\n");
		config_dump_map(&map, 4, out);
	}
}

// ---- use ----------------------------------------------------------------------------------------

static bool covers(const struct metric_config *c, const char *path)
{
	size_t len = strlen(c->spec.name);
	if (c->source == METRIC_INITCALL || c->source == METRIC_KTAP)
		return strncmp(path, c->spec.name, len) == 0 && path[len] == '.';
	return fnmatch(c->spec.name, path, 0) == 0;
}

const struct metric_config *metrics_config_find(const struct metrics_config *m, const char *path)
{
	for (size_t i = 0; i < m->count; i++)
		if (covers(&m->items[i], path))
			return &m->items[i];
	return NULL;
}

void metric_config_apply(const struct metric_config *m, struct metric_spec *spec)
{
	const struct metric_spec *said = &m->spec;
	if (m->has_kind)
		spec->kind = said->kind;
	if (m->has_direction)
		spec->direction = said->direction;
	if (m->has_model)
		spec->model = said->model;
	spec->aggregate = said->aggregate;
	spec->min_rel = said->min_rel;
	spec->min_abs = said->min_abs;
	spec->budget_rel = said->budget_rel;
	if (said->tick > 0)
		spec->tick = said->tick;
	spec->owner = said->owner;
}
