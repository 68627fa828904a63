// SPDX-License-Identifier: GPL-2.0-or-later
// A message: one record of text after framing, repair and prefix parsing; what the upper layers
// see.
#ifndef DETECT_MESSAGE_H
#define DETECT_MESSAGE_H

#include "detect/detect.h"
#include "detect/prefix.h"

// Lines with the kernel's prefix after which one without is not the kernel's.
#define PREFIXED_ENOUGH 16

struct message {
	struct detect_place at;
	struct detect_view text; // with prefix
	struct detect_view body; // without prefix, leading and trailing blanks
	size_t indent;           // blanks ahead of body
	struct prefix prefix;
	bool partial, truncated;
	bool merged; // stood behind other text on its line
};

// A line without the kernel's prefix, in a stream of which `prefixed` lines had it: a program's.
static inline bool message_is_bare(const struct message *m, uint64_t prefixed)
{
	return !m->prefix.kernel && !m->merged && prefixed >= PREFIXED_ENOUGH;
}

#endif
