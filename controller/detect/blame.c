// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/blame.h"

#include "detect/symbol.h"
#include "detect/text.h"

bool blame_skips_name(struct detect_view name)
{
	return symbol_lists(name) & (SYMBOL_ON(SYMBOL_MACHINERY) | SYMBOL_ON(SYMBOL_HELPER));
}

bool blame_skips(const struct report *r, size_t i)
{
	return r->frames[i].lists &
	       (SYMBOL_ON(SYMBOL_MACHINERY) | SYMBOL_ON(SYMBOL_HELPER) | SYMBOL_ON(SYMBOL_SLEEP));
}

struct detect_view blame_header(const struct report *r)
{
	return report_view(r, r->func_header.len ? r->func_header : r->pc);
}

static struct detect_view first_frame(const struct report *r)
{
	for (size_t i = 0; i < r->frames_count; i++)
		if (!blame_skips(r, i))
			return report_view(r, r->frames[i].name);
	return (struct detect_view){0};
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

// `name` unless it is of no use; then the trace.
static struct detect_view or_trace(const struct report *r, struct detect_view name)
{
	if (name.len && !blame_skips_name(name))
		return name;
	struct detect_view frame = first_frame(r);
	return frame.len ? frame : name;
}

static struct detect_view from_pc(const struct report *r)
{
	if (r->pc_user)
		return VIEW("(user pc)");
	return or_trace(r, report_view(r, r->pc));
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
	} else if (!(lists & (SYMBOL_ON(SYMBOL_BOUNDARY) | SYMBOL_ON(SYMBOL_MACHINERY)))) {
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
	case BLAME_LOCK:
		return or_trace(r, report_view(r, r->lock));
	default:
		return (struct detect_view){0};
	}
}
