// SPDX-License-Identifier: GPL-2.0-or-later
// Compares a report with what earlier batches of the job showed. For report_build.c only.
#ifndef RESULTS_REPORT_HISTORY_H
#define RESULTS_REPORT_HISTORY_H

#include "base/error.h"

struct batch_report;
struct store;

// Marks problems that are known and since when, and lists what is fixed.
struct error *report_add_history(struct batch_report *r, struct store *store) ERROR_RESULT;

#endif
