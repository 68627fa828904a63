// SPDX-License-Identifier: GPL-2.0-or-later
// What a payload calls itself, read from its file before it is booted: a board that says another
// name runs something else, whatever became of the boot.
//
// Linux prints linux_banner (init/version-timestamp.c), "Linux version RELEASE (BUILDER) (COMPILER)
// #BUILD", and an arm64 Image holds it as plain text. Our firmware holds "mmfw-BUILD" and says BUILD
// in its hello record.
#ifndef RUN_BANNER_H
#define RUN_BANNER_H

#include <stdbool.h>
#include <stddef.h>

#include "config/job.h"
#include "record/model.h"

#define BANNERS_MAX \
	8 // an Image may hold others besides its own: of an initramfs, of a kernel to kexec

struct banners {
	char *items[BANNERS_MAX]; // owned
	size_t count;             // 0: nothing is known of what it calls itself
};

void banners_deinit(struct banners *b);
#define CLEANUP_BANNERS CLEANUP(banners_deinit)

// Reads them from the plain file at `path`. A file without any is no error.
struct error *banners_read(const char *path, enum payload_kind kind,
			   struct banners *out) ERROR_RESULT;

// Whether it calls itself so. `cut`: `text` is only the beginning of what was said.
bool banners_have(const struct banners *b, const char *text, size_t len, bool cut);

// As run.json kept them; of one without them nothing is known.
void banners_take(const struct payload *p, struct banners *out);

#endif
