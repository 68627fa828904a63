// SPDX-License-Identifier: GPL-2.0-or-later
// The part of <string.h> that the image has (entry/libc.c), so that a cross compiler without a C
// library builds it. The host's tests take the host's own header.
#pragma once
#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t size);
