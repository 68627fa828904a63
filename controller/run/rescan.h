// SPDX-License-Identifier: GPL-2.0-or-later
// Judges a finished run again with the rules of today. Nothing is rewritten: the new judgement lies
// beside the old one, as RUN_DIR/rescans/RULES_VERSION.json.
#ifndef RUN_RESCAN_H
#define RUN_RESCAN_H

#include "record/model.h"

enum rescan_what {
	RESCAN_NEW,     // a finding that the old rules did not see
	RESCAN_GONE,    // one that the new rules do not see
	RESCAN_CHANGED, // another class, title or function
};

struct rescan_change {
	enum rescan_what what;
	uint64_t line;        // of the header
	char *before, *after; // "title [class.sub]"; owned; NULL on the side where there is none
};

struct rescan {
	struct arena arena;
	const struct run *before, *after;
	int64_t rules_before; // 0: not told
	int64_t rules_after;
	struct rescan_change *changes;
	size_t changes_count;
};

// `write`: lay the new judgement down. A directory without run.json is an error (ERROR_CONFIG).
struct error *rescan_run(const char *run_dir, bool write, struct rescan *out) ERROR_RESULT;

bool rescan_differs(const struct rescan *r);
void rescan_deinit(struct rescan *r);
#define CLEANUP_RESCAN CLEANUP(rescan_deinit)

#endif
