// SPDX-License-Identifier: GPL-2.0-or-later
// Which report a line belongs to. With callers in the prefix the key is exact. Without, the lines
// of several reports interleave: a line goes where it is the most plausible next one.
#include "detect/assemble.h"
#include "detect/text.h"

#define GAP_IMPOSSIBLE 1000

bool route_same_caller(const struct report *r, const struct message *m)
{
	return r->caller_kind == m->prefix.caller_kind && r->caller == m->prefix.caller;
}

static int line_cpu(const struct message *m)
{
	struct cursor c = cursor_of(m->body);
	uint64_t cpu;
	if (!cursor_literal(&c, VIEW("CPU: ")) || !cursor_decimal(&c, &cpu) || cpu > INT16_MAX)
		return -1;
	return (int)cpu;
}

// How far ahead of a report's state a line is: 0 the next one, GAP_IMPOSSIBLE impossible.
static int stage_gap(const struct report *r, enum report_stage stage)
{
	bool repeats = stage == STAGE_ABORT || stage == STAGE_CPU || stage == STAGE_REGISTERS ||
		       stage == STAGE_FRAMES || stage == STAGE_END;
	if (stage == r->stage)
		return repeats ? 0 : GAP_IMPOSSIBLE;
	if (report_awaits_die(r))
		return GAP_IMPOSSIBLE;
	return stage > r->stage ? (int)stage - (int)r->stage - 1 : GAP_IMPOSSIBLE;
}

static bool is_register_next(const struct report *r, const struct message *m)
{
	struct cursor c = cursor_of(m->body);
	uint64_t number;
	if (r->stage != STAGE_REGISTERS)
		return true;
	return cursor_char(&c, 'x') && cursor_decimal(&c, &number) &&
	       (int)number == r->next_register;
}

static struct report *most_plausible(struct assembler *a, const struct message *m, enum member kind,
				     bool *tie)
{
	struct report *best = NULL;
	int best_gap = GAP_IMPOSSIBLE;
	enum report_stage stage = member_stage(kind);
	*tie = false;
	for (struct report *r = NULL; (r = next_report(a, r));) {
		if (r->caller_kind || r->retold)
			continue;
		int gap = stage == STAGE_HEADER ? 0 : stage_gap(r, stage);
		if (kind == MEMBER_REGISTERS && !is_register_next(r, m))
			gap = GAP_IMPOSSIBLE;
		if (gap == GAP_IMPOSSIBLE || gap > best_gap)
			continue;
		*tie = best && gap == best_gap;
		if (!best || gap < best_gap || r == a->recent ||
		    (best != a->recent && r->id > best->id))
			best = r;
		best_gap = gap;
	}
	return best;
}

static struct report *by_cpu(struct assembler *a, int cpu)
{
	for (struct report *r = NULL; (r = next_report(a, r));) {
		if (!r->caller_kind && r->cpu == cpu && r->stage < STAGE_TRACE)
			return r;
	}
	return NULL;
}

static struct report *by_caller(struct assembler *a, const struct message *m)
{
	struct report *found = NULL;
	for (struct report *r = NULL; (r = next_report(a, r));) {
		if (route_same_caller(r, m) && (!found || r->id > found->id))
			found = r;
	}
	return found;
}

// A CPU that is asked for its backtrace prints it by itself: the report that waits for it goes on
// in the words of that caller.
static struct report *hand_over(struct assembler *a, const struct message *m)
{
	struct report *found = NULL;
	for (struct report *r = NULL; (r = next_report(a, r));)
		if (r->caller_kind && r->rule->blame == BLAME_HANG && r->in_trace == 0 &&
		    (!found || r->id > found->id))
			found = r;
	if (found) {
		found->caller_kind = m->prefix.caller_kind;
		found->caller = m->prefix.caller;
	}
	return found;
}

static struct report *keyed(struct assembler *a, const struct message *m, enum member kind)
{
	struct report *own = by_caller(a, m);
	bool another = kind == MEMBER_TRACE_OWN && (!own || own->in_trace > 0);
	struct report *asked = another ? hand_over(a, m) : NULL;
	return asked ? asked : own;
}

static size_t keyless_count(struct assembler *a, struct report **only)
{
	size_t count = 0;
	for (struct report *r = NULL; (r = next_report(a, r));) {
		if (!r->caller_kind && !r->retold) {
			*only = r;
			count++;
		}
	}
	return count;
}

// After a panic nobody else speaks.
static struct report *panicking(struct assembler *a)
{
	for (struct report *r = NULL; (r = next_report(a, r));)
		if (!r->caller_kind && r->rule->end == END_PANIC)
			return r;
	return NULL;
}

static void mark_mixed(struct assembler *a)
{
	for (struct report *r = NULL; (r = next_report(a, r));)
		if (r->stage == STAGE_FRAMES)
			r->mixed = true;
}

struct report *route_member(struct assembler *a, const struct message *m, enum member kind)
{
	struct report *only = NULL;
	if (m->prefix.caller_kind)
		return keyed(a, m, kind);
	struct report *r = panicking(a);
	if (r)
		return r;
	if (keyless_count(a, &only) <= 1)
		return only;
	int cpu = kind == MEMBER_CPU ? line_cpu(m) : -1;
	r = cpu >= 0 ? by_cpu(a, cpu) : NULL;
	if (r)
		return r;
	bool tie;
	r = most_plausible(a, m, kind, &tie);
	if (r && tie && kind == MEMBER_FRAME)
		mark_mixed(a);
	return r ? r : a->recent;
}

struct report *route_header(struct assembler *a, const struct message *m, int cpu)
{
	if (m->prefix.caller_kind)
		return by_caller(a, m);
	struct report *newest = NULL;
	for (struct report *r = NULL; (r = next_report(a, r));) {
		if (r->caller_kind || r->retold)
			continue;
		if (cpu >= 0 && r->cpu >= 0 && r->cpu != cpu)
			continue;
		if (!newest || r->id > newest->id)
			newest = r;
	}
	return newest;
}
