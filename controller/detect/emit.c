// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/internal.h"
#include "detect/text.h"

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

void detect_emit_explain(struct detect *d, const struct message *m, const struct rule *rule,
			 const char *what, uint32_t splat)
{
	struct detect_event event = {
	    .kind = DETECT_EXPLAIN,
	    .explain = {.at = m->at, .what = what, .splat = splat},
	};
	char pattern[320];
	d->explained = true;
	if (rule) {
		const struct rule_set *set = rule->line ? &rules_builtin : &d->site_rules;
		size_t len = rule_pattern(set, rule, pattern, sizeof(pattern));
		event.explain.rule = view_of(rule->id);
		event.explain.pattern = (struct detect_view){pattern, len};
	}
	detect_emit(d, &event);
}
