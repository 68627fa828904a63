// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/member.h"

#include "detect/text.h"

// ---- what kind of line
// -----------------------------------------------------------------------------

struct opening {
	struct detect_view text;
	enum member kind;
};

#define OPENING(literal, member_kind)                                  \
	{                                                              \
		{(literal), sizeof(literal) - 1}, MEMBER_##member_kind \
	}

// Lines known by their first words.
static const struct opening openings[] = {
    OPENING("Mem abort info", ABORT),
    OPENING("Data abort info", ABORT),
    OPENING("ESR = 0x", ABORT),
    OPENING("ESR: 0x", ABORT),
    OPENING("EC = 0x", ABORT),
    OPENING("SET = ", ABORT),
    OPENING("EA = ", ABORT),
    OPENING("FSC = 0x", ABORT),
    OPENING("FAR: 0x", ABORT),
    OPENING("ISV = ", ABORT),
    OPENING("Access size = ", ABORT),
    OPENING("SSE = ", ABORT),
    OPENING("SF = ", ABORT),
    OPENING("CM = ", ABORT),
    OPENING("GCS = ", ABORT),
    OPENING("Overlay = ", ABORT),
    OPENING("DirtyBit = ", ABORT),
    OPENING("Exception class = ", ABORT),
    OPENING("swapper pgtable: ", ABORT),
    OPENING("user pgtable: ", ABORT),
    OPENING("Task stack: ", ABORT),
    OPENING("IRQ stack: ", ABORT),
    OPENING("Overflow stack: ", ABORT),
    OPENING("#PF: ", ABORT),
    OPENING("PGD ", ABORT),
    OPENING("pgd = ", ABORT),
    OPENING("Modules linked in:", MODULES),
    OPENING("Hardware name: ", TAINTED),
    OPENING("Tainted: ", TAINTED),
    OPENING("Workqueue: ", TAINTED),
    OPENING("pstate: ", PSTATE),
    OPENING("pc : ", PC),
    OPENING("PC is at ", PC),
    OPENING("RIP: ", PC),
    OPENING("EIP: ", PC),
    OPENING("EIP is at ", PC),
    OPENING("NIP [", PC),
    OPENING("epc : ", PC),
    OPENING("epc   : ", PC),
    OPENING("IP: ", PC),
    OPENING("lr : ", LR),
    OPENING("LR is at ", LR),
    OPENING("LR [", LR),
    OPENING("ra : ", LR),
    OPENING("sp : ", SP),
    OPENING("pmr: ", SP),
    OPENING("Call trace:", TRACE),
    OPENING("Call Trace:", TRACE),
    OPENING("Backtrace:", TRACE),
    OPENING("stack backtrace:", TRACE),
    OPENING("backtrace:", TRACE),
    OPENING("backtrace (", TRACE),
    OPENING("<TASK>", TEXT),
    OPENING("</TASK>", TEXT),
    OPENING("<IRQ>", TEXT),
    OPENING("</IRQ>", TEXT),
    OPENING("<NMI>", TEXT),
    OPENING("</NMI>", TEXT),
    OPENING("<SOFTIRQ>", TEXT),
    OPENING("</SOFTIRQ>", TEXT),
    OPENING("Allocated by task ", TRACE_OTHER),
    OPENING("Freed by task ", TRACE_OTHER),
    OPENING("Allocated by:", TRACE_OTHER),
    OPENING("Freed by:", TRACE_OTHER),
    OPENING("allocated by task ", TRACE_OTHER),
    OPENING("freed by task ", TRACE_OTHER),
    OPENING("Last potentially related work creation:", TRACE_OTHER),
    OPENING("Second to last potentially related work creation:", TRACE_OTHER),
    OPENING("Uninit was created at:", TRACE_OTHER),
    OPENING("Uninit was stored to memory at:", TRACE_OTHER),
    OPENING("Local variable ", TRACE_OTHER),
    OPENING("page last allocated via ", TRACE_OTHER),
    OPENING("page last free ", TRACE_OTHER),
    OPENING("Code: ", CODE),
    OPENING("Instruction dump:", CODE),
    OPENING("Read of size ", ACCESS),
    OPENING("Write of size ", ACCESS),
    OPENING("Read at addr ", ACCESS),
    OPENING("Write at addr ", ACCESS),
    OPENING("SMP: stopping secondary CPUs", TAIL),
    OPENING("SMP: failed to stop secondary CPUs", TAIL),
    OPENING("Kernel Offset: ", TAIL),
    OPENING("PHYS_OFFSET: ", TAIL),
    OPENING("CPU features: 0x", TAIL),
    OPENING("Memory Limit: ", TAIL),
    OPENING("Dumping ftrace buffer:", TAIL),
    OPENING("(ftrace buffer empty)", TAIL),
    OPENING("CPU0: stopping", TAIL),
    OPENING("irq event stamp: ", TEXT),
    OPENING("hardirqs last ", TEXT),
    OPENING("softirqs last ", TEXT),
    OPENING("note: ", TEXT),
    OPENING("INFO: lockdep is turned off.", TEXT),
    OPENING("Preemption disabled at:", TEXT),
    OPENING("Kernel panic - not syncing", TEXT),
    OPENING("Sending NMI ", TEXT),
    OPENING("NMI backtrace for cpu ", TEXT),
    OPENING("Task dump for CPU ", TEXT),
    OPENING("task:", TEXT),
    OPENING("rcu: ", TEXT),
    OPENING("(detected by ", TEXT),
    OPENING("(t=", TEXT),
    OPENING("Stack:", TEXT),
    OPENING("Unwind CODE", TEXT),
    OPENING("Showing all locks held in the system:", TEXT),
    OPENING("Showing busy workqueues and worker pools:", TEXT),
    OPENING("Thread overran stack, or stack corrupted", TEXT),
    OPENING("other info that might help us debug this:", TEXT),
    OPENING("Possible unsafe locking scenario:", TEXT),
    OPENING("Possible interrupt unsafe locking scenario:", TEXT),
    OPENING("*** DEADLOCK ***", TEXT),
    OPENING("no locks held by ", TEXT),
    OPENING("Chain exists of:", TEXT),
    OPENING("May be due to missing lock nesting notation", TEXT),
    OPENING("the existing dependency chain (in reverse order) is:", TEXT),
    OPENING("-> #", TEXT),
    OPENING("but task is already holding lock:", TEXT),
    OPENING("is trying to acquire lock:", TEXT),
    OPENING("which lock already depends on the new lock.", TEXT),
    OPENING("flags: 0x", TEXT),
    OPENING("raw: ", TEXT),
    OPENING("page:", TEXT),
    OPENING("page: ", TEXT),
    OPENING("head:", TEXT),
    OPENING("page dumped because: ", TEXT),
    OPENING("The buggy address belongs to ", TEXT),
    OPENING("which belongs to the cache ", TEXT),
    OPENING("The buggy address is located ", TEXT),
    OPENING("Memory state around the buggy address:", TEXT),
    OPENING(">ffff", TEXT),
    OPENING("Object ", TEXT),
    OPENING("Redzone ", TEXT),
    OPENING("Padding ", TEXT),
    OPENING("Slab 0x", TEXT),
    OPENING("Bytes b4 ", TEXT),
    OPENING("FIX ", TEXT),
    OPENING("Mem-Info:", TEXT),
    OPENING("kasan: ", TEXT),
    OPENING("KASAN: ", TEXT),
    OPENING("Reported by Kernel Concurrency Sanitizer on:", TEXT),
    OPENING("Kernel stack overflow", TEXT),
};

