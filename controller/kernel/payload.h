// SPDX-License-Identifier: GPL-2.0-or-later
// What a job boots: its files found or fetched, unpacked, and known to be a whole arm64 Image.
#ifndef KERNEL_PAYLOAD_H
#define KERNEL_PAYLOAD_H

#include "base/digest.h"
#include "config/job.h"
#include "kernel/image.h"

struct payload_file {
	char *path;    // absolute, plain; owned
	char *name;    // the file's name as the user gave it, without folders; owned
	char *source;  // absolute path as the user named it, before unpacking; owned
	char *package; // "NAME VERSION" of the package it was in; owned, or NULL
	char build_id[IMAGE_BUILD_ID]; // a kernel's own; "": none
	unsigned granule;              // bytes of a page, by the Image's header; 0: not said
	char sha256[DIGEST_HEX_SIZE];  // of the plain file
	uint64_t size;
};

void payload_deinit(struct payload_file *p);
#define CLEANUP_PAYLOAD CLEANUP(payload_deinit)

// `override` (may be NULL) replaces the file that the job names; both may be a URL, which is fetched
// into RESULTS_DIR/downloads (kernel/fetch.h). A packed file or package is unpacked once into
// RESULTS_DIR/payloads/. ERROR_CONFIG, or ERROR_LAB when a server could not be asked.
struct error *payload_resolve(const struct job_config *job, const char *override,
			      const char *results_dir, struct payload_file *out) ERROR_RESULT;

// The same of the job's other files: they are fetched, and modules laid behind the initrd. Afterwards
// the job names files only, and no modules.
struct error *payload_resolve_parts(struct job_config *job, const char *results_dir) ERROR_RESULT;

// Keeps the plain file as RESULTS_DIR/payloads/SHA256.Image, so that what a run booted can be booted
// again when the build that made it has gone. Keeping it again says that it is still in use: its
// modification time is that of the last keeping.
struct error *payload_keep(const struct payload_file *p, const char *results_dir) ERROR_RESULT;

// Where a payload of this digest is kept; the caller frees. The file need not be there.
char *payload_kept_path(const char *results_dir, const char *sha256);

#endif
