// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/console.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <zstd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "record/layout.h"

#define SCAN_BYTES 65536u

struct packed_frame {
	uint64_t packed; // offset in the file
	uint32_t packed_len;
	uint64_t at; // offset of its text
	uint32_t len;
	uint64_t line; // line breaks before it
};

struct console {
	char *path;
	int fd;
	uint64_t size;
	struct packed_frame *frames; // NULL: the file is the text
	size_t frames_count;
	size_t cached; // index of the frame in `text`
	struct buffer text;
};

void console_close(struct console *c)
{
	if (!c)
		return;
	if (c->fd >= 0)
		close(c->fd);
	free(c->path);
	free(c->frames);
	buffer_deinit(&c->text);
	free(c);
}

// ---- bytes of the file --------------------------------------------------------------------------

static struct error *read_at(const struct console *c, uint64_t from, void *out, size_t len,
			     size_t *got)
{
	char *p = out;
	*got = 0;
	while (*got < len) {
		ssize_t n = pread(c->fd, p + *got, len - *got, (off_t)(from + *got));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(ERROR_SYSTEM, errno, "%s", c->path);
		if (n == 0)
			break;
		*got += (size_t)n;
	}
	return NULL;
}

static struct error *read_whole(const struct console *c, uint64_t from, void *out, size_t len)
{
	size_t got;
	TRY(read_at(c, from, out, len, &got));
	return got == len ? NULL : error_new(ERROR_SYSTEM, "%s: cut off", c->path);
}

