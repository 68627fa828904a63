// SPDX-License-Identifier: GPL-2.0-or-later
// Evaluates every series that a batch added to, remembers what changed, and collects the further runs
// that the evaluation wishes.
//
//     night_evaluate(...);          // after results_store_batch()
//     carry out wishes that are chosen, as runs of the same batch (re-runs) or as a batch whose
//     comment is SERIES_AB_COMMENT and the alert's id (A/B)
//     night_evaluate(...) again     // re-runs join their points
//     night_ab_result(...)          // for each A/B
#ifndef RESULTS_NIGHT_H
#define RESULTS_NIGHT_H

#include "results/series/series.h"
#include "timing/ab.h"

struct night_wish {
	struct wish wish; // its strings belong to the report
	bool chosen;      // the night can afford it
	const char *key;  // of the series
};

// An alert that people should be told of, or whose state changed tonight.
struct night_alert {
	char id[ALERT_ID_SIZE];
	const char *key, *metric, *unit;
	enum alert_kind kind;
	enum alert_state state;
	enum alert_effect effect;
	bool failure;              // counts as FAIL of the tested code
	bool tell;                 // new, moved or doubled since people were last told
	const char *run, *variant; // newest run of the series in the batch; "" there is none
	const char *class;         // alert_class_name()
	enum metric_direction direction;
	enum ab_state ab;
	double ab_p;
	unsigned ab_boards, ab_runs;
	double t; // evidence
	double relative, low, high, before, after, shift, sigma;
	struct place from, to;
	size_t incident; // of the open alerts of the code, by commit; SIZE_MAX: none
	bool title;      // gives its incident the name
	const char *commit_from, *commit_to, *board, *reason;
};

struct night_report {
	struct arena arena;
	struct night_wish *wishes;
	size_t wishes_count;
	struct night_alert *alerts; // open, or moved tonight
	size_t alerts_count;
	const char **notes; // for the digest
	size_t notes_count;
	size_t series;
	size_t incidents;
};

void night_report_deinit(struct night_report *r);
#define CLEANUP_NIGHT_REPORT CLEANUP(night_report_deinit)

struct night_options {
	const char *results_dir, *batch;
	struct store *store; // of results_dir; has the batch's runs
	int64_t now_ns;      // UTC; stamps what changes
	struct timing_params params;
	const struct job_config *job; // of the batch; NULL: its metrics are as they look
	series_platform platform;
	const void *platform_context;
	bool mark_told; // the report reaches people: do not tell them again
};

// Evaluating again with the same now_ns is the same night: what moved in it is in each report.
struct error *night_evaluate(const struct night_options *o, struct night_report *out) ERROR_RESULT;

// Records that the farm took a wish on, so that it is not wished again.
struct error *night_book(const char *results_dir, const struct wish *wish,
			 const char *key) ERROR_RESULT;

// Records what an A/B confirmation found.
struct error *night_ab_result(const char *results_dir, const char *key, const char *alert,
			      const struct ab_outcome *outcome, int64_t now_ns) ERROR_RESULT;

#endif
