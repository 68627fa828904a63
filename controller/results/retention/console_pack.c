// SPDX-License-Identifier: GPL-2.0-or-later
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "record/layout.h"
#include "results/console.h"

#define LEVEL 9 // consoles are packed once and small: time hardly matters

struct entry {
	uint32_t packed_len, len, lines;
};

struct packer {
	FILE *out;
	const char *path; // of the result, for messages
	struct entry *entries;
	size_t count;
};

static void packer_deinit(struct packer *p)
{
	free(p->entries);
}

static struct error *put(struct packer *p, const void *bytes, size_t len)
{
	if (fwrite(bytes, 1, len, p->out) == len)
		return NULL;
	return error_errno(ERROR_SYSTEM, errno, "%s", p->path);
}

static struct error *put_le32(struct packer *p, uint32_t v)
{
	v = htole32(v);
	return put(p, &v, sizeof(v));
}

static struct error *put_frame(struct packer *p, const char *text, size_t len)
{
	size_t room = ZSTD_compressBound(len);
	CLEANUP_FREE char *packed = memory_new(1, room);
	size_t n = ZSTD_compress(packed, room, text, len, LEVEL);
	if (ZSTD_isError(n))
		return error_new(ERROR_SYSTEM, "%s: %s", p->path, ZSTD_getErrorName(n));
	struct entry e = {(uint32_t)n, (uint32_t)len, 0};
	for (size_t i = 0; i < len; i++)
		e.lines += text[i] == '\n';
	ARRAY_APPEND(p->entries, p->count, e);
	return put(p, packed, n);
}

// Bytes of `text` that make the next frame: whole lines, or all there may be of a line too long.
// 0: more of the text is needed to say.
static size_t frame_length(const struct buffer *text, bool end)
{
	if (text->len <= CONSOLE_FRAME_BYTES)
		return end ? text->len : 0;
	const char *newline =
	    memchr(text->data + CONSOLE_FRAME_BYTES - 1, '\n', text->len - CONSOLE_FRAME_BYTES + 1);
	size_t len = newline ? (size_t)(newline + 1 - text->data) : text->len;
	if (len > CONSOLE_FRAME_MAX)
		return CONSOLE_FRAME_MAX;
	return newline || end ? len : 0;
}

static struct error *put_frames(struct packer *p, int raw, const char *raw_path)
{
	CLEANUP_BUFFER struct buffer text = {0};
	for (bool end = false; !end || text.len > 0;) {
		char chunk[65536];
		ssize_t n = end ? 0 : read(raw, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(ERROR_SYSTEM, errno, "%s", raw_path);
		end = n == 0;
		buffer_append(&text, chunk, (size_t)n);
		size_t len = frame_length(&text, end);
		if (len == 0)
			continue;
		TRY(put_frame(p, text.data, len));
		memmove(text.data, text.data + len, text.len - len);
		buffer_truncate(&text, text.len - len);
	}
	return NULL;
}

static struct error *put_tables(struct packer *p)
{
	uint32_t frames = (uint32_t)p->count;
	uint32_t lines_len = (uint32_t)sizeof(CONSOLE_LINES_WORD) + 4 * frames;
	TRY(put_le32(p, CONSOLE_SKIP_LINES));
	TRY(put_le32(p, lines_len));
	TRY(put(p, CONSOLE_LINES_WORD, sizeof(CONSOLE_LINES_WORD)));
	for (size_t i = 0; i < p->count; i++)
		TRY(put_le32(p, p->entries[i].lines));
	// The seek table lists every frame in front of it: those of text and the one with the
	// lines.
	TRY(put_le32(p, CONSOLE_SKIP_SEEK));
	TRY(put_le32(p, 8 * (frames + 1) + 9));
	for (size_t i = 0; i < p->count; i++) {
		TRY(put_le32(p, p->entries[i].packed_len));
		TRY(put_le32(p, p->entries[i].len));
	}
	TRY(put_le32(p, lines_len + 8));
	TRY(put_le32(p, 0));
	TRY(put_le32(p, frames + 1));
	TRY(put(p, "\0", 1));
	return put_le32(p, CONSOLE_SEEK_MAGIC);
}

static struct error *pack_raw(const char *raw_path, const char *packed_path)
{
	CLEANUP_CLOSE int raw = -1;
	TRY(file_open_regular(raw_path, ERROR_SYSTEM, &raw));
	CLEANUP(packer_deinit) struct packer p = {.path = packed_path};
	TRY(file_create_tmp(packed_path, &p.out));
	struct error *e = put_frames(&p, raw, raw_path);
	if (!e)
		e = put_tables(&p);
	if (!e)
		return file_commit(p.out, packed_path);
	CLEANUP_FREE char *tmp = memory_printf("%s.tmp", packed_path);
	fclose(p.out);
	unlink(tmp);
	return e;
}

// Reads both from beginning to end.
static struct error *compare(const char *raw_path, struct console *c)
{
	CLEANUP_FCLOSE FILE *raw = fopen(raw_path, "re");
	if (!raw)
		return error_errno(ERROR_SYSTEM, errno, "%s", raw_path);
	char chunk[65536];
	CLEANUP_BUFFER struct buffer text = {0};
	for (uint64_t at = 0;; at += text.len) {
		size_t n = fread(chunk, 1, sizeof(chunk), raw);
		buffer_truncate(&text, 0);
		TRY(console_read(c, at, sizeof(chunk), &text));
		if (n != text.len || memcmp(buffer_str(&text), chunk, n) != 0)
			return error_new(ERROR_SYSTEM,
					 "%s: packed text differs, the original stays", raw_path);
		if (n == 0)
			return ferror(raw) ? error_new(ERROR_SYSTEM, "%s: cannot be read", raw_path)
					   : NULL;
	}
}

static struct error *verify(const char *raw_path, const char *packed_path)
{
	CLEANUP_CONSOLE struct console *c = NULL;
	TRY(console_open_file(packed_path, true, &c));
	return compare(raw_path, c);
}

// The index is read as a whole or not at all: one frame.
static struct error *pack_index(const char *run_dir)
{
	CLEANUP_FREE char *path = path_join(run_dir, LAYOUT_INDEX);
	CLEANUP_FREE char *packed_path = path_join(run_dir, LAYOUT_INDEX LAYOUT_PACKED);
	if (!file_exists(path))
		return NULL;
	CLEANUP_BUFFER struct buffer text = {0};
	TRY(file_read_regular(path, (size_t)1 << 30, ERROR_SYSTEM, &text));
	size_t room = ZSTD_compressBound(text.len);
	CLEANUP_FREE char *packed = memory_new(1, room);
	size_t n = ZSTD_compress(packed, room, buffer_str(&text), text.len, LEVEL);
	if (ZSTD_isError(n))
		return error_new(ERROR_SYSTEM, "%s: %s", packed_path, ZSTD_getErrorName(n));
	TRY(file_write_atomic(packed_path, packed, n));
	return unlink(path) == 0 ? NULL : error_errno(ERROR_SYSTEM, errno, "%s", path);
}

struct error *console_pack(const char *run_dir)
{
	CLEANUP_FREE char *raw = path_join(run_dir, LAYOUT_CONSOLE);
	CLEANUP_FREE char *packed = path_join(run_dir, LAYOUT_CONSOLE LAYOUT_PACKED);
	if (!file_exists(raw))
		return pack_index(run_dir);
	TRY(pack_raw(raw, packed));
	TRY(verify(raw, packed));
	if (unlink(raw) < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", raw);
	return pack_index(run_dir);
}
