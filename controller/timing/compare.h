// SPDX-License-Identifier: GPL-2.0-or-later
// Compares two classes of boards (two CPUs, pools, variants, commits ...) on many metrics.
//
// The unit of replication is the board. Repetitions and runs of one board are not independent; taken
// as samples, they would show the difference of two boards as one of their CPUs.
#ifndef TIMING_COMPARE_H
#define TIMING_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "timing/metric.h"

enum compare_question {
	QUESTION_LEVEL,  // is class 1 slower than class 2?
	QUESTION_CHANGE, // did the change from OLD to NEW cost class 1 more than class 2?
};

// One board's numbers of one metric: run aggregates, valid ones only. Borrowed.
struct compare_cell {
	const double *values; // QUESTION_CHANGE: of NEW
	size_t count;
	const double *old;
	size_t old_count;
};

// What is shown about a board; strings borrowed, NULL or 0: not known.
struct compare_board {
	const char *name;
	uint64_t midr;
	int bbm; // BBM level the board reported; -1: unknown
	double clock_hz;
	const char *build; // image ids, a list when there are several
	int64_t first_ns, last_ns;
	size_t runs;
};

struct compare_class {
	const char *label;
	const struct compare_board *boards;
	size_t boards_count;
	bool exact; // instruction-counting emulators
};

struct compare_metric {
	const struct metric_spec *metric;
	const struct compare_cell *cells[2]; // [class][board], as many as the class has boards
};

struct compare_input {
	const char *key; // names the comparison; seeds the resampling
	enum compare_question question;
	struct compare_class classes[2];
	const struct compare_metric *metrics;
	size_t metrics_count;
};

enum compare_method {
	METHOD_BOARDS,    // three boards or more in each class
	METHOD_WEAK,      // two
	METHOD_ONE_BOARD, // one: true of these boards, not attributable to the CPU
	METHOD_EXACT,     // instruction count: no error to estimate
	METHOD_MISSING,   // a class has no board with enough runs
	METHOD_PAIRS,     // three boards or more, the same in both classes
};

// One line about how far a method's figures carry.
const char *compare_method_label(enum compare_method m);

enum compare_claim {
	CLAIM_NONE,      // not tested: one board, or missing
	CLAIM_DIFFERENT, // Holm-adjusted p < 0.05 and at least min_rel apart
	CLAIM_SAME,      // 90 % interval inside 1 +- min_rel
	CLAIM_OPEN,      // not distinguishable
	CLAIM_EXACT,     // the ratio is what it is; 1 up to a step of the counter (metric_same())
};

const char *compare_claim_label(enum compare_claim c);

struct comparison {
	const struct metric_spec *metric;
	enum compare_method method;
	enum compare_claim claim;
	bool tested; // has a p value
	bool has_interval;
	double ratio;               // class 1 / class 2 (QUESTION_CHANGE: ratio of ratios)
	double low, high;           // 95 %
	double low90, high90;       // 90 %
	double p, holm, bh;         // raw, adjusted; 1 when not tested
	double before[2], after[2]; // levels of the classes; before only for QUESTION_CHANGE
	size_t boards[2], runs[2];  // that took part
	size_t dropped;             // wild runs left out
};

// Least valid runs that make a board's value; one of an exact class.
#define COMPARE_RUNS_MIN 5

// results[i] belongs to metrics[i].
void compare_metrics(const struct compare_input *in, const struct timing_params *p,
		     struct comparison *results);

// Whether the figures carry further than the boards they were measured on: not of one board, and not
// of a metric that is missing.
bool compare_may_claim(const struct comparison *r);

// How large the difference is in units of the least that counts (the metric's `min_rel`, or the
// room's), on the logarithmic scale; 0 when the metric is missing.
double compare_effect(const struct comparison *r, const struct timing_params *room);

// A ratio as a difference with three significant digits: "+5.23 %", "-0.0412 %", "0 %"; from tenfold on,
// and up to a tenth, as "53.4 times". Owned by the caller.
char *compare_size_text(double ratio);

struct compare_mean {
	enum metric_kind kind;
	bool known, has_interval;
	double ratio, low, high; // geometric mean and its interval of 95 %
	size_t used, total;      // metrics of the kind
};

// Geometric mean of the ratios of one kind, over metrics with a direction, present and positive in
// both classes; ratios of metrics where more is better count upside down. left_out[i] says whether
// metrics[i] is of the kind and was not used. The interval resamples boards 2,000 times from a seed
// made of the key; none below three boards a class.
struct compare_mean compare_geometric_mean(const struct compare_input *in,
					   const struct comparison *results, enum metric_kind kind,
					   bool *left_out);

#endif
