// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/member.h"

#include "detect/text.h"

// ---- what kind of line --------------------------------------------------------------------------

struct opening {
	struct detect_view text;
	enum member kind;
};

#define OPENING(literal, member_kind)                                  \
	{                                                              \
		{(literal), sizeof(literal) - 1}, MEMBER_##member_kind \
	}

// Lines known by their first words; in the order of their first character.
static const struct opening openings[] = {
    OPENING("#PF: ", ABORT),
    OPENING("(ftrace buffer empty)", TAIL),
    OPENING("(detected by ", TEXT),
    OPENING("(t=", TEXT),
    OPENING("*** DEADLOCK ***", TEXT),
    OPENING("-> #", TRACE_OTHER),
    OPENING("0x", TEXT),
    OPENING("<TASK>", TEXT),
    OPENING("</TASK>", TEXT),
    OPENING("<IRQ>", TEXT),
    OPENING("</IRQ>", TEXT),
    OPENING("<NMI>", TEXT),
    OPENING("</NMI>", TEXT),
    OPENING("<SOFTIRQ>", TEXT),
    OPENING("</SOFTIRQ>", TEXT),
    OPENING(">ffff", TEXT),
    OPENING("Access size = ", ABORT),
    OPENING("Allocated by task ", TRACE_OTHER),
    OPENING("Allocated by:", TRACE_OTHER),
    OPENING("Allocated in ", TRACE_OTHER),
    OPENING("Backtrace:", TRACE),
    OPENING("Bytes b4 ", TEXT),
    OPENING("CM = ", ABORT),
    OPENING("Call trace:", TRACE),
    OPENING("Call Trace:", TRACE),
    OPENING("Code: ", CODE),
    OPENING("CPU features: 0x", TAIL),
    OPENING("CPU0: stopping", TAIL),
    OPENING("Chain exists of:", TEXT),
    OPENING("Data abort info", ABORT),
    OPENING("DirtyBit = ", ABORT),
    OPENING("Dumping ftrace buffer:", TAIL),
    OPENING("ESR = 0x", ABORT),
    OPENING("ESR: 0x", ABORT),
    OPENING("EC = 0x", ABORT),
    OPENING("EA = ", ABORT),
    OPENING("Exception class = ", ABORT),
    OPENING("EIP: ", PC),
    OPENING("EIP is at ", PC),
    OPENING("Exception stack(", TEXT),
    OPENING("FSC = 0x", ABORT),
    OPENING("FAR: 0x", ABORT),
    OPENING("Freed by task ", TRACE_OTHER),
    OPENING("Freed by:", TRACE_OTHER),
    OPENING("Freed in ", TRACE_OTHER),
    OPENING("FIX ", TEXT),
    OPENING("GCS = ", ABORT),
    OPENING("Hardware name: ", TAINTED),
    OPENING("ISV = ", ABORT),
    OPENING("IRQ stack: ", ABORT),
    OPENING("IP: ", PC),
    OPENING("Instruction dump:", CODE),
    OPENING("INFO: lockdep is turned off.", TEXT),
    OPENING("Kernel Offset: ", TAIL),
    OPENING("Kernel panic - not syncing", TEXT),
    OPENING("KASAN: ", TEXT),
    OPENING("Kernel stack overflow", TEXT),
    OPENING("LR is at ", LR),
    OPENING("LR [", LR),
    OPENING("Last potentially related work creation:", TRACE_OTHER),
    OPENING("Local variable ", TRACE_OTHER),
    OPENING("Mem abort info", ABORT),
    OPENING("Modules linked in:", MODULES),
    OPENING("Memory Limit: ", TAIL),
    OPENING("May be due to missing lock nesting notation", TEXT),
    OPENING("Memory state around the buggy address:", TEXT),
    OPENING("Mem-Info:", TEXT),
    OPENING("NIP [", PC),
    OPENING("NMI backtrace for cpu ", TRACE_OWN),
    OPENING("Overlay = ", ABORT),
    OPENING("Overflow stack: ", ABORT),
    OPENING("Object ", TEXT),
    OPENING("PGD ", ABORT),
    OPENING("PC is at ", PC),
    OPENING("PHYS_OFFSET: ", TAIL),
    OPENING("Preemption disabled at:", REMARK),
    OPENING("Possible unsafe locking scenario:", TEXT),
    OPENING("Possible interrupt unsafe locking scenario:", TEXT),
    OPENING("Padding ", TEXT),
    OPENING("RIP: ", PC),
    OPENING("Read of size ", ACCESS),
    OPENING("Read at addr ", ACCESS),
    OPENING("RCU grace-period kthread stack dump:", TRACE_OTHER),
    OPENING("Redzone ", TEXT),
    OPENING("Reported by Kernel Concurrency Sanitizer on:", TEXT),
    OPENING("SET = ", ABORT),
    OPENING("SSE = ", ABORT),
    OPENING("SF = ", ABORT),
    OPENING("Second to last potentially related work creation:", TRACE_OTHER),
    OPENING("SMP: stopping secondary CPUs", TAIL),
    OPENING("SMP: failed to stop secondary CPUs", TAIL),
    OPENING("Sending NMI ", TEXT),
    OPENING("Stack dump where RCU GP kthread last ran", TRACE_KTHREAD),
    OPENING("Stack:", TEXT),
    OPENING("Showing all locks held in the system:", TEXT),
    OPENING("Showing busy workqueues and worker pools:", TEXT),
    OPENING("Slab 0x", TEXT),
    OPENING("Task stack: ", ABORT),
    OPENING("Tainted: ", TAINTED),
    OPENING("Task dump for CPU ", TRACE_OWN),
    OPENING("Thread overran stack, or stack corrupted", TEXT),
    OPENING("The buggy address belongs to ", TEXT),
    OPENING("The buggy address is located ", TEXT),
    OPENING("Uninit was created at:", TRACE_OTHER),
    OPENING("Uninit was stored to memory at:", TRACE_OTHER),
    OPENING("Unwind CODE", TEXT),
    OPENING("Workqueue: ", TAINTED),
    OPENING("Write of size ", ACCESS),
    OPENING("Write at addr ", ACCESS),
    OPENING("allocated by task ", TRACE_OTHER),
    OPENING("backtrace:", TRACE),
    OPENING("backtrace (", TRACE),
    OPENING("but task is already holding lock:", TEXT),
    OPENING("comm \"", TEXT),
    OPENING("elr: ", TEXT), // of U-Boot
    OPENING("epc : ", PC),
    OPENING("epc   : ", PC),
    OPENING("freed by task ", TRACE_OTHER),
    OPENING("flags: 0x", TEXT),
    OPENING("hardirqs last ", TEXT),
    OPENING("hex dump (first ", TEXT),
    OPENING("head:", TEXT),
    OPENING("irq event stamp: ", TEXT),
    OPENING("is trying to acquire lock:", TEXT),
    OPENING("kasan: ", TEXT),
    OPENING("lr : ", LR),
    OPENING("last function: ", LAST_FUNCTION),
    OPENING("note: ", TEXT),
    OPENING("no locks held by ", TEXT),
    OPENING("other info that might help us debug this:", TEXT),
    OPENING("pgd = ", ABORT),
    OPENING("preempt=0x", LAST_FUNCTION),
    OPENING("pstate: ", PSTATE),
    OPENING("pc : ", PC),
    OPENING("pmr: ", SP),
    OPENING("page last allocated via ", TRACE_OTHER),
    OPENING("page last free ", TRACE_OTHER),
    OPENING("page:", TEXT),
    OPENING("page: ", TEXT),
    OPENING("page dumped because: ", TEXT),
    OPENING("ra : ", LR),
    OPENING("rcu: Stack dump where RCU GP kthread last ran", TRACE_KTHREAD),
    OPENING("rcu: RCU grace-period kthread stack dump:", TRACE_OTHER),
    OPENING("rcu: ", STALL),
    OPENING("raw: ", TEXT),
    OPENING("swapper pgtable: ", ABORT),
    OPENING("sp : ", SP),
    OPENING("stack backtrace:", TRACE_OWN),
    OPENING("softirqs last ", TEXT),
    OPENING("task:", TEXT),
    OPENING("the existing dependency chain (in reverse order) is:", TEXT),
    OPENING("user pgtable: ", ABORT),
    OPENING("unreferenced object 0x", TEXT),
    OPENING("which lock already depends on the new lock.", TEXT),
    OPENING("which belongs to the cache ", TEXT),
};

