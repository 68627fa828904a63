// SPDX-License-Identifier: GPL-2.0-or-later
// From the file that somebody has to the Image that a board boots: compressors, EFI zboot and packages
// are taken off, one in the other as they come.
#ifndef KERNEL_UNWRAP_H
#define KERNEL_UNWRAP_H

#include "base/error.h"
#include "kernel/image.h"

// Reads what the beginning of file `path` says.
struct error *unwrap_look(const char *path, struct image_head *out) ERROR_RESULT;

// Writes the plain Image that is in `path` to `target`, by rename. ERROR_CONFIG: none is in it, it is
// damaged, or becomes longer than 4 GiB.
struct error *unwrap_image(const char *path, const char *target) ERROR_RESULT;

// Refuses a file that is no plain arm64 Image, or not all of one.
struct error *unwrap_check(const char *path, const struct image_head *head) ERROR_RESULT;

// The kernel's own build id, in hex; "": the Image has none.
struct error *unwrap_build_id(const char *path, char out[IMAGE_BUILD_ID]) ERROR_RESULT;

#endif
