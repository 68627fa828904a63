// SPDX-License-Identifier: GPL-2.0-or-later
// {batch}, {what}, {item}, {file}, {document}, {run} and {run_dir} in a destination's URL, path or
// command.
#ifndef RESULTS_PLACEHOLDER_H
#define RESULTS_PLACEHOLDER_H

#include <stdbool.h>

#include "base/buffer.h"
#include "config/node.h"
#include "results/publish/destination.h"

// Refuses a text with an unknown {word}, naming the place and the known ones.
struct error *placeholder_check(struct config_node n, const char *text) ERROR_RESULT;

// Appends `text` with its placeholders replaced; `run` may be NULL where none is at hand. `encode`:
// what is put in is percent-encoded.
void placeholder_expand(const char *text, const struct send_context *c, const char *run,
			bool encode, struct buffer *out);

#endif