static enum member by_opening(struct detect_view body)
{
	for (size_t i = 0; i < sizeof(openings) / sizeof(openings[0]); i++)
		if (openings[i].text.ptr[0] == body.ptr[0] && view_starts(body, openings[i].text))
			return openings[i].kind;
	return MEMBER_NONE;
}

// "x29: ffff..", "x9 : ..", "r10: ..", "RAX: ..", "R13: .."; the number of x or r, else 0
static bool is_registers(struct detect_view body, int *number)
{
	struct cursor c = cursor_of(body);
	uint64_t value;
	*number = -1;
	if (body.len < 8)
		return false;
	if (*c.p == 'x' || *c.p == 'r') {
		c.p++;
		if (!cursor_decimal(&c, &value) || value > 31)
			return false;
		*number = (int)value;
		cursor_char(&c, ' ');
	} else {
		while (c.p < c.end && ((*c.p >= 'A' && *c.p <= 'Z') || is_digit(*c.p)))
			c.p++;
		size_t name = (size_t)(c.p - body.ptr);
		if (name < 2 || name > 6)
			return false;
	}
	if (!cursor_char(&c, ':'))
		return false;
	cursor_blanks(&c);
	const char *hex = c.p;
	return cursor_hex(&c, &value) && c.p - hex >= 4;
}

