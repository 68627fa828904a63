// SPDX-License-Identifier: GPL-2.0-or-later
// Words of a command line against a table: "--name", "--name VALUE", "--name=VALUE", "-n VALUE".
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

// Exactly one of `flag` and `value` is set.
struct cmd_option {
	const char *name;   // without "--"
	char letter;        // short form, or 0
	bool *flag;         // becomes true
	const char **value; // becomes the word behind it, a view into argv
};

#define CMD_OPTIONS_COUNT(table) (sizeof(table) / sizeof((table)[0]))

// Options may stand before and behind operands; "--" ends them. argv is reordered so that the
// operands are argv[*first]..argv[argc - 1]. Unknown or doubled options are ERROR_USAGE.
struct error *cmd_parse_options(int argc, char **argv, const struct cmd_option *options,
				size_t count, int *first) ERROR_RESULT;

#endif
