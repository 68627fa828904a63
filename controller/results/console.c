// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/console.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/memory.h"

static struct error *read_at(int fd, const char *path, off_t from, size_t len, struct buffer *out)
{
	char chunk[8192];
	while (len > 0) {
		ssize_t n = pread(fd, chunk, len < sizeof(chunk) ? len : sizeof(chunk), from);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(ERROR_SYSTEM, errno, "%s", path);
		if (n == 0)
			return NULL;
		buffer_append(out, chunk, (size_t)n);
		from += n;
		len -= (size_t)n;
	}
	return NULL;
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
	CLEANUP_FREE char *path = memory_printf("%s/console.raw", run_dir);
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	if (fd < 0 && errno == ENOENT)
		return NULL;
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", path);
	CLEANUP_BUFFER struct buffer text = {0};
	off_t from = st.st_size > (off_t)max_bytes ? st.st_size - (off_t)max_bytes : 0;
	TRY(read_at(fd, path, from, max_bytes, &text));
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
