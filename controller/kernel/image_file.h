// SPDX-License-Identifier: GPL-2.0-or-later
// What a kernel's file says of itself (kernel/image.h), read from disk. Errors are ERROR_CONFIG: it is
// somebody's file.
#ifndef KERNEL_IMAGE_FILE_H
#define KERNEL_IMAGE_FILE_H

#include "base/error.h"
#include "kernel/image.h"

// Reads what the beginning of file `path` says.
struct error *image_file_look(const char *path, struct image_head *out) ERROR_RESULT;

// Refuses a file that is no plain arm64 Image, or not all of one.
struct error *image_file_check(const char *path, const struct image_head *head) ERROR_RESULT;

// The kernel's own build id, in hex; "": the Image has none.
struct error *image_file_build_id(const char *path, char out[IMAGE_BUILD_ID]) ERROR_RESULT;

// For the files of kernel/: opens it for reading, and reads up to `len` bytes; *got 0 at its end.
struct error *image_file_open(const char *path, int *fd) ERROR_RESULT;
struct error *image_file_read(int fd, void *bytes, size_t len, const char *path,
			      size_t *got) ERROR_RESULT;

#endif
