// SPDX-License-Identifier: GPL-2.0-or-later
// Reads an archive entry by entry, within limits. For the files of kernel/ alone.
#ifndef KERNEL_ARCHIVE_READER_H
#define KERNEL_ARCHIVE_READER_H

#include <archive.h>
#include <archive_entry.h>
#include <stddef.h>

#include "base/error.h"
#include "kernel/archive_limits.h"

struct archive_reader {
	const char *path; // borrowed, for messages
	struct archive *archive;
	struct archive_limits limits; // none is 0
	uint64_t bytes, entries;      // so far
	struct archive_reader *outer; // borrowed: its entry is the archive; NULL: `path` is
};

// What a file is to be; each form more is one more to be fooled by.
enum archive_form {
	ARCHIVE_FILES, // tar or cpio, packed or not
	ARCHIVE_RPM,   // the cpio of a package
	ARCHIVE_DEB,   // the ar of a package
	ARCHIVE_BARE,  // one packed file without a name: lz4, lzma, bzip2
};

struct error *archive_reader_open(struct archive_reader *r, const char *path,
				  const struct archive_limits *limits) ERROR_RESULT;
struct error *archive_reader_open_as(struct archive_reader *r, const char *path,
				     enum archive_form form,
				     const struct archive_limits *limits) ERROR_RESULT;
// The archive (ARCHIVE_FILES) that the entry of another one is, at which that one stands.
struct error *archive_reader_open_entry(struct archive_reader *r,
					struct archive_reader *outer) ERROR_RESULT;
void archive_reader_deinit(struct archive_reader *r);
#define CLEANUP_ARCHIVE_READER CLEANUP(archive_reader_deinit)

// The next entry; NULL at the end.
struct error *archive_reader_next(struct archive_reader *r,
				  struct archive_entry **entry) ERROR_RESULT;
// A block of the entry's content; *len 0 at its end.
struct error *archive_reader_read(struct archive_reader *r, const void **bytes, size_t *len,
				  int64_t *offset) ERROR_RESULT;

// An entry that is refused, for its name and `why`.
struct error *archive_refuse(const struct archive_reader *r, const char *name,
			     const char *why) ERROR_RESULT;

// The name without "./" in front and '/' behind, checked: relative, no "..", no empty part, not too
// long. "" is the root itself. The caller frees.
struct error *archive_name(const struct archive_reader *r, const char *name,
			   char **out) ERROR_RESULT;

#endif
