// SPDX-License-Identifier: GPL-2.0-or-later
// The stored console of a run: RUN/console.raw, or what retention made of it.
#ifndef RESULTS_CONSOLE_H
#define RESULTS_CONSOLE_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

// Appends the last lines of the console, at most `max_lines` and `max_bytes`, whole lines only
// unless one alone is longer. An absent console appends nothing.
struct error *console_tail(const char *run_dir, size_t max_lines, size_t max_bytes,
			   struct buffer *out) ERROR_RESULT;

#endif
