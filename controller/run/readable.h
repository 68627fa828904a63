// SPDX-License-Identifier: GPL-2.0-or-later
// Whether what a board says since it was handed to its payload can be read. A boot loader at one
// baud rate and a kernel at another is a mistake of the lab's or the job's, and no hang.
#ifndef RUN_READABLE_H
#define RUN_READABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct readable {
	uint64_t bytes;
	uint64_t unreadable; // neither text nor what terminals are told
	// The same of the last few hundred bytes: an early console may have been set up rightly.
	uint64_t last_bytes, last_unreadable;
};

// A zeroed struct has seen nothing.
void readable_take(struct readable *r, const char *bytes, size_t len);
// An error when a quarter of some dozen bytes or more is unreadable, or a third of the last ones.
struct error *readable_check(const struct readable *r) ERROR_RESULT;

#endif
