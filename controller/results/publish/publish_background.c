// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/process.h"
#include "record/layout.h"
#include "results/publish/publish.h"

// Long enough for an answer, its confirmation and a second try of what failed for a moment; what
// fails longer is the next `mmfarm publish`'s.
#define WAIT      "20s"
#define LOG_LIMIT (1 << 20)

// RESULTS/spool/publish.log, started anew when it is big.
static struct error *open_log(const char *results_dir, int *fd)
{
	CLEANUP_FREE char *dir = path_join(results_dir, LAYOUT_SPOOL);
	CLEANUP_FREE char *path = path_join(dir, "publish.log");
	struct stat st;
	TRY(file_make_dirs(dir));
	int fresh = stat(path, &st) == 0 && st.st_size > LOG_LIMIT ? O_TRUNC : 0;
	*fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | fresh, 0666);
	return *fd < 0 ? error_errno(ERROR_SYSTEM, errno, "%s", path) : NULL;
}

struct error *publish_in_background(const char *results_dir, const char *farm_path)
{
	CLEANUP_CLOSE int log = -1;
	TRY(open_log(results_dir, &log));
	const char *argv[] = {"/proc/self/exe", "publish",   "--quiet", "--wait", WAIT,
			      "--results",      results_dir, NULL,      NULL,     NULL};
	if (farm_path) {
		argv[7] = "--farm";
		argv[8] = farm_path;
	}
	// Neither the terminal's interrupt nor a pipe that waits for our end is its business.
	const struct process_spec spec = process_spec_own(argv, log);
	struct process p = PROCESS_NONE;
	TRY(error_wrap(process_spawn(&spec, &p), "sending in the background"));
	process_detach(&p);
	return NULL;
}
