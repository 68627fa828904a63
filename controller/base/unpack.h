// SPDX-License-Identifier: GPL-2.0-or-later
// Reads a file as it is, or unpacked when its first bytes say gzip, xz or zstd.
#ifndef BASE_UNPACK_H
#define BASE_UNPACK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct unpack;

// Whether the first bytes of a file are those of a packed one; 6 bytes are enough.
bool unpack_is_packed(const void *head, size_t len);

// Opens `path` ("-": standard input). `kind` is the kind of every error of this reader.
struct error *unpack_open(const char *path, enum error_kind kind, struct unpack **out) ERROR_RESULT;
void unpack_free(struct unpack *u);
CLEANUP_DEFINE(cleanup_unpack, struct unpack *, unpack_free)
#define CLEANUP_UNPACK CLEANUP(cleanup_unpack)

// Anybody's file: one that unpacks to more than 1 GiB and to more than 500 times its size is an
// error there, so that a small file cannot keep its reader busy for days.
void unpack_refuse_bombs(struct unpack *u);

// Reads up to `len` plain bytes; *got == 0 means the end. A packed file that ends early, or has a
// wrong checksum, is an error.
struct error *unpack_read(struct unpack *u, void *bytes, size_t len, size_t *got) ERROR_RESULT;

#endif
