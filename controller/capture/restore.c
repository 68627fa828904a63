// SPDX-License-Identifier: GPL-2.0-or-later
// What a writer that died left of a console, put in order.
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "capture/capture.h"
#include "record/layout.h"

#define CHUNK_BYTES     65536
#define ENTRIES_AT_ONCE 4096

struct restore {
	int index;             // -1: it cannot be opened
	bool good;             // all entries so far name their lines
	uint64_t kept;         // such entries
	uint64_t t_ns;         // of the last one
	struct buffer old;     // entries that were read ahead
	size_t old_at;         // of them, seen
	struct buffer entries; // to be appended behind the good ones
	struct error *failed;  // owned: why the index cannot be mended
};

static void restore_deinit(struct restore *r)
{
	cleanup_close(&r->index);
	buffer_deinit(&r->old);
	buffer_deinit(&r->entries);
	error_free(r->failed);
}
#define CLEANUP_RESTORE CLEANUP(restore_deinit)

static uint64_t read_u64(const char *bytes)
{
	uint64_t value = 0;
	for (unsigned i = 8; i-- > 0;)
		value = value << 8 | (unsigned char)bytes[i];
	return value;
}

static void append_u64(struct buffer *b, uint64_t value)
{
	char bytes[8];
	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (char)(value >> (8 * i));
	buffer_append(b, bytes, sizeof(bytes));
}

// The next whole entry of the index as it was found; NULL behind the last.
static const char *next_entry(struct restore *r)
{
	if (r->old_at + CAPTURE_INDEX_ENTRY > r->old.len) {
		char chunk[CAPTURE_INDEX_ENTRY * 1024];
		off_t at = (off_t)(r->kept * CAPTURE_INDEX_ENTRY);
		ssize_t n;
		do {
			n = pread(r->index, chunk, sizeof(chunk), at);
		} while (n < 0 && errno == EINTR);
		buffer_truncate(&r->old, 0);
		r->old_at = 0;
		if (n > 0)
			buffer_append(&r->old, chunk, (size_t)n);
	}
	if (r->old_at + CAPTURE_INDEX_ENTRY > r->old.len)
		return NULL;
	const char *entry = r->old.data + r->old_at;
	r->old_at += CAPTURE_INDEX_ENTRY;
	return entry;
}

// Appends what was made anew; what stood behind the good entries goes first.
static void write_entries(struct restore *r)
{
	if (!r->failed && r->entries.len)
		r->failed = file_write_all(r->index, r->entries.data, r->entries.len, LAYOUT_INDEX);
	buffer_truncate(&r->entries, 0);
}

static void cut_index(struct restore *r)
{
	off_t end = (off_t)(r->kept * CAPTURE_INDEX_ENTRY);
	r->good = false;
	if (!r->failed && (ftruncate(r->index, end) < 0 || lseek(r->index, end, SEEK_SET) < 0))
		r->failed = error_errno(ERROR_SYSTEM, errno, LAYOUT_INDEX);
}

static void take_line(struct restore *r, uint64_t offset)
{
	const char *entry = r->good ? next_entry(r) : NULL;
	if (entry && read_u64(entry) == offset) {
		r->t_ns = read_u64(entry + 8);
		r->kept++;
		return;
	}
	if (r->good)
		cut_index(r);
	append_u64(&r->entries, offset);
	append_u64(&r->entries, r->t_ns);
	if (r->entries.len >= ENTRIES_AT_ONCE * CAPTURE_INDEX_ENTRY)
		write_entries(r);
}

static struct error *walk(struct restore *r, int raw, uint64_t *bytes, uint64_t *lines)
{
	char chunk[CHUNK_BYTES];
	bool begins = true;
	for (;;) {
		ssize_t n = read(raw, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(ERROR_SYSTEM, errno, "reading console.raw");
		if (n == 0)
			return NULL;
		const char *end = chunk + n;
		for (const char *p = chunk; p < end;) {
			if (begins) {
				take_line(r, *bytes + (uint64_t)(p - chunk));
				++*lines;
			}
			const char *newline = memchr(p, '\n', (size_t)(end - p));
			begins = newline != NULL;
			p = newline ? newline + 1 : end;
		}
		*bytes += (uint64_t)n;
	}
}

struct error *capture_restore(const char *dir, uint64_t *bytes, uint64_t *lines)
{
	CLEANUP_FREE char *raw_path = path_join(dir, LAYOUT_CONSOLE);
	CLEANUP_FREE char *index_path = path_join(dir, LAYOUT_INDEX);
	*bytes = *lines = 0;
	CLEANUP_CLOSE int raw = -1;
	if (access(raw_path, F_OK) < 0 && errno == ENOENT)
		return NULL;
	TRY(file_open_regular(raw_path, ERROR_SYSTEM, &raw));
	CLEANUP_RESTORE struct restore r = {
	    .index = open(index_path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666),
	    .good = true,
	};
	if (r.index < 0)
		r.failed = error_errno(ERROR_SYSTEM, errno, "%s", index_path);
	struct error *e = walk(&r, raw, bytes, lines);
	if (r.good) // what stands behind the last line's entry names nothing
		cut_index(&r);
	write_entries(&r);
	if (!r.failed && fdatasync(r.index) < 0)
		r.failed = error_errno(ERROR_SYSTEM, errno, LAYOUT_INDEX);
	return e ? e : STEAL(r.failed);
}
