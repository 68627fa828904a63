// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <lzma.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/memory.h"

#define PACKED_BYTES 65536
// xz files of kernels use dictionaries of at most 64 MiB; a file that asks for more is refused
// rather than believed.
#define XZ_MEMORY_LIMIT (UINT64_C(256) << 20)

#define BOMB_BYTES (UINT64_C(1) << 30)
#define BOMB_RATIO 500 // of a console that says one line for ever: 300 to 400

enum format { FORMAT_PLAIN, FORMAT_GZIP, FORMAT_XZ, FORMAT_ZSTD };

struct unpack {
	char *path;
	enum error_kind kind;
	int fd;
	bool own_fd;
	enum format format;
	bool eof;    // of the packed file
	bool midway; // inside a packed member: an end here is too early
	unsigned char in[PACKED_BYTES];
	size_t in_pos, in_len;
	z_stream gzip;
	lzma_stream xz;
	ZSTD_DStream *zstd;
	bool refuse_bombs;
	uint64_t packed_bytes, plain_bytes; // so far
};

void unpack_free(struct unpack *u)
{
	if (!u)
		return;
	if (u->format == FORMAT_GZIP)
		inflateEnd(&u->gzip);
	if (u->format == FORMAT_XZ)
		lzma_end(&u->xz);
	ZSTD_freeDStream(u->zstd);
	if (u->own_fd)
		cleanup_close(&u->fd);
	free(u->path);
	free(u);
}

void unpack_refuse_bombs(struct unpack *u)
{
	u->refuse_bombs = true;
}

static struct error *fill(struct unpack *u)
{
	while (u->in_pos == u->in_len && !u->eof) {
		ssize_t n = read(u->fd, u->in, sizeof(u->in));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(u->kind, errno, "%s", u->path);
		u->eof = n == 0;
		u->in_pos = 0;
		u->in_len = (size_t)n;
		u->packed_bytes += (size_t)n;
	}
	return NULL;
}

