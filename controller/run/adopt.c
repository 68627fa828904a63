// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/adopt.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "board/claims.h"
#include "record/layout.h"
#include "run/directory.h"

// ---- the board's lease --------------------------------------------------------------------------

// Who has the board; false: nobody, or that cannot be asked.
static bool ask_holder(const struct board_config *board, struct lease_holder *out)
{
	*out = (struct lease_holder){0};
	if (board->console.count == 0) // boards/ no longer has it: it is a name alone
		return false;
	CLEANUP_LEASE struct lease *lease = NULL;
	CLEANUP_ERROR struct error *e = claims_ask(board, &lease);
	return !e && lease_blocker(lease, out);
}

static bool is_same_file(const char *a, const char *b)
{
	struct stat one, other;
	return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_ino == other.st_ino &&
	       one.st_dev == other.st_dev;
}

// A lock folder is open to others of the group: what a note names is ours only when it works in the
// run's own folder.
static bool works_in(int64_t pid, const char *run_dir)
{
	CLEANUP_FREE char *cwd = memory_printf("/proc/%lld/cwd", (long long)pid);
	return is_same_file(cwd, run_dir);
}

// A worker that has not come to its lock yet tells nothing; who tries the lock meanwhile takes it away
// from it.
bool adopt_has_begun(const char *run_dir)
{
	CLEANUP_FREE char *events = path_join(run_dir, LAYOUT_EVENTS);
	return file_exists(events);
}

static bool is_held(const char *run_dir)
{
	CLEANUP_CLOSE int lock = -1;
	CLEANUP_ERROR struct error *e = directory_lock(run_dir, &lock);
	return !e && lock < 0;
}

// ---- without its name ---------------------------------------------------------------------------

static bool is_worker(pid_t pid)
{
	CLEANUP_FREE char *path = memory_printf("/proc/%d/comm", (int)pid);
	CLEANUP_BUFFER struct buffer name = {0};
	CLEANUP_ERROR struct error *e = file_read(path, 64, ERROR_SYSTEM, &name);
	return !e && strcmp(buffer_str(&name), ADOPT_WORKER_NAME "\n") == 0;
}

// The guards of what it starts have its name and folder as well: it is the oldest of them.
static void find_by_folder(const char *run_dir, struct process *out)
{
	CLEANUP_CLOSEDIR DIR *proc = opendir("/proc");
	pid_t oldest = 0;
	uint64_t since = UINT64_MAX;
	for (struct dirent *d; proc && (d = readdir(proc));) {
		pid_t pid = (pid_t)strtol(d->d_name, NULL, 10);
		if (pid <= 0 || !works_in(pid, run_dir) || !is_worker(pid))
			continue;
		uint64_t started = process_started(pid);
		if (started == 0 || started >= since)
			continue;
		oldest = pid;
		since = started;
	}
	if (oldest)
		error_free(process_adopt(oldest, since, out));
}

enum adopt_answer adopt_look(const char *run_dir, const struct board_config *board,
			     struct process *out)
{
	struct lease_holder holder;
	bool leased = ask_holder(board, &holder);
	CLEANUP_FREE char *where = holder.where;
	if (leased && where && is_same_file(where, run_dir) && works_in(holder.pid, run_dir)) {
		error_free(process_adopt((pid_t)holder.pid, holder.start, out));
		if (out->pid)
			return ADOPT_LIVES;
	}
	if (leased && !holder.pid && !adopt_has_begun(run_dir))
		return ADOPT_BEGINS;
	if (!is_held(run_dir))
		return ADOPT_NOBODY;
	find_by_folder(run_dir, out);
	return ADOPT_LIVES;
}

// The kernel tells it in ticks since boot, which count suspended time as well.
int64_t adopt_start_ns(const struct process *p)
{
	struct timespec boot = {0};
	uint64_t started = p->pid ? process_started(p->pid) : 0;
	long ticks = sysconf(_SC_CLK_TCK);
	if (!started || ticks <= 0 || clock_gettime(CLOCK_BOOTTIME, &boot) < 0)
		return 0;
	int64_t boot_ns = (int64_t)boot.tv_sec * NS_PER_S + boot.tv_nsec;
	int64_t start_ns = (int64_t)started * (NS_PER_S / ticks);
	return clock_monotonic_ns() - (boot_ns - start_ns);
}
