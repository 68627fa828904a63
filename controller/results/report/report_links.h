// SPDX-License-Identifier: GPL-2.0-or-later
// Links of a page to the files of its runs, and the consoles that it carries itself. For report_html.c.
#ifndef RESULTS_REPORT_LINKS_H
#define RESULTS_REPORT_LINKS_H

#include "results/report/report.h"

// Appends `text` as a link to a run's file; as mere text where nothing can be pointed at.
void report_put_link(const struct batch_report *r, const struct run *run, const char *file,
		     const char *text, struct buffer *out);

// The same to its console; `line` (MODEL_UNKNOWN: none) is one that a problem points at.
void report_put_console_link(const struct batch_report *r, const struct run *run, int64_t line,
			     const char *text, struct buffer *out);

// Appends the consoles that links lead to, when the page is to carry them.
void report_put_consoles(const struct batch_report *r, struct buffer *out);

#endif
