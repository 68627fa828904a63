// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"

struct error *file_open_regular(const char *path, enum error_kind kind, int *out)
{
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(kind, errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return error_new(kind, "%s: no plain file", path);
	*out = steal_fd(&fd);
	return NULL;
}

static struct error *read_all(int fd, const char *path, size_t limit, enum error_kind kind,
			      struct buffer *out)
{
	char chunk[16384];
	size_t total = 0;
	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(kind, errno, "%s", path);
		if (n == 0)
			return NULL;
		total += (size_t)n;
		if (total > limit)
			return error_new(kind, "%s: larger than %zu bytes", path, limit);
		buffer_append(out, chunk, (size_t)n);
	}
}

struct error *file_read(const char *path, size_t limit, enum error_kind kind, struct buffer *out)
{
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(kind, errno, "%s", path);
	return read_all(fd, path, limit, kind, out);
}

struct error *file_read_regular(const char *path, size_t limit, enum error_kind kind,
				struct buffer *out)
{
	CLEANUP_CLOSE int fd = -1;
	TRY(file_open_regular(path, kind, &fd));
	return read_all(fd, path, limit, kind, out);
}

struct error *file_write_all(int fd, const void *bytes, size_t len, const char *what)
{
	const char *p = bytes;
	while (len > 0) {
		ssize_t n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(ERROR_SYSTEM, errno, "writing %s", what);
		p += n;
		len -= (size_t)n;
	}
	return NULL;
}

struct error *file_sync_dir(const char *path)
{
	CLEANUP_FREE char *dir = path_dir(path);
	CLEANUP_CLOSE int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", dir);
	return NULL;
}

struct error *file_write_atomic(const char *path, const void *bytes, size_t len)
{
	CLEANUP_FREE char *tmp = memory_printf("%s.%ld.tmp", path, (long)getpid());
	CLEANUP_CLOSE int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", tmp);
	struct error *e = file_write_all(fd, bytes, len, tmp);
	if (!e && fsync(fd) < 0)
		e = error_errno(ERROR_SYSTEM, errno, "%s", tmp);
	if (!e && rename(tmp, path) < 0)
		e = error_errno(ERROR_SYSTEM, errno, "%s", path);
	if (e) {
		unlink(tmp);
		return e;
	}
	return file_sync_dir(path);
}

struct error *file_create_tmp(const char *path, FILE **out)
{
	CLEANUP_FREE char *tmp = memory_printf("%s.tmp", path);
	FILE *f = fopen(tmp, "we");
	if (!f)
		return error_errno(ERROR_SYSTEM, errno, "%s", tmp);
	*out = f;
	return NULL;
}

struct error *file_commit(FILE *f, const char *path)
{
	CLEANUP_FREE char *tmp = memory_printf("%s.tmp", path);
	int code = fflush(f) != 0 || fsync(fileno(f)) != 0 ? errno : 0;
	if (fclose(f) != 0 && code == 0)
		code = errno;
	if (code == 0 && rename(tmp, path) != 0)
		code = errno;
	if (code != 0) {
		unlink(tmp);
		return error_errno(ERROR_SYSTEM, code, "%s", path);
	}
	return file_sync_dir(path);
}

struct error *file_append(const char *from, enum error_kind kind, int fd, const char *to)
{
	CLEANUP_CLOSE int in = open(from, O_RDONLY | O_CLOEXEC);
	if (in < 0)
		return error_errno(kind, errno, "%s", from);
	char chunk[65536];
	for (;;) {
		ssize_t n = read(in, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(ERROR_SYSTEM, errno, "%s", from);
		if (n == 0)
			return NULL;
		TRY(file_write_all(fd, chunk, (size_t)n, to));
	}
}

void file_set_readers(bool everybody)
{
	static mode_t given = 01000; // the caller's umask, before we touched it
	if (given == 01000)
		given = umask(0077);
	umask((given & 0070) | (everybody ? (given & 0005) | 0002 : 0007));
}

struct error *file_make_dirs(const char *path)
{
	CLEANUP_FREE char *p = memory_strdup(path);
	for (char *s = p + 1; *s; s++) {
		if (*s != '/')
			continue;
		*s = '\0';
		if (mkdir(p, 0777) < 0 && errno != EEXIST)
			return error_errno(ERROR_SYSTEM, errno, "%s", p);
		*s = '/';
	}
	if (mkdir(p, 0777) < 0 && errno != EEXIST)
		return error_errno(ERROR_SYSTEM, errno, "%s", p);
	return NULL;
}

void file_remove_folder(const char *path)
{
	CLEANUP_CLOSEDIR DIR *dir = opendir(path);
	for (struct dirent *d; dir && (d = readdir(dir));)
		unlinkat(dirfd(dir), d->d_name, 0); // "." and ".." refuse
	rmdir(path);
}

struct error *file_link_atomic(const char *target, const char *path)
{
	CLEANUP_FREE char *tmp = memory_printf("%s.%ld.tmp", path, (long)getpid());
	unlink(tmp);
	if (symlink(target, tmp) < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", tmp);
	if (rename(tmp, path) < 0) {
		int code = errno;
		unlink(tmp);
		return error_errno(ERROR_SYSTEM, code, "%s", path);
	}
	return NULL;
}

bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

bool file_is_directory(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

char *path_join(const char *dir, const char *name)
{
	return name[0] == '/' ? memory_strdup(name) : memory_printf("%s/%s", dir, name);
}

char *path_dir(const char *path)
{
	const char *slash = strrchr(path, '/');
	if (!slash)
		return memory_strdup(".");
	return slash == path ? memory_strdup("/") : memory_strndup(path, (size_t)(slash - path));
}
