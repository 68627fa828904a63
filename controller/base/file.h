// SPDX-License-Identifier: GPL-2.0-or-later
// Whole-file helpers. Paths are plain C strings; errors name the path.
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/buffer.h"
#include "base/error.h"

// Appends the file's bytes to `out`; more than `limit` bytes is an error of kind `kind`.
struct error *file_read(const char *path, size_t limit, enum error_kind kind,
			struct buffer *out) ERROR_RESULT;

// Open and read a file that others may have put there, such as one of a run directory. Anything but a
// plain file is an error at once, so that a pipe to which nobody writes keeps no reader waiting.
struct error *file_open_regular(const char *path, enum error_kind kind, int *fd) ERROR_RESULT;
struct error *file_read_regular(const char *path, size_t limit, enum error_kind kind,
				struct buffer *out) ERROR_RESULT;

// Durable replacement: writes `path`.tmp, fsyncs it, renames it over `path`, fsyncs the directory.
struct error *file_write_atomic(const char *path, const void *bytes, size_t len) ERROR_RESULT;

// Replace a file whose content is too big for memory. file_create_tmp opens `path`.tmp for writing;
// file_commit closes it and renames it over `path`, or removes it on failure. A caller that does not
// commit closes `*out` and unlinks the file.
struct error *file_create_tmp(const char *path, FILE **out) ERROR_RESULT;
struct error *file_commit(FILE *f, const char *path) ERROR_RESULT;

// fsyncs the directory in which `path` lies, so that the name itself is durable.
struct error *file_sync_dir(const char *path) ERROR_RESULT;

// Writes all of `len` bytes to `fd`, whatever the kernel takes at a time.
struct error *file_write_all(int fd, const void *bytes, size_t len, const char *what) ERROR_RESULT;

// Appends the bytes of file `from` to `fd`, which is called `to` in messages. A `from` that cannot
// be opened is of kind `kind`.
struct error *file_append(const char *from, enum error_kind kind, int fd,
			  const char *to) ERROR_RESULT;

// Sets who may read the files that this process and its children make from now on: the user always
// (and may write them, whatever the umask says), the group as far as the umask allows, and with
// `everybody` all others too, as far as the umask allows.
void file_set_readers(bool everybody);

// mkdir -p with mode 0777 & ~umask.
struct error *file_make_dirs(const char *path) ERROR_RESULT;

// Removes a folder and the files in it; with a folder in it, both stay.
void file_remove_folder(const char *path);

// Replaces symbolic link `path` by one to `target`, by rename.
struct error *file_link_atomic(const char *target, const char *path) ERROR_RESULT;

bool file_exists(const char *path);
bool file_is_directory(const char *path);

// "dir/name"; the caller frees. An absolute `name` is returned as it is.
char *path_join(const char *dir, const char *name);

// Directory part of `path` ("." when it has none); the caller frees.
char *path_dir(const char *path);

#endif
