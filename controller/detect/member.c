// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/member.h"

#include "detect/text.h"

#include <string.h>

// ---- what kind of line --------------------------------------------------------------------------

struct opening {
	struct detect_view text;
	enum member kind;
};

// Lines known by their first words; those with one first character stand together.
#define OPENINGS(_)                                                         \
	_("#PF: ", ABORT)                                                   \
	_("(ftrace buffer empty)", TAIL)                                    \
	_("(detected by ", TEXT)                                            \
	_("(t=", TEXT)                                                      \
	_("*** DEADLOCK ***", TEXT)                                         \
	_("-> #", TRACE_OTHER)                                              \
	_("0x", TEXT)                                                       \
	_("<TASK>", TEXT)                                                   \
	_("</TASK>", TEXT)                                                  \
	_("<IRQ>", TEXT)                                                    \
	_("</IRQ>", TEXT)                                                   \
	_("<NMI>", TEXT)                                                    \
	_("</NMI>", TEXT)                                                   \
	_("<SOFTIRQ>", TEXT)                                                \
	_("</SOFTIRQ>", TEXT)                                               \
	_(">ffff", TEXT)                                                    \
	_("Access size = ", ABORT)                                          \
	_("Allocated by task ", TRACE_OTHER)                                \
	_("Allocated by:", TRACE_OTHER)                                     \
	_("Allocated in ", TRACE_OTHER)                                     \
	_("Backtrace:", TRACE)                                              \
	_("Bytes b4 ", TEXT)                                                \
	_("CM = ", ABORT)                                                   \
	_("Call trace:", TRACE)                                             \
	_("Call Trace:", TRACE)                                             \
	_("Code: ", CODE)                                                   \
	_("CPU features: 0x", TAIL)                                         \
	_("CPU0: stopping", TAIL)                                           \
	_("Chain exists of:", TEXT)                                         \
	_("Data abort info", ABORT)                                         \
	_("DirtyBit = ", ABORT)                                             \
	_("Dumping ftrace buffer:", TAIL)                                   \
	_("ESR = 0x", ABORT)                                                \
	_("ESR: 0x", ABORT)                                                 \
	_("EC = 0x", ABORT)                                                 \
	_("EA = ", ABORT)                                                   \
	_("Exception class = ", ABORT)                                      \
	_("EIP: ", PC)                                                      \
	_("EIP is at ", PC)                                                 \
	_("Exception stack(", TEXT)                                         \
	_("FSC = 0x", ABORT)                                                \
	_("FAR: 0x", ABORT)                                                 \
	_("Freed by task ", TRACE_OTHER)                                    \
	_("Freed by:", TRACE_OTHER)                                         \
	_("Freed in ", TRACE_OTHER)                                         \
	_("FIX ", TEXT)                                                     \
	_("GCS = ", ABORT)                                                  \
	_("Hardware name: ", TAINTED)                                       \
	_("ISV = ", ABORT)                                                  \
	_("IRQ stack: ", ABORT)                                             \
	_("IP: ", PC)                                                       \
	_("Instruction dump:", CODE)                                        \
	_("INFO: lockdep is turned off.", TEXT)                             \
	_("Kernel Offset: ", TAIL)                                          \
	_("Kernel panic - not syncing", TEXT)                               \
	_("KASAN: ", TEXT)                                                  \
	_("Kernel stack overflow", TEXT)                                    \
	_("LR is at ", LR)                                                  \
	_("LR [", LR)                                                       \
	_("Last potentially related work creation:", TRACE_OTHER)           \
	_("Local variable ", TRACE_OTHER)                                   \
	_("Mem abort info", ABORT)                                          \
	_("Modules linked in:", MODULES)                                    \
	_("Memory Limit: ", TAIL)                                           \
	_("May be due to missing lock nesting notation", TEXT)              \
	_("Memory state around the buggy address:", TEXT)                   \
	_("Mem-Info:", TEXT)                                                \
	_("NIP [", PC)                                                      \
	_("NMI backtrace for cpu ", TRACE_OWN)                              \
	_("Overlay = ", ABORT)                                              \
	_("Overflow stack: ", ABORT)                                        \
	_("Object ", TEXT)                                                  \
	_("PGD ", ABORT)                                                    \
	_("PC is at ", PC)                                                  \
	_("PHYS_OFFSET: ", TAIL)                                            \
	_("Preemption disabled at:", REMARK)                                \
	_("Possible unsafe locking scenario:", TEXT)                        \
	_("Possible interrupt unsafe locking scenario:", TEXT)              \
	_("Padding ", TEXT)                                                 \
	_("RIP: ", PC)                                                      \
	_("Read of size ", ACCESS)                                          \
	_("Read at addr ", ACCESS)                                          \
	_("RCU grace-period kthread stack dump:", TRACE_OTHER)              \
	_("Redzone ", TEXT)                                                 \
	_("Reported by Kernel Concurrency Sanitizer on:", TEXT)             \
	_("SET = ", ABORT)                                                  \
	_("SSE = ", ABORT)                                                  \
	_("SF = ", ABORT)                                                   \
	_("Second to last potentially related work creation:", TRACE_OTHER) \
	_("SMP: stopping secondary CPUs", TAIL)                             \
	_("SMP: failed to stop secondary CPUs", TAIL)                       \
	_("Sending NMI ", TEXT)                                             \
	_("Stack dump where RCU GP kthread last ran", TRACE_KTHREAD)        \
	_("Stack:", TEXT)                                                   \
	_("Showing all locks held in the system:", TEXT)                    \
	_("Showing busy workqueues and worker pools:", TEXT)                \
	_("Slab 0x", TEXT)                                                  \
	_("Task stack: ", ABORT)                                            \
	_("Tainted: ", TAINTED)                                             \
	_("Task dump for CPU ", TRACE_OWN)                                  \
	_("Thread overran stack, or stack corrupted", TEXT)                 \
	_("The buggy address belongs to ", TEXT)                            \
	_("The buggy address is located ", TEXT)                            \
	_("Uninit was created at:", TRACE_OTHER)                            \
	_("Uninit was stored to memory at:", TRACE_OTHER)                   \
	_("Unwind CODE", TEXT)                                              \
	_("Workqueue: ", TAINTED)                                           \
	_("Write of size ", ACCESS)                                         \
	_("Write at addr ", ACCESS)                                         \
	_("allocated by task ", TRACE_OTHER)                                \
	_("backtrace:", TRACE)                                              \
	_("backtrace (", TRACE)                                             \
	_("but task is already holding lock:", TEXT)                        \
	_("comm \"", TEXT)                                                  \
	_("elr: ", TEXT)                                                    \
	_("epc : ", PC)                                                     \
	_("epc   : ", PC)                                                   \
	_("freed by task ", TRACE_OTHER)                                    \
	_("flags: 0x", TEXT)                                                \
	_("hardirqs last ", TEXT)                                           \
	_("hex dump (first ", TEXT)                                         \
	_("head:", TEXT)                                                    \
	_("irq event stamp: ", TEXT)                                        \
	_("is trying to acquire lock:", TEXT)                               \
	_("kasan: ", TEXT)                                                  \
	_("lr : ", LR)                                                      \
	_("last function: ", LAST_FUNCTION)                                 \
	_("note: ", TEXT)                                                   \
	_("no locks held by ", TEXT)                                        \
	_("other info that might help us debug this:", TEXT)                \
	_("pgd = ", ABORT)                                                  \
	_("preempt=0x", LAST_FUNCTION)                                      \
	_("pstate: ", PSTATE)                                               \
	_("pc : ", PC)                                                      \
	_("pmr: ", SP)                                                      \
	_("page last allocated via ", TRACE_OTHER)                          \
	_("page last free ", TRACE_OTHER)                                   \
	_("page:", TEXT)                                                    \
	_("page: ", TEXT)                                                   \
	_("page dumped because: ", TEXT)                                    \
	_("ra : ", LR)                                                      \
	_("rcu: Stack dump where RCU GP kthread last ran", TRACE_KTHREAD)   \
	_("rcu: RCU grace-period kthread stack dump:", TRACE_OTHER)         \
	_("rcu: ", STALL)                                                   \
	_("raw: ", TEXT)                                                    \
	_("swapper pgtable: ", ABORT)                                       \
	_("sp : ", SP)                                                      \
	_("stack backtrace:", TRACE_OWN)                                    \
	_("softirqs last ", TEXT)                                           \
	_("task:", TEXT)                                                    \
	_("the existing dependency chain (in reverse order) is:", TEXT)     \
	_("user pgtable: ", ABORT)                                          \
	_("unreferenced object 0x", TEXT)                                   \
	_("which lock already depends on the new lock.", TEXT)              \
	_("which belongs to the cache ", TEXT)

#define OPENING(literal, member_kind) {{(literal), sizeof(literal) - 1}, MEMBER_##member_kind},
#define FIRST(literal, member_kind)   (literal)[0],

static const struct opening openings[] = {OPENINGS(OPENING)};
static const char opening_firsts[] = {OPENINGS(FIRST)};

static enum member by_opening(struct detect_view body)
{
	const char *found = memchr(opening_firsts, body.ptr[0], sizeof(opening_firsts));
	if (!found)
		return MEMBER_NONE;
	char second = body.len > 1 ? body.ptr[1] : '\0';
	for (size_t i = (size_t)(found - opening_firsts);
	     i < sizeof(opening_firsts) && opening_firsts[i] == *found; i++)
		if (openings[i].text.ptr[1] == second && view_starts(body, openings[i].text))
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
