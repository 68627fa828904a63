// SPDX-License-Identifier: GPL-2.0-or-later
// What the page-table sanitizer reported of a run: a channel of its own in the run's directory, beside
// the console. It becomes tests (mmfarm.ptsan.RULE, mmfarm.ptsan.report) and findings of class "ptsan".
#ifndef RUN_SANITIZE_H
#define RUN_SANITIZE_H

#include "run/evidence.h"
#include "run/plan.h"
#include "sanitizer/describe.h"

// Whether the job or the board's file asks for it.
bool sanitize_is_asked(const struct plan *plan);

// Writes ptsan.symbols: names of the addresses that the report has, by the job's `symbols:` or the
// payload's own. Without a report nothing; names that cannot be had are left out.
struct error *sanitize_write_names(const char *run_dir, const struct plan *plan) ERROR_RESULT;

// Adds the report's findings and tests to the evidence, judged for the capability that job, payload or
// board name. `ran`: the board ran, so that a report is missed where there is none. An error is of
// reading the files.
struct error *sanitize_take(const char *run_dir, const struct plan *plan, bool ran,
			    struct evidence *e) ERROR_RESULT;

// After wants were held against the findings: a test of which all findings were wanted is wanted to
// fail.
void sanitize_excuse_tests(struct evidence *e);

struct sanitize_files {
	bool found; // there is a report
	struct sanitizer_report report;
	struct address_names names;
};
struct error *sanitize_files_read(const char *run_dir, struct sanitize_files *out) ERROR_RESULT;
void sanitize_files_deinit(struct sanitize_files *f);
#define CLEANUP_SANITIZE_FILES CLEANUP(sanitize_files_deinit)

#endif
