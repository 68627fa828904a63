// SPDX-License-Identifier: GPL-2.0-or-later
// Every entry is made from a directory's descriptor that was reached without following a link, so that
// what the archive put there earlier leads nowhere.
#include "kernel/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "kernel/archive_reader.h"

#define REMOVE_FDS 16

// Opens the directory in which `name` lies, making what is missing; `*last` is the name's last part.
static struct error *open_parent(const struct archive_reader *r, int root, const char *name,
				 int *parent, const char **last)
{
	CLEANUP_CLOSE int at = fcntl(root, F_DUPFD_CLOEXEC, 0);
	for (;;) {
		const char *slash = strchr(name, '/');
		if (at < 0)
			return error_errno(ERROR_SYSTEM, errno, "%s", name);
		if (!slash)
			break;
		CLEANUP_FREE char *part = memory_strndup(name, (size_t)(slash - name));
		if (mkdirat(at, part, 0777) < 0 && errno != EEXIST)
			return error_errno(ERROR_SYSTEM, errno, "%s", part);
		int next = openat(at, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0 && (errno == ELOOP || errno == ENOTDIR))
			return archive_refuse(r, name, "lies below what is no directory");
		close(at);
		at = next;
		name = slash + 1;
	}
	*last = name;
	*parent = steal_fd(&at);
	return NULL;
}

static struct error *write_block(int fd, const char *bytes, size_t len, int64_t offset,
				 const char *name)
{
	while (len) {
		ssize_t n = pwrite(fd, bytes, len, offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(ERROR_SYSTEM, errno, "%s", name);
		bytes += n;
		len -= (size_t)n;
		offset += n;
	}
	return NULL;
}

// What was there under the name goes: a later entry stands for an earlier one.
static void clear(int parent, const char *last)
{
	unlinkat(parent, last, 0);
}

static struct error *make_file(struct archive_reader *r, struct archive_entry *entry, int parent,
			       const char *last)
{
	mode_t mode = (archive_entry_perm(entry) & 0777) | 0600;
	clear(parent, last);
	CLEANUP_CLOSE int fd =
	    openat(parent, last, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0 && errno == EEXIST)
		return archive_refuse(r, last, "is a file and a directory");
	if (fd < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", last);
	int64_t size = archive_entry_size(entry), offset = 0;
	for (;;) {
		const void *bytes;
		size_t len;
		TRY(archive_reader_read(r, &bytes, &len, &offset));
		if (!len)
			break;
		TRY(write_block(fd, bytes, len, offset, last));
	}
	// The end of a sparse file may be a hole.
	if (size > 0 && (uint64_t)size <= r->limits.bytes && ftruncate(fd, size) < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", last);
	return NULL;
}

// Whether a link's target, seen from the directory of `name`, stays inside: ".." stands in front alone,
// and not more often than that directory is deep. Behind another part, which may be a link, it would
// lead to that link's parent.
static bool stays_inside(const char *name, const char *target)
{
	size_t depth = 0, up = 0;
	bool down = false;
	if (target[0] == '/' || !target[0])
		return false;
	for (const char *s = name; (s = strchr(s, '/')); s++)
		depth++;
	for (const char *s = target; *s;) {
		size_t len = strcspn(s, "/");
		bool parent = len == 2 && memcmp(s, "..", 2) == 0;
		if (parent && (down || ++up > depth))
			return false;
		down |= !parent && !(len == 1 && *s == '.');
		s += len + strspn(s + len, "/");
	}
	return true;
}

static struct error *make_symlink(const struct archive_reader *r, struct archive_entry *entry,
				  const char *name, int parent, const char *last)
{
	const char *target = archive_entry_symlink(entry);
	if (!target || !stays_inside(name, target))
		return archive_refuse(r, name, "is a link to the outside");
	clear(parent, last);
	if (symlinkat(target, parent, last) == 0)
		return NULL;
	if (errno == EEXIST)
		return archive_refuse(r, name, "is a link and a directory");
	return error_errno(ERROR_SYSTEM, errno, "%s", name);
}

static struct error *make_hardlink(const struct archive_reader *r, int root, const char *target,
				   const char *name, int parent, const char *last)
{
	CLEANUP_FREE char *clean = NULL;
	CLEANUP_CLOSE int from = -1;
	const char *from_last;
	struct stat st;
	TRY(archive_name(r, target, &clean));
	if (!clean[0])
		return archive_refuse(r, name, "is a link to a directory");
	TRY(open_parent(r, root, clean, &from, &from_last));
	if (fstatat(from, from_last, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return archive_refuse(r, name, "is a link to what the archive has not brought");
	clear(parent, last);
	if (linkat(from, from_last, parent, last, 0) < 0)
		return archive_refuse(r, name, "is a link that cannot be made");
	return NULL;
}

static struct error *make_directory(const struct archive_reader *r, const char *name, int parent,
				    const char *last)
{
	struct stat st;
	if (mkdirat(parent, last, 0777) == 0)
		return NULL;
	if (errno != EEXIST)
		return error_errno(ERROR_SYSTEM, errno, "%s", name);
	if (fstatat(parent, last, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode))
		return archive_refuse(r, name, "is a directory and something else");
	return NULL;
}

static struct error *make_entry(struct archive_reader *r, struct archive_entry *entry, int root)
{
	CLEANUP_FREE char *name = NULL;
	CLEANUP_CLOSE int parent = -1;
	const char *last;
	TRY(archive_name(r, archive_entry_pathname(entry), &name));
	if (!name[0])
		return NULL; // the directory itself
	TRY(open_parent(r, root, name, &parent, &last));
	const char *target = archive_entry_hardlink(entry);
	if (target)
		return make_hardlink(r, root, target, name, parent, last);
	switch (archive_entry_filetype(entry)) {
	case AE_IFREG:
		return make_file(r, entry, parent, last);
	case AE_IFDIR:
		return make_directory(r, name, parent, last);
	case AE_IFLNK:
		return make_symlink(r, entry, name, parent, last);
	default:
		return archive_refuse(r, name, "is no file, directory or link");
	}
}

static struct error *unpack(const char *path, int root, const struct archive_limits *limits)
{
	CLEANUP_ARCHIVE_READER struct archive_reader r;
	TRY(archive_reader_open(&r, path, limits));
	for (;;) {
		struct archive_entry *entry;
		TRY(archive_reader_next(&r, &entry));
		if (!entry)
			return NULL;
		TRY(make_entry(&r, entry, root));
	}
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

struct error *archive_unpack(const char *path, const char *dir, const struct archive_limits *limits)
{
	TRY(file_make_dirs(dir));
	CLEANUP_CLOSE int root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", dir);
	if (rmdir(dir) < 0) // only what is empty goes
		return error_errno(ERROR_SYSTEM, errno, "%s", dir);
	TRY(file_make_dirs(dir));
	close(root);
	root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", dir);
	struct error *e = unpack(path, root, limits);
	if (e)
		nftw(dir, remove_one, REMOVE_FDS, FTW_DEPTH | FTW_PHYS);
	return e;
}
