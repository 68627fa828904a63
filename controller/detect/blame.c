// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/blame.h"

#include "detect/symbol.h"
#include "detect/text.h"

static bool skipped_name(struct detect_view name)
{
	return symbol_listed(SYMBOL_MACHINERY, name) || symbol_listed(SYMBOL_HELPER, name);
}

bool blame_skips(const struct report *r, size_t i)
{
	const struct report_frame *f = &r->frames[i];
	return !f->reliable || skipped_name(report_view(r, f->name));
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

// `name` unless it is of no use; then the trace.
static struct detect_view or_trace(const struct report *r, struct detect_view name)
{
	if (name.len && !skipped_name(name))
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

// What a dispatcher (system call, work item, thread function) called. Interrupts that were taken on
// top are left out: the last exception boundary ahead of the dispatcher starts anew.
static struct detect_view below_anchor(const struct report *r)
{
	struct detect_view candidate = {0};
	for (size_t i = 0; i < r->frames_count; i++) {
		const struct report_frame *f = &r->frames[i];
		struct detect_view name = report_view(r, f->name);
		if (!f->reliable)
			continue;
		if (symbol_listed(SYMBOL_ANCHOR, name)) {
			if (candidate.len)
				return candidate;
			continue;
		}
		if (symbol_listed(SYMBOL_BOUNDARY, name))
			candidate = (struct detect_view){0};
		else
			candidate = name;
	}
	return (struct detect_view){0};
}

static struct detect_view from_hang(const struct report *r)
{
	struct detect_view name = below_anchor(r);
	return name.len ? name : from_pc(r);
}

struct detect_view blame_function(const struct report *r)
{
	switch (r->rule->blame) {
	case BLAME_HEADER:
		return or_trace(r, report_view(r, r->func_header));
	case BLAME_PC:
		return from_pc(r);
	case BLAME_TRACE:
		return first_frame(r);
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
