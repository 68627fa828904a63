// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/base16.h>
#include <nettle/sha2.h>

static void digest_finish(struct sha256_ctx *ctx, char hex[DIGEST_HEX_SIZE])
{
	uint8_t raw[SHA256_DIGEST_SIZE];
	sha256_digest(ctx, sizeof(raw), raw);
	base16_encode_update(hex, sizeof(raw), raw);
	hex[DIGEST_HEX_SIZE - 1] = '\0';
}

void digest_bytes(const void *bytes, size_t len, char hex[DIGEST_HEX_SIZE])
{
	struct sha256_ctx ctx;
	sha256_init(&ctx);
	sha256_update(&ctx, len, bytes);
	digest_finish(&ctx, hex);
}

struct error *digest_file(const char *path, enum error_kind kind, char hex[DIGEST_HEX_SIZE])
{
	// Without waiting for somebody who writes, should it be a pipe.
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return error_errno(kind, errno, "%s", path);
	struct sha256_ctx ctx;
	sha256_init(&ctx);
	uint8_t chunk[65536];
	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(kind, errno, "%s", path);
		if (n == 0)
			break;
		sha256_update(&ctx, (size_t)n, chunk);
	}
	digest_finish(&ctx, hex);
	return NULL;
}
