// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as console.raw.zst: read or refused, never read outside.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "results/console.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[32];
	int fd = memfd_create("console", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CLEANUP_CONSOLE struct console *c = NULL;
	struct error *e = console_open_file(path, true, &c);
	if (!e) {
		CLEANUP_BUFFER struct buffer out = {0};
		error_free(console_read_lines(c, 2, 5, 1 << 16, &out));
		error_free(console_read(c, console_size(c) / 2, 1 << 16, &out));
	}
	error_free(e);
	close(fd);
	return 0;
}
