// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/fetch_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/memory.h"
#include "record/json_fields.h"
#include "text/format.h"

#define NOTE_LIMIT ((size_t)16384)
#define TRIES_MAX  16

static const char *const folders[] = {"content", "url", "lock", "part"};

static const struct field note_fields[] = {
    NEED_HEX(cache_note, sha256, DIGEST_HEX_SIZE - 1),
    MAY(TEXT, cache_note, etag),
    MAY(TEXT, cache_note, last_modified),
};
static const struct record note_record = RECORD(struct cache_note, note_fields);

static char *place(const char *cache, const char *folder, const char *name)
{
	return memory_printf("%s/%s/%s", cache, folder, name);
}

struct error *cache_prepare(const char *cache)
{
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		CLEANUP_FREE char *dir = path_join(cache, folders[i]);
		TRY(file_make_dirs(dir));
	}
	return NULL;
}

struct error *cache_open_lock(const char *cache, const char *key, int *fd)
{
	CLEANUP_FREE char *path = place(cache, "lock", key);
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	return *fd < 0 ? error_errno(ERROR_SYSTEM, errno, "%s", path) : NULL;
}

bool cache_find(const char *cache, const char *sha256, char **path)
{
	char hex[DIGEST_HEX_SIZE];
	CLEANUP_FREE char *name = place(cache, "content", sha256);
	if (!file_exists(name))
		return false;
	CLEANUP_ERROR struct error *e = digest_file(name, ERROR_SYSTEM, hex);
	if (e || strcmp(hex, sha256) != 0) {
		unlink(name);
		return false;
	}
	utimensat(AT_FDCWD, name, NULL, 0); // of another user: only its turn to go comes earlier
	*path = STEAL(name);
	return true;
}

// Whoever sweeps may take a file that has no lock yet for nobody's; then another one is made.
struct error *cache_part_open(const char *cache, struct cache_part *out)
{
	for (int i = 0; i < TRIES_MAX; i++) {
		CLEANUP_FREE char *path = place(cache, "part", "XXXXXX");
		CLEANUP_CLOSE int fd = mkostemp(path, O_CLOEXEC);
		struct stat st;
		if (fd < 0 || flock(fd, LOCK_EX) < 0 || fstat(fd, &st) < 0)
			return error_errno(ERROR_SYSTEM, errno, "%s", path);
		if (st.st_nlink == 0)
			continue;
		out->fd = steal_fd(&fd);
		out->path = STEAL(path);
		return NULL;
	}
	return error_new(ERROR_SYSTEM, "%s/part: files vanish", cache);
}

void cache_part_deinit(struct cache_part *p)
{
	if (p->path)
		unlink(p->path);
	if (p->fd >= 0)
		close(p->fd);
	free(p->path);
	*p = CACHE_PART_NONE;
}

struct error *cache_keep(const char *cache, struct cache_part *p, const char *sha256, char **path)
{
	CLEANUP_FREE char *name = place(cache, "content", sha256);
	if (fchmod(p->fd, 0444) < 0 || fsync(p->fd) < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", p->path);
	if (rename(p->path, name) < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", name);
	free(STEAL(p->path));
	TRY(file_sync_dir(name));
	*path = STEAL(name);
	return NULL;
}

// ---- what is known of a URL ---------------------------------------------------------------------

// The URL itself, which may say a token, stands nowhere.
static char *note_path(const char *cache, const char *url)
{
	char key[DIGEST_HEX_SIZE];
	digest_bytes(url, strlen(url), key);
	return place(cache, "url", key);
}

bool cache_note_read(const char *cache, const char *url, struct arena *arena,
		     struct cache_note *out)
{
	CLEANUP_FREE char *path = note_path(cache, url);
	CLEANUP_ERROR struct error *e =
	    json_fields_load(path, NOTE_LIMIT, &note_record, arena, out);
	if (e)
		*out = (struct cache_note){0};
	return !e;
}

struct error *cache_note_write(const char *cache, const char *url, const struct cache_note *note)
{
	CLEANUP_FREE char *path = note_path(cache, url);
	return json_fields_write(path, &note_record, note);
}

// ---- what goes ----------------------------------------------------------------------------------

struct error *cache_each(const char *cache, const char *folder,
			 void (*take)(void *arg, const char *path), void *arg)
{
	CLEANUP_FREE char *dir = path_join(cache, folder);
	CLEANUP_CLOSEDIR DIR *d = opendir(dir);
	if (!d)
		return errno == ENOENT ? NULL : error_errno(ERROR_SYSTEM, errno, "%s", dir);
	for (const struct dirent *entry; (entry = readdir(d));) {
		CLEANUP_FREE char *path = path_join(dir, entry->d_name);
		if (entry->d_name[0] != '.')
			take(arg, path);
	}
	return NULL;
}

static void remove_unowned(void *arg, const char *path)
{
	(void)arg;
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		unlink(path);
}

struct error *cache_sweep(const char *cache)
{
	return cache_each(cache, "part", remove_unowned, NULL);
}
