// SPDX-License-Identifier: GPL-2.0-or-later
// Makes the points of a series from the repetitions inside runs.
//
// A run is one boot of one image on one board and gives one number. Its repetitions share the memory
// layout and temperature of that boot, so they are not independent and are no points of their own.
#ifndef TIMING_POINTS_H
#define TIMING_POINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "timing/metric.h"

// Why a point is kept from the detector; 0: valid.
enum point_flag {
	POINT_SHORT = 1,     // too few valid repetitions
	POINT_FREQUENCY = 2, // the clock ran at another frequency
	POINT_THERMAL = 4,   // the canary loop ran at another speed
	POINT_INVALID = 8,   // splat, reset, truncated output, wrong image
};

// Why the run was made.
enum run_purpose {
	PURPOSE_SCHEDULED,
	PURPOSE_RERUN, // of a suspicious run of the same batch
	PURPOSE_AB,    // of an A/B confirmation: never a point of the series
};

// What one run says about one metric. Strings are borrowed and must outlive what is made of it.
struct timing_run {
	const char *id, *batch, *board, *commit, *build;
	int64_t time_ns;  // start, UTC
	int64_t position; // of the commit in first-parent order
	enum run_purpose purpose;
	const double *reps; // raw, in the metric's unit, in the order measured; NULL when the
	size_t reps_count;  // payload sends only a summary
	double min, median, p90, max; // the summary
	size_t summary_count;
	double frequency;                // of the canary loop, cycles/s; 0: unknown
	double canary_start, canary_end; // of its fixed loop, any unit; 0: unknown
	bool invalid;                    // see POINT_INVALID
	bool absent;                     // the run was to measure the metric and did not
};

struct point {
	int64_t position;
	int64_t time_ns;              // of its first run
	size_t board;                 // index into series_points.boards
	double value;                 // NaN-free; 0 when there was nothing to aggregate
	unsigned flags;               // of enum point_flag
	size_t first_run, runs_count; // in series_points.order
};

struct series_points {
	struct point *points; // ascending by position, then time
	size_t count;
	const char **boards; // borrowed names, in order of appearance
	size_t boards_count;
	const struct timing_run **order; // the runs behind the points, grouped by point
	size_t order_count;
	enum metric_aggregate aggregate; // the one in use, never AUTO
	bool aggregate_switched;         // AUTO left the usual one
	double noise_min, noise_median;  // relative, when AUTO compared them; else 0
};

// Points of a series from all its runs, in any order. `usual` is what AGGREGATE_AUTO starts as:
// the minimum for bare-metal firmware, the median for Linux payloads. Several runs of one commit
// on one board in one batch are one point, the median of their aggregates. Absent runs and those
// of an A/B give none. The caller frees with series_points_deinit().
void series_points_build(const struct timing_run *runs, size_t count, const struct metric_spec *m,
			 enum metric_aggregate usual, const struct timing_params *p,
			 struct series_points *out);
void series_points_deinit(struct series_points *s);

// One run's number; false when it has fewer than p->min_reps valid repetitions. Repetitions that
// are zero, negative or not finite (a wrapped or dead counter) are dropped from times and cycles.
bool run_aggregate(const struct timing_run *run, const struct metric_spec *m,
		   enum metric_aggregate aggregate, const struct timing_params *p, double *out);

// Boards with more than this many flagged points in a row are unstable.
#define BOARD_UNSTABLE_AFTER 3

// Flagged points in a row at the end of a board's points.
size_t board_flagged_run(const struct series_points *s, size_t board);

#endif
