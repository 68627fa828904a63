// SPDX-License-Identifier: GPL-2.0-or-later
// The findings of a batch: what went wrong, each once, held against earlier batches of its job. Pure.
//
// A class changes on evidence only. NEW and FIXED are `confirmed` when the present runs differ from the
// earlier ones by more than luck (below 1 %, whatever shows it) and, for NEW, at least two runs on two
// boards show it.
#ifndef TRIAGE_FINDINGS_H
#define TRIAGE_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "triage/history.h"

#define FINDINGS_LUCK 0.01 // what luck may have to do with a change of class

enum finding_class {
	FINDING_NEW,
	FINDING_SETUP_CHANGED, // as NEW, but the same payload did well before on another emulator...
	FINDING_STILL,
	FINDING_FLAKY,
	FINDING_LOST_COVERAGE, // for the second batch the lab brings no result where there was one
	FINDING_INFRA,
	FINDING_FIXED,
	FINDING_KNOWN,
	FINDING_CLASSES,
};

struct finding_pool {
	uint32_t pool;       // word
	size_t shown, tried; // boards
};

// Runs that show it, of those that could have.
struct finding_count {
	size_t shown, tried;
};

struct attribution; // attribution.h
struct known_issue; // config/issues.h

struct triage_finding {
	enum finding_class class;
	bool confirmed;
	bool wanted;   // KNOWN: the job asks for it
	bool returned; // seen in the loaded batches, and then not, before it came again
	size_t symptom;
	const size_t *also; // symptoms that the same runs show
	size_t also_count;
	struct finding_count now;    // in the batch; of FIXED: since it was last seen
	struct finding_count before; // in the batches before it began; of FIXED: while it was seen
	size_t boards, boards_tried;
	const struct finding_pool *pools; // those that show it
	size_t pools_count;
	struct finding_count others;     // boards of the other pools
	size_t first_bad, last_good;     // batches, or HISTORY_NONE
	size_t last_bad;                 // of FIXED
	size_t disagree;                 // clean runs of cells between two that show it
	double chance;                   // that luck gives this change
	size_t example;                  // the run to look at
	const struct sighting *sighting; // there
	uint32_t setup_old,
	    setup_new;        // words, of SETUP-CHANGED and where both changed; 0: the same
	enum attribute setup; // what changed
	const struct attribution *who;   // NULL: not looked for
	const struct known_issue *issue; // KNOWN: that it is; NULL: none
};

struct findings {
	struct arena arena;
	const struct history *history;
	struct triage_finding *items; // by class, then by how many show it
	size_t count;
	size_t by_class[FINDING_CLASSES];
};

// Of the history's last batch. The history has to live longer.
void findings_find(const struct history *h, struct findings *out);
// Puts them in order again, once classes were changed.
void findings_sort(struct findings *f);
void findings_deinit(struct findings *f);
#define CLEANUP_FINDINGS CLEANUP(findings_deinit)

const char *finding_class_name(enum finding_class c); // "NEW", "SETUP-CHANGED"

// Whether somebody has to act on it: the code's, the test's or the lab's side. KNOWN and FIXED are nobody's.
bool finding_is_red(const struct triage_finding *f);

#endif
