// SPDX-License-Identifier: GPL-2.0-or-later
// The functions that the compiler takes for granted in freestanding code, and two more.
#include <stddef.h>
#include <stdint.h>
#include <string.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	char *t = to;
	const char *f = from;
	while (size--)
		*t++ = *f++;
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	char *t = to;
	const char *f = from;
	if (t < f)
		return memcpy(to, from, size);
	while (size--)
		t[size] = f[size];
	return to;
}

void *memset(void *to, int byte, size_t size)
{
	char *t = to;
	for (; size && (uintptr_t)t % 8; size--)
		*t++ = (char)byte;
	uint64_t word = (uint8_t)byte * UINT64_C(0x0101010101010101);
	for (; size >= 8; size -= 8, t += 8)
		*(uint64_t *)(void *)t = word;
	while (size--)
		*t++ = (char)byte;
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const uint8_t *p = a, *q = b;
	for (; size && *p == *q; size--) {
		p++;
		q++;
	}
	return size ? *p - *q : 0;
}

size_t strlen(const char *text)
{
	size_t n = 0;
	while (text[n])
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (uint8_t)*a - (uint8_t)*b;
}

int strncmp(const char *a, const char *b, size_t size)
{
	while (size && *a && *a == *b) {
		a++;
		b++;
		size--;
	}
	return size ? (uint8_t)*a - (uint8_t)*b : 0;
}
