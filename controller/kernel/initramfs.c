// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "kernel/archive.h"
#include "kernel/package.h"

#define ALIGNMENT 4 // of a cpio header in an initramfs

// The cpio that an archive becomes.
struct writer {
	FILE *f; // borrowed
	const char *path;
	struct archive *archive;
	struct buffer made; // directories of the prefix that are there
};

static void writer_deinit(struct writer *w)
{
	if (w->archive)
		archive_write_free(w->archive);
	buffer_deinit(&w->made);
}

static la_ssize_t write_out(struct archive *a, void *arg, const void *bytes, size_t len)
{
	struct writer *w = arg;
	if (fwrite(bytes, 1, len, w->f) == len)
		return (la_ssize_t)len;
	archive_set_error(a, errno, "%s", strerror(errno));
	return -1;
}

static struct error *failure(const struct writer *w)
{
	const char *text = archive_error_string(w->archive);
	return error_new(ERROR_SYSTEM, "%s: %s", w->path, text ? text : "cannot be written");
}

static struct error *writer_open(struct writer *w)
{
	w->archive = archive_write_new();
	if (!w->archive || archive_write_set_format_cpio_newc(w->archive) != ARCHIVE_OK ||
	    archive_write_add_filter_none(w->archive) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(w->archive, 1) != ARCHIVE_OK ||
	    archive_write_open(w->archive, w, NULL, write_out, NULL) != ARCHIVE_OK)
		return error_new(ERROR_SYSTEM, "%s: libarchive cannot write cpio", w->path);
	return NULL;
}

static struct error *write_directory(struct writer *w, const char *name)
{
	struct archive_entry *entry = archive_entry_new();
	archive_entry_set_pathname(entry, name);
	archive_entry_set_mode(entry, AE_IFDIR | 0755);
	archive_entry_set_nlink(entry, 2);
	archive_entry_set_size(entry, 0);
	int code = archive_write_header(w->archive, entry);
	archive_entry_free(entry);
	return code < ARCHIVE_WARN ? failure(w) : NULL;
}

// The directory and those above it, once. The kernel makes no directory that it was not told of, and
// archives do not name each.
static struct error *write_directories(struct writer *w, const char *dir, size_t dir_len)
{
	for (size_t len = 1; len <= dir_len; len++) {
		if (len < dir_len && dir[len] != '/')
			continue;
		CLEANUP_FREE char *line = memory_printf("\n%.*s\n", (int)len, dir);
		if (w->made.len && strstr(buffer_str(&w->made), line))
			continue;
		buffer_append_str(&w->made, line);
		CLEANUP_FREE char *name = memory_strndup(dir, len);
		TRY(write_directory(w, name));
	}
	return NULL;
}

static struct error *write_prefix(struct writer *w, const char *prefix)
{
	return prefix ? write_directories(w, prefix, strlen(prefix)) : NULL;
}

// A hard link of a tarball names another file: as cpio would need the content first, it becomes a
// symbolic link, absolute on the board.
static struct error *make_link(const struct archive_reader *r, struct archive_entry *entry,
			       const char *prefix)
{
	const char *target = archive_entry_hardlink(entry);
	CLEANUP_FREE char *clean = NULL;
	if (!target)
		return NULL;
	TRY(archive_name(r, target, &clean));
	CLEANUP_FREE char *to =
	    memory_printf("/%s%s%s", prefix ? prefix : "", prefix ? "/" : "", clean);
	archive_entry_set_hardlink(entry, NULL);
	archive_entry_set_filetype(entry, AE_IFLNK);
	archive_entry_set_symlink(entry, to);
	archive_entry_set_size(entry, 0);
	return NULL;
}

static struct error *copy_content(struct archive_reader *r, struct writer *w, uint64_t size)
{
	static const char zeros[4096];
	uint64_t written = 0;
	for (;;) {
		const void *bytes;
		size_t len;
		int64_t offset = 0;
		TRY(archive_reader_read(r, &bytes, &len, &offset));
		uint64_t until = len ? (uint64_t)offset : size;
		if (until > size || until < written || len > size - until)
			return error_new(ERROR_CONFIG, "%s: a file is not as long as it says",
					 r->path);
		while (written < until) { // a hole
			size_t step = until - written < sizeof(zeros) ? (size_t)(until - written)
								      : sizeof(zeros);
			if (archive_write_data(w->archive, zeros, step) < 0)
				return failure(w);
			written += step;
		}
		if (!len)
			return NULL;
		if (archive_write_data(w->archive, bytes, len) < 0)
			return failure(w);
		written += len;
	}
}

// Owners of the machine that made the archive mean nothing on a board.
static void make_plain(struct archive_entry *entry, const char *name)
{
	archive_entry_set_pathname(entry, name);
	archive_entry_set_uid(entry, 0);
	archive_entry_set_gid(entry, 0);
	archive_entry_set_uname(entry, NULL);
	archive_entry_set_gname(entry, NULL);
	archive_entry_set_nlink(entry, 1);
}

#define MODULES "lib/modules/"

// Where the entry goes; NULL: it is left out. The caller frees.
static char *place(const char *clean, const struct initramfs_part *part, const char *prefix)
{
	if (part->modules) {
		const char *own = strncmp(clean, "usr/", 4) == 0 ? clean + 4 : clean;
		if (strncmp(own, MODULES, strlen(MODULES)) != 0)
			return NULL;
		return memory_printf("%s%s%s", prefix ? prefix : "", prefix ? "/" : "", own);
	}
	return clean[0] ? memory_printf("%s%s%s", prefix ? prefix : "", prefix ? "/" : "", clean)
			: NULL;
}

