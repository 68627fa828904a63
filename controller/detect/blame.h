// SPDX-License-Identifier: GPL-2.0-or-later
// Which function a report is about.
#ifndef DETECT_BLAME_H
#define DETECT_BLAME_H

#include "detect/report.h"

// Symbol of the header line, else of the program counter; "" when neither shows one.
struct detect_view blame_header(const struct report *r);

// The function to blame, by the rule's own way of finding it; "" when nothing is known.
struct detect_view blame_function(const struct report *r);

// Is frame `i` report machinery, a generic helper or not to be relied on?
bool blame_skips(const struct report *r, size_t i);

#endif
