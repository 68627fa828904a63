// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "kernel/fetch.h"
#include "kernel/fetch_cache.h"

struct cached_file {
	char *path; // owned
	uint64_t bytes;
	int64_t used_ns;
};

struct cached_files {
	struct cached_file *items; // owned
	size_t count;
	uint64_t bytes;
};

static void files_deinit(struct cached_files *c)
{
	for (size_t i = 0; i < c->count; i++)
		free(c->items[i].path);
	free(c->items);
}
#define CLEANUP_FILES CLEANUP(files_deinit)

static int by_use(const void *a, const void *b)
{
	const struct cached_file *x = a, *y = b;
	return (x->used_ns > y->used_ns) - (x->used_ns < y->used_ns);
}

static void note_content(void *arg, const char *path)
{
	struct cached_files *all = arg;
	struct stat st;
	if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	struct cached_file c = {
	    .path = memory_strdup(path),
	    .bytes = (uint64_t)st.st_size,
	    .used_ns = st.st_mtim.tv_sec * NS_PER_S + st.st_mtim.tv_nsec,
	};
	all->bytes += c.bytes;
	ARRAY_APPEND(all->items, all->count, c);
}

struct error *fetch_prune(const char *cache, uint64_t bytes, double keep_s)
{
	CLEANUP_FILES struct cached_files all = {0};
	TRY(cache_sweep(cache));
	TRY(cache_each(cache, "content", note_content, &all));
	if (all.count)
		qsort(all.items, all.count, sizeof(*all.items), by_use);
	int64_t newest = clock_realtime_ns() - (int64_t)(keep_s * (double)NS_PER_S);
	for (size_t i = 0; i < all.count && all.bytes > bytes; i++) {
		if (all.items[i].used_ns > newest)
			break;
		if (unlink(all.items[i].path) == 0)
			all.bytes -= all.items[i].bytes;
	}
	return NULL;
}
