// SPDX-License-Identifier: GPL-2.0-or-later
// A small printf: what reports need and nothing more.
#ifndef FIRMWARE_REPORT_FORMAT_H
#define FIRMWARE_REPORT_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

// Writes at most size - 1 characters and a NUL (size > 0) and returns how many characters the
// whole text has, as snprintf. Conversions: %s %c %d %u %x %ld %lu %lx %zu %zx %%, with the flags
// '0', '-' and '#' (0x ahead of hexadecimal), a width (also '*') and, for strings, a precision.
// Any other conversion is copied as it stands.
size_t format_v(char *out, size_t size, const char *fmt, va_list args)
    __attribute__((format(printf, 3, 0)));
size_t format(char *out, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
