// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/library.h"

#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "record/layout.h"

// A private copy is made anew at most this often.
#define COPY_NS (10 * NS_PER_S)

void library_deinit(struct library *l)
{
	store_close(l->store);
	l->store = NULL;
}

static int64_t changed_ns(const char *results)
{
	CLEANUP_FREE char *path = path_join(results, LAYOUT_BATCHES);
	struct stat st;
	if (stat(path, &st) < 0)
		return 0;
	return (int64_t)st.st_mtim.tv_sec * NS_PER_S + st.st_mtim.tv_nsec;
}

static bool is_stale(const struct library *l, const struct stat *st)
{
	if (!l->store || l->device != st->st_dev || l->inode != st->st_ino)
		return true;
	return l->private_copy && clock_monotonic_ns() - l->opened_ns > COPY_NS &&
	       l->changed_ns != changed_ns(l->results);
}

struct error *library_refresh(struct library *l)
{
	CLEANUP_FREE char *path = path_join(l->results, LAYOUT_STORE);
	struct stat st = {0};
	if (stat(path, &st) < 0)
		st = (struct stat){0}; // there is none: it is made of the run directories
	if (!is_stale(l, &st))
		return NULL;
	struct store *s = NULL;
	struct store_reading reading;
	int64_t changed = changed_ns(l->results);
	TRY(store_open_read_only(l->results, &s, &reading));
	library_deinit(l);
	l->store = s;
	l->private_copy = reading.private_copy;
	l->device = st.st_dev;
	l->inode = st.st_ino;
	l->changed_ns = changed;
	l->opened_ns = clock_monotonic_ns();
	return NULL;
}
