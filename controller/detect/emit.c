// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/internal.h"

void detect_emit(struct detect *d, struct detect_event *event)
{
	if (!detect_wants(d, event->kind) || !d->fn)
		return;
	event->t_ns = d->now_ns;
	d->fn(event, d->arg);
}

void detect_note(struct detect *d, enum detect_note_kind kind, const struct detect_place *at,
		 uint64_t count, struct detect_view text)
{
	struct detect_event event = {
	    .kind = DETECT_NOTE,
	    .note = {.kind = kind, .at = *at, .count = count, .text = text},
	};
	detect_emit(d, &event);
}

void detect_explain(struct detect *d, const struct message *m, const struct rule *rule,
		    const char *what, uint32_t splat)
{
	if (!detect_wants(d, DETECT_EXPLAIN))
		return;
	struct detect_event event = {
	    .kind = DETECT_EXPLAIN,
	    .explain = {.at = m->at, .what = what, .splat = splat},
	};
	if (rule)
		event.explain.rule = (struct detect_view){rule->id, __builtin_strlen(rule->id)};
	detect_emit(d, &event);
}
