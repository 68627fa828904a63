// SPDX-License-Identifier: GPL-2.0-or-later
// Lines inside a report: what kind of line, and what it tells.
#ifndef DETECT_MEMBER_H
#define DETECT_MEMBER_H

#include "detect/message.h"
#include "detect/report.h"

enum member {
	MEMBER_NONE,
	MEMBER_ABORT, // Mem/Data abort info and its lines, pgtable line
	MEMBER_WALK,  // [va] pgd=.., .. and its torn continuations
	MEMBER_MODULES,
	MEMBER_CPU,
	MEMBER_TAINTED, // Tainted: [W]=WARN; Hardware name; Workqueue
	MEMBER_PSTATE,
	MEMBER_PC,
	MEMBER_LR,
	MEMBER_SP,
	MEMBER_REGISTERS,
	MEMBER_TRACE,         // Call trace:
	MEMBER_TRACE_OTHER,   // Allocated by, Freed by: a trace that is not the report's own
	MEMBER_TRACE_OWN,     // stack backtrace:, NMI backtrace: the next trace is the report's own
	MEMBER_TRACE_KTHREAD, // where the grace-period kthread last ran: of a CPU that did answer
	MEMBER_STALL,         // "rcu: 1-...!: (..)": a CPU that does not answer
	MEMBER_FRAME,
	MEMBER_REMARK, // Preemption disabled at: the next frame is no part of a trace
	MEMBER_CODE,
	MEMBER_LOCK, // lockdep's lines about locks
	MEMBER_LAST_FUNCTION,
	MEMBER_ACCESS, // Read of size 8 at addr ..
	MEMBER_TAIL,   // after a panic: SMP: stopping, Kernel Offset, ..
	MEMBER_TEXT,   // other known lines
	MEMBER_TORN,   // end of a record that was torn: ", pte=..", " x13: ..", empty
};

// A frame of a call trace.
struct trace_frame {
	struct symbol symbol;
	bool from_pc, unreliable, inlined;
	bool from_arm;             // "f from g": no line announces such a trace
	struct detect_view caller; // g of such a frame
};

// Parses a frame; false when the text is none. (trace.c)
bool trace_frame_parse(struct detect_view body, struct trace_frame *out);

// Fills `walk` from "[va] pgd=..., p4d=..., ..." or a continuation ", pte=...". (walk.c)
bool walk_parse(struct detect_view body, struct detect_walk *walk);

// A line, taken apart as far as telling its kind needed.
struct member_line {
	enum member kind;
	struct detect_view body;
	struct trace_frame frame; // MEMBER_FRAME
	int number;               // MEMBER_REGISTERS: of the first x or r register, -1 others
};

void member_classify(const struct message *m, struct member_line *line);

enum report_stage member_stage(enum member kind);

// Takes what the line tells into the report. (extract.c)
void member_apply(struct report *r, struct symbol_cache *cache, const struct member_line *line);

#endif
