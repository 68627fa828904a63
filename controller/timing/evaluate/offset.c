// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/evaluate/offset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "timing/statistics/order.h"

#define AROUND_HALF 10 // points on each side among which the other boards are looked for
#define OTHERS_MIN  3  // of them, to say where the others are
#define ROUNDS      2  // one is enough for two boards; more boards settle in the second
#define OFFSET_MIN  5  // points that make an offset
#define SIDE_MIN    3  // points of a board on a side that show whether it moved
#define MOVED       0.6
#define STAYED      0.2

struct stretch {
	size_t from, to; // of one board between its own events
};

// How far point i is from the other boards' points around it. A running median of all boards will
// not do: of two boards that take turns it always follows the one in its middle.
static bool distance_to_others(const double *x, const size_t *boards, size_t n, size_t i,
			       double *out)
{
	double others[2 * AROUND_HALF];
	size_t count = 0, from = i > AROUND_HALF ? i - AROUND_HALF : 0;
	size_t to = n - i > AROUND_HALF ? i + AROUND_HALF + 1 : n;
	for (size_t k = from; k < to; k++)
		if (boards[k] != boards[i])
			others[count++] = x[k];
	if (count < OTHERS_MIN)
		return false;
	*out = x[i] - order_median(others, count);
	return true;
}

// The board's offset inside [from, to); false: too few points.
static bool stretch_offset(const double *x, const size_t *boards, size_t n, size_t board,
			   struct stretch s, double *scratch, double *out)
{
	size_t count = 0;
	for (size_t i = s.from; i < s.to; i++)
		if (boards[i] == board && distance_to_others(x, boards, n, i, &scratch[count]))
			count++;
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

// Offset of one board's stretch: since the last settled change where that leaves enough points.
static double offset_of(const double *x, const size_t *boards, size_t n, size_t board,
			struct stretch s, size_t since, double *scratch)
{
	double offset = 0;
	struct stretch recent = {since > s.from ? since : s.from, s.to};
	if (recent.from < recent.to &&
	    stretch_offset(x, boards, n, board, recent, scratch, &offset))
		return offset;
	stretch_offset(x, boards, n, board, s, scratch, &offset);
	return offset;
}

// One round: every stretch moves towards the other boards by the board's share of the distance.
static void remove_round(double *x, double *moved, const size_t *boards, size_t n,
			 size_t boards_count, size_t since, const struct board_event *events,
			 size_t events_count, double *offsets, double *scratch)
{
	double share = (double)(boards_count - 1) / (double)boards_count;
	memcpy(moved, x, n * sizeof(*x));
	for (size_t b = 0; b < boards_count; b++) {
		double offset = 0;
		for (struct stretch s = {0, 0}; s.to < n;) {
			s = next_stretch(b, s.to, n, events, events_count);
			offset = share * offset_of(x, boards, n, b, s, since, scratch);
			for (size_t i = s.from; i < s.to; i++)
				if (boards[i] == b)
					moved[i] -= offset;
		}
		offsets[b] += offset;
	}
	memcpy(x, moved, n * sizeof(*x));
}

void offset_remove(double *x, const size_t *boards, size_t n, size_t boards_count, size_t since,
		   const struct board_event *events, size_t events_count, double *offsets)
{
	for (size_t b = 0; b < boards_count; b++)
		offsets[b] = 0;
	if (boards_count < 2 || n == 0)
		return;
	double *memory = memory_new(2 * n + boards_count, sizeof(*memory));
	double *moved = memory, *scratch = memory + n, *center_of = scratch + n;
	for (int round = 0; round < ROUNDS; round++)
		remove_round(x, moved, boards, n, boards_count, since, events, events_count,
			     offsets, scratch);
	memcpy(center_of, offsets, boards_count * sizeof(*offsets));
	double center = order_median(center_of, boards_count);
	for (size_t i = 0; i < n; i++)
		x[i] += center;
	for (size_t b = 0; b < boards_count; b++)
		offsets[b] -= center;
	free(memory);
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
