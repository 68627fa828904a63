// SPDX-License-Identifier: GPL-2.0-or-later
// Assembly: messages -> reports. Decides which report a line belongs to when several CPUs print at
// once, when a report ends, and which report is only the consequence of another.
#ifndef DETECT_ASSEMBLE_H
#define DETECT_ASSEMBLE_H

#include "detect/boot.h"
#include "detect/emit.h"
#include "detect/ktap.h"
#include "detect/member.h"
#include "detect/message.h"
#include "detect/report.h"
#include "detect/rules.h"

#define REPORTS_MAX  8 // open at once
#define PENDING_MAX  4 // cut-here lines without header so far
#define PENDING_TEXT 320
#define ROOTS_MAX    8   // reports remembered as possible causes
#define PRINTS_MAX   64  // headers remembered to know a reprint
#define REPEATS_MAX  256 // signatures counted per boot attempt, a power of two
#define STORM_LIMIT  200 // reports of an attempt that are told in full

// A cut-here line or a ruler, and the text behind it until a header comes.
struct pending {
	bool used, ruler;
	char caller_kind;
	uint32_t caller;
	struct detect_place first;
	uint8_t lines;
	uint16_t len;
	char text[PENDING_TEXT];
};

// What is remembered of a report that may be the cause of later ones.
struct root {
	uint32_t id, top_id;
	uint64_t line, top_line; // header lines: its own and its root's
	uint64_t last_line;
	int64_t kernel_us, last_us;
	char caller_kind;
	uint32_t caller;
	int cpu;
	int64_t pid;
	uint64_t sig1;
	const char *class_name;
	int severity;
	bool fatal, open;
	bool spoiled;                   // a consequence of a fatal report
	bool tainted_die, tainted_warn; // the kernel was tainted so before it
};

struct repeat {
	uint64_t sig;
	uint32_t count;
};

// What assembly needs of the rest. Pointers stay valid as long as the assembler.
struct assemble_surroundings {
	struct emitter *emit;
	struct boot *boot;        // is told of panics
	const struct ktap *ktap;  // which test runs
	const uint64_t *prefixed; // lines with a kernel prefix so far
};

// Starts as all zero but for its surroundings.
struct assembler {
	struct assemble_surroundings with;
	struct report reports[REPORTS_MAX];
	unsigned live; // bit i: reports[i] is in use
	struct pending pendings[PENDING_MAX];
	struct pending ahead;  // the last text of role RULE_AHEAD
	uint8_t open;          // reports and pendings in use: 0 means clean lines need no look
	struct report *recent; // the last report that got a line
	uint32_t last_opened;  // id of the report opened by the line before, 0 none
	uint64_t line_seq;     // messages seen
	uint64_t ahead_seq;

	struct symbol_cache symbols;
	struct root roots[ROOTS_MAX];
	uint8_t roots_next;
	uint64_t prints[PRINTS_MAX];
	uint8_t prints_next;
	struct repeat repeats[REPEATS_MAX];

	uint32_t next_id;
	uint32_t serious;    // reports of severity >= 2 that are not folded
	uint32_t in_attempt; // reports of this boot attempt
};

// The report in use behind `r`, or the first one when `r` is NULL; NULL behind the last. Reports may
// be closed while they are walked.
static inline struct report *next_report(struct assembler *a, const struct report *r)
{
	unsigned left = r ? a->live & ~1u << (r - a->reports) : a->live;
	return left ? &a->reports[__builtin_ctz(left)] : NULL;
}

// Any message that is not a header: members, markers, text.
void assemble_message(struct assembler *a, const struct message *m, const struct rule_match *match);

// The kernel says that it prints its previous message again.
void assemble_replay(struct assembler *a);

// The kernel lost messages: open reports are damaged.
void assemble_dropped(struct assembler *a);

void assemble_close_all(struct assembler *a, enum detect_close why);

// A new boot attempt: counts and causes start over.
void assemble_new_attempt(struct assembler *a);

// ---- route.c ------------------------------------------------------------------------------------

// The open report that a member line belongs to, NULL when to none.
struct report *route_member(struct assembler *a, const struct message *m, enum member kind);

// The open report of the context in which a header appears, NULL when there is none.
struct report *route_header(struct assembler *a, const struct message *m, int cpu);

bool route_same_caller(const struct report *r, const struct message *m);

// ---- fold.c -------------------------------------------------------------------------------------

// At the header: is this panic brought about by an earlier report, or the report one more of it?
void fold_consequence(struct assembler *a, struct report *r);

// At the header: the report goes on with the open one of that id.
void fold_retold(struct assembler *a, struct report *r, uint32_t id);

// At the close, when taint is known: a cascade?
void fold_cascade(struct assembler *a, struct report *r);

// Did a report end in the death of a task just ahead of this line?
bool fold_after_death(const struct assembler *a, uint64_t line);

void fold_remember(struct assembler *a, const struct report *r, uint64_t sig1, bool open);

// ---- open.c -------------------------------------------------------------------------------------

// Opens a report for a header line; returns NULL when the line is no header after all. `partner` is
// the open report that the lines belong to as well, 0 none.
struct report *report_open(struct assembler *a, const struct message *m,
			   const struct rule_match *match, uint32_t partner);
void report_close(struct assembler *a, struct report *r, enum detect_close why);
void report_void(struct assembler *a, struct report *r);

// A line of a program, in a stream whose kernel stamps its lines.
bool line_is_foreign(const struct assembler *a, const struct message *m);

#endif
