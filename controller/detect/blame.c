// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/blame.h"

#include <string.h>

#include "detect/symbol.h"
#include "detect/syndrome.h"
#include "detect/text.h"

bool blame_skips_name(struct detect_view name)
{
	return symbol_lists(name) & (SYMBOL_SKIPPED & ~SYMBOL_ON(SYMBOL_SLEEP));
}

// A service is not to blame for what it is handed. It is for sleeping: that is its nature, and who
// calls it where nobody may sleep is told by the next frames.
static unsigned skipped_lists(const struct report *r)
{
	bool sleeps = r->class_name[0] == 'a' && strcmp(r->class_name, "atomic") == 0;
	return sleeps ? SYMBOL_SKIPPED & ~SYMBOL_ON(SYMBOL_SERVICE) : SYMBOL_SKIPPED;
}

bool blame_skips(const struct report *r, size_t i)
{
	return r->frames[i].past_call || (r->frames[i].lists & skipped_lists(r));
}

struct detect_view blame_header(const struct report *r)
{
	if (r->func_header.len)
		return report_view(r, r->func_header);
	return report_view(r, r->pc_bare ? r->lr : r->pc);
}

// Everything in the trace works for its caller: the one that the rest was called by.
static struct detect_view outermost_helper(const struct report *r)
{
	for (size_t i = r->frames_count; i-- > 0;)
		if (!r->frames[i].past_call &&
		    (r->frames[i].lists & (SYMBOL_ON(SYMBOL_HELPER) | SYMBOL_ON(SYMBOL_SERVICE))) &&
		    !(r->frames[i].lists & SYMBOL_ON(SYMBOL_MACHINERY)))
			return report_view(r, r->frames[i].name);
	return (struct detect_view){0};
}

// First frame on none of `skipped`; of a trace "f from g", the last g is one more.
static struct detect_view first_beyond(const struct report *r, unsigned skipped)
{
	for (size_t i = 0; i < r->frames_count; i++)
		if (!r->frames[i].past_call && !(r->frames[i].lists & skipped))
			return report_view(r, r->frames[i].name);
	struct detect_view from = {r->from_name, r->from_len};
	return symbol_lists(from) & skipped ? (struct detect_view){0} : from;
}

static struct detect_view first_frame(const struct report *r)
{
	unsigned skipped = skipped_lists(r);
	struct detect_view name = first_beyond(r, skipped | SYMBOL_ON(SYMBOL_ROOT));
	if (!name.len)
		name = outermost_helper(r);
	return name.len ? name : first_beyond(r, skipped);
}

static struct detect_view beyond_allocators(const struct report *r)
{
	for (size_t i = 0; i < r->frames_count; i++) {
		struct detect_view name = report_view(r, r->frames[i].name);
		if (!blame_skips(r, i) && !view_has(name, VIEW("alloc")))
			return name;
	}
	return first_frame(r);
}

// What a task waits for is told by the caller of the functions that wait; unless that is a dispatcher.
static struct detect_view beyond_waits(const struct report *r)
{
	for (size_t i = 0; i < r->frames_count; i++) {
		struct detect_view name = report_view(r, r->frames[i].name);
		if (r->frames[i].lists & SYMBOL_ON(SYMBOL_ANCHOR))
			break;
		if (!blame_skips(r, i) && !view_has(name, VIEW("wait")) &&
		    !view_has(name, VIEW("completion")))
			return name;
	}
	return first_frame(r);
}

static bool is_useful(struct detect_view name)
{
	return name.len && !blame_skips_name(name);
}

// The trace; where none came, the caller of the program counter.
static struct detect_view trace_or_caller(const struct report *r)
{
	struct detect_view caller = report_view(r, r->lr);
	return r->in_trace == 0 && is_useful(caller) ? caller : first_frame(r);
}

// `name` unless it is of no use; then the trace. A helper is better than nothing, machinery only
// where the header itself names it.
static struct detect_view or_trace(const struct report *r, struct detect_view name)
{
	if (is_useful(name))
		return name;
	struct detect_view frame = trace_or_caller(r);
	if (frame.len)
		return frame;
	bool own = r->func_header.len || !(symbol_lists(name) & SYMBOL_ON(SYMBOL_MACHINERY));
	return own ? name : (struct detect_view){0};
}

// A jump through a pointer that is NULL, or leads into data or user space: who jumped is to blame. The
// trace has that frame only where the kernel made one.
static struct detect_view who_jumped(const struct report *r)
{
	struct detect_view caller = report_view(r, r->lr);
	if (is_useful(caller))
		return caller;
	struct detect_view frame = first_frame(r);
	if (frame.len)
		return frame;
	return caller.len || !r->pc_user ? caller : VIEW("(user pc)");
}

