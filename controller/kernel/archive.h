// SPDX-License-Identifier: GPL-2.0-or-later
// Archives of others (libarchive): tarballs, packed or not, and cpio.
//
// Nothing of an archive reaches outside the directory it is unpacked into: no absolute name, no "..",
// nothing by way of a symbolic link, no link to what it did not bring itself, no device. An archive
// with such an entry is refused whole, as is one that becomes bigger than allowed.
#ifndef KERNEL_ARCHIVE_H
#define KERNEL_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "kernel/archive_limits.h"

// Unpacks `path` into the directory `dir`, which is made and must be empty or absent; after an error
// it is gone. Owners, set-id bits and extended attributes are not taken over: files are the caller's,
// with the archive's permissions as far as the umask allows, and the caller may write to each.
// Symbolic links are made as they are when they stay inside. ERROR_CONFIG: not an archive, damaged,
// refused.
struct error *archive_unpack(const char *path, const char *dir,
			     const struct archive_limits *limits) ERROR_RESULT;

// What an initramfs is made of: archives whose content is laid one over the other by the kernel.
struct initramfs_part {
	const char *path;   // of an initramfs (`cpio`) or of an archive that becomes one
	bool cpio;          // taken as it is, packed or not
	const char *prefix; // where an archive's entries go, "lib/modules" ...; NULL: the root
	bool modules;       // only what the archive or package has below lib/modules, put where ...
	const char *base;   // ... this initramfs (or NULL), which comes before, has its lib
	const char *script; // instead of all that: the text of an executable file ...
	const char *name;   // ... of this name at the root
};

// Writes the parts to `out`, by rename, each behind the other as the kernel reads them
// (Documentation/driver-api/early-userspace/buffer-format.rst): archives as uncompressed cpio, owned by
// root. Entries are refused as archive_unpack does, but for symbolic links, which lead anywhere on the
// board, and devices, which are its own.
struct error *initramfs_make(const struct initramfs_part *parts, size_t count,
			     const struct archive_limits *limits, const char *out) ERROR_RESULT;

#endif
