// SPDX-License-Identifier: GPL-2.0-or-later
// A report under assembly: what is known so far, in bounded memory.
#ifndef DETECT_REPORT_H
#define DETECT_REPORT_H

#include "detect/message.h"
#include "detect/rules.h"
#include "detect/symbol.h"

#define REPORT_TEXT_MAX    3072 // bytes of strings kept per report
#define REPORT_STALLED_MAX 512  // CPUs that an RCU stall can be about

// A string inside a report's text store.
struct kept {
	uint16_t at, len;
};

struct report_frame {
	struct kept name, module;
	uint32_t offset, size;
	bool from_pc;
	bool
	    past_call; // return address of a call that never returns: the name is the next function's
	uint16_t lists; // SYMBOL_ON() of the lists that the name is on
};

// How far a report has come, in the order in which arm64 prints it. Used to tell apart lines of
// several reports that carry no key of their own.
enum report_stage {
	STAGE_HEADER,
	STAGE_ABORT, // Mem abort info, Data abort info, page-table walk
	STAGE_DIE,   // Internal error
	STAGE_MODULES,
	STAGE_CPU, // CPU line, Tainted, Hardware name, Workqueue
	STAGE_PSTATE,
	STAGE_PC,
	STAGE_LR,
	STAGE_SP,
	STAGE_REGISTERS,
	STAGE_TRACE, // Call trace:
	STAGE_FRAMES,
	STAGE_CODE,
	STAGE_END,
};

struct report {
	uint32_t id;
	const struct rule *rule;
	const char *class_name;
	char sub[32];
	int severity;
	bool fatal;

	// whose it is
	char caller_kind;
	uint32_t caller;
	int cpu;
	int64_t pid;
	int64_t kernel_us, last_us;
	unsigned attempt;

	// where
	struct detect_place header, first, last;
	uint32_t foreign; // lines since the last of its own that might have been its own
	uint32_t apart;   // lines since then that could not: of programs, of other callers
	uint32_t lines;

	// progress
	enum report_stage stage;
	int next_register; // number of the first register the next register line should show
	bool die_seen, trace_seen, tail_seen;
	bool awaits_trace;  // its own trace has not been announced yet
	bool other_trace;   // the frames that come belong to another trace
	bool other_pending; // so does the next trace
	bool skip_frame;    // the next frame line is a remark, not part of a trace
	bool lock_frame;    // the next frame line names the lock's holder
	uint32_t partner;   // report whose trace follows behind this header, 0 none
	bool retold;        // its lines come by way of such a report
	bool kernel;        // its header bore the kernel's prefix
	bool damaged, mixed, glued, truncated, suspect, reprint;

	// findings
	struct kept func_header, func2, file, what, name, access, message, comm, taint, release;
	struct kept hardware, workqueue, panic, pc, lr, lock, test;
	bool
	    pc_bare; // the program counter was an address without symbol: a jump to NULL, into data
	bool pc_user; // the same, and of user space
	uint64_t esr, far;
	bool esr_known, far_known, bbm;
	struct kept image;   // of firmware: its part that crashed, and the offset in it
	uint64_t pc_address; // of firmware
	bool pc_known;
	bool pc_caller; // it is only where the crashing function was called from
	struct detect_walk walk;

	// trace
	struct report_frame frames[DETECT_FRAMES_MAX];
	uint16_t frames_count;
	uint16_t in_trace;   // frame lines taken, without the program counter's
	uint64_t trace_hash; // over all frames, also those beyond frames[]
	uint8_t
	    from_len; // of the latest "f from g": g, which has a frame only when the trace goes on
	char from_name[64];
	struct kept repeated; // first function to blame seen twice
	bool overlapped; // others were open at the same time, and no caller tells whose a line is

	// RCU stalls
	uint64_t stalled[REPORT_STALLED_MAX / 64]; // the CPUs that do not answer, a bit each
	bool stalled_known;
	bool kthread_cpu; // the CPU that is told of next is where the grace-period kthread last ran
	bool other_cpu;   // the registers that come are those of a CPU that did answer

	bool candidate_final; // of BLAME_HANG: a dispatcher was found, this is what it called
	uint8_t candidate_len;
	char candidate[96];

	// consequence of another report
	uint32_t folded_id;
	uint64_t folded_line;

	uint16_t text_len;
	char text[REPORT_TEXT_MAX];
};

void report_init(struct report *r);

// Copies `v` into the report; what does not fit is cut and `truncated` set.
struct kept report_keep(struct report *r, struct detect_view v);

// Takes ESR_EL1 from a header or a die line, unless it is known: a hexadecimal number, that of another
// machine's error code, which is shorter, left alone.
void report_take_syndrome(struct report *r, struct detect_view number);

static inline struct detect_view report_view(const struct report *r, struct kept k)
{
	return (struct detect_view){r->text + k.at, k.len};
}

// Has told of a fault, and of nothing behind the abort.
static inline bool report_awaits_abort(const struct report *r)
{
	return r->stage <= STAGE_ABORT && r->fatal && !r->die_seen && r->rule->end == END_TRACE;
}

// Has told of the abort, and "Internal error: .." comes next: nothing else does.
static inline bool report_awaits_die(const struct report *r)
{
	return r->stage == STAGE_ABORT && r->fatal && !r->die_seen && r->rule->end == END_TRACE;
}

// `hash` is the name's, `lists` the symbol lists it is on. Returns the frame, or NULL when it was not
// kept: the symbol straight above again, or one frame too many.
struct report_frame *report_add_frame(struct report *r, const struct symbol *s, uint64_t hash,
				      unsigned lists, bool from_pc);

// Is a frame the return address of a call that does not return? It stands at the very start of what
// the linker put behind the caller. Where an exception hit, or a trace begins, the start of a
// function is a place like others.
bool report_is_past_call(const struct report *r, const struct symbol *s, bool from_pc);

#endif
