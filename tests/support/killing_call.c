// SPDX-License-Identifier: GPL-2.0-or-later
// Preloaded into a program: it is killed (SIGKILL) at its KILL_AT-th call that writes to a disk or a
// socket, right before or (KILL_AFTER set) right behind it. At its end the number of calls goes to the
// file KILL_COUNT.
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static long calls;

static void count(int after)
{
	const char *at = getenv("KILL_AT");
	int behind = getenv("KILL_AFTER") != NULL;
	if (!after)
		calls++;
	if (at && calls == atol(at) && behind == after)
		kill(getpid(), SIGKILL);
}

// Only what the wrapped call does counts: standard output is no store.
static int counts(int fd)
{
	struct stat st;
	return fd > 2 && fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISSOCK(st.st_mode));
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define WRAP_FD(type, name, parameters, ...)      \
	type name parameters                      \
	{                                         \
		int it = counts(fd);              \
		if (it)                           \
			count(0);                 \
		type r = REAL(name)(__VA_ARGS__); \
		if (it)                           \
			count(1);                 \
		return r;                         \
	}

WRAP_FD(ssize_t, write, (int fd, const void *b, size_t n), fd, b, n)
WRAP_FD(ssize_t, pwrite64, (int fd, const void *b, size_t n, off64_t o), fd, b, n, o)
WRAP_FD(ssize_t, send, (int fd, const void *b, size_t n, int f), fd, b, n, f)
WRAP_FD(ssize_t, sendmsg, (int fd, const struct msghdr *m, int f), fd, m, f)
WRAP_FD(int, fsync, (int fd), fd)
WRAP_FD(int, fdatasync, (int fd), fd)

int rename(const char *from, const char *to)
{
	count(0);
	int r = REAL(rename)(from, to);
	count(1);
	return r;
}

int unlink(const char *path)
{
	count(0);
	int r = REAL(unlink)(path);
	count(1);
	return r;
}

__attribute__((destructor)) static void tell(void)
{
	const char *path = getenv("KILL_COUNT");
	FILE *f = path ? fopen(path, "w") : NULL;
	if (!f)
		return;
	fprintf(f, "%ld\n", calls);
	fclose(f);
}
