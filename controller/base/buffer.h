// SPDX-License-Identifier: GPL-2.0-or-later
// A growable byte buffer, always NUL terminated behind its length.
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct buffer {
	char *data; // owned; NULL while nothing was ever appended
	size_t len;
	size_t cap;
};

void buffer_deinit(struct buffer *b);
#define CLEANUP_BUFFER CLEANUP(buffer_deinit)

// Appends `len` bytes, a string, or formatted text. When memory is exhausted the process ends
// (memory.h); nothing is lost by that, since the farm's state is on disk.
void buffer_append(struct buffer *b, const void *bytes, size_t len);
void buffer_append_str(struct buffer *b, const char *s);
void buffer_printf(struct buffer *b, const char *fmt, ...) ERROR_PRINTF(2, 3);
// Appends a code point as UTF-8; U+FFFD for what is none (surrogates, above U+10FFFF).
void buffer_append_code_point(struct buffer *b, uint32_t code);
void buffer_truncate(struct buffer *b, size_t len);

// Contents as a string, "" when empty; valid until the next change.
const char *buffer_str(const struct buffer *b);

// Hands the contents to the caller (free with free()); the buffer is empty afterwards.
char *buffer_steal(struct buffer *b);

#endif
