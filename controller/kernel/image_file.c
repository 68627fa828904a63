// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/image_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

#define CHUNK_BYTES 65536

struct error *image_file_open(const char *path, int *fd)
{
	*fd = open(path, O_RDONLY | O_CLOEXEC);
	return *fd < 0 ? error_errno(ERROR_CONFIG, errno, "%s", path) : NULL;
}

struct error *image_file_read(int fd, void *bytes, size_t len, const char *path, size_t *got)
{
	ssize_t n;
	do
		n = read(fd, bytes, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_errno(ERROR_CONFIG, errno, "%s", path);
	*got = (size_t)n;
	return NULL;
}

struct error *image_file_look(const char *path, struct image_head *out)
{
	CLEANUP_CLOSE int fd = -1;
	unsigned char head[IMAGE_HEAD_BYTES];
	size_t len = 0, got;
	TRY(image_file_open(path, &fd));
	do {
		TRY(image_file_read(fd, head + len, sizeof(head) - len, path, &got));
		len += got;
	} while (got && len < sizeof(head));
	image_head_read(head, len, out);
	return NULL;
}

struct error *image_file_check(const char *path, const struct image_head *head)
{
	struct stat st;
	if (head->form == IMAGE_FOREIGN)
		return error_new(
		    ERROR_CONFIG,
		    "%s: %s, expected an arm64 Image, plain or packed (gzip, xz, zstd, "
		    "lz4), an EFI zboot or a package (deb, rpm)",
		    path, head->what);
	if (head->form != IMAGE_ARM64)
		return error_new(ERROR_CONFIG, "%s: a %s, expected a plain arm64 Image", path,
				 image_form_name(head->form));
	if (stat(path, &st) < 0)
		return error_errno(ERROR_CONFIG, errno, "%s", path);
	if ((uint64_t)st.st_size < head->file_size)
		return error_new(
		    ERROR_CONFIG,
		    "%s: cut short: %llu bytes of the %llu that the Image's own header "
		    "says",
		    path, (unsigned long long)st.st_size, (unsigned long long)head->file_size);
	return NULL;
}

struct error *image_file_build_id(const char *path, char out[IMAGE_BUILD_ID])
{
	CLEANUP_CLOSE int fd = -1;
	CLEANUP_FREE char *chunk = memory_new(1, CHUNK_BYTES);
	CLEANUP_FREE struct image_scan *scan = memory_new(1, sizeof(*scan));
	size_t got = 1;
	TRY(image_file_open(path, &fd));
	while (got && !scan->build_id[0]) {
		TRY(image_file_read(fd, chunk, CHUNK_BYTES, path, &got));
		image_scan_feed(scan, chunk, got);
	}
	image_scan_end(scan);
	memcpy(out, scan->build_id, IMAGE_BUILD_ID);
	return NULL;
}
