// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/report/grid.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"

const char *grid_pool(const struct grid_board *b)
{
	return b->board->pool ? b->board->pool : "";
}

char grid_letter(enum status s)
{
	return s < STATUS_NONE ? status_name(s)[0] : '-';
}

// ---- CPUs ---------------------------------------------------------------------------------------

// MIDR_EL1: Variant (bits 23 to 20) and Revision (3 to 0).
static void put_revision(const char *midr, struct buffer *out)
{
	unsigned long long v = strtoull(midr, NULL, 16);
	buffer_printf(out, "r%llup%llu", v >> 20 & 15, v & 15);
}

static bool said_before(const struct run *r, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (r->cpus[k].midr && strcmp(r->cpus[k].midr, r->cpus[i].midr) == 0)
			return true;
	return false;
}

// A board of two kinds of CPUs has both revisions.
static const char *name_cpu(struct arena *arena, const struct run *r)
{
	const struct cpu *declared = r->board->cpu;
	CLEANUP_BUFFER struct buffer out = {0};
	if (declared && declared->name)
		buffer_append_str(&out, declared->name);
	size_t before = out.len;
	for (size_t i = 0; i < r->cpus_count; i++) {
		if (!r->cpus[i].midr || said_before(r, i))
			continue;
		buffer_append_str(&out, out.len > before ? "/" : out.len > 0 ? " " : "");
		put_revision(r->cpus[i].midr, &out);
	}
	if (out.len == before && declared && declared->midr) {
		buffer_append_str(&out, out.len > 0 ? " " : "");
		put_revision(declared->midr, &out);
	}
	return arena_strndup(arena, buffer_str(&out), out.len);
}

// ---- boards and variants ------------------------------------------------------------------------

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

// A run that came to the payload knows more of the board than one that did not.
static void add_board(struct grid *g, const struct run *r)
{
	struct grid_board board = {.board = r->board, .worst = STATUS_NONE, .cpu = ""};
	size_t i = find_board(g, r->board->name);
	if (i == g->boards_count)
		ARRAY_APPEND(g->boards, g->boards_count, board);
	if (!g->boards[i].cpu[0] || r->cpus_count > 0)
		g->boards[i].cpu = name_cpu(&g->arena, r);
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
		add_board(&g, b->runs[i]);
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
	arena_deinit(&g->arena);
	*g = (struct grid){0};
}