static bool is_cpu_line(struct detect_view body)
{
	if (!view_starts(body, VIEW("CPU: ")) && !view_starts(body, VIEW("Pid: ")))
		return false;
	return view_has(body, VIEW("tainted")) || view_has(body, VIEW("Tainted")) ||
	       view_has(body, VIEW("Comm: "));
}

static bool is_torn(struct detect_view body)
{
	return body.len == 0 || (body.ptr[0] == ',' && view_has(body, VIEW("=")));
}

static bool is_walk(struct detect_view body)
{
	struct cursor c = cursor_of(body);
	uint64_t va;
	if (!cursor_char(&c, '[') || !cursor_hex(&c, &va) || !cursor_literal(&c, VIEW("] ")))
		return false;
	struct detect_view rest = cursor_rest(&c);
	return view_starts(rest, VIEW("pgd=")) || view_starts(rest, VIEW("*pgd=")) ||
	       view_starts(rest, VIEW("user address but active_mm is swapper")) ||
	       view_starts(rest, VIEW("address between user and kernel address ranges"));
}

// " (&lock){+.+.}-{3:3}, at: symbol" and "#0: addr (&lock){...}, at: symbol"
static bool is_lock(struct detect_view body)
{
	return view_has(body, VIEW("}, at: ")) || view_has(body, VIEW(", at: ")) ||
	       (view_has(body, VIEW("){")) && view_has(body, VIEW("}-{")));
}

enum member member_classify(const struct message *m)
{
	struct detect_view body = m->body;
	struct trace_frame frame;
	int number;
	if (is_torn(body))
		return MEMBER_TORN;
	enum member kind = by_opening(body);
	if (kind != MEMBER_NONE)
		return kind;
	if (is_cpu_line(body))
		return MEMBER_CPU;
	if (is_walk(body))
		return MEMBER_WALK;
	if (is_registers(body, &number))
		return MEMBER_REGISTERS;
	if (trace_frame_parse(body, &frame))
		return MEMBER_FRAME;
	return is_lock(body) ? MEMBER_LOCK : MEMBER_NONE;
}

enum report_stage member_stage(enum member kind)
{
	static const uint8_t stages[] = {
	    [MEMBER_ABORT] = STAGE_ABORT,     [MEMBER_WALK] = STAGE_ABORT,
	    [MEMBER_MODULES] = STAGE_MODULES, [MEMBER_CPU] = STAGE_CPU,
	    [MEMBER_TAINTED] = STAGE_CPU,     [MEMBER_PSTATE] = STAGE_PSTATE,
	    [MEMBER_PC] = STAGE_PC,           [MEMBER_LR] = STAGE_LR,
	    [MEMBER_SP] = STAGE_SP,           [MEMBER_REGISTERS] = STAGE_REGISTERS,
	    [MEMBER_TRACE] = STAGE_TRACE,     [MEMBER_TRACE_OTHER] = STAGE_FRAMES,
	    [MEMBER_FRAME] = STAGE_FRAMES,    [MEMBER_CODE] = STAGE_CODE,
	    [MEMBER_TAIL] = STAGE_END,        [MEMBER_TORN] = STAGE_HEADER,
	};
	return (enum report_stage)stages[kind];
}

