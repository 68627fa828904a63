// SPDX-License-Identifier: GPL-2.0-or-later
// What the timing room found, as text, JSON and pages: a comparison of two classes, and alerts.
#ifndef RESULTS_TIMING_REPORT_H
#define RESULTS_TIMING_REPORT_H

#include "base/buffer.h"
#include "results/series/series.h"
#include "text/table.h"
#include "timing/compare.h"
#include "timing/evaluate/alert.h"
#include "timing/evaluate/evaluate.h"

// Two classes and what compare_metrics() made of them; borrowed but for `order`.
struct compare_report {
	struct timing_params params;
	const struct comparison_data *data;
	const struct comparison *results; // one a metric of the data
	// The results by how far they lie over the least difference that counts: first those that
	// allow a claim, then the others.
	const struct comparison **order; // owned; compare_report_rank() makes it
	size_t said;                     // how many allow a claim
};

// Puts the results in order; to be called before the report is written.
void compare_report_rank(struct compare_report *c);
void compare_report_deinit(struct compare_report *c);

// Prints tables of the boards, the metrics and the means, for people, in lines of `room` columns (0: of
// any length). Returns how many columns of the tables are left out.
size_t compare_report_text(const struct compare_report *c, size_t room, FILE *out);
// Appends the same as one JSON document and a line break (docs/timing.md).
void compare_report_json(const struct compare_report *c, struct buffer *out);
// Appends the same as a page with pictures.
void compare_report_html(const struct compare_report *c, struct buffer *page);

// Alerts for people, a row each; `key` names the series.
struct table alert_report_table(void);
void alert_report_row(const char *key, const struct alert *a, struct table *t);
// Appends the same as a JSON object and a line break. The alert has a history.
void alert_report_json(const char *key, const struct alert *a, struct buffer *out);
// Appends a page: the series drawn, and `text` about the alert. `e` is an evaluation of the series.
void alert_report_html(const struct alert *a, const struct stored_series *s,
		       const struct evaluation *e, const struct series_state *state,
		       const char *text, struct buffer *page);

#endif
