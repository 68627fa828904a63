// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/claims.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "board/board.h"

void claims_deinit(struct claims *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->count; i++) {
		free(c->items[i].thing);
		free(c->items[i].part);
	}
	free(c->items);
	*c = (struct claims){0};
}

void claims_add(struct claims *c, struct config_node node, const char *part, const char *fmt, ...)
{
	struct claim claim = {.node = node, .board = c->board};
	claim.part = part ? memory_strdup(part) : NULL;
	va_list ap;
	va_start(ap, fmt);
	if (vasprintf(&claim.thing, fmt, ap) < 0)
		claim.thing = memory_strdup("");
	va_end(ap);
	ARRAY_APPEND(c->items, c->count, claim);
}

static bool is_same(const struct claim *a, const struct claim *b)
{
	if (a->board == b->board || strcmp(a->thing, b->thing) != 0)
		return false;
	return !a->part || !b->part || strcmp(a->part, b->part) == 0;
}

// Both boards may have it from their type, which says it in one place; then the boards themselves
// are the places to look at.
static struct error *refuse(const struct claim *a, const struct claim *b)
{
	bool inherited = config_compare_places(a->node, b->node) == 0;
	struct config_node at = inherited ? a->board->node : a->node;
	struct config_node bt = inherited ? b->board->node : b->node;
	bool in_order = config_compare_places(at, bt) < 0;
	const struct claim *first = in_order ? a : b;
	const struct claim *second = in_order ? b : a;
	const char *part = second->part && first->part ? second->part : NULL;
	CLEANUP_FREE char *place = config_place(in_order ? at : bt);
	return config_error(in_order ? bt : at,
			    "%s%s%s is that of board \"%s\" already (first: %s), expected one of "
			    "its own for board \"%s\"",
			    second->thing, part ? ", " : "", part ? part : "", first->board->name,
			    place, second->board->name);
}

static struct error *compare(const struct claims *c)
{
	for (size_t b = 0; b < c->count; b++)
		for (size_t a = 0; a < b; a++)
			if (is_same(&c->items[a], &c->items[b]))
				return refuse(&c->items[a], &c->items[b]);
	return NULL;
}

struct error *claims_check(const struct boards_config *boards)
{
	CLEANUP_CLAIMS struct claims claims = {0};
	for (size_t i = 0; i < boards->boards_count; i++) {
		CLEANUP_BOARD struct board *board = NULL;
		CLEANUP_ERROR struct error *bad = board_new(&boards->boards[i], &board);
		if (bad)
			continue;
		claims.board = &boards->boards[i];
		board_claim(board, &claims);
	}
	return compare(&claims);
}
