// SPDX-License-Identifier: GPL-2.0-or-later
// What stands ahead of a message: a host's or LAVA's time stamp, syslog words, `<N>`, the kernel's
// `[ssssss.uuuuuu]` and caller `[  T123]`. Every part is optional.
#ifndef DETECT_PREFIX_H
#define DETECT_PREFIX_H

#include "detect/detect.h"

struct prefix {
	size_t len;        // bytes ahead of the message, one blank behind the prefix included
	int level;         // -1 none
	int64_t kernel_us; // -1 none
	char caller_kind;  // 'T', 'C', 0 none
	uint32_t caller;
	bool kernel; // a level or a kernel stamp is there
};

void prefix_parse(struct detect_view text, struct prefix *out);

// Offset behind `from` at which another kernel prefix begins inside the text (two records on one
// line), or text.len. No '[' stands behind `bracket`; text.len when that is not known.
size_t prefix_find(struct detect_view text, size_t from, size_t bracket);

// One line may hold several records: text, then "[    1.234567] ..." in its middle. Takes the first
// one, whose prefix was read, off `rest`; empty behind the last. `bracket` as above.
struct detect_view prefix_take_record(struct detect_view *rest, const struct prefix *prefix,
				      size_t bracket);

#endif
