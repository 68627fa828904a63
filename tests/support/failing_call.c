// SPDX-License-Identifier: GPL-2.0-or-later
// For LD_PRELOAD: makes the n-th call of one kind fail, counted over all processes of mmfarm that
// share a counter file. What mmfarm starts (emulators, switches) is left alone.
//
//   FAILING_CALLS=FILE    the shared counters, CALL_COUNT numbers of 64 bits; made by the caller
//   FAILING_CALL=KIND:N:ERRNO   the N-th call of KIND fails; without it calls are only counted.
//                               ERRNO 0: the process is killed in its place
//   FAILING_PROGRAM=NAME  it is processes of this name, not of mmfarm
//   FAILING_AFTER=1       every call of the kind from the N-th on fails (a disk stays full)
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum call {
	CALL_OPEN,
	CALL_WRITE,
	CALL_FSYNC,
	CALL_RENAME,
	CALL_FORK,
	CALL_MKDIR,
	CALL_READ,
	CALL_UNLINK,
	CALL_COUNT
};

static const char *const call_names[CALL_COUNT] = {
    [CALL_OPEN] = "open", [CALL_WRITE] = "write", [CALL_FSYNC] = "fsync", [CALL_RENAME] = "rename",
    [CALL_FORK] = "fork", [CALL_MKDIR] = "mkdir", [CALL_READ] = "read",   [CALL_UNLINK] = "unlink",
};

static uint64_t *counters; // shared; NULL: not one of ours
static enum call failing = CALL_COUNT;
static uint64_t failing_at;
static int failing_errno;
static int failing_after;

__attribute__((constructor)) static void begin(void)
{
	const char *file = getenv("FAILING_CALLS");
	const char *program = getenv("FAILING_PROGRAM");
	if (!file || strcmp(program_invocation_short_name, program ? program : "mmfarm") != 0)
		return;
	int fd = (int)(((int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open"))(
	    file, O_RDWR | O_CLOEXEC));
	if (fd < 0)
		return;
	void *map =
	    mmap(NULL, CALL_COUNT * sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return;
	counters = map;
	const char *what = getenv("FAILING_CALL");
	char kind[16];
	unsigned long long at;
	int code;
	if (!what || sscanf(what, "%15[a-z]:%llu:%d", kind, &at, &code) != 3)
		return;
	for (int i = 0; i < CALL_COUNT; i++)
		if (strcmp(kind, call_names[i]) == 0)
			failing = (enum call)i;
	failing_at = at;
	failing_errno = code;
	failing_after = getenv("FAILING_AFTER") != NULL;
}

// Counts the call; true (and errno set) when it is the one to fail.
static int fails(enum call call)
{
	if (!counters)
		return 0;
	uint64_t n = __atomic_add_fetch(&counters[call], 1, __ATOMIC_RELAXED);
	if (call != failing || n < failing_at || (n > failing_at && !failing_after))
		return 0;
	if (!failing_errno)
		kill(getpid(), SIGKILL);
	errno = failing_errno;
	return 1;
}

#define NEXT(result, name, ...)             \
	static result (*next)(__VA_ARGS__); \
	if (!next)                          \
	*(void **)&next = dlsym(RTLD_NEXT, name)

static mode_t mode_of(int flags, va_list rest)
{
	return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
}

#define OPEN(name)                                                      \
	int name(const char *path, int flags, ...);                     \
	int name(const char *path, int flags, ...)                      \
	{                                                               \
		NEXT(int, #name, const char *, int, ...);               \
		va_list rest;                                           \
		va_start(rest, flags);                                  \
		mode_t mode = mode_of(flags, rest);                     \
		va_end(rest);                                           \
		return fails(CALL_OPEN) ? -1 : next(path, flags, mode); \
	}
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                         \
	int name(int dir, const char *path, int flags, ...);                 \
	int name(int dir, const char *path, int flags, ...)                  \
	{                                                                    \
		NEXT(int, #name, int, const char *, int, ...);               \
		va_list rest;                                                \
		va_start(rest, flags);                                       \
		mode_t mode = mode_of(flags, rest);                          \
		va_end(rest);                                                \
		return fails(CALL_OPEN) ? -1 : next(dir, path, flags, mode); \
	}
OPENAT(openat)
OPENAT(openat64)

FILE *fopen(const char *restrict path, const char *restrict mode)
{
	NEXT(FILE *, "fopen", const char *, const char *);
	return fails(CALL_OPEN) ? NULL : next(path, mode);
}

FILE *fopen64(const char *restrict path, const char *restrict mode)
{
	NEXT(FILE *, "fopen64", const char *, const char *);
	return fails(CALL_OPEN) ? NULL : next(path, mode);
}

// A disk that is full takes what fits: half of it, and nothing of the next.
ssize_t write(int fd, const void *bytes, size_t len)
{
	NEXT(ssize_t, "write", int, const void *, size_t);
	if (!fails(CALL_WRITE))
		return next(fd, bytes, len);
	if (len > 1 && failing_errno == ENOSPC && failing_after)
		return next(fd, bytes, len / 2);
	return -1;
}

size_t fwrite(const void *restrict items, size_t size, size_t count, FILE *restrict file)
{
	NEXT(size_t, "fwrite", const void *, size_t, size_t, FILE *);
	return fails(CALL_WRITE) ? 0 : next(items, size, count, file);
}

#define PWRITE(name)                                                      \
	ssize_t name(int fd, const void *bytes, size_t len, off_t at)     \
	{                                                                 \
		NEXT(ssize_t, #name, int, const void *, size_t, off_t);   \
		return fails(CALL_WRITE) ? -1 : next(fd, bytes, len, at); \
	}
PWRITE(pwrite)
PWRITE(pwrite64)

ssize_t read(int fd, void *bytes, size_t len)
{
	NEXT(ssize_t, "read", int, void *, size_t);
	return fails(CALL_READ) ? -1 : next(fd, bytes, len);
}

int fsync(int fd)
{
	NEXT(int, "fsync", int);
	return fails(CALL_FSYNC) ? -1 : next(fd);
}

int fdatasync(int fd)
{
	NEXT(int, "fdatasync", int);
	return fails(CALL_FSYNC) ? -1 : next(fd);
}

int posix_fallocate(int fd, off_t at, off_t len)
{
	NEXT(int, "posix_fallocate", int, off_t, off_t);
	return fails(CALL_FSYNC) ? failing_errno : next(fd, at, len);
}

int posix_fallocate64(int fd, off64_t at, off64_t len)
{
	NEXT(int, "posix_fallocate64", int, off64_t, off64_t);
	return fails(CALL_FSYNC) ? failing_errno : next(fd, at, len);
}

int rename(const char *from, const char *to)
{
	NEXT(int, "rename", const char *, const char *);
	return fails(CALL_RENAME) ? -1 : next(from, to);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	NEXT(int, "renameat", int, const char *, int, const char *);
	return fails(CALL_RENAME) ? -1 : next(from_dir, from, to_dir, to);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	NEXT(int, "renameat2", int, const char *, int, const char *, unsigned);
	return fails(CALL_RENAME) ? -1 : next(from_dir, from, to_dir, to, flags);
}

pid_t fork(void)
{
	NEXT(pid_t, "fork", void);
	return fails(CALL_FORK) ? -1 : next();
}

int mkdir(const char *path, mode_t mode)
{
	NEXT(int, "mkdir", const char *, mode_t);
	return fails(CALL_MKDIR) ? -1 : next(path, mode);
}

int unlink(const char *path)
{
	NEXT(int, "unlink", const char *);
	return fails(CALL_UNLINK) ? -1 : next(path);
}
