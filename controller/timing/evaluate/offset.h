// SPDX-License-Identifier: GPL-2.0-or-later
// Estimates and removes the constant difference between boards of one class. A board's offset is how
// much its numbers differ from those of the other boards; without it the points of all boards form one
// series.
#ifndef TIMING_OFFSET_H
#define TIMING_OFFSET_H

#include <stdbool.h>
#include <stddef.h>

#include "timing/points.h"

// A place from which one board alone behaves differently: its offset is estimated anew there.
struct board_event {
	size_t board;
	size_t at; // index into the evaluated values
};

// Subtracts from x[0..n) (logarithms; boards[i] says whose) each board's offset, estimated since
// `since` (the last confirmed change) where the board has enough points there. Offsets of the
// boards are centred on a median of 0. offsets[b] receives the last offset of each board.
// Nothing is done with fewer than two boards. Events ascend.
void offset_remove(double *x, const size_t *boards, size_t n, size_t boards_count, size_t since,
		   const struct board_event *events, size_t events_count, double *offsets);

enum step_owner {
	STEP_COMMIT, // every board moved, or too little is known to say otherwise
	STEP_BOARD,  // one board moved, the others stayed
};

// Who made the step of size `shift` at index c of the raw logarithms x (offsets in place or not:
// only differences within a board count), looked at over `side` points. *board is the one that
// moved when it is STEP_BOARD.
enum step_owner step_attribute(const double *x, const size_t *boards, size_t n, size_t boards_count,
			       size_t c, size_t side, double shift, size_t *board);

#endif
