// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/payload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/unpack.h"
#include "record/layout.h"
#include "text/utf8.h"

#define CHUNK_BYTES   65536
#define PAYLOAD_LIMIT (UINT64_C(4) << 30)

// arm64 boot protocol, Documentation/arch/arm64/booting.rst: magic "ARM\x64" at offset 0x38.
#define IMAGE_MAGIC_OFFSET 0x38
static const unsigned char image_magic[4] = {0x41, 0x52, 0x4d, 0x64};

void payload_deinit(struct payload_file *p)
{
	if (!p)
		return;
	free(p->path);
	free(p->name);
	free(p->source);
	*p = (struct payload_file){0};
}

static struct error *check_image(const char *path, const unsigned char *head, size_t len)
{
	if (len >= IMAGE_MAGIC_OFFSET + sizeof(image_magic) &&
	    memcmp(head + IMAGE_MAGIC_OFFSET, image_magic, sizeof(image_magic)) == 0)
		return NULL;
	return error_new(ERROR_CONFIG,
			 "%s: not an arm64 Image (no \"ARMd\" at offset 0x38), expected one, plain "
			 "or packed with gzip, xz or zstd",
			 path);
}

// Plain copy of `path` at fd `out`; the first bytes decide whether it is worth going on.
static struct error *copy_plain(const char *path, int out, const char *out_path)
{
	CLEANUP_UNPACK struct unpack *u = NULL;
	TRY(unpack_open(path, ERROR_CONFIG, &u));
	CLEANUP_BUFFER struct buffer head = {0};
	CLEANUP_FREE char *chunk = memory_new(1, CHUNK_BYTES);
	uint64_t total = 0;
	for (;;) {
		size_t got;
		TRY(unpack_read(u, chunk, CHUNK_BYTES, &got));
		if (head.len < IMAGE_MAGIC_OFFSET + sizeof(image_magic)) {
			buffer_append(&head, chunk, got);
			if (head.len >= IMAGE_MAGIC_OFFSET + sizeof(image_magic) || got == 0)
				TRY(check_image(path, (const unsigned char *)buffer_str(&head),
						head.len));
		}
		if (got == 0)
			return NULL;
		total += got;
		if (total > PAYLOAD_LIMIT)
			return error_new(ERROR_CONFIG, "%s: unpacks to more than 4 GiB", path);
		TRY(file_write_all(out, chunk, got, out_path));
	}
}

static struct error *unpack_to(const char *path, const char *target)
{
	CLEANUP_FREE char *tmp = memory_printf("%s.%ld.tmp", target, (long)getpid());
	CLEANUP_CLOSE int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", tmp);
	struct error *e = copy_plain(path, fd, tmp);
	if (!e && fsync(fd) < 0)
		e = error_errno(ERROR_SYSTEM, errno, "%s", tmp);
	if (!e && rename(tmp, target) < 0)
		e = error_errno(ERROR_SYSTEM, errno, "%s", target);
	if (e)
		unlink(tmp);
	return e;
}

static struct error *is_packed(const char *path, bool *packed)
{
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	char head[8];
	ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof(head));
	if (n < 0)
		return error_errno(ERROR_CONFIG, errno, "payload %s", path);
	*packed = unpack_is_packed(head, (size_t)n);
	return NULL;
}

static struct error *check_plain(const char *path)
{
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char head[64];
	ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof(head));
	if (n < 0)
		return error_errno(ERROR_CONFIG, errno, "payload %s", path);
	return check_image(path, head, (size_t)n);
}

static struct error *locate(const struct job_config *job, const char *override, char **path)
{
	if (!override && !job->payload.path)
		return config_error(
		    job->payload.node,
		    "this job leaves its payload to the caller: give --payload FILE");
	const char *named = override ? override : job->payload.path;
	if (!utf8_valid(named, strlen(named)))
		return error_new(ERROR_CONFIG, "a payload's name that is not UTF-8 text");
	*path = realpath(named, NULL);
	struct stat st;
	int code = *path && stat(*path, &st) == 0 ? 0 : errno;
	if (!code && S_ISREG(st.st_mode))
		return NULL;
	if (!code && !S_ISDIR(st.st_mode)) // it is read more than once, and a pipe may never end
		return error_new(ERROR_CONFIG, "payload %s: a pipe or device, expected a file",
				 named);
	code = code ? code : EISDIR;
	return override ? error_errno(ERROR_CONFIG, code, "payload %s", named)
			: config_error(job->payload.node, "payload %s: %s", named, strerror(code));
}