// A routine in assembler makes no frame: behind it the trace goes on with the caller of its caller, who
// stands in the link register alone. Of arm64, whose syndrome has a class: elsewhere that register may
// hold anything. A routine with a frame has itself there, or its caller, which is in the trace, too.
static struct detect_view caller_of_leaf(const struct report *r)
{
	struct detect_view pc = report_view(r, r->pc), caller = report_view(r, r->lr);
	bool known = r->esr_known && esr_class(r->esr) != 0 && !r->mixed && r->frames_count > 0;
	if (!known || !is_useful(caller) || view_equal(pc, caller) ||
	    !view_equal(pc, report_view(r, r->frames[0].name)))
		return (struct detect_view){0};
	for (size_t i = 1; i < r->frames_count; i++)
		if (view_equal(caller, report_view(r, r->frames[i].name)))
			return (struct detect_view){0};
	return caller;
}

static struct detect_view from_pc(const struct report *r)
{
	if (r->pc_bare)
		return who_jumped(r);
	struct detect_view pc = report_view(r, r->pc);
	struct detect_view caller = is_useful(pc) ? pc : caller_of_leaf(r);
	return caller.len ? caller : or_trace(r, pc);
}

static void set_candidate(struct report *r, struct detect_view name)
{
	if (name.len > sizeof(r->candidate))
		name.len = sizeof(r->candidate);
	if (name.len)
		memcpy(r->candidate, name.ptr, name.len);
	r->candidate_len = (uint8_t)name.len;
}

// Interrupts that were taken on top of the hanging code are left out: an exception boundary ahead
// of the dispatcher starts anew.
void blame_follow(struct report *r, struct detect_view name, unsigned lists, bool from_pc)
{
	if (r->rule->blame != BLAME_HANG || r->candidate_final)
		return;
	if (from_pc || (lists & SYMBOL_ON(SYMBOL_BOUNDARY)))
		r->candidate_len = 0;
	if (lists & SYMBOL_ON(SYMBOL_ANCHOR)) {
		r->candidate_final = r->candidate_len > 0;
	} else if (!(lists & (SYMBOL_ON(SYMBOL_BOUNDARY) | SYMBOL_ON(SYMBOL_MACHINERY) |
			      SYMBOL_ON(SYMBOL_SLEEP)))) {
		set_candidate(r, name);
		r->candidate_final = lists & SYMBOL_ON(SYMBOL_CULPRIT);
	}
}

static struct detect_view from_hang(const struct report *r)
{
	if (r->candidate_final)
		return (struct detect_view){r->candidate, r->candidate_len};
	return from_pc(r);
}

// ---- RCU stalls ---------------------------------------------------------------------------------

// "1-...!" at the cursor: the number of a CPU, a dash, and its state, a mark a letter. Old kernels
// listed bare numbers in braces.
static bool take_stalled_cpu(struct report *r, struct cursor *c, bool listed)
{
	uint64_t cpu;
	struct cursor probe = *c;
	size_t marks = 0;
	if (!cursor_decimal(&probe, &cpu) || cpu >= REPORT_STALLED_MAX)
		return false;
	if (cursor_char(&probe, '-'))
		for (; probe.p < probe.end && (is_alpha(*probe.p) || strchr(".!?", *probe.p));
		     probe.p++)
			marks++;
	bool bare = listed && probe.p < probe.end && (*probe.p == ' ' || *probe.p == '}');
	if (marks < 3 && !bare)
		return false;
	r->stalled[cpu / 64] |= UINT64_C(1) << (cpu % 64);
	r->stalled_known = true;
	*c = probe;
	return true;
}

void blame_take_stalled(struct report *r, struct detect_view text)
{
	size_t brace = view_find(text, VIEW("{"));
	bool listed = brace < text.len;
	struct cursor c = cursor_of(listed ? view_from(text, brace + 1) : text);
	if (!listed && cursor_literal(&c, VIEW("rcu: ")))
		cursor_blanks(&c);
	do {
		cursor_blanks(&c);
	} while (take_stalled_cpu(r, &c, listed) && listed);
}

bool blame_is_other_cpu(const struct report *r, int cpu)
{
	if (!r->stalled_known || cpu < 0)
		return false;
	return cpu >= REPORT_STALLED_MAX || !(r->stalled[cpu / 64] >> (cpu % 64) & 1);
}

// ---- by the rule --------------------------------------------------------------------------------

struct detect_view blame_function(const struct report *r)
{
	switch (r->rule->blame) {
	case BLAME_HEADER:
		return or_trace(r, blame_header(r));
	case BLAME_PC:
		return from_pc(r);
	case BLAME_TRACE:
	case BLAME_FIRST:
		return first_frame(r);
	case BLAME_ALLOC:
		return beyond_allocators(r);
	case BLAME_WAIT:
		return beyond_waits(r);
	case BLAME_HANG:
		return from_hang(r);
	case BLAME_REPEAT:
		return r->repeated.len ? report_view(r, r->repeated) : from_pc(r);
	case BLAME_IMAGE:
		return report_view(r, r->image);
	case BLAME_NAMED: // where no symbol is known, who called what found it out
		return r->func_header.len ? report_view(r, r->func_header)
					  : first_beyond(r, SYMBOL_ON(SYMBOL_MACHINERY));
	case BLAME_LOCK:
		return or_trace(r, report_view(r, r->lock));
	default:
		return (struct detect_view){0};
	}
}
