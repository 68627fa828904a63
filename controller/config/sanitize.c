// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/sanitize.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL_MAX   3
#define IMAGE_MAX   (INT64_C(1) << 30)
#define PAGE_TABLES "page-tables"

static struct error *parse_check(struct config_node n, struct sanitize_config *out)
{
	const char *word;
	TRY(config_string(n, &word));
	out->page_tables = strcmp(word, PAGE_TABLES) == 0;
	return out->page_tables ? NULL
				: config_error(n, "sanitize: \"%s\", expected " PAGE_TABLES, word);
}

static struct error *parse_levels(struct config_node n, struct sanitize_config *out)
{
	size_t count;
	TRY(config_several(n, "levels", 1, LEVEL_MAX + 1, &count));
	out->levels_given = true;
	out->level = LEVEL_MAX;
	for (size_t i = 0; i < count; i++) {
		int64_t level;
		TRY(config_integer(config_one_of(n, i), 0, LEVEL_MAX, &level));
		if (level < out->level)
			out->level = (unsigned)level;
	}
	return NULL;
}

static struct error *parse_lone_data(struct config_node n, struct sanitize_config *out)
{
	size_t count;
	int64_t start, end;
	TRY(config_list(n, &count));
	if (count != 2)
		return config_error(n,
				    "lone_data: %zu numbers, expected [START, END] in bytes of "
				    "the image",
				    count);
	TRY(config_integer(config_item(n, 0), 0, IMAGE_MAX, &start));
	TRY(config_integer(config_item(n, 1), start + 1, IMAGE_MAX, &end));
	out->lone_start = (uint64_t)start;
	out->lone_end = (uint64_t)end;
	return NULL;
}

static struct error *parse_loads(struct config_node n, struct sanitize_config *out)
{
	return config_bool(n, &out->loads);
}

static struct error *parse_symbols(struct config_node n, struct sanitize_config *out)
{
	return config_path(n, &out->symbols);
}

static const struct {
	const char *key;
	struct error *(*parse)(struct config_node n, struct sanitize_config *out)ERROR_RESULT;
} sections[] = {
    {"check", parse_check},     {"levels", parse_levels},       {"loads", parse_loads},
    {"symbols", parse_symbols}, {"lone_data", parse_lone_data},
};

static struct error *parse_map(const struct config_map *m, struct sanitize_config *out)
{
	enum { COUNT = sizeof(sections) / sizeof(sections[0]) };
	const char *known[COUNT + 1] = {0};
	struct config_node n;
	for (size_t i = 0; i < COUNT; i++)
		known[i] = sections[i].key;
	TRY(config_map_only(m, known));
	TRY(config_map_need(m, "check", &n));
	for (size_t i = 0; i < COUNT; i++) {
		n = config_map_find(m, sections[i].key);
		if (config_is_set(n))
			TRY(sections[i].parse(n, out));
	}
	return NULL;
}

struct error *sanitize_config_parse(struct config_node n, struct sanitize_config *out)
{
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	if (!config_is_map(n))
		return parse_check(n, out);
	TRY(config_map_init(&m, n));
	return parse_map(&m, out);
}

void sanitize_config_deinit(struct sanitize_config *s)
{
	free(s->symbols);
	s->symbols = NULL;
}

void sanitize_config_dump(const struct sanitize_config *s, struct buffer *out)
{
	if (!s->page_tables)
		return;
	buffer_append_str(out, "sanitize:\n  check: " PAGE_TABLES "\n");
	if (s->levels_given)
		buffer_printf(out, "  levels: %u\n", s->level);
	if (s->loads)
		buffer_append_str(out, "  loads: true\n");
	if (s->lone_end)
		buffer_printf(out, "  lone_data: [%" PRIu64 ", %" PRIu64 "]\n", s->lone_start,
			      s->lone_end);
	if (!s->symbols)
		return;
	buffer_append_str(out, "  symbols: ");
	config_dump_string(s->symbols, out);
	buffer_append_str(out, "\n");
}
