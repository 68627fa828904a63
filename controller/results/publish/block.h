// SPDX-License-Identifier: GPL-2.0-or-later
// A destination that refuses our login takes nothing from us, whatever we send: it is left alone until
// somebody has done something about it. RESULTS/spool/DESTINATION/blocked.json says since when and why.
#ifndef RESULTS_BLOCK_H
#define RESULTS_BLOCK_H

#include "base/arena.h"
#include "base/error.h"
#include "results/publish/publish_config.h"

struct destination_block {
	int64_t since_ms; // since 1970; 0: it is not blocked
	const char *reason;
	const char *stamp; // of what it logs in with, when it was refused
};

// `out` points into `arena`.
struct error *block_read(const char *results_dir, const struct destination *d, struct arena *arena,
			 struct destination_block *out) ERROR_RESULT;

// Blocks it; one that is blocked keeps the time since when.
struct error *block_set(const char *results_dir, const struct destination *d, const char *reason,
			int64_t now_ms) ERROR_RESULT;

// No error when it is not blocked.
struct error *block_lift(const char *results_dir, const struct destination *d) ERROR_RESULT;

// Whether farm.yaml or a file with one of its secrets is another one than when it was refused. A
// secret of the environment tells nothing: no trace of it is to lie on the disk.
bool block_is_outdated(const struct destination_block *b, const struct destination *d);

#endif
