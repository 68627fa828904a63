// SPDX-License-Identifier: GPL-2.0-or-later
// What a program of the host (git, nm, addr2line) says, however long it is. For tree.c and decode.c.
#ifndef RESULTS_PROGRAM_H
#define RESULTS_PROGRAM_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

// Appends its standard output, of `limit` bytes at most. ERROR_LAB when it does not end well in
// `timeout_s`, with the first line of its complaint. argv must not be part of this process's own command
// line, which a guard writes over.
struct error *program_output(const char *const *argv, int timeout_s, size_t limit,
			     struct buffer *out) ERROR_RESULT;

#endif
