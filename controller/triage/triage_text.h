// SPDX-License-Identifier: GPL-2.0-or-later
// Findings for people and programs.
#ifndef TRIAGE_TEXT_H
#define TRIAGE_TEXT_H

#include "base/buffer.h"
#include "text/json_writer.h"
#include "triage/findings.h"

#define TRIAGE_LINES 5 // of a finding, at most

// Appends a line on the batch, and each finding in TRIAGE_LINES lines at most; those of KNOWN are one line
// each. The lines are as long as they are.
void triage_write_text(const struct findings *f, struct buffer *out);

// Writes the findings as one JSON object.
void triage_write_json(const struct findings *f, struct json_writer *w);

// Appends "WARN in split_guard", the path of a test, or a run's reason.
void symptom_title(const struct symptom *s, struct buffer *out);

// Appends "3/3 bbml2 boards, 0/5 others".
void finding_where(const struct findings *all, const struct triage_finding *f, struct buffer *out);

// Appends since when, or until when.
void finding_window(const struct findings *all, const struct triage_finding *f, struct buffer *out);

// Appends the counts that make it sure, or what is not sure about it.
void finding_evidence(const struct findings *all, const struct triage_finding *f,
		      struct buffer *out);

#endif
