// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *memory_check(void *p)
{
	if (!p) {
		fputs("mmfarm: out of memory\n", stderr);
		abort();
	}
	return p;
}

void *memory_new(size_t count, size_t size)
{
	return memory_check(calloc(count ? count : 1, size ? size : 1));
}

void *memory_grow(void *old, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		return memory_check(NULL);
	size_t bytes = count * size;
	return memory_check(realloc(old, bytes > 0 ? bytes : 1));
}

char *memory_strdup(const char *s)
{
	return s ? memory_check(strdup(s)) : NULL;
}

char *memory_strndup(const char *s, size_t len)
{
	return memory_check(strndup(s, len));
}

char *memory_vprintf(const char *fmt, va_list ap)
{
	char *s = NULL;
	int rc = vasprintf(&s, fmt, ap);
	return memory_check(rc < 0 ? NULL : s);
}

char *memory_printf(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *s = memory_vprintf(fmt, ap);
	va_end(ap);
	return s;
}
