// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/claims.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "board/board.h"
#include "board/claim_names.h"

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
	claim.thing = memory_vprintf(fmt, ap);
	va_end(ap);
	ARRAY_APPEND(c->items, c->count, claim);
}

static void own_name(char out[HOST_NAME_MAX + 1])
{
	out[0] = '\0';
	if (gethostname(out, HOST_NAME_MAX) < 0)
		out[0] = '\0';
	out[HOST_NAME_MAX] = '\0';
}

char *claims_host(const char *host)
{
	char own[HOST_NAME_MAX + 1];
	own_name(own);
	return claim_host(host, own);
}

char *claims_url(const char *url)
{
	char own[HOST_NAME_MAX + 1];
	own_name(own);
	return claim_url(url, own);
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

// ---- leases -------------------------------------------------------------------------------------

char *claims_board(const struct board_config *config, bool is_virtual)
{
	CLEANUP_FREE char *folder = config_base(config->node);
	if (is_virtual)
		return memory_printf("board %s of %s, user %u", config->name, folder,
				     (unsigned)geteuid());
	return memory_printf("board %s of %s", config->name, folder);
}

struct error *claims_ask(const struct board_config *config, struct lease **out)
{
	CLEANUP_BOARD struct board *board = NULL;
	TRY(board_new(config, &board));
	CLEANUP_CLAIMS struct claims claims = {.board = config};
	board_claim(board, &claims);
	CLEANUP_FREE char *own = claims_board(config, board_is_virtual(board));
	struct lease_claim wanted[LEASE_CLAIMS_MAX] = {{.thing = own}};
	size_t count = 1;
	for (size_t i = 0; i < claims.count && count < LEASE_CLAIMS_MAX; i++)
		wanted[count++] = (struct lease_claim){.thing = claims.items[i].thing,
						       .part = claims.items[i].part};
	if (count <= claims.count)
		return error_new(ERROR_BUG, "board %s claims too much", config->name);
	return lease_ask(wanted, count, out);
}

char *claims_may_be_on(const struct board_config *config)
{
	CLEANUP_FREE char *own = claims_board(config, false);
	const struct lease_claim claim = {.thing = own};
	return lease_read_power(&claim);
}