// ---- what the line tells
// ---------------------------------------------------------------------------

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

static void take_cpu(struct report *r, struct detect_view body)
{
	struct cursor c = cursor_of(body);
	struct detect_view before;
	uint64_t value;
	if (cursor_literal(&c, VIEW("CPU: ")) && cursor_decimal(&c, &value) && r->cpu < 0)
		r->cpu = (int)value;
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

// Behind the words of a PC line: "0010:", "[<address>]", "[c000..]", then the symbol.
static struct symbol program_counter(struct detect_view body, bool *bare)
{
	struct cursor c = cursor_of(body);
	struct detect_view word;
	uint64_t value;
	*bare = false;
	while (c.p < c.end) {
		struct cursor probe = c;
		cursor_blanks(&probe);
		struct trace_frame frame;
		if (trace_frame_parse(cursor_rest(&probe), &frame))
			return frame.symbol;
		word = cursor_word(&probe);
		struct cursor hex = cursor_of(word);
		if (cursor_literal(&hex, VIEW("0010:")) || cursor_literal(&hex, VIEW("0060:"))) {
			if (trace_frame_parse(cursor_rest(&hex), &frame))
				return frame.symbol;
			probe.p = hex.p > probe.p ? hex.p : probe.p;
		} else if (word.len == 16 && cursor_hex(&hex, &value) && hex.p == hex.end) {
			*bare = true;
			break;
		} else if (view_equal(word, VIEW("0x0"))) {
			return (struct symbol){.name = word};
		}
		c = probe;
	}
	return (struct symbol){0};
}

static void take_pc(struct report *r, struct detect_view body)
{
	bool bare;
	struct symbol s = program_counter(body, &bare);
	if (r->pc.len || r->pc_user)
		return;
	if (s.name.len)
		r->pc = report_keep(r, s.name);
	else
		r->pc_user = bare;
}

static void take_lr(struct report *r, struct detect_view body)
{
	bool bare;
	struct symbol s = program_counter(body, &bare);
	if (!r->lr.len && s.name.len)
		r->lr = report_keep(r, s.name);
}

static void take_frame(struct report *r, struct detect_view body)
{
	struct trace_frame frame;
	if (r->other_trace || !trace_frame_parse(body, &frame))
		return;
	report_add_frame(r, &frame.symbol, frame.from_pc, !frame.unreliable);
}

// "at: symbol" of the first lock line: the lock being acquired.
static void take_lock(struct report *r, struct detect_view body)
{
	struct cursor c = cursor_of(body);
	struct detect_view before;
	struct trace_frame frame;
	if (r->lock.len || !cursor_until(&c, VIEW(", at: "), &before))
		return;
	if (trace_frame_parse(cursor_rest(&c), &frame))
		r->lock = report_keep(r, frame.symbol.name);
}

static void take_access(struct report *r, struct detect_view body)
{
	if (!r->access.len)
		r->access = report_keep(r, body.ptr[0] == 'R' ? VIEW("Read") : VIEW("Write"));
}

void member_apply(struct report *r, enum member kind, const struct message *m)
{
	struct detect_view body = m->body;
	int number;
	switch (kind) {
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
		take_pc(r, body);
		break;
	case MEMBER_LR:
		take_lr(r, body);
		break;
	case MEMBER_REGISTERS:
		if (is_registers(body, &number) && number >= 0)
			r->next_register = number - 3;
		break;
	case MEMBER_TRACE:
		r->other_trace = r->trace_seen && r->frames_count > 0;
		r->trace_seen = true;
		break;
	case MEMBER_TRACE_OTHER:
		r->other_trace = true;
		break;
	case MEMBER_FRAME:
		take_frame(r, body);
		break;
	case MEMBER_LOCK:
		take_lock(r, body);
		break;
	case MEMBER_ACCESS:
		take_access(r, body);
		break;
	case MEMBER_TAIL:
		r->tail_seen = true;
		break;
	default:
		break;
	}
}
