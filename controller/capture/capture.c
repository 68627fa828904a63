// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"

static struct error *create(const char *dir, const char *name, int *fd)
{
	CLEANUP_FREE char *path = path_join(dir, name);
	*fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
	return *fd < 0 ? error_errno(ERROR_SYSTEM, errno, "%s", path) : NULL;
}

struct error *capture_init(struct capture *c, const char *dir)
{
	*c = CAPTURE_NONE;
	TRY(create(dir, "console.raw", &c->raw));
	return create(dir, "console.idx", &c->index);
}

void capture_deinit(struct capture *c)
{
	if (!c)
		return;
	cleanup_close(&c->raw);
	cleanup_close(&c->index);
}

static void append_entry(struct buffer *entries, uint64_t offset, uint64_t t_ns)
{
	unsigned char entry[CAPTURE_INDEX_ENTRY];
	for (unsigned i = 0; i < 8; i++) {
		entry[i] = (unsigned char)(offset >> (8 * i));
		entry[8 + i] = (unsigned char)(t_ns >> (8 * i));
	}
	buffer_append(entries, entry, sizeof(entry));
}

// Index entries of the lines that begin within the chunk.
static void index_chunk(struct capture *c, const char *bytes, size_t len, int64_t t_ns,
			struct buffer *entries)
{
	const char *p = bytes;
	const char *end = bytes + len;
	while (p < end) {
		if (!c->mid_line)
			append_entry(entries, c->bytes + (uint64_t)(p - bytes), (uint64_t)t_ns);
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		c->mid_line = newline == NULL;
		p = newline ? newline + 1 : end;
	}
}

struct error *capture_feed(struct capture *c, const void *bytes, size_t len, int64_t t_ns)
{
	CLEANUP_BUFFER struct buffer entries = {0};
	index_chunk(c, bytes, len, t_ns, &entries);
	// The bytes first: an index may lack its newest lines, never name bytes that are not there.
	TRY(file_write_all(c->raw, bytes, len, "console.raw"));
	c->bytes += len;
	if (entries.len)
		TRY(file_write_all(c->index, entries.data, entries.len, "console.idx"));
	c->lines += entries.len / CAPTURE_INDEX_ENTRY;
	return NULL;
}

struct error *capture_sync(struct capture *c)
{
	if (fdatasync(c->raw) < 0 || fdatasync(c->index) < 0)
		return error_errno(ERROR_SYSTEM, errno, "console.raw");
	return NULL;
}
