// SPDX-License-Identifier: GPL-2.0-or-later
// Mistakes and doubts of configuration files, all of them, in the order of their places.
#ifndef CONFIG_PROBLEMS_H
#define CONFIG_PROBLEMS_H

#include <stdbool.h>

#include "config/node.h"

struct config_problem {
	struct error *error; // owned; its text begins with file:line:column where it has a place
	bool doubt;          // may be meant: the file is taken as it is
};

struct config_problems {
	struct config_problem *items; // owned
	size_t count, mistakes;       // all; those that are no doubts
};

// Takes the error, which may be NULL: then nothing happens. True when there was one. The same text is
// kept once.
bool problems_add(struct config_problems *p, struct error *e);
// Notes a doubt at a place. `p` NULL: nobody wants to know.
void problems_doubt(struct config_problems *p, struct config_node n, const char *fmt, ...)
    ERROR_PRINTF(3, 4);
// The same without a place inside a file.
void problems_doubt_file(struct config_problems *p, const char *file, const char *fmt, ...)
    ERROR_PRINTF(3, 4);

// Hands out the first mistake and frees the rest; NULL when there is none.
struct error *problems_first(struct config_problems *p) ERROR_RESULT;

void problems_deinit(struct config_problems *p);
#define CLEANUP_PROBLEMS CLEANUP(problems_deinit)

#endif
