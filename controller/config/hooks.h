// SPDX-License-Identifier: GPL-2.0-or-later
// The key `hooks:` of jobs: programs that are run before a board is taken and after it was let go.
//
//     hooks:
//       before: [{run: [fan, full], timeout: 10s, on_failure: warn}]
//       after: {run: [fan, quiet]}
#ifndef CONFIG_HOOKS_H
#define CONFIG_HOOKS_H

#include "config/keys.h"

enum hook_failure {
	HOOK_FAILURE_FAIL,       // the run is a MISS
	HOOK_FAILURE_WARN,       // it is said, and all goes on
	HOOK_FAILURE_QUARANTINE, // the run is a MISS, and the board is Bad
};

struct hook_config {
	struct config_node node;
	const char **run; // owned, NULL-terminated: the program and its arguments
	double timeout_s;
	enum hook_failure on_failure;
};

struct hooks_config {
	struct hook_config *before, *after; // owned; carried out in their order
	size_t before_count, after_count;
};

#define HOOKS_LIMIT 20 // before and after, each

// Reads the mapping; an unset node is none. What is set is released with hooks_deinit, also after a
// failure.
struct error *hooks_parse(struct config_node n, struct hooks_config *out) ERROR_RESULT;
void hooks_deinit(struct hooks_config *h);

extern const struct key hook_keys[];

#endif
