// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

void buffer_deinit(struct buffer *b)
{
	if (!b)
		return;
	free(b->data);
	*b = (struct buffer){0};
}

static void buffer_reserve(struct buffer *b, size_t extra)
{
	size_t need = b->len + extra + 1;
	if (need <= b->cap)
		return;
	size_t cap = b->cap ? b->cap : 64;
	while (cap < need)
		cap *= 2;
	b->data = memory_grow(b->data, cap, 1);
	b->cap = cap;
}

void buffer_append(struct buffer *b, const void *bytes, size_t len)
{
	buffer_reserve(b, len);
	if (len)
		memcpy(b->data + b->len, bytes, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void buffer_append_str(struct buffer *b, const char *s)
{
	buffer_append(b, s, strlen(s));
}

void buffer_printf(struct buffer *b, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len > 0) {
		buffer_reserve(b, (size_t)len);
		vsnprintf(b->data + b->len, (size_t)len + 1, fmt, again);
		b->len += (size_t)len;
	}
	va_end(again);
}

void buffer_truncate(struct buffer *b, size_t len)
{
	if (len >= b->len)
		return;
	b->len = len;
	b->data[len] = '\0';
}

const char *buffer_str(const struct buffer *b)
{
	return b->data ? b->data : "";
}

char *buffer_steal(struct buffer *b)
{
	char *s = b->data ? b->data : memory_strdup("");
	*b = (struct buffer){0};
	return s;
}

void buffer_append_code_point(struct buffer *b, uint32_t code)
{
	if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		code = 0xfffd;
	char bytes[4];
	size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
	for (size_t i = n; i-- > 1; code >>= 6)
		bytes[i] = (char)(0x80 | (code & 0x3f));
	bytes[0] = (char)(leads[n] | code);
	buffer_append(b, bytes, n);
}
