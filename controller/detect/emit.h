// SPDX-License-Identifier: GPL-2.0-or-later
// Where a detector's events go: the caller's function and what it wants of them. The parts are handed
// this, and know nothing of each other's way to it.
#ifndef DETECT_EMIT_H
#define DETECT_EMIT_H

#include "detect/message.h"
#include "detect/rules.h"

struct emitter {
	unsigned mask;  // DETECT_MASK() of what is wanted
	int64_t now_ns; // of the call in progress
	detect_fn *fn;  // of the call in progress
	void *arg;
	bool explained;                    // something was said about the message in progress
	const struct rule_set *site_rules; // for the patterns of explanations
};

static inline bool emit_wants(const struct emitter *e, enum detect_event_kind kind)
{
	return e->mask & DETECT_MASK(kind);
}

// Stamps the event with the time of the call in progress and hands it out, if it is wanted.
void emit_event(struct emitter *e, struct detect_event *event);

void emit_note(struct emitter *e, enum detect_note_kind kind, const struct detect_place *at,
	       uint64_t count, struct detect_view text);

void emit_explanation(struct emitter *e, const struct message *m, const struct rule *rule,
		      const char *what, uint32_t splat);

// What became of a line; does nothing unless EXPLAIN is wanted.
static inline void emit_explain(struct emitter *e, const struct message *m, const struct rule *rule,
				const char *what, uint32_t splat)
{
	if (emit_wants(e, DETECT_EXPLAIN))
		emit_explanation(e, m, rule, what, splat);
}

#endif