static enum member by_opening(struct detect_view body)
{
	size_t low = 0, high = sizeof(openings) / sizeof(openings[0]), end = high;
	char second = body.len > 1 ? body.ptr[1] : '\0';
	while (low < high) { // the first one that begins like the line
		size_t middle = (low + high) / 2;
		if (openings[middle].text.ptr[0] < body.ptr[0])
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < end && openings[low].text.ptr[0] == body.ptr[0]; low++)
		if (openings[low].text.ptr[1] == second && view_starts(body, openings[low].text))
			return openings[low].kind;
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
		struct cursor firmware = c; // "x30            = 0x..": TF-A
		if (cursor_blanks(&firmware) && cursor_literal(&firmware, VIEW("= 0x")))
			return true;
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

// Words of memory, as old kernels print the stack.
static bool is_stack_words(struct detect_view body)
{
	struct cursor c = cursor_of(body);
	size_t words = 0;
	while (cursor_blanks(&c), c.p < c.end) {
		const char *start = c.p;
		uint64_t value;
		if (!cursor_hex(&c, &value) || (c.p - start != 16 && c.p - start != 8))
			return false;
		words++;
	}
	return words > 1;
}

// "9fa0: 00000000 00000000 ..." and other dumps: an address, then words or bytes.
static bool is_dump(struct detect_view body)
{
	struct cursor c = cursor_of(body);
	uint64_t value;
	if (!cursor_hex(&c, &value) || c.p - body.ptr < 4 || !cursor_char(&c, ':'))
		return false;
	size_t words = 0;
	while (cursor_blanks(&c), cursor_hex(&c, &value))
		words++;
	return words >= 2;
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
	if (!memchr(body.ptr, '{', body.len) && !view_has(body, VIEW(" at:")))
		return false;
	return view_has(body, VIEW(" at: ")) || view_ends(body, VIEW(" at:")) ||
	       (view_has(body, VIEW("){")) && view_has(body, VIEW("}-{")));
}

// "1-...: (1 GPs behind) idle=..": the same without "rcu: ", as before 4.20
static bool is_stall(struct detect_view body)
{
	size_t digits = 0;
	while (digits < body.len && is_digit(body.ptr[digits]))
		digits++;
	return digits > 0 && digits + 4 < body.len && body.ptr[digits] == '-' &&
	       view_has(body, VIEW(": (")) && view_has(body, VIEW("GP"));
}

static enum member by_shape(struct detect_view body, struct member_line *line)
{
	if (is_digit(body.ptr[0]) && is_stall(body))
		return MEMBER_STALL;
	if (is_cpu_line(body))
		return MEMBER_CPU;
	if (is_walk(body))
		return MEMBER_WALK;
	if (is_registers(body, &line->number))
		return MEMBER_REGISTERS;
	if (trace_frame_parse(body, &line->frame))
		return MEMBER_FRAME;
	if (is_hex(body.ptr[0]) && (is_stack_words(body) || is_dump(body)))
		return MEMBER_TEXT;
	return is_lock(body) ? MEMBER_LOCK : MEMBER_NONE;
}

void member_classify(const struct message *m, struct member_line *line)
{
	struct detect_view body = m->body;
	line->body = body;
	if (is_torn(body)) {
		line->kind = MEMBER_TORN;
		return;
	}
	// Registers are the most of a report, and no opening begins with an x.
	line->kind = body.ptr[0] == 'x' ? MEMBER_NONE : by_opening(body);
	if (line->kind == MEMBER_NONE)
		line->kind = by_shape(body, line);
}

enum report_stage member_stage(enum member kind)
{
	static const uint8_t stages[] = {
	    [MEMBER_ABORT] = STAGE_ABORT,
	    [MEMBER_WALK] = STAGE_ABORT,
	    [MEMBER_MODULES] = STAGE_MODULES,
	    [MEMBER_CPU] = STAGE_CPU,
	    [MEMBER_TAINTED] = STAGE_CPU,
	    [MEMBER_PSTATE] = STAGE_PSTATE,
	    [MEMBER_PC] = STAGE_PC,
	    [MEMBER_LR] = STAGE_LR,
	    [MEMBER_SP] = STAGE_SP,
	    [MEMBER_REGISTERS] = STAGE_REGISTERS,
	    [MEMBER_TRACE] = STAGE_TRACE,
	    [MEMBER_TRACE_OTHER] = STAGE_FRAMES,
	    [MEMBER_FRAME] = STAGE_FRAMES,
	    [MEMBER_CODE] = STAGE_CODE,
	    [MEMBER_TAIL] = STAGE_END,
	    [MEMBER_TORN] = STAGE_HEADER,
	    [MEMBER_TRACE_KTHREAD] = STAGE_FRAMES,
	};
	return (enum report_stage)stages[kind];
}