// The first bytes, also of a pipe that gives them one by one.
static struct error *fill_magic(struct unpack *u)
{
	while (u->in_len < 6 && !u->eof) {
		ssize_t n = read(u->fd, u->in + u->in_len, sizeof(u->in) - u->in_len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(u->kind, errno, "%s", u->path);
		u->eof = n == 0;
		u->in_len += (size_t)n;
		u->packed_bytes += (size_t)n;
	}
	return NULL;
}

static enum format format_of(const void *head, size_t len)
{
	static const struct {
		enum format format;
		size_t len;
		const char *magic;
	} magics[] = {
	    {FORMAT_GZIP, 2, "\x1f\x8b"},
	    {FORMAT_XZ, 6, "\xfd\x37zXZ\0"},
	    {FORMAT_ZSTD, 4, "\x28\xb5\x2f\xfd"},
	};
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (len >= magics[i].len && memcmp(head, magics[i].magic, magics[i].len) == 0)
			return magics[i].format;
	return FORMAT_PLAIN;
}

bool unpack_is_packed(const void *head, size_t len)
{
	return format_of(head, len) != FORMAT_PLAIN;
}

static struct error *start_format(struct unpack *u)
{
	bool ready = true;
	enum format format = format_of(u->in, u->in_len);
	if (format == FORMAT_GZIP)
		ready = inflateInit2(&u->gzip, 15 + 16) == Z_OK;
	if (format == FORMAT_XZ) {
		u->xz = (lzma_stream)LZMA_STREAM_INIT;
		ready = lzma_stream_decoder(&u->xz, XZ_MEMORY_LIMIT, LZMA_CONCATENATED) == LZMA_OK;
	}
	if (format == FORMAT_ZSTD) {
		u->zstd = ZSTD_createDStream();
		ready = u->zstd != NULL;
	}
	if (!ready)
		return error_new(ERROR_SYSTEM, "%s: no memory to unpack it", u->path);
	u->format = format;
	return NULL;
}

struct error *unpack_open(const char *path, enum error_kind kind, struct unpack **out)
{
	CLEANUP_UNPACK struct unpack *u = memory_new(1, sizeof(*u));
	u->kind = kind;
	u->own_fd = strcmp(path, "-") != 0;
	u->path = memory_strdup(u->own_fd ? path : "standard input");
	u->fd = u->own_fd ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	if (u->fd < 0)
		return error_errno(kind, errno, "%s", path);
	TRY(fill_magic(u));
	TRY(start_format(u));
	*out = STEAL(u);
	return NULL;
}

static struct error *damaged(const struct unpack *u, const char *why)
{
	static const char *const names[] = {"plain", "gzip", "xz", "zstd"};
	return error_new(u->kind, "%s: damaged %s file: %s", u->path, names[u->format], why);
}

static struct error *read_gzip(struct unpack *u, void *bytes, size_t len, size_t *got)
{
	size_t before = u->in_pos;
	u->gzip.next_in = u->in + u->in_pos;
	u->gzip.avail_in = (uInt)(u->in_len - u->in_pos);
	u->gzip.next_out = bytes;
	u->gzip.avail_out = (uInt)len;
	int rc = inflate(&u->gzip, Z_NO_FLUSH);
	u->in_pos = u->in_len - u->gzip.avail_in;
	*got = len - u->gzip.avail_out;
	if (u->in_pos > before) // a call without input says nothing of where we are
		u->midway = true;
	if (rc == Z_STREAM_END) { // another member may follow
		u->midway = false;
		inflateReset(&u->gzip);
	} else if (rc != Z_OK && rc != Z_BUF_ERROR) {
		return damaged(u, u->gzip.msg ? u->gzip.msg : "unknown code");
	}
	return NULL;
}

static struct error *read_xz(struct unpack *u, void *bytes, size_t len, size_t *got)
{
	u->xz.next_in = u->in + u->in_pos;
	u->xz.avail_in = u->in_len - u->in_pos;
	u->xz.next_out = bytes;
	u->xz.avail_out = len;
	lzma_ret rc = lzma_code(&u->xz, u->eof ? LZMA_FINISH : LZMA_RUN);
	u->in_pos = u->in_len - u->xz.avail_in;
	*got = len - u->xz.avail_out;
	u->midway = rc != LZMA_STREAM_END;
	if (rc == LZMA_MEMLIMIT_ERROR)
		return damaged(u, "wants more than 256 MiB to unpack");
	if (rc != LZMA_OK && rc != LZMA_STREAM_END && rc != LZMA_BUF_ERROR)
		return damaged(u, "wrong contents");
	return NULL;
}

static struct error *read_zstd(struct unpack *u, void *bytes, size_t len, size_t *got)
{
	ZSTD_inBuffer in = {u->in, u->in_len, u->in_pos};
	ZSTD_outBuffer out = {bytes, len, 0};
	size_t rc = ZSTD_decompressStream(u->zstd, &out, &in);
	if (ZSTD_isError(rc))
		return damaged(u, ZSTD_getErrorName(rc));
	if (in.pos > u->in_pos || out.pos > 0) // as above
		u->midway = rc != 0;
	u->in_pos = in.pos;
	*got = out.pos;
	return NULL;
}

static struct error *read_some(struct unpack *u, void *bytes, size_t len, size_t *got)
{
	*got = 0;
	while (*got == 0 && len > 0) {
		TRY(fill(u));
		bool drained = u->in_pos == u->in_len;
		if (u->format == FORMAT_PLAIN) {
			size_t n = u->in_len - u->in_pos;
			n = n < len ? n : len;
			memcpy(bytes, u->in + u->in_pos, n);
			u->in_pos += n;
			*got = n;
		} else if (u->format == FORMAT_GZIP) {
			TRY(read_gzip(u, bytes, len, got));
		} else if (u->format == FORMAT_XZ) {
			TRY(read_xz(u, bytes, len, got));
		} else {
			TRY(read_zstd(u, bytes, len, got));
		}
		if (u->eof && drained && *got == 0)
			return u->midway ? damaged(u, "it ends too early") : NULL;
	}
	return NULL;
}

struct error *unpack_read(struct unpack *u, void *bytes, size_t len, size_t *got)
{
	TRY(read_some(u, bytes, len, got));
	u->plain_bytes += *got;
	if (u->refuse_bombs && u->format != FORMAT_PLAIN && u->plain_bytes > BOMB_BYTES &&
	    u->plain_bytes / BOMB_RATIO > u->packed_bytes)
		return error_new(
		    u->kind,
		    "%s: %llu bytes unpack to more than %llu; if it is no bomb, unpack "
		    "it yourself",
		    u->path, (unsigned long long)u->packed_bytes,
		    (unsigned long long)u->plain_bytes);
	return NULL;
}
