// SPDX-License-Identifier: GPL-2.0-or-later
// Allocation that cannot fail: when memory is exhausted the process says so and aborts. That is safe,
// because all durable state is on disk, put there by rename. A caller whose amount comes from outside
// data checks a limit of its own first.
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

#include "base/error.h"

void *memory_new(size_t count, size_t size); // zeroed
void *memory_grow(void *old, size_t count, size_t size);
char *memory_strdup(const char *s);
char *memory_strndup(const char *s, size_t len);
char *memory_printf(const char *fmt, ...) ERROR_PRINTF(1, 2);
char *memory_vprintf(const char *fmt, va_list ap) ERROR_PRINTF(1, 0);

// Appends one element to a dynamic array `items` of `count` elements; grows by doubling.
#define ARRAY_APPEND(items, count, value)                                                          \
	do {                                                                                       \
		if (((count) & ((count)-1)) == 0)                                                  \
			(items) = memory_grow((items), (count) ? (count)*2 : 1, sizeof(*(items))); \
		(items)[(count)++] = (value);                                                      \
	} while (0)

#endif
