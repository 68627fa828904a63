// SPDX-License-Identifier: GPL-2.0-or-later
// Text that is broken between words to fit a terminal.
#ifndef TEXT_WRAP_H
#define TEXT_WRAP_H

#include <stdio.h>

#include "base/buffer.h"

// Appends `text` and a line end, word by word from column `at` of lines of `room` columns (0: of any
// length); following lines begin in column `indent`. A word that is longer than a line stays whole.
void wrap_append(const char *text, size_t indent, size_t at, size_t room, struct buffer *out);

// Prints `lead` and the text behind it; following lines begin below the text's beginning.
__attribute__((format(printf, 4, 5))) void wrap_print(FILE *out, size_t room, const char *lead,
						      const char *fmt, ...);

#endif
