// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "record/layout.h"

// A write costs a line more than its bytes do.
#define ENTRIES_AT_ONCE 256

static struct error *create(const char *dir, const char *name, int *fd)
{
	CLEANUP_FREE char *path = path_join(dir, name);
	*fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
	return *fd < 0 ? error_errno(ERROR_SYSTEM, errno, "%s", path) : NULL;
}

struct error *capture_init(struct capture *c, const char *dir)
{
	*c = CAPTURE_NONE;
	TRY(create(dir, LAYOUT_CONSOLE, &c->raw));
	return create(dir, LAYOUT_INDEX, &c->index);
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

// Writes as much as the disk takes; *done tells how much that was.
static struct error *write_some(int fd, const char *bytes, size_t len, const char *what,
				size_t *done)
{
	*done = 0;
	while (*done < len) {
		ssize_t n = write(fd, bytes + *done, len - *done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(ERROR_SYSTEM, errno, "writing %s", what);
		*done += (size_t)n;
	}
	return NULL;
}

// Makes the index entries of the lines that begin within the chunk.
static void index_chunk(struct capture *c, const char *bytes, size_t len, int64_t t_ns)
{
	const char *p = bytes;
	const char *end = bytes + len;
	while (p < end) {
		if (!c->mid_line) {
			uint64_t offset = c->bytes + (uint64_t)(p - bytes);
			append_entry(&c->entries, offset, (uint64_t)t_ns);
			c->lines++;
		}
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		c->mid_line = newline == NULL;
		p = newline ? newline + 1 : end;
	}
}

// A reader finds whole entries only, also when the disk took half of one.
static struct error *write_index(struct capture *c)
{
	size_t done;
	struct error *e =
	    write_some(c->index, buffer_str(&c->entries), c->entries.len, LAYOUT_INDEX, &done);
	size_t half = done % CAPTURE_INDEX_ENTRY;
	struct stat st;
	if (half && fstat(c->index, &st) == 0 && ftruncate(c->index, st.st_size - (off_t)half) < 0)
		e = e ? e : error_errno(ERROR_SYSTEM, errno, LAYOUT_INDEX);
	c->lines -= (c->entries.len - (done - half)) / CAPTURE_INDEX_ENTRY;
	buffer_truncate(&c->entries, 0);
	return e;
}

struct error *capture_feed(struct capture *c, const void *bytes, size_t len, int64_t t_ns)
{
	if (c->lost) {
		c->lost += len;
		return error_new(ERROR_SYSTEM, "console.raw ended %llu bytes ago",
				 (unsigned long long)c->lost);
	}
	size_t done;
	struct error *e = write_some(c->raw, bytes, len, LAYOUT_CONSOLE, &done);
	index_chunk(c, bytes, done, t_ns);
	c->bytes += done;
	c->lost = len - done;
	if (e)
		return error_wrap(e, "%llu bytes of the console lost", (unsigned long long)c->lost);
	return c->entries.len >= ENTRIES_AT_ONCE * CAPTURE_INDEX_ENTRY ? write_index(c) : NULL;
}

void capture_skip(struct capture *c, size_t len)
{
	c->lost += len;
}

void capture_deinit(struct capture *c)
{
	if (!c)
		return;
	if (c->index >= 0)
		error_free(write_index(c));
	buffer_deinit(&c->entries);
	cleanup_close(&c->raw);
	cleanup_close(&c->index);
}

struct error *capture_sync(struct capture *c)
{
	TRY(write_index(c));
	if (fdatasync(c->raw) < 0 || fdatasync(c->index) < 0)
		return error_errno(ERROR_SYSTEM, errno, LAYOUT_CONSOLE);
	return NULL;
}
