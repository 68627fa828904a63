// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/unwrap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/unpack.h"
#include "kernel/archive_reader.h"
#include "kernel/image_file.h"
#include "kernel/package.h"

#define CHUNK_BYTES 65536
#define IMAGE_LIMIT ((uint64_t)4 << 30)
#define LAYERS_MAX  6 // a deb, a zboot, a compressor ...

static struct error *too_long(const char *path)
{
	return error_new(ERROR_CONFIG, "%s: unpacks to more than 4 GiB", path);
}

// ---- one layer ------------------------------------------------------------------------------------

static struct error *take_packed(const char *path, const struct image_head *head, int out,
				 const char *out_path)
{
	(void)head;
	CLEANUP_UNPACK struct unpack *u = NULL;
	CLEANUP_FREE char *chunk = memory_new(1, CHUNK_BYTES);
	TRY(unpack_open(path, ERROR_CONFIG, &u));
	for (uint64_t total = 0;;) {
		size_t got;
		TRY(unpack_read(u, chunk, CHUNK_BYTES, &got));
		total += got;
		if (got == 0)
			return NULL;
		if (total > IMAGE_LIMIT)
			return too_long(path);
		TRY(file_write_all(out, chunk, got, out_path));
	}
}

static struct error *take_bare(const char *path, const struct image_head *head, int out,
			       const char *out_path)
{
	(void)head;
	const struct archive_limits limits = {.bytes = IMAGE_LIMIT};
	CLEANUP_ARCHIVE_READER struct archive_reader r = {0};
	struct archive_entry *entry;
	TRY(archive_reader_open_as(&r, path, ARCHIVE_BARE, &limits));
	TRY(archive_reader_next(&r, &entry));
	for (;;) {
		const void *bytes;
		size_t len = 0;
		int64_t offset;
		if (entry)
			TRY(archive_reader_read(&r, &bytes, &len, &offset));
		if (!len)
			return NULL;
		TRY(file_write_all(out, bytes, len, out_path));
	}
}

static struct error *take_zboot(const char *path, const struct image_head *head, int out,
				const char *out_path)
{
	CLEANUP_CLOSE int fd = -1;
	CLEANUP_FREE char *chunk = memory_new(1, CHUNK_BYTES);
	TRY(image_file_open(path, &fd));
	if (lseek(fd, head->offset, SEEK_SET) < 0)
		return error_errno(ERROR_CONFIG, errno, "%s", path);
	for (uint64_t left = head->size; left;) {
		size_t got;
		TRY(image_file_read(fd, chunk, left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES,
				    path, &got));
		if (!got)
			return error_new(ERROR_CONFIG,
					 "%s: cut short: an EFI zboot without the end of its Image",
					 path);
		TRY(file_write_all(out, chunk, got, out_path));
		left -= got;
	}
	return NULL;
}

static struct error *take_package(const char *path, const struct image_head *head, int out,
				  const char *out_path)
{
	(void)head;
	return package_take_kernel(path, out, out_path);
}

typedef struct error *take_fn(const char *path, const struct image_head *head, int out,
			      const char *out_path);

static take_fn *const takers[] = {
    [IMAGE_FOREIGN] = NULL,     [IMAGE_ARM64] = NULL,       [IMAGE_ZBOOT] = take_zboot,
    [IMAGE_GZIP] = take_packed, [IMAGE_XZ] = take_packed,   [IMAGE_ZSTD] = take_packed,
    [IMAGE_LZ4] = take_bare,    [IMAGE_LZMA] = take_bare,   [IMAGE_BZIP2] = take_bare,
    [IMAGE_DEB] = take_package, [IMAGE_RPM] = take_package,
};

// Into the file `to`, which is made anew.
static struct error *take_layer(const char *path, const struct image_head *head, const char *to)
{
	CLEANUP_CLOSE int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", to);
	TRY(takers[head->form](path, head, fd, to));
	return fsync(fd) < 0 ? error_errno(ERROR_SYSTEM, errno, "%s", to) : NULL;
}

// ---- all of them ----------------------------------------------------------------------------------

// Two files take turns: what a layer held is gone when the next one has been taken from it.
struct unwrap_layers {
	char *files[2]; // owned
};

static void layers_deinit(struct unwrap_layers *l)
{
	for (int i = 0; i < 2; i++) {
		unlink(l->files[i]);
		free(l->files[i]);
	}
}

// From *at into `to`, which becomes *at; *done: *at is the Image.
static struct error *take_next(const char *to, const char **at, bool *done)
{
	struct image_head head;
	TRY(image_file_look(*at, &head));
	*done = !takers[head.form];
	if (*done)
		return image_file_check(*at, &head);
	TRY(take_layer(*at, &head, to));
	*at = to;
	return NULL;
}

static struct error *take_layers(struct unwrap_layers *l, const char *path, const char **plain)
{
	const char *at = path;
	for (int i = 0; i < LAYERS_MAX; i++) {
		bool done = false;
		struct error *e = take_next(l->files[i % 2], &at, &done);
		if (e) // an inner layer's file is gone before anybody can look at it
			return i ? error_wrap(e, "%s: what is in it", path) : e;
		if (done) {
			*plain = at;
			return NULL;
		}
	}
	return error_new(ERROR_CONFIG, "%s: packed more than %d times", path, LAYERS_MAX - 1);
}

struct error *unwrap_image(const char *path, const char *target)
{
	CLEANUP(layers_deinit)
	struct unwrap_layers l = {{memory_printf("%s.%ld.a.tmp", target, (long)getpid()),
				   memory_printf("%s.%ld.b.tmp", target, (long)getpid())}};
	const char *plain = NULL;
	TRY(take_layers(&l, path, &plain));
	if (plain == path)
		return error_new(ERROR_BUG, "%s: nothing to unpack", path);
	if (rename(plain, target) < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", target);
	return NULL;
}
