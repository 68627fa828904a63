// SPDX-License-Identifier: GPL-2.0-or-later
// Findings that are known issues. Pure.
#ifndef TRIAGE_KNOWN_H
#define TRIAGE_KNOWN_H

#include "base/buffer.h"
#include "config/issues.h"
#include "triage/findings.h"

// What became of an issue, as the history tells.
struct known_state {
	size_t sightings;      // that it stands for
	size_t signatures;     // different ones among them; tests and reasons count as such
	size_t last;           // batch in which it was seen last, or HISTORY_NONE
	bool ambiguous;        // several signatures, and it does not say that it is broad
	bool unseen;           // for as many batches as it says: it may go
	bool seen_again;       // resolved, and the last batch shows it
	uint32_t first_two[2]; // symptoms, of an ambiguous one
};

// Whether an issue stands for a symptom in a run.
bool known_fits(const struct known_issue *i, const struct history *h, const struct symptom *s,
		const struct history_run *r);

// Fills a state for each issue.
void known_look(const struct issues_config *issues, const struct history *h,
		struct known_state *states);

// Makes findings KNOWN of which every run of the batch is one of the same issue's. An issue that is
// ambiguous or resolved excuses nothing.
void known_apply(const struct issues_config *issues, const struct known_state *states,
		 struct findings *f);

// Appends a draft of an issue for a symptom of a run, as YAML.
void known_draft(const struct history *h, const struct symptom *s, const struct history_run *r,
		 struct buffer *out);

// Appends a line for each issue that is ambiguous, unseen or seen again.
void known_warn(const struct issues_config *issues, const struct known_state *states,
		const struct history *h, struct buffer *out);

#endif
