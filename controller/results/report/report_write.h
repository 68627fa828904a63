// SPDX-License-Identifier: GPL-2.0-or-later
// The forms a report takes.
#ifndef RESULTS_REPORT_WRITE_H
#define RESULTS_REPORT_WRITE_H

#include "base/buffer.h"
#include "results/report/report.h"

void report_write_text(const struct batch_report *r, struct buffer *out);

// One file that needs no other: style inside, no script, readable from 400 pixels on.
void report_write_html(const struct batch_report *r, struct buffer *out);

// The part on timings; nothing when there is none to tell.
void report_write_timing_text(const struct batch_report *r, struct buffer *out);
void report_write_timing_html(const struct batch_report *r, struct buffer *out);

// Appends the URL of a run's file where the batch says where files are served, its path otherwise.
void report_file_url(const struct batch_report *r, const struct run *run, const char *file,
		     struct buffer *out);

#endif
