// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/boards.h"

#include <stdlib.h>
#include <string.h>

static const char *const section_keys[] = {"console", "power", "boot"};

void board_config_deinit(struct board_config *b)
{
	free(b->arguments);
	free(b->dtb);
	config_map_deinit(&b->misc);
	free(b->tags);
	free(b->compatible);
	literals_deinit(&b->detect);
	config_map_deinit(&b->console);
	config_map_deinit(&b->power);
	config_map_deinit(&b->boot);
}

void boards_free(struct boards_config *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->boards_count; i++)
		board_config_deinit(&c->boards[i]);
	for (size_t i = 0; i < c->pools_count; i++) {
		free(c->pools[i].tags);
		free(c->pools[i].without_tags);
		free(c->pools[i].boards);
	}
	for (size_t i = 0; i < c->files_count; i++)
		config_file_free(c->files[i]);
	free(c->boards);
	free(c->pools);
	free(c->files);
	free(c);
}

static bool has_word(const char **words, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

bool pool_has(const struct pool_config *p, const struct board_config *b)
{
	if (p->by_bbml2 && p->bbml2 != b->cpu.bbml2)
		return false;
	for (size_t i = 0; i < p->tags_count; i++)
		if (!has_word(b->tags, b->tags_count, p->tags[i]))
			return false;
	for (size_t i = 0; i < p->without_tags_count; i++)
		if (has_word(b->tags, b->tags_count, p->without_tags[i]))
			return false;
	return !p->boards || has_word(p->boards, p->boards_count, b->name);
}

const struct board_config *boards_find(const struct boards_config *c, const char *name)
{
	for (size_t i = 0; i < c->boards_count; i++)
		if (strcmp(c->boards[i].name, name) == 0)
			return &c->boards[i];
	return NULL;
}

const struct pool_config *boards_find_pool(const struct boards_config *c, const char *name)
{
	for (size_t i = 0; i < c->pools_count; i++)
		if (strcmp(c->pools[i].name, name) == 0)
			return &c->pools[i];
	return NULL;
}

// ---- snapshot ----------------------------------------------------------------------------------

void board_config_dump(const struct board_config *b, const char *pool, struct buffer *out)
{
	CLEANUP_FREE char *base = config_base(b->node);
	buffer_append_str(out, "# the board as it was declared when the run was made\nbase: ");
	config_dump_string(base, out);
	buffer_printf(out, "\ntypes:\n  %s:\n", b->type);
	if (b->description) {
		buffer_append_str(out, "    description: ");
		config_dump_string(b->description, out);
		buffer_append_str(out, "\n");
	}
	config_dump_list("    ", "compatible", b->compatible, b->compatible_count, out);
	buffer_append_str(out, "    cpu: {name: ");
	config_dump_string(b->cpu.name, out);
	buffer_printf(out, ", midr: 0x%08x", b->cpu.midr);
	if (b->cpu.bbm >= 0)
		buffer_printf(out, ", bbm: %d", b->cpu.bbm);
	buffer_printf(out, ", bbml2: %s}\n", b->cpu.bbml2 ? "true" : "false");
	literals_dump("    ", &b->detect, out);
	if (b->dtb) { // by a name that holds in any folder
		CLEANUP_FREE char *absolute = realpath(b->dtb, NULL);
		buffer_append_str(out, "    dtb: ");
		config_dump_string(absolute ? absolute : b->dtb, out);
		buffer_append_str(out, "\n");
	}
	const struct config_map *const sections[] = {&b->console, &b->power, &b->boot};
	for (size_t i = 0; i < 3; i++) {
		buffer_printf(out, "    %s:\n", section_keys[i]);
		config_dump_map(sections[i], 6, out);
	}
	buffer_printf(out, "boards:\n  %s:\n    type: %s\n", b->name, b->type);
	config_dump_list("    ", "tags", b->tags, b->tags_count, out);
	buffer_printf(out, "pools:\n  %s: {boards: [\"%s\"]}\n", pool, b->name);
}
