// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/memory.h"

#include <stdint.h>

#include "entry/image.h"
#include "entry/mmu.h"

static uint8_t result_page[RESULT_PAGE_SIZE] __attribute__((section(".results"), aligned(0x10000)));

void *memory_page(void)
{
	return result_page;
}

void memory_settle(const void *start, size_t size)
{
	cache_clean(start, (const char *)start + size);
}
