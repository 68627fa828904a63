// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/memory.h"
#include "record/layout.h"

bool directory_is_finished(const char *run_dir)
{
	CLEANUP_FREE char *path = path_join(run_dir, LAYOUT_RUN_JSON);
	return file_exists(path);
}

// Into a directory that has no name yet: it needs none of its own to be safe.
static struct error *write_file(const char *dir, const char *name, const struct buffer *text)
{
	CLEANUP_FREE char *path = path_join(dir, name);
	CLEANUP_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", path);
	TRY(file_write_all(fd, buffer_str(text), text->len, path));
	return fsync(fd) < 0 ? error_errno(ERROR_SYSTEM, errno, "%s", path) : NULL;
}

char *directory_run_id(const char *batch, const char *board, const char *variant, int64_t attempt)
{
	return memory_printf("%s~%s~%s~%lld", batch, board, variant, (long long)attempt);
}

// ---- room for the verdict -----------------------------------------------------------------------

struct error *directory_reserve(const char *run_dir)
{
	CLEANUP_FREE char *path = path_join(run_dir, LAYOUT_RESERVE);
	CLEANUP_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", path);
	int code = posix_fallocate(fd, 0, (off_t)DIRECTORY_RESERVE_BYTES);
	if (code)
		return error_errno(ERROR_SYSTEM, code, "setting space aside in %s", run_dir);
	return NULL;
}

