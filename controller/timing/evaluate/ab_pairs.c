// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/evaluate/alert.h"

static struct place place_of(const struct point *p)
{
	return (struct place){p->position, p->time_ns};
}

// The newest run of the board at or before `from`, and the oldest at or behind `to`.
static bool find_pair(const struct series_points *points, const struct alert *a, size_t board,
		      struct ab_pair *out)
{
	*out = (struct ab_pair){{NULL, NULL}};
	for (size_t i = 0; i < points->count; i++) {
		const struct point *p = &points->points[i];
		if (p->board != board || p->flags)
			continue;
		const struct timing_run *run = points->order[p->first_run];
		if (place_compare(place_of(p), a->from) <= 0)
			out->run[AB_OLD] = run;
		if (!out->run[AB_NEW] && place_compare(place_of(p), a->to) >= 0)
			out->run[AB_NEW] = run;
	}
	return out->run[AB_OLD] && out->run[AB_NEW];
}

static size_t board_of_alert(const struct series_points *points, const struct alert *a)
{
	for (size_t i = 0; i < points->count; i++)
		if (place_compare(place_of(&points->points[i]), a->place) >= 0)
			return points->points[i].board;
	return 0;
}

unsigned ab_pairs(const struct series_points *points, const struct alert *a,
		  struct ab_pair pairs[2])
{
	size_t first = board_of_alert(points, a);
	unsigned boards = find_pair(points, a, first, &pairs[0]);
	for (size_t b = 0; b < points->boards_count && boards < 2; b++)
		if (b != first && find_pair(points, a, b, &pairs[boards]))
			boards++;
	return boards;
}
