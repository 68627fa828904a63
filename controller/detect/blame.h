// SPDX-License-Identifier: GPL-2.0-or-later
// Which function a report is about.
#ifndef DETECT_BLAME_H
#define DETECT_BLAME_H

#include "detect/report.h"

// Symbol of the header line, else of the program counter, else, where that was a bare address, of
// the caller (lr); "" when none shows one.
struct detect_view blame_header(const struct report *r);

// Follows a trace frame by frame for what a dispatcher called; recursion may make traces far longer
// than what a report keeps of them.
void blame_follow(struct report *r, struct detect_view name, unsigned lists, bool from_pc);

// Takes the CPUs that a line of an RCU stall names: "1-...!: (10499 ticks this GP)", "{ 1-...D 3-... }".
void blame_take_stalled(struct report *r, struct detect_view text);

// Is a report about a stall of CPUs that are known, and `cpu` none of them?
bool blame_is_other_cpu(const struct report *r, int cpu);

// The function to blame, by the rule's own way of finding it; "" when nothing is known.
struct detect_view blame_function(const struct report *r);

// Is a symbol report machinery or a generic helper?
bool blame_skips_name(struct detect_view name);

// Is frame `i` report machinery, a generic helper or where a task waits?
bool blame_skips(const struct report *r, size_t i);

#endif
