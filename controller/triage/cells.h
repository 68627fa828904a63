// SPDX-License-Identifier: GPL-2.0-or-later
// The runs of a history by what they are attempts of: a cell is one variant on one board, a group one
// variant on the boards of one pool.
#ifndef TRIAGE_CELLS_H
#define TRIAGE_CELLS_H

#include "triage/history.h"

struct triage_cell {
	uint32_t variant, board, pool; // words
	size_t group;
	size_t first, count; // in cells.runs
};

struct cells {
	struct triage_cell *items;
	size_t count;
	size_t groups;
	size_t *of_run; // the cell of each run of the history
	size_t *runs;   // runs by cell, oldest first
	size_t *whole;  // [batch * groups + group]: runs that came to their end
	size_t *first;  // sightings by symptom: first[symptom] to first[symptom + 1] of `sightings`
	size_t *sightings;
};

void cells_build(const struct history *h, struct cells *out);
void cells_deinit(struct cells *c);
#define CLEANUP_CELLS CLEANUP(cells_deinit)

#endif
