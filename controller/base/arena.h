// SPDX-License-Identifier: GPL-2.0-or-later
// Memory that is released all at once. A loaded run or batch lives in one arena.
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/cleanup.h"

struct arena_block;

struct arena {
	struct arena_block *blocks; // owned
};

void arena_deinit(struct arena *a);
#define CLEANUP_ARENA CLEANUP(arena_deinit)

void *arena_new(struct arena *a, size_t count, size_t size); // zeroed, aligned for any type
char *arena_strndup(struct arena *a, const char *s, size_t len);

#endif
