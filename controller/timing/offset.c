// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/offset.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "timing/order.h"

#define AROUND_HALF 10 // running median of 21: what all boards do together
#define OFFSET_MIN  5  // points that make an offset
#define SIDE_MIN    3  // points of a board on a side that show whether it moved
#define MOVED       0.6
#define STAYED      0.2

struct stretch {
	size_t from, to; // of one board between its own events
};

// Median of the board's distances from the common course inside [from, to); false: too few.
static bool stretch_offset(const double *distance, const size_t *boards, size_t board,
			   struct stretch s, double *scratch, double *out)
{
	size_t count = 0;
	for (size_t i = s.from; i < s.to; i++)
		if (boards[i] == board)
			scratch[count++] = distance[i];
	if (count < OFFSET_MIN)
		return false;
	*out = order_median(scratch, count);
	return true;
}

static struct stretch next_stretch(size_t board, size_t from, size_t n,
				   const struct board_event *events, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (events[i].board == board && events[i].at > from && events[i].at < n)
			return (struct stretch){from, events[i].at};
	return (struct stretch){from, n};
}

static void remove_of_board(double *x, const double *distance, const size_t *boards, size_t n,
			    size_t board, double center, struct stretch s, size_t since,
			    double *scratch)
{
	double offset;
	struct stretch recent = {since > s.from ? since : s.from, s.to};
	if ((recent.from >= recent.to ||
	     !stretch_offset(distance, boards, board, recent, scratch, &offset)) &&
	    !stretch_offset(distance, boards, board, s, scratch, &offset))
		return;
	for (size_t i = s.from; i < s.to && i < n; i++)
		if (boards[i] == board)
			x[i] -= offset - center;
}

void offset_remove(double *x, const size_t *boards, size_t n, size_t boards_count, size_t since,
		   const struct board_event *events, size_t events_count, double *offsets)
{
	for (size_t b = 0; b < boards_count; b++)
		offsets[b] = 0;
	if (boards_count < 2 || n == 0)
		return;
	double *distance = memory_new(2 * n + boards_count, sizeof(*distance));
	double *scratch = distance + n, *centre_of = scratch + n;
	order_running_median(x, n, AROUND_HALF, distance);
	for (size_t i = 0; i < n; i++)
		distance[i] = x[i] - distance[i];
	for (size_t b = 0; b < boards_count; b++) {
		struct stretch s = {0, n}, next;
		while ((next = next_stretch(b, s.from, n, events, events_count)).to < n)
			s.from = next.to;
		struct stretch recent = {since > s.from && since < n ? since : s.from, n};
		if (!stretch_offset(distance, boards, b, recent, scratch, &offsets[b]))
			stretch_offset(distance, boards, b, s, scratch, &offsets[b]);
	}
	memcpy(centre_of, offsets, boards_count * sizeof(*offsets));
	double center = order_median(centre_of, boards_count);
	for (size_t b = 0; b < boards_count; b++) {
		for (struct stretch s = {0, 0}; s.to < n;) {
			s = next_stretch(b, s.to, n, events, events_count);
			remove_of_board(x, distance, boards, n, b, center, s, since, scratch);
		}
		offsets[b] -= center;
	}
	free(distance);
}

// By how much one board moved between the last `side` points before c and the first behind it.
static bool board_moved(const double *x, const size_t *boards, size_t n, size_t board, size_t c,
			size_t side, double *scratch, double *moved)
{
	size_t from = c > side ? c - side : 0, to = n - c > side ? c + side : n;
	double *before = scratch, *after = scratch + side;
	size_t before_count = 0, after_count = 0;
	for (size_t i = from; i < to; i++) {
		if (boards[i] != board)
			continue;
		if (i < c)
			before[before_count++] = x[i];
		else
			after[after_count++] = x[i];
	}
	if (before_count < SIDE_MIN || after_count < SIDE_MIN)
		return false;
	*moved = order_median(after, after_count) - order_median(before, before_count);
	return true;
}

enum step_owner step_attribute(const double *x, const size_t *boards, size_t n, size_t boards_count,
			       size_t c, size_t side, double shift, size_t *board)
{
	double *scratch = memory_new(2 * side, sizeof(*scratch));
	double *moves = memory_new(boards_count, sizeof(*moves));
	size_t known = 0, movers = 0, mover = 0;
	double largest = 0;
	bool others_stayed = true;
	for (size_t b = 0; b < boards_count; b++) {
		moves[b] = NAN;
		if (!board_moved(x, boards, n, b, c, side, scratch, &moves[b]))
			continue;
		known++;
		if (fabs(moves[b]) > fabs(largest)) {
			largest = moves[b];
			mover = b;
		}
	}
	// The pooled step is a blend of boards that moved and boards that did not, so each is held
	// against the larger of it and the largest move.
	double step = fmax(fabs(shift), fabs(largest));
	for (size_t b = 0; b < boards_count; b++) {
		if (isnan(moves[b]))
			continue;
		if (fabs(moves[b]) >= MOVED * step)
			movers++;
		else if (fabs(moves[b]) >= STAYED * step)
			others_stayed = false;
	}
	free(scratch);
	free(moves);
	*board = mover;
	return known >= 2 && movers == 1 && others_stayed ? STEP_BOARD : STEP_COMMIT;
}
