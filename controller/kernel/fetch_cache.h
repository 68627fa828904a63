// SPDX-License-Identifier: GPL-2.0-or-later
// What the cache of downloads holds, and how it comes and goes (kernel/fetch.h). For fetch.c and fetch_prune.c.
#ifndef KERNEL_FETCH_CACHE_H
#define KERNEL_FETCH_CACHE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"

// Which content a URL had, and by what its server tells it from others.
struct cache_note {
	const char *sha256;
	const char *etag;          // or NULL
	const char *last_modified; // or NULL
};

// A file that is being fetched. It is locked, so that one without an owner is known.
struct cache_part {
	int fd;     // -1: none
	char *path; // owned
};
#define CACHE_PART_NONE ((struct cache_part){.fd = -1})

// Makes the cache's folders.
struct error *cache_prepare(const char *cache) ERROR_RESULT;

// Opens (and makes) the lock of a key, not locked yet.
struct error *cache_open_lock(const char *cache, const char *key, int *fd) ERROR_RESULT;

// Whether the content is there and still has its digest; one that has not is removed. Its time of use
// becomes now. The caller frees `*path`.
bool cache_find(const char *cache, const char *sha256, char **path);

struct error *cache_part_open(const char *cache, struct cache_part *out) ERROR_RESULT;
// Removes the file unless it was kept.
void cache_part_deinit(struct cache_part *p);
// Removes the files of fetchers that are no more.
struct error *cache_sweep(const char *cache) ERROR_RESULT;
// Syncs the part and gives it its name as content. The caller frees `*path`.
struct error *cache_keep(const char *cache, struct cache_part *p, const char *sha256,
			 char **path) ERROR_RESULT;

// Calls `take` for each file of one of the cache's folders.
struct error *cache_each(const char *cache, const char *folder,
			 void (*take)(void *arg, const char *path), void *arg) ERROR_RESULT;

// What is known of a URL; false: nothing that can be read.
bool cache_note_read(const char *cache, const char *url, struct arena *arena,
		     struct cache_note *out);
struct error *cache_note_write(const char *cache, const char *url,
			       const struct cache_note *note) ERROR_RESULT;

#endif
