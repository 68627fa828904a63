// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/revision.h"

#include <fcntl.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/process.h"

#define GIT_TIMEOUT_NS (2 * NS_PER_S)

void revision_deinit(struct revision *r)
{
	if (!r)
		return;
	free(r->commit);
	free(r->branch);
	*r = (struct revision){0};
}

static struct error *ask_git(const char *dir, char *text, size_t size)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_new(ERROR_SYSTEM, "pipe");
	CLEANUP_CLOSE int from = ends[0];
	CLEANUP_CLOSE int to = ends[1];
	const char *const argv[] = {"git",  "-C",           dir,    "rev-parse",
				    "HEAD", "--abbrev-ref", "HEAD", NULL};
	const struct process_spec spec = {.argv = argv, .in = -1, .out = to, .err = -1, .pass = -1};
	CLEANUP_PROCESS struct process git = PROCESS_NONE;
	TRY(process_spawn(&spec, &git));
	cleanup_close(&to);
	// Two short lines fit into the pipe, so git never waits for us.
	process_wait(&git, clock_monotonic_ns() + GIT_TIMEOUT_NS);
	ssize_t n = git.ended && git.status == 0 ? read(from, text, size - 1) : 0;
	text[n > 0 ? n : 0] = '\0';
	return NULL;
}

void revision_find(const char *path, struct revision *out)
{
	CLEANUP_FREE char *dir = path_dir(path);
	char text[512];
	CLEANUP_ERROR struct error *e = ask_git(dir, text, sizeof(text));
	if (e || strlen(text) < 41 || text[40] != '\n' || strspn(text, "0123456789abcdef") != 40)
		return;
	out->commit = memory_strndup(text, 40);
	const char *branch = text + 41;
	size_t len = strcspn(branch, "\n");
	if (len && strncmp(branch, "HEAD\n", 5) != 0)
		out->branch = memory_strndup(branch, len);
}
