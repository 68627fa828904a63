// SPDX-License-Identifier: GPL-2.0-or-later
// The constants of the timing room. Those of finding changes (beta to tau_strong) were chosen by the F1
// of tests/bench/timing_power.c, part ci, on its default seeds, with its part null and
// `mmfarm timing simulate` as quiet as before; --held tells whether they hold elsewhere. The method's
// own values are flat there: a fifth more or less of any of them moves F1 by less than 0.01.
#ifndef TIMING_PARAMS_H
#define TIMING_PARAMS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

// X(name, default, least, most, meaning). Whole-numbered ones are counts of points, runs or nights.
#define TIMING_PARAMS(X)                                                                        \
	X(tail, 400, 24, 2000, "points looked at every night")                                  \
	X(min_points, 12, 10, 1000, "valid points before a series is judged")                   \
	X(beta, 3, 0.5, 100, "penalty of one more change point, in units of ln(points)")        \
	X(min_segment, 5, 2, 100, "shortest level the segmentation may assume")                 \
	X(hampel, 4, 1, 100, "excursions this far, in noise units, tell nothing of dependence") \
	X(side, 40, 5, 500, "points on each side of a change that measure it")                  \
	X(side_most, 100, 5, 1000, "the same where neighbours are alike")                       \
	X(beyond, 0.75, 0.5, 1, "chance of a point behind a change lying beyond one before")    \
	X(beyond_young, 0.98, 0.5, 1, "the same of a level of up to `young` points")            \
	X(clip, 2.5, 1, 100, "what one point may weigh in the segmentation")                    \
	X(c_min, 1.5, 0, 100, "step, in noise units, from which medians count in full")         \
	X(min_rel, 0.01, 0, 10, "smallest relative step")                                       \
	X(min_abs, 0, 0, 1e300, "smallest step, in the metric's unit")                          \
	X(tick, 0, 0, 1e300, "resolution of the counter, in the metric's unit; 0: unknown")     \
	X(rho_cap, 0.8, 0, 0.95, "strongest dependence between neighbours corrected for")       \
	X(rho_gate, 1, 0, 100, "weaker dependence is none, in units of 1/sqrt(points)")         \
	X(young, 10, 0, 500, "a level of fewer points must stand apart from the one before")    \
	X(apart, 0.9, 0.5, 1, "by this chance of a new point lying beyond an old one")          \
	X(apart_grown, 0.85, 0.5, 1, "the same of a level that is no longer young")             \
	X(tau_cand, 5, 1, 1000, "evidence of a candidate")                                      \
	X(tau_alert, 6, 1, 1000, "evidence of an alert")                                        \
	X(tau_strong, 8, 1, 1000, "evidence of a strong alert")                                 \
	X(age, 60, 1, 2000, "changes further back than this many points stay as decided")       \
	X(confirm, 2, 1, 100, "nights in a row that must see a change")                         \
	X(duplicate, 5, 0, 100, "changes closer than this many points are the same")            \
	X(retest_points, 10, 2, 500, "new points before a re-test may withdraw an alert")       \
	X(z_sus, 4, 1, 1000, "a fresh point this far off is run again the same night")          \
	X(z_again, 3, 1, 1000, "how far off its re-runs must be to count")                      \
	X(reruns, 3, 1, 20, "re-runs of a suspicious point")                                    \
	X(rerun_budget, 2, 0, 100, "re-run series a board and night")                           \
	X(drift_points, 60, 20, 2000, "points a level must have lasted to be tested for drift") \
	X(drift_z, 4, 1, 100, "evidence of a drift")                                            \
	X(budget_rel, 0.05, 0, 10, "how far a level may be from the pinned release")            \
	X(range_thr, 9, 0, 1000, "cost, in squared noise units, that widens a commit range")    \
	X(missing, 2, 1, 100, "scheduled runs in a row without an expected metric")             \
	X(noise_high, 2.5, 1, 100, "ratio of noise that is reported as risen")                  \
	X(noise_low, 0.4, 0, 1, "ratio of noise that is reported as fallen")                    \
	X(unstable, 0.1, 0, 10, "three noise units above this make a series unstable")          \
	X(freq_tol, 0.02, 0, 1, "how far the clock frequency may be off")                       \
	X(canary_tol, 0.02, 0, 1, "how far the canary loop may be off")                         \
	X(min_reps, 5, 1, 1000, "valid repetitions in a run")                                   \
	X(n_ab, 8, 7, 20, "runs of each image in an A/B confirmation")                          \
	X(ab_alpha, 0.001, 1e-12, 0.5, "significance of an A/B confirmation")

// Whole histories longer than this many points are looked at through overlapping windows.
#define CHANGE_WHOLE_MAX 2000

struct timing_params {
#define PARAM_FIELD(name, value, least, most, meaning) double name;
	TIMING_PARAMS(PARAM_FIELD)
#undef PARAM_FIELD
};

struct timing_params timing_params_default(void);

// Sets one by "name=value". Unknown name, no number, or out of its range: ERROR_USAGE.
struct error *timing_params_set(struct timing_params *p, const char *assignment) ERROR_RESULT;

// Several, "name=value,name=value"; NULL: none.
struct error *timing_params_set_list(struct timing_params *p, const char *list) ERROR_RESULT;

// A number that differs when any constant does; published with every result.
uint64_t timing_params_hash(const struct timing_params *p);

struct timing_param_doc {
	const char *name, *meaning;
	double value, least, most;
};

// The i-th constant, or a NULL name behind the last.
struct timing_param_doc timing_params_doc(size_t i);

#endif
