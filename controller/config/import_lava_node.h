// SPDX-License-Identifier: GPL-2.0-or-later
// What was taken of a file that is imported, for import_lava*.c only: whatever nobody took is told.
#ifndef CONFIG_IMPORT_LAVA_NODE_H
#define CONFIG_IMPORT_LAVA_NODE_H

#include "config/node.h"
#include "config/problems.h"

struct import {
	const struct config_file *file;
	bool *taken; // owned; by node number
	size_t count;
	struct buffer *out;               // borrowed
	struct config_problems *problems; // borrowed
};

void import_init(struct import *in, const struct config_file *f, struct buffer *out,
		 struct config_problems *problems);
void import_deinit(struct import *in);
#define CLEANUP_IMPORT CLEANUP(import_deinit)

// The value at keys joined by '/', below a mapping; unset when there is none.
struct config_node import_find(struct config_node map, const char *path);
// Items of a list, pairs of a mapping; 0 for anything else. Key and value of pair `i`.
size_t import_size(struct config_node n);
bool import_is_list(struct config_node n);
struct config_node import_item(struct config_node list, size_t i);
const char *import_key(struct config_node map, size_t i, struct config_node *value);

// The text of a scalar, which counts as taken; NULL: none, or an empty one.
const char *import_text(struct import *in, struct config_node n);
// A value with all that is in it counts as taken: it means nothing to us.
void import_take(struct import *in, struct config_node n);
// Tells all that was not taken.
void import_tell_rest(struct import *in);

// Appends "INDENT KEY: "TEXT"".
void import_put(struct import *in, const char *key, const char *text);

#endif
