// SPDX-License-Identifier: GPL-2.0-or-later
// What the lines of a report tell: taken into struct report.
#include "detect/blame.h"
#include "detect/member.h"
#include "detect/sign.h"
#include "detect/text.h"

#define LOWEST_PAGE 4096 // below it: NULL and a member of what it should point to

// ---- what the line tells ------------------------------------------------------------------------

// Letters of "Tainted: G        W  OE      7.2.13 ..." without G; the cursor ends at the release.
static void take_taint(struct report *r, struct cursor *c)
{
	char letters[24];
	size_t count = 0;
	for (; c->p < c->end; c->p++) {
		bool letter = *c->p >= 'A' && *c->p <= 'Z';
		if (!letter && !is_blank(*c->p))
			break;
		if (letter && *c->p != 'G' && count < sizeof(letters))
			letters[count++] = *c->p;
	}
	r->taint = report_keep(r, (struct detect_view){letters, count});
}

static void take_comm(struct report *r, struct cursor *c)
{
	struct detect_view comm;
	struct cursor probe = *c;
	if (cursor_until(&probe, VIEW(" Tainted: "), &comm)) {
		*c = probe;
		if (!r->comm.len)
			r->comm = report_keep(r, view_trim(comm));
		take_taint(r, c);
	} else if (cursor_until(c, VIEW(" Not tainted"), &comm) && !r->comm.len) {
		r->comm = report_keep(r, view_trim(comm));
	}
	struct detect_view release = cursor_word(c);
	if (release.len && is_digit(release.ptr[0]))
		r->release = report_keep(r, release);
}

// What follows is told by a CPU. Of an RCU stall, only those that do not answer are of interest: not
// the one on which the grace-period kthread last ran.
static bool is_of_other_cpu(struct report *r, uint64_t cpu)
{
	bool last_ran = r->kthread_cpu && !r->stalled_known;
	r->kthread_cpu = false;
	if (r->rule->blame != BLAME_HANG)
		return false;
	r->other_cpu = last_ran || blame_is_other_cpu(r, cpu < INT16_MAX ? (int)cpu : INT16_MAX);
	if (r->other_cpu)
		r->other_trace = r->other_pending = true;
	else if (r->stalled_known)
		r->other_pending = false;
	return r->other_cpu;
}

static void take_cpu(struct report *r, struct detect_view body)
{
	struct cursor c = cursor_of(body);
	struct detect_view before;
	uint64_t value;
	if (cursor_literal(&c, VIEW("CPU: ")) && cursor_decimal(&c, &value)) {
		if (is_of_other_cpu(r, value))
			return;
		if (r->cpu < 0)
			r->cpu = (int)value;
	}
	struct cursor probe = c;
	if ((cursor_until(&probe, VIEW("PID: "), &before) ||
	     cursor_until(&probe, VIEW("Pid: "), &before)) &&
	    cursor_decimal(&probe, &value)) {
		if (r->pid < 0)
			r->pid = (int64_t)value;
		c = probe;
	}
	if (cursor_until(&c, VIEW("Comm: "), &before) || cursor_until(&c, VIEW("comm: "), &before))
		take_comm(r, &c);
}

static void take_line(struct report *r, struct detect_view body)
{
	struct cursor c = cursor_of(body);
	if (cursor_literal(&c, VIEW("Hardware name: ")) && !r->hardware.len)
		r->hardware = report_keep(r, view_trim(cursor_rest(&c)));
	else if (cursor_literal(&c, VIEW("Workqueue: ")) && !r->workqueue.len)
		r->workqueue = report_keep(r, view_trim(cursor_rest(&c)));
}

static void take_abort(struct report *r, struct detect_view body)
{
	struct cursor c = cursor_of(body);
	uint64_t value;
	if ((cursor_literal(&c, VIEW("ESR = ")) || cursor_literal(&c, VIEW("ESR: "))) &&
	    cursor_hex(&c, &value)) {
		r->esr = value;
		r->esr_known = true;
	} else if (cursor_literal(&c, VIEW("FAR: ")) && cursor_hex(&c, &value)) {
		r->far = value;
		r->far_known = true;
	}
}

// Skips "0010:" of x86, the code segment ahead of the symbol.
static void skip_segment(struct cursor *c)
{
	struct cursor probe = *c;
	uint64_t selector;
	if (cursor_hex(&probe, &selector) && cursor_char(&probe, ':') && probe.p - c->p == 5)
		*c = probe;
}

