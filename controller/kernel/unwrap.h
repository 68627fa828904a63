// SPDX-License-Identifier: GPL-2.0-or-later
// From the file that somebody has to the Image that a board boots: compressors, EFI zboot and packages
// are taken off, one in the other as they come.
#ifndef KERNEL_UNWRAP_H
#define KERNEL_UNWRAP_H

#include "base/error.h"

// Writes the plain Image that is in `path` to `target`, by rename. ERROR_CONFIG: none is in it, it is
// damaged, or becomes longer than 4 GiB.
struct error *unwrap_image(const char *path, const char *target) ERROR_RESULT;

#endif
