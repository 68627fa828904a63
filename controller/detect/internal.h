// SPDX-License-Identifier: GPL-2.0-or-later
// The detector's parts put together. Text goes down through
//   frame -> repair -> rules -> boot, record, ktap, assemble
// and events go up through emit. Private to controller/detect/.
#ifndef DETECT_INTERNAL_H
#define DETECT_INTERNAL_H

#include "detect/assemble.h"
#include "detect/boot.h"
#include "detect/detect.h"
#include "detect/frame.h"
#include "detect/ktap.h"
#include "detect/prefix_learn.h"
#include "detect/record.h"
#include "detect/repair.h"
#include "detect/rules.h"

struct detect {
	unsigned mask;
	int64_t idle_ns;
	int64_t now_ns;       // of the call in progress
	int64_t last_byte_ns; // when bytes last came
	uint64_t peeked;      // end of the unfinished line that the idle timer has shown
	bool ended;
	bool explained; // something was said about the message in progress
	detect_fn *fn;  // of the call in progress
	void *arg;

	struct frame frame;
	struct prefix_learner prefixes;
	uint32_t kernel_tags; // lines that a system log gives to the kernel by name
	struct repair repair;
	struct assembler assembler;
	struct boot boot;
	struct ktap ktap;
	struct records records;

	uint8_t comment;         // of the line before: bytes of a comment's mark, 0 none
	char comment_byte;       // of which mark
	bool hard_blanks;        // the log has no-break spaces
	bool json;               // its lines are records of JSON
	bool exported;           // it is a journal's export: one line a field
	char blanked[FRAME_CAP]; // a line whose no-break spaces or escapes were replaced

	size_t footprint;
	bool has_site_rules;
	struct rule_set site_rules; // storage lies behind this struct
};

// ---- emit.c -------------------------------------------------------------------------------------

static inline bool detect_wants(const struct detect *d, enum detect_event_kind kind)
{
	return d->mask & DETECT_MASK(kind);
}

void detect_emit(struct detect *d, struct detect_event *event);

void detect_note(struct detect *d, enum detect_note_kind kind, const struct detect_place *at,
		 uint64_t count, struct detect_view text);

void detect_emit_explain(struct detect *d, const struct message *m, const struct rule *rule,
			 const char *what, uint32_t splat);

// What became of a line; does nothing unless EXPLAIN is wanted.
static inline void detect_explain(struct detect *d, const struct message *m,
				  const struct rule *rule, const char *what, uint32_t splat)
{
	if (detect_wants(d, DETECT_EXPLAIN))
		detect_emit_explain(d, m, rule, what, splat);
}

// ---- detect.c -----------------------------------------------------------------------------------

// The prefix of a line, by the known forms, by what the log said so far and by the shapes that it
// taught. With `learn` it may teach one. `prefix` holds what prefix_parse found.
void detect_prefix(struct detect *d, struct detect_view text, struct prefix *prefix, bool learn);

// A logical line after repair.
void detect_message(struct detect *d, const struct message *m);

// The board started anew: everything of the boot attempt before is over.
void detect_new_attempt(struct detect *d, const struct detect_place *at);

#endif