struct error *payload_resolve(const struct job_config *job, const char *override,
			      const char *results_dir, struct payload_file *out)
{
	CLEANUP_PAYLOAD struct payload_file p = {0};
	TRY(locate(job, override, &p.path));
	p.name = memory_strdup(strrchr(p.path, '/') + 1);
	p.source = memory_strdup(p.path);
	bool packed = false;
	TRY(is_packed(p.path, &packed));
	if (packed) {
		char hex[DIGEST_HEX_SIZE];
		TRY(digest_file(p.path, ERROR_CONFIG, hex));
		CLEANUP_FREE char *dir = path_join(results_dir, LAYOUT_PAYLOADS);
		TRY(file_make_dirs(dir));
		CLEANUP_FREE char *plain = memory_printf("%s/%.32s.Image", dir, hex);
		if (!file_exists(plain))
			TRY(unpack_to(p.path, plain));
		// `mmfarm prune` leaves alone what was used lately.
		utimensat(AT_FDCWD, plain, NULL, 0);
		free(p.path);
		p.path = realpath(plain, NULL);
		if (!p.path)
			return error_errno(ERROR_SYSTEM, errno, "%s", plain);
	} else {
		TRY(check_plain(p.path));
	}
	TRY(digest_file(p.path, ERROR_CONFIG, p.sha256));
	struct stat st;
	if (stat(p.path, &st) < 0)
		return error_errno(ERROR_CONFIG, errno, "payload %s", p.path);
	p.size = (uint64_t)st.st_size;
	*out = p;
	p = (struct payload_file){0};
	return NULL;
}

// ---- kept payloads ------------------------------------------------------------------------------

char *payload_kept_path(const char *results_dir, const char *sha256)
{
	return memory_printf("%s/" LAYOUT_PAYLOADS "/%s.Image", results_dir, sha256);
}

// A build may write into the file it made before, so a link would not do for files of others; what
// we unpacked ourselves never changes.
static struct error *copy_to(const struct payload_file *p, const char *target)
{
	CLEANUP_FREE char *tmp = memory_printf("%s.%ld.tmp", target, (long)getpid());
	bool ours = strcmp(p->path, p->source) != 0;
	if (ours && link(p->path, tmp) == 0)
		return rename(tmp, target) < 0 ? error_errno(ERROR_SYSTEM, errno, "%s", target)
					       : NULL;
	CLEANUP_CLOSE int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", tmp);
	struct error *e = file_append(p->path, ERROR_SYSTEM, fd, tmp);
	if (!e && fsync(fd) < 0)
		e = error_errno(ERROR_SYSTEM, errno, "%s", tmp);
	char hex[DIGEST_HEX_SIZE];
	if (!e)
		e = digest_file(tmp, ERROR_SYSTEM, hex);
	if (!e && strcmp(hex, p->sha256) != 0)
		e = error_new(ERROR_LAB, "%s has changed since its batch began", p->path);
	if (!e && rename(tmp, target) < 0)
		e = error_errno(ERROR_SYSTEM, errno, "%s", target);
	if (e)
		unlink(tmp);
	return e;
}

struct error *payload_keep(const struct payload_file *p, const char *results_dir)
{
	CLEANUP_FREE char *dir = path_join(results_dir, LAYOUT_PAYLOADS);
	CLEANUP_FREE char *path = payload_kept_path(results_dir, p->sha256);
	TRY(file_make_dirs(dir));
	if (utimensat(AT_FDCWD, path, NULL, 0) == 0)
		return NULL;
	return copy_to(p, path);
}