static struct error *copy_entry(struct archive_reader *r, struct writer *w,
				struct archive_entry *entry, const struct initramfs_part *part,
				const char *prefix)
{
	CLEANUP_FREE char *clean = NULL;
	TRY(archive_name(r, archive_entry_pathname(entry), &clean));
	CLEANUP_FREE char *name = place(clean, part, prefix);
	if (!name)
		return NULL;
	TRY(make_link(r, entry, prefix));
	if (part->modules)
		TRY(write_directories(w, name, (size_t)(strrchr(name, '/') - name)));
	bool file = archive_entry_filetype(entry) == AE_IFREG;
	int64_t size = archive_entry_size_is_set(entry) ? archive_entry_size(entry) : 0;
	if (!file)
		size = 0;
	if (size < 0 || (uint64_t)size > r->limits.bytes || size > UINT32_MAX)
		return archive_refuse(r, clean, "is bigger than a file of an initramfs may be");
	make_plain(entry, name);
	archive_entry_set_size(entry, size);
	if (archive_write_header(w->archive, entry) < ARCHIVE_WARN)
		return failure(w);
	if (!file)
		return NULL;
	// A hole counts as the bytes that it takes on the board.
	r->bytes += (uint64_t)size;
	if (r->bytes > r->limits.bytes)
		return archive_refuse(r, clean, "makes it bigger than is allowed");
	r->bytes -= (uint64_t)size;
	return copy_content(r, w, (uint64_t)size);
}

// Whether the initramfs has /lib as a link to usr/lib, in whose place a directory would be put.
static bool has_merged_lib(const char *path)
{
	CLEANUP_ARCHIVE_READER struct archive_reader r = {0};
	CLEANUP_ERROR struct error *e = archive_reader_open(&r, path, NULL);
	struct archive_entry *entry = NULL;
	while (!e && !(e = archive_reader_next(&r, &entry)) && entry) {
		CLEANUP_FREE char *name = NULL;
		CLEANUP_ERROR struct error *odd =
		    archive_name(&r, archive_entry_pathname(entry), &name);
		if (!odd && strcmp(name, "lib") == 0)
			return archive_entry_filetype(entry) == AE_IFLNK;
	}
	return false;
}

static struct error *convert(const struct initramfs_part *part, const struct archive_limits *limits,
			     FILE *f, const char *out)
{
	CLEANUP_PACKAGE_READER struct package_reader r = {0};
	CLEANUP(writer_deinit) struct writer w = {.f = f, .path = out};
	bool merged = part->modules && part->base && has_merged_lib(part->base);
	const char *prefix = merged ? "usr" : part->prefix;
	TRY(package_open(&r, part->path, limits));
	TRY(writer_open(&w));
	TRY(write_prefix(&w, prefix));
	size_t copied = w.made.len;
	for (;;) {
		struct archive_entry *entry;
		TRY(archive_reader_next(r.files, &entry));
		if (!entry)
			break;
		TRY(copy_entry(r.files, &w, entry, part, prefix));
	}
	if (part->modules && w.made.len == copied)
		return error_new(ERROR_CONFIG, "%s: no lib/modules in it", part->path);
	if (archive_write_close(w.archive) != ARCHIVE_OK)
		return failure(&w);
	return NULL;
}

static struct error *write_script(const struct initramfs_part *part, FILE *f, const char *out)
{
	CLEANUP(writer_deinit) struct writer w = {.f = f, .path = out};
	size_t len = strlen(part->script);
	TRY(writer_open(&w));
	struct archive_entry *entry = archive_entry_new();
	archive_entry_set_pathname(entry, part->name);
	archive_entry_set_mode(entry, AE_IFREG | 0755);
	archive_entry_set_nlink(entry, 1);
	archive_entry_set_size(entry, (la_int64_t)len);
	int code = archive_write_header(w.archive, entry);
	archive_entry_free(entry);
	if (code < ARCHIVE_WARN || archive_write_data(w.archive, part->script, len) < 0 ||
	    archive_write_close(w.archive) != ARCHIVE_OK)
		return failure(&w);
	return NULL;
}

static struct error *align(FILE *f, const char *out)
{
	long at = ftell(f);
	while (at >= 0 && at % ALIGNMENT) {
		if (putc(0, f) == EOF)
			break;
		at++;
	}
	return at < 0 || ferror(f) ? error_errno(ERROR_SYSTEM, errno, "%s", out) : NULL;
}

static struct error *append(const struct initramfs_part *part, const struct archive_limits *limits,
			    FILE *f, const char *out)
{
	TRY(align(f, out));
	if (part->script)
		return write_script(part, f, out);
	if (!part->cpio)
		return convert(part, limits, f, out);
	if (fflush(f) != 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", out);
	TRY(file_append(part->path, ERROR_CONFIG, fileno(f), out));
	if (fseek(f, 0, SEEK_END) < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", out);
	return NULL;
}

struct error *initramfs_make(const struct initramfs_part *parts, size_t count,
			     const struct archive_limits *limits, const char *out)
{
	FILE *f = NULL;
	TRY(file_create_tmp(out, &f));
	struct error *e = NULL;
	for (size_t i = 0; i < count && !e; i++)
		e = append(&parts[i], limits, f, out);
	if (!e)
		return file_commit(f, out);
	CLEANUP_FREE char *tmp = memory_printf("%s.tmp", out);
	fclose(f);
	unlink(tmp);
	return e;
}