// The symbol behind the words of a PC line: "pc : sym", "RIP: 0010:sym", "PC is at sym",
// "NIP [c000000000001234] sym".
static struct symbol counter_symbol(struct detect_view body)
{
	struct cursor c = cursor_of(body);
	while (c.p < c.end) {
		struct trace_frame frame;
		cursor_blanks(&c);
		skip_segment(&c);
		if (trace_frame_parse(cursor_rest(&c), &frame))
			return frame.symbol;
		cursor_word(&c);
	}
	return (struct symbol){0};
}

// A bare address is printed when no symbol covers it: a jump to NULL, into data or user space. "pc :
// 0x0" and "pc : ffff800012345678" of arm64, "RIP: 0010:0x0", "epc : 0x0", "PC is at 0x0", and
// "NIP [0000000000000000] 0x0".
static void take_bare_pc(struct report *r, struct detect_view body)
{
	struct cursor c = cursor_of(body);
	uint64_t address;
	const char *last = body.ptr + body.len;
	while (last > body.ptr && !is_blank(last[-1]) && last[-1] != ':')
		last--;
	if (view_starts(body, VIEW("pc : ")))
		last = body.ptr + 5;
	c.p = last;
	bool x86 = view_starts(body, VIEW("RIP: ")) || view_starts(body, VIEW("EIP: "));
	bool kernel = view_has(body, VIEW(" 0010:")) || view_has(body, VIEW(" 0060:"));
	if (x86 && !kernel) // where the system call came from
		return;
	bool prefixed = cursor_literal(&c, VIEW("0x"));
	const char *digits = c.p;
	if (!cursor_hex(&c, &address) || (!prefixed && c.p - digits < 8))
		return;
	r->pc_bare = true;
	if (address == 0)
		r->pc = report_keep(r, VIEW("0x0"));
	r->pc_user = address >= LOWEST_PAGE && !(address >> 55 & 1);
}

static void add_frame(struct report *r, struct symbol_cache *cache, const struct symbol *s,
		      bool from_pc)
{
	uint64_t hash = symbol_hash(s->name);
	unsigned lists = symbol_lists_of(cache, s->name, hash);
	const struct report_frame *f = report_add_frame(r, s, hash, lists, from_pc);
	if (!f ? !report_is_past_call(r, s, from_pc) : !f->past_call)
		blame_follow(r, s->name, lists, from_pc);
}

static void take_pc(struct report *r, struct symbol_cache *cache, struct detect_view body)
{
	if (r->other_cpu)
		return;
	struct symbol s = counter_symbol(body);
	bool x86 = view_starts(body, VIEW("RIP: ")) || view_starts(body, VIEW("EIP: "));
	// x86 leaves the interrupted function out of the trace; its RIP line takes the frame's
	// place.
	if (x86 && s.name.len && !r->other_trace && !view_has(body, VIEW(" RSP: ")))
		add_frame(r, cache, &s, true);
	if (r->pc.len || r->pc_bare)
		return;
	if (s.name.len)
		r->pc = report_keep(r, s.name);
	else
		take_bare_pc(r, body);
}

static void take_lr(struct report *r, struct detect_view body)
{
	struct symbol s = counter_symbol(body);
	if (!r->lr.len && s.name.len && !r->other_cpu)
		r->lr = report_keep(r, s.name);
}

static void take_frame(struct report *r, struct symbol_cache *cache,
		       const struct trace_frame *frame)
{
	// Inlined frames are known to symbolizers only; a raw log of the same bug has none.
	if (frame->unreliable || frame->inlined)
		return;
	if (r->lock_frame || r->skip_frame) {
		if (r->lock_frame && !r->lock.len)
			r->lock = report_keep(r, frame->symbol.name);
		r->lock_frame = r->skip_frame = false;
		return;
	}
	r->other_pending = false; // the other trace came without a line of its own ahead
	if (r->other_trace && r->rule->blame != BLAME_FIRST)
		return;
	bool announced = r->trace_seen || frame->from_arm;
	if (!announced && (r->rule->end == END_TRACE || r->rule->end == END_PANIC))
		return; // of somebody else who prints at the same time
	add_frame(r, cache, &frame->symbol, frame->from_pc);
	r->in_trace++;
	r->from_len = 0;
	if (frame->from_arm && frame->caller.len <= sizeof(r->from_name)) {
		memcpy(r->from_name, frame->caller.ptr, frame->caller.len);
		r->from_len = (uint8_t)frame->caller.len;
	}
}

