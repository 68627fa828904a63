// SPDX-License-Identifier: GPL-2.0-or-later
// A device dictionary or a job definition of LAVA -> a board or a job file of ours, as far as it goes.
// What cannot be taken is a doubt with its line; what had to be made up is one, too. The texts are
// what boards_load and job_load read.
#ifndef CONFIG_IMPORT_LAVA_H
#define CONFIG_IMPORT_LAVA_H

#include "config/node.h"
#include "config/problems.h"

enum import_lava_kind {
	IMPORT_LAVA_OTHER, // neither: nothing is written
	IMPORT_LAVA_DEVICE,
	IMPORT_LAVA_JOB,
};

// What a file is, by its keys.
enum import_lava_kind import_lava_kind(const struct config_file *f);

// Appends a boards file with one type, board and pool `name`. `path` is the dictionary's own file, absolute: boards
// that only LAVA can boot are booted by it.
void import_lava_device(const struct config_file *f, const char *name, const char *path,
			struct buffer *out, struct config_problems *problems);

// Appends a job file `name` for the pool `pool` (the definition's device type goes before it).
void import_lava_job(const struct config_file *f, const char *name, const char *pool,
		     struct buffer *out, struct config_problems *problems);

// Makes any text a word usable as a name (config_name); the caller frees.
char *import_lava_name(const char *text);

#endif
