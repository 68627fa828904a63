// SPDX-License-Identifier: GPL-2.0-or-later
// `sanitize:` of a job: which of an emulated board's doings are checked while it runs, and how strictly.
//
//     sanitize: page-tables
//     sanitize: {check: page-tables, levels: [0, 2], lone_data: [0x3e0000, 0x4ab000]}
#ifndef CONFIG_SANITIZE_H
#define CONFIG_SANITIZE_H

#include "config/node.h"

struct sanitize_config {
	bool page_tables;
	// Break-before-make levels (FEAT_BBM) to judge for; none: what the payload or the board says.
	bool levels_given;
	unsigned level; // the lowest of them: whatever is wrong there counts
	bool loads;     // accesses too
	char *symbols;  // owned: a file with the payload's names; NULL: the payload's own
	uint64_t lone_start,
	    lone_end; // bytes of the image that must be writable nowhere else; 0: none
};

struct error *sanitize_config_parse(struct config_node n, struct sanitize_config *out) ERROR_RESULT;
void sanitize_config_deinit(struct sanitize_config *s);
// As the job's key, for a run's snapshot; nothing when nothing is checked.
void sanitize_config_dump(const struct sanitize_config *s, struct buffer *out);

#endif
