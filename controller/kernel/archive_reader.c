// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/archive_reader.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"

#define BYTES_LIMIT   ((uint64_t)8 << 30)
#define ENTRIES_LIMIT UINT64_C(1000000)
#define BLOCK         65536u

static struct error *failure(const struct archive_reader *r)
{
	const char *text = archive_error_string(r->archive);
	if (r->outer && text && strncmp(text, r->path, strlen(r->path)) == 0)
		return error_new(ERROR_CONFIG, "%s", text); // what the outer one said
	return error_new(ERROR_CONFIG, "%s: %s", r->path, text ? text : "not an archive");
}

static void support_packed_files(struct archive *a)
{
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_zstd(a);
	archive_read_support_filter_bzip2(a);
}

static void support_files(struct archive *a)
{
	archive_read_support_format_tar(a);
	archive_read_support_format_cpio(a);
	support_packed_files(a);
}

static void support_rpm(struct archive *a)
{
	archive_read_support_format_cpio(a);
	archive_read_support_filter_rpm(a);
	support_packed_files(a);
}

static void support_deb(struct archive *a)
{
	archive_read_support_format_ar(a);
}

static void support_bare(struct archive *a)
{
	archive_read_support_format_raw(a);
	archive_read_support_filter_lz4(a);
	archive_read_support_filter_lzma(a);
	archive_read_support_filter_bzip2(a);
}

static struct error *begin(struct archive_reader *r, const char *path, enum archive_form form,
			   const struct archive_limits *limits)
{
	static void (*const support[])(struct archive * a) = {
	    [ARCHIVE_FILES] = support_files,
	    [ARCHIVE_RPM] = support_rpm,
	    [ARCHIVE_DEB] = support_deb,
	    [ARCHIVE_BARE] = support_bare,
	};
	*r = (struct archive_reader){.path = path};
	r->limits = limits ? *limits : (struct archive_limits){0};
	if (!r->limits.bytes)
		r->limits.bytes = BYTES_LIMIT;
	if (!r->limits.entries)
		r->limits.entries = ENTRIES_LIMIT;
	r->archive = archive_read_new();
	if (!r->archive)
		return error_new(ERROR_SYSTEM, "libarchive gives no handle");
	support[form](r->archive);
	return NULL;
}

struct error *archive_reader_open_as(struct archive_reader *r, const char *path,
				     enum archive_form form, const struct archive_limits *limits)
{
	TRY(begin(r, path, form, limits));
	if (archive_read_open_filename(r->archive, path, BLOCK) != ARCHIVE_OK)
		return failure(r);
	return NULL;
}

struct error *archive_reader_open(struct archive_reader *r, const char *path,
				  const struct archive_limits *limits)
{
	return archive_reader_open_as(r, path, ARCHIVE_FILES, limits);
}

static la_ssize_t read_entry(struct archive *a, void *arg, const void **bytes)
{
	struct archive_reader *outer = arg;
	size_t len;
	int64_t offset;
	struct error *e = archive_reader_read(outer, bytes, &len, &offset);
	if (!e)
		return (la_ssize_t)len;
	archive_set_error(a, EIO, "%s", error_text(e));
	error_free(e);
	return -1;
}

struct error *archive_reader_open_entry(struct archive_reader *r, struct archive_reader *outer)
{
	TRY(begin(r, outer->path, ARCHIVE_FILES, &outer->limits));
	r->outer = outer;
	if (archive_read_open(r->archive, outer, NULL, read_entry, NULL) != ARCHIVE_OK)
		return failure(r);
	return NULL;
}

void archive_reader_deinit(struct archive_reader *r)
{
	if (r->archive)
		archive_read_free(r->archive);
}

struct error *archive_reader_next(struct archive_reader *r, struct archive_entry **entry)
{
	int code = archive_read_next_header(r->archive, entry);
	if (code == ARCHIVE_EOF) {
		*entry = NULL;
		return NULL;
	}
	if (code != ARCHIVE_OK && code != ARCHIVE_WARN)
		return failure(r);
	if (++r->entries > r->limits.entries)
		return error_new(ERROR_CONFIG, "%s: more than %llu files", r->path,
				 (unsigned long long)r->limits.entries);
	return NULL;
}

struct error *archive_reader_read(struct archive_reader *r, const void **bytes, size_t *len,
				  int64_t *offset)
{
	la_int64_t at = 0;
	int code = archive_read_data_block(r->archive, bytes, len, &at);
	if (code == ARCHIVE_EOF) {
		*len = 0;
		return NULL;
	}
	if (code != ARCHIVE_OK)
		return failure(r);
	*offset = at;
	r->bytes += *len;
	// A sparse file says its size and holds nothing.
	if (r->bytes > r->limits.bytes || at < 0 || (uint64_t)at > r->limits.bytes - *len)
		return error_new(ERROR_CONFIG, "%s: more than %llu bytes when it is unpacked",
				 r->path, (unsigned long long)r->limits.bytes);
	return NULL;
}

struct error *archive_refuse(const struct archive_reader *r, const char *name, const char *why)
{
	return error_new(ERROR_CONFIG, "%s: \"%.200s\" %s", r->path, name ? name : "", why);
}

struct error *archive_name(const struct archive_reader *r, const char *name, char **out)
{
	CLEANUP_BUFFER struct buffer clean = {0};
	if (!name || !name[0])
		return archive_refuse(r, name, "has no name");
	if (name[0] == '/')
		return archive_refuse(r, name, "has an absolute name");
	for (const char *s = name; *s;) {
		size_t len = strcspn(s, "/");
		if (len == 2 && memcmp(s, "..", 2) == 0)
			return archive_refuse(r, name, "has a name with \"..\"");
		if (len > NAME_MAX)
			return archive_refuse(r, name, "has too long a name");
		if (len && !(len == 1 && *s == '.')) {
			if (clean.len)
				buffer_append(&clean, "/", 1);
			buffer_append(&clean, s, len);
		}
		s += len + strspn(s + len, "/");
	}
	if (clean.len >= PATH_MAX)
		return archive_refuse(r, name, "has too long a name");
	*out = memory_strdup(buffer_str(&clean));
	return NULL;
}
