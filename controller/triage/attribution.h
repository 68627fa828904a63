// SPDX-License-Identifier: GPL-2.0-or-later
// Which attribute explains who shows a finding. Pure.
//
// The units are cells: one variant on one board, however often it was run. Each claim is tested as a
// whole over the cells, its part on boards over boards, its part on runs over the cells of these boards.
#ifndef TRIAGE_ATTRIBUTION_H
#define TRIAGE_ATTRIBUTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "text/json_writer.h"
#include "triage/findings.h"
#include "triage/population.h"

enum cause {
	CAUSE_UNKNOWN,    // nothing explains it
	CAUSE_EVERYTHING, // every cell shows it
	CAUSE_CODE,
	CAUSE_BOARD, // one board
	CAUSE_LAB,   // what boards share in the lab, or the course of the night
	CAUSE_SETUP, // emulator, firmware
};

enum doubt {
	DOUBT_NONE,
	DOUBT_FEW,     // too few cells show it
	DOUBT_BOARDS,  // too few boards show it, or luck with boards could do it
	DOUBT_LUCK,    // luck could do it
	DOUBT_EFFECT,  // too many of the set do not show it, or too many others do
	DOUBT_RIVAL,   // something else fits nearly as well
	DOUBT_PARTING, // what is named cannot be told apart from something else
};

#define EQUALS_MAX   6
#define PARTINGS_MAX 4

// What else is true of the very same cells, in place of term `term`.
struct equal_term {
	size_t term;
	struct term other;
	bool another; // not the same matter by another name, nor a mere matter of order
};

// A run that would part what cannot be told apart.
struct parting_run {
	uint32_t board, variant; // words
};

struct attribution {
	enum cause cause;
	enum doubt doubt; // DOUBT_NONE: the claim is sure
	struct hypothesis claim;
	struct equal_term equals[EQUALS_MAX];
	size_t equals_count;
	struct hypothesis rival;           // of DOUBT_RIVAL
	struct finding_count inside;       // cells of the set
	struct finding_count outside;      // the others
	struct finding_count boards;       // of the set, in the variants of the set
	struct finding_count other_boards; // in the same variants
	struct finding_count revisions;    // CPU revisions within the set
	double luck, luck_boards, luck_runs;
	struct parting_run partings[PARTINGS_MAX];
	size_t partings_count;
	bool partable; // the runs part it all
};

// Of a finding of the history's last batch (not FIXED). `ran` (or NULL) says which runs of the batch, by
// place in it, carried the test out.
void attribution_find(const struct history *h, const struct triage_finding *f, const bool *ran,
		      struct attribution *out);

// Makes doubtful again what is not sure among so many (Benjamini and Yekutieli's correction, which holds
// for tests that depend on each other).
void attribution_correct(struct attribution *const *all, size_t count);

// Appends the claim in one line: "the code: variant premap, capability BBML2: 3/3 boards against 0/5, all
// revisions (luck 0.2 %)".
void attribution_sentence(const struct history *h, const struct attribution *a, struct buffer *out);

// Writes a count as the member `key` of an object.
void finding_count_json(const char *key, struct finding_count c, struct json_writer *w);

// Writes it as the member "who" of an object.
void attribution_json(const struct history *h, const struct attribution *a, struct json_writer *w);

const char *cause_name(enum cause c); // "code"

#endif
