// SPDX-License-Identifier: GPL-2.0-or-later
// Words of a command line against a table: "--name", "--name VALUE", "--name=VALUE", "-n VALUE".
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

// What a word may be: decides what a shell offers to complete it.
enum cmd_values {
	VALUES_NONE, // there is no such word
	VALUES_TEXT, // anything
	VALUES_FILE,
	VALUES_FOLDER,
	VALUES_BOARD,
	VALUES_POOL,
	VALUES_TYPE, // board type
	VALUES_JOB,  // a job file, or the name of one in jobs/
	VALUES_JOB_NAME,
	VALUES_VARIANT, // of the job that is named
	VALUES_RUN,
	VALUES_BATCH,
	VALUES_DESTINATION, // of farm.yaml
	VALUES_COMMAND,
	VALUES_CHOICE, // one of a list
};

// One option. It belongs to a structure of the command's own, where its member `place` is set.
struct cmd_option {
	const char *name;       // without "--"
	const char *argument;   // what stands behind it, as "DIR"; NULL: a flag
	const char *help;       // one line of any length; it is wrapped
	const char *preset;     // value when it is not given, told in the help; or NULL
	const char *heading;    // the option begins a group of this name; or NULL
	const char *choices;    // of VALUES_CHOICE: the words, separated by blanks
	size_t place;           // of a bool (a flag), or of a const char *
	enum cmd_values values; // of its argument
	char letter;            // short form, or 0
	bool hidden;            // not for people
};

// The place of member `field` of a structure; does not compile when it has another type.
#define OPTION_PLACE(type, field, wanted)                                                      \
	(offsetof(type, field) +                                                               \
	 0 * sizeof(                                                                           \
		 char[__builtin_types_compatible_p(__typeof__(((type *)0)->field), wanted) ? 1 \
											   : -1]))

// A member of type bool becomes true.
#define OPTION_FLAG(type, field, ...)                                 \
	{                                                             \
		.place = OPTION_PLACE(type, field, bool), __VA_ARGS__ \
	}
// A member of type const char * becomes the word behind the option, a view into argv.
#define OPTION_VALUE(type, field, word, kind, ...)                                    \
	{                                                                             \
		.place = OPTION_PLACE(type, field, const char *), .argument = (word), \
		.values = (kind), __VA_ARGS__                                         \
	}

// Options that many commands have.
#define OPTION_RESULTS(type, field)                                                             \
	OPTION_VALUE(type, field, "DIR", VALUES_FOLDER, .name = "results", .preset = "results", \
		     .help = "folder of the results")
#define OPTION_BOARDS(type, field)                                                            \
	OPTION_VALUE(type, field, "DIR", VALUES_FOLDER, .name = "boards", .preset = "boards", \
		     .help = "folder (or file) of board files")
#define OPTION_FARM(type, field)                                       \
	OPTION_VALUE(type, field, "FILE", VALUES_FILE, .name = "farm", \
		     .help = "the lab's own settings (farm.yaml, if there is one)")
#define OPTION_JSON(type, field, ...) OPTION_FLAG(type, field, .name = "json", .help = __VA_ARGS__)
#define OPTION_WIDE(type, field)                                \
	OPTION_FLAG(type, field, .name = "wide", .letter = 'w', \
		    .help =                                     \
			"all columns, however wide; else what fits the terminal, or 80 columns")

#define CMD_OPTIONS_COUNT(table) (sizeof(table) / sizeof((table)[0]))

// Options may stand before and behind operands; "--" ends them. argv is reordered so that the
// operands are argv[*first]..argv[argc - 1]. Unknown, doubled and empty options are ERROR_USAGE.
// `into` is the structure that the places are of; its other members stay as they are.
struct error *cmd_parse_options(int argc, char **argv, const struct cmd_option *options,
				size_t count, void *into, int *first) ERROR_RESULT;

// The value of "--OPTION N", a whole number from 1 to `max`. ERROR_USAGE.
struct error *cmd_parse_count(const char *option, const char *text, unsigned max,
			      unsigned *out) ERROR_RESULT;
// What `-j` is when it is not given: the host's CPUs.
unsigned cmd_host_cores(void);

// The option that "--name", "--name=VALUE", "-n" or "-nVALUE" means; NULL: none.
const struct cmd_option *cmd_find_option(const struct cmd_option *options, size_t count,
					 const char *word);

#endif