// "at: symbol" of the first lock line: the lock being acquired; where that is a helper, the one
// held already. The symbol may stand on the next line.
static void take_lock(struct report *r, struct detect_view body)
{
	struct cursor c = cursor_of(body);
	struct detect_view before;
	struct trace_frame frame;
	bool listed = body.ptr[0] == '#';            // among those held
	bool broken = view_ends(body, VIEW(" at:")); // the symbol stands on a line of its own
	if (broken)
		r->lock_frame = true;
	if (r->lock.len && (listed || !blame_skips_name(report_view(r, r->lock))))
		return;
	if (!broken && cursor_until(&c, VIEW(" at: "), &before) &&
	    trace_frame_parse(cursor_rest(&c), &frame))
		r->lock = report_keep(r, frame.symbol.name);
}

// A new trace begins. The first one is the report's own, unless a line said whose it is.
static void take_trace(struct report *r)
{
	r->other_trace = r->other_pending || r->in_trace > 0;
	r->other_pending = r->awaits_trace = false;
	r->trace_seen = true;
}

// "last function: symbol", ".. workfn=symbol" of a leaked lock in a work item
static void take_last_function(struct report *r, struct detect_view body)
{
	struct cursor c = cursor_of(body);
	struct detect_view before;
	if (r->func_header.len)
		return;
	if (cursor_until(&c, VIEW("workfn="), &before) || cursor_until(&c, VIEW(": "), &before)) {
		struct symbol s;
		symbol_take(cursor_rest(&c), &s);
		r->func_header = report_keep(r, s.name);
	}
}

static void take_access(struct report *r, struct detect_view body)
{
	if (!r->access.len)
		r->access = report_keep(r, body.ptr[0] == 'R' ? VIEW("Read") : VIEW("Write"));
}

// "NMI backtrace for cpu 1", "Task dump for CPU 1:": is it the report's own CPU?
static void take_own_trace(struct report *r, struct detect_view body)
{
	struct cursor c = cursor_of(body);
	struct detect_view before;
	uint64_t cpu;
	bool told = cursor_until(&c, VIEW(" for cpu "), &before) ||
		    cursor_until(&c, VIEW(" for CPU "), &before);
	if (told && cursor_decimal(&c, &cpu) && is_of_other_cpu(r, cpu))
		return;
	r->other_trace = r->in_trace > 0;
	r->other_pending = r->awaits_trace = false;
}

// Lines that say whose the next frames are, and the frames.
static void apply_trace(struct report *r, struct symbol_cache *cache,
			const struct member_line *line)
{
	switch (line->kind) {
	case MEMBER_TRACE:
		take_trace(r);
		break;
	case MEMBER_TRACE_OTHER:
		r->other_trace = r->other_pending = true;
		break;
	case MEMBER_TRACE_OWN:
		take_own_trace(r, line->body);
		break;
	case MEMBER_TRACE_KTHREAD:
		r->other_trace = r->other_pending = r->kthread_cpu = r->other_cpu = true;
		break;
	case MEMBER_REMARK:
		r->skip_frame = true;
		break;
	default:
		take_frame(r, cache, &line->frame);
		break;
	}
}

void member_apply(struct report *r, struct symbol_cache *cache, const struct member_line *line)
{
	struct detect_view body = line->body;
	switch (line->kind) {
	case MEMBER_ABORT:
		take_abort(r, body);
		break;
	case MEMBER_WALK:
	case MEMBER_TORN:
		walk_parse(body, &r->walk);
		break;
	case MEMBER_CPU:
		take_cpu(r, body);
		break;
	case MEMBER_TAINTED:
		take_line(r, body);
		break;
	case MEMBER_PC:
		take_pc(r, cache, body);
		break;
	case MEMBER_LR:
		take_lr(r, body);
		break;
	case MEMBER_REGISTERS:
		if (line->number >= 0)
			r->next_register = line->number - 3;
		break;
	case MEMBER_TRACE:
	case MEMBER_TRACE_OTHER:
	case MEMBER_TRACE_OWN:
	case MEMBER_TRACE_KTHREAD:
	case MEMBER_REMARK:
	case MEMBER_FRAME:
		apply_trace(r, cache, line);
		break;
	case MEMBER_LOCK:
		take_lock(r, body);
		break;
	case MEMBER_ACCESS:
		take_access(r, body);
		break;
	case MEMBER_LAST_FUNCTION:
		take_last_function(r, body);
		break;
	case MEMBER_STALL:
		if (r->rule->blame == BLAME_HANG)
			blame_take_stalled(r, body);
		break;
	case MEMBER_TAIL:
		r->tail_seen = true;
		break;
	default:
		break;
	}
}
