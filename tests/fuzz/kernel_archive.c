// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as an archive: unpacked inside its directory or refused, whole or not at all; made into an
// initramfs or refused.
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "kernel/archive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct archive_limits limits = {.bytes = 1 << 20, .entries = 64};
static char *root; // holds "victim" and "tree"

static int check_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)type, (void)at;
	if (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode) && !S_ISLNK(st->st_mode))
		abort();
	if (st->st_mode & 07000)
		abort();
	CLEANUP_FREE char *real = S_ISLNK(st->st_mode) ? realpath(path, NULL) : NULL;
	if (real && strncmp(real, root, strlen(root)) == 0 && strstr(real, "victim"))
		abort(); // a link that leads out of the tree
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static void make_root(void)
{
	const char *tmp = getenv("TMPDIR");
	root = memory_printf("%s/mmfarm-fuzz-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(root))
		abort();
	CLEANUP_FREE char *victim = path_join(root, "victim");
	if (file_write_atomic(victim, "", 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!root)
		make_root();
	int fd = memfd_create("archive", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	char path[32];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CLEANUP_FREE char *tree = path_join(root, "tree");
	CLEANUP_FREE char *victim = path_join(root, "victim");
	CLEANUP_FREE char *out = path_join(root, "initramfs");
	struct error *e = archive_unpack(path, tree, &limits);
	struct stat st;
	if (e && file_exists(tree))
		abort();
	if (stat(victim, &st) < 0 || st.st_size != 0 || st.st_nlink != 1)
		abort();
	if (!e) {
		nftw(tree, check_one, 16, FTW_PHYS);
		nftw(tree, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	}
	const struct initramfs_part part = {.path = path, .prefix = "lib"};
	struct error *f = initramfs_make(&part, 1, &limits, out);
	if (f ? file_exists(out) : unlink(out) < 0)
		abort();
	error_free(e);
	error_free(f);
	close(fd);
	return 0;
}
