// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/report/program.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/process.h"

#define COMPLAINT_LIMIT ((size_t)1 << 20)

static struct error *read_all(int fd, size_t limit, struct buffer *out)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return error_errno(ERROR_SYSTEM, errno, "a program's answer");
	if ((uintmax_t)st.st_size > limit)
		return error_new(ERROR_LAB, "it says more than %zu bytes", limit);
	for (off_t at = 0; at < st.st_size;) {
		char piece[65536];
		ssize_t n = pread(fd, piece, sizeof(piece), at);
		if (n <= 0)
			return error_errno(ERROR_SYSTEM, errno, "a program's answer");
		buffer_append(out, piece, (size_t)n);
		at += n;
	}
	return NULL;
}

static int new_memory_file(void)
{
	return memfd_create("mmfarm-program", MFD_CLOEXEC);
}

struct error *program_output(const char *const *argv, int timeout_s, size_t limit,
			     struct buffer *out)
{
	CLEANUP_CLOSE int answer = new_memory_file();
	CLEANUP_CLOSE int complaint = new_memory_file();
	if (answer < 0 || complaint < 0)
		return error_errno(ERROR_SYSTEM, errno, "a program's answer");
	const struct process_spec spec = {
	    .argv = argv, .in = -1, .out = answer, .err = complaint, .pass = -1, .guard = true};
	CLEANUP_PROCESS struct process p = PROCESS_NONE;
	TRY(process_spawn(&spec, &p));
	if (!process_wait(&p, clock_monotonic_ns() + timeout_s * NS_PER_S))
		return error_new(ERROR_LAB, "%s did not answer in %d s", argv[0], timeout_s);
	if (p.status == 0)
		return read_all(answer, limit, out);
	CLEANUP_BUFFER struct buffer said = {0};
	TRY(read_all(complaint, COMPLAINT_LIMIT, &said));
	return error_new(ERROR_LAB, "%.*s", (int)strcspn(buffer_str(&said), "\n"),
			 buffer_str(&said));
}
