// SPDX-License-Identifier: GPL-2.0-or-later
// Writes a batch in the formats of other tools. What a format cannot express is left out. MISS does not
// exist in JUnit and TAP; it is written as an error, since somebody has to act.
#ifndef RESULTS_EXPORT_H
#define RESULTS_EXPORT_H

#include "base/buffer.h"
#include "record/model.h"

// JUnit XML as Apache Ant's schema (JUnit.xsd) and Jenkins' (junit-10.xsd) both take it: a
// testsuite a run, a testcase for the boot, each test and each metric.
void export_junit(const struct batch_results *b, struct buffer *out);

// TAP version 13: a line a result, "# SKIP", and for expected failures "# TODO"; what is not ok has
// a YAML block with its run, verdict and reason.
void export_tap(const struct batch_results *b, struct buffer *out);

// CSV (RFC 4180) with a header: a line for each run, test and metric.
void export_csv(const struct batch_results *b, struct buffer *out);

#endif
