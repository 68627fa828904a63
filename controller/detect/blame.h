// SPDX-License-Identifier: GPL-2.0-or-later
// Which function a report is about.
#ifndef DETECT_BLAME_H
#define DETECT_BLAME_H

#include "detect/report.h"

// Symbol of the header line, else of the program counter; "" when neither shows one.
struct detect_view blame_header(const struct report *r);

// Follows a trace frame by frame for what a dispatcher called; recursion may make traces far longer
// than what a report keeps of them.
void blame_follow(struct report *r, struct detect_view name, unsigned lists, bool from_pc);

// The function to blame, by the rule's own way of finding it; "" when nothing is known.
struct detect_view blame_function(const struct report *r);

// Is a symbol report machinery or a generic helper?
bool blame_skips_name(struct detect_view name);

// Is frame `i` report machinery, a generic helper or where a task waits?
bool blame_skips(const struct report *r, size_t i);

#endif
