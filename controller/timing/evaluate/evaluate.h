// SPDX-License-Identifier: GPL-2.0-or-later
// Evaluates one series after a batch: its runs go in, alerts and wishes for further runs come out.
//
// How the farm calls it:
//
//     struct evaluator e;              // once, for any number of series
//     evaluator_init(&e, &params);
//     for each series:
//             series_state_parse(...) or {0};
//             series_evaluate(&e, &input, &state, &result);
//             series_state_print(...), publish state.alerts, collect result.wishes
//     wishes_choose(...);              // what the night can afford
//     evaluator_deinit(&e);
//
// When wished runs have been made, the series is evaluated again under the same batch: a re-run
// joins the point it repeats, an A/B ends in alert_ab_result(). Evaluating twice with nothing new
// changes nothing.
#ifndef TIMING_EVALUATE_H
#define TIMING_EVALUATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "timing/evaluate/alert.h"
#include "timing/evaluate/change.h"
#include "timing/evaluate/fresh.h"
#include "timing/points.h"

struct series_input {
	struct series_key key;
	struct metric_spec metric;
	enum metric_aggregate usual;   // what AGGREGATE_AUTO starts as for this payload
	const struct timing_run *runs; // in any order; the last few hundred are enough
	size_t runs_count;
	bool older_runs;   // there are older ones, which were left out
	const char *batch; // the one just finished
	int64_t now_ns;    // stamps the transitions (UTC)
	bool has_baseline; // a release is pinned
	int64_t baseline;  // its position
	bool closed;       // no longer declared: nothing is judged
};

enum wish_kind {
	WISH_RERUN,  // run this run's image again on its board
	WISH_AB,     // book an A/B confirmation between two commits
	WISH_BISECT, // run the commits between two that are known
};

struct wish {
	enum wish_kind kind;
	const char *run, *board; // WISH_RERUN and WISH_AB: the run to repeat; borrowed from input
	unsigned times;          // runs
	char alert[ALERT_ID_SIZE];
	char *commit_from, *commit_to; // WISH_AB: OLD and NEW; WISH_BISECT: the ends; owned
	double size;                   // |z|: the largest go first
};

// Lines for the weekly digest, one sentence each.
struct note {
	char *text;
};

enum series_standing {
	STANDING_LEARNING, // too few points
	STANDING_OK,
	STANDING_UNSTABLE,      // so noisy that only strong changes alert
	STANDING_INFORMATIONAL, // host time of an emulator: never alerts
	STANDING_CLOSED,
};

const char *series_standing_name(enum series_standing s);

struct evaluation {
	enum series_standing standing;
	struct series_points points; // borrowed strings and runs of the input
	size_t *valid;               // indices of the valid points looked at, ascending
	double *values;              // their values with board offsets taken out
	double *offsets;             // of points.boards, on the scale
	size_t valid_count;
	struct change *changes; // indices into `valid`
	size_t changes_count;
	struct scale scale;
	size_t season; // period of a pattern that was taken out before anything was judged; 0: none
	struct dependence dependence;
	double sigma;
	bool *outliers; // of points.points: suspicious, and its re-runs said otherwise
	struct wish *wishes;
	size_t wishes_count;
	struct note *notes;
	size_t notes_count;
};

void evaluation_deinit(struct evaluation *e);
#define CLEANUP_EVALUATION CLEANUP(evaluation_deinit)

struct evaluator {
	struct timing_params params;
	struct detector detector;
};

void evaluator_init(struct evaluator *e, const struct timing_params *params);
void evaluator_deinit(struct evaluator *e);

// Changes *state as the night demands. Deterministic; the caller owns `out`.
void series_evaluate(struct evaluator *e, const struct series_input *in, struct series_state *state,
		     struct evaluation *out);

// Marks in chosen[] the wishes the night can afford: at most `rerun_budget` re-runs on a board,
// largest first; wishes to repeat the same run are one. Others are always chosen.
void wishes_choose(const struct wish *const *wishes, size_t count, const struct timing_params *p,
		   bool *chosen);

// ---- replay -------------------------------------------------------------------------------------

// Plays a recorded series as if each value were a night's only run, without re-runs: what would
// have been raised, and when.

// Leaves in *state what the nights made of values[0..n), all finite; alerts' places have the index
// as position, their transitions the index of the night as time.
void replay_nights(struct evaluator *e, const double *values, size_t n, struct series_state *state);

// The night that raised an alert; SIZE_MAX for one that was never more than a candidate.
size_t replay_raised(const struct alert *a);

// Changes of an exact series of n runs with `width` numbers each: indices of runs that differ from
// the one before by more than a `tick` and that the next run repeats. Returns how many; `out`
// holds n.
size_t replay_exact(const double *runs, size_t n, size_t width, double tick, size_t *out);

// ---- explain ------------------------------------------------------------------------------------

// Explains an alert as text: every input and every value of the formulas.

// One block of lines: what the alert says of itself.
void alert_describe(const struct alert *a, const char *unit, struct buffer *out);

// The alert's history, one line a transition; times as RFC 3339 are the caller's business, so
// `time_text` makes them.
void alert_history(const struct alert *a, void (*time_text)(int64_t ns, struct buffer *out),
		   struct buffer *out);

// The points on both sides of a step as they are now, and what the formulas make of them. `e` is an
// evaluation of the alert's series with the same parameters.
void alert_explain(const struct alert *a, const struct evaluation *e, const struct timing_params *p,
		   struct buffer *out);

#endif
