// SPDX-License-Identifier: GPL-2.0-or-later
// Sends by a program of the site, whose exit codes are those of sysexits.h.
#ifndef RESULTS_SEND_PROGRAM_H
#define RESULTS_SEND_PROGRAM_H

#include "results/publish/destination.h"

struct send_program {
	const char **words;            // the program first; may hold placeholders
	const char **environment;      // variables that it gets, or NULL
	const struct config_map *keys; // borrowed, for messages
};

// The keys of the member `m` (a struct send_program) of the state `s`.
#define SEND_PROGRAM_KEYS(s, m, needed, preset_words)                                        \
	{"command", KEY_COMMAND(s, m.words), .required = (needed), .preset = (preset_words), \
	 .help = "program and arguments, with placeholders"},                                \
	{                                                                                    \
		"environment", KEY_VARIABLES(s, m.environment),                              \
		    .help = "variables of mmfarm's environment that it gets too"             \
	}

// Checks the placeholders of its words.
struct error *send_program_check(struct send_program *p,
				 const struct config_map *keys) ERROR_RESULT;

// Runs it with the file `in` (or nothing) as standard input, at most c->timeout_s. Exit 0 is
// SEND_DONE; 64 (usage), 65 (data), 66 (no input), 67 (no user), 77 (no permission) and 78
// (configuration) park; every other end is worth another try. The reason ends with the last line
// the program wrote to standard error, without the values of its `environment`. What it left in
// the background is ended, and said.
void send_program_run(const struct send_program *p, const struct send_context *c, const char *run,
		      const char *in, struct send_outcome *out);

// Whether it could be run: it and its variables are there.
void send_program_ask(const struct send_program *p, struct send_outcome *out);

void send_program_describe(const struct send_program *p, struct buffer *out);

// What the drivers whose only keys are SEND_PROGRAM_KEYS have in common; their state is a struct
// send_program.
extern const struct key send_program_keys[];
struct error *send_program_check_driver(void *state, const struct config_map *keys) ERROR_RESULT;
void send_program_ask_driver(void *state, const struct send_context *c, struct send_outcome *out);
void send_program_describe_driver(const void *state, struct buffer *out);

#endif