static uint32_t le32(const unsigned char *p)
{
	uint32_t v;
	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

// ---- seek table ---------------------------------------------------------------------------------

static struct error *damaged(const struct console *c)
{
	return error_new(ERROR_SYSTEM, "%s: not in the zstd seekable format", c->path);
}

// Frames from the seek table's entries; `entry` is 8 bytes, or 12 with a checksum.
static struct error *take_entries(struct console *c, const unsigned char *table, size_t count,
				  size_t entry, uint64_t file_size)
{
	uint64_t packed = 0, at = 0;
	c->frames = memory_new(count, sizeof(*c->frames));
	for (size_t i = 0; i < count; i++) {
		struct packed_frame f = {
		    .packed = packed,
		    .packed_len = le32(table + i * entry),
		    .at = at,
		    .len = le32(table + i * entry + 4),
		};
		packed += f.packed_len;
		at += f.len;
		if (packed > file_size || f.len > CONSOLE_FRAME_MAX)
			return damaged(c);
		// The line table is listed as a frame without text.
		if (f.len > 0)
			c->frames[c->frames_count++] = f;
	}
	c->size = at;
	return NULL;
}

// Line numbers of frames, from the frame behind the last one of text. A file packed by another tool
// has none: then lines are counted where they are needed.
static struct error *take_lines(struct console *c, bool *known)
{
	const size_t word = sizeof(CONSOLE_LINES_WORD);
	const struct packed_frame *last = &c->frames[c->frames_count - 1];
	size_t len = word + 4 * c->frames_count;
	CLEANUP_FREE unsigned char *table = memory_new(1, 8 + len);
	size_t got;
	*known = false;
	TRY(read_at(c, last->packed + last->packed_len, table, 8 + len, &got));
	if (got != 8 + len || le32(table) != CONSOLE_SKIP_LINES || le32(table + 4) != len ||
	    memcmp(table + 8, CONSOLE_LINES_WORD, word) != 0)
		return NULL;
	uint64_t lines = 0;
	for (size_t i = 0; i < c->frames_count; i++) {
		c->frames[i].line = lines;
		lines += le32(table + 8 + word + 4 * i);
	}
	*known = true;
	return NULL;
}

static struct error *unpack(struct console *c, size_t frame)
{
	const struct packed_frame *f = &c->frames[frame];
	if (c->text.len > 0 && c->cached == frame)
		return NULL;
	CLEANUP_FREE char *packed = memory_new(1, f->packed_len);
	CLEANUP_FREE char *text = memory_new(1, f->len);
	TRY(read_whole(c, f->packed, packed, f->packed_len));
	size_t n = ZSTD_decompress(text, f->len, packed, f->packed_len);
	if (ZSTD_isError(n) || n != f->len)
		return error_new(ERROR_SYSTEM, "%s: frame %zu: %s", c->path, frame,
				 ZSTD_isError(n) ? ZSTD_getErrorName(n) : "wrong length");
	buffer_truncate(&c->text, 0);
	buffer_append(&c->text, text, f->len);
	c->cached = frame;
	return NULL;
}

static struct error *count_lines(struct console *c)
{
	uint64_t lines = 0;
	for (size_t i = 0; i < c->frames_count; i++) {
		c->frames[i].line = lines;
		TRY(unpack(c, i));
		for (size_t k = 0; k < c->text.len; k++)
			lines += c->text.data[k] == '\n';
	}
	return NULL;
}

static struct error *load_seek_table(struct console *c, uint64_t file_size)
{
	unsigned char foot[9];
	if (file_size < 17)
		return damaged(c);
	TRY(read_whole(c, file_size - 9, foot, sizeof(foot)));
	size_t count = le32(foot);
	size_t entry = foot[4] & 0x80 ? 12 : 8;
	uint64_t len = (uint64_t)count * entry;
	if (le32(foot + 5) != CONSOLE_SEEK_MAGIC || len > file_size - 17)
		return damaged(c);
	CLEANUP_FREE unsigned char *table = memory_new(1, len);
	TRY(read_whole(c, file_size - 9 - len, table, len));
	TRY(take_entries(c, table, count, entry, file_size));
	bool known = true;
	if (c->frames_count > 0)
		TRY(take_lines(c, &known));
	return known ? NULL : count_lines(c);
}

// ---- opening ------------------------------------------------------------------------------------

struct error *console_open_file(const char *path, bool packed, struct console **out)
{
	CLEANUP_CONSOLE struct console *c = memory_new(1, sizeof(*c));
	struct stat st;
	c->path = memory_strdup(path);
	c->fd = -1;
	TRY(file_open_regular(path, ERROR_SYSTEM, &c->fd));
	if (fstat(c->fd, &st) < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", path);
	c->size = (uint64_t)st.st_size;
	if (packed)
		TRY(load_seek_table(c, (uint64_t)st.st_size));
	*out = STEAL(c);
	return NULL;
}

struct error *console_open(const char *run_dir, struct console **out)
{
	static const char *const names[] = {LAYOUT_CONSOLE, LAYOUT_CONSOLE LAYOUT_PACKED};
	*out = NULL;
	for (size_t i = 0; i < 2; i++) {
		CLEANUP_FREE char *path = memory_printf("%s/%s", run_dir, names[i]);
		struct error *e = console_open_file(path, i == 1, out);
		if (!e || error_code(e) != ENOENT)
			return e;
		error_free(e);
	}
	return NULL;
}

const char *console_file_name(const char *run_dir)
{
	CLEANUP_FREE char *raw = path_join(run_dir, LAYOUT_CONSOLE);
	CLEANUP_FREE char *packed = path_join(run_dir, LAYOUT_CONSOLE LAYOUT_PACKED);
	return access(raw, F_OK) != 0 && access(packed, F_OK) == 0 ? LAYOUT_CONSOLE LAYOUT_PACKED
								   : LAYOUT_CONSOLE;
}

uint64_t console_size(const struct console *c)
{
	return c->size;
}

// ---- text ---------------------------------------------------------------------------------------

// Index of the frame that holds byte `at` (< size).
static size_t frame_of_byte(const struct console *c, uint64_t at)
{
	size_t low = 0, high = c->frames_count;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (c->frames[middle].at <= at)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static struct error *read_packed(struct console *c, uint64_t from, size_t len, struct buffer *out)
{
	while (len > 0 && from < c->size) {
		size_t i = frame_of_byte(c, from);
		TRY(unpack(c, i));
		size_t skip = (size_t)(from - c->frames[i].at);
		size_t n = c->text.len - skip < len ? c->text.len - skip : len;
		buffer_append(out, c->text.data + skip, n);
		from += n;
		len -= n;
	}
	return NULL;
}

struct error *console_read(struct console *c, uint64_t from, size_t len, struct buffer *out)
{
	if (from >= c->size)
		return NULL;
	if (len > c->size - from)
		len = (size_t)(c->size - from);
	if (c->frames)
		return read_packed(c, from, len, out);
	CLEANUP_FREE char *bytes = memory_new(1, len);
	size_t got;
	TRY(read_at(c, from, bytes, len, &got));
	buffer_append(out, bytes, got);
	return NULL;
}

// Where the search for a line may start: an offset and the line breaks before it. The raw file has
// an index that says it exactly; without one the search starts at the top.
static void line_hint(const struct console *c, uint64_t line, uint64_t *at, uint64_t *before)
{
	*at = *before = 0;
	if (c->frames_count > 0) {
		// A frame may begin within a line: the search starts before the line's own first.
		size_t i = c->frames_count - 1;
		while (i > 0 && c->frames[i].line + 1 >= line)
			i--;
		*at = c->frames[i].at;
		*before = c->frames[i].line;
		return;
	}
	CLEANUP_FREE char *path =
	    memory_printf("%.*sidx", (int)(strlen(c->path) - strlen("raw")), c->path);
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	uint64_t entry[2];
	uint64_t known = fd >= 0 && fstat(fd, &st) == 0 ? (uint64_t)st.st_size / sizeof(entry) : 0;
	if (known == 0)
		return;
	uint64_t index = line - 1 < known ? line - 1 : known - 1;
	if (pread(fd, entry, sizeof(entry), (off_t)(index * sizeof(entry))) != sizeof(entry))
		return;
	*at = le64toh(entry[0]);
	*before = index;
}

// Offset of the first byte of a line, or the size when there are fewer lines.
static struct error *find_line(struct console *c, uint64_t line, uint64_t *out)
{
	uint64_t at, before;
	line_hint(c, line, &at, &before);
	CLEANUP_BUFFER struct buffer text = {0};
	while (before + 1 < line && at < c->size) {
		buffer_truncate(&text, 0);
		TRY(console_read(c, at, SCAN_BYTES, &text));
		size_t i = 0;
		for (; i < text.len && before + 1 < line; i++)
			before += text.data[i] == '\n';
		at += i;
	}
	*out = at < c->size ? at : c->size;
	return NULL;
}

struct error *console_read_lines(struct console *c, uint64_t first, uint64_t last, size_t max_bytes,
				 struct buffer *out)
{
	uint64_t from, to;
	if (first == 0)
		first = 1;
	if (last < first)
		return NULL;
	TRY(find_line(c, first, &from));
	TRY(find_line(c, last + 1, &to));
	if (to < from)
		return NULL;
	return console_read(c, from, to - from < max_bytes ? (size_t)(to - from) : max_bytes, out);
}

// Start of the last `max_lines` lines.
static size_t last_lines(const struct buffer *text, size_t max_lines)
{
	size_t at = text->len;
	if (at > 0 && text->data[at - 1] == '\n')
		at--;
	while (at > 0) {
		if (text->data[at - 1] == '\n' && --max_lines == 0)
			return at;
		at--;
	}
	return 0;
}

struct error *console_tail(const char *run_dir, size_t max_lines, size_t max_bytes,
			   struct buffer *out)
{
	CLEANUP_CONSOLE struct console *c = NULL;
	CLEANUP_BUFFER struct buffer text = {0};
	TRY(console_open(run_dir, &c));
	if (!c)
		return NULL;
	uint64_t from = c->size > max_bytes ? c->size - max_bytes : 0;
	TRY(console_read(c, from, max_bytes, &text));
	size_t start = last_lines(&text, max_lines);
	if (start == 0 && from > 0) {
		// The first line is cut: leave it out unless it is all there is.
		const char *newline = text.len ? memchr(text.data, '\n', text.len - 1) : NULL;
		if (newline)
			start = (size_t)(newline + 1 - text.data);
	}
	buffer_append(out, buffer_str(&text) + start, text.len - start);
	return NULL;
}
