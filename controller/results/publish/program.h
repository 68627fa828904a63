// SPDX-License-Identifier: GPL-2.0-or-later
// A site's own program as the way to send: exit codes as in sysexits.h.
#ifndef RESULTS_PROGRAM_H
#define RESULTS_PROGRAM_H

#include "config/node.h"
#include "results/publish/destination.h"

struct program {
	const char **words; // owned array; may hold placeholders
	size_t count;
	const char **environment; // owned array: variables that it gets; NULL-terminated, or NULL
};

// The keys that program_configure and program_parse_environment read.
#define PROGRAM_KEYS "environment"

// A list of strings, the program first; never a shell line.
struct error *program_parse(struct config_node n, struct program *out) ERROR_RESULT;
void program_deinit(struct program *p);
// Reads the key `environment`: names of variables of the farm's own environment.
struct error *program_parse_environment(const struct config_map *map,
					struct program *out) ERROR_RESULT;

// The `configure` and `free` of a destination driver whose only keys are `command`
// and PROGRAM_KEYS.
struct error *program_configure(const struct config_map *map, void **state) ERROR_RESULT;
void program_free(void *state);

// Runs it with the file `in` (or nothing) as standard input, at most c->timeout_s. Exit 0 is
// SEND_DONE; 64 (usage), 65 (data), 66 (no input), 67 (no user), 77 (no permission) and 78
// (configuration) park; every other end is worth another try. The reason ends with the last line
// the program wrote to standard error, without the values of its `environment`. What it left in
// the background is ended, and said.
void program_run(const struct program *p, const struct send_context *c, const char *run,
		 const char *in, struct send_outcome *out);

void program_describe(const struct program *p, struct buffer *out);

#endif
