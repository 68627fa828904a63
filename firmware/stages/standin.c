// SPDX-License-Identifier: GPL-2.0-or-later
#include "stages/standin.h"

#include "entry/image.h"
#include "entry/sysreg.h"
#include "stages/firmware.h"

#define TWO_RETS UINT64_C(0xd65f03c0d65f03c0)

uint64_t standin_word(uint64_t offset)
{
	if (offset == 0)
		return TWO_RETS;
	// Multiplication by an odd constant: no two words are alike, any shift is noticed.
	return (offset + firmware.options.seed) * UINT64_C(0x9e3779b97f4a7c15);
}

void standin_fill(void)
{
	uint64_t size = (uint64_t)(img_bss_stop - img_text_start);
	for (uint64_t at = 0; at < size; at += 8)
		*(uint64_t *)(void *)(img_text_start + at) = standin_word(at);
	__asm__ volatile(
	    "dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb" ::"r"(img_text_start)
	    : "memory");
}
