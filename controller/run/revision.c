// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/revision.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/process.h"

#define GIT_TIMEOUT_NS (2 * NS_PER_S)
#define STAMP_MAX      128 // of a release: __NEW_UTS_LEN is 64

void revision_deinit(struct revision *r)
{
	if (!r)
		return;
	free(r->commit);
	free(r->name);
	*r = (struct revision){0};
}

bool revision_parse(const char *stamp, char digits[41])
{
	static const char hex[] = "0123456789abcdef";
	size_t len = strlen(stamp), n = 0;
	while (n < len && strchr(hex, stamp[len - 1 - n]))
		n++;
	if (n < 7 || n > 40)
		return false;
	// `git describe --always` without any tag says the digits alone.
	const char *at = stamp + len - n;
	if (at != stamp && (at < stamp + 2 || at[-1] != 'g' || at[-2] != '-'))
		return false;
	memcpy(digits, at, n);
	digits[n] = '\0';
	return true;
}

// ---- the stamp in the image ---------------------------------------------------------------------

static bool is_stamp_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c && strchr(".+-_~", c));
}

// The word behind the first `mark` that has one.
static bool find_stamp(const char *bytes, size_t len, const char *mark, char out[STAMP_MAX])
{
	size_t mark_len = strlen(mark);
	const char *end = bytes + len;
	for (const char *at = bytes; (at = memmem(at, (size_t)(end - at), mark, mark_len));) {
		at += mark_len;
		size_t n = 0;
		while (at + n < end && n < STAMP_MAX - 1 && is_stamp_char(at[n]))
			n++;
		if (n == 0 || n == STAMP_MAX - 1 || at + n == end)
			continue; // none, or cut off by the end of the piece
		memcpy(out, at, n);
		out[n] = '\0';
		return true;
	}
	return false;
}

// In pieces that overlap by more than a stamp and its mark.
static bool read_stamp(const char *path, enum payload_kind kind, char out[STAMP_MAX])
{
	enum { PIECE = 1 << 20, OVERLAP = 256 };
	const char *mark = kind == PAYLOAD_FIRMWARE ? "mmfw-" : "Linux version ";
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	CLEANUP_FREE char *bytes = memory_new(1, PIECE);
	size_t kept = 0;
	ssize_t n;
	while (fd >= 0 && (n = read(fd, bytes + kept, PIECE - kept)) > 0) {
		size_t len = kept + (size_t)n;
		if (find_stamp(bytes, len, mark, out))
			return true;
		kept = len < OVERLAP ? len : OVERLAP;
		memmove(bytes, bytes + len - kept, kept);
	}
	return false;
}

// ---- the whole commit ---------------------------------------------------------------------------

static struct error *ask_git(const char *dir, const char *object, char *text, size_t size)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_new(ERROR_SYSTEM, "pipe");
	CLEANUP_CLOSE int from = ends[0];
	CLEANUP_CLOSE int to = ends[1];
	const char *const argv[] = {"git",      "-C",      dir,    "rev-parse",
				    "--verify", "--quiet", object, NULL};
	const struct process_spec spec = {.argv = argv, .in = -1, .out = to, .err = -1, .pass = -1};
	CLEANUP_PROCESS struct process git = PROCESS_NONE;
	TRY(process_spawn(&spec, &git));
	cleanup_close(&to);
	// A short line fits into the pipe, so git never waits for us.
	process_wait(&git, clock_monotonic_ns() + GIT_TIMEOUT_NS);
	ssize_t n = git.ended && git.status == 0 ? read(from, text, size - 1) : 0;
	text[n > 0 ? n : 0] = '\0';
	return NULL;
}

static char *whole_commit(const char *source, const char *digits)
{
	if (strlen(digits) == 40)
		return memory_strdup(digits);
	CLEANUP_FREE char *dir = path_dir(source);
	CLEANUP_FREE char *object = memory_printf("%s^{commit}", digits);
	char text[128];
	CLEANUP_ERROR struct error *e = ask_git(dir, object, text, sizeof(text));
	text[strcspn(text, "\n")] = '\0';
	bool good = !e && strlen(text) == 40 && strspn(text, "0123456789abcdef") == 40 &&
		    strncmp(text, digits, strlen(digits)) == 0;
	return good ? memory_strdup(text) : NULL;
}

void revision_find(const char *path, enum payload_kind kind, const char *source,
		   struct revision *out)
{
	char stamp[STAMP_MAX], digits[41];
	*out = (struct revision){0};
	if (!read_stamp(path, kind, stamp) || !revision_parse(stamp, digits))
		return;
	out->name = memory_strdup(stamp);
	out->commit = whole_commit(source, digits);
}
