// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/archive_reader.h"

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
	return error_new(ERROR_CONFIG, "%s: %s", r->path, text ? text : "not an archive");
}

struct error *archive_reader_open(struct archive_reader *r, const char *path,
				  const struct archive_limits *limits)
{
	*r = (struct archive_reader){.path = path};
	r->limits = limits ? *limits : (struct archive_limits){0};
	if (!r->limits.bytes)
		r->limits.bytes = BYTES_LIMIT;
	if (!r->limits.entries)
		r->limits.entries = ENTRIES_LIMIT;
	r->archive = archive_read_new();
	if (!r->archive)
		return error_new(ERROR_SYSTEM, "libarchive gives no handle");
	// Those that kernels and root file systems come in; each reader more is one more to be fooled.
	archive_read_support_format_tar(r->archive);
	archive_read_support_format_cpio(r->archive);
	archive_read_support_filter_gzip(r->archive);
	archive_read_support_filter_xz(r->archive);
	archive_read_support_filter_zstd(r->archive);
	archive_read_support_filter_bzip2(r->archive);
	if (archive_read_open_filename(r->archive, path, BLOCK) != ARCHIVE_OK)
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
