// SPDX-License-Identifier: GPL-2.0-or-later
// What a tool or a switch said, for messages: the one line of its output that tells why. Pure.
#ifndef BOARD_WORDS_H
#define BOARD_WORDS_H

#include <stddef.h>

#include "base/buffer.h"

#define WORDS_MAX 160 // characters of a line that are quoted

// Appends the last line that is not blank, without colours and control characters; nothing when
// there is none.
void words_last_line(const char *text, size_t len, struct buffer *out);

// Appends the line that tells most: the first that speaks of an error, else the first of a failure,
// else the last.
void words_telling_line(const char *text, size_t len, struct buffer *out);

#endif
