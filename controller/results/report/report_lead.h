// SPDX-License-Identifier: GPL-2.0-or-later
// Where problems came from, as far as the code's tree tells. For report_build.c only.
#ifndef RESULTS_REPORT_LEAD_H
#define RESULTS_REPORT_LEAD_H

struct batch_report;

// Completes the leads of the first problems from r->tree. What the tree does not tell is said in them.
void report_follow_leads(struct batch_report *r);

#endif
