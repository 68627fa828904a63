// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/emit.h"

#include "detect/text.h"

void emit_event(struct emitter *e, struct detect_event *event)
{
	if (!emit_wants(e, event->kind) || !e->fn)
		return;
	event->t_ns = e->now_ns;
	e->fn(event, e->arg);
}

void emit_note(struct emitter *e, enum detect_note_kind kind, const struct detect_place *at,
	       uint64_t count, struct detect_view text)
{
	struct detect_event event = {
	    .kind = DETECT_NOTE,
	    .note = {.kind = kind, .at = *at, .count = count, .text = text},
	};
	emit_event(e, &event);
}

void emit_explanation(struct emitter *e, const struct message *m, const struct rule *rule,
		      const char *what, uint32_t splat)
{
	struct detect_event event = {
	    .kind = DETECT_EXPLAIN,
	    .explain = {.at = m->at, .what = what, .splat = splat},
	};
	char pattern[320];
	e->explained = true;
	if (rule) {
		const struct rule_set *set = rule->line ? &rules_builtin : e->site_rules;
		size_t len = rule_pattern(set, rule, pattern, sizeof(pattern));
		event.explain.rule = view_of(rule->id);
		event.explain.pattern = (struct detect_view){pattern, len};
	}
	emit_event(e, &event);
}
