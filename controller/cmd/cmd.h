// SPDX-License-Identifier: GPL-2.0-or-later
// The command line: a table of commands, one file each.
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include "base/error.h"
#include "cmd/commands.h"
#include "cmd/options.h"

// Exit codes of every command; documented in docs/exit-codes.md and stable.
enum exit_code {
	EXIT_AS_WANTED = 0, // everything as wanted
	EXIT_FAIL = 1,  // the tested code failed (a FAIL verdict, a finding, an invalid document)
	EXIT_USAGE = 2, // usage, configuration or input file
	EXIT_LAB = 3,   // lab trouble only: MISS or ERROR, or the system refused something
};

#define CMD_OPERANDS_MAX 4

// A word behind a command that is no option.
struct cmd_operand {
	enum cmd_values values;
	const char *choices; // of VALUES_CHOICE: the words, separated by blanks
	bool many;           // may stand several times
};

// One table a command. It serves the parsing of its words, --help, the OPTIONS of its man page and
// what a shell completes.
struct cmd {
	const char *name;
	const char *arguments; // usage line behind the name
	const char *summary;   // one line for `mmfarm --help`; NULL: not for people
	const char *before;    // text of the help ahead of the options, or NULL; ends in '\n'
	const struct cmd_option *options;
	size_t options_count;
	const char *after; // text of the help behind the options, or NULL; ends in '\n'
	struct cmd_operand operands[CMD_OPERANDS_MAX]; // up to the first VALUES_NONE
	const struct cmd *const *words; // NULL-terminated: commands behind this one; or NULL
	// argv[0] is the command's name. On success *code is the exit code; an error's kind decides
	// it otherwise (ERROR_USAGE, ERROR_CONFIG: 2; the rest: 3). NULL where there are `words`.
	struct error *(*run)(int argc, char **argv, int *code);
};

#define CMD_OPTIONS(table) .options = (table), .options_count = CMD_OPTIONS_COUNT(table)

int cmd_main(int argc, char **argv);

// All commands, NULL-terminated, in the order of the help.
extern const struct cmd *const cmd_all[];

// Reads the words of a command by its own table into `*into` (cmd_parse_options).
struct error *cmd_parse(const struct cmd *c, int argc, char **argv, void *into,
			int *first) ERROR_RESULT;

#endif
