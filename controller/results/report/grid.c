// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/report/grid.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

const char *grid_pool(const struct grid_board *b)
{
	return b->board->pool ? b->board->pool : "";
}

static size_t find_variant(const struct grid *g, const char *name)
{
	size_t i = 0;
	while (i < g->variants_count && strcmp(g->variants[i], name) != 0)
		i++;
	return i;
}

static size_t find_board(const struct grid *g, const char *name)
{
	size_t i = 0;
	while (i < g->boards_count && strcmp(g->boards[i].board->name, name) != 0)
		i++;
	return i;
}

static void add_variant(struct grid *g, const char *name)
{
	if (find_variant(g, name) == g->variants_count)
		ARRAY_APPEND(g->variants, g->variants_count, name);
}

static void add_board(struct grid *g, const struct board_record *b)
{
	struct grid_board board = {.board = b, .worst = STATUS_NONE};
	if (find_board(g, b->name) == g->boards_count)
		ARRAY_APPEND(g->boards, g->boards_count, board);
}

// Position of a board's pool among the pools; boards still stand in the order of their first runs.
static size_t pool_rank(const struct grid_board *all, size_t count, const char *pool)
{
	size_t i = 0;
	while (i < count && strcmp(grid_pool(&all[i]), pool) != 0)
		i++;
	return i;
}

struct ranked_board {
	struct grid_board board;
	size_t rank;
};

static int by_rank(const void *a, const void *b)
{
	const struct ranked_board *x = a, *y = b;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return strcmp(x->board.board->name, y->board.board->name);
}

static void sort_boards(struct grid *g)
{
	struct ranked_board *list = memory_new(g->boards_count, sizeof(*list));
	for (size_t i = 0; i < g->boards_count; i++)
		list[i] = (struct ranked_board){
		    g->boards[i],
		    pool_rank(g->boards, g->boards_count, grid_pool(&g->boards[i])),
		};
	qsort(list, g->boards_count, sizeof(*list), by_rank);
	for (size_t i = 0; i < g->boards_count; i++)
		g->boards[i] = list[i].board;
	free(list);
}

static void add_run(struct grid *g, const struct run *r)
{
	struct grid_board *board = &g->boards[find_board(g, r->board->name)];
	struct grid_cell *cell = &board->cells[find_variant(g, r->variant)];
	size_t splats = run_splats(r);
	if (r->repeated)
		return; // its repetition speaks for it
	cell->runs++;
	g->count[r->verdict]++;
	board->worst = status_worse(board->worst, r->verdict);
	if (r->verdict < cell->status) {
		cell->status = r->verdict;
		cell->runs_of_status = 0;
		cell->splats = 0;
	}
	if (r->verdict == cell->status) {
		cell->runs_of_status++;
		cell->run = r;
		cell->splats = splats > cell->splats ? splats : cell->splats;
	}
}

void grid_build(const struct batch_results *b, struct grid *out)
{
	struct grid g = {0};
	for (size_t i = 0; i < b->batch->builds_count; i++)
		add_variant(&g, b->batch->builds[i].name);
	for (size_t i = 0; i < b->runs_count; i++) {
		add_variant(&g, b->runs[i]->variant);
		add_board(&g, b->runs[i]->board);
	}
	sort_boards(&g);
	g.cells = memory_new(g.boards_count * g.variants_count, sizeof(*g.cells));
	for (size_t i = 0; i < g.boards_count * g.variants_count; i++)
		g.cells[i].status = STATUS_NONE;
	for (size_t i = 0; i < g.boards_count; i++)
		g.boards[i].cells = &g.cells[i * g.variants_count];
	for (size_t i = 0; i < b->runs_count; i++)
		add_run(&g, b->runs[i]);
	*out = g;
}

void grid_deinit(struct grid *g)
{
	if (!g)
		return;
	free(g->boards);
	free(g->variants);
	free(g->cells);
	*g = (struct grid){0};
}
