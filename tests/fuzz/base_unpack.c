// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as a packed file: unpacked to an end or refused, the same whatever the size of the reads.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Enough for a fuzzer's input; a bomb is not unpacked to its end.
#define PLAIN_MAX (4u << 20)

struct outcome {
	uint64_t sum;
	size_t bytes;
	bool failed;
};

static struct outcome unpack_all(const char *path, size_t step)
{
	struct outcome out = {14695981039346656037u, 0, false};
	CLEANUP_UNPACK struct unpack *u = NULL;
	CLEANUP_ERROR struct error *opened = unpack_open(path, ERROR_LAB, &u);
	out.failed = opened != NULL;
	unsigned char bytes[4096];
	while (!out.failed && out.bytes < PLAIN_MAX) {
		size_t got = 0;
		CLEANUP_ERROR struct error *e = unpack_read(u, bytes, step, &got);
		out.failed = e != NULL;
		if (!out.failed && got == 0)
			break;
		if (got > step)
			abort();
		for (size_t i = 0; i < got; i++)
			out.sum = (out.sum ^ bytes[i]) * 1099511628211u;
		out.bytes += got;
	}
	return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("packed", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	char path[32];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	struct outcome a = unpack_all(path, 4096), b = unpack_all(path, 1024);
	close(fd);
	// What came before a failure may differ; whether it fails, and a whole text, may not.
	if (a.failed != b.failed ||
	    (!a.failed && a.bytes < PLAIN_MAX && (a.bytes != b.bytes || a.sum != b.sum)))
		abort();
	return 0;
}
