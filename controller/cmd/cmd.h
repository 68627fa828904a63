// SPDX-License-Identifier: GPL-2.0-or-later
// The command line: a table of commands, one file each.
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include "base/error.h"

// Exit codes of every command; documented in docs/exit-codes.md and stable.
enum exit_code {
	EXIT_AS_WANTED = 0, // everything as wanted
	EXIT_FAIL = 1,  // the tested code failed (a FAIL verdict, a finding, an invalid document)
	EXIT_USAGE = 2, // usage, configuration or input file
	EXIT_LAB = 3,   // lab trouble only: MISS or ERROR, or the system refused something
};

struct cmd {
	const char *name;
	const char *arguments; // usage line behind the name
	const char *summary;   // one line for `mmfarm --help`
	const char *help;      // options and what they mean, ends in '\n'
	// argv[0] is the command's name. On success *code is the exit code; an error's kind decides
	// it otherwise (ERROR_USAGE, ERROR_CONFIG: 2; the rest: 3).
	struct error *(*run)(int argc, char **argv, int *code);
};

int cmd_main(int argc, char **argv);

#endif
