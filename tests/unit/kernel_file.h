// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel files that tests make: an arm64 Image, and what such ones come wrapped in.
#ifndef UNIT_KERNEL_FILE_H
#define UNIT_KERNEL_FILE_H

#include <stdbool.h>

#include "base/buffer.h"

#define KERNEL_FILE_BUILD_ID "000102030405060708090a0b0c0d0e0f10111213"

// An Image of some kilobytes with a granule (4096, 16384, 65536) and a build id; inside it, a small ELF
// file with another one. With `sections`, it is an EFI program whose sections say its length.
void kernel_file_image(unsigned granule, bool sections, struct buffer *out);

// An EFI zboot for `machine` (0xaa64: arm64) around `inner`.
void kernel_file_zboot(const struct buffer *inner, unsigned machine, const char *packed,
		       struct buffer *out);

// The bytes as gzip, xz, zstd, lz4, lzma or bzip2 (names of libarchive's filters).
void kernel_file_pack(const struct buffer *inner, const char *filter, struct buffer *out);

// A deb or rpm that holds the bytes under `name`, and a module; `filter` packs its files.
void kernel_file_deb(const struct buffer *inner, const char *name, const char *architecture,
		     const char *filter, struct buffer *out);
void kernel_file_rpm(const struct buffer *inner, const char *name, const char *architecture,
		     const char *filter, struct buffer *out);

#endif
