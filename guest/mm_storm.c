// SPDX-License-Identifier: GPL-2.0-or-later
// The init of a small guest: changes page tables in the ways that user space can ask for, for
// `rounds=N` of the kernel's command line (default 20), then switches the machine off. Each step is
// announced, so that a finding has its step.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define MEGABYTE (1ul << 20)

static long page_size;

static void touch(volatile char *at, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += (size_t)page_size)
		at[i] = (char)(at[i] + 1);
}

static char *map(size_t bytes)
{
	char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return at == MAP_FAILED ? NULL : at;
}

// Copy on write on both sides, a child that ends, address spaces that come and go.
static void step_fork(void)
{
	char *at = map(MEGABYTE);
	if (!at)
		return;
	touch(at, MEGABYTE);
	for (int i = 0; i < 4; i++) {
		pid_t child = fork();
		if (child == 0) {
			touch(at, MEGABYTE);
			_exit(0);
		}
		touch(at, MEGABYTE / 2);
		if (child > 0)
			waitpid(child, NULL, 0);
	}
	munmap(at, MEGABYTE);
}

static void step_exec(void)
{
	pid_t child = fork();
	if (child == 0) {
		execl("/init", "/init", "leave", (char *)NULL);
		_exit(1);
	}
	if (child > 0)
		waitpid(child, NULL, 0);
}

static void step_protect(void)
{
	char *at = map(MEGABYTE);
	if (!at)
		return;
	touch(at, MEGABYTE);
	for (int i = 0; i < 8; i++) {
		mprotect(at, MEGABYTE / 2, PROT_READ);
		(void)*(volatile char *)at;
		mprotect(at + page_size * i, (size_t)page_size, PROT_READ | PROT_WRITE);
		at[page_size * i] = 1;
	}
	mprotect(at, MEGABYTE, PROT_NONE);
	munmap(at, MEGABYTE);
}

static void step_remap(void)
{
	char *at = map(4 * MEGABYTE);
	if (!at)
		return;
	touch(at, MEGABYTE);
	char *moved = mremap(at, MEGABYTE, 2 * MEGABYTE, MREMAP_MAYMOVE);
	if (moved != MAP_FAILED) {
		touch(moved, 2 * MEGABYTE);
		munmap(moved, 2 * MEGABYTE);
	}
	munmap(at + MEGABYTE, 3 * MEGABYTE);
}

static void step_discard(void)
{
	char *at = map(2 * MEGABYTE);
	if (!at)
		return;
	touch(at, 2 * MEGABYTE);
	madvise(at, MEGABYTE, MADV_DONTNEED);
	touch(at, MEGABYTE);
	madvise(at, 2 * MEGABYTE, MADV_FREE);
	touch(at, 2 * MEGABYTE);
	munmap(at, 2 * MEGABYTE);
}

// Large pages, and parts of them taken away.
static void step_huge(void)
{
	size_t bytes = 8 * MEGABYTE;
	char *at = map(bytes);
	if (!at)
		return;
	madvise(at, bytes, MADV_HUGEPAGE);
	touch(at, bytes);
	munmap(at + 3 * MEGABYTE, (size_t)page_size);
	mprotect(at + 5 * MEGABYTE, (size_t)page_size, PROT_READ);
	touch(at, MEGABYTE);
	munmap(at, 3 * MEGABYTE);
	munmap(at + 3 * MEGABYTE + page_size, bytes - 3 * MEGABYTE - (size_t)page_size);
}

// Pages that leave the linear map: splits of its blocks.
static void step_secret(void)
{
#ifdef SYS_memfd_secret
	int fd = (int)syscall(SYS_memfd_secret, 0);
	if (fd < 0)
		return;
	size_t bytes = 64 * (size_t)page_size;
	if (ftruncate(fd, (off_t)bytes) == 0) {
		char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (at != MAP_FAILED) {
			touch(at, bytes);
			munmap(at, bytes);
		}
	}
	close(fd);
#endif
}

static char *shared_area;
static volatile int thread_stop;

static void *read_on(void *arg)
{
	(void)arg;
	while (!thread_stop)
		(void)*(volatile char *)shared_area;
	return NULL;
}

// Unmaps beside a thread of the same address space on another CPU.
static void step_threads(void)
{
	pthread_t thread;
	shared_area = map(MEGABYTE);
	thread_stop = 0;
	if (!shared_area || pthread_create(&thread, NULL, read_on, NULL))
		return;
	for (int i = 0; i < 16; i++) {
		char *at = map(MEGABYTE);
		if (!at)
			break;
		touch(at, MEGABYTE);
		munmap(at, MEGABYTE);
	}
	thread_stop = 1;
	pthread_join(thread, NULL);
	munmap(shared_area, MEGABYTE);
}

static void step_file(void)
{
	int fd = memfd_create("file", 0);
	if (fd < 0)
		return;
	if (ftruncate(fd, MEGABYTE) == 0) {
		char *at = mmap(NULL, MEGABYTE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (at != MAP_FAILED) {
			touch(at, MEGABYTE);
			msync(at, MEGABYTE, MS_SYNC);
			ftruncate(fd, MEGABYTE / 2);
			touch(at, MEGABYTE / 2);
			munmap(at, MEGABYTE);
		}
	}
	close(fd);
}

static const struct {
	const char *name;
	void (*run)(void);
} steps[] = {
    {"fork", step_fork},     {"exec", step_exec},       {"protect", step_protect},
    {"remap", step_remap},   {"discard", step_discard}, {"huge", step_huge},
    {"secret", step_secret}, {"threads", step_threads}, {"file", step_file},
};

static char command_line[2048];

static void read_command_line(void)
{
	mkdir("/proc", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	int fd = open("/proc/cmdline", O_RDONLY);
	if (fd < 0)
		return;
	ssize_t n = read(fd, command_line, sizeof(command_line) - 1);
	command_line[n > 0 ? n : 0] = 0;
	close(fd);
}

static long rounds_wanted(void)
{
	const char *at = strstr(command_line, "rounds=");
	return at ? strtol(at + 7, NULL, 10) : 20;
}

// With the word `symbols` on the command line: where the kernel's functions lie.
static void print_symbols(void)
{
	char chunk[4096];
	ssize_t n;
	int fd = open("/proc/kallsyms", O_RDONLY);
	while (fd >= 0 && (n = read(fd, chunk, sizeof(chunk))) > 0)
		fwrite(chunk, 1, (size_t)n, stdout);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "leave"))
		return 0;
	page_size = sysconf(_SC_PAGESIZE);
	mkdir("/dev", 0755);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mknod("/dev/console", S_IFCHR | 0600, makedev(5, 1));
	int console = open("/dev/console", O_RDWR);
	for (int fd = 0; fd < 3 && console >= 0; fd++)
		dup2(console, fd);
	setvbuf(stdout, NULL, _IONBF, 0);
	read_command_line();
	if (strstr(command_line, "symbols"))
		print_symbols();
	long rounds = rounds_wanted();
	for (long round = 0; round < rounds; round++)
		for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
			printf("mm-storm: round %ld %s\n", round, steps[i].name);
			steps[i].run();
		}
	printf("mm-storm: end\n");
	sync();
	reboot(RB_POWER_OFF);
	return 0;
}
