// SPDX-License-Identifier: GPL-2.0-or-later
// A batch as a table of boards and variants.
#ifndef RESULTS_GRID_H
#define RESULTS_GRID_H

#include <stddef.h>

#include "base/arena.h"
#include "record/model.h"

#define GRID_NIGHTS 10 // batches of the job that a board's strip shows

struct grid_cell {
	enum status status;    // the worst of its runs; STATUS_NONE: none ran
	size_t runs;           // attempts
	size_t runs_of_status; // that ended as `status`
	size_t splats;         // most in one of the runs of that status
	const struct run *run; // the last run that ended as `status`
};

struct grid_board {
	const struct board_record *board;
	struct grid_cell *cells; // one a variant
	enum status worst;
	const char *cpu; // "Cortex-X4 r0p1", as the board said or is declared; "" when neither
	char nights[GRID_NIGHTS + 1]; // worst verdicts, oldest first, this batch last (grid_letter)
};

struct grid {
	struct grid_board *boards; // by pool in order of first appearance, then by name
	size_t boards_count;
	const char **variants; // in the order of the batch's builds
	size_t variants_count;
	size_t count[STATUS_COUNT]; // runs of each verdict
	struct grid_cell *cells;    // of all boards
	struct arena arena;
};

// Views into `b`, which has to live longer.
void grid_build(const struct batch_results *b, struct grid *out);
void grid_deinit(struct grid *g);
#define CLEANUP_GRID CLEANUP(grid_deinit)

// What stands for a verdict in a strip: P, F, E, M, D, S; '-': it did not run.
char grid_letter(enum status s);

const char *grid_pool(const struct grid_board *b); // never NULL

#endif
