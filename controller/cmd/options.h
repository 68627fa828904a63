// SPDX-License-Identifier: GPL-2.0-or-later
// Options of a command: `--name VALUE`, `--name=VALUE`, `--flag`, `-x`; `--` ends them. Options and
// other arguments may be mixed.
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum option_kind {
	OPTION_FLAG,   // target: bool
	OPTION_STRING, // target: const char *
	OPTION_COUNT,  // target: unsigned, at least 1
};

struct option_spec {
	const char *name; // without the dashes
	char letter;      // 0 = none
	enum option_kind kind;
	void *target;
};

// `specs` ends with a zero entry. What is not an option is moved to argv[1..]; *rest says how many.
// Errors (unknown option, missing or wrong value) are ERROR_USAGE.
struct error *options_parse(int argc, char **argv, const struct option_spec *specs,
			    int *rest) ERROR_RESULT;

#endif
