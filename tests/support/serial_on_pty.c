// SPDX-License-Identifier: GPL-2.0-or-later
// For LD_PRELOAD: lets libserialport open pseudo-terminals. It wants an entry of /sys/class/tty and
// modem lines, which those lack; all else (open, termios, read, lock) stays the kernel's.
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYSFS "/sys/class/tty/pts/"

// libserialport 0.1.1 asks by __lxstat, 0.1.2 by lstat.
int __lxstat(int version, const char *path, struct stat *st);

int lstat(const char *restrict path, struct stat *restrict st)
{
	if (strncmp(path, SYSFS, strlen(SYSFS)) != 0)
		return fstatat(AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW);
	*st = (struct stat){.st_mode = S_IFLNK};
	return 0;
}

int __lxstat(int version, const char *path, struct stat *st)
{
	(void)version;
	return lstat(path, st);
}

ssize_t readlink(const char *restrict path, char *restrict target, size_t size)
{
	static ssize_t (*next)(const char *, char *, size_t);
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "readlink");
	if (strncmp(path, SYSFS, strlen(SYSFS)) != 0)
		return next(path, target, size);
	static const char where[] = "../../devices/virtual/tty/pty";
	size_t n = sizeof(where) - 1 < size ? sizeof(where) - 1 : size;
	memcpy(target, where, n);
	return (ssize_t)n;
}

int ioctl(int fd, unsigned long request, ...)
{
	static int (*next)(int, unsigned long, ...);
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "ioctl");
	va_list rest;
	va_start(rest, request);
	void *argument = va_arg(rest, void *);
	va_end(rest);
	if (request == TIOCMGET)
		*(int *)argument = TIOCM_CTS | TIOCM_DSR | TIOCM_CAR;
	if (request == TIOCMGET || request == TIOCMSET || request == TIOCMBIS ||
	    request == TIOCMBIC)
		return isatty(fd) ? 0 : -1;
	return next(fd, request, argument);
}