// The space is never given back before it is filled: whoever writes beside us cannot take it.
static struct error *write_into_reserve(const char *reserve, const char *path, const char *text,
					size_t len)
{
	CLEANUP_CLOSE int fd = open(reserve, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", reserve);
	TRY(file_write_all(fd, text, len, path));
	if (ftruncate(fd, (off_t)len) < 0 || fsync(fd) < 0 || rename(reserve, path) < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", path);
	return NULL;
}

struct error *directory_write_verdict(const char *run_dir, const char *text, size_t len)
{
	CLEANUP_FREE char *path = path_join(run_dir, LAYOUT_RUN_JSON);
	CLEANUP_FREE char *reserve = path_join(run_dir, LAYOUT_RESERVE);
	struct error *e = file_write_atomic(path, text, len);
	if (!e) {
		unlink(reserve);
		return NULL;
	}
	if (len > DIRECTORY_RESERVE_BYTES || !file_exists(reserve))
		return e;
	error_free(e);
	return write_into_reserve(reserve, path, text, len);
}

// ---- directories in the making ------------------------------------------------------------------

static char *unborn_path(const char *results_dir, const char *run_id)
{
	return memory_printf("%s/" LAYOUT_RUNS "/" LAYOUT_UNBORN "%s", results_dir, run_id);
}

void directory_forget(const char *results_dir, const char *run_id)
{
	CLEANUP_FREE char *unborn = unborn_path(results_dir, run_id);
	file_remove_folder(unborn);
}

static struct error *begin_directory(const char *results_dir, const char *unborn)
{
	CLEANUP_FREE char *runs = path_join(results_dir, LAYOUT_RUNS);
	TRY(file_make_dirs(runs));
	file_remove_folder(unborn);
	if (mkdir(unborn, 0777) < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", unborn);
	return NULL;
}

static struct error *name_directory(const char *unborn, const char *results_dir, const char *run_id)
{
	CLEANUP_FREE char *dir = layout_run(results_dir, run_id);
	CLEANUP_FREE char *inside = path_join(unborn, LAYOUT_JOB_YAML);
	TRY(file_sync_dir(inside));
	if (rename(unborn, dir) < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", dir);
	return file_sync_dir(dir);
}

static struct error *fill_directory(const char *dir, const struct job_config *job,
				    const struct variant_config *variant,
				    const struct board_config *board,
				    const struct run_identity *run)
{
	TRY(directory_reserve(dir));
	CLEANUP_BUFFER struct buffer text = {0};
	// The snapshot has them all, so that whoever reads it need not know where each came from.
	CLEANUP_FREE char *arguments = job_arguments(job, variant, board->arguments);
	struct variant_config whole = *variant;
	whole.arguments = arguments;
	job_dump_run(job, &whole, run, &text);
	TRY(write_file(dir, LAYOUT_JOB_YAML, &text));
	buffer_truncate(&text, 0);
	board_config_dump(board, run->pool, &text);
	return write_file(dir, LAYOUT_BOARD_YAML, &text);
}

struct error *directory_create(const char *results_dir, const struct job_config *job,
			       const struct variant_config *variant,
			       const struct board_config *board, const struct run_identity *run)
{
	CLEANUP_FREE char *unborn = unborn_path(results_dir, run->id);
	TRY(begin_directory(results_dir, unborn));
	struct error *e = fill_directory(unborn, job, variant, board, run);
	if (!e)
		e = name_directory(unborn, results_dir, run->id);
	if (e)
		file_remove_folder(unborn);
	return e;
}

struct error *directory_create_finished(const char *results_dir, const char *run_id,
					const char *run_json, size_t len)
{
	CLEANUP_FREE char *unborn = unborn_path(results_dir, run_id);
	TRY(begin_directory(results_dir, unborn));
	CLEANUP_FREE char *path = path_join(unborn, LAYOUT_RUN_JSON);
	struct error *e = file_write_atomic(path, run_json, len);
	if (!e)
		e = name_directory(unborn, results_dir, run_id);
	if (e)
		file_remove_folder(unborn);
	return e;
}

// The process behind "NAME.PID.tmp", or 0. One that lives is still at it.
static pid_t writer_of(const char *name)
{
	size_t len = strlen(name);
	if (len < 6 || strcmp(name + len - 4, ".tmp") != 0)
		return 0;
	size_t start = len - 4;
	while (start > 0 && name[start - 1] >= '0' && name[start - 1] <= '9')
		start--;
	if (start == len - 4 || start == 0 || name[start - 1] != '.' || len - 4 - start > 9)
		return 0;
	return (pid_t)atol(name + start);
}

void directory_tidy(const char *path)
{
	CLEANUP_CLOSEDIR DIR *dir = opendir(path);
	bool finished = dir && faccessat(dirfd(dir), LAYOUT_RUN_JSON, F_OK, 0) == 0;
	for (struct dirent *d; dir && (d = readdir(dir));) {
		pid_t pid = writer_of(d->d_name);
		if (pid > 0 && kill(pid, 0) < 0 && errno == ESRCH)
			unlinkat(dirfd(dir), d->d_name, 0);
		if (finished && (strcmp(d->d_name, LAYOUT_RESERVE) == 0 ||
				 strcmp(d->d_name, LAYOUT_RECOVERIES) == 0))
			unlinkat(dirfd(dir), d->d_name, 0);
	}
}

// ---- locks --------------------------------------------------------------------------------------

static struct error *lock_file(const char *path, int *fd)
{
	CLEANUP_CLOSE int file = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (file < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", path);
	if (flock(file, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EWOULDBLOCK)
			return NULL;
		return error_errno(ERROR_SYSTEM, errno, "%s", path);
	}
	*fd = steal_fd(&file);
	return NULL;
}

struct error *directory_lock(const char *run_dir, int *fd)
{
	CLEANUP_FREE char *path = path_join(run_dir, LAYOUT_LOCK);
	return lock_file(path, fd);
}

// Whether `fd` is still the file of that name: somebody who took us for dead may have removed it
// between its opening and its locking.
static bool is_named(int fd, const char *path)
{
	struct stat ours, named;
	return fstat(fd, &ours) == 0 && stat(path, &named) == 0 && ours.st_ino == named.st_ino &&
	       ours.st_dev == named.st_dev;
}

struct error *directory_mark_active(const char *results_dir, const char *batch_id, int *fd)
{
	CLEANUP_FREE char *dir = path_join(results_dir, LAYOUT_ACTIVE);
	TRY(file_make_dirs(dir));
	CLEANUP_FREE char *path = path_join(dir, batch_id);
	for (;;) {
		CLEANUP_CLOSE int file = -1;
		TRY(lock_file(path, &file));
		if (file >= 0 && !is_named(file, path))
			continue;
		*fd = steal_fd(&file);
		return NULL;
	}
}

void directory_unmark_active(const char *results_dir, const char *batch_id)
{
	CLEANUP_FREE char *path = memory_printf("%s/" LAYOUT_ACTIVE "/%s", results_dir, batch_id);
	unlink(path);
}
