// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/memory.h"

#define RESERVE_BYTES (256 * 1024)

char *directory_path(const char *results_dir, const char *run_id)
{
	return memory_printf("%s/runs/%s", results_dir, run_id);
}

static struct error *write_file(const char *dir, const char *name, const struct buffer *text)
{
	CLEANUP_FREE char *path = path_join(dir, name);
	return file_write_atomic(path, buffer_str(text), text->len);
}

struct error *directory_reserve(const char *run_dir)
{
	CLEANUP_FREE char *path = path_join(run_dir, "reserve");
	CLEANUP_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", path);
	int code = posix_fallocate(fd, 0, RESERVE_BYTES);
	if (code)
		return error_errno(ERROR_SYSTEM, code, "setting space aside in %s", run_dir);
	return NULL;
}

void directory_release_reserve(const char *run_dir)
{
	CLEANUP_FREE char *path = path_join(run_dir, "reserve");
	unlink(path);
}

struct error *directory_create(const char *results_dir, const struct job_config *job,
			       const struct variant_config *variant,
			       const struct board_config *board, const struct run_identity *run)
{
	CLEANUP_FREE char *dir = directory_path(results_dir, run->id);
	CLEANUP_FREE char *runs = path_join(results_dir, "runs");
	TRY(file_make_dirs(runs));
	if (mkdir(dir, 0777) < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", dir);
	TRY(directory_reserve(dir));
	CLEANUP_BUFFER struct buffer text = {0};
	job_dump_run(job, variant, run, &text);
	TRY(write_file(dir, "job.yaml", &text));
	buffer_truncate(&text, 0);
	board_config_dump(board, run->pool, &text);
	return write_file(dir, "board.yaml", &text);
}

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
	CLEANUP_FREE char *path = path_join(run_dir, "lock");
	return lock_file(path, fd);
}

// The folder lies where anybody may make one: only our own counts, without write access for others.
static struct error *check_lock_dir(const char *dir)
{
	struct stat st;
	if (lstat(dir, &st) < 0) {
		CLEANUP_FREE char *parent = path_dir(dir);
		TRY(file_make_dirs(parent));
		if (mkdir(dir, 0700) < 0 && errno != EEXIST)
			return error_errno(ERROR_SYSTEM, errno, "%s", dir);
		if (lstat(dir, &st) < 0)
			return error_errno(ERROR_SYSTEM, errno, "%s", dir);
	}
	if (!S_ISDIR(st.st_mode) || st.st_uid != getuid() || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return error_new(ERROR_LAB,
				 "%s: not a folder that only this user may write to; board locks "
				 "in it mean nothing",
				 dir);
	return NULL;
}

// Boards of one name in two boards/ folders are two boards: the folder is part of the lock's name.
static struct error *board_lock_path(const struct board_config *board, char **out)
{
	const char *dir = getenv("MMFARM_LOCK_DIR");
	CLEANUP_FREE char *preset = memory_printf("/run/lock/mmfarm-%u", (unsigned)getuid());
	if (!dir || !dir[0])
		dir = preset;
	TRY(check_lock_dir(dir));
	CLEANUP_FREE char *base = config_base(board->node);
	char hex[DIGEST_HEX_SIZE];
	digest_bytes(base, strlen(base), hex);
	*out = memory_printf("%s/%s-%.8s", dir, board->name, hex);
	return NULL;
}

struct error *directory_lock_board(const struct board_config *board, int *fd)
{
	CLEANUP_FREE char *path = NULL;
	TRY(board_lock_path(board, &path));
	return lock_file(path, fd);
}

// Only a convenience for others: that it cannot be written is no reason to stop.
void directory_name_holder(int lock, const char *run_dir)
{
	CLEANUP_FREE char *path = realpath(run_dir, NULL);
	if (path && ftruncate(lock, 0) == 0)
		error_free(file_write_all(lock, path, strlen(path), "lock"));
}

char *directory_board_holder(const struct board_config *board)
{
	CLEANUP_FREE char *path = NULL;
	CLEANUP_BUFFER struct buffer text = {0};
	struct error *e = board_lock_path(board, &path);
	if (!e)
		e = file_read(path, 4096, ERROR_SYSTEM, &text);
	error_free(e);
	return text.len ? buffer_steal(&text) : NULL;
}

static char *power_note_path(const struct board_config *board)
{
	CLEANUP_FREE char *lock = NULL;
	CLEANUP_ERROR struct error *e = board_lock_path(board, &lock);
	return e ? NULL : memory_printf("%s.on", lock);
}

// For people: that it cannot be written is no reason to stop, for the run tells the same.
void directory_note_power(const struct board_config *board, const char *why)
{
	CLEANUP_FREE char *path = power_note_path(board);
	if (path && !why)
		unlink(path);
	else if (path)
		error_free(file_write_atomic(path, why, strlen(why)));
}

char *directory_board_may_be_on(const struct board_config *board)
{
	CLEANUP_FREE char *path = power_note_path(board);
	CLEANUP_BUFFER struct buffer text = {0};
	if (!path)
		return NULL;
	error_free(file_read(path, 4096, ERROR_SYSTEM, &text));
	return text.len ? buffer_steal(&text) : NULL;
}

struct error *directory_mark_active(const char *results_dir, const char *batch_id, int *fd)
{
	CLEANUP_FREE char *dir = path_join(results_dir, "active");
	TRY(file_make_dirs(dir));
	CLEANUP_FREE char *path = path_join(dir, batch_id);
	return lock_file(path, fd);
}

void directory_unmark_active(const char *results_dir, const char *batch_id)
{
	CLEANUP_FREE char *path = memory_printf("%s/active/%s", results_dir, batch_id);
	unlink(path);
}
