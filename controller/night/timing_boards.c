// SPDX-License-Identifier: GPL-2.0-or-later
#include "night/timing_boards.h"

#include <string.h>

#include "config/boards.h"

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

enum platform timing_boards_platform(const void *boards, const char *board_type)
{
	const struct boards_config *b = boards;
	for (size_t i = 0; i < b->boards_count; i++)
		if (strcmp(b->boards[i].type, board_type) == 0)
			return platform_of(&b->boards[i]);
	return PLATFORM_HARDWARE;
}
