// SPDX-License-Identifier: GPL-2.0-or-later
// UTF-8: decoding, checking, and making any bytes into text that JSON, XML and KCIDB accept.
#ifndef TEXT_UTF8_H
#define TEXT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

// Decodes one code point of the `len` > 0 bytes at `s` into `*code`; returns its length in bytes.
// Ill-formed input (RFC 3629: overlong forms, surrogates, above U+10FFFF, truncated) gives U+FFFD
// with `*ok` false and the length of the longest prefix that could have started a character, at
// least 1 (Unicode, section 3.9, "maximal subpart").
size_t utf8_decode(const char *s, size_t len, uint32_t *code, bool *ok);

bool utf8_valid(const char *s, size_t len);

// Code points of valid UTF-8.
size_t utf8_count(const char *s, size_t len);

// Appends `s` as valid UTF-8 of at most `max` code points: NUL is dropped (KCIDB forbids it, even
// escaped), each ill-formed piece becomes U+FFFD, the cut falls between characters. Returns the
// number of code points appended.
size_t utf8_clean(const char *s, size_t len, size_t max, struct buffer *out);

// The longest beginning of the `len` bytes at `s` that has at most `max` bytes and ends between two
// characters.
size_t utf8_cut(const char *s, size_t len, size_t max);

#endif
