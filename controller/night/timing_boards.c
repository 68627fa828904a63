// SPDX-License-Identifier: GPL-2.0-or-later
#include "night/timing_boards.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/boards.h"

struct timing_boards {
	struct boards_config *config;
};

struct error *timing_boards_open(const char *dir, struct timing_boards **out)
{
	struct boards_config *config = NULL;
	TRY(boards_load(dir, &config));
	*out = memory_new(1, sizeof(**out));
	(*out)->config = config;
	return NULL;
}

void timing_boards_close(struct timing_boards **b)
{
	if (!*b)
		return;
	boards_free((*b)->config);
	free(*b);
	*b = NULL;
}

static enum platform platform_of(const struct board_config *board)
{
	CLEANUP_ERROR struct error *e = NULL;
	const char *driver = NULL;
	struct config_node node = config_map_find(&board->power, "driver");
	if (!config_is_set(node))
		return PLATFORM_HARDWARE;
	e = config_string(node, &driver);
	if (e || strcmp(driver, "qmp") != 0)
		return PLATFORM_HARDWARE;
	bool icount = false;
	node = config_map_find(&board->power, "icount");
	if (config_is_set(node))
		e = config_bool(node, &icount);
	return icount ? PLATFORM_ICOUNT : PLATFORM_TCG;
}

enum platform timing_boards_platform(void *boards, const char *board_type)
{
	const struct timing_boards *b = boards;
	for (size_t i = 0; i < b->config->boards_count; i++)
		if (strcmp(b->config->boards[i].type, board_type) == 0)
			return platform_of(&b->config->boards[i]);
	return PLATFORM_HARDWARE;
}
