// SPDX-License-Identifier: GPL-2.0-or-later
// The file that a job boots: found, unpacked if need be, and known to be an arm64 Image.
#ifndef RUN_PAYLOAD_H
#define RUN_PAYLOAD_H

#include "base/digest.h"
#include "config/job.h"

struct payload_file {
	char *path;                   // absolute, plain; owned
	char *name;                   // the file's name as the user gave it, without folders; owned
	char *source;                 // absolute path as the user named it, before unpacking; owned
	char sha256[DIGEST_HEX_SIZE]; // of the plain file
	uint64_t size;
};

void payload_deinit(struct payload_file *p);
#define CLEANUP_PAYLOAD CLEANUP(payload_deinit)

// `override` (may be NULL) replaces the file that the job names. A packed file (gzip, xz, zstd) is
// unpacked once into RESULTS_DIR/payloads/. Errors are of kind ERROR_CONFIG.
struct error *payload_resolve(const struct job_config *job, const char *override,
			      const char *results_dir, struct payload_file *out) ERROR_RESULT;

// Keeps the plain file as RESULTS_DIR/payloads/SHA256.Image, so that what a run booted can be booted
// again when the build that made it has gone. Keeping it again says that it is still in use: its
// modification time is that of the last keeping.
struct error *payload_keep(const struct payload_file *p, const char *results_dir) ERROR_RESULT;

// Where a payload of this digest is kept; the caller frees. The file need not be there.
char *payload_kept_path(const char *results_dir, const char *sha256);

#endif
