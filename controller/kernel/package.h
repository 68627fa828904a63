// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel packages of distributions: deb (Debian, Ubuntu) and rpm (Fedora, RHEL, SUSE).
#ifndef KERNEL_PACKAGE_H
#define KERNEL_PACKAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "kernel/archive_reader.h"
#include "kernel/image.h"

// What a package calls itself; "" where it says nothing, or nothing that is plain text.
struct package_name {
	char name[128];
	char version[128];
	char architecture[32];
};

// Reads the fields of a deb's control file.
void package_read_control(const char *text, size_t len, struct package_name *out);
// Reads the headers that an rpm begins with. False: they are not whole in `len` bytes, or damaged.
bool package_read_rpm(const void *bytes, size_t len, struct package_name *out);

// Of the package `path`. ERROR_CONFIG: damaged, or one for other machines than arm64.
struct error *package_identify(const char *path, enum image_form form,
			       struct package_name *out) ERROR_RESULT;

// The files of an archive, whatever it is: a tarball, a cpio, or what is in a package.
struct package_reader {
	struct archive_reader outer, inner;
	struct archive_reader *files; // one of them: read from here
};
struct error *package_open(struct package_reader *r, const char *path,
			   const struct archive_limits *limits) ERROR_RESULT;
void package_reader_deinit(struct package_reader *r);
#define CLEANUP_PACKAGE_READER CLEANUP(package_reader_deinit)

// Writes the package's kernel, in whatever form it has there, to `fd`. ERROR_CONFIG: it has none.
struct error *package_take_kernel(const char *path, int fd, const char *fd_name) ERROR_RESULT;

#endif
