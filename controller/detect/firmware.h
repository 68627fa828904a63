// SPDX-License-Identifier: GPL-2.0-or-later
// Where a crash of firmware was: what EDK2, TF-A, OP-TEE and U-Boot print behind its header.
#ifndef DETECT_FIRMWARE_H
#define DETECT_FIRMWARE_H

#include "detect/report.h"

// Takes registers and the image's name off a line behind the header of `r`. False: the line is none of
// such a dump.
bool firmware_take(struct report *r, struct detect_view body);

// The place as it goes into signatures: image and offset, else the offset in the page of 4 KiB, which
// is the same wherever the firmware was loaded. Returns the length, at most `size`; 0: unknown.
size_t firmware_place(const struct report *r, char *out, size_t size);

#endif
