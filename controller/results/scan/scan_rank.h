// SPDX-License-Identifier: GPL-2.0-or-later
// Sorts the findings of one file for people: the worst first, what follows from a report below it, and
// a report that came several times once, with a count.
#ifndef RESULTS_SCAN_RANK_H
#define RESULTS_SCAN_RANK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "detect/detect.h"

struct scan_entry {
	uint32_t id, folded_id; // of the detector; folded_id 0: a root
	uint64_t line, last_line;
	uint64_t sig2;
	int severity;
	bool fatal;
	uint32_t count; // how often it came
	char *head;     // headline, owned
	char *body;     // the rest, owned; NULL: not kept, there were too many
};

struct scan_rank {
	struct scan_entry *entries;
	size_t count;
	size_t bytes;  // of bodies kept
	uint32_t more; // reports beyond those kept
};

void scan_rank_deinit(struct scan_rank *r);

// Takes a report; `head` and `body` are emptied. With `apart` one that came before gets its own entry.
void scan_rank_add(struct scan_rank *r, const struct detect_splat *splat, bool apart,
		   struct buffer *head, struct buffer *body);

// Writes all of them, worst first.
void scan_rank_write(struct scan_rank *r, struct buffer *out);

#endif
