// SPDX-License-Identifier: GPL-2.0-or-later
// Shared by the parts of series_evaluate(); nobody else includes it but their tests.
#ifndef TIMING_EVALUATE_WORK_H
#define TIMING_EVALUATE_WORK_H

#include "timing/evaluate/evaluate.h"

struct evaluate_work {
	struct evaluator *evaluator;
	const struct series_input *in;
	struct timing_params p; // with the metric's own
	struct series_state *state;
	struct evaluation *out;
	char *key;     // printed
	double *x;     // out->values on their scale
	double *raw;   // the same before offsets were taken out
	size_t *board; // of each valid point
	size_t n;      // out->valid_count
};

const struct point *work_point(const struct evaluate_work *w, size_t i);
struct place work_place(const struct evaluate_work *w, size_t i);

// Index of the first valid point at or behind a place; n when none.
size_t work_index(const struct evaluate_work *w, struct place place);

// Whether the point at a place may still be looked at, and whether there are points older than those.
bool work_sees(const struct evaluate_work *w, struct place place);
bool work_is_cut(const struct evaluate_work *w);

// Its commit: of the point's first run.
const char *work_commit(const struct evaluate_work *w, size_t i);

// +1: more is worse, -1: less is worse, 0: neither.
int work_worse(const struct evaluate_work *w);
enum alert_effect work_effect(const struct evaluate_work *w, double shift);

// Median of the points [from, to) on the scale.
double work_level(const struct evaluate_work *w, size_t from, size_t to);

// First valid point of the level that the newest belongs to.
size_t work_level_start(const struct evaluate_work *w);

void work_note(struct evaluate_work *w, const char *fmt, ...) ERROR_PRINTF(2, 3);
struct wish *work_wish(struct evaluate_work *w, enum wish_kind kind);

// Whether an alert of this kind is open already; with a board, for that board.
struct alert *work_open_alert(const struct evaluate_work *w, enum alert_kind kind,
			      const char *board);

// A step alert whose numbers are taken from the points around index c.
struct alert *work_raise_step(struct evaluate_work *w, enum alert_kind kind, enum alert_state state,
			      size_t c, double shift, double t, const char *reason);

// Keeps what an alert was raised upon.
void work_prove(const struct evaluate_work *w, struct alert *a);

// The level in front of an alert's place, by its proof, in the metric's unit.
double alert_level_before(const struct alert *a);

// Brings an alert's place, size, range and evidence up to date with a change at index c. Leaves the
// alert alone when points that once measured the level in front of it have left the view.
void work_measure(const struct evaluate_work *w, struct alert *a, size_t c, double shift, double t);

// Says of a change just raised what it does to earlier alerts: one whose level it brings back is
// FIXED, one that was fixed and whose level it brings again is linked.
void work_relate(struct evaluate_work *w, struct alert *a, double tolerance);

void evaluate_steps(struct evaluate_work *w);
void evaluate_retest(struct evaluate_work *w);
void evaluate_boards(struct evaluate_work *w);
void evaluate_fresh(struct evaluate_work *w);
void evaluate_exact(struct evaluate_work *w);
void evaluate_watches(struct evaluate_work *w);
void evaluate_wishes(struct evaluate_work *w);

#endif
